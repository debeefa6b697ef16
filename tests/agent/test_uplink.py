"""The uplink against a real broker, with a collector that says what the test makes it say."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiomqtt import Client
from harness import FrozenClock, Mosquitto, eventually

from agent.broker import BrokerSettings, Connector
from agent.clock import Clock, SystemClock
from agent.dispatch import UplinkSettings
from agent.health import Health
from agent.spool import Spool
from agent.uplink import Uplink
from agent.wire import (
    Ack,
    Frame,
    Kind,
    SequenceRange,
    Status,
    decode_frame,
    decode_status,
    encode,
    parse_topic,
    unpack,
)

BOOT = "00c0ffee00c0ffee"
EARLIER_BOOT = "deadbeef"


@dataclass
class City:
    """An agent's spool and uplink, and the other end of the line."""

    spool: Spool
    health: Health
    uplink: Uplink
    other_end: Client

    async def report(self, *numbers: int) -> None:
        for number in numbers:
            stamp = datetime.now(UTC).isoformat()
            await self.spool.append(json.dumps({"reports": [{"observed_at": stamp, "clients": number}]}).encode())

    async def next_frame(self) -> Frame:
        async for message in self.other_end.messages:
            if message.topic.matches("wifi/v1/+/frame"):
                assert isinstance(message.payload, bytes)
                decoded = decode_frame(message.payload)
                assert (decoded.refused, decoded.unknown_fields) == ((), ())
                return decoded.frame
        raise AssertionError

    async def next_message(self) -> tuple[Kind, list[Frame]]:
        """The next frames of either kind, as a collector that puts up with everything reads them."""
        async for message in self.other_end.messages:
            topic = parse_topic(message.topic.value)
            assert topic is not None
            assert isinstance(message.payload, bytes)
            if topic.kind in {"frame", "backlog"}:
                lines = unpack(message.payload) if topic.kind == "backlog" else [message.payload]
                return topic.kind, [decode_frame(line).frame for line in lines]
        raise AssertionError

    async def next_bundle(self) -> list[Frame]:
        """The next that is no live frame."""
        while True:
            kind, frames = await self.next_message()
            if kind == "backlog":
                return frames

    async def next_live(self) -> Frame:
        """The next that was not sent before; bundles that come again meanwhile are passed over."""
        while True:
            kind, frames = await self.next_message()
            if kind == "frame" and not frames[0].is_resent:
                return frames[0]

    async def nothing_more_comes(self) -> None:
        """A message of our own, sent now, is the next to arrive."""
        marker = b"nothing came before this"
        await self.other_end.publish("wifi/v1/gw-a/frame", marker, qos=1)
        async for message in self.other_end.messages:
            if message.topic.matches("wifi/v1/+/frame"):
                assert message.payload == marker
                return

    async def next_status(self) -> Status:
        async for message in self.other_end.messages:
            if message.topic.matches("wifi/v1/+/status"):
                assert isinstance(message.payload, bytes)
                return decode_status(message.payload)
        raise AssertionError

    async def acknowledge(self, *sequences: int, boot_id: str = BOOT, are_refused: bool = False) -> None:
        spans = tuple(SequenceRange(boot_id=boot_id, first=number, last=number) for number in sequences)
        ack = Ack(version=1, refused=spans) if are_refused else Ack(version=1, stored=spans)
        await self.other_end.publish("wifi/v1/gw-a/ack", encode(ack), qos=1)


@contextlib.asynccontextmanager
async def city(
    mosquitto: Mosquitto, folder: Path, clock: Clock | None = None, **settings: object
) -> AsyncIterator[City]:
    """The two ends of the line; the uplink is the test's to run."""
    clock, health = clock or SystemClock(), Health()
    spool = Spool(folder / "spool", boot_id=BOOT, max_bytes=10**6, max_age_seconds=3600, clock=clock)
    uplink = Uplink(
        agent="gw-a",
        software="test",
        settings=UplinkSettings.model_validate(
            {"reconnect_at_most_seconds": 0.2, "backlog_delay_seconds": 0.0} | settings
        ),
        connector=Connector(BrokerSettings(url=mosquitto.url), "hangang-agent-gw-a"),
        spool=spool,
        clock=clock,
        health=health,
    )
    spool.on_append = uplink.wake
    async with Client("127.0.0.1", mosquitto.port) as other_end:
        for kind in ("frame", "backlog", "status"):
            await other_end.subscribe(f"wifi/v1/gw-a/{kind}", qos=1)
        yield City(spool, health, uplink, other_end)
    await spool.close()


async def leave_behind(folder: Path, count: int) -> None:
    """Frames that a process before the machine's last start has not got rid of."""
    clock = FrozenClock(datetime(2026, 5, 2, 9, 0, tzinfo=UTC), epoch="earlier")
    spool = Spool(folder / "spool", boot_id=EARLIER_BOOT, max_bytes=10**6, max_age_seconds=3600, clock=clock)
    for number in range(count):
        await spool.append(
            json.dumps({"reports": [{"observed_at": "2026-05-02T09:00:00Z", "clients": number}]}).encode()
        )
    await spool.close()


@contextlib.asynccontextmanager
async def running(uplink: Uplink) -> AsyncIterator[None]:
    task = asyncio.create_task(uplink.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_frame_stays_on_disk_until_the_collector_says_that_it_is_stored(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    async with city(mosquitto, tmp_path) as ends, running(ends.uplink):
        await ends.report(7)
        frame = await ends.next_frame()
        assert (frame.agent, frame.boot_id, frame.sequence, frame.is_resent) == ("gw-a", BOOT, 1, False)
        assert frame.sampled_at is not None
        assert frame.sent_monotonic_seconds is not None
        assert frame.sampled_monotonic_seconds is not None
        age = frame.sent_monotonic_seconds - frame.sampled_monotonic_seconds
        assert age == pytest.approx((frame.sent_at - frame.sampled_at).total_seconds(), abs=0.1)
        assert ends.spool.frames == 1
        await ends.acknowledge(1, boot_id=EARLIER_BOOT)
        await ends.acknowledge(1)
        await eventually(lambda: ends.health.frames_stored == 1)
        assert (ends.spool.frames, ends.health.frames_sent, ends.health.frames_resent) == (0, 1, 0)


async def test_a_refused_frame_is_forgotten_and_counted(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with city(mosquitto, tmp_path) as ends, running(ends.uplink):
        await ends.report(7)
        await ends.next_frame()
        await ends.acknowledge(1, are_refused=True)
        await eventually(lambda: ends.health.frames_refused == 1)
        assert (ends.spool.frames, ends.health.frames_stored) == (0, 0)


async def test_what_is_not_acknowledged_in_time_comes_again_and_says_so(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with city(mosquitto, tmp_path, ack_timeout_seconds=0.1) as ends, running(ends.uplink):
        await ends.report(7)
        frames = [await ends.next_frame() for _ in range(3)]
        assert [(frame.sequence, frame.is_resent) for frame in frames] == [(1, False), (1, True), (1, True)]
        assert frames[0].reports == frames[2].reports


async def test_no_more_than_the_window_is_on_the_way(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with city(mosquitto, tmp_path, window_frames=2) as ends, running(ends.uplink):
        await ends.report(*range(1, 6))
        first = [await ends.next_frame() for _ in range(2)]
        await ends.acknowledge(first[0].sequence)
        third = await ends.next_frame()
        await ends.nothing_more_comes()
        assert len({frame.sequence for frame in (*first, third)}) == 3
        await ends.acknowledge(first[1].sequence, third.sequence)
        rest = [await ends.next_frame() for _ in range(2)]
        assert {frame.sequence for frame in (*first, third, *rest)} == {1, 2, 3, 4, 5}


async def test_after_an_outage_live_reports_come_first_and_the_backlog_follows_until_all_of_it_is_stored(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """The collector loses an Ack, gives another for half of a bundle, and the others late."""
    await leave_behind(tmp_path, 100)
    settings = {"ack_timeout_seconds": 0.3, "bundle_frames": 40, "backlog_frames_per_second": 10_000.0}
    async with city(mosquitto, tmp_path, **settings) as ends:
        await ends.report(7)
        async with running(ends.uplink):
            assert [(kind, len(frames)) for kind, frames in [await ends.next_message()]] == [("frame", 1)]
            await ends.acknowledge(1)
            lost = await ends.next_bundle()
            assert [frame.sequence for frame in lost] == list(range(1, 41)), "the oldest first"
            again = await ends.next_bundle()
            assert [frame.sequence for frame in again] == list(range(1, 41)), "nothing else before they are stored"
            await ends.acknowledge(*range(1, 21), boot_id=EARLIER_BOOT)
            arrived = set(range(1, 21))
            while arrived != set(range(1, 101)):
                numbers = {frame.sequence for frame in await ends.next_bundle()}
                await ends.report(8)
                live = await ends.next_live()
                await ends.acknowledge(live.sequence)
                await ends.acknowledge(*numbers, boot_id=EARLIER_BOOT)
                arrived |= numbers
            await eventually(lambda: ends.spool.frames == 0)
        assert ends.health.frames_stored == 100 + ends.spool._sequence
        assert ends.health.bundled_frames_sent >= 140


async def test_a_bundle_of_which_a_part_is_refused_is_forgotten_whole(mosquitto: Mosquitto, tmp_path: Path) -> None:
    await leave_behind(tmp_path, 3)
    async with city(mosquitto, tmp_path) as ends, running(ends.uplink):
        await ends.next_bundle()
        await ends.acknowledge(2, boot_id=EARLIER_BOOT, are_refused=True)
        await ends.acknowledge(1, 3, boot_id=EARLIER_BOOT)
        await eventually(lambda: ends.spool.frames == 0)
        assert (ends.health.frames_stored, ends.health.frames_refused, ends.health.bundles_sent) == (2, 1, 1)


async def test_a_greeting_brings_a_bundle_again_that_may_have_reached_nobody(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    await leave_behind(tmp_path, 2)
    clock = FrozenClock(datetime(2026, 5, 2, 12, 0, tzinfo=UTC), epoch="later")
    async with city(mosquitto, tmp_path, clock) as ends, running(ends.uplink):
        first = await ends.next_bundle()
        clock.advance(20)
        await ends.acknowledge()
        again = await ends.next_bundle()
        assert [frame.sequence for frame in again] == [frame.sequence for frame in first] == [1, 2]
        assert (ends.health.frames_sent, ends.health.frames_resent, ends.health.bundles_sent) == (4, 2, 2)


async def test_it_stops_when_told_to_in_the_moment_in_which_the_connection_breaks(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    async with city(mosquitto, tmp_path) as ends:
        for turns in range(8):
            task = asyncio.create_task(ends.uplink.run())
            await eventually(lambda: ends.health.is_connected)
            mosquitto.kill()
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            done, _ = await asyncio.wait([task], timeout=20)
            assert done, f"cancelled {turns} turns after the break"
            ends.health.is_connected = False
            mosquitto.start()


async def test_a_connection_that_breaks_sends_again_what_was_on_the_way(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with city(mosquitto, tmp_path) as ends, running(ends.uplink):
        await ends.report(7)
        assert (await ends.next_frame()).is_resent is False
        intruder = Client("127.0.0.1", mosquitto.port, identifier="hangang-agent-gw-a")
        async with intruder:
            pass
        frame = await ends.next_frame()
        assert (frame.sequence, frame.is_resent) == (1, True)
        assert ends.health.connections >= 2


async def test_whether_the_agent_is_there_is_told_by_itself_and_by_its_last_will(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    async with city(mosquitto, tmp_path) as ends:
        async with running(ends.uplink):
            status = await ends.next_status()
            assert (status.agent, status.boot_id, status.is_online, status.software) == ("gw-a", BOOT, True, "test")
        assert (await ends.next_status()).is_online is False
        async with running(ends.uplink):
            assert (await ends.next_status()).is_online is True
            async with Client("127.0.0.1", mosquitto.port, identifier="hangang-agent-gw-a"):
                assert (await ends.next_status()).is_online is False


async def test_an_unreadable_ack_is_passed_over(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with city(mosquitto, tmp_path) as ends, running(ends.uplink):
        await ends.report(7)
        await ends.next_frame()
        await ends.other_end.publish("wifi/v1/gw-a/ack", b"\xff not json", qos=1)
        await ends.acknowledge(1)
        await eventually(lambda: ends.spool.frames == 0)


async def test_frames_of_an_earlier_process_are_sent_as_theirs(mosquitto: Mosquitto, tmp_path: Path) -> None:
    clock = SystemClock()
    earlier = Spool(tmp_path / "spool", boot_id=EARLIER_BOOT, max_bytes=10**6, max_age_seconds=3600, clock=clock)
    await earlier.append(b'{"reports":[{"observed_at":"2026-05-02T12:00:00Z"}]}')
    await earlier.close()
    async with city(mosquitto, tmp_path) as ends, running(ends.uplink):
        frame = await ends.next_frame()
        assert (frame.boot_id, frame.sequence, frame.is_resent) == (EARLIER_BOOT, 1, True)
