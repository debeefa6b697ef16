"""Where orders are opened and changed: with what is known of the place, by who may, and nobody's change is lost."""

import pytest
from field import GIGABIT, KIM, PLANNER, Field, device_report
from made_orders import person

from collector.access.roles import Role
from collector.fieldwork.order_desk import NoSuchOrderError, UnknownPlaceError, UnknownTechnicianError
from collector.orders.changes import Change
from collector.orders.life import IllegalMoveError, MissingError
from collector.orders.order import Confirmation, OldDevice, Status
from collector.orders.permitting import NotYoursError
from collector.state.accounts import add_user, lock_out
from collector.state.orders import AlreadyOpenError, StaleOrderError, count_orders

ASSIGNED = Change(status=Status.ASSIGNED, technician="kim")
FINISHED = Change(status=Status.INSTALLED, new_serial="NEW-1", confirmed=(Confirmation.MOUNTED,), note="done")


async def test_an_order_by_hand_knows_the_device_that_reports_else_the_one_of_the_inventory(field: Field) -> None:
    await field.hear(device_report("OLD-1"))
    first = field.desk.open("lab-001", PLANNER)
    second = field.desk.open("lab-002", PLANNER, Change(note="by hand", uplink_bits_per_second=GIGABIT))
    assert first.old == OldDevice(vendor="Aruba", model="515", serial="OLD-1")
    assert second.old == OldDevice(serial="EX0002", mac="02:00:00:00:00:02")
    assert (first.site, first.rank, first.why, first.model, first.watch_from) == ("lab", None, (), None, field.now)
    assert (second.version, second.note, second.uplink_bits_per_second, second.opened_by) == (
        1,
        "by hand",
        GIGABIT,
        "lee",
    )


async def test_several_are_opened_where_there_is_none_and_none_where_a_place_is_unknown(field: Field) -> None:
    first = field.desk.open("lab-001", PLANNER)
    with pytest.raises(UnknownPlaceError, match="lab-999"):
        field.desk.open_several(["lab-002", "lab-999"], PLANNER)
    assert sum(count_orders(field.state).values()) == 1
    opened = field.desk.open_several(["lab-002", "lab-001", "lab-002", "other-001"], PLANNER)
    assert [order.access_point for order in opened.orders] == ["lab-002", "other-001"]
    assert opened.already == {"lab-001": first.id}
    with pytest.raises(AlreadyOpenError):
        field.desk.open("lab-001", PLANNER)


async def test_who_may_not_or_cannot_is_refused_and_nothing_is_written(field: Field) -> None:
    order = field.desk.open("lab-001", PLANNER, ASSIGNED)
    park = person("park", Role.TECHNICIAN)
    for who, change, error in (
        (park, Change(note="x"), NotYoursError),
        (KIM, Change(technician="park"), NotYoursError),
        (KIM, Change(status=Status.INSTALLED), MissingError),
        (PLANNER, Change(status=Status.ACCEPTED, reason="so", new_serial="N"), IllegalMoveError),
    ):
        with pytest.raises(error):
            field.desk.change(order.id, 1, change, who)
    with pytest.raises(NoSuchOrderError):
        field.desk.change(99, 1, Change(note="x"), PLANNER)
    assert field.order() == order


async def test_an_order_is_given_to_nobody_who_cannot_do_it_and_who_has_it_may_keep_it(field: Field) -> None:
    add_user(field.state, "viewer", "a password of theirs", field.now, role=Role.VIEWER)
    add_user(field.state, "boss", "a password of theirs", field.now, role=Role.ADMIN)
    order = field.desk.open("lab-001", PLANNER, ASSIGNED)
    lock_out(field.state, "kim", field.now)
    for name in ("kin", "viewer", "kim "):
        with pytest.raises(UnknownTechnicianError, match="nobody called"):
            field.desk.open("lab-002", PLANNER, Change(status=Status.ASSIGNED, technician=name))
    for name in ("kin", "viewer", "telemetry"):
        with pytest.raises(UnknownTechnicianError, match="nobody called"):
            field.desk.change(order.id, None, Change(technician=name), PLANNER)
    assert field.desk.change(order.id, None, Change(technician="kim", note="away"), PLANNER).technician == "kim"
    assert field.desk.change(order.id, None, Change(status=Status.OPEN), PLANNER).technician is None
    with pytest.raises(UnknownTechnicianError, match="kim"):
        field.desk.change(order.id, None, Change(technician="kim"), PLANNER)


async def test_who_stands_at_the_pole_does_not_contradict_the_device_that_they_plugged_in(field: Field) -> None:
    await field.hear(device_report("OLD-1"))
    order = field.desk.open("lab-001", PLANNER, ASSIGNED)
    field.wait(10)
    await field.hear(device_report("NEW-1"))
    assert field.order().status is Status.VERIFYING
    with pytest.raises(StaleOrderError) as stale:
        field.desk.change(order.id, order.version, FINISHED, KIM)
    assert {change.by for change in stale.value.since} == {"telemetry"}
    finished = field.desk.change(order.id, order.version, FINISHED, KIM, is_merging=True)
    assert (finished.status, finished.note, finished.confirmed) == (Status.VERIFYING, "done", (Confirmation.MOUNTED,))
    assert (finished.checks, finished.first_report_at) == (field.order().checks, field.now)


async def test_a_person_is_never_gone_over_even_by_who_merges(field: Field) -> None:
    order = field.desk.open("lab-001", PLANNER, ASSIGNED)
    field.desk.change(order.id, 1, Change(note="bring the long ladder"), PLANNER)
    with pytest.raises(StaleOrderError) as stale:
        field.desk.change(order.id, 1, FINISHED, KIM, is_merging=True)
    assert [change.fields for change in stale.value.since] == [{"note": ("", "bring the long ladder")}]
    assert field.order().note == "bring the long ladder"


async def test_who_takes_whichever_version_there_is_changes_that(field: Field) -> None:
    order = field.desk.open("lab-001", PLANNER, ASSIGNED)
    field.desk.change(order.id, 1, Change(firmware="7"), PLANNER)
    after = field.desk.change(order.id, None, FINISHED, KIM)
    assert (after.version, after.firmware, after.new_serial) == (3, "7", "NEW-1")
