"""Places a frame's observations in time although its agent's clock may be wrong. Pure; used by the pipeline.

An access point without a clock battery wakes in 1970. A frame carries the agent's wall clock at reading and at
sending, and where both belong to one start of the machine its monotonic clock as well, which cannot be wrong about
how long ago the reading was. Only what is beyond doubt is corrected: a clock that is ahead of the collector's (no
message arrives before it is sent), or behind by more than a broker could have held the message. A clock that is a
little behind looks just like a message that was a little on the way, and is believed.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from agent.wire import Frame

TOLERATED_AHEAD = timedelta(seconds=60)
HELD_AT_MOST = timedelta(minutes=10)
"""Sessions are clean, so a broker holds a message only while the collector lags behind; agents' windows bound that."""
OLDEST = timedelta(days=8)
"""An agent's spool keeps frames for 7 days at most; older than this is a wrong clock."""
_BEYOND_DOUBT = TOLERATED_AHEAD / 2
"""A clock that is no more off than this, at reading and at sending, will not be corrected another time either."""
_ZERO = timedelta(0)


class Correction(NamedTuple):
    """What is added to the agent's instants, zero where its clock is believed, and between which they must lie then.

    `is_suspect` says that the clock was so far off, in either direction and whether or not it is believed, that the
    frame might be judged otherwise should it arrive again, when the clock has been set.
    """

    offset: timedelta
    earliest: datetime
    latest: datetime
    is_suspect: bool

    @property
    def is_needed(self) -> bool:
        """Whether the clock was wrong."""
        return self.offset != _ZERO


class UnplaceableError(ValueError):
    """An instant that cannot be what it says, and that nothing in the frame helps to place."""


def correction_for(frame: Frame, received_at: datetime) -> Correction:
    """How far the agent's wall clock was off when it took the readings in this frame.

    Raises UnplaceableError for a reading from before the machine's last start whose clock was wrong then.
    """
    difference = received_at - frame.sent_at
    is_suspect = abs(difference) > _BEYOND_DOUBT
    offset = _ZERO if -TOLERATED_AHEAD <= difference <= HELD_AT_MOST else difference
    if frame.sampled_at is not None:
        age = _age(frame)
        if age is not None:
            error = frame.sent_at + offset - age - frame.sampled_at
            offset = error if abs(error) > TOLERATED_AHEAD else _ZERO
            is_suspect = is_suspect or abs(error) > _BEYOND_DOUBT
        elif received_at - OLDEST <= frame.sampled_at <= received_at + TOLERATED_AHEAD:
            offset = _ZERO
            is_suspect = frame.is_resent  # sent before the restart, it told how wrong the clock was
        else:
            raise UnplaceableError(
                f"read at {frame.sampled_at:%Y-%m-%d %H:%M} by a clock that was wrong, before a restart"
            )
    return correction_by(offset, received_at, is_suspect=is_suspect)


def correction_by(offset: timedelta, received_at: datetime, *, is_suspect: bool = True) -> Correction:
    """The correction of a frame received then by an offset that is known."""
    received_at = received_at.astimezone(UTC)
    return Correction(offset, received_at - OLDEST, received_at + TOLERATED_AHEAD, is_suspect)


def place(instant: datetime, correction: Correction) -> datetime:
    """The instant by the collector's clock, in UTC. Raises UnplaceableError where it lies in the future or too far
    back."""
    try:
        placed = instant.astimezone(UTC)
        if correction.offset:
            placed += correction.offset
    except OverflowError as error:
        raise UnplaceableError(f"{instant.isoformat()} cannot be placed") from error
    if placed > correction.latest:
        raise UnplaceableError(f"{placed:%Y-%m-%d %H:%M} is in the future")
    if placed < correction.earliest:
        raise UnplaceableError(f"{placed:%Y-%m-%d %H:%M} is more than {OLDEST.days} days ago")
    return placed


def gathered_at(frame: Frame, received_at: datetime) -> datetime:
    """When a frame was gathered, at the latest, by the collector's clock: of two live ones of an agent the later is the
    newer, even where the agent's clock was set between them. Without an age the agent's clock is taken at its word."""
    age = _age(frame)
    if age is not None:
        return received_at - age
    return received_at if frame.sampled_at is None else min(received_at, frame.sampled_at)


def _age(frame: Frame) -> timedelta | None:
    """How long before its sending the frame was read, by the clock that only goes forward."""
    if frame.sent_monotonic_seconds is None or frame.sampled_monotonic_seconds is None:
        return None
    seconds = frame.sent_monotonic_seconds - frame.sampled_monotonic_seconds
    return timedelta(seconds=seconds) if seconds >= 0 else None
