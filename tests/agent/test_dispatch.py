"""What an agent sends when, on a clock that stands still unless told otherwise; the spool is a real one."""

import contextlib
import itertools
import json
import random
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from harness import FrozenClock

from agent.dispatch import Dispatch, Message, UplinkSettings
from agent.health import Health
from agent.spool import Spool
from agent.wire import Ack, Frame, SequenceRange, decode_frame, unpack

BOOT = "00c0ffee"
LATER_BOOT = "deadbeef"
HOUR = 3600.0
SIZE_OF_A_REPORT = 1500


def frames_in(message: Message) -> list[Frame]:
    """The frames of a message, each of which must be a whole one."""
    lines = unpack(message.payload) if message.kind == "backlog" else [message.payload]
    decoded = [decode_frame(line) for line in lines]
    assert all((frame.refused, frame.unknown_fields) == ((), ()) for frame in decoded)
    return [frame.frame for frame in decoded]


def sequences_in(message: Message | None) -> tuple[str, list[int]] | None:
    return None if message is None else (message.kind, [frame.sequence for frame in frames_in(message)])


def instant_of(frame: Frame) -> datetime:
    """When it was read, as one can tell it whose own clock is right when the frame is sent."""
    assert frame.sent_monotonic_seconds is not None
    assert frame.sampled_monotonic_seconds is not None
    return frame.sent_at - timedelta(seconds=frame.sent_monotonic_seconds - frame.sampled_monotonic_seconds)


@dataclass
class Desk:
    """One process of an agent: its spool, what it dispatches, and the collector's answers."""

    clock: FrozenClock
    spool: Spool
    health: Health
    dispatch: Dispatch

    async def report(self, count: int, *, every_seconds: float = 0.0, body_bytes: int = 0) -> None:
        for _ in range(count):
            report = {"observed_at": self.clock.wall().isoformat(), "device": {"firmware": "x" * 100}}
            events = [{"kind": "told", "occurred_at": self.clock.wall().isoformat(), "text": "x" * 500}]
            repeats = max(0, body_bytes - 200) // 590
            await self.spool.append(json.dumps({"reports": [report], "events": events * repeats}).encode())
            self.clock.advance(every_seconds)

    async def send(self) -> Message | None:
        return await self.dispatch.next(self.clock.monotonic())

    async def all_that_goes_now(self) -> list[tuple[str, list[int]] | None]:
        sent = []
        while (message := await self.send()) is not None:
            sent.append(sequences_in(message))
        return sent

    async def acknowledge(self, frames: Iterable[int], *, boot_id: str = BOOT) -> None:
        spans = tuple(SequenceRange(boot_id=boot_id, first=number, last=number) for number in frames)
        await self.dispatch.heed(Ack(version=1, stored=spans))

    async def next_bundle(self, *, within_seconds: float = 10_000.0) -> tuple[float, list[Frame]]:
        """Wait for it as the uplink does; how long that took, and its frames."""
        began = self.clock.monotonic()
        while self.clock.monotonic() - began < within_seconds:
            message = await self.send()
            if message is not None and message.kind == "backlog":
                return self.clock.monotonic() - began, frames_in(message)
            if message is None:
                due = self.dispatch.due_after(self.clock.monotonic())
                assert due is not None
                self.clock.advance(max(0.001, due - self.clock.monotonic()))
        raise AssertionError(f"no bundle within {within_seconds} s")


OpenDesk = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture
def open_desk(tmp_path: Path, clock: FrozenClock) -> OpenDesk:
    @contextlib.asynccontextmanager
    async def opened(*, boot_id: str = BOOT, **settings: object) -> AsyncIterator[Desk]:
        spool = Spool(tmp_path / "s", boot_id=boot_id, max_bytes=10**8, max_age_seconds=7 * 24 * HOUR, clock=clock)
        health = Health()
        uplink = UplinkSettings.model_validate(settings)
        yield Desk(
            clock, spool, health, Dispatch(agent="gw-a", settings=uplink, spool=spool, clock=clock, health=health)
        )
        await spool.close()

    return opened


# The present before the past


async def test_the_newest_goes_first_and_the_backlog_follows_in_bundles_from_the_oldest(open_desk: OpenDesk) -> None:
    async with open_desk(bundle_frames=4) as desk:
        await desk.report(6)
        desk.clock.advance(HOUR)
        await desk.report(2)
        assert await desk.all_that_goes_now() == [("frame", [8]), ("frame", [7]), ("backlog", [1, 2, 3, 4])]
        await desk.acknowledge([8, 7, 1, 2, 3, 4])
        _, rest = await desk.next_bundle()
        assert [frame.sequence for frame in rest] == [5, 6]
        assert (desk.health.frames_sent, desk.health.frames_resent) == (8, 0)
        assert (desk.health.bundles_sent, desk.health.bundled_frames_sent) == (2, 6)


async def test_a_live_frame_goes_while_a_bundle_waits_for_its_ack(open_desk: OpenDesk) -> None:
    async with open_desk() as desk:
        await desk.report(3)
        desk.clock.advance(HOUR)
        assert sequences_in(await desk.send()) == ("backlog", [1, 2, 3])
        desk.clock.advance(20)
        await desk.report(1)
        assert await desk.all_that_goes_now() == [("frame", [4])]


async def test_the_window_is_exact_and_what_waits_for_it_is_no_backlog_while_it_is_live(open_desk: OpenDesk) -> None:
    async with open_desk(window_frames=3, live_seconds=20.0, ack_timeout_seconds=60.0) as desk:
        await desk.report(5)
        assert await desk.all_that_goes_now() == [("frame", [5]), ("frame", [4]), ("frame", [3])]
        assert desk.dispatch.due_after(desk.clock.monotonic()) == desk.clock.monotonic() + 20.0
        await desk.acknowledge([4])
        assert await desk.all_that_goes_now() == [("frame", [2])]
        desk.clock.advance(20.0)
        assert await desk.all_that_goes_now() == [("backlog", [1])]


async def test_more_than_the_window_takes_becomes_backlog_and_all_of_it_arrives(open_desk: OpenDesk) -> None:
    """50 reports a second from one agent, and a collector that acknowledges 15 seconds after it received."""
    async with open_desk() as desk:
        acks: list[tuple[float, list[int]]] = []
        kinds: list[str] = []
        resent = 0
        for turn in range(8000):
            if turn < 1000:
                await desk.report(1)
            desk.clock.advance(0.02 if turn < 1000 else 0.1)
            while acks and acks[0][0] <= desk.clock.monotonic():
                await desk.acknowledge(acks.pop(0)[1])
            while (message := await desk.send()) is not None:
                frames = frames_in(message)
                kinds.append(message.kind)
                resent += sum(frame.is_resent for frame in frames)
                acks.append((desk.clock.monotonic() + 15.0, [frame.sequence for frame in frames]))
        assert (desk.spool.frames, resent) == (0, 0)
        assert kinds[:32] == ["frame"] * 32
        assert kinds.count("backlog") < 15, "bundles are filled"


# The pace of the backlog


async def test_one_bundle_is_on_the_way_at_most_and_between_two_there_is_a_pause(open_desk: OpenDesk) -> None:
    async with open_desk(backlog_frames_per_second=10.0, bundle_frames=25) as desk:
        await desk.report(800)
        desk.clock.advance(HOUR)
        _, frames = await desk.next_bundle()
        pauses = []
        while desk.spool.frames > 25:
            assert len(frames) == 25
            assert await desk.send() is None
            await desk.acknowledge(frame.sequence for frame in frames)
            waited, frames = await desk.next_bundle()
            pauses.append(waited)
        assert min(pauses) >= 25 / 10 * 0.5
        assert max(pauses) <= 25 / 10 * 1.5 + 0.01
        assert max(pauses) > 1.5 * min(pauses), "jitter"
        assert sum(pauses) / len(pauses) == pytest.approx(25 / 10, rel=0.3)


async def test_a_bundle_that_is_not_acknowledged_holds_the_backlog(open_desk: OpenDesk) -> None:
    async with open_desk(bundle_frames=2) as desk:
        await desk.report(4)
        desk.clock.advance(HOUR)
        await desk.send()
        desk.clock.advance(29)
        assert await desk.send() is None
        await desk.acknowledge([1])
        assert await desk.send() is None
        await desk.acknowledge([2])
        assert sequences_in(await desk.send()) == ("backlog", [3, 4])


async def test_a_city_that_reconnects_does_not_come_in_one_blow(open_desk: OpenDesk) -> None:
    begins = []
    async with open_desk(backlog_delay_seconds=10.0) as desk:
        await desk.report(1)
        desk.clock.advance(HOUR)
        for _ in range(60):
            began = desk.clock.monotonic()
            desk.dispatch.begin_anew()
            await desk.next_bundle()
            begins.append(desk.clock.monotonic() - began)
    assert max(begins) <= 10.1
    assert sum(begin < 2.5 for begin in begins) >= 1
    assert sum(begin > 7.5 for begin in begins) >= 1


async def test_a_connection_that_comes_and_goes_does_not_cut_the_pause_short(open_desk: OpenDesk) -> None:
    async with open_desk(backlog_delay_seconds=0.0, backlog_frames_per_second=1.0) as desk:
        await desk.report(90)
        desk.clock.advance(HOUR)
        assert await desk.send() is not None
        for _ in range(44):
            desk.clock.advance(1.0)
            desk.dispatch.begin_anew()
            assert await desk.send() is None


async def test_a_bundle_keeps_to_its_bytes_and_what_is_larger_goes_by_itself(open_desk: OpenDesk) -> None:
    async with open_desk(bundle_frames=200) as desk:
        await desk.report(150, body_bytes=SIZE_OF_A_REPORT)
        await desk.report(1, body_bytes=200_000)
        await desk.report(1)
        desk.clock.advance(HOUR)
        sizes, counts = [], []
        for _ in range(4):
            message = await desk.send()
            assert message is not None
            assert message.payload.startswith(b"\x1f\x8b"), "compressed"
            lines = unpack(message.payload)
            sizes.append(sum(len(line) + 1 for line in lines) - 1)
            counts.append(len(lines))
            await desk.acknowledge(frame.sequence for frame in frames_in(message))
            desk.clock.advance(60)
        assert counts[-2:] == [1, 1]
        assert sum(counts) == 152
        assert 120_000 < sizes[0] <= 128 * 1024
        assert sizes[-2] > 190_000
        assert desk.spool.frames == 0


# What is not acknowledged


async def test_an_overdue_frame_goes_again_alone_while_it_is_live_and_with_a_bundle_after_that(
    open_desk: OpenDesk,
) -> None:
    async with open_desk(ack_timeout_seconds=30.0, live_seconds=60.0) as desk:
        await desk.report(1)
        message = await desk.send()
        assert message is not None
        assert [frame.is_resent for frame in frames_in(message)] == [False]
        desk.clock.advance(29.9)
        assert await desk.send() is None
        desk.clock.advance(30 * 1.25 - 29.9)
        again = await desk.send()
        assert again is not None
        assert (again.kind, [frame.is_resent for frame in frames_in(again)]) == ("frame", [True])
        await desk.report(1)
        assert sequences_in(await desk.send()) == ("frame", [2])
        await desk.acknowledge([2])
        await desk.report(1)
        desk.clock.advance(2 * 30 * 1.25)
        bundle = await desk.send()
        assert bundle is not None
        assert bundle.kind == "backlog"
        assert [(frame.sequence, frame.is_resent) for frame in frames_in(bundle)] == [(1, True), (3, False)]
        assert desk.health.frames_resent == 2


async def test_an_unanswered_bundle_comes_again_ever_less_often(open_desk: OpenDesk) -> None:
    async with open_desk() as desk:
        await desk.report(3)
        desk.clock.advance(HOUR)
        waits = []
        for turn in range(7):
            waited, frames = await desk.next_bundle()
            waits.append(waited)
            assert [(frame.sequence, frame.is_resent) for frame in frames] == [(n, turn > 0) for n in (1, 2, 3)]
        expected = [0, 30, 60, 120, 240, 300, 300]
        assert all(least <= wait <= 1.25 * least + 0.1 for least, wait in zip(expected, waits, strict=True)), waits


async def test_a_greeting_makes_what_is_on_the_way_go_again_but_not_all_at_once(open_desk: OpenDesk) -> None:
    waits = []
    async with open_desk(backlog_delay_seconds=10.0, live_seconds=300.0) as desk:
        await desk.report(3)
        desk.clock.advance(HOUR)
        for _ in range(30):
            await desk.next_bundle()
            desk.clock.advance(20)
            await desk.report(1)
            await desk.send()
            desk.clock.advance(5)
            await desk.dispatch.heed(Ack(version=1))
            began = desk.clock.monotonic()
            desk.clock.advance(1.0)
            again = await desk.send()
            assert again is not None
            assert again.kind == "frame"
            assert frames_in(again)[0].is_resent
            await desk.next_bundle()
            waits.append(desk.clock.monotonic() - began)
            await desk.acknowledge(range(4, 100))
    assert max(waits) <= 10.1
    assert max(waits) > 3 * min(waits)


async def test_what_was_acknowledged_late_does_not_go_again(open_desk: OpenDesk) -> None:
    async with open_desk(bundle_frames=2) as desk:
        await desk.report(4)
        desk.clock.advance(HOUR)
        await desk.next_bundle()
        desk.clock.advance(40)
        await desk.acknowledge([1, 2])
        assert sequences_in(await desk.send()) == ("backlog", [3, 4])


async def test_frames_that_a_bound_has_dropped_hold_nothing_up(tmp_path: Path, clock: FrozenClock) -> None:
    spool = Spool(tmp_path / "s", boot_id=BOOT, max_bytes=600, max_age_seconds=HOUR, clock=clock)
    health = Health()
    dispatch = Dispatch(agent="gw-a", settings=UplinkSettings(bundle_frames=2), spool=spool, clock=clock, health=health)
    desk = Desk(clock, spool, health, dispatch)
    await desk.report(2)
    clock.advance(60)
    first = await desk.send()
    assert first is not None
    await desk.report(20)
    clock.advance(60)
    _, frames = await desk.next_bundle(within_seconds=60)
    assert frames[0].sequence > 2
    assert not dispatch._in_flight.was_sent(1), "nor is it remembered for ever"
    await spool.close()


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_is_lost_on_the_way_every_frame_arrives_and_is_forgotten(seed: int, open_desk: OpenDesk) -> None:
    """Broken connections, lost messages, lost, late and partial Acks; checked at every step: the window, one bundle."""
    chance = random.Random(seed)
    stored: set[int] = set()
    sent: set[int] = set()
    acks: list[tuple[float, list[int]]] = []
    async with open_desk(window_frames=4, bundle_frames=10, backlog_frames_per_second=50.0) as desk:
        await desk.report(150, every_seconds=60.0)
        for turn in itertools.count():
            if turn < 200 and chance.random() < 0.2:
                await desk.report(1)
            desk.clock.advance(chance.choice([0.1, 1.0, 5.0]))
            if chance.random() < 0.05:
                desk.dispatch.begin_anew()
            due = [ack for ack in acks if ack[0] <= desk.clock.monotonic()]
            acks = [ack for ack in acks if ack not in due]
            for _, numbers in due:
                await desk.acknowledge(numbers)
            while (message := await desk.send()) is not None:
                for frame in frames_in(message):
                    assert frame.is_resent == (frame.sequence in sent)
                    sent.add(frame.sequence)
                if chance.random() < 0.2:
                    continue
                numbers = [frame.sequence for frame in frames_in(message)]
                stored.update(numbers)
                if chance.random() < 0.8:
                    acknowledged = [number for number in numbers if chance.random() < 0.9]
                    acks.append((desk.clock.monotonic() + chance.uniform(0, 40), acknowledged))
            assert len(desk.dispatch._in_flight.ids) <= 4 + 10
            if desk.spool.frames == 0 and turn > 200:
                break
            assert turn < 20_000
        assert stored == set(range(1, max(stored) + 1))
        assert desk.health.frames_stored == len(stored)


# Clocks


async def test_who_wakes_in_1970_tells_when_it_was_once_the_clock_is_right(
    open_desk: OpenDesk, clock: FrozenClock
) -> None:
    clock.set_wall(datetime(1970, 1, 1, 0, 0, 20, tzinfo=UTC))
    async with open_desk() as desk:
        await desk.report(5, every_seconds=60.0)
        clock.set_wall(datetime(2026, 5, 2, 12, 5, tzinfo=UTC))
        await desk.report(1)
        clock.advance(10)
        live = await desk.send()
        assert live is not None
        assert live.kind == "frame"
        (frame,) = frames_in(live)
        assert instant_of(frame) == frame.sampled_at == datetime(2026, 5, 2, 12, 5, tzinfo=UTC)
        _, backlog = await desk.next_bundle()
        assert [frame.sampled_at for frame in backlog] == [
            datetime(1970, 1, 1, 0, minute, 20, tzinfo=UTC) for minute in range(5)
        ]
        assert [instant_of(frame) for frame in backlog] == [
            datetime(2026, 5, 2, 12, minute, tzinfo=UTC) for minute in range(5)
        ]
        await desk.acknowledge(range(1, 7))
        assert (desk.spool.frames, desk.spool.dropped_frames) == (0, 0)


async def test_a_clock_that_goes_back_an_hour_changes_neither_order_nor_age(
    open_desk: OpenDesk, clock: FrozenClock
) -> None:
    async with open_desk() as desk:
        await desk.report(2, every_seconds=60.0)
        clock.set_wall(clock.wall() - timedelta(hours=1))
        await desk.report(2)
        right = clock.wall()
        assert await desk.all_that_goes_now() == [("frame", [4]), ("frame", [3]), ("backlog", [1, 2])]
        desk.dispatch.begin_anew()
        clock.advance(60)
        _, frames = await desk.next_bundle()
        ages = [(right - instant_of(frame)).total_seconds() for frame in frames]
        assert ages == [120.0, 60.0, 0.0, 0.0]


async def test_after_a_restart_of_the_machine_nothing_of_before_is_live_or_lost(
    open_desk: OpenDesk, clock: FrozenClock
) -> None:
    async with open_desk() as desk:
        await desk.report(3)
        assert sequences_in(await desk.send()) == ("frame", [3])
    read_at = clock.wall()
    clock.advance(5)
    clock.epoch = "second"
    async with open_desk(boot_id=LATER_BOOT) as desk:
        await desk.report(1)
        live, bundle = await desk.send(), await desk.send()
        assert live is not None
        assert bundle is not None
        assert [(frame.boot_id, frame.sequence, frame.is_resent) for frame in frames_in(live)] == [
            (LATER_BOOT, 1, False)
        ]
        frames = frames_in(bundle)
        assert bundle.kind == "backlog"
        assert [(frame.boot_id, frame.sequence, frame.is_resent) for frame in frames] == [
            (BOOT, 1, True),
            (BOOT, 2, True),
            (BOOT, 3, True),
        ]
        monotonic = {(frame.sent_monotonic_seconds, frame.sampled_monotonic_seconds) for frame in frames}
        assert monotonic == {(None, None)}, "not comparable"
        assert {frame.sampled_at for frame in frames} == {read_at}
        await desk.acknowledge([1, 2, 3])
        await desk.acknowledge([1], boot_id=LATER_BOOT)
        assert (desk.spool.frames, desk.health.frames_stored) == (0, 4)
