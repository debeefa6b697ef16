"""What follows for a place, of all that is judged of it."""

from dataclasses import replace
from datetime import date

from scored_places import BUSY, HOURS

from collector.evidence import Evidence, UplinkEvidence
from collector.legacy.assessing import Assessment, Subject, in_order
from collector.legacy.causes import Cause
from collector.legacy.documents import Standing
from collector.legacy.settings import LegacySettings
from collector.replacement.judging import judge
from collector.replacement.messages import Task
from inventory.catalogue import load_catalogue
from inventory.models import AccessPoint, Site, SiteKind

TODAY = date(2026, 11, 28)
CATALOGUE = load_catalogue()
GIGABIT = UplinkEvidence(HOURS, speed_bits_per_second=1e9, flow_bits_per_second=60e6, errors_per_second=0.0)
CALM = replace(BUSY, usage=replace(BUSY.usage, starts=0), uplink=GIGABIT)  # type: ignore[type-var]  # it has usage
RESTLESS = replace(CALM, usage=replace(BUSY.usage, starts=60))  # type: ignore[type-var]  # as above


def subject(
    access_point: str,
    evidence: Evidence = CALM,
    device: tuple[str, str] = ("MikroTik", "cAP ac"),
    installed_on: date | None = date(2023, 5, 1),
) -> Subject:
    """At a site of its own."""
    return Subject(
        place=AccessPoint(id=access_point, site=access_point),
        site=Site(id=access_point, kind=SiteKind.PARK, name_ko="자리", district="중구"),
        vendor=device[0],
        model=device[1],
        serial=None,
        installed_on=installed_on,
        first_seen=None,
        radios=(),
        uplink_bits_per_second=None if evidence.uplink is None else evidence.uplink.speed_bits_per_second,
        evidence=evidence,
    )


def judged(*subjects: Subject) -> list[Assessment]:
    return judge(subjects, CATALOGUE, Task(LegacySettings(), TODAY))


def test_a_new_device_that_restarts_alone_is_looked_at_and_not_just_kept() -> None:
    new = ("HPE Aruba Networking", "AP-575")
    calm, restless = judged(subject("a", device=new), subject("b", RESTLESS, device=new))
    assert (calm.standing, calm.finding.causes) == (Standing.KEEP, ())
    assert (restless.standing, restless.finding.causes) == (Standing.MEND, (Cause.POWER,))


def test_power_is_mended_before_an_old_device_is_replaced() -> None:
    calm, restless = judged(subject("a"), subject("b", RESTLESS))
    assert (calm.standing, restless.standing) == (Standing.REPLACE, Standing.MEND)
    assert restless.finding.causes == (Cause.POWER,)


def test_of_those_without_a_number_who_has_been_due_longest_comes_first() -> None:
    """One was installed in 2018 and has served since 2024; of the other, installed later, updates ended in 2022."""
    served = subject("a", Evidence(), installed_on=date(2018, 3, 1))
    unsupported = subject("b", Evidence(), device=("Cisco", "Aironet 3702"), installed_on=date(2021, 3, 1))
    assessments = judged(served, unsupported)
    assert [each.standing for each in assessments] == [Standing.REPLACE, Standing.REPLACE]
    assert in_order(assessments) == ["b", "a"]


def test_a_mended_uplink_is_what_all_sentences_compare_with() -> None:
    full = replace(CALM, uplink=replace(GIGABIT, speed_bits_per_second=1e8, flow_bits_per_second=94e6))
    (slow,) = judged(subject("a", full))
    assert slow.standing is Standing.MEND
    codes = {reason.code for reason in slow.score.reasons}
    assert {"need.ceiling_after_mending", "benefit.limited_by_radios_after_mending"} <= codes
    assert not any("지금의" in reason.told("ko") for reason in slow.score.reasons)
