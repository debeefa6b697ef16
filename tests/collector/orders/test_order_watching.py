"""What telemetry says of an order, by a clock that moves only when told to."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from made_orders import MINUTE, NEW, NOW, OLD, after, order_in, seen_by_telemetry

from agent.wire import Device, Probe, Report
from collector.orders.acceptance import Heard
from collector.orders.changes import Change, Seen
from collector.orders.life import TELEMETRY, changed
from collector.orders.order import CLOSED, Check, OldDevice, Order, Outcome, Status
from collector.orders.settings import OrderSettings
from collector.orders.watching import BEFORE_INSTALLED, WITH_A_DEVICE, Newcomer, Scene, look

SETTINGS = OrderSettings(required_checks=("dns", "clients"))
MAC, OTHER_MAC = "02:00:00:00:00:09", "02:00:00:00:00:08"
LATER = NOW + 10 * MINUTE
BEFORE = [Status.OPEN, Status.PLANNED, Status.ASSIGNED, Status.IN_PROGRESS, Status.ON_HOLD, Status.REJECTED]


def newcomer(serial: str = NEW, *, first_seen: datetime = LATER, model: str = "AX-1") -> Newcomer:
    return Newcomer(serial, "Acme", model, MAC, first_seen)


def scene(
    now: datetime,
    who: Newcomer | None = None,
    *,
    heard_at: datetime | None = None,
    dns: bool | None = True,
    clients: int = 1,
    device: Device | None = None,
) -> Scene:
    """A place as it is at `now`, and what was heard of it last, which counts for as long as a minute."""
    at = heard_at or now
    probes = () if dns is None else (Probe(kind="dns", target="a", is_ok=dns, observed_at=at),)
    told = device or (None if who is None else Device(serial=who.serial, mac=who.mac))
    report = Report(observed_at=at, device=told, probes=probes)
    return Scene(now, who, Heard(report, at, clients), is_heard=now - at <= MINUTE)


def seen(order: Order, what: Scene) -> Seen | None:
    return look(order, what, settings=SETTINGS, is_same_model=lambda one, other: one[1] == other[1])


def followed(order: Order, what: Scene) -> Order:
    """The order after as many looks at a scene as change something."""
    for _ in range(5):
        found = seen(order, what)
        outcome = None if found is None else changed(order, found, by=TELEMETRY, at=what.now)
        if outcome is None:
            return order
        order = outcome[0]
    raise AssertionError("it comes to no end")


def unheard(now: datetime, who: Newcomer | None = None) -> Scene:
    return Scene(now, who, None, is_heard=False)


def verifying(**fields: Any) -> Order:
    order = followed(order_in(Status.ASSIGNED), scene(LATER, newcomer(), dns=None, clients=0))
    assert order.status is Status.VERIFYING
    return order.model_copy(update=fields)


def test_everything_that_has_not_ended_is_watched() -> None:
    assert set(BEFORE) == BEFORE_INSTALLED
    assert set(Status) - CLOSED == BEFORE_INSTALLED | WITH_A_DEVICE
    for status in CLOSED:
        assert seen(order_in(status), scene(LATER, newcomer())) is None


@pytest.mark.parametrize("status", BEFORE)
def test_a_serial_that_was_not_there_before_installs_from_every_status(status: Status) -> None:
    order = order_in(status).model_copy(update={"new_serial": None})
    installed = seen_by_telemetry(order, seen(order, unheard(LATER, newcomer())) or Seen(), at=LATER)
    assert (installed.status, installed.new_serial, installed.new_mac) == (Status.INSTALLED, NEW, MAC)
    assert (installed.installed_at, installed.held_from) == (LATER, None)
    begun = followed(order, scene(LATER, newcomer()))
    assert (begun.status, begun.first_report_at) == (Status.VERIFYING, LATER)


@pytest.mark.parametrize("status", [*BEFORE, Status.INSTALLED])
@pytest.mark.parametrize("serial", [OLD, "old-1"])
def test_the_old_device_is_never_new_whenever_it_came(status: Status, serial: str) -> None:
    typed_by_mistake = order_in(status).model_copy(update={"new_serial": serial})
    for order in (order_in(status), typed_by_mistake):
        assert seen(order, scene(LATER, newcomer(serial))) is None


@pytest.mark.parametrize("status", BEFORE)
def test_what_was_there_when_the_order_was_opened_is_not_new(status: Status) -> None:
    assert seen(order_in(status), scene(LATER, newcomer(first_seen=NOW))) is None


def test_nobody_seen_is_nothing_new() -> None:
    for status in BEFORE:
        assert seen(order_in(status), unheard(LATER)) is None


@pytest.mark.parametrize(
    ("fields", "who", "is_believed"),
    [
        ({}, newcomer("X", model="AX-2"), False),
        ({}, newcomer("X", model="AX-1"), True),
        ({"model": None}, newcomer("X"), False),
        ({"new_serial": "x"}, newcomer("X", model="AX-2"), True),
    ],
)
def test_where_the_old_serial_was_never_known_only_what_was_typed_or_planned_is_believed(
    fields: dict[str, Any], who: Newcomer, is_believed: bool
) -> None:
    order = order_in(Status.ASSIGNED, old=OldDevice()).model_copy(update=fields)
    assert (seen(order, unheard(LATER, who)) is not None) is is_believed


def test_what_was_typed_before_the_device_came_stays_and_is_checked_against() -> None:
    order = after(order_in(Status.IN_PROGRESS), Change(new_serial="NEW-2", new_mac=OTHER_MAC))
    begun = followed(order, scene(LATER, newcomer()))
    assert (begun.status, begun.new_serial, begun.new_mac) == (Status.VERIFYING, "NEW-2", OTHER_MAC)
    serial = begun.check(Check.SERIAL)
    assert serial is not None
    assert (serial.outcome, serial.expected, serial.found) == (Outcome.FAILED, "NEW-2", NEW)


def test_a_serial_that_is_typed_is_believed_of_a_device_that_has_been_there_for_long() -> None:
    rejected = order_in(Status.REJECTED, at=LATER)
    again = after(rejected, Change(status=Status.INSTALLED), at=LATER + 9 * MINUTE)
    begun = followed(again, scene(LATER + 10 * MINUTE, newcomer(first_seen=NOW)))
    assert (begun.status, begun.first_report_at) == (Status.VERIFYING, LATER + 9 * MINUTE)


@pytest.mark.parametrize("to", [Status.IN_PROGRESS, Status.PLANNED, Status.ON_HOLD, None])
def test_a_device_that_was_rejected_stays_and_is_not_taken_for_new(to: Status | None) -> None:
    rejected = after(verifying(), Change(status=Status.REJECTED, reason="no DNS"), at=LATER + 9 * MINUTE)
    order = rejected if to is None else after(rejected, Change(status=to, reason="so"), at=LATER + 10 * MINUTE)
    assert seen(order, scene(LATER + 11 * MINUTE, newcomer())) is None
    another = newcomer("NEW-2", first_seen=LATER + 12 * MINUTE)
    begun = followed(order, scene(LATER + 12 * MINUTE, another))
    assert (begun.status, begun.new_serial, begun.first_report_at) == (
        Status.VERIFYING,
        "NEW-2",
        LATER + 12 * MINUTE,
    )


@pytest.mark.parametrize("start", [Status.INSTALLED, Status.VERIFYING])
def test_a_device_that_is_to_be_changed_again_is_not_taken_for_new(start: Status) -> None:
    back = after(verifying(status=start), Change(status=Status.IN_PROGRESS), at=LATER + 5 * MINUTE)
    assert seen(back, scene(LATER + 6 * MINUTE, newcomer())) is None


def test_what_is_held_while_it_is_verified_goes_on_being_so() -> None:
    held = after(verifying(), Change(status=Status.ON_HOLD, reason="flood"), at=LATER + MINUTE)
    assert seen(held, scene(LATER + 2 * MINUTE, newcomer())) is None
    resumed = after(held, Change(status=Status.VERIFYING), at=LATER + 3 * MINUTE)
    assert followed(resumed, scene(LATER + 31 * MINUTE, newcomer())).status is Status.ACCEPTED


def test_a_device_that_was_installed_and_is_not_heard_of_for_30_minutes_is_flagged_until_its_next_report() -> None:
    order = order_in(Status.INSTALLED)
    assert seen(order, unheard(NOW + 30 * MINUTE - timedelta(seconds=1))) is None
    flagged = followed(order, unheard(NOW + 30 * MINUTE))
    assert (flagged.status, flagged.is_silent) == (Status.INSTALLED, True)
    assert seen(flagged, unheard(NOW + 31 * MINUTE)) is None
    heard = followed(flagged, scene(NOW + 40 * MINUTE, newcomer(first_seen=NOW + 40 * MINUTE)))
    assert (heard.status, heard.is_silent) == (Status.VERIFYING, False)


def test_a_device_that_falls_silent_while_it_is_verified_is_flagged_until_its_next_report() -> None:
    order, who = verifying(), newcomer()
    last = LATER + 5 * MINUTE
    order = followed(order, scene(last, who, dns=False))
    assert followed(order, scene(last + 29 * MINUTE, who, heard_at=last)) == order
    flagged = followed(order, scene(last + 30 * MINUTE, who, heard_at=last))
    assert flagged.is_silent
    back = followed(flagged, scene(last + 90 * MINUTE, who, dns=False))
    assert (back.status, back.is_silent) == (Status.VERIFYING, False)
    assert [(told.check, told.since) for told in back.checks if told.outcome is Outcome.FAILED] == [
        (Check.DNS, last + 90 * MINUTE)
    ]


def test_it_is_accepted_once_all_has_passed_and_it_has_reported_for_half_an_hour() -> None:
    order, who = verifying(), newcomer()
    order = followed(order, scene(LATER + MINUTE, who))
    assert {told.outcome for told in order.checks} == {Outcome.PASSED}
    assert followed(order, scene(LATER + 30 * MINUTE - timedelta(seconds=1), who)) == order
    accepted = followed(order, scene(LATER + 30 * MINUTE, who))
    assert (accepted.status, accepted.reason, accepted.changed_by) == (Status.ACCEPTED, None, TELEMETRY)


def test_what_waits_is_waited_for_however_long() -> None:
    order = followed(verifying(), scene(LATER + 3000 * MINUTE, newcomer(), dns=None))
    assert order.status is Status.VERIFYING
    assert followed(order, scene(LATER + 3001 * MINUTE, newcomer())).status is Status.ACCEPTED


def test_it_is_rejected_once_a_check_has_failed_for_an_hour() -> None:
    order, who = verifying(), newcomer()
    order = followed(order, scene(LATER + MINUTE, who, dns=False))
    assert followed(order, scene(LATER + 61 * MINUTE - timedelta(seconds=1), who, dns=False)) == order
    mended = followed(order, scene(LATER + 29 * MINUTE, who))
    assert followed(mended, scene(LATER + 61 * MINUTE, who)).status is Status.ACCEPTED
    rejected = followed(order, scene(LATER + 61 * MINUTE, who, dns=False))
    assert (rejected.status, rejected.reason, rejected.watch_from) == (Status.REJECTED, "dns", LATER + 61 * MINUTE)
    assert rejected.new_serial == NEW


def test_what_is_kept_of_checks_is_what_has_become_of_them_and_not_each_number() -> None:
    order, who = verifying(), newcomer()
    order = followed(order, scene(LATER + MINUTE, who))
    assert seen(order, scene(LATER + 2 * MINUTE, who, clients=40)) is None


def test_a_second_new_device_is_verified_from_the_beginning() -> None:
    order = followed(verifying(), scene(LATER + 20 * MINUTE, newcomer()))
    second = newcomer("NEW-2", first_seen=LATER + 25 * MINUTE)
    order = followed(order, scene(LATER + 25 * MINUTE, second, clients=0))
    assert (order.status, order.new_serial, order.installed_at) == (Status.VERIFYING, "NEW-2", LATER + 25 * MINUTE)
    clients = order.check(Check.CLIENTS)
    assert clients is not None
    assert clients.outcome is Outcome.WAITING
    assert followed(order, scene(LATER + 54 * MINUTE, second)).status is Status.VERIFYING
    assert followed(order, scene(LATER + 55 * MINUTE, second)).status is Status.ACCEPTED


def test_the_old_device_that_is_back_while_the_new_one_is_verified_fails_the_check_of_its_serial() -> None:
    order = followed(verifying(), scene(LATER + 9 * MINUTE, newcomer(OLD, first_seen=LATER + 9 * MINUTE)))
    serial = order.check(Check.SERIAL)
    assert serial is not None
    assert (order.new_serial, serial.outcome, serial.found) == (NEW, Outcome.FAILED, OLD)


@pytest.mark.parametrize(
    ("device", "new_mac", "begins"),
    [
        (Device(model="AX-1"), None, True),
        (Device(mac=MAC), MAC, True),
        (Device(mac=MAC), None, True),
        (Device(mac=OTHER_MAC), MAC, False),
        (Device(mac="02:00:00:00:00:01"), None, False),
        (Device(serial=OLD), None, False),
    ],
)
def test_a_device_that_tells_no_serial_is_believed_once_somebody_has_typed_one(
    device: Device, new_mac: str | None, begins: bool
) -> None:
    order = after(order_in(Status.IN_PROGRESS), Change(status=Status.INSTALLED, new_serial=NEW, new_mac=new_mac))
    old = newcomer(OLD, first_seen=NOW - 90 * MINUTE)
    assert seen(order_in(Status.IN_PROGRESS), scene(LATER, old, device=device)) is None
    told = scene(LATER, old, device=device)
    assert seen(order, scene(NOW + MINUTE, old, device=device, heard_at=NOW)) is None
    begun = followed(order, told)
    assert (begun.status is Status.VERIFYING) is begins
    assert begun.first_report_at == (LATER if begins else None)


def test_who_begins_verifying_by_hand_has_it_count_from_the_next_report() -> None:
    order = order_in(Status.VERIFYING)
    assert order.first_report_at is None
    order = followed(order, scene(LATER, newcomer(first_seen=NOW - MINUTE)))
    assert order.first_report_at == LATER
    assert followed(order, scene(LATER + 30 * MINUTE, newcomer(first_seen=NOW - MINUTE))).status is Status.ACCEPTED
