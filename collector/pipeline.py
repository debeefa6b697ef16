"""The path of a frame through the collector: decode, identify, place, store, remember, acknowledge.

The subscriber hands every message to `receive`; `run` commits what has gathered, a batch at a time. An
acknowledgement leaves only after the store's commit, so that what is on the way may be lost at any moment.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from agent.wire import VERSION, Ack, DecodeError, decode_status, encode, parse_topic, topic_for
from collector.fleet import Fleet
from collector.intake import Intake, Taken
from collector.keeping import Keeper
from collector.ledger import Ledger, spans
from collector.metrics import Metrics
from collector.state.quarantine import MAX_PAYLOAD_BYTES, Refusal, keep
from collector.stores import FrameKey, Store, StoredFrame, StoreError

GATHER_SECONDS = 0.2
MAX_PENDING_REPORTS = 50_000
MAX_PENDING_REFUSALS = 1_000
"""What comes beyond is not taken and not acknowledged: its agent keeps it and sends it again."""
_RETRY_AT_MOST_SECONDS = 30.0
_logger = logging.getLogger(__name__)

Acknowledge = Callable[[str, Ack], Awaitable[None]]


@dataclass(slots=True)
class _Batch:
    """What has gathered since the last commit."""

    taken: dict[FrameKey, Taken] = field(default_factory=dict)
    repeated: list[FrameKey] = field(default_factory=list)
    refused: list[FrameKey] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    reports: int = 0


class Pipeline:
    """One collector's pipeline. `problem` says why nothing is being stored just now; None while all is well."""

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
        self.problem: str | None = None

    def receive(self, topic_name: str, payload: bytes, received_at: datetime, *, is_retained: bool) -> None:
        """Take one message in. Never raises, never waits."""
        topic = parse_topic(topic_name)
        if topic is None or topic.kind == "ack":
            self._refuse_stray(topic_name, payload, received_at, "no topic of ours, or its agent's id is malformed")
        elif topic.kind == "status":
            self._receive_status(topic_name, topic.agent, payload, received_at)
        elif self._batch.reports >= MAX_PENDING_REPORTS or len(self._batch.refusals) >= MAX_PENDING_REFUSALS:
            self._metrics.frames.labels("deferred").inc()
        else:
            self._admit(self._intake.take(topic, payload, received_at, is_retained=is_retained))

    async def run(self, acknowledge: Acknowledge) -> None:
        """Commit batch after batch until cancelled."""
        while True:
            await self._has_work.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._has_work.clear()
            batch, self._batch = self._batch, _Batch()
            self._being_stored = batch.taken
            stored = await self._write(batch)
            refused = await self._keep_refusals(batch)
            self._remember(stored)
            self._being_stored = {}
            await _acknowledge(acknowledge, [*(taken.key for taken in stored if taken.key), *batch.repeated], refused)

    def _admit(self, taken: Taken) -> None:
        batch, key = self._batch, taken.key
        if key is not None and key in self._ledger:
            batch.repeated.append(key)
            self._metrics.frames.labels("repeated").inc()
        elif key is not None and (key in batch.taken or key in self._being_stored):
            self._metrics.frames.labels("repeated").inc()
        else:
            batch.refusals += taken.refusals
            for refusal in taken.refusals:
                self._metrics.quarantined.labels(refusal.reason).inc()
            if key is not None and taken.frame is not None:
                batch.taken[key] = taken
                batch.reports += 1 + len(taken.frame.reports)
                self._metrics.pending_frames.set(len(batch.taken))
                for correction in taken.corrections:
                    self._metrics.corrected.labels(correction).inc()
            elif key is not None:
                batch.refused.append(key)
                self._metrics.frames.labels("refused").inc()
        self._has_work.set()

    async def _write(self, batch: _Batch) -> list[Taken]:
        """Store all frames of the batch, however long it takes; those that it holds when this returns are on disk."""
        stored: list[Taken] = []
        parts = [list(batch.taken.values())] if batch.taken else []
        delay = 0.5
        while parts:
            part = parts[-1]
            try:
                with self._metrics.write_seconds.time():
                    await asyncio.to_thread(self._store.write, _frames_of(part))
            except StoreError as error:
                self._metrics.write_failures.inc()
                if error.is_permanent:
                    parts.pop()
                    parts += self._isolate(part, error, batch)
                    continue
                self.problem = str(error)
                _logger.error("store_write_failed retry_in_seconds=%.1f error=%r", delay, str(error))  # noqa: TRY400  # told in a line, tried again
                await asyncio.sleep(delay)
                delay = min(2 * delay, _RETRY_AT_MOST_SECONDS)
                continue
            self.problem = None
            delay = 0.5
            stored += parts.pop()
        return stored

    def _isolate(self, part: list[Taken], error: StoreError, batch: _Batch) -> list[list[Taken]]:
        """Halve a part that the store refuses for good, until the frame at fault is alone and can be put away."""
        if len(part) > 1:
            middle = len(part) // 2
            return [part[middle:], part[:middle]]
        key = part[0].key
        if key is not None and part[0].frame is not None:
            _logger.error("frame_refused_by_store agent=%s sequence=%d error=%r", key.agent, key.sequence, str(error))
            self._metrics.quarantined.labels("store").inc()
            batch.refused.append(key)
            batch.refusals.append(_refused_by_store(part[0].frame, error))
        return []

    async def _keep_refusals(self, batch: _Batch) -> list[FrameKey]:
        """Put refusals into quarantine; the frames that their agents may forget, which is none if that failed."""
        if batch.refusals:
            try:
                await asyncio.to_thread(keep, self._state, batch.refusals)
            except SQLAlchemyError as error:
                _logger.error("quarantine_not_written error=%r", str(error.__cause__ or error))  # noqa: TRY400  # told in a line, comes again
                return []
        return batch.refused

    def _remember(self, stored: Sequence[Taken]) -> None:
        now = self._clock()
        for taken in stored:
            if taken.key is None or taken.frame is None:
                continue
            self._metrics.commit_delay_seconds.observe((now - taken.frame.received_at).total_seconds())
            self._ledger.add(taken.key)
            for access_point, reading in taken.readings:
                if self._fleet.remember(access_point, reading):
                    self._keeper.note(access_point, reading)
            for name, report in taken.unknown:
                device = self._fleet.remember_unknown(name, taken.key.agent, report, taken.frame.received_at)
                if device is not None:
                    self._keeper.note_unknown(device)
            self._metrics.reports_stored.inc(len(taken.frame.reports))
        self._metrics.frames.labels("stored").inc(len(stored))
        self._metrics.pending_frames.set(len(self._batch.taken))
        self._metrics.unknown_devices.set(len(self._fleet.unknown_devices))

    def _receive_status(self, topic_name: str, agent: str, payload: bytes, received_at: datetime) -> None:
        try:
            status = decode_status(payload)
        except DecodeError as error:
            self._refuse_stray(topic_name, payload, received_at, error.detail, agent=agent, reason=error.reason)
            return
        if status.agent == agent:
            self._fleet.remember_status(status)
        else:
            detail = f"says it is from {status.agent}"
            self._refuse_stray(topic_name, payload, received_at, detail, agent=agent, reason="wrong_agent")

    def _refuse_stray(
        self,
        topic_name: str,
        payload: bytes,
        received_at: datetime,
        detail: str,
        *,
        agent: str | None = None,
        reason: str = "bad_topic",
    ) -> None:
        if len(self._batch.refusals) >= MAX_PENDING_REFUSALS:
            return
        refusal = Refusal(
            reason=reason,
            detail=detail,
            topic=topic_name,
            agent=agent,
            payload=payload[:MAX_PAYLOAD_BYTES],
            payload_bytes=len(payload),
            seen_at=received_at,
        )
        self._metrics.quarantined.labels(reason).inc()
        self._batch.refusals.append(refusal)
        self._has_work.set()


def _frames_of(part: Sequence[Taken]) -> list[StoredFrame]:
    return [taken.frame for taken in part if taken.frame is not None]


def _refused_by_store(frame: StoredFrame, error: StoreError) -> Refusal:
    reports = b"\n".join(encode(stored.report) for stored in frame.reports)
    return Refusal(
        reason="store",
        detail=str(error)[:400],
        topic=topic_for(frame.key.agent, "frame"),
        agent=frame.key.agent,
        payload=reports[:MAX_PAYLOAD_BYTES],
        payload_bytes=len(reports),
        seen_at=frame.received_at,
    )


async def _acknowledge(acknowledge: Acknowledge, stored: Sequence[FrameKey], refused: Sequence[FrameKey]) -> None:
    stored_spans, refused_spans = spans(stored), spans(refused)
    for agent in stored_spans.keys() | refused_spans.keys():
        ack = Ack(version=VERSION, stored=stored_spans.get(agent, ()), refused=refused_spans.get(agent, ()))
        await acknowledge(agent, ack)
