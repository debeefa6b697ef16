"""The path of a frame through the collector: decode, identify, place, store, remember, acknowledge.

The subscriber hands every message to `receive`; `run` commits what has gathered, a batch at a time: what is refused
goes into quarantine, what is taken into the store, and only then does an acknowledgement leave. What is on the way may
therefore be lost at any moment: its agent keeps it, and sends it again.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from agent.wire import VERSION, Ack, DecodeError, SequenceRange, decode_status, parse_topic
from collector.fleet import Fleet
from collector.intake import Intake, Taken, refuse, refused_by_store
from collector.keeping import Keeper
from collector.ledger import Ledger, spans
from collector.metrics import Metrics
from collector.state.quarantine import Refusal, keep
from collector.stores import FrameKey, Store, StoredFrame, StoreError

GATHER_SECONDS = 0.2
MAX_PENDING_BYTES = 64 * 1024 * 1024
MAX_PENDING_REFUSALS = 1_000
MAX_PENDING_REFUSALS_OF_ONE = 100
"""What comes beyond is deferred: counted, neither taken nor acknowledged. Its agent keeps it and sends it again."""
_BYTES_BESIDE_THE_PAYLOAD = 500
_RETRY_AT_MOST_SECONDS = 30.0
_logger = logging.getLogger(__name__)

Acknowledge = Callable[[str, Ack], Awaitable[None]]


@dataclass(slots=True)
class _Batch:
    """What has gathered since the last commit."""

    taken: dict[FrameKey, Taken] = field(default_factory=dict)
    refused: dict[FrameKey, Taken] = field(default_factory=dict)
    strays: list[Refusal] = field(default_factory=list)
    repeated: set[FrameKey] = field(default_factory=set)
    greeted: set[str] = field(default_factory=set)
    refusals_by_sender: Counter[str | None] = field(default_factory=Counter)
    bytes: int = 0

    def has_room_for(self, refusals: Sequence[Refusal], sender: str | None) -> bool:
        """Whether so many more refusals of one sender may wait for their quarantine."""
        if not refusals:
            return True
        of_one = self.refusals_by_sender[sender] + len(refusals)
        of_all = self.refusals_by_sender.total() + len(refusals)
        is_first = not self.refusals_by_sender[sender]  # or a frame of many bad reports could never come through
        return of_all <= MAX_PENDING_REFUSALS and (is_first or of_one <= MAX_PENDING_REFUSALS_OF_ONE)

    def refusals(self) -> list[Refusal]:
        """All that is to go into quarantine."""
        of_frames = [
            refusal for group in (self.taken, self.refused) for taken in group.values() for refusal in taken.refusals
        ]
        return of_frames + self.strays


class Pipeline:
    """One collector's pipeline. Store and state have a thread each, apart from those that serve the pages."""

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
        self._state = state
        self._fleet = fleet
        self._ledger = ledger
        self._keeper = keeper
        self._metrics = metrics
        self._clock = clock
        self._batch = _Batch()
        self._being_stored: dict[FrameKey, Taken] = {}
        self._has_work = asyncio.Event()
        self._problems: dict[str, str] = {}
        self._store_thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._state_thread = ThreadPoolExecutor(1, thread_name_prefix="quarantine")

    @property
    def problems(self) -> list[str]:
        """Why something cannot be stored just now; empty while all is well."""
        return list(self._problems.values())

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
        else:
            taken = self._intake.take(topic, payload, received_at, is_retained=is_retained)
            self._admit(taken, topic.agent, len(payload))

    async def run(self, acknowledge: Acknowledge) -> None:
        """Commit batch after batch until cancelled. Raises StoreLostError where the store has given up for good."""
        try:
            while True:
                await self._has_work.wait()
                await asyncio.sleep(GATHER_SECONDS)
                self._has_work.clear()
                batch, self._batch = self._batch, _Batch()
                self._being_stored = batch.taken
                refused = await self._put_into_quarantine(batch)
                stored, unstorable = await self._write(batch.taken.values())
                refused += await self._put_unstorable_away(unstorable)
                self._remember(stored)
                self._being_stored = {}
                keys = [taken.key for taken in stored if taken.key is not None]
                await _acknowledge(acknowledge, [*keys, *batch.repeated], refused, batch.greeted)
        finally:
            self._store_thread.shutdown()
            self._state_thread.shutdown()

    def _admit(self, taken: Taken, sender: str, size: int) -> None:
        batch, key = self._batch, taken.key
        if key is not None and key in self._ledger:
            batch.repeated.add(key)
            self._metrics.frames.labels("repeated").inc()
            self._note_readings(taken)  # what was stored just before a kill may not be known here
        elif key is not None and (key in batch.taken or key in batch.refused or key in self._being_stored):
            self._metrics.frames.labels("repeated").inc()
        elif not batch.has_room_for(taken.refusals, sender):
            self._defer()
        else:
            self._put_into_batch(taken, sender, size)
        self._has_work.set()

    def _put_into_batch(self, taken: Taken, sender: str, size: int) -> None:
        batch, key = self._batch, taken.key
        batch.bytes += size + _BYTES_BESIDE_THE_PAYLOAD
        self._count_refusals(taken.refusals, sender)
        for correction in taken.corrections:
            self._metrics.corrected.labels(correction).inc()
        if key is None:
            batch.strays += taken.refusals
        elif taken.frame is not None:
            batch.taken[key] = taken
        else:
            batch.refused[key] = taken
            self._metrics.frames.labels("refused").inc()
        self._metrics.pending_frames.set(len(batch.taken) + len(self._being_stored))

    async def _put_into_quarantine(self, batch: _Batch) -> list[FrameKey]:
        """Keep what is refused; the frames that their agents may forget for it. Where that fails, frames with
        refusals are left to come again, the good part of them included, and strays wait for the next batch."""
        if not await self._keep(batch.refusals()):
            self._batch.strays = batch.strays + self._batch.strays
            for key in [key for key, taken in batch.taken.items() if taken.refusals]:
                del batch.taken[key]
            return []
        return list(batch.refused)

    async def _put_unstorable_away(self, unstorable: Sequence[tuple[Taken, StoreError]]) -> list[FrameKey]:
        """Keep frames that the store refuses for good; those that their agents may forget for it."""
        refusals = [refused_by_store(taken.frame, str(error)) for taken, error in unstorable if taken.frame is not None]
        for refusal in refusals:
            _logger.error("frame_refused_by_store agent=%s error=%r", refusal.agent, refusal.detail)
            self._metrics.quarantined.labels(refusal.reason).inc()
        if not await self._keep(refusals):
            return []
        return [taken.key for taken, _ in unstorable if taken.key is not None]

    async def _keep(self, refusals: Sequence[Refusal]) -> bool:
        """Whether these are in quarantine."""
        if not refusals:
            return True
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._state_thread, keep, self._state, refusals)
        except SQLAlchemyError as error:
            self._problems["quarantine"] = f"quarantine cannot be written: {error.__cause__ or error}"
            _logger.error("quarantine_not_written error=%r", str(error.__cause__ or error))  # noqa: TRY400  # told in a line, comes again
            return False
        self._problems.pop("quarantine", None)
        return True

    async def _write(self, frames: Iterable[Taken]) -> tuple[list[Taken], list[tuple[Taken, StoreError]]]:
        """Store all frames, however long it takes; those that are on disk when this returns, and those that the store
        refuses for good. A part with such a frame is halved until that is alone: it delays its neighbours once."""
        stored: list[Taken] = []
        unstorable: list[tuple[Taken, StoreError]] = []
        parts = [part for part in [list(frames)] if part]
        delay = 0.5
        while parts:
            part = parts.pop()
            try:
                await self._write_part(part)
            except StoreError as error:
                self._metrics.write_failures.inc()
                if not error.is_permanent:
                    self._problems["store"] = str(error)
                    _logger.error("store_write_failed retry_in_seconds=%.1f error=%r", delay, str(error))  # noqa: TRY400  # told in a line, tried again
                    await asyncio.sleep(delay)
                    delay = min(2 * delay, _RETRY_AT_MOST_SECONDS)
                    parts.append(part)
                elif len(part) > 1:
                    parts += [part[len(part) // 2 :], part[: len(part) // 2]]
                else:
                    unstorable.append((part[0], error))
            else:
                self._problems.pop("store", None)
                delay = 0.5
                stored += part
        return stored, unstorable

    async def _write_part(self, part: Sequence[Taken]) -> None:
        frames: list[StoredFrame] = [taken.frame for taken in part if taken.frame is not None]
        with self._metrics.write_seconds.time():
            await asyncio.get_running_loop().run_in_executor(self._store_thread, self._store.write, frames)

    def _remember(self, stored: Sequence[Taken]) -> None:
        now = self._clock()
        for taken in stored:
            if taken.key is None or taken.frame is None:
                continue
            self._metrics.commit_delay_seconds.observe((now - taken.frame.received_at).total_seconds())
            self._ledger.add(taken.key)
            self._note_readings(taken)
            self._metrics.reports_stored.inc(len(taken.frame.reports))
        self._metrics.frames.labels("stored").inc(len(stored))
        self._metrics.pending_frames.set(len(self._batch.taken))
        self._metrics.unknown_devices.set(len(self._fleet.unknown_devices))

    def _note_readings(self, taken: Taken) -> None:
        """Bring the fleet forward by a stored frame; it keeps only what is newer than what it has."""
        if taken.key is None or taken.frame is None:
            return
        for access_point, reading in taken.readings:
            newest = self._fleet.remember(access_point, reading)
            if newest is not None:
                self._keeper.note(access_point, newest)
        for name, report in taken.unknown:
            self._keeper.note_unknown(
                self._fleet.remember_unknown(name, taken.key.agent, report, taken.frame.received_at)
            )

    def _receive_status(self, agent: str, payload: bytes, received_at: datetime) -> None:
        """Keep an agent's word on itself, and greet one that is there: it may have waited for a collector."""
        topic = f"wifi/v1/{agent}/status"
        try:
            status = decode_status(payload)
        except DecodeError as error:
            self._refuse_stray(refuse(error.reason, error.detail, payload, received_at, topic=topic, agent=agent))
            return
        if status.agent != agent:
            detail = f"says it is from {status.agent}"
            self._refuse_stray(refuse("wrong_agent", detail, payload, received_at, topic=topic, agent=agent))
            return
        if self._intake.knows(agent):
            self._fleet.remember_status(status)
        if status.is_online:
            self._batch.greeted.add(agent)
            self._has_work.set()

    def _refuse_stray(self, refusal: Refusal) -> None:
        """Refuse what is no frame, and so is nobody's to send again."""
        if not self._batch.has_room_for([refusal], refusal.agent):
            self._defer()
            return
        self._count_refusals([refusal], refusal.agent)
        self._batch.strays.append(refusal)
        self._batch.bytes += refusal.payload_bytes
        self._has_work.set()

    def _count_refusals(self, refusals: Sequence[Refusal], sender: str | None) -> None:
        self._batch.refusals_by_sender[sender] += len(refusals)
        for refusal in refusals:
            self._metrics.quarantined.labels(refusal.reason).inc()

    def _defer(self) -> None:
        self._metrics.frames.labels("deferred").inc()


async def _acknowledge(
    acknowledge: Acknowledge, stored: Sequence[FrameKey], refused: Sequence[FrameKey], greeted: Iterable[str]
) -> None:
    stored_spans, refused_spans = spans(stored), spans(refused)
    nothing: tuple[SequenceRange, ...] = ()
    for agent in {*stored_spans, *refused_spans, *greeted}:
        ack = Ack(version=VERSION, stored=stored_spans.get(agent, nothing), refused=refused_spans.get(agent, nothing))
        await acknowledge(agent, ack)
