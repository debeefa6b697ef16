"""The sampler: sources are read apart from each other, each on its own schedule."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from harness import FrozenClock

from agent.framing import Framer
from agent.health import Health
from agent.sampler import Sampler, ScheduledSource
from agent.sources import SourceError, SourceSettings
from agent.spool import Spool
from agent.wire import Report

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)


class Scripted:
    """A source that does what it is told, one reading after the other."""

    def __init__(self, *readings: object) -> None:
        self._readings = list(readings)
        self.is_closed = False

    async def read(self) -> Sequence[Report]:
        reading = self._readings.pop(0)
        if reading == "hang":
            await asyncio.Event().wait()
        if isinstance(reading, Exception):
            raise reading
        assert isinstance(reading, list)
        return reading

    async def close(self) -> None:
        self.is_closed = True


def scheduled(source: Scripted, name: str = "scripted") -> ScheduledSource:
    return ScheduledSource(name, SourceSettings(kind="scripted", timeout_seconds=0.05), source)


async def spooled(spool: Spool) -> list[dict[str, list[dict[str, object]]]]:
    found, ids = [], []
    while (frame := await spool.oldest(leaving_out=ids)) is not None:
        ids.append(frame.id)
        found.append(json.loads(frame.body))
    return found


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (SourceError("ap 10.0.0.1: wrong community"), "ap 10.0.0.1: wrong community"),
        (ValueError("a defect\nof ours"), "a defect: ValueError"),
        ("hang", "no answer within 0.05 s"),
    ],
)
async def test_a_source_that_fails_stops_no_other_and_is_told_once(
    tmp_path: Path, clock: FrozenClock, failure: object, told: str
) -> None:
    spool = Spool(tmp_path / "s", boot_id="00c0ffee", max_bytes=10**6, max_age_seconds=60, clock=clock)
    health = Health()
    report = Report(access_point="a-1", observed_at=NOW)
    bad = scheduled(Scripted(failure, failure, [report]), "bad")
    good = scheduled(Scripted([report]), "good")
    framer = Framer(spool, clock)
    sampler = Sampler([bad, good], framer, clock, health)
    await sampler.sample(bad)
    await sampler.sample(good)
    await sampler.sample(bad)
    await sampler.sample(bad)
    await framer.flush()
    frames = await spooled(spool)
    events = [event for frame in frames for event in frame.get("events", [])]
    assert [(event["kind"], event["subject"], event.get("text")) for event in events] == [
        ("source_failed", "bad", told),
        ("source_recovered", "bad", None),
    ]
    assert sum(len(frame.get("reports", [])) for frame in frames) == 2
    assert (health.sources["bad"].samples, health.sources["bad"].failures) == (3, 2)
    assert (health.sources["good"].samples, health.sources["good"].failures) == (1, 0)
    assert health.reports_sampled == 2
    await sampler.close()
    await spool.close()


async def test_each_source_is_read_at_the_start_and_again_by_its_interval(tmp_path: Path, clock: FrozenClock) -> None:
    spool = Spool(tmp_path / "s", boot_id="00c0ffee", max_bytes=10**6, max_age_seconds=60, clock=clock)
    seen = asyncio.Event()

    class Counting(Scripted):
        readings = 0

        async def read(self) -> Sequence[Report]:
            self.readings += 1
            if self.readings == 3:
                seen.set()
            return []

    source = Counting()
    settings = SourceSettings(kind="counting", interval_seconds=0.01)
    sampler = Sampler([ScheduledSource("counting", settings, source)], Framer(spool, clock), clock, Health())
    running = asyncio.create_task(sampler.run())
    await seen.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await spool.close()
