"""Which windows of site figures are to be made next. Pure; for `collector.figures.rollup`.

Newest first, and what is new or came late before what may be missing of the past. A few windows that follow one upon
the other are made together: that is one question to the engine.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from collector.figures.windows import WINDOW, window_begin, window_number

MADE_AFTER = timedelta(seconds=90)
"""How long after its end a window is made: reports of a minute's interval have come by then."""
PAST = timedelta(hours=72)
"""So far back whoever starts or is elected makes windows anew: who was there before may not have come to them."""
WINDOWS_AT_ONCE = 3
"""At most. What is known of a window while it is made is up to 1 kB for each access point, so that of a city of 25,000
each is made by itself."""


class Agenda:
    """Windows by their beginnings. A term is the time for which this collector is the elected one."""

    def __init__(self, at_once: int = WINDOWS_AT_ONCE) -> None:
        self._at_once = at_once
        self._has_begun = False
        self._late: set[datetime] = set()
        self._due: set[datetime] = set()
        self._past: set[datetime] = set()
        self._unheard: set[datetime] = set()
        self._term: int | None = None
        self._next: datetime | None = None

    def follow(self, term: int | None, now: datetime) -> None:
        """Of which term it is now, None for another's. The elected one makes the windows that are over."""
        if term != self._term:
            self._due.clear()
            self._past.clear()
            self._unheard.clear()
            self._term, self._next = term, None
        end = window_begin(window_number(now - MADE_AFTER))
        if not self._has_begun:  # it may have ended with late windows to make, elected or not
            self._past, self._has_begun = _between(end - PAST, end), True
        if term is None:
            return
        if self._next is None:
            self._past = _between(end - PAST, end)
            self._next = end
        elif end > self._next:
            self._due |= _between(max(self._next, end - PAST), end)
            self._next = end
        elif end < self._next:  # the clock was put back: what is still to come then is made once it is over
            self._due = {window for window in self._due if window < end}
            self._next = end

    def add_late(self, windows: Iterable[datetime]) -> None:
        """These have got something when they were over."""
        self._late.update(windows)

    def add_lost(self, windows: Iterable[datetime]) -> None:
        """These are written, and the engine has lost them."""
        self._due.update(windows)

    def next_run(self) -> Sequence[datetime]:
        """What is to be made next, in order; empty while there is nothing to do."""
        waiting = self._late | self._due or self._past
        if not waiting:
            return ()
        run = [max(waiting)]
        while len(run) < self._at_once and run[-1] - WINDOW in waiting:
            run.append(run[-1] - WINDOW)
        return run[::-1]

    def to_tell(self, run: Sequence[datetime], heard: Collection[datetime]) -> list[datetime]:
        """Of a run the windows to write figures of, where something was heard in some: those that have just ended, and
        of the others only what is not older than all that was heard of. Before its first report a city was not silent:
        such a window waits until an older one was heard in, and is told then."""
        first_heard = min(heard, default=None)
        return sorted(
            at
            for at in self._unheard.union(run)
            if (at in self._due and at in run) or (first_heard is not None and at >= first_heard)
        )

    def note_told(self, window: datetime) -> None:
        """Figures of this one are written; where others are not, it need not be again."""
        self._unheard.discard(window)

    def give_up(self, run: Sequence[datetime]) -> None:
        """A run cannot be made."""
        for windows in (self._late, self._due, self._past):
            windows.difference_update(run)

    def done(self, run: Sequence[datetime], told: Collection[datetime]) -> None:
        """A run was made, and figures of these windows are written."""
        self.give_up(run)
        self._unheard = self._unheard.union(run).difference(told)


def _between(since: datetime, until: datetime) -> set[datetime]:
    return {since + number * WINDOW for number in range((until - since) // WINDOW)}
