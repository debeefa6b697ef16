"""What is usual is asked for beside the looks, and ahead of its hour."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from collector.alerting.usual_hours import ASKS_AGAIN_AFTER, ASKS_AHEAD, UsualHours
from collector.alerts.looking.usual import UsualHour
from collector.stores import StoreError

HOUR = datetime(2026, 7, 15, 9, tzinfo=UTC)
NEXT = HOUR + timedelta(hours=1)
WITHIN_SECONDS = 30.0


class Store:
    """Answers each question once it is let."""

    def __init__(self) -> None:
        self.asked: list[datetime] = []
        self.may_answer = threading.Event()
        self.is_down = False

    def ask(self, at: datetime) -> UsualHour:
        self.asked.append(at)
        assert self.may_answer.wait(WITHIN_SECONDS)
        self.may_answer.clear()
        if self.is_down:
            raise StoreError("no answer", is_permanent=False)
        return UsualHour(at, {"a": float(at.hour)})

    def answer(self, usual: UsualHours) -> None:
        """Let it, and wait until it has."""
        self.may_answer.set()
        usual._thread.submit(lambda: None).result(WITHIN_SECONDS)  # behind the question


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def usual(store: Store) -> Iterator[UsualHours]:
    usual = UsualHours(store.ask)
    yield usual
    store.may_answer.set()
    usual.close()


def test_nobody_waits_for_a_store_that_hangs(store: Store, usual: UsualHours) -> None:
    assert usual.at(HOUR) is None
    assert usual.at(HOUR + ASKS_AGAIN_AFTER) is None
    store.answer(usual)
    assert usual.at(HOUR) == UsualHour(HOUR, {"a": 9.0})
    assert store.asked == [HOUR]


def test_the_next_hour_is_known_when_it_begins(store: Store, usual: UsualHours) -> None:
    usual.at(HOUR)
    store.answer(usual)
    usual.at(NEXT - ASKS_AHEAD)
    store.answer(usual)
    assert usual.at(NEXT - timedelta(seconds=1)) == UsualHour(HOUR, {"a": 9.0})
    assert usual.at(NEXT) == UsualHour(NEXT, {"a": 10.0})
    assert store.asked == [HOUR, NEXT]


def test_a_store_that_failed_is_asked_again_after_a_while(store: Store, usual: UsualHours) -> None:
    store.is_down = True
    usual.at(HOUR)
    store.answer(usual)
    assert usual.at(HOUR + timedelta(seconds=2)) is None
    store.is_down = False
    assert usual.at(HOUR + ASKS_AGAIN_AFTER) is None
    store.answer(usual)
    assert usual.at(HOUR + ASKS_AGAIN_AFTER) == UsualHour(HOUR, {"a": 9.0})
    assert store.asked == [HOUR, HOUR]
