"""What asks for orders again and again finds all that there is to be found, on both databases."""

from datetime import UTC, datetime, timedelta

from made_orders import order_in
from sqlalchemy import Engine, insert

from collector.orders.order import Status
from collector.state.order_tables import order_changes
from collector.state.orders import OrderFilter, add_order, find_orders, newest_change
from collector.state.tables import devices_seen

OPENED = datetime(2026, 5, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def open_at(engine: Engine, place: str) -> None:
    add_order(engine, lambda number: order_in(Status.OPEN, id=number, access_point=place, opened_at=OPENED))


def see(engine: Engine, place: str, serial: str, first_seen: datetime) -> None:
    with engine.begin() as connection:
        row = {"access_point": place, "serial": serial, "first_seen": first_seen, "last_seen": OPENED + 9 * MINUTE}
        connection.execute(insert(devices_seen).values(**row))


def test_a_newcomer_is_a_device_that_was_first_seen_since_the_order_was_opened(engine: Engine) -> None:
    for place in ("nobody", "known", "newcomer", "newcomer-elsewhere"):
        open_at(engine, place)
    see(engine, "known", "OLD-1", OPENED)
    see(engine, "newcomer", "OLD-2", OPENED - MINUTE)
    see(engine, "newcomer", "NEW-2", OPENED + MINUTE)
    see(engine, "without-an-order", "NEW-3", OPENED + MINUTE)
    found = {order.access_point for order in find_orders(engine, OrderFilter(has_newcomer=True))}
    others = {order.access_point for order in find_orders(engine, OrderFilter(has_newcomer=False))}
    assert (found, others) == ({"newcomer"}, {"nobody", "known", "newcomer-elsewhere"})


def test_a_change_that_is_committed_after_a_later_one_is_noticed(shared: Engine) -> None:
    open_at(shared, "slow")
    open_at(shared, "fast")

    def change(order: int) -> dict[str, object]:
        return {"order_id": order, "version": 2, "at": OPENED, "by": "lee", "document": "{}"}

    numbers = [newest_change(shared)]
    with shared.connect() as slow:
        slow.execute(insert(order_changes).values(change(1)))
        with shared.begin() as fast:
            fast.execute(insert(order_changes).values(change(2)))
        numbers.append(newest_change(shared))
        slow.commit()
    numbers.append(newest_change(shared))
    assert numbers[0] < numbers[1] < numbers[2]
