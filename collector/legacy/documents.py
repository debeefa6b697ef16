"""What is judged, in the form in which it is kept, sent and printed: for the state database, the API, pages and files.

Every sentence stands in both languages, every figure beside the sentence that explains it, and what is not known is
null. Made by `collector.legacy.telling`; read by whoever shows it.
"""

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Standing(StrEnum):
    """What is to become of the device at a place."""

    REPLACE = "replace"
    """It is on the list."""
    MEND = "mend"
    """Something else is to be mended instead."""
    KEEP = "keep"
    """It is neither due nor of an old generation."""
    INSUFFICIENT = "insufficient"
    """Too little is known to say."""


class Document(BaseModel):
    """A part of what is told. Fields that are not known are an error: this is our own word."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Sentence(Document):
    """One sentence in both languages. `code` is what it stands for, such as `need.airtime`."""

    code: str
    ko: str
    en: str


class PartTold(Document):
    """A part of a factor: from 0 to 1, or null where it is not known, and with which weight it counts."""

    name: str
    value: float | None
    weight: float
    reason: Sentence


class FactorTold(Document):
    """Need, benefit, or the weight of the place. `formula` is how its parts make it, where it has any."""

    value: float | None
    formula: str = ""
    parts: tuple[PartTold, ...] = ()
    reasons: tuple[Sentence, ...] = ()


class ScoreTold(Document):
    """`number` is 100 × need × benefit × weight, with the weight's highest being 1; null where a factor is."""

    number: float | None
    formula: str
    need: FactorTold
    benefit: FactorTold
    weight: FactorTold


class GateTold(Document):
    """`support_ended` or `service_life_passed`; `state` is closed (the device is due), open or insufficient."""

    name: str
    state: str
    since: date | None
    reason: Sentence


class CauseTold(Document):
    """What is to be mended, and why."""

    cause: str
    reasons: tuple[Sentence, ...]


class FitTold(Document):
    """A model that keeps the promise at the place: how many times the present capacity, as the place is wired now and
    with the changes; what must change beside the device, and what somebody should look at before the order."""

    vendor: str
    model: str
    ratio_now: float
    ratio_changed: float
    changes: tuple[str, ...]
    unknowns: tuple[str, ...]
    is_confirmed: bool


class DeviceTold(Document):
    """The device that hangs at the place, as it reports itself, else as the inventory has it. `model` is what it says,
    `catalogue_model` the catalogue's entry. `generation` is proven by `generation_proven_by`."""

    vendor: str | None
    model: str | None
    serial: str | None
    catalogue_model: str | None
    generation: str | None
    generation_at_least: str | None
    generation_proven_by: str | None
    installed_on: date | None
    first_seen: date | None


class CapacityTold(Document):
    """The denominator of four times: what the present device can carry at the place, in bits a second; after its slow
    uplink is mended where `is_uplink_mended`."""

    bits_per_second: float
    radios_bits_per_second: float
    uplink_bits_per_second: float | None
    limited_by: str
    is_confirmed: bool
    is_uplink_mended: bool


class AssessmentTold(Document):
    """All that is judged of one access point. `fits` are the best of `fits_in_all` models.

    `is_device_cleared` is true where a cause explains what people feel, false where what is around the device was ruled
    out and it remains, and null where not enough is known to say."""

    access_point: str
    site: str
    standing: Standing
    device: DeviceTold
    gates: tuple[GateTold, ...]
    causes: tuple[CauseTold, ...]
    is_device_cleared: bool | None
    missing: tuple[Sentence, ...]
    score: ScoreTold
    capacity: CapacityTold | None
    fits: tuple[FitTold, ...]
    fits_in_all: int


class AcceptanceTold(Document):
    """The verdict on one quantity: `met`, `not met` or `no conclusion`, the ratio, and the ends of its interval.
    Left out is who has no value on one side, or is of a kind of site with too few on one."""

    verdict: str
    ratio: float | None
    low: float | None
    high: float | None
    replaced: int
    controls: int
    replaced_left_out: int
    controls_left_out: int
    reason: Sentence | None


class PhyTold(Document):
    """What the radios can by the catalogue, after against before."""

    known: int
    reached: int
    unconfirmed: int
    ratio: float | None


class PlaceChangeTold(Document):
    """One replaced place, to describe it: no claim is made of a single one."""

    access_point: str
    before_bits_per_second: float | None
    after_bits_per_second: float | None
    ratio: float | None


class VerificationTold(Document):
    """Whether works kept the promise. Instants are in UTC; `peak_hours` are hours of the week, 0 being Monday from
    midnight in Korea."""

    verified_at: datetime
    works_start: datetime
    works_end: datetime
    days: int
    peak_hours: tuple[int, ...]
    disturbed: int
    passive: AcceptanceTold
    active: AcceptanceTold
    phy: PhyTold
    places: tuple[PlaceChangeTold, ...]
