"""A frame is placed in time once, whoever receives it again."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from collector.state.placements import prune_placements, settle_offsets
from collector.stores import FrameKey

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FAR = timedelta(days=20_000, microseconds=-1)


def key(sequence: int, agent: str = "gw-lab") -> FrameKey:
    return FrameKey(agent, "0123abcd", sequence)


def test_the_first_offset_counts_for_ever(engine: Engine) -> None:
    assert settle_offsets(engine, {key(1): FAR, key(2**53): -FAR}, NOW) == {key(1): FAR, key(2**53): -FAR}
    proposals = {key(1): HOUR, key(2): HOUR, key(1, "gw-other"): 2 * HOUR}
    settled = {key(1): FAR, key(2): HOUR, key(1, "gw-other"): 2 * HOUR}
    assert settle_offsets(engine, proposals, NOW) == settled
    assert settle_offsets(engine, {}, NOW) == {}


def test_many_frames_are_settled_at_once(engine: Engine) -> None:
    proposals = {key(sequence): timedelta(seconds=sequence) for sequence in range(1, 1001)}
    assert settle_offsets(engine, proposals, NOW) == proposals


def test_collectors_that_settle_the_same_frames_at_once_agree(engine: Engine) -> None:
    together = threading.Barrier(4)

    def settle(number: int) -> dict[FrameKey, timedelta]:
        in_some_order = range(1, 200) if number % 2 else range(199, 0, -1)
        together.wait()
        return settle_offsets(engine, {key(sequence): number * HOUR for sequence in in_some_order}, NOW)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(settle, range(4)))
    assert len(answers[0]) == 199
    assert answers == [answers[0]] * 4


def test_what_was_settled_long_ago_is_forgotten(engine: Engine) -> None:
    settle_offsets(engine, {key(1): HOUR}, NOW)
    settle_offsets(engine, {key(2): HOUR}, NOW + HOUR)
    prune_placements(engine, NOW + HOUR)
    again = settle_offsets(engine, {key(1): FAR, key(2): FAR}, NOW)
    assert again == {key(1): FAR, key(2): HOUR}
