"""What a recorded evening would have told: the same as a collector, over a clock of its own."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from evenings import INVENTORY, Played, at, catalogue, frame, minute_of, report, reports, status, written
from state_files import open_state

from collector.alerting.evaluation import Evaluation
from collector.alerts.endpoints.settings import EndpointSettings
from collector.alerts.judging.snapshot import Snapshot
from collector.alerts.notice import Notice
from collector.alerts.settings import AlertSettings
from collector.metrics import Metrics
from collector.simulating.hearing import Hearing
from collector.state import deliveries
from collector.state.leadership import begin_epoch

NINE = {place: [(10.0, 20.0)] for place in range(1, 10)}
"""Nine of thirteen are away for ten minutes."""


@pytest.fixture(scope="module")
def outage() -> Played:
    return Played(written(reports(30, but=NINE)))


def test_a_quiet_evening_tells_nothing() -> None:
    played = Played(written(reports(10)))
    assert (played.told, dict(played.hearing.counts)) == ([], {"reports": 31 * 13})


def test_a_site_outage_is_one_notice_and_one_end(outage: Played) -> None:
    assert outage.told == [("begun", "site_outage", "yeouido"), ("ended", "site_outage", "yeouido")]
    begun, end = outage.notices
    assert begun.alerts[0].members == tuple(f"yeouido-{place:03}" for place in range(1, 10))
    assert 10.5 < minute_of(begun) < 11
    assert 22 <= minute_of(end) < 23
    assert begun.thread == end.thread


def test_two_of_thirteen_are_no_outage() -> None:
    played = Played(written(reports(30, but={1: [(10, 20)], 2: [(10, 20)]})))
    assert played.told[0] == ("begun", "access_point_silent", "yeouido-001 yeouido-002")
    assert {rule for _, rule, _ in played.told} == {"access_point_silent"}
    assert played.notices[-1].firing == ()


def test_an_access_point_that_comes_and_goes_is_one_begin_and_one_end() -> None:
    comings = [status(1, 5 + turn / 2, is_online=turn % 2 == 1) for turn in range(80)]
    played = Played(written(reports(120), comings))
    assert played.told == [
        ("begun", "access_point_silent", "yeouido-001"),
        ("ended", "access_point_silent", "yeouido-001"),
    ]
    assert played.minutes[0] == pytest.approx(5, abs=0.2)
    assert played.minutes[1] > 45


HOT = {"cpu_high": {"raise_after_seconds": 0.0, "raise_above_ratio": 0.9, "clear_below_ratio": 0.8}}


def test_late_data_raises_nothing() -> None:
    busy = {"system": {"cpu_ratio": 1.0}}
    on_time = Played(written(reports(10), [report(1, 5.01, **busy)]), rules=HOT)
    late = Played(written(reports(10), [(at(9), report(1, 5.01, **busy)[1])]), rules=HOT)
    assert on_time.told[:1] == [("begun", "cpu_high", "yeouido-001")]
    assert (late.told, late.hearing.counts["late"]) == ([], 1)


def test_what_was_sent_late_of_a_silent_place_does_not_bring_it_back() -> None:
    backlog = [(at(15), report(1, minute)[1]) for minute in (11, 12, 13)]
    played = Played(written(reports(20, but={1: [(10, 30)]}), backlog))
    assert played.told == [("begun", "access_point_silent", "yeouido-001")]


def test_a_clock_that_jumps_makes_nobody_silent_and_is_told() -> None:
    """The agent's clock is a day ahead from minute 10 on; the collector puts its reports right."""
    ahead = timedelta(days=1)
    place = {"access_point": "yeouido-001", "interval_seconds": 20.0}
    lines = [
        frame("yeouido-001", third / 3, place, clock_ahead=ahead if third >= 30 else timedelta(0))
        for third in range(3 * 60)
    ]
    played = Played(written(reports(60, range(2, 14)), lines))
    assert played.told == [("begun", "clock_wrong", "yeouido-001")]
    assert played.minutes == [pytest.approx(40, abs=0.3)]


def test_what_frames_tell_of_their_agents_is_judged_as_well() -> None:
    foreign = {"access_point": "yeouido-005", "interval_seconds": 20.0}
    lost = {"kind": "frames_dropped", "occurred_at": at(2).isoformat(), "count": 7}
    received_at, message = frame("gw-elsewhere", 2, *[foreign] * 2)
    told = {**message, "payload": {**message["payload"], "events": [lost]}}
    played = Played(written(reports(4), [(received_at, told)]))
    rules = {each.rule: each.alerts[0] for each in played.notices}
    assert {rule: alert.subject for rule, alert in rules.items()} == {
        "foreign_place": "gw-elsewhere",
        "spool_dropping": "gw-elsewhere",
    }
    assert (rules["foreign_place"].value, rules["spool_dropping"].value) == (2.0, 7.0)


def test_a_line_of_another_day_does_not_move_the_clock() -> None:
    """Nobody has noted when it came; the next line of another shows that it is not tomorrow."""
    stray = (at(5.001), report(1, 24 * 60)[1])
    played = Played(written(reports(10), [stray]))
    assert played.told == []
    assert [why for _, why in played.hearing.refusals] == ["2026-07-04 10:00 is in the future"]


def test_a_pause_in_the_recording_is_not_lived_through_second_by_second() -> None:
    later = [(at(60 * 24) + (instant - at(0)), document) for instant, document in reports(5)]
    moved = [(instant, document | {"observed_at": instant.isoformat()}) for instant, document in later]
    played = Played(written(reports(5), moved))
    assert played.simulation.steps < 1_000
    assert played.told == [("begun", "site_outage", "yeouido"), ("ended", "site_outage", "yeouido")]


def test_behind_the_end_nobody_falls_silent_and_what_waits_is_told() -> None:
    played = Played(written(reports(5), [status(1, 5.1, is_online=False), status(2, 5.1, is_online=False)]))
    assert played.told == [("begun", "access_point_silent", "yeouido-001 yeouido-002")]


def test_the_same_recording_tells_the_same(outage: Played) -> None:
    assert Played(written(reports(30, but=NINE))).notices == outage.notices


def test_who_looks_less_often_is_told_the_same_a_little_later(outage: Played) -> None:
    seldom = Played(written(reports(30, but=NINE)), every=timedelta(seconds=20))
    assert seldom.told == outage.told
    assert seldom.simulation.steps < outage.simulation.steps / 3


def test_routes_and_their_hours_decide_who_is_told(outage: Played) -> None:
    closed = Played(written(reports(30, but=NINE)), endpoints=[], routes=[])
    assert closed.told == outage.told
    at_night = [{"endpoints": ["ops"], "hours": ["22:00-06:00"]}]
    settings: dict[str, Any] = {"endpoints": [{"name": "ops"}], "routes": at_night}
    assert Played(written(reports(30, but=NINE)), **settings).told == []


class _Watched(Hearing):
    """Keeps what was seen."""

    def __init__(self) -> None:
        super().__init__(INVENTORY, catalogue())
        self.seen: list[Snapshot] = []

    def look(self, now: datetime, listening_since: datetime | None) -> Snapshot:
        self.seen.append(super().look(now, listening_since))
        return self.seen[-1]


def test_a_collector_that_sees_the_same_tells_the_same(tmp_path: Path) -> None:
    """Through the state database, with receivers that answer at once."""
    comings = [status(12, 3 + turn / 2, is_online=turn % 2 == 1) for turn in range(12)]
    hearing = _Watched()
    played = Played(written(reports(30, but=NINE), comings), every=timedelta(seconds=20), hearing=hearing)
    state = open_state(tmp_path / "state.sqlite")
    with state.begin() as connection:
        epoch = begin_epoch(connection, at(0))
    settings = AlertSettings.model_validate({})
    settings = settings.with_endpoints(_ops(), tmp_path / "collector.toml")
    evaluation = Evaluation(state=state, inventory=INVENTORY, settings=settings, metrics=Metrics(), epoch=epoch)
    told = []
    for snapshot in hearing.seen:
        evaluation.evaluate(snapshot)
        for due in deliveries.due(state, "ops", snapshot.now, limit=100):
            assert deliveries.claim(state, due.notice, epoch, snapshot.now)
            deliveries.note_delivered(state, due.notice, snapshot.now)
            told.append(due.notice)
    state.dispose()
    assert [_but_ids(each) for each in told] == [_but_ids(each) for each in played.notices]
    assert len(told) >= 4


def _but_ids(notice: Notice) -> dict[str, Any]:
    return notice.model_dump(exclude={"id": True, "thread": True, "alerts": {"__all__": {"id"}}})


def _ops() -> tuple[EndpointSettings, ...]:
    return (EndpointSettings.model_validate({"name": "ops", "kind": "template", "url": "https://ops.example.org"}),)
