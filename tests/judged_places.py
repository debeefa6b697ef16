"""Judgements made by hand, for tests of what is shown and handed out of them: a run in a state database, devices that
took others' places, and an acceptance."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine

from agent.wire import Device, Report
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
from collector.readings import Reading
from collector.state.assessments import add_assessments, add_verification, begin_run, complete_run
from collector.state.newest import NewestReadings

JUDGED_AT = datetime(2026, 5, 22, 19, 0, tzinfo=UTC)
"""Four in the morning of the 23rd in Korea."""
MIDNIGHT = datetime(2026, 5, 22, 15, tzinfo=UTC)
DAY = timedelta(days=1)


def sentence(code: str, mark: str = "") -> Sentence:
    return Sentence(code=code + mark, ko=f"{code} 이유{mark}.", en=f"{code} reason{mark}.")


def told(
    access_point: str, site: str, standing: Standing = Standing.REPLACE, *, number: float | None = 35.2, mark: str = ""
) -> AssessmentTold:
    """Of a place of which everything is known. `mark` is added to whatever is free text."""
    return AssessmentTold(
        access_point=access_point,
        site=site,
        standing=standing,
        device=DeviceTold(
            vendor=f"Acme{mark}",
            model=f"AX-1{mark}",
            serial=f"SN-{access_point}{mark}",
            catalogue_model=f"Acme AX-1{mark}",
            generation="5",
            generation_at_least="5",
            generation_proven_by="radio in part",
            installed_on=date(2017, 3, 4),
            first_seen=date(2018, 5, 6),
        ),
        gates=(
            GateTold(
                name="support_ended", state="closed", since=date(2024, 9, 30), reason=sentence("gate.support", mark)
            ),
            GateTold(
                name="service_life_passed", state="open", since=date(2023, 3, 1), reason=sentence("gate.service", mark)
            ),
        ),
        causes=(CauseTold(cause="heat", reasons=(sentence("cause.heat", mark),)),) if standing is Standing.MEND else (),
        is_device_cleared=True,
        missing=(sentence("cause.missing_temperature", mark),),
        score=ScoreTold(
            number=number,
            formula=f"100 × 0.8125 × 0.515625 × 0.84375 = 35.3{mark}",
            need=FactorTold(
                value=0.8125,
                formula=f"(3 × 0.8125) / 3{mark}",
                parts=(
                    PartTold(
                        name=f"airtime{mark}", value=0.828125, weight=3.03125, reason=sentence("need.airtime", mark)
                    ),
                ),
            ),
            benefit=FactorTold(value=0.515625, reasons=(sentence("benefit.gain", mark),)),
            weight=FactorTold(value=0.84375, formula=f"1.5 / 1.875{mark}", reasons=(sentence("weight.other", mark),)),
        ),
        capacity=CapacityTold(
            bits_per_second=433_333_333.0,
            radios_bits_per_second=563_333_333.0,
            uplink_bits_per_second=433_333_333.0,
            limited_by="uplink",
            is_confirmed=True,
            is_uplink_mended=False,
        ),
        fits=(
            FitTold(
                vendor=f"Acme{mark}",
                model=f"BE-9{mark}",
                ratio_now=1.23456,
                ratio_changed=5.43211,
                changes=("switch_port", "cable"),
                unknowns=("placement",),
                is_confirmed=True,
            ),
        ),
        fits_in_all=7,
    )


def add_run(
    state: Engine, assessments: Sequence[AssessmentTold], *, ranked: Sequence[str] = (), at: datetime = JUDGED_AT
) -> None:
    """Show these as the newest judgement."""
    run = begin_run(state, MIDNIGHT - 28 * DAY, MIDNIGHT, at)
    add_assessments(state, run, [(each.access_point, each.standing, each.model_dump_json()) for each in assessments])
    complete_run(state, run, ranked)


def see_replacement(state: Engine, access_point: str, at: datetime, *, mark: str = "") -> None:
    """One device a month before, another from then on."""
    for serial, seen_at in (("old", at - 30 * DAY), ("new", at)):
        device = Device(
            serial=f"{serial}-{access_point}{mark}",
            vendor=f"Acme{mark}",
            model=f"{serial}{mark}",
            firmware=f"1.0{mark}",
            name=f"ap{mark}",
        )
        report = Report(observed_at=seen_at, device=device)
        NewestReadings(state).save([(access_point, Reading.of(report, seen_at, seen_at, "gw-1"))])


def acceptance(verdict: str = "met", ratio: float | None = 4.5678) -> AcceptanceTold:
    low, high = (None, None) if ratio is None else (ratio - 1, ratio + 1)
    reason = None if ratio is not None else sentence("acceptance.scattered")
    return AcceptanceTold(
        verdict=verdict,
        ratio=ratio,
        low=low,
        high=high,
        replaced=12,
        controls=34,
        replaced_left_out=3,
        controls_left_out=5,
        reason=reason,
    )


def verification(start: datetime, end: datetime, ratios: dict[str, float | None]) -> VerificationTold:
    """Of works from `start` until `end`, with how many times faster each place became."""
    return VerificationTold(
        verified_at=end + 29 * DAY,
        works_start=start,
        works_end=end,
        days=28,
        peak_hours=(18, 19, 20),
        disturbed=2,
        passive=acceptance(),
        active=acceptance("no conclusion", None),
        phy=PhyTold(known=11, reached=9, unconfirmed=1, ratio=6.54321),
        places=tuple(
            PlaceChangeTold(
                access_point=place,
                before_bits_per_second=3_210_987.5,
                after_bits_per_second=None if ratio is None else 3_210_987.5 * ratio,
                ratio=ratio,
            )
            for place, ratio in ratios.items()
        ),
    )


def keep_verification(state: Engine, told: VerificationTold) -> None:
    """As the desk keeps it."""
    add_verification(state, told.model_dump_json(), told.verified_at)
