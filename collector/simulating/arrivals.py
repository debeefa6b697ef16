"""When the lines of a recording came. They stand in the order in which they did; the clock never goes back. Pure."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from collector.simulating.recording import Line

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
DOUBTED_BEYOND = timedelta(minutes=10)
"""A clock that is further ahead than this is not taken for the time that it is, where the next agent disagrees."""


def arrivals(lines: Sequence[Line]) -> Iterator[tuple[datetime, Line]]:
    """Each line with when it came.

    Where nobody noted that, it is the newest instant that any line has told so far: what tells of an earlier one is
    late, and came when its neighbours did. So did what is far ahead of the line before and of the next of another
    agent: its clock is wrong.
    """
    followers = _next_of_others(lines)
    clock = min((line.said_at for line in (*lines[:1], *followers[:1]) if line is not None), default=LONG_AGO)
    for line, follower in zip(lines, followers, strict=True):
        if line.said_at > clock and not _is_doubted(line, follower, clock):
            clock = line.said_at
        yield clock, line


def _is_doubted(line: Line, follower: Line | None, clock: datetime) -> bool:
    if line.is_receipt or follower is None or line.said_at - clock <= DOUBTED_BEYOND:
        return False
    return line.said_at - follower.said_at > DOUBTED_BEYOND


def _next_of_others(lines: Sequence[Line]) -> list[Line | None]:
    """For each line the next one of another agent."""
    found: list[Line | None] = [None] * len(lines)
    following: Line | None = None
    for position in range(len(lines) - 2, -1, -1):
        if lines[position + 1].agent != lines[position].agent:
            following = lines[position + 1]
        found[position] = following
    return found
