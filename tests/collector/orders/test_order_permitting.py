"""Who may change which order, and what of it."""

import pytest
from made_orders import ASKED, NEW, order_in, person

from collector.access.identity import Identity, Means
from collector.access.roles import Permission, Role
from collector.orders.changes import Change
from collector.orders.life import moves_of
from collector.orders.order import Order, Status
from collector.orders.permitting import NotYoursError, check_allowed, is_own, may_see_contacts, possible_moves

KIM = person("kim", Role.TECHNICIAN)
PARK = person("park", Role.TECHNICIAN)
OF_KIM = [status for status in Status if order_in(status).technician == "kim"]
WORK = [
    Change(new_serial=NEW, new_mac="02:00:00:00:00:09"),
    Change(confirmed=("mounted",)),
    Change(note="done"),
    Change(status=Status.ON_HOLD, reason="flood"),
    Change(status=Status.IN_PROGRESS),
    Change(status=Status.INSTALLED, new_serial=NEW, confirmed=("mounted", "cabled"), note="ok"),
]
PLANNING = [
    *(Change(**{name: ASKED[name]}) for name in ("model", "planned_on", "technician")),
    Change(vendor="Acme"),
    Change(firmware="7"),
    Change(poe="802.3at"),
    Change(uplink_bits_per_second=None),
    Change(cable=None),
    *(
        Change(status=to, reason="so")
        for to in (Status.OPEN, Status.PLANNED, Status.VERIFYING, Status.ACCEPTED, Status.REJECTED, Status.CANCELLED)
    ),
]


def may(identity: Identity, order: Order, change: Change) -> bool:
    try:
        check_allowed(identity, order, change)
    except NotYoursError:
        return False
    return True


@pytest.mark.parametrize("change", WORK, ids=repr)
def test_a_technician_works_on_what_is_assigned_to_them(change: Change) -> None:
    order = order_in(Status.ASSIGNED)
    assert may(KIM, order, change)
    with pytest.raises(NotYoursError, match="order 7 is not assigned to park"):
        check_allowed(PARK, order, change)
    assert not may(KIM, order_in(Status.PLANNED), change)


@pytest.mark.parametrize("change", PLANNING, ids=repr)
@pytest.mark.parametrize("status", [Status.ASSIGNED, Status.INSTALLED])
def test_a_technician_does_not_plan_nor_judge(status: Status, change: Change) -> None:
    order = order_in(status)
    with pytest.raises(NotYoursError, match="ask a planner"):
        check_allowed(KIM, order, change)


@pytest.mark.parametrize("change", WORK + PLANNING, ids=repr)
@pytest.mark.parametrize("role", list(Role))
def test_planners_may_do_all_of_it_and_who_neither_plans_nor_works_nothing(role: Role, change: Change) -> None:
    order = order_in(Status.ASSIGNED)
    mays = {Role.PLANNER: True, Role.ADMIN: True, Role.TECHNICIAN: False, Role.VIEWER: False, Role.OPS: False}
    assert may(person("lee", role), order, change) is mays[role]
    of_lee = order.model_copy(update={"technician": "lee"})
    assert may(person("lee", role), of_lee, change) is (mays[role] or (role is Role.TECHNICIAN and change in WORK))


def test_a_token_that_may_only_read_works_on_nothing() -> None:
    reading = Identity("kim", Role.TECHNICIAN, Means.TOKEN, frozenset({Permission.READ}))
    assert not is_own(reading, order_in(Status.ASSIGNED))
    assert not may(reading, order_in(Status.ASSIGNED), Change(note="done"))


@pytest.mark.parametrize(
    ("status", "moves"),
    [
        (Status.ASSIGNED, {Status.IN_PROGRESS, Status.INSTALLED, Status.ON_HOLD}),
        (Status.IN_PROGRESS, {Status.ASSIGNED, Status.INSTALLED, Status.ON_HOLD}),
        (Status.INSTALLED, {Status.IN_PROGRESS, Status.ON_HOLD}),
        (Status.VERIFYING, {Status.IN_PROGRESS, Status.ON_HOLD}),
        (Status.REJECTED, {Status.ASSIGNED, Status.IN_PROGRESS, Status.INSTALLED, Status.ON_HOLD}),
        (Status.ON_HOLD, {Status.ASSIGNED, Status.INSTALLED}),
        (Status.ACCEPTED, set()),
    ],
)
def test_the_moves_of_a_technician(status: Status, moves: set[Status]) -> None:
    order = order_in(status)
    assert set(possible_moves(KIM, order, moves_of(order))) == moves
    assert possible_moves(PARK, order, moves_of(order)) == ()
    assert possible_moves(person(), order, moves_of(order)) == moves_of(order)


@pytest.mark.parametrize("held_from", [Status.VERIFYING, Status.REJECTED, Status.PLANNED])
def test_a_technician_lets_go_on_what_was_held_wherever_it_was(held_from: Status) -> None:
    held = order_in(Status.ON_HOLD).model_copy(update={"held_from": held_from})
    assert may(KIM, held, Change(status=held_from))
    others = {Status.VERIFYING, Status.REJECTED, Status.PLANNED} - {held_from}
    assert not any(may(KIM, held, Change(status=to)) for to in others)


def test_whom_to_call_a_technician_sees_as_long_as_their_order_leads_them_there() -> None:
    seen = {status for status in OF_KIM if may_see_contacts(KIM, order_in(status))}
    assert seen == set(OF_KIM) - {Status.ACCEPTED}
    assert not may_see_contacts(PARK, order_in(Status.ASSIGNED))
    assert not may_see_contacts(KIM)
    assert [role for role in Role if may_see_contacts(person("lee", role))] == [Role.PLANNER, Role.OPS, Role.ADMIN]
