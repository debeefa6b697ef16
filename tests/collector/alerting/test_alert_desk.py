"""The alert desk over a real state: what people do about alerts is done, or refused in words."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from made_alerts import NOW, alert, pending, places, resolved, silent
from sqlalchemy import Engine
from state_files import open_state

from collector.alerting.alert_desk import AlertDesk
from collector.alerting.alert_refusals import AlertDeskError, AlertProblem
from collector.alerting.endpoint_standings import Standing, standings
from collector.alerting.receivers import Receiver, open_receivers
from collector.alerts.alert import Acknowledgement, Alert
from collector.alerts.endpoints.tables import check_endpoints
from collector.alerts.holding.held_back import HeldBack, Hold
from collector.alerts.holding.maintenance import Window
from collector.alerts.notice import NoticeKind
from collector.alerts.settings import AlertSettings
from collector.alerts.telling.sample import sample_notice
from collector.state import deliveries, endpoint_states
from collector.state.alerts import alerts_of, write_alerts
from collector.state.delivery_desk import DeliveryState, delivered_notice, delivery_of
from collector.state.leadership import begin_epoch
from collector.state.outbox import put_in

INVENTORY = places({"park-1": None, "park-2": "park-1", "hall-1": None})
HOUR = timedelta(hours=1)
PARK: dict[str, Any] = {"matcher": {"sites": ["park"]}, "comment": "the river rises"}
SECRET = "https://hooks.example.kr/services/T0123/very-secret?key=hidden"


def open_endpoints(*names: str) -> tuple[Receiver, ...]:
    tables = [{"name": name, "kind": "alertmanager_webhook", "url": SECRET} for name in names]
    settings = AlertSettings.model_validate({"endpoints": tables})
    checked = settings.with_endpoints(check_endpoints(tables, Path("collector.toml")), Path("collector.toml"))
    return open_receivers(checked, INVENTORY, None)


RECEIVERS = open_endpoints("ops", "pager")


class Office:
    """A desk at a time that is set by hand, and what an evaluator and a sender do beside it."""

    def __init__(self, state: Engine) -> None:
        self.state = state
        self.now = NOW
        self.desk = AlertDesk(state=state, inventory=INVENTORY, receivers=RECEIVERS, clock=lambda: self.now)
        with state.begin() as connection:
            self.epoch = begin_epoch(connection, NOW)

    def write(self, *alerts: Alert) -> None:
        with self.state.begin() as connection:
            write_alerts(connection, alerts, ())

    def refused(self, *, by: AlertProblem) -> Any:
        return pytest.raises(AlertDeskError, check=lambda error: error.problem is by)

    def lose(self, endpoint: str) -> str:
        """Send what is due, to be refused for good."""
        (due,) = deliveries.due(self.state, endpoint, self.now, 1)
        assert deliveries.claim(self.state, due.notice, self.epoch, self.now)
        deliveries.note_dead(self.state, due.notice, "status 400", self.now)
        return due.notice.id

    def standing(self, endpoint: str) -> Standing:
        found = standings(self.state, RECEIVERS)
        return next(each.standing for each in found if each.receiver.name == endpoint)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    state = open_state(tmp_path / "state.sqlite")
    yield Office(state)
    state.dispose()


def test_who_takes_care_of_an_alert_holds_it_back_until_they_do_no_longer(office: Office) -> None:
    firing = alert(at="park-1")
    office.write(firing)
    assert office.desk.acknowledge(firing.id, "oh", " on my way ") == Acknowledgement("oh", NOW, "on my way")
    kept = alerts_of(office.state, [firing.id])[firing.id]
    assert office.desk.suppression().held_back(kept) == HeldBack(Hold.ACKNOWLEDGED, "oh")
    office.desk.acknowledge(firing.id, "kim")
    kept = alerts_of(office.state, [firing.id])[firing.id]
    assert kept.acknowledgement == Acknowledgement("kim", NOW, "")
    office.desk.release(firing.id)
    assert office.desk.suppression().held_back(alerts_of(office.state, [firing.id])[firing.id]) is None


def test_only_what_fires_is_acknowledged(office: Office) -> None:
    waits, over, firing = pending("airtime_high", "park-1"), resolved("airtime_high", "park-2"), alert(at="hall-1")
    office.write(waits, over, firing)
    for each in (waits, over):
        with office.refused(by=AlertProblem.NOT_FIRING):
            office.desk.acknowledge(each.id, "oh")
    with office.refused(by=AlertProblem.NO_SUCH_ALERT):
        office.desk.acknowledge("nothing", "oh")
    with office.refused(by=AlertProblem.NO_SUCH_ALERT):
        office.desk.release("nothing")
    with office.refused(by=AlertProblem.NOT_ACKNOWLEDGED):
        office.desk.release(firing.id)
    with pytest.raises(AlertDeskError, match="comment: has signs in it") as refused:
        office.desk.acknowledge(firing.id, "oh", "\x07")
    assert refused.value.mistakes[0][0] == ("comment",)
    assert alerts_of(office.state, [firing.id])[firing.id].acknowledgement is None


def test_a_silence_holds_back_from_now_on_until_it_ends_or_is_ended(office: Office) -> None:
    there, elsewhere = alert(at="park-1"), alert(at="hall-1")
    silence = office.desk.make_silence(PARK | {"ends_at": NOW + HOUR}, "oh")
    assert (silence.starts_at, silence.by, silence.made_at) == (NOW, "oh", NOW)
    suppression = office.desk.suppression()
    assert suppression.held_back(there) == HeldBack(Hold.SILENCE, silence.id, NOW + HOUR)
    assert suppression.held_back(elsewhere) is None
    office.now = NOW + HOUR / 2
    assert office.desk.end_silence(silence.id, "kim").ended_early_by == "kim"
    assert office.desk.suppression().held_back(there) is None
    with office.refused(by=AlertProblem.SILENCE_OVER):
        office.desk.end_silence(silence.id, "kim")
    for unknown in ("999", "x", "-1", "9" * 40, "٣", "\x00"):
        with office.refused(by=AlertProblem.NO_SUCH_SILENCE):
            office.desk.end_silence(unknown, "kim")


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"matcher": {}}, {("matcher",)}),
        ({"matcher": {"sites": ["lake"], "rules": ["park"]}}, {("matcher", "sites", 0), ("matcher", "rules", 0)}),
        ({"matcher": {"access_points": ["park-1", "park-9"]}}, {("matcher", "access_points", 1)}),
        ({"ends_at": NOW}, {("ends_at",)}),
        ({"starts_at": NOW - 2 * HOUR, "ends_at": NOW - HOUR}, {("ends_at",)}),
        ({"ends_at": NOW + timedelta(days=91)}, {("ends_at",)}),
        ({"starts_at": NOW + timedelta(days=99), "ends_at": NOW + timedelta(days=100)}, {("starts_at",)}),
        ({"starts_at": datetime(2200, 1, 1, tzinfo=NOW.tzinfo)}, {("starts_at",)}),
        ({"ends_at": (NOW + HOUR).replace(tzinfo=None)}, {("ends_at",)}),
        ({"comment": " ", "ends_at": None}, {("comment",), ("ends_at",)}),
    ],
)
def test_all_that_is_wrong_with_a_silence_is_told_at_once(
    office: Office, changes: dict[str, Any], wrong: set[tuple[str | int, ...]]
) -> None:
    with office.refused(by=AlertProblem.BAD_VALUE) as refused:
        office.desk.make_silence(PARK | {"ends_at": NOW + HOUR} | changes, "oh")
    assert {place for place, _ in refused.value.mistakes} == wrong
    assert office.desk.suppression().held_back(alert(at="park-1")) is None


def test_works_hold_back_while_they_are_under_way_unless_they_are_taken_back(office: Office) -> None:
    once = {"kind": "once", "starts_at": NOW, "ends_at": NOW + HOUR}
    works = office.desk.plan_maintenance(PARK | {"name": "cables", "when": once}, "oh")
    assert works.window_at(NOW) == Window(NOW, NOW + HOUR)
    assert office.desk.suppression().held_back(alert(at="park-1")) == HeldBack(Hold.MAINTENANCE, works.id, NOW + HOUR)
    assert office.desk.take_back_maintenance(works.id) == works
    assert office.desk.suppression().held_back(alert(at="park-1")) is None
    for unknown in (works.id, "999", "x", "9" * 40):
        with office.refused(by=AlertProblem.NO_SUCH_MAINTENANCE):
            office.desk.take_back_maintenance(unknown)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"when": {"kind": "once", "starts_at": NOW - 2 * HOUR, "ends_at": NOW - HOUR}}, {("when",)}),
        ({"when": {"kind": "monthly"}}, {("when",)}),
        ({"matcher": {"sites": ["lake"]}}, {("matcher", "sites", 0)}),
        ({"name": ""}, {("name",)}),
    ],
)
def test_all_that_is_wrong_with_works_is_told_at_once(
    office: Office, changes: dict[str, Any], wrong: set[tuple[str | int, ...]]
) -> None:
    weekly = {"kind": "recurring", "weekdays": ["mon"], "from_time": "02:00", "minutes": 60, "first_day": "2026-07-01"}
    with office.refused(by=AlertProblem.BAD_VALUE) as refused:
        office.desk.plan_maintenance(PARK | {"name": "cables", "when": weekly} | changes, "oh")
    assert {place for place, _ in refused.value.mistakes} == wrong


def test_what_a_silent_parent_hides_is_held_back_by_it(office: Office) -> None:
    office.write(*silent("park-1", "park-2"))
    child = silent("park-2")[0]
    assert office.desk.suppression().held_back(child) == HeldBack(Hold.PARENT, "park-1")


def test_an_endpoint_that_is_paused_waits_until_it_is_opened(office: Office) -> None:
    office.desk.pause("ops", "oh")
    assert (office.standing("ops"), office.standing("pager")) == (Standing.PAUSED, Standing.OPEN)
    with office.refused(by=AlertProblem.ALREADY_PAUSED):
        office.desk.pause("ops", "kim")
    assert endpoint_states.endpoint_state(office.state, "ops").paused_by == "oh"
    with office.refused(by=AlertProblem.ENDPOINT_CLOSED):
        office.desk.test("ops")
    with office.state.begin() as connection:
        put_in(connection, sample_notice("ops", "msg_1", NOW), NOW + HOUR)
    assert office.desk.reopen("ops") == 1
    assert [due.notice.id for due in deliveries.due(office.state, "ops", NOW, 9)] == ["msg_1"]
    with office.refused(by=AlertProblem.ENDPOINT_OPEN):
        office.desk.reopen("ops")


def test_an_endpoint_that_is_gone_can_be_opened_again(office: Office) -> None:
    endpoint_states.note_gone(office.state, "ops", "status 410", NOW)
    assert office.standing("ops") is Standing.DISABLED
    office.desk.reopen("ops")
    assert office.standing("ops") is Standing.FAILING  # until something arrives
    endpoint_states.note_arrival(office.state, "ops", NOW)
    assert office.standing("ops") is Standing.OPEN


def test_an_endpoint_that_is_not_configured_is_refused(office: Office) -> None:
    endpoint_states.pause(office.state, "old", "oh", NOW)
    for act in (
        lambda: office.desk.pause("old", "oh"),
        lambda: office.desk.reopen("old"),
        lambda: office.desk.test(""),
    ):
        with office.refused(by=AlertProblem.NO_SUCH_ENDPOINT):
            act()


def test_a_test_is_a_notice_of_no_thread_that_is_due_at_once(office: Office) -> None:
    notice_id = office.desk.test("pager")
    (due,) = deliveries.due(office.state, "pager", NOW, 9)
    assert (due.notice.id, due.notice.kind, due.attempts) == (notice_id, NoticeKind.TEST, 0)
    kept = delivered_notice(office.state, notice_id)
    assert kept is not None
    assert (kept.notice, kept.delivery.thread, kept.delivery.state) == (due.notice, None, DeliveryState.WAITING)
    assert office.desk.test("pager") != notice_id


def test_only_what_is_dead_is_sent_again_and_by_the_same_id(office: Office) -> None:
    notice_id = office.desk.test("ops")
    with office.refused(by=AlertProblem.NOT_DEAD):
        office.desk.replay(notice_id)
    assert office.lose("ops") == notice_id
    office.now = NOW + HOUR
    office.desk.replay(notice_id)
    assert [(due.notice.id, due.attempts) for due in deliveries.due(office.state, "ops", office.now, 9)] == [
        (notice_id, 0)
    ]
    with office.refused(by=AlertProblem.NO_SUCH_DELIVERY):
        office.desk.replay("msg_unknown")


def test_what_is_dead_for_an_endpoint_of_the_past_stays_so(office: Office) -> None:
    with office.state.begin() as connection:
        put_in(connection, sample_notice("old", "msg_1", NOW), NOW)
    office.lose("old")
    with office.refused(by=AlertProblem.NO_SUCH_ENDPOINT):
        office.desk.replay("msg_1")
    kept = delivery_of(office.state, "msg_1")
    assert kept is not None
    assert kept.state is DeliveryState.DEAD


def test_of_an_address_the_host_is_told_and_no_more(office: Office) -> None:
    office.desk.test("ops")
    office.desk.test("pager")
    office.lose("pager")
    found = standings(office.state, RECEIVERS)
    assert [(each.receiver.name, each.host, each.waiting, each.dead) for each in found] == [
        ("ops", "hooks.example.kr", 1, 0),
        ("pager", "hooks.example.kr", 0, 1),
    ]
    assert "very-secret" not in repr(found)
