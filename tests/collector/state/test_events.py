"""Events are kept once, and found by place and time."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from agent.wire import Event
from collector.state.events import KeptEvent, PastEvent, events_at, keep_events, prune_events
from collector.stores import FrameKey, StoredEvent

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LONG_AGO, LATER = NOW - 10_000 * HOUR, NOW + 10_000 * HOUR


def kept(
    sequence: int = 1, position: int = 0, at: datetime = NOW, place: str | None = "lab-001", text: str | None = None
) -> KeptEvent:
    event = Event(kind="link_down", occurred_at=NOW, access_point=place, subject="eth0", count=2**53, text=text)
    return KeptEvent(FrameKey("gw-lab", "0123abcd", sequence), position, StoredEvent("gw-lab", at, event))


def past(at: datetime = NOW, text: str | None = None) -> PastEvent:
    return PastEvent("gw-lab", "lab-001", at, "link_down", "eth0", 2**53, text)


def test_an_event_that_is_sent_again_stays_as_it_was(engine: Engine) -> None:
    keep_events(engine, [kept(2**53, 0, text="first"), kept(2**53, 1, text="second")])
    keep_events(engine, [kept(2**53, 1, NOW + HOUR, text="again"), kept(2**53, 2, text="third")])
    keep_events(engine, [])
    found = {event.text: event for event in events_at(engine, "lab-001", since=LONG_AGO, until=LATER)}
    assert found == {name: past(text=name) for name in ("first", "second", "third")}


def test_events_are_told_newest_first_from_since_on_and_before_until(engine: Engine) -> None:
    keep_events(engine, [kept(hour, at=NOW + hour * HOUR) for hour in range(1, 7)])
    keep_events(engine, [kept(9, place="lab-002"), kept(10, place=None)])
    found = events_at(engine, "lab-001", since=NOW + 2 * HOUR, until=NOW + 6 * HOUR, limit=3)
    assert found == [past(NOW + hour * HOUR) for hour in (5, 4, 3)]
    assert events_at(engine, "lab-001", since=NOW + 2 * HOUR, until=NOW + 3 * HOUR) == [past(NOW + 2 * HOUR)]


def test_old_events_are_forgotten(engine: Engine) -> None:
    keep_events(engine, [kept(hour, at=NOW + hour * HOUR) for hour in range(1, 4)])
    prune_events(engine, NOW + 3 * HOUR)
    assert events_at(engine, "lab-001", since=LONG_AGO, until=LATER) == [past(NOW + 3 * HOUR)]
