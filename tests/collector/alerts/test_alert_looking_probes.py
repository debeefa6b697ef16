"""Checks from one look to the next: what the newest of each kind come to, and for how long that counts."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
from alert_cities import LONG_AGO, NOON, inventory_of

from agent.wire import Probe, Report
from collector.alerts.judging.snapshot import CollectorHealth, Layout, ProbeColumn
from collector.alerts.looking.looking import Looking
from collector.alerts.looking.probes import KINDS
from collector.fleet import Fleet
from collector.readings import Reading

MINUTE = timedelta(minutes=1)


class Checked:
    """Looks at a place whose agent makes checks, which reach the fleet as reports of their own."""

    def __init__(self) -> None:
        self._looking = Looking(Layout(inventory_of({"park": 1})))
        self._fleet = Fleet()

    def check(self, at: datetime, *probes: Probe) -> Mapping[str, ProbeColumn]:
        return self.report(Report(observed_at=at, probes=probes))

    def report(self, report: Report) -> Mapping[str, ProbeColumn]:
        at = report.observed_at
        self._fleet.remember("park-001", Reading.of(report, at, at, "gw"))
        return self.look(at)

    def look(self, now: datetime) -> Mapping[str, ProbeColumn]:
        return self._looking.look(
            self._fleet.readings, {}, {}, agents={}, collector=CollectorHealth(), listening_since=LONG_AGO, now=now
        ).probes


def probe(kind: str = "dns", target: str = "a", **parts: object) -> Probe:
    return Probe(kind=kind, target=target, **parts)  # type: ignore[arg-type]


def told(probes: Mapping[str, ProbeColumn], kind: str = "dns") -> tuple[float | None, float | None, float | None]:
    """Whether all went well, how many minutes after noon the oldest was made, and the download."""
    column = probes[kind]
    is_ok, made_at, download = (
        None if np.isnan(values[0]) else float(values[0])
        for values in (column.is_ok, column.made_at_seconds, column.download_bits_per_second)
    )
    return is_ok, None if made_at is None else (made_at - NOON.timestamp()) / 60, download


def test_what_nobody_has_checked_has_no_column() -> None:
    checked = Checked()
    assert checked.look(NOON) == {}
    assert set(checked.check(NOON, *(probe(kind, is_ok=True) for kind in KINDS))) == set(KINDS)


def test_one_that_fails_is_a_failure_of_its_kind_in_its_own_words() -> None:
    seen = Checked().check(
        NOON,
        probe(is_ok=True),
        probe(target="b", is_ok=False, failure="no answer from 10.0.0.1", outcome="timeout"),
        probe("portal", is_ok=True),
        probe("gateway", is_ok=False, outcome="no_route"),
        probe("radius", outcome="no_secret"),
        probe("of somebody else's", is_ok=False),
    )
    assert {kind: told(seen, kind)[0] for kind in seen} == {
        "dns": 0.0,
        "gateway": 0.0,
        "portal": 1.0,
        "radius": None,
    }
    assert {kind: dict(column.failures) for kind, column in seen.items()} == {
        "dns": {0: "no answer from 10.0.0.1"},
        "gateway": {0: "no_route"},
        "portal": {},
        "radius": {},
    }


def test_one_that_could_not_be_made_leaves_it_open_unless_another_fails() -> None:
    checked = Checked()
    assert told(checked.check(NOON, probe(is_ok=True), probe(target="b")))[0] is None
    assert told(checked.check(NOON + MINUTE, probe(is_ok=False)))[0] == 0.0


def test_a_check_counts_for_three_of_the_usual_interval_at_least() -> None:
    checked = Checked()
    checked.check(NOON, probe(is_ok=True))
    ages = [15 * MINUTE, 15 * MINUTE + timedelta(seconds=1)]
    assert [told(checked.look(NOON + age)) for age in ages] == [(1.0, 0.0, None), (None, None, None)]


def test_a_check_counts_for_three_of_the_spans_at_which_it_is_made() -> None:
    checked = Checked()
    for hour in range(2):
        checked.check(NOON + 60 * hour * MINUTE, probe(is_ok=True))
    assert [told(checked.look(NOON + minutes * MINUTE))[0] for minutes in (240, 241)] == [1.0, None]
    checked.check(NOON + 62 * MINUTE, probe("portal", is_ok=True))
    assert [told(checked.look(NOON + minutes * MINUTE))[0] for minutes in (240, 241)] == [1.0, None]


def test_checks_of_one_kind_count_together_for_as_long_as_each_does() -> None:
    checked = Checked()
    for hour in range(2):
        checked.check(NOON + 60 * hour * MINUTE, probe(target="hourly", is_ok=True))
    checked.check(NOON + 60 * MINUTE, probe(target="often", is_ok=True))
    assert [told(checked.look(NOON + minutes * MINUTE))[0] for minutes in (75, 76)] == [1.0, None]


def test_what_is_made_once_a_day_counts_until_it_has_been_missed_once() -> None:
    checked, day = Checked(), timedelta(days=1)
    for number in range(2):
        checked.check(NOON + number * day, probe("throughput", is_ok=True))
    hours = [timedelta(hours=50), timedelta(hours=50, seconds=1)]
    assert [told(checked.look(NOON + day + age), "throughput")[0] for age in hours] == [1.0, None]


def test_a_check_that_nobody_makes_any_more_does_not_stay_a_failure() -> None:
    checked = Checked()
    checked.check(NOON, probe(is_ok=True), probe(target="b", is_ok=False, failure="refused"))
    for minutes in (5, 10, 15):
        assert told(checked.check(NOON + minutes * MINUTE, probe(is_ok=True)))[0] == 0.0
    seen = checked.check(NOON + 20 * MINUTE, probe(is_ok=True))
    assert (told(seen), dict(seen["dns"].failures)) == ((1.0, 20.0, None), {})


def test_the_oldest_of_a_kind_says_when_it_was_made() -> None:
    checked = Checked()
    checked.check(NOON, probe(is_ok=True))
    assert told(checked.check(NOON + 3 * MINUTE, probe(target="b", is_ok=True))) == (1.0, 0.0, None)


def test_the_best_download_that_went_well_is_told() -> None:
    seen = Checked().check(
        NOON,
        probe("throughput", "a", direction="download", is_ok=True, throughput_bits_per_second=5e7),
        probe("throughput", "b", direction="download", is_ok=True, throughput_bits_per_second=8e7),
        probe("throughput", "c", direction="download", is_ok=False, throughput_bits_per_second=9e7),
        probe("throughput", "b", direction="upload", is_ok=True, throughput_bits_per_second=2e8),
    )
    assert told(seen, "throughput") == (0.0, 0.0, 8e7)


def test_a_device_that_reports_anew_keeps_what_was_checked() -> None:
    checked = Checked()
    checked.check(NOON, probe(is_ok=False, failure="refused"))
    seen = checked.report(Report(observed_at=NOON + MINUTE, clients=3))
    assert (told(seen), dict(seen["dns"].failures)) == ((0.0, 0.0, None), {0: "refused"})
