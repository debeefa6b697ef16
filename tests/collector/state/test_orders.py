"""Orders in the database: one open order a place, and of two who change one at once the second is told."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from made_orders import MINUTE, NEW, NOW, an_order
from sqlalchemy import Engine, func, select

from collector.orders.changes import Change, Seen
from collector.orders.devices_brought import DeviceBrought
from collector.orders.life import TELEMETRY, changed
from collector.orders.order import Order, OrderChange, Status
from collector.state.devices_brought import devices_brought
from collector.state.order_tables import order_changes, orders
from collector.state.orders import (
    AlreadyOpenError,
    OrderFilter,
    StaleOrderError,
    add_order,
    change_order,
    changes_of,
    count_orders,
    find_orders,
    newest_change,
    open_orders_at,
    order_of,
)

TOGETHER = 4


def opened(engine: Engine, access_point: str = "lab-001", **fields: Any) -> Order:
    return add_order(engine, lambda number: an_order(id=number, access_point=access_point, **fields))


def making(change: Change | Seen, by: str = "lee") -> Callable[[Order], tuple[Order, OrderChange] | None]:
    return lambda order: changed(order, change, by=by, at=NOW + order.version * MINUTE)


def moved(engine: Engine, order: Order, **fields: Any) -> Order:
    after = change_order(engine, order.id, order.version, making(Change(**fields)))
    assert after is not None
    return after


def rows(engine: Engine) -> tuple[int, int]:
    with engine.connect() as connection:
        counts = [connection.scalar(select(func.count()).select_from(table)) for table in (orders, order_changes)]
    return counts[0] or 0, counts[1] or 0


def at_once(work: Callable[[int], object]) -> list[object]:
    """What comes of the same work of several who all begin together; an error of theirs is what came of it."""
    barrier = threading.Barrier(TOGETHER)

    def do(which: int) -> object:
        barrier.wait()
        try:
            return work(which)
        except (AlreadyOpenError, StaleOrderError) as error:
            return error

    with ThreadPoolExecutor(TOGETHER) as pool:
        return list(pool.map(do, range(TOGETHER)))


def test_an_order_is_found_as_it_was_opened_with_the_number_it_got(engine: Engine) -> None:
    first, second = opened(engine), opened(engine, "lab-002", note="줄 1\n줄 2", why=())
    assert (first.id, second.id) == (1, 2)
    assert (order_of(engine, 1), order_of(engine, 2), order_of(engine, 3)) == (first, second, None)
    assert changes_of(engine, 1)[0].fields == {}
    assert changes_of(engine, 2) == [
        OrderChange(
            order=2,
            version=1,
            at=NOW,
            by="lee",
            from_status=None,
            to_status=Status.OPEN,
            fields={"note": (None, "줄 1\n줄 2")},
        )
    ]


def test_the_first_change_has_all_that_an_order_begins_with(engine: Engine) -> None:
    order = opened(
        engine, status=Status.ON_HOLD, model="AX-1", planned_on=date(2026, 5, 4), poe="802.3at", reason="no ladder"
    )
    (change,) = changes_of(engine, order.id)
    assert (change.to_status, change.reason) == (Status.ON_HOLD, "no ladder")
    assert change.fields == {
        "model": (None, "AX-1"),
        "poe": (None, "802.3at"),
        "planned_on": (None, "2026-05-04"),
    }


def test_every_change_is_kept_and_one_that_changes_nothing_is_none(engine: Engine) -> None:
    order = opened(engine)
    planned = moved(engine, order, status=Status.PLANNED, model="AX-1", planned_on=date(2026, 5, 4))
    assert moved(engine, planned, model="AX-1") == planned == order_of(engine, order.id)
    seen = change_order(engine, order.id, None, making(Seen(status=Status.INSTALLED, new_serial=NEW), by=TELEMETRY))
    assert order_of(engine, order.id) == seen
    told = [(change.version, change.by, change.to_status) for change in changes_of(engine, order.id)]
    assert told == [(1, "lee", Status.OPEN), (2, "lee", Status.PLANNED), (3, TELEMETRY, Status.INSTALLED)]
    assert change_order(engine, 99, 1, making(Change(note="x"))) is None


def test_a_place_has_one_order_that_has_not_ended(engine: Engine) -> None:
    order = opened(engine)
    with pytest.raises(AlreadyOpenError) as refused:
        opened(engine)
    assert refused.value.order == order.id
    moved(engine, order, status=Status.CANCELLED, reason="by mistake")
    assert opened(engine).id > order.id


def test_of_several_who_open_an_order_at_a_place_at_once_one_does(engine: Engine) -> None:
    outcomes = at_once(lambda which: opened(engine, opened_by=f"person {which}"))
    (order,) = (outcome for outcome in outcomes if isinstance(outcome, Order))
    refused = [outcome for outcome in outcomes if isinstance(outcome, AlreadyOpenError)]
    assert [error.order for error in refused] == [order.id] * (TOGETHER - 1)
    assert rows(engine) == (1, 1)
    assert order_of(engine, order.id) == order


def test_an_order_that_could_not_be_opened_whole_is_not_there(engine: Engine) -> None:
    def failing(number: int) -> Order:
        if number:
            raise RuntimeError("in the middle")
        return an_order(id=number)

    with pytest.raises(RuntimeError, match="in the middle"):
        add_order(engine, failing)
    assert rows(engine) == (0, 0)
    assert opened(engine).status is Status.OPEN


def test_a_change_that_could_not_be_kept_is_not_made(engine: Engine) -> None:
    order = opened(engine)

    def twice_the_same_version(seen: Order) -> tuple[Order, OrderChange]:
        outcome = changed(seen, Change(note="lost"), by="lee", at=NOW)
        assert outcome is not None
        return outcome[0], outcome[1].model_copy(update={"version": seen.version})

    with pytest.raises(Exception, match=r"(?i)unique"):
        change_order(engine, order.id, 1, twice_the_same_version)
    assert order_of(engine, order.id) == order


def test_who_saw_an_older_version_is_shown_what_was_changed_and_nothing_is_written(engine: Engine) -> None:
    order = opened(engine)
    moved(engine, moved(engine, order, note="a"), note="b")
    with pytest.raises(StaleOrderError, match="order 1 was changed by lee meanwhile; it is of version 3 now") as stale:
        moved(engine, order, note="c")
    assert [(change.version, change.fields) for change in stale.value.since] == [
        (2, {"note": ("", "a")}),
        (3, {"note": ("a", "b")}),
    ]
    assert stale.value.order == order_of(engine, order.id)
    assert stale.value.order.note == "b"


def test_of_several_who_change_the_same_version_at_once_one_does_and_the_others_are_told(engine: Engine) -> None:
    order = opened(engine)
    for _ in range(5):
        before = order
        outcomes = at_once(lambda which, seen=before: moved(engine, seen, note=f"{seen.version} by {which}"))
        (order,) = (outcome for outcome in outcomes if isinstance(outcome, Order))
        stale = [outcome for outcome in outcomes if isinstance(outcome, StaleOrderError)]
        assert len(stale) == TOGETHER - 1
        assert {error.order.note for error in stale} == {order.note}
        assert {error.since[0].fields["note"] for error in stale} == {(before.note, order.note)}
        assert order_of(engine, order.id) == order
    assert [change.version for change in changes_of(engine, order.id)] == [1, 2, 3, 4, 5, 6]


def test_who_takes_whatever_version_there_is_loses_nothing_of_the_others(engine: Engine) -> None:
    order = opened(engine)
    fields = [{"note": "a"}, {"firmware": "7"}, {"vendor": "Acme"}, {"new_mac": "02:00:00:00:00:09"}]

    at_once(lambda which: change_order(engine, order.id, None, making(Change(**fields[which]))))
    after = order_of(engine, order.id)
    assert after is not None
    assert (after.version, after.note, after.firmware, after.vendor, after.new_mac) == (
        1 + TOGETHER,
        "a",
        "7",
        "Acme",
        "02:00:00:00:00:09",
    )
    assert [change.version for change in changes_of(engine, order.id)] == [1, 2, 3, 4, 5]


@pytest.fixture
def city(engine: Engine) -> Engine:
    """Orders 1 to 6: open, planned, assigned, installed and silent, cancelled, and open again where that was."""
    opened(engine, "lab-001")
    moved(engine, opened(engine, "lab-002"), status="planned", model="AX-1", planned_on=date(2026, 5, 4))
    third = moved(engine, opened(engine, "pier-001", site="pier"), planned_on=date(2026, 5, 6))
    moved(engine, third, status="assigned", technician="kim")
    fourth = moved(engine, opened(engine, "pier-002", site="pier"), technician="park", new_serial=NEW)
    fourth = moved(engine, fourth, status="installed")
    change_order(engine, fourth.id, None, making(Seen(is_silent=True), by=TELEMETRY))
    moved(engine, opened(engine, "dock-001", site="dock"), status="cancelled", reason="gone")
    opened(engine, "dock-001", site="dock")
    return engine


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({}, [6, 5, 4, 3, 2, 1]),
        ({"statuses": frozenset({Status.OPEN, Status.PLANNED})}, [6, 2, 1]),
        ({"is_closed": True}, [5]),
        ({"is_closed": False}, [6, 4, 3, 2, 1]),
        ({"access_points": ("dock-001", "lab-002")}, [6, 5, 2]),
        ({"access_points": ()}, []),
        ({"sites": frozenset({"pier", "nowhere"})}, [4, 3]),
        ({"technician": "kim"}, [3]),
        ({"is_assigned": True}, [4, 3]),
        ({"is_assigned": False}, [6, 5, 2, 1]),
        ({"planned_from": date(2026, 5, 5)}, [3]),
        ({"planned_to": date(2026, 5, 5)}, [2]),
        ({"planned_from": date(2026, 5, 4), "planned_to": date(2026, 5, 6)}, [3, 2]),
        ({"is_silent": True}, [4]),
        ({"sites": frozenset({"pier"}), "is_silent": False}, [3]),
    ],
)
def test_orders_are_found_by_what_is_asked_for_and_counted_alike(
    city: Engine, wanted: dict[str, Any], numbers: list[int]
) -> None:
    found = find_orders(city, OrderFilter(**wanted))
    assert [order.id for order in found] == numbers
    counts = count_orders(city, OrderFilter(**wanted))
    assert list(counts) == list(Status)
    assert counts == {status: sum(order.status is status for order in found) for status in Status}


def test_a_list_is_read_in_parts_that_neither_repeat_nor_leave_out(city: Engine) -> None:
    read, before = [], None
    while part := find_orders(city, OrderFilter(is_closed=False), before=before, limit=2):
        opened(city, f"new-{len(read)}")
        read.append([order.id for order in part])
        before = part[-1].id
    assert read == [[6, 4], [3, 2], [1]]


def test_the_orders_that_have_not_ended_are_told_of_many_places(city: Engine) -> None:
    places = ["dock-001", "lab-001", "nowhere", *(f"more-{number}" for number in range(1_100)), "pier-002"]
    assert open_orders_at(city, places) == {"dock-001": 6, "lab-001": 1, "pier-002": 4}


def test_a_number_grows_with_every_change_of_any_order(engine: Engine) -> None:
    numbers = [newest_change(engine)]
    first, second = opened(engine), opened(engine, "lab-002")
    for order in (first, second):
        numbers.append(newest_change(engine))
        moved(engine, order, note="x")
    moved(engine, first.model_copy(update={"version": 2}), note="x")
    numbers.append(newest_change(engine))
    assert numbers[0] < numbers[1] < numbers[2] < numbers[3]


def test_the_devices_that_orders_have_brought_are_told_that_of_the_newest_order_last(engine: Engine) -> None:
    first = opened(engine)
    assert devices_brought(engine) == []
    first = moved(engine, first, new_serial="NEW-9")
    assert devices_brought(engine) == []
    second = moved(engine, opened(engine, "lab-002"), status="installed", new_serial=NEW, new_mac="020000000009")
    moved(engine, first, status="installed", new_serial="NEW-8")
    expected = [DeviceBrought("lab-001", "NEW-8", None), DeviceBrought("lab-002", NEW, "02:00:00:00:00:09")]
    assert devices_brought(engine) == expected
    for to in (Status.ON_HOLD, Status.INSTALLED, Status.VERIFYING, Status.REJECTED):
        second = moved(engine, second, status=to, reason="so")
        assert devices_brought(engine) == expected
    second = moved(engine, second, status=Status.IN_PROGRESS, technician="kim")
    assert devices_brought(engine) == expected[:1]
    second = moved(engine, second, status=Status.INSTALLED, new_serial=NEW)
    moved(engine, second, status=Status.ACCEPTED, reason="seen")
    assert devices_brought(engine) == [expected[0], DeviceBrought("lab-002", NEW, None)]
    moved(engine, moved(engine, opened(engine, "lab-003"), new_serial="N"), status="cancelled", reason="gone")
    assert len(devices_brought(engine)) == 2
