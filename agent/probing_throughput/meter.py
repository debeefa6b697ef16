"""What a throughput test measures: bytes over time, once the streams have warmed up. Pure; the caller brings the time.

How far a test has come, its progress, is the larger of two shares: of the time it may take and of the bytes it may
move. The warm-up ends when progress first exceeds the configured share; what was moved from there to the end, divided
by the time from there to the end, is the throughput.
"""

from collections.abc import Callable
from dataclasses import dataclass

ENOUGH_RATIO = 0.5
"""A test that broke off before this progress measured too little to tell a throughput."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of a test. `duration_seconds` has the warm-up in it, and the throughput has not."""

    transferred_bytes: int
    duration_seconds: float
    throughput_bits_per_second: float | None


class Meter:
    """Follows one direction of a test. `moved_bytes` tells what all its streams have moved so far."""

    def __init__(
        self, moved_bytes: Callable[[], int], *, bytes_at_most: int, seconds_at_most: float, warm_up_ratio: float
    ) -> None:
        self._moved_bytes = moved_bytes
        self._bytes_at_most = bytes_at_most
        self._seconds_at_most = seconds_at_most
        self._warm_up_ratio = warm_up_ratio
        self._began: float | None = None
        self._warm: tuple[float, int] | None = None

    def begin(self, at_seconds: float) -> None:
        """The streams are connected; now they start."""
        self._began = at_seconds

    def look(self, at_seconds: float) -> None:
        """Something was moved. To be called often: the warm-up ends at one of these looks."""
        if self._warm is None and self._progress(at_seconds) > self._warm_up_ratio:
            self._warm = at_seconds, self._moved_bytes()

    def measured(self, at_seconds: float) -> Measured | None:
        """The result, now that the test has ended, in whatever way; None where it had not begun."""
        moved = self._moved_bytes()
        if self._began is None:
            return None
        throughput = None
        if self._warm is not None and self._progress(at_seconds) >= ENOUGH_RATIO:
            seconds, warm_bytes = at_seconds - self._warm[0], self._warm[1]
            throughput = (moved - warm_bytes) * 8 / seconds if seconds > 0 and moved > warm_bytes else None
        return Measured(moved, at_seconds - self._began, throughput)

    def _progress(self, at_seconds: float) -> float:
        if self._began is None:
            return 0.0
        of_time = (at_seconds - self._began) / self._seconds_at_most
        return max(of_time, self._moved_bytes() / self._bytes_at_most)
