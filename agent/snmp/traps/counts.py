"""What became of the datagrams that a trap receiver got: for metrics, and for a line in the log now and then."""

import logging
from dataclasses import dataclass, replace

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class TrapCounts:
    """Datagrams by what became of them, since the receiver was made."""

    received: int = 0
    noted: int = 0
    """Told as an event."""
    clients: int = 0
    """About people's devices: not told."""
    limited: int = 0
    """Not told, because their sender, or all of them together, said too much."""
    unauthorised: int = 0
    """Of a community or a user that is not ours, or with other keys."""
    malformed: int = 0
    """No SNMP, or SNMP that is no notification."""
    unopened: int = 0
    """Not looked at, because too many came."""


class RefusalLog:
    """Logs how many datagrams were refused, at most once in `seconds`, without a word of what was in them."""

    def __init__(self, counts: TrapCounts, *, seconds: float) -> None:
        self._counts = counts
        self._seconds = seconds
        self._told = replace(counts)
        self._told_at_seconds: float | None = None
        self._defect: str | None = None

    def note_defect(self, error: Exception) -> None:
        """Remember what nobody expected, by its type alone: its text may quote the datagram."""
        self._defect = type(error).__name__

    def tell(self, now_seconds: float) -> None:
        """Write the line, if there is something to tell and the last one is old enough."""
        if self._told_at_seconds is not None and now_seconds - self._told_at_seconds < self._seconds:
            return
        unauthorised = self._counts.unauthorised - self._told.unauthorised
        malformed = self._counts.malformed - self._told.malformed
        if not unauthorised and not malformed:
            return
        _logger.warning(
            "traps_refused unauthorised=%d malformed=%d defect=%s", unauthorised, malformed, self._defect or "none"
        )
        self._told, self._told_at_seconds, self._defect = replace(self._counts), now_seconds, None
