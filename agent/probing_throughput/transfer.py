"""One direction of a throughput test: several streams at once, from connecting to the result.

Called by `agent.probes.throughput`, which has reserved `StreamPlan`'s bytes before.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from agent.probing.http_errors import (
    Closed,
    ConnectTimeout,
    DnsFailure,
    HttpError,
    Malformed,
    NoAnswer,
    Refused,
    Reset,
    SlowAnswer,
    TlsFailure,
    Unreachable,
)
from agent.probing_throughput.meter import Measured, Meter
from agent.probing_throughput.stream import Full, Rejected, Stream, StreamPlan

OUTCOMES: dict[type[HttpError], str] = {
    DnsFailure: "dns_failure",
    ConnectTimeout: "timeout",
    NoAnswer: "timeout",
    SlowAnswer: "slow",
    Refused: "refused",
    Unreachable: "unreachable",
    TlsFailure: "tls_error",
    Reset: "reset",
    Closed: "closed",
    Malformed: "malformed",
    Rejected: "rejected",
}
_BLOCK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it: `failure` says what went wrong, where something did. Where nothing was begun nothing was
    measured."""

    outcome: str
    failure: str | None = None
    measured: Measured | None = None
    retry_after_seconds: float | None = None


class Transfer:
    """A direction of a test. `counted_bytes` may be asked for at any time, of a test that was cancelled too."""

    def __init__(self, plan: StreamPlan, *, streams: int, seconds: float, warm_up_ratio: float) -> None:
        self._plan = plan
        self._seconds = seconds
        self._is_cut = False
        self._meter = Meter(
            lambda: sum(stream.moved_bytes for stream in self._streams),
            bytes_at_most=streams * plan.body_bytes,
            seconds_at_most=seconds,
            warm_up_ratio=warm_up_ratio,
        )
        block = os.urandom(_BLOCK_BYTES if plan.direction == "upload" else 0)  # nothing on the way can compress it
        self._streams = [Stream(plan, block, self._look) for _ in range(streams)]

    @property
    def counted_bytes(self) -> int:
        """What it has cost the budget so far."""
        return sum(stream.counted_bytes for stream in self._streams)

    async def run(self) -> Result:
        """Test. That it fails is a result."""
        outcome, failure, retry_after_seconds = "ok", None, None
        try:
            try:
                await self._connect_and_move()
            except Full as error:
                outcome, failure, retry_after_seconds = "skipped_full", str(error), error.retry_after_seconds
            except HttpError as error:
                outcome, failure = OUTCOMES[type(error)], str(error)
            measured = self._meter.measured(self._now())
            await _all(self._streams, Stream.part)
        finally:
            for stream in self._streams:
                stream.close()
        if outcome == "ok":
            outcome, failure = self._judge(measured)
        elif outcome == "skipped_full" and measured is not None:
            measured = replace(measured, throughput_bits_per_second=None)
        return Result(outcome, failure, measured, retry_after_seconds)

    async def _connect_and_move(self) -> None:
        """Move all, or as much as the time allows. Raises HttpError and Full."""
        await _all(self._streams, Stream.connect)
        if self._plan.direction == "upload":
            await _all(self._streams, Stream.begin)
        self._meter.begin(self._now())
        try:
            async with asyncio.timeout(self._seconds) as limit:
                if self._plan.direction == "download":
                    await _all(self._streams, Stream.begin)
                await _all(self._streams, Stream.move)
        except TimeoutError:
            if not limit.expired():
                raise
            self._is_cut = True

    def _judge(self, measured: Measured | None) -> tuple[str, str | None]:
        """Of a test in which no stream failed."""
        place = self._plan.address.authority
        if any(stream.is_excessive for stream in self._streams):
            return "malformed", f"{place} sends more than it was asked for"
        if self._is_cut and (measured is None or measured.throughput_bits_per_second is None):
            outcome = "slow" if any(stream.has_heard for stream in self._streams) else "timeout"
            return outcome, f"{place} moves too little within {self._seconds:g} s to tell a throughput"
        return "ok", None

    def _look(self) -> None:
        self._meter.look(self._now())

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


async def _all(streams: Sequence[Stream], step: Callable[[Stream], Awaitable[None]]) -> None:
    """The same step of all streams at once. The first that fails ends the others, and its error is raised."""

    async def one(stream: Stream) -> None:
        await step(stream)

    tasks = [asyncio.create_task(one(stream), name="throughput stream") for stream in streams]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, asyncio.CancelledError):
            raise outcome
