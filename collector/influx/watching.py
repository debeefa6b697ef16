"""Watching an engine's own metrics: which run of it answers, and what it drops without saying so.

VictoriaMetrics answers 204 to lines that it cannot read and to samples that it does not keep; only its counters tell.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Sequence

from aiohttp import ClientError, ClientSession, ClientTimeout

_ANSWER_WITHIN_SECONDS = 2.0
_LOG_EVERY_SECONDS = 60.0
_PROBLEM_FOR_SECONDS = 600.0
_STARTS = ("vm_app_start_timestamp", "process_start_time_seconds")
_UPTIME = "vm_app_uptime_seconds"
_READ_ONLY = "vm_storage_is_read_only"
_DROPS = {
    "vm_rows_invalid_total": "lines it could not read",
    "vm_rows_ignored_total": "samples outside its retention or in the future; check -retentionPeriod and clocks",
    "vm_metrics_with_dropped_labels_total": "labels beyond -maxLabelsPerTimeseries",
    "vm_hourly_series_limit_rows_dropped_total": "samples beyond -storage.maxHourlySeries",
    "vm_daily_series_limit_rows_dropped_total": "samples beyond -storage.maxDailySeries",
}
_SAMPLE = re.compile(
    rf"^({'|'.join([*_STARTS, _UPTIME, _READ_ONLY, *_DROPS])})(?:{{[^\n]*}})? ([0-9.eE+-]+)$", re.MULTILINE
)
_logger = logging.getLogger(__name__)


class Watch:
    """Asks the metrics at some addresses. Opens its connections when first asked, in the loop that it is used in."""

    def __init__(self, addresses: Sequence[str], monotonic: Callable[[], float]) -> None:
        self._addresses = addresses
        self._monotonic = monotonic
        self._session: ClientSession | None = None
        self._counts: dict[tuple[str, str], float] = {}
        self._problems: dict[str, tuple[str, float]] = {}
        self._logged_at: float | None = None

    @property
    def problems(self) -> list[str]:
        """What was dropped or refused in the last ten minutes, as far as has been asked."""
        now = self._monotonic()
        return [words for words, seen_at in self._problems.values() if now - seen_at < _PROBLEM_FOR_SECONDS]

    async def incarnation(self) -> str | None:
        """Which runs answer, by when they started. None where one does not, or started in the second that just was.

        The engine tells its start in whole seconds. One that is a second old cannot be taken for the next one.
        """
        starts = await asyncio.gather(*(self._ask(address) for address in self._addresses))
        return None if None in starts else " ".join(start for start in starts if start is not None)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _ask(self, address: str) -> str | None:
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=_ANSWER_WITHIN_SECONDS))
        try:
            async with self._session.get(address, allow_redirects=False) as answer:
                if answer.status != 200:
                    return None
                text = await answer.text()
        except (ClientError, OSError, TimeoutError, UnicodeDecodeError):
            return None
        samples = [(name, float(value)) for name, value in _SAMPLE.findall(text)]
        self._note_drops(address, samples)
        values = dict(samples)
        if values.get(_UPTIME, 1.0) < 1.0:
            return None
        return next((f"{values[name]:.3f}" for name in _STARTS if name in values), None)

    def _note_drops(self, address: str, samples: Sequence[tuple[str, float]]) -> None:
        now = self._monotonic()
        for counter, what in _DROPS.items():
            counts = [value for name, value in samples if name == counter]
            if not counts:
                continue
            dropped = self._increase(address, counter, sum(counts))
            if dropped:
                self._problems[f"{address} {counter}"] = (f"{address}: the engine dropped {dropped:g} {what}", now)
        if any(value for name, value in samples if name == _READ_ONLY):
            words = f"{address}: the engine is read-only; free its disk"
            self._problems[f"{address} {_READ_ONLY}"] = (words, now)
        else:
            self._problems.pop(f"{address} {_READ_ONLY}", None)
        self._log(now)

    def _increase(self, address: str, counter: str, count: float) -> float:
        """By how much a counter has grown since it was last looked at; one that is smaller began anew."""
        last = self._counts.get((address, counter), count)
        self._counts[address, counter] = count
        return count - last if count >= last else count

    def _log(self, now: float) -> None:
        problems = self.problems
        if problems and (self._logged_at is None or now - self._logged_at >= _LOG_EVERY_SECONDS):
            self._logged_at = now
            _logger.error("store_drops problems=%r", "; ".join(problems))
