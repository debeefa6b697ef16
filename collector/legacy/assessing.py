"""All that is judged of an access point: gates, generation, causes, four times and score, and what follows. Pure.

What follows: who is due by a gate is on the list whatever else is known. Else a cause that was found is mended before
the device is blamed, of whatever generation that is. Else a device that is proven to be of Wi-Fi 6 or newer stays, one
that is proven to be older is on the list where its score is known, and of all others too little is known to say.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from agent.wire import Radio
from collector.evidence import Evidence
from collector.legacy.benefit import benefit_of
from collector.legacy.causes import Cause, Finding
from collector.legacy.documents import Standing
from collector.legacy.four_times import Capacity, Fit, Wiring, capacity_of, fits
from collector.legacy.gates import Gate, service_gate, support_gate
from collector.legacy.generation import Generation, ProvenGeneration, prove_generation
from collector.legacy.need import need_of
from collector.legacy.place_weight import weight_of
from collector.legacy.score import Score, rank
from collector.legacy.settings import LegacySettings
from inventory.catalogue import Catalogue, CatalogueModel
from inventory.models import AccessPoint, Site

NEWEST: Generation = "6"
"""What was called high-capacity when the programme began: from it on a device is not old."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An access point with its device, as that tells of itself, else as the inventory has it. `radios` are those of its
    newest report; `uplink_bits_per_second` is what has been negotiated, None where nobody says."""

    place: AccessPoint
    site: Site
    vendor: str | None
    model: str | None
    serial: str | None
    installed_on: date | None
    first_seen: date | None
    radios: Sequence[Radio]
    uplink_bits_per_second: float | None
    evidence: Evidence

    @property
    def access_point(self) -> str:
        """Its id."""
        return self.place.id


@dataclass(frozen=True, slots=True)
class Assessment:
    """All that is judged of one access point. Where a slow uplink is to be mended, `capacity` is what the device can
    carry after that: what mending brings is no merit of another device."""

    subject: Subject
    model: CatalogueModel | None
    generation: ProvenGeneration
    gates: tuple[Gate, ...]
    finding: Finding
    capacity: Capacity | None
    is_uplink_mended: bool
    fits: Sequence[Fit]
    score: Score

    @property
    def is_due(self) -> bool:
        """Whether a gate is closed."""
        return any(gate.is_closed for gate in self.gates)

    @property
    def standing(self) -> Standing:
        """What follows."""
        if self.is_due:
            return Standing.REPLACE
        if self.finding.causes:
            return Standing.MEND
        is_older = self.generation.is_older_than(NEWEST)
        if is_older is False:
            return Standing.KEEP
        if is_older is None or self.score.number is None:
            return Standing.INSUFFICIENT
        return Standing.REPLACE


class Assessor:
    """Judges one access point after the other, by one catalogue, the same settings and one day. Remembers models and
    which of them fit: many places are alike."""

    def __init__(self, catalogue: Catalogue, settings: LegacySettings, today: date) -> None:
        self._catalogue = catalogue
        self._settings = settings
        self._today = today
        self._models: dict[tuple[str | None, str | None], CatalogueModel | None] = {}
        self._fits: dict[tuple[Capacity, Wiring, str | None], Sequence[Fit]] = {}

    def model_of(self, vendor: str | None, model: str | None) -> CatalogueModel | None:
        """The catalogue's, of a device that says this of itself."""
        name = vendor, model
        if name not in self._models:
            self._models[name] = self._catalogue.find(vendor, model)
        return self._models[name]

    def assess(self, subject: Subject, finding: Finding, visitors_rank: float | None) -> Assessment:
        """`finding` is what `causes` found at the place, `visitors_rank` its site's among all (`place_weight`)."""
        settings = self._settings
        model = self.model_of(subject.vendor, subject.model)
        generation = prove_generation(subject.radios, model)
        is_mended = Cause.SLOW_UPLINK in finding.causes
        uplink = _mended_uplink(subject, model) if is_mended else subject.uplink_bits_per_second
        capacity = None if model is None else capacity_of(model, uplink)
        fitting = self._fitting(subject.place, capacity)
        return Assessment(
            subject=subject,
            model=model,
            generation=generation,
            gates=(
                support_gate(model, self._today),
                service_gate(
                    subject.installed_on,
                    subject.first_seen,
                    self._today,
                    service_life_years=settings.service_life_years,
                ),
            ),
            finding=finding,
            capacity=capacity,
            is_uplink_mended=is_mended,
            fits=fitting,
            score=Score(
                subject.access_point,
                need_of(subject.evidence, capacity, settings.score, is_uplink_mended=is_mended),
                benefit_of(
                    capacity,
                    fitting[0] if fitting else None,
                    generation,
                    settings.score,
                    is_uplink_mended=is_mended,
                ),
                weight_of(subject.site, visitors_rank, settings.score),
            ),
        )

    def _fitting(self, place: AccessPoint, capacity: Capacity | None) -> Sequence[Fit]:
        if capacity is None or capacity.bits_per_second <= 0:
            return ()
        wiring = Wiring(place.port_bits_per_second, place.port_poe, place.cable)
        key = (capacity, wiring, place.placement)
        found = self._fits.get(key)
        if found is None:
            found = self._fits[key] = fits(capacity, wiring, place.placement, self._catalogue.models, self._today)
        return found


def _mended_uplink(subject: Subject, model: CatalogueModel | None) -> float | None:
    """What it would negotiate if only the device's own port limited it: by the catalogue, else by its own word."""
    ports = None if model is None else model.uplink_bits_per_second
    told = None if subject.evidence.uplink is None else subject.evidence.uplink.max_speed_bits_per_second
    return max(ports.value) if ports is not None else told


def in_order(assessments: Iterable[Assessment]) -> list[str]:
    """The access points whose devices are to be replaced: by their score, and behind them those that are due and have
    none, who waits longest first."""
    on_list = [each for each in assessments if each.standing is Standing.REPLACE]
    ranked = [score.access_point for score in rank(each.score for each in on_list)]
    unranked = sorted((_due_since(each), each.subject.access_point) for each in on_list if each.score.number is None)
    return ranked + [access_point for _, access_point in unranked]


def _due_since(assessment: Assessment) -> date:
    return min((since for gate in assessment.gates if (since := gate.due_since) is not None), default=date.max)
