"""Stretches of time cut into buckets, in whole milliseconds. Pure; for the readers of both languages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
HOUR_SECONDS = 3600
_MAX_WINDOWS = 10_000
"""To one question: VictoriaMetrics answers with at most 30,000 points of a series."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of one width, one after the other, each with its beginning and without its end.

    `bucket_ms` is where the bucket begins that the first one lies in. Only a window that is alone may be a part of its
    bucket.
    """

    first_ms: int
    width_ms: int
    count: int
    bucket_ms: int

    def bucket_of(self, end_ms: int) -> datetime:
        """Where the bucket begins whose window ends here."""
        windows = (end_ms - self.first_ms) // self.width_ms - 1
        return instant(self.bucket_ms + windows * self.width_ms)


def milliseconds_from(at: datetime) -> int:
    """The first whole millisecond that is not before an instant: what begins or ends there holds the same points."""
    return -((_EPOCH - at) // _MILLISECOND)


def instant(milliseconds: int) -> datetime:
    """The instant so many milliseconds after 1970."""
    return _EPOCH + milliseconds * _MILLISECOND


def windows_of(since_ms: int, until_ms: int, width_ms: int) -> Iterator[Windows]:
    """The windows between two instants. Buckets begin at multiples of the width; those at the ends may be cut."""
    start = since_ms
    if since_ms % width_ms:
        start = min(until_ms, since_ms - since_ms % width_ms + width_ms)
        if start > since_ms:
            yield Windows(since_ms, start - since_ms, 1, since_ms - since_ms % width_ms)
    while until_ms - start >= width_ms:
        count = min((until_ms - start) // width_ms, _MAX_WINDOWS)
        yield Windows(start, width_ms, count, start)
        start += count * width_ms
    if start < until_ms:
        yield Windows(start, until_ms - start, 1, start)


def hours_between(since_ms: int, until_ms: int) -> tuple[int, int]:
    """The hours that begin from one instant on and before another: where the first begins, where the last ends."""
    hour_ms = HOUR_SECONDS * 1000
    first = -(-since_ms // hour_ms) * hour_ms
    return first, max(first, -(-until_ms // hour_ms) * hour_ms)
