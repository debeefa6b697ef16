"""Since when the collector hears everybody, and how it is itself: what silence is measured by. Asked by `eyes`."""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from collector.alerts.judging.snapshot import CollectorHealth
from collector.certificates.known import KnownCertificates

DEAF_AFTER_SECONDS = 15.0
"""What has waited for so long to be stored is not known yet: everybody would seem silent."""
AWAY_AFTER = timedelta(seconds=30)
"""Whoever has not looked for longer may have been stopped or suspended, or its clock was put on: what came meanwhile is
not known yet either. Half of the least that a report may be late before it is missed."""
DEFERRED_WITHIN = timedelta(minutes=5)


class Listening:
    """`connected_since` is of the subscription; `waits_seconds` is for how long the oldest that was received has waited
    to be stored; `pending` and `deferred` count frames: those that wait now, and all that were ever put off.
    `certificates` are those that are known."""

    def __init__(
        self,
        *,
        connected_since: Callable[[], datetime | None],
        waits_seconds: Callable[[], float],
        pending: Callable[[], int],
        deferred: Callable[[], int],
        problems: Callable[[], Sequence[str]],
        certificates: Callable[[], KnownCertificates | None],
        clock: Callable[[], datetime],
    ) -> None:
        self._connected_since = connected_since
        self._waits_seconds = waits_seconds
        self._pending = pending
        self._deferred = deferred
        self._problems = problems
        self._certificates = certificates
        self._clock = clock
        self._looked_at: datetime | None = None
        self._deaf_at: datetime | None = None
        self._counts: deque[tuple[datetime, int]] = deque()

    def since(self) -> datetime | None:
        """Since when everything that is sent is heard and known soon; None while it is not."""
        now = self._clock()
        is_deaf = self._waits_seconds() > DEAF_AFTER_SECONDS
        has_been_away = self._looked_at is not None and now - self._looked_at > AWAY_AFTER
        self._looked_at = now
        if is_deaf or has_been_away:
            self._deaf_at = now
        connected_since = None if is_deaf else self._connected_since()
        if connected_since is None or self._deaf_at is None:
            return connected_since
        return max(connected_since, self._deaf_at)

    def health(self) -> CollectorHealth:
        """How the collector is now."""
        now, deferred = self._clock(), self._deferred()
        self._counts.append((now, deferred))
        while now - self._counts[0][0] > DEFERRED_WITHIN:
            self._counts.popleft()
        return CollectorHealth(
            commit_delay_seconds=self._waits_seconds(),
            pending_frames=self._pending(),
            deferred_frames=deferred - self._counts[0][1],
            problems=tuple(self._problems()),
            certificates=self._certificates(),
        )
