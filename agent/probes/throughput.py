"""How fast the network is: a download and an upload over HTTP, off-peak, within a budget, and only while nobody minds.

What is measured: the bytes of HTTP bodies that all streams of one direction moved together after the warm-up, divided
by the time from there to the end. Of a download those that were read here, of an upload those that arrived at the
server. The end is when the last stream has moved its bytes (an upload: is confirmed), or the time is up. The warm-up is
left out because TCP is still finding its pace then: it ends when `warm_up_ratio` of the time or of the bytes has gone
by. A test that breaks off before half of either tells no throughput. This is active throughput between this machine
and the server, wherever this machine stands; it is neither what clients moved nor what a radio negotiated.

`run` is called every `interval_seconds` and does nothing until the drawn instant of the day's window has passed
(`agent.probing_throughput.window`). Where somebody asks for the run, it tests at any instant of the window, and says so
where it may not. What a test may move is reserved on disk first (`…ledger`).
"""

import logging
import random
import ssl
from collections.abc import Callable, Sequence
from datetime import time
from functools import partial
from uuid import uuid4
from zoneinfo import ZoneInfo

from agent.probes import Check, Surroundings
from agent.probing.http import tls_context
from agent.probing.http_errors import TlsFailure
from agent.probing.web_address import parse_web_address
from agent.probing.words import failure_text, name_text
from agent.probing_throughput.business import BusyLimits, why_busy
from agent.probing_throughput.ledger import AlreadyClaimed, BudgetSpent, Ledger, LedgerError
from agent.probing_throughput.settings import (
    LEAST_STREAM_BYTES,
    ThroughputSettings,
    overhead_bytes_of,
    receive_buffer_bytes_of,
    tail_seconds_of,
)
from agent.probing_throughput.stream import StreamPlan
from agent.probing_throughput.transfer import Result, Transfer
from agent.probing_throughput.window import Turn, Window, is_within, seconds_to_midnight, turn_at
from agent.threads import in_own_thread
from agent.wire import Direction, Probe

_LONGEST_RETRY_SECONDS = 3600.0
_RETRY_JITTER_RATIO = 0.5
_LEDGER = "throughput ledger"
_SKIPPED = {"skipped_busy", "skipped_full", "skipped_budget", "skipped_window", "budget_unknown"}
_DIRECTIONS: tuple[Direction, ...] = ("download", "upload")
_logger = logging.getLogger(__name__)

Settings = ThroughputSettings
"""The keys of a `[[probes]]` table of kind "throughput"; `agent.config` finds them under this name."""


def open_check(settings: ThroughputSettings, surroundings: Surroundings) -> Check:
    """The check for one `[[probes]]` table; reads and writes nothing yet."""
    return ThroughputCheck(settings, surroundings)


class _Postponed(Exception):  # noqa: N818  # it goes no further than this module
    """A direction cannot be tested now, and is to be tried again after about so long."""

    def __init__(self, result: Result, retry_seconds: float) -> None:
        super().__init__(result.outcome)
        self.result = result
        self.retry_seconds = retry_seconds


class ThroughputCheck:
    """Waits for its turn; then tests what of it has not been tested yet, or says why not."""

    def __init__(self, settings: ThroughputSettings, surroundings: Surroundings) -> None:
        self._settings = settings
        self._address = parse_web_address(settings.server)
        self._clock = surroundings.clock
        self._newest_report = surroundings.newest_report
        self._is_asked_for = surroundings.is_asked_for
        self._place = settings.access_point or "here"
        zone = ZoneInfo(settings.timezone)
        begins, ends = time.fromisoformat(settings.window_begins), time.fromisoformat(settings.window_ends)
        self._window = Window(begins, ends, zone)
        path = surroundings.folder / f"throughput-{self._place}.json"
        self._ledger = Ledger(path, surroundings.clock, zone, daily_budget_bytes=settings.daily_budget_bytes)
        self._limits = BusyLimits(settings.busy_clients, settings.busy_bits_per_second, settings.busy_ratio)
        self._done_turn: str | None = None
        self._not_before_seconds = 0.0
        self._chance = random.SystemRandom()

    async def run(self) -> Sequence[Probe]:
        """A result for each direction that was tested or had to be skipped; nothing while it is not the time."""
        turn = self._turn()
        if turn is None:
            return [self._result(each, self._out_of_window()) for each in _DIRECTIONS] if self._is_asked_for else ()
        probes: list[Probe] = []
        untested = list(_DIRECTIONS)
        try:
            untested = await self._unclaimed(turn)
            if untested:
                self._leave_if_busy()
                tls = await self._trust()
            while untested:
                probes += await self._test(untested[0], turn, tls)
                del untested[0]
        except _Postponed as later:
            wait_seconds = min(later.retry_seconds, _LONGEST_RETRY_SECONDS)
            wait_seconds *= 1 + self._chance.uniform(
                0, _RETRY_JITTER_RATIO
            )  # who was sent away is not to come together
            self._not_before_seconds = self._clock.monotonic() + wait_seconds
            return [*probes, *(self._result(each, later.result) for each in untested)]
        except TlsFailure as error:
            probes += [self._result(each, Result("tls_error", str(error))) for each in untested]
        self._done_turn = turn.key
        return probes

    async def close(self) -> None:
        """Nothing stays open between tests."""

    def _turn(self) -> Turn | None:
        """The turn that is to be used now. What a test moves is of one day: none begins that could pass midnight."""
        settings, now = self._settings, self._clock.wall()
        if seconds_to_midnight(self._window, now) <= settings.timeout_seconds:
            return None
        if self._is_asked_for:
            return Turn(uuid4().hex, now, now) if is_within(self._window, now) else None
        tail_seconds = tail_seconds_of(settings.interval_seconds, settings.jitter_ratio, settings.timeout_seconds)
        seed = f"{self._place} {self._address.shown}"
        turn = turn_at(self._window, now, runs=settings.runs_per_day, seed=seed, tail_seconds=tail_seconds)
        if turn is None or turn.key == self._done_turn or self._clock.monotonic() < self._not_before_seconds:
            return None
        return turn

    def _out_of_window(self) -> Result:
        settings = self._settings
        span = f"from {settings.window_begins} to {settings.window_ends} ({settings.timezone})"
        never = f"none within {settings.timeout_seconds:g} s of midnight"
        remedy = "for one at any time, ask with window_begins equal to window_ends"
        return Result("skipped_window", f"tests are run {span}, and {never}; {remedy}")

    async def _unclaimed(self, turn: Turn) -> list[Direction]:
        try:
            return [
                direction
                for direction in _DIRECTIONS
                if not await in_own_thread(partial(self._ledger.is_claimed, self._claim(turn, direction)), name=_LEDGER)
            ]
        except LedgerError as error:
            raise self._postponed("budget_unknown", str(error)) from error

    def _leave_if_busy(self) -> None:
        place = self._settings.access_point
        report = None if place is None else self._newest_report(place)
        busy = why_busy(report, self._limits, self._clock.wall())
        if busy is not None:
            raise self._postponed("skipped_busy", busy)

    async def _trust(self) -> ssl.SSLContext | None:
        if not self._address.is_https:
            return None
        return await in_own_thread(partial(tls_context, self._settings.ca_file), name="probe trust")

    async def _test(self, direction: Direction, turn: Turn, tls: ssl.SSLContext | None) -> list[Probe]:
        """Reserve, test, give back. Raises _Postponed where nothing could be tested."""
        settings, claim = self._settings, self._claim(turn, direction)
        overhead_bytes = overhead_bytes_of(direction, settings.receive_buffer_bytes)
        wanted_bytes = max(LEAST_STREAM_BYTES, settings.bytes_at_most // settings.streams)
        reserve = partial(
            self._ledger.reserve,
            claim,
            wanted_bytes=settings.streams * (overhead_bytes + wanted_bytes),
            at_least_bytes=settings.streams * (overhead_bytes + LEAST_STREAM_BYTES),
        )
        try:
            reservation = await in_own_thread(reserve, name=_LEDGER)
        except AlreadyClaimed:
            return []
        except BudgetSpent as error:
            return [self._result(direction, Result("skipped_budget", str(error)))]
        except LedgerError as error:
            raise self._postponed("budget_unknown", str(error)) from error
        plan = StreamPlan(
            address=self._address,
            direction=direction,
            body_bytes=reservation.reserved_bytes // settings.streams - overhead_bytes,
            idle_seconds=settings.idle_seconds,
            receive_buffer_bytes=receive_buffer_bytes_of(direction, settings.receive_buffer_bytes),
            tls=tls,
            test=uuid4().hex,
        )
        transfer = Transfer(
            plan, streams=settings.streams, seconds=settings.seconds, warm_up_ratio=settings.warm_up_ratio
        )
        result = None
        try:
            result = await transfer.run()
        finally:
            is_done = not self._is_asked_for and (result is None or result.outcome != "skipped_full")
            settle = partial(self._ledger.settle, reservation, used_bytes=transfer.counted_bytes, is_done=is_done)
            await self._settle(settle)
        if result.outcome == "skipped_full":
            raise _Postponed(result, result.retry_after_seconds or settings.retry_seconds)
        return [self._result(direction, result)]

    @staticmethod
    async def _settle(settle: Callable[[], None]) -> None:
        try:
            await in_own_thread(settle, name=_LEDGER)
        except LedgerError as error:  # the result stands all the same, and the reservation stays spent
            _logger.warning("throughput_budget_not_given_back problem=%r", str(error))

    def _claim(self, turn: Turn, direction: Direction) -> str:
        window = f"{self._settings.window_begins}-{self._settings.window_ends}"
        return f"{turn.key} {window} {direction} {self._address.shown}"

    def _postponed(self, outcome: str, failure: str) -> _Postponed:
        return _Postponed(Result(outcome, failure), self._settings.retry_seconds)

    def _result(self, direction: Direction, result: Result) -> Probe:
        measured = result.measured
        return Probe(
            kind="throughput",
            target=name_text(self._address.host),
            is_ok=None if result.outcome in _SKIPPED else result.outcome == "ok",
            outcome=result.outcome,
            failure=None if result.failure is None else failure_text(result.failure),
            direction=direction,
            method="http",
            streams=self._settings.streams,
            transferred_bytes=None if measured is None else measured.transferred_bytes,
            duration_seconds=None if measured is None else measured.duration_seconds,
            throughput_bits_per_second=None if measured is None else measured.throughput_bits_per_second,
        )
