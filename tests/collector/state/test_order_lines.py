"""Orders as lists have them, on both databases."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine

from collector.orders.changes import Change, Seen
from collector.orders.life import TELEMETRY, changed
from collector.orders.order import Order, Status
from collector.state.order_lines import newest_lines, urgent_by_status, urgent_lines
from collector.state.orders import OrderFilter, Sought, add_order, change_order

NOW = datetime(2026, 5, 23, 10, tzinfo=UTC)
EVERYTHING = OrderFilter()


def add(engine: Engine, place: str, *steps: Change | Seen, site: str = "park") -> int:
    """An order, and what was made of it, a minute after each other."""

    def new(number: int) -> Order:
        return Order(
            id=number,
            version=1,
            access_point=place,
            site=site,
            status=Status.OPEN,
            watch_from=NOW,
            opened_at=NOW,
            opened_by="계획 이",
            changed_at=NOW,
            changed_by="계획 이",
        )

    order = add_order(engine, new)
    for minutes, step in enumerate(steps, 1):
        by = TELEMETRY if isinstance(step, Seen) else "계획 이"
        at = NOW + timedelta(minutes=minutes)
        after = change_order(engine, order.id, None, partial(changed, change=step, by=by, at=at))
        assert after is not None
    return order.id


def on(day: int) -> Change:
    return Change(planned_on=date(2026, 6, day))


@pytest.fixture
def numbers(engine: Engine) -> dict[str, int]:
    gone = Change(status=Status.CANCELLED, reason="철거")
    return {
        "undated": add(engine, "ap-1"),
        "late": add(engine, "ap-2", on(9)),
        "soon": add(engine, "ap-3", on(2), site="library"),
        "silent": add(
            engine,
            "ap-4",
            Change(status=Status.INSTALLED, new_serial="SN_1", technician="기사 김"),
            Seen(is_silent=True),
        ),
        "cancelled first": add(engine, "ap-5", gone),
        "cancelled last": add(engine, "ap-6", on(1), gone),
    }


def test_a_line_is_what_the_order_is(engine: Engine, numbers: dict[str, int]) -> None:
    (line,) = newest_lines(engine, OrderFilter(access_points=("ap-4",)), limit=9)
    assert (line.id, line.version, line.access_point, line.site) == (numbers["silent"], 3, "ap-4", "park")
    assert (line.status, line.technician, line.planned_on) == (Status.INSTALLED, "기사 김", None)
    assert (line.is_silent, line.is_closed, line.changed_at) == (True, False, NOW + timedelta(minutes=2))


def test_the_newest_come_first_in_pages(engine: Engine, numbers: dict[str, int]) -> None:
    newest_first = sorted(numbers.values(), reverse=True)
    first = [line.id for line in newest_lines(engine, EVERYTHING, limit=4)]
    assert first == newest_first[:4]
    assert [line.id for line in newest_lines(engine, EVERYTHING, before=first[-1], limit=4)] == newest_first[4:]


def test_the_most_urgent_come_first(engine: Engine, numbers: dict[str, int]) -> None:
    by_urgency = ["silent", "soon", "late", "cancelled last", "cancelled first", "undated"]
    assert [line.id for line in urgent_lines(engine, EVERYTHING, limit=9)] == [numbers[name] for name in by_urgency]
    assert [line.id for line in urgent_lines(engine, EVERYTHING, limit=2)] == [numbers[name] for name in by_urgency[:2]]


def test_so_many_of_each_status(engine: Engine, numbers: dict[str, int]) -> None:
    found = urgent_by_status(engine, EVERYTHING, most=2)
    assert list(found) == list(Status)
    assert {status: [line.id for line in lines] for status, lines in found.items() if lines} == {
        Status.OPEN: [numbers["soon"], numbers["late"]],
        Status.INSTALLED: [numbers["silent"]],
        Status.CANCELLED: [numbers["cancelled last"], numbers["cancelled first"]],
    }
    only = urgent_by_status(engine, OrderFilter(sites=frozenset({"library"})), most=2)
    assert [line.id for lines in only.values() for line in lines] == [numbers["soon"]]


@pytest.mark.parametrize(
    ("sought", "names"),
    [
        (Sought("AP-3"), {"soon"}),
        (Sought("기사"), {"silent"}),
        (Sought("sn_1"), {"silent"}),
        (Sought("sn%1"), set()),
        (Sought("snx1"), set()),
        (Sought("물빛", access_points=frozenset({"ap-2"})), {"late"}),
        (Sought("도서관", sites=frozenset({"library"})), {"soon"}),
        (Sought("9" * 40), set()),
        (Sought("²"), set()),
    ],
)
def test_a_text_is_looked_for(engine: Engine, numbers: dict[str, int], sought: Sought, names: set[str]) -> None:
    found = newest_lines(engine, OrderFilter(sought=sought), limit=9)
    assert {line.id for line in found} == {numbers[name] for name in names}


def test_a_number_is_looked_for(engine: Engine) -> None:
    places = "abcdefghijk"
    numbers = [add(engine, place) for place in places]
    found = newest_lines(engine, OrderFilter(sought=Sought(str(numbers[-1]))), limit=99)
    assert [line.id for line in found] == [numbers[-1]]
