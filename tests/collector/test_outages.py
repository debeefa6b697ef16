from datetime import UTC, datetime, timedelta

import pytest

from collector.condition import HeardReport
from collector.outages import Outage, outages_in, restarts_in

SINCE = datetime(2026, 5, 22, 10, 0, tzinfo=UTC)
NOW = SINCE + timedelta(hours=24)


def at(minutes: float) -> datetime:
    return SINCE + timedelta(minutes=minutes)


def heard(minutes: float, *, interval: float | None = 60.0, is_up: bool | None = None) -> HeardReport:
    return HeardReport(at(minutes), interval, is_up)


def every_minute(first: int, last: int) -> list[HeardReport]:
    return [heard(minute) for minute in range(first, last)]


def outages(*reports: HeardReport, was_known: bool = True) -> list[tuple[datetime, datetime | None]]:
    found = outages_in(reports, since=SINCE, now=NOW, was_known=was_known)
    return [(outage.since, outage.until) for outage in found]


def test_reports_without_a_break_are_no_outage() -> None:
    assert outages(*every_minute(0, 1440)) == []


def test_an_outage_is_from_the_last_report_to_the_next_and_may_not_be_over() -> None:
    assert outages(*every_minute(0, 100), *every_minute(130, 200)) == [(at(99), at(130)), (at(199), None)]


@pytest.mark.parametrize(
    ("interval", "gap_minutes", "is_outage"),
    [(60.0, 3, False), (60.0, 3.1, True), (10.0, 1, False), (10.0, 1.1, True), (None, 1.1, True), (600.0, 30, False)],
)
def test_three_reports_and_at_least_a_minute_must_be_missing(
    interval: float | None, gap_minutes: float, is_outage: bool
) -> None:
    reports = [heard(0, interval=interval)]
    found = outages_in(reports, since=SINCE, now=at(gap_minutes), was_known=True)
    assert found == ((Outage(at(0), None),) if is_outage else ())


def test_a_claim_of_a_very_long_interval_does_not_hide_an_outage() -> None:
    assert outages(heard(0, interval=1e12), heard(200), *every_minute(201, 1440)) == [(at(0), at(200))]


def test_a_place_that_was_known_should_have_reported_from_the_beginning_and_a_new_one_from_its_first_report_on() -> (
    None
):
    reports = every_minute(300, 1440)
    assert outages(*reports) == [(at(0), at(300))]
    assert outages(*reports, was_known=False) == []
    assert outages() == [(SINCE, None)]
    assert outages(was_known=False) == []


def test_what_a_controller_has_lost_is_out_from_its_word_on_until_it_is_back() -> None:
    lost = [heard(minute, is_up=False) for minute in range(100, 110)]
    assert outages(*every_minute(0, 100), *lost, *every_minute(110, 1440)) == [(at(100), at(110))]
    assert outages(*every_minute(0, 100), *lost) == [(at(100), None)]


def test_checks_made_from_elsewhere_do_not_hide_that_the_device_is_silent() -> None:
    checks = [HeardReport(at(minute), 60.0, tells_of_device=False) for minute in range(1440)]
    assert outages(*sorted([*every_minute(0, 100), *checks])) == [(at(99), None)]
    assert outages(*checks) == []


def test_a_device_that_has_been_up_for_less_long_than_before_has_started_anew() -> None:
    def up(minutes: float, uptime_seconds: float | None) -> HeardReport:
        return HeardReport(at(minutes), uptime_seconds=uptime_seconds)

    reports = [up(1, 9e9), up(2, 120.0), up(3, 180.0), up(4, None), up(5, 30.0), up(6, 90.0)]
    assert restarts_in(reports, since=SINCE) == (at(0), at(4.5))
    assert restarts_in([up(10, 60.0)], since=SINCE) == (at(9),)
    assert restarts_in([up(10, 6000.0)], since=SINCE) == ()
    assert restarts_in([up(10, 1e300)], since=SINCE) == ()
