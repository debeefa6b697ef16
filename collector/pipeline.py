"""The path of a frame through the collector: decode, identify, place, store, remember, acknowledge.

The subscriber hands every message to `receive`. Three steps run beside it: `commit` takes what has gathered, a batch
at a time: what is refused goes into quarantine, what is taken into the store; `take_backlog` brings the past in behind
the present; `settle` waits out what the engine may lose after it has answered. Only then does an acknowledgement leave.
What is on the way may therefore be lost at any moment: its agent keeps it, and sends it again.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Engine

from agent.wire import Ack, DecodeError, Topic, decode_status, parse_topic, topic_for
from collector.acknowledging import acks_for
from collector.backlog import Backlog, Waiting
from collector.batch import MAX_PENDING_BYTES, Batch
from collector.beside import StateSide
from collector.fleet import Fleet
from collector.intake import Intake, Taken, moved, refused_by_store
from collector.keeping import Keeper
from collector.ledger import Ledger
from collector.metrics import Metrics
from collector.refusals import refuse
from collector.remembering import Memory
from collector.settling import POLL_SECONDS, Settling
from collector.state.quarantine import Refusal
from collector.stores import FrameKey, Store, StoreError, Unstorable

GATHER_SECONDS = 0.2
GATHER_ON_SECONDS = 0.4
"""Where a lot comes, a commit is worth waiting for more: much of what it costs does not depend on how much it is."""
A_LOT_OF_REPORTS = 20
TAKEN_TOGETHER = 128
"""Frames are judged so many at a time: between two readings of the network, none would find its code in a cache."""
ENOUGH_REPORTS = 4_000
"""A batch of so many is committed without gathering on, and takes no more of the past in."""
SILENCE_SECONDS = 30.0
_BYTES_BESIDE_THE_PAYLOAD = 500
_HELD_PER_BYTE = 10
"""A frame in its store's form takes so much of what it took on the wire, and more where it is full of distributions."""
_RETRY_AT_MOST_SECONDS = 30.0
_logger = logging.getLogger(__name__)

Acknowledge = Callable[[Sequence[tuple[str, Ack]]], Awaitable[None]]


class Pipeline:
    """One collector's pipeline."""

    def __init__(
        self,
        *,
        intake: Intake,
        store: Store,
        state: Engine,
        fleet: Fleet,
        ledger: Ledger,
        keeper: Keeper,
        metrics: Metrics,
        clock: Callable[[], datetime],
    ) -> None:
        self._intake = intake
        self._store = store
        self._beside = StateSide(state, clock)
        self._fleet = fleet
        self._memory = Memory(fleet, keeper, metrics)
        self._ledger = ledger
        self._metrics = metrics
        self._clock = clock
        self._acknowledge: Acknowledge = _nobody
        self._batch = Batch()
        self._arrived: list[Waiting] = []
        self._being_stored: dict[FrameKey, Taken] = {}
        self._waiting: dict[FrameKey, tuple[asyncio.Future[Sequence[Refusal]], Sequence[Refusal]]] = {}
        self._backlog = Backlog()
        self._settling: Settling[FrameKey] = Settling(store.settle_seconds, time.monotonic)
        self._has_work = asyncio.Event()
        self._has_enough = asyncio.Event()
        self._has_begun_anew = asyncio.Event()
        self._committing_since: float | None = None
        self._problem: str | None = None
        self._silence: str | None = None

    @property
    def problems(self) -> list[str]:
        """Why something cannot be stored just now; empty while all is well."""
        of_store = [problem for problem in (self._problem, self._silence) if problem is not None]
        return [*of_store, *self._beside.problems, *self._store.problems]

    @property
    def waits_seconds(self) -> float:
        """For how long the oldest of what has come has waited to be stored, as far as that is more than a moment."""
        since = self._committing_since
        return 0.0 if since is None else time.monotonic() - since

    @property
    def pending_frames(self) -> int:
        """How many frames have come and are not stored yet."""
        return len(self._arrived) + len(self._batch.taken) + len(self._being_stored)

    def steps(self, acknowledge: Acknowledge) -> dict[str, Callable[[], Coroutine[None, None, None]]]:
        """What is to run for as long as the collector does, each in a task of its own. `commit` raises StoreLostError
        where the store has given up for good."""
        self._acknowledge = acknowledge
        return {"commit": self.commit, "backlog": self.take_backlog, "settle": self.settle}

    def receive(self, topic_name: str, payload: bytes, received_at: datetime, *, is_retained: bool) -> None:
        """Take one message in. Never raises, never waits."""
        topic = parse_topic(topic_name)
        if self._batch.bytes >= MAX_PENDING_BYTES:
            self._defer()
        elif topic is None or topic.kind == "ack":
            detail = "no topic of ours, or its agent's id is malformed"
            self._refuse_stray(refuse("bad_topic", detail, payload, received_at, topic=topic_name))
        elif topic.kind == "status":
            self._receive_status(topic.agent, payload, received_at)
        elif topic.kind == "backlog":
            if not self._backlog.put(Waiting(topic, payload, received_at, is_retained)):
                self._defer()
            self._metrics.waiting_bundles.set(len(self._backlog))
        else:
            self._arrived.append(Waiting(topic, payload, received_at, is_retained))
            self._batch.bytes += len(payload)
            self._has_work.set()
            if len(self._arrived) >= TAKEN_TOGETHER:
                self._take_arrived()

    async def submit(self, taken: Taken) -> Sequence[Refusal]:
        """Have something stored that did not come over MQTT. When this returns it is stored for good, or was before,
        but for the refusals, of which nobody is told but the caller. Raises StoreError where it must be tried again."""
        key = taken.key
        if taken.frame is None or key is None or key in self._ledger:
            return taken.refusals
        refusals, taken.refusals = taken.refusals, []
        ended: asyncio.Future[Sequence[Refusal]] = asyncio.get_running_loop().create_future()
        self._batch.waiting[key] = ended
        self._put_into_batch(taken, None)
        self._has_work.set()
        return [*refusals, *await ended]

    async def take_backlog(self) -> None:
        """Bring what waits into the batches, a bundle at a time, each batch's share: what is live is never behind more
        than that."""
        while True:
            if self._batch.reports >= ENOUGH_REPORTS or self._batch.bytes >= MAX_PENDING_BYTES:
                self._has_begun_anew.clear()
                await self._has_begun_anew.wait()
                continue
            bundle = await self._backlog.next()
            began = time.monotonic()
            self._judge(bundle, self._take_bundle)
            self._metrics.waiting_bundles.set(len(self._backlog))
            await asyncio.sleep(time.monotonic() - began)  # as long for the present as this has taken

    async def commit(self) -> None:
        """Commit batch after batch until cancelled."""
        try:
            while True:
                await self._has_work.wait()
                await self._gather(GATHER_SECONDS)
                if self._batch.reports + len(self._arrived) >= A_LOT_OF_REPORTS:
                    await self._gather(GATHER_ON_SECONDS)
                self._committing_since = time.monotonic()
                await self._commit(self._begin_anew())
                self._committing_since = None
        finally:
            self._beside.close()

    async def settle(self) -> None:
        """Ask the engine again and again which run of it answers, while something it may lose is unsettled."""
        if not self._store.settle_seconds:
            return
        answered_at = time.monotonic()
        while True:
            asked_at = time.monotonic()
            incarnation = await self._store.incarnation()
            if incarnation is not None or not len(self._settling):
                answered_at, self._silence = asked_at, None
            elif asked_at - answered_at > SILENCE_SECONDS:
                self._silence = "nobody tells whether the engine is still the one that was written to; see store.watch"
            stored, lost = self._settling.judge(incarnation, asked_at)
            if lost:
                _logger.warning("engine_restarted frames_asked_for_again=%d", len(lost))
                self._metrics.frames.labels("lost_by_engine").inc(len(lost))
                self._batch.greeted.update(key.agent for key in lost)
                self._has_work.set()
                for key in self._waiting.keys() & set(lost):
                    _end(self._waiting.pop(key)[0], StoreError("the engine has lost it", is_permanent=False))
            await self._conclude(stored, ())
            await asyncio.sleep(POLL_SECONDS)

    async def _gather(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._has_enough.wait()

    def _take_arrived(self) -> None:
        """Judge what has arrived."""
        arrived, self._arrived = self._arrived, []
        for message in arrived:
            self._judge(message, self._take_frame)

    def _take_frame(self, message: Waiting) -> list[Taken]:
        topic, payload, received_at, is_retained = message
        return [self._intake.take(topic, payload, received_at, is_retained=is_retained)]

    def _take_bundle(self, message: Waiting) -> list[Taken]:
        topic, payload, received_at, is_retained = message
        return self._intake.take_bundle(topic, payload, received_at, is_retained=is_retained)

    def _judge(self, message: Waiting, take: Callable[[Waiting], list[Taken]]) -> None:
        """Take a message apart and in. What brings a defect of ours to light must not end the collector, and then the
        next one, when it is sent again."""
        topic, payload, received_at, _ = message
        try:
            for taken in take(message):
                self._admit(taken, topic.agent)
        except Exception as error:
            _logger.exception("frame_not_judged agent=%s", topic.agent)
            detail = f"a defect of the collector: {error!r}"[:400]
            name = topic_for(topic.agent, topic.kind)
            self._refuse_stray(refuse("defect", detail, payload, received_at, topic=name, agent=topic.agent))

    def _begin_anew(self) -> Batch:
        self._take_arrived()
        batch, self._batch = self._batch, Batch()
        self._being_stored = batch.taken
        self._has_work.clear()
        self._has_enough.clear()
        self._has_begun_anew.set()
        return batch

    async def _commit(self, batch: Batch) -> None:
        await self._place_again(batch)
        refused = await self._put_into_quarantine(batch)
        for key in await self._beside.keep_events(batch.taken.values()):
            del batch.taken[key]
        incarnation = await self._run_of_engine()
        unstorable = await self._write(batch.taken.values())
        refused += await self._put_unstorable_away(batch, unstorable)
        keys = list(batch.taken)
        self._memory.note_stored(batch.taken.values(), self._clock())
        self._metrics.pending_frames.set(len(self._batch.taken))
        self._being_stored = {}
        self._wait_for(batch)
        if self._store.settle_seconds:
            self._settling.put(keys, incarnation)
            keys = []
        await self._conclude([*keys, *batch.repeated], refused, batch.greeted)

    def _wait_for(self, batch: Batch) -> None:
        """Those who wait for a frame's end go on waiting until it is stored for good."""
        for key, ended in batch.waiting.items():
            if key in batch.taken:
                self._waiting[key] = ended, batch.unstorable.get(key, ())
            else:
                _end(ended, StoreError("the state database does not take it", is_permanent=False))

    async def _run_of_engine(self) -> str | None:
        """The run that answered last; asked for where none has yet."""
        if self._store.settle_seconds and self._settling.incarnation is None:
            self._settling.incarnation = await self._store.incarnation()
        return self._settling.incarnation

    async def _conclude(
        self, stored: Sequence[FrameKey], refused: Sequence[FrameKey], greeted: Iterable[str] = ()
    ) -> None:
        """Note that frames are stored for good, and let their agents forget them."""
        for key in stored:
            self._ledger.add(key)
            if key in self._waiting:
                ended, refusals = self._waiting.pop(key)
                _end(ended, refusals)
        self._metrics.unsettled_frames.set(len(self._settling))
        acks = acks_for(stored, refused, greeted)
        if acks:
            await self._acknowledge(acks)

    def _admit(self, taken: Taken, sender: str) -> None:
        batch, key = self._batch, taken.key
        if key is not None and key in self._ledger:
            batch.repeated.add(key)
            self._metrics.frames.labels("repeated").inc()
            self._memory.note_readings(taken)  # what was stored just before a kill may not be known here
        elif key is not None and (key in batch or key in self._being_stored or key in self._settling):
            self._metrics.frames.labels("repeated").inc()
        elif not batch.has_room_for(taken.refusals, sender):
            self._defer()
        else:
            self._put_into_batch(taken, sender)
        self._has_work.set()

    def _put_into_batch(self, taken: Taken, sender: str | None) -> None:
        if taken.frame is not None:
            taken.reports = len(taken.frame.reports)
            if not taken.is_clock_suspect:  # which may be placed otherwise yet
                taken.prepared = self._store.prepare(taken.frame)
                taken.frame = taken.frame._replace(reports=())
        self._batch.put(taken, sender, _HELD_PER_BYTE * len(taken.payload) + _BYTES_BESIDE_THE_PAYLOAD)
        if self._batch.reports >= ENOUGH_REPORTS:
            self._has_enough.set()
        for refusal in taken.refusals:
            self._metrics.quarantined.labels(refusal.reason).inc()
        for correction in taken.corrections:
            self._metrics.corrected.labels(correction).inc()
        if taken.key is not None and taken.frame is None:
            self._metrics.frames.labels("refused").inc()

    async def _put_into_quarantine(self, batch: Batch) -> list[FrameKey]:
        """Keep what is refused; the frames that their agents may forget for it. Where that fails, frames with
        refusals are left to come again, the good part of them included, and strays wait for the next batch."""
        if not await self._beside.keep(batch.refusals()):
            for stray in batch.strays:
                self._refuse_stray(stray)
            for key in [key for key, taken in batch.taken.items() if taken.refusals]:
                del batch.taken[key]
            return []
        return list(batch.refused)

    async def _place_again(self, batch: Batch) -> None:
        """Place frames of wrong clocks where they were placed when they came first. Where that cannot be told, they are
        left to come again."""
        suspects = {key: taken.offset for key, taken in batch.taken.items() if taken.is_clock_suspect}
        placed = await self._beside.offsets(suspects)
        for key in suspects:
            taken = batch.taken.pop(key)
            if key not in placed:
                continue
            again = moved(taken, placed[key])
            if again.frame is None:
                batch.refused[key] = again
                continue
            again.reports = len(again.frame.reports)
            again.prepared = self._store.prepare(again.frame)
            batch.taken[key] = again

    async def _put_unstorable_away(self, batch: Batch, unstorable: Sequence[Unstorable]) -> list[FrameKey]:
        """Keep what the store refuses for good; the frames of which nothing else is left, for their agents to forget.
        Where it cannot be kept, its frames are left to come again. Who submitted a frame is told instead."""
        refusals = [(each, self._refused_by_store(batch.taken[each.key], each)) for each in unstorable]
        for each, refusal in refusals:
            _logger.error("refused_by_store agent=%s error=%r", refusal.agent, refusal.detail)
            self._metrics.quarantined.labels(refusal.reason).inc()
            batch.unstorable.setdefault(each.key, []).append(refusal)
        is_kept = await self._beside.keep([refusal for each, refusal in refusals if each.key not in batch.waiting])
        refused: list[FrameKey] = []
        for each in unstorable:
            key = each.key
            if key in batch.waiting:
                if each.position is None:
                    batch.taken.pop(key, None)
                    _end(batch.waiting.pop(key), batch.unstorable[key])
                continue
            if each.position is None or not is_kept:
                batch.taken.pop(key, None)
            if each.position is None and is_kept:
                refused.append(key)
        return refused

    def _refused_by_store(self, taken: Taken, unstorable: Unstorable) -> Refusal:
        """What the store refuses, as it came: of most frames it is read anew, for their reports were let go."""
        frame = taken.frame
        assert frame is not None  # noqa: S101  # or it would not have been written
        if not taken.is_clock_suspect:
            topic = Topic(frame.key.agent, "frame")
            again = self._intake.take(topic, taken.payload, frame.received_at, is_retained=False).frame
            frame = frame if again is None else again._replace(key=frame.key)
        report = None if unstorable.position is None else frame.reports[unstorable.position]
        return refused_by_store(frame, unstorable.detail, report)

    async def _write(self, frames: Iterable[Taken]) -> Sequence[Unstorable]:
        """Store all frames, however long it takes; what of them the store refuses for good."""
        to_write = [taken.prepared for taken in frames]
        delay = 0.5
        while to_write:
            try:
                with self._metrics.write_seconds.time():
                    unstorable = await self._store.write(to_write)
            except StoreError as error:
                self._metrics.write_failures.inc()
                self._problem = str(error)
                pause = max(delay, error.retry_after_seconds or 0.0)
                _logger.error("store_write_failed retry_in_seconds=%.1f error=%r", pause, str(error))  # noqa: TRY400  # told in a line, tried again
                await asyncio.sleep(pause)
                delay = min(2 * delay, _RETRY_AT_MOST_SECONDS)
            else:
                self._problem = None
                return unstorable
        return ()

    def _receive_status(self, agent: str, payload: bytes, received_at: datetime) -> None:
        """Keep an agent's word on itself, and greet one that is there: it may have waited for a collector."""
        try:
            status = decode_status(payload)
        except DecodeError as error:
            self._refuse_status(error.reason, error.detail, payload, received_at, agent)
            return
        if status.agent != agent:
            self._refuse_status("wrong_agent", f"says it is from {status.agent}", payload, received_at, agent)
            return
        if self._intake.knows(agent):
            self._fleet.remember_status(status)
        if status.is_online:
            self._batch.greeted.add(agent)
            self._has_work.set()

    def _refuse_status(self, reason: str, detail: str, payload: bytes, received_at: datetime, agent: str) -> None:
        topic = topic_for(agent, "status")
        self._refuse_stray(refuse(reason, detail, payload, received_at, topic=topic, agent=agent, part="status"))

    def _refuse_stray(self, refusal: Refusal) -> None:
        """Refuse what is no frame."""
        if not self._batch.has_room_for([refusal], refusal.agent):
            self._defer()
            return
        self._batch.put_stray(refusal)
        self._metrics.quarantined.labels(refusal.reason).inc()
        self._has_work.set()

    def _defer(self) -> None:
        self._metrics.frames.labels("deferred").inc()


async def _nobody(_: Sequence[tuple[str, Ack]]) -> None:
    return


def _end(ended: asyncio.Future[Sequence[Refusal]], outcome: Sequence[Refusal] | StoreError) -> None:
    """Tell who waits, if anybody still does."""
    if ended.done():
        return
    if isinstance(outcome, StoreError):
        ended.set_exception(outcome)
    else:
        ended.set_result(outcome)
