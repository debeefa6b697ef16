"""The framer: what is told at about one time goes into few frames, none of them too large, and nothing gets lost."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from harness import FrozenClock

from agent.framing import MAX_BODY_BYTES, MAX_ITEMS, MAX_PENDING, MAX_PENDING_EVENTS, Framer, bodies, gather_seconds_for
from agent.spool import Spool
from agent.wire import AgentHealth, Event, Report

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)


def reports(count: int, text: str = "x") -> list[Report]:
    return [Report(access_point=f"a-{n}", observed_at=NOW, device={"firmware": text}) for n in range(count)]


def open_spool(folder: Path, clock: FrozenClock, *, max_age_seconds: float = 60) -> Spool:
    return Spool(folder / "s", boot_id="00c0ffee", max_bytes=10**7, max_age_seconds=max_age_seconds, clock=clock)


async def spooled(spool: Spool) -> list[dict[str, list[dict[str, object]]]]:
    found, ids = [], []
    while (frame := await spool.oldest(leaving_out=ids)) is not None:
        ids.append(frame.id)
        found.append(json.loads(frame.body))
    return found


def test_a_site_of_many_access_points_is_split_into_frames_that_fit() -> None:
    parts = list(bodies(reports(3000, "x" * 100), [Event(kind="agent_started", occurred_at=NOW)] * (MAX_ITEMS + 1)))
    assert all(len(part) < MAX_BODY_BYTES + 100 for part in parts)
    documents = [json.loads(part) for part in parts]
    assert [report["access_point"] for document in documents for report in document.get("reports", [])] == [
        f"a-{number}" for number in range(3000)
    ]
    assert [len(document["events"]) for document in documents if "events" in document] == [MAX_ITEMS, 1]


def test_nothing_read_and_nothing_happened_is_no_frame() -> None:
    assert list(bodies([], [])) == []


def test_one_source_waits_for_nobody_and_many_for_each_other() -> None:
    assert [gather_seconds_for(sources) for sources in (1, 11, 5000)] == [0.0, 0.1, 0.5]


async def test_what_comes_together_goes_into_one_frame(tmp_path: Path, clock: FrozenClock) -> None:
    spool = open_spool(tmp_path, clock)
    written = asyncio.Event()
    spool.on_append = written.set
    framer = Framer(spool, clock, gather_seconds=0.01)
    running = asyncio.create_task(framer.run())
    for report in reports(40):
        await framer.put([report])
    await written.wait()
    (frame,) = await spooled(spool)
    assert len(frame["reports"]) == 40
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await spool.close()


async def test_who_is_stopped_while_writing_loses_nothing_and_doubles_nothing(
    tmp_path: Path, clock: FrozenClock
) -> None:
    spool = open_spool(tmp_path, clock)
    framer = Framer(spool, clock, gather_seconds=0.0)
    running = asyncio.create_task(framer.run())
    began = asyncio.Event()
    spool.on_append = began.set
    await framer.put(reports(MAX_ITEMS + 1))
    await began.wait()  # the first of two frames is on disk
    await framer.put(reports(1))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await framer.flush()
    assert [len(frame["reports"]) for frame in await spooled(spool)] == [MAX_ITEMS, 1, 1]
    await spool.close()


async def test_who_brings_more_than_the_spool_takes_waits(tmp_path: Path, clock: FrozenClock) -> None:
    spool = open_spool(tmp_path, clock)
    framer = Framer(spool, clock)
    await framer.put(reports(MAX_PENDING - 1))
    late = [asyncio.create_task(framer.put(reports(1))) for _ in range(2)]
    await asyncio.sleep(0)
    assert [task.done() for task in late] == [False, False]
    await framer.flush()
    await asyncio.gather(*late)
    assert sum(len(frame["reports"]) for frame in await spooled(spool)) == MAX_PENDING + 1
    await spool.close()


async def test_what_was_read_is_kept_when_its_source_is_stopped_while_the_spool_is_behind(
    tmp_path: Path, clock: FrozenClock
) -> None:
    spool = open_spool(tmp_path, clock)
    framer = Framer(spool, clock)
    stopped = [asyncio.create_task(framer.put(reports(count))) for count in (MAX_PENDING, 1)]
    await asyncio.sleep(0)
    for task in stopped:
        task.cancel()
    await asyncio.gather(*stopped, return_exceptions=True)
    await framer.flush()
    assert sum(len(frame["reports"]) for frame in await spooled(spool)) == MAX_PENDING + 1
    await spool.close()


async def test_events_beyond_the_bound_are_counted(tmp_path: Path, clock: FrozenClock) -> None:
    spool = open_spool(tmp_path, clock)
    framer = Framer(spool, clock)
    for _ in range(MAX_PENDING_EVENTS + 3):
        framer.note(Event(kind="link_down", occurred_at=NOW))
    await framer.flush()
    events = [event for frame in await spooled(spool) for event in frame["events"]]
    assert len(events) == MAX_PENDING_EVENTS + 1
    assert (events[-1]["kind"], events[-1]["count"]) == ("events_dropped", 3)
    await spool.close()


async def test_what_the_spool_loses_for_its_age_is_told_once_a_minute_at_most(
    tmp_path: Path, clock: FrozenClock
) -> None:
    spool = open_spool(tmp_path, clock)
    framer = Framer(spool, clock)
    told = []
    for seconds in (0, 61, 1, 1, 59, 1, 30):
        clock.advance(seconds)
        framer.note(Event(kind="link_down", occurred_at=clock.wall()))
        await framer.flush()
        newest = await spool.newest(leaving_out=[])
        assert newest is not None
        events = json.loads(newest.body)["events"]
        told.append([event["count"] for event in events if event["kind"] == "frames_dropped"])
    assert (told, spool.dropped_frames) == ([[], [], [1], [], [], [1], []], 4)
    await spool.close()
    again = Framer(open_spool(tmp_path, clock), clock)
    assert list(again._losses()) == []


# The agent's own health

HEALTH = AgentHealth(spooled_frames=3, cpu_seconds=0.5)


def test_health_goes_along_once_with_what_there_is_and_alone_where_there_is_nothing() -> None:
    event = Event(kind="agent_started", occurred_at=NOW)
    documents = [json.loads(body) for body in bodies(reports(1), [event], HEALTH)]
    assert [list(document) for document in documents] == [["health", "reports"], ["events"]]
    assert [json.loads(body) for body in bodies([], [], HEALTH)] == [
        {"health": {"spooled_frames": 3, "cpu_seconds": 0.5}}
    ]


@pytest.mark.parametrize(
    ("every_seconds", "told_at"),
    [
        (10.0, [0, 50, 110, 170, 230, 290]),
        (40.0, [0, 80, 160, 240]),
        (60.0, [0, 60, 120, 180, 240, 300]),
        (59.9, [0, 59.9, 119.8, 179.7, 239.6, 299.5]),
    ],
)
async def test_health_goes_along_once_a_minute_however_often_there_is_something_to_write(
    tmp_path: Path, clock: FrozenClock, every_seconds: float, told_at: list[float]
) -> None:
    spool = open_spool(tmp_path, clock, max_age_seconds=3600)
    framer = Framer(spool, clock, own_health=lambda: HEALTH)
    began, told = clock.monotonic(), []
    while clock.monotonic() - began <= 300.0:
        await framer.put(reports(1))
        await framer.flush()
        newest = await spool.newest(leaving_out=[])
        assert newest is not None
        if "health" in json.loads(newest.body):
            told.append(round(clock.monotonic() - began, 1))
        clock.advance(every_seconds)
    assert told == told_at
    await spool.close()


@asynccontextmanager
async def running(framer: Framer) -> AsyncIterator[None]:
    task = asyncio.create_task(framer.run())
    yield
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_agent_that_reads_nothing_tells_its_health_alone(tmp_path: Path, clock: FrozenClock) -> None:
    spool = open_spool(tmp_path, clock)
    written = asyncio.Event()
    spool.on_append = written.set
    framer = Framer(spool, clock, own_health=lambda: HEALTH)
    clock.advance(70)
    async with running(framer):
        await written.wait()
    assert await spooled(spool) == [{"health": {"spooled_frames": 3, "cpu_seconds": 0.5}}]
    await spool.close()


async def test_where_there_is_no_health_to_tell_a_quiet_agent_writes_nothing(
    tmp_path: Path, clock: FrozenClock
) -> None:
    spool = open_spool(tmp_path, clock)
    asked = asyncio.Event()

    def nothing() -> None:
        asked.set()

    framer = Framer(spool, clock, own_health=nothing)
    clock.advance(70)
    async with running(framer):
        await asked.wait()
    await framer.flush()
    assert spool.frames == 0
    await spool.close()
