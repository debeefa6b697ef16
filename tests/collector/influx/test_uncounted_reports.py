"""For how long access points were heard: each report once."""

from collector.influx.uncounted_reports import UncountedReports

DAY_MS = 1_777_723_200_000


def reports() -> UncountedReports:
    minutes = {DAY_MS + 60_000 * minute: 60.0 for minute in range(3)}
    return UncountedReports(iter([("a-1", minutes), ("a-2", {DAY_MS: 300.0}), ("a-3", {})]))


def told(*minutes: int, is_heard: bool = True) -> dict[int, bool]:
    return {DAY_MS + 60_000 * minute: is_heard for minute in minutes}


def test_what_several_fields_tell_of_one_report_counts_once() -> None:
    uncounted = reports()
    assert uncounted.count("a-1", told(0, 1)) == 120.0
    assert uncounted.count("a-1", told(0, 1, 2)) == 60.0
    assert uncounted.count("a-1", told(0, 1, 2)) == 0.0
    assert uncounted.count("a-2", told(0)) == 300.0


def test_a_report_of_a_loss_is_not_heard_whatever_else_it_tells() -> None:
    uncounted = reports()
    assert uncounted.count("a-1", told(1, is_heard=False) | told(0)) == 60.0
    assert uncounted.count("a-1", told(0, 1, 2)) == 60.0


def test_reports_without_an_interval_tell_no_time() -> None:
    uncounted = reports()
    assert uncounted.count("a-1", told(7)) == 0.0
    assert uncounted.count("a-3", told(0)) == 0.0
    assert uncounted.count("elsewhere", told(0)) == 0.0
