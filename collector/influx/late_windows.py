"""Which windows of site figures have got points when they were over already: those must be made anew.

For the store, which has a frame's windows noted when its write has returned, and for `collector.figures.rollup`. A
report of the present costs two comparisons, under a hundredth of what becoming lines costs it, and its frame one more
when it is written.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from collector.figures.windows import WINDOW, window_begin, window_number
from collector.readings import checked_at
from collector.stores import StoredFrame, StoredReport

GRACE = timedelta(seconds=60)
"""A window that is over for no longer has not been made yet; see MADE_AFTER in `collector.figures.rollup`, which is
longer by what clocks may differ."""
VISIBLE_WITHIN = timedelta(seconds=15)
"""What VictoriaMetrics has taken it tells a second or two later, and writes to its disk within 12: long enough that
what is asked then is all of it."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class LateWindows:
    """Windows by their beginning; there are as many as the collector takes days of backlog. For one thread."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._noted_at: dict[datetime, datetime] = {}
        self._begin = self._end = _LONG_AGO
        self._only: Sequence[int] = (0,)

    def windows_of(self, frame: StoredFrame) -> Sequence[int]:
        """The numbers of the windows that a frame tells of."""
        begin, end = self._begin, self._end
        for _, observed_at, _, report in frame.reports:
            if not begin <= observed_at < end:
                return self._told_of(frame.reports)
            for probe in report.probes:
                if probe.observed_at is not None:
                    return self._told_of(frame.reports)
        return self._only

    def note(self, frames: Iterable[Sequence[int]]) -> None:
        """These windows of frames are written now."""
        now = self._now()
        first_in_time = window_number(now - GRACE)
        for windows in frames:
            for window in windows:
                if window < first_in_time:
                    self._noted_at.setdefault(window_begin(window), now)

    def take(self) -> list[datetime]:
        """The beginnings of the windows that have got something late, so long ago that the engine tells it. They are
        not told again until they get something more."""
        now = self._now()
        for window, noted_at in self._noted_at.items():
            if noted_at > now:  # the clock was put back
                self._noted_at[window] = now
        visible_from = now - VISIBLE_WITHIN
        taken = [window for window, noted_at in self._noted_at.items() if noted_at <= visible_from]
        for window in taken:
            del self._noted_at[window]
        return taken

    def _told_of(self, reports: Sequence[StoredReport]) -> Sequence[int]:
        """Where it is not the same as of the frame before; that is remembered."""
        found: set[int] = set()
        for stored in reports:
            found.add(window_number(stored.observed_at))
            for probe in stored.report.probes:
                if probe.observed_at is not None:
                    found.add(window_number(checked_at(probe.observed_at, stored.report, stored.observed_at)))
        if len(found) == 1:
            self._only = tuple(found)
            self._begin = window_begin(self._only[0])
            self._end = self._begin + WINDOW
        return tuple(found)
