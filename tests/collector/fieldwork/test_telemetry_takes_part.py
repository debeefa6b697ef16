"""From a report on the wire to an order that moves by itself: nothing is typed, or a serial at most."""

from datetime import date, timedelta

import pytest
from field import GIGABIT, GOOD_PROBES, KIM, PLANNER, Field, device_report

from collector.orders.changes import Change
from collector.orders.life import TELEMETRY
from collector.orders.order import Check, Outcome, Status
from collector.state.orders import changes_of

PLAN = Change(
    status=Status.ASSIGNED,
    vendor="HPE Aruba Networking",
    model="AP-515",
    uplink_bits_per_second=GIGABIT,
    planned_on=date(2026, 5, 2),
    technician="kim",
)


def told(field: Field) -> list[tuple[str, Status]]:
    """Who moved the order where."""
    changes = changes_of(field.state, 1)
    return [(change.by, change.to_status) for change in changes if change.from_status is not change.to_status]


async def test_a_device_that_is_put_up_is_verified_and_accepted_without_a_word_typed(field: Field) -> None:
    await field.hear(device_report("OLD-1"))
    order = field.desk.open("lab-001", PLANNER, PLAN)
    assert (order.old.serial, order.old.vendor) == ("OLD-1", "Aruba")
    field.wait(5)
    await field.hear(device_report("OLD-1"))
    assert field.order().status is Status.ASSIGNED
    field.wait(60)
    came = field.now
    await field.hear(device_report("NEW-1", clients=0, probes=[]))
    order = field.order()
    assert (order.status, order.new_serial, order.first_report_at) == (Status.VERIFYING, "NEW-1", came)
    assert {each.check: each.outcome for each in order.checks} == {
        Check.MODEL: Outcome.PASSED,
        Check.SERIAL: Outcome.PASSED,
        Check.UPLINK: Outcome.PASSED,
        Check.GATEWAY: Outcome.WAITING,
        Check.DNS: Outcome.WAITING,
        Check.PORTAL: Outcome.WAITING,
        Check.THROUGHPUT: Outcome.WAITING,
        Check.CLIENTS: Outcome.WAITING,
    }
    field.wait(29)
    await field.hear(device_report("NEW-1"))
    order = field.order()
    assert (order.status, {each.outcome for each in order.checks}) == (Status.VERIFYING, {Outcome.PASSED})
    field.wait(1)
    await field.hear(device_report("NEW-1"))
    assert field.order().status is Status.ACCEPTED
    assert told(field) == [
        ("lee", Status.ASSIGNED),
        (TELEMETRY, Status.INSTALLED),
        (TELEMETRY, Status.VERIFYING),
        (TELEMETRY, Status.ACCEPTED),
    ]


async def test_a_device_that_does_not_do_goes_back_and_the_next_one_is_taken_for_new(field: Field) -> None:
    await field.hear(device_report("OLD-1"))
    field.desk.open("lab-001", PLANNER, PLAN)
    field.wait(10)
    no_dns = [*GOOD_PROBES, {"kind": "dns", "target": "wifi.seoul.go.kr", "is_ok": False, "failure": "refused"}]
    for _ in range(7):
        await field.hear(device_report("NEW-1", probes=no_dns))
        order = field.order()
        field.wait(10)
    assert (order.status, order.reason, order.new_serial) == (Status.REJECTED, "dns", "NEW-1")
    await field.hear(device_report("NEW-1", probes=no_dns))
    assert field.order() == order
    field.wait(10)
    await field.hear(device_report("NEW-2"))
    order = field.order()
    assert (order.status, order.new_serial, order.reason) == (Status.VERIFYING, "NEW-2", None)


async def test_a_device_that_was_typed_and_is_not_heard_of_is_flagged_until_it_is(field: Field) -> None:
    await field.hear(device_report("OLD-1"))
    order = field.desk.open("lab-001", PLANNER, PLAN)
    field.wait(10)
    installed = field.desk.change(order.id, 1, Change(status=Status.INSTALLED, new_serial="NEW-1"), KIM)
    assert field.order() == installed
    field.wait(30)
    assert field.order().is_silent
    field.wait(30)
    await field.hear(device_report("NEW-1"))
    order = field.order()
    assert (order.status, order.is_silent) == (Status.VERIFYING, False)
    field.wait(40)
    order = field.order()
    assert (order.status, order.is_silent) == (Status.VERIFYING, True)


async def test_what_a_device_told_before_it_was_put_up_again_is_not_its_first_report(field: Field) -> None:
    await field.hear(device_report("OLD-1"))
    order = field.desk.open("lab-001", PLANNER, PLAN)
    field.wait(10)
    await field.hear(device_report("NEW-1", interval_seconds=600))
    field.order()
    field.desk.change(order.id, None, Change(status=Status.REJECTED, reason="the mount is loose"), PLANNER)
    field.wait(5)
    field.desk.change(order.id, None, Change(status=Status.INSTALLED), KIM)
    assert field.order().status is Status.INSTALLED
    put_up = field.now
    field.wait(5)
    await field.hear(device_report("NEW-1", interval_seconds=600))
    order = field.order()
    assert (order.status, order.first_report_at) == (Status.VERIFYING, put_up)


async def test_a_look_that_finds_nothing_new_changes_nothing(field: Field) -> None:
    await field.hear(device_report("OLD-1"))
    field.desk.open("lab-001", PLANNER, PLAN)
    assert field.watch.look() == 0
    field.wait(10)
    await field.hear(device_report("NEW-1"))
    assert field.watch.look() == 3
    field.now += timedelta(seconds=5)
    assert field.watch.look() == 0


async def test_a_gateways_device_finds_its_place_by_the_serial_that_was_typed(field: Field) -> None:
    await field.hear(device_report("OLD-1"))
    order = field.desk.open("lab-001", PLANNER, PLAN)
    await field.placing.look()
    field.wait(10)
    nameless = device_report("NEW-1", access_point=None)
    await field.hear(nameless)
    assert list(field.fleet.unknown_devices) == ["unknown/gw-lab/NEW-1"]
    assert field.order().status is Status.ASSIGNED
    field.desk.change(order.id, None, Change(status=Status.INSTALLED, new_serial="new-1"), KIM)
    await field.placing.look()
    assert not field.fleet.unknown_devices
    field.wait(1)
    await field.hear(nameless)
    assert not field.fleet.unknown_devices
    reading = field.fleet.readings["lab-001"]
    assert (reading.serial, reading.observed_at) == ("NEW-1", field.now)
    verified = field.order()
    assert (verified.status, verified.first_report_at) == (Status.VERIFYING, field.now)
    field.wait(30)
    await field.hear(nameless)
    assert field.order().status is Status.ACCEPTED
    await field.placing.look()
    await field.hear(nameless)
    assert not field.fleet.unknown_devices


@pytest.mark.parametrize("told_model", ["AP-515", "515", "ap515"])
async def test_the_model_is_the_planned_one_by_any_name_that_the_catalogue_knows(field: Field, told_model: str) -> None:
    await field.hear(device_report("OLD-1"))
    field.desk.open("lab-001", PLANNER, PLAN)
    field.wait(10)
    await field.hear(device_report("NEW-1", device={"vendor": "Aruba", "model": told_model, "serial": "NEW-1"}))
    model = field.order().check(Check.MODEL)
    assert model is not None
    assert (model.outcome, model.found) == (Outcome.PASSED, f"Aruba {told_model}")
