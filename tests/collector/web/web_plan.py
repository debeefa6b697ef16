"""What is judged of the small city: one place of every standing, and an acceptance, made by hand."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from judged_places import add_run
from sqlalchemy import Engine
from web_city import EVIL, EVIL_PLACE, FULL, NEVER, NOW, SILENT

from collector.legacy.documents import (
    AcceptanceTold,
    AssessmentTold,
    CapacityTold,
    CauseTold,
    DeviceTold,
    FactorTold,
    FitTold,
    GateTold,
    PartTold,
    PhyTold,
    PlaceChangeTold,
    ScoreTold,
    Sentence,
    Standing,
    VerificationTold,
)
from collector.legacy.reasons import Figure, reason


def told(code: str, **figures: Figure) -> Sentence:
    known = reason(code, **figures)
    return Sentence(code=code, ko=known.told("ko"), en=known.told("en"))


NOTHING = DeviceTold(
    vendor=None,
    model=None,
    serial=None,
    catalogue_model=None,
    generation=None,
    generation_at_least=None,
    generation_proven_by=None,
    installed_on=None,
    first_seen=None,
)
OLD = DeviceTold(
    vendor="Acme",
    model="AN-4",
    serial="SN-1",
    catalogue_model="Acme AN-4",
    generation="4",
    generation_at_least="4",
    generation_proven_by="model",
    installed_on=date(2014, 3, 1),
    first_seen=date(2025, 1, 2),
)
NEW = OLD.model_copy(update={"model": "AX-6", "generation": "6", "generation_proven_by": "radio"})

ENDED = GateTold(
    name="support_ended",
    state="closed",
    since=date(2020, 4, 30),
    reason=told("gate.support_ended", since=date(2020, 4, 30)),
)
SUPPORT_UNKNOWN = GateTold(name="support_ended", state="insufficient", since=None, reason=told("gate.support_unknown"))
SERVES = GateTold(
    name="service_life_passed",
    state="open",
    since=date(2024, 3, 1),
    reason=told("gate.serves", since=date(2024, 3, 1)),
)

NEED = FactorTold(
    value=0.663,
    formula="(3 × 0.8 + 1 × 0.25) / 4 = 0.663",
    parts=(
        PartTold(
            name="airtime",
            value=0.8,
            weight=3,
            reason=told("need.airtime", radio="radio1 (5 GHz)", busy_ratio=0.7, own_ratio=0.6),
        ),
        PartTold(name="clients", value=None, weight=3, reason=told("need.clients_unknown")),
        PartTold(name="ceiling", value=None, weight=3, reason=told("need.flow_unknown")),
        PartTold(name="failures", value=0.25, weight=1, reason=told("need.retries", retry_ratio=0.15)),
    ),
)
NO_NEED = FactorTold(
    value=None,
    parts=(PartTold(name="airtime", value=None, weight=3, reason=told("need.airtime_unknown")),),
)
BENEFIT = FactorTold(
    value=0.75,
    reasons=(
        told("benefit.generation", generation="4"),
        told("benefit.limited_by_uplink", present_bits_per_second=1e8),
        told("benefit.gain_with_changes", model="Bravo B-7", now_times=5.0, gain_times=8.0),
    ),
)
WEIGHT = FactorTold(
    value=0.88,
    formula="1.5 × 1.1 / 1.875 = 0.88",
    reasons=(told("weight.inclusion", kind_times=1.5), told("weight.visitors_unknown")),
)
SCORE = ScoreTold(number=43.758, formula="100 × 0.663 × 0.75 × 0.88 = 43.8", need=NEED, benefit=BENEFIT, weight=WEIGHT)
UNPROVEN = FactorTold(value=None, reasons=(told("benefit.generation_unknown"), told("benefit.present_unknown")))
NO_SCORE = ScoreTold(number=None, formula="", need=NO_NEED, benefit=UNPROVEN, weight=WEIGHT)

CAPACITY = CapacityTold(
    bits_per_second=1e8,
    radios_bits_per_second=1.95e8,
    uplink_bits_per_second=1e8,
    limited_by="uplink",
    is_confirmed=True,
    is_uplink_mended=False,
)
FITS = (
    FitTold(
        vendor="Bravo",
        model="B-7",
        ratio_now=5.0,
        ratio_changed=8.0,
        changes=("cable",),
        unknowns=("power_of_port",),
        is_confirmed=True,
    ),
    FitTold(
        vendor="Bravo",
        model="B-6",
        ratio_now=4.5,
        ratio_changed=4.5,
        changes=(),
        unknowns=(),
        is_confirmed=False,
    ),
)
HEAT = CauseTold(cause="heat", reasons=(told("cause.heat", temperature_celsius=71.0),))


def assessment(access_point: str, site: str, standing: Standing, **changes: object) -> AssessmentTold:
    """A place of which next to nothing is known but what is given."""
    document = {
        "access_point": access_point,
        "site": site,
        "standing": standing,
        "device": NOTHING,
        "gates": (SUPPORT_UNKNOWN, SERVES),
        "causes": (),
        "is_device_cleared": None,
        "missing": (),
        "score": NO_SCORE,
        "capacity": None,
        "fits": (),
        "fits_in_all": 0,
    }
    return AssessmentTold.model_validate(document | changes)


ON_LIST = assessment(
    FULL,
    "yeouido",
    Standing.REPLACE,
    device=OLD,
    gates=(ENDED, SERVES),
    score=SCORE,
    capacity=CAPACITY,
    fits=FITS,
    fits_in_all=7,
)
EVIL_ON_LIST = assessment(
    EVIL_PLACE,
    "mapo-library",
    Standing.REPLACE,
    device=OLD.model_copy(update={"vendor": EVIL, "model": EVIL, "serial": EVIL, "catalogue_model": EVIL}),
    gates=(ENDED, SERVES),
    capacity=CAPACITY.model_copy(update={"is_confirmed": False}),
    fits=(FITS[0].model_copy(update={"vendor": EVIL, "model": EVIL}),),
    fits_in_all=1,
)
TO_MEND = assessment(SILENT, "yeouido", Standing.MEND, device=OLD, causes=(HEAT,), score=SCORE, capacity=CAPACITY)
TO_KEEP = assessment(
    "ttukseom-001",
    "ttukseom",
    Standing.KEEP,
    device=NEW,
    score=SCORE.model_copy(
        update={"benefit": FactorTold(value=0.0, reasons=(told("benefit.generation", generation="6"),))}
    ),
)
UNCLEAR = assessment(
    NEVER,
    "jung-senior",
    Standing.INSUFFICIENT,
    device=NOTHING.model_copy(update={"generation_at_least": "4", "generation_proven_by": "radio in part"}),
    missing=(told("cause.missing_starts"), told("cause.missing_cpu"), told("cause.missing_dns")),
)
CITY = (ON_LIST, EVIL_ON_LIST, TO_MEND, TO_KEEP, UNCLEAR)
RANKED = (FULL, EVIL_PLACE)

RESULT = VerificationTold(
    verified_at=NOW - timedelta(hours=2),
    works_start=datetime(2026, 3, 1, 15, tzinfo=UTC),
    works_end=datetime(2026, 3, 31, 15, tzinfo=UTC),
    days=28,
    peak_hours=(18, 19, 20, 42, 138, 140),
    disturbed=3,
    passive=AcceptanceTold(
        verdict="no conclusion",
        ratio=3.9,
        low=2.95,
        high=5.2,
        replaced=11,
        controls=40,
        replaced_left_out=1,
        controls_left_out=5,
        reason=None,
    ),
    active=AcceptanceTold(
        verdict="met",
        ratio=4.6,
        low=3.9,
        high=5.4,
        replaced=12,
        controls=40,
        replaced_left_out=0,
        controls_left_out=0,
        reason=None,
    ),
    phy=PhyTold(known=12, reached=10, unconfirmed=2, ratio=6.2),
    places=(
        PlaceChangeTold(access_point=FULL, before_bits_per_second=10e6, after_bits_per_second=42e6, ratio=4.2),
        PlaceChangeTold(access_point=EVIL, before_bits_per_second=None, after_bits_per_second=9e6, ratio=None),
        *(
            PlaceChangeTold(
                access_point=f"gone-{number:02}", before_bits_per_second=8e6, after_bits_per_second=32e6, ratio=4.0
            )
            for number in range(10)
        ),
    ),
)


def judge(state: Engine, documents: Sequence[AssessmentTold] = CITY, ranked: Sequence[str] = RANKED) -> None:
    """Put a run into the state database that shows."""
    add_run(state, documents, ranked=ranked)
