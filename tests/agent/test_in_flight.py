"""What is on the way: when it is due again, and what a silence or a slow collector changes of that."""

import random

import pytest

from agent.in_flight import InFlight

TIMEOUT = 30.0
LONGEST = 300.0
JITTER = 1.25


def in_flight() -> InFlight:
    return InFlight(ack_timeout_seconds=TIMEOUT, jitter=random.Random(5))


def due(flights: InFlight) -> float:
    at = flights.next_due()
    assert at is not None
    return at


def test_a_frame_is_on_the_way_until_it_is_acknowledged() -> None:
    flights = in_flight()
    flights.send_alone(7, 100.0)
    flights.send_bundle([1, 2, 3], 100.0)
    assert (set(flights.ids), flights.alone, flights.has_bundle) == ({1, 2, 3, 7}, 1, True)
    flights.acknowledge({7, 2}, 101.0)
    assert (set(flights.ids), flights.alone, flights.has_bundle) == ({1, 3}, 0, True)
    assert [flights.was_sent(frame) for frame in (1, 2, 3, 4, 7)] == [True, False, True, False, False]
    flights.acknowledge({1, 3}, 102.0)
    assert (set(flights.ids), flights.has_bundle, flights.next_due()) == (set(), False, None)


def test_what_goes_unanswered_goes_ever_less_often() -> None:
    flights, now, waits = in_flight(), 0.0, []
    for _ in range(7):
        flights.send_bundle([1, 2], now)
        waits.append(due(flights) - now)
        now = due(flights)
        assert flights.expire(now) == []
        assert not flights.has_bundle
    expected = [30.0, 60.0, 120.0, 240.0, LONGEST, LONGEST, LONGEST]
    assert all(least <= wait <= JITTER * least for least, wait in zip(expected, waits, strict=True)), waits


def test_a_collector_that_takes_long_is_not_told_everything_twice() -> None:
    flights, now, repeats = in_flight(), 0.0, []
    for first in range(0, 1000, 100):
        ids = range(first, first + 100)
        flights.send_bundle(ids, now)
        stored_at, sends = now + 70.0, 1
        while due(flights) < stored_at:
            now = due(flights)
            flights.expire(now)
            flights.send_bundle(ids, now)
            sends += 1
        now = stored_at
        flights.acknowledge(set(ids), now)
        flights.hear(now, is_greeting=False, bundle_within_seconds=10.0)
        repeats.append(sends - 1)
    assert repeats == [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]


def test_an_ack_of_live_frames_does_not_make_a_bundle_go_again_whose_own_is_to_come() -> None:
    flights = in_flight()
    flights.hear(0.0, is_greeting=False, bundle_within_seconds=10.0)
    flights.send_alone(9, 60.0)
    flights.send_bundle([1, 2], 65.0)
    flights.acknowledge({9}, 75.0)
    flights.hear(75.0, is_greeting=False, bundle_within_seconds=10.0)
    assert due(flights) >= 65.0 + TIMEOUT


@pytest.mark.parametrize("is_greeting", [True, False])
def test_a_collector_that_comes_back_is_told_soon_what_may_have_reached_nobody(*, is_greeting: bool) -> None:
    flights, now = in_flight(), 0.0
    for _ in range(6):
        flights.send_bundle([1, 2], now)
        now = due(flights)
        flights.expire(now)
    flights.send_bundle([1, 2], now)
    flights.send_alone(9, now)
    now += 20.0
    flights.hear(now, is_greeting=is_greeting, bundle_within_seconds=10.0)
    assert due(flights) <= now + 1.0, "the live frame"
    flights.release(9)
    assert now < due(flights) <= now + 10.0
    now = due(flights)
    flights.expire(now)
    flights.send_bundle([1, 2], now)
    assert due(flights) <= now + JITTER * TIMEOUT, "patience begins anew"


def test_what_was_sent_a_moment_ago_does_not_go_again_because_of_a_greeting() -> None:
    flights = in_flight()
    flights.send_alone(9, 100.0)
    flights.send_bundle([1, 2], 100.0)
    flights.hear(101.0, is_greeting=True, bundle_within_seconds=10.0)
    assert due(flights) >= 100.0 + TIMEOUT


def test_an_overdue_bundle_beside_acks_is_no_silence() -> None:
    flights, now, sent_at = in_flight(), 0.0, [0.0]
    flights.send_bundle([1, 2], now)
    for number in range(100, 125):
        flights.send_alone(number, now)
        now += 3.0
        flights.acknowledge({number}, now)
        flights.hear(now, is_greeting=False, bundle_within_seconds=0.0)
        flights.expire(now)
        if not flights.has_bundle:
            sent_at.append(now)
            flights.send_bundle([1, 2], now)
    assert len(sent_at) == 2, "it went again at its time, and waits twice as long"
    assert due(flights) >= sent_at[1] + 2 * TIMEOUT


def test_live_frames_too_wait_for_a_collector_that_takes_long() -> None:
    flights = in_flight()
    flights.send_alone(1, 0.0)
    assert flights.expire(39.0) == [1]
    flights.release(1)
    flights.acknowledge({1}, 40.0)
    flights.send_alone(2, 50.0)
    assert flights.expire(50.0 + 79.0) == []
    for number in range(3, 20):
        flights.send_alone(number, 200.0)
        flights.acknowledge({number}, 201.0)
    flights.send_alone(20, 300.0)
    assert 20 in flights.expire(300.0 + JITTER * TIMEOUT), "it is as quick as it was"


def test_a_new_connection_begins_with_nothing_on_the_way_and_remembers_what_was_sent() -> None:
    flights = in_flight()
    flights.send_alone(9, 100.0)
    flights.send_bundle([1, 2], 100.0)
    flights.begin_anew(110.0)
    assert (set(flights.ids), flights.next_due()) == (set(), None)
    assert all(flights.was_sent(frame) for frame in (1, 2, 9))


def test_what_is_spooled_no_more_is_not_remembered_unless_it_is_on_the_way() -> None:
    flights = in_flight()
    for frame in (1, 2, 3, 4):
        flights.send_alone(frame, 0.0)
    for frame in (2, 3, 4):
        flights.release(frame)
    flights.forget_below(4)
    assert [flights.was_sent(frame) for frame in (1, 2, 3, 4)] == [True, False, False, True]
