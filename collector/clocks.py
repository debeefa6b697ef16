"""Places a frame's observations in time although its agent's clock may be wrong. Pure; used by the pipeline.

An access point without a clock battery wakes in 1970. A frame carries the agent's wall clock at reading and at
sending, and where both belong to one start of the machine its monotonic clock as well, which cannot be wrong about
how long ago the reading was. Only what is beyond doubt is corrected: a clock that is ahead of the collector's (no
message arrives before it is sent), or behind by more than a broker could have held the message. A clock that is a
little behind looks just like a message that was a little on the way, and is believed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.wire import Frame

TOLERATED_AHEAD = timedelta(seconds=60)
HELD_AT_MOST = timedelta(minutes=10)
"""Sessions are clean, so a broker holds a message only while the collector lags behind; agents' windows bound that."""
OLDEST = timedelta(days=8)
"""An agent's spool keeps frames for 7 days unless configured otherwise; older than this is a wrong clock."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What is added to the agent's instants. Zero where its clock is believed."""

    offset: timedelta

    @property
    def is_needed(self) -> bool:
        """Whether the clock was wrong."""
        return self.offset != timedelta(0)


class UnplaceableError(ValueError):
    """An instant that cannot be what it says, and that nothing in the frame helps to place."""


def correction_for(frame: Frame, received_at: datetime) -> Correction:
    """How far the agent's wall clock was off when it took the readings in this frame.

    Raises UnplaceableError for a reading from before the machine's last start whose clock was wrong then.
    """
    sent_offset = _certain_offset(frame.sent_at, received_at)
    if frame.sampled_at is None:
        return Correction(sent_offset)
    sent_at = frame.sent_at + sent_offset
    age = _age(frame)
    if age is not None:
        sampled_at = sent_at - age
        offset = sampled_at - frame.sampled_at
        return Correction(offset if abs(offset) > TOLERATED_AHEAD else timedelta(0))
    if not received_at - OLDEST <= frame.sampled_at <= received_at + TOLERATED_AHEAD:
        raise UnplaceableError(f"read at {frame.sampled_at:%Y-%m-%d %H:%M} by a clock that was wrong, before a restart")
    return Correction(timedelta(0))


def place(instant: datetime, correction: Correction, received_at: datetime) -> datetime:
    """The instant by the collector's clock. Raises UnplaceableError where it lies in the future or too far back."""
    try:
        placed = instant + correction.offset
    except OverflowError as error:
        raise UnplaceableError(f"{instant.isoformat()} cannot be placed") from error
    if placed > received_at + TOLERATED_AHEAD:
        raise UnplaceableError(f"{placed:%Y-%m-%d %H:%M} is in the future")
    if placed < received_at - OLDEST:
        raise UnplaceableError(f"{placed:%Y-%m-%d %H:%M} is more than {OLDEST.days} days ago")
    return placed


def _certain_offset(sent_at: datetime, received_at: datetime) -> timedelta:
    """How wrong the agent's clock certainly is at sending; zero while it may be right."""
    difference = received_at - sent_at
    is_possible = -TOLERATED_AHEAD <= difference <= HELD_AT_MOST
    return timedelta(0) if is_possible else difference


def _age(frame: Frame) -> timedelta | None:
    """How long before its sending the frame was read, by the clock that only goes forward."""
    if frame.sent_monotonic_seconds is None or frame.sampled_monotonic_seconds is None:
        return None
    seconds = frame.sent_monotonic_seconds - frame.sampled_monotonic_seconds
    return timedelta(seconds=seconds) if seconds >= 0 else None
