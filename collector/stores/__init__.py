"""Time-series stores, one file per engine; the file's name is its `kind` in the configuration.

A store only writes points and reads them back. What a frame is, who sent it and who must hear of it is the
pipeline's business.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from agent.wire import Event, Report


@dataclass(frozen=True, slots=True)
class FrameKey:
    """What tells one frame from every other."""

    agent: str
    boot_id: str
    sequence: int


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A report on its way into the store: whose it is, and when it was observed by the collector's clock."""

    access_point: str
    observed_at: datetime
    is_clock_corrected: bool
    report: Report


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event on its way into the store."""

    agent: str
    occurred_at: datetime
    event: Event


@dataclass(frozen=True, slots=True)
class StoredFrame:
    """A frame with everything of it that is to be stored, in one piece or not at all."""

    key: FrameKey
    received_at: datetime
    reports: tuple[StoredReport, ...]
    events: tuple[StoredEvent, ...]


@dataclass(frozen=True, slots=True)
class TrafficPoint:
    """Mean traffic in one bucket of time beginning at `at`, as clients see it. A bucket that nobody reported in is
    not there at all; within one, what nobody counted is None."""

    at: datetime
    download_bits_per_second: float | None
    upload_bits_per_second: float | None
    clients: float | None


class StoreError(Exception):
    """The engine did not take a write or answer a question. `is_permanent` says that trying again cannot help."""

    def __init__(self, message: str, *, is_permanent: bool) -> None:
        super().__init__(message)
        self.is_permanent = is_permanent


class StoreLostError(Exception):
    """The engine has given up; only opening it anew helps, and finding out afresh what it holds. Ends the process."""


class Store(Protocol):
    """A time-series engine. All methods may block: the pipeline and the pages call them in threads."""

    def write(self, frames: Sequence[StoredFrame]) -> None:
        """Store all or nothing; on return it is on disk. Raises StoreError or StoreLostError."""
        ...

    def stored_frames(self, since: datetime) -> Mapping[tuple[str, str], Sequence[tuple[int, int]]]:
        """Which frames received since then are stored: (agent, boot id) to ranges of sequence numbers, in order."""
        ...

    def traffic(
        self, access_points: Sequence[str], since: datetime, until: datetime, bucket_seconds: int
    ) -> list[TrafficPoint]:
        """The traffic and clients of a set of access points together, oldest first.

        Each access point counts with its mean over the bucket; the buckets start at whole multiples of
        `bucket_seconds` since 1970.
        """
        ...

    def traffic_by_access_point(
        self, access_points: Sequence[str], since: datetime, until: datetime, bucket_seconds: int
    ) -> dict[str, list[TrafficPoint]]:
        """The same for each access point by itself. One without a point is not in the answer."""
        ...

    def is_healthy(self) -> bool:
        """Whether the engine answers."""
        ...

    def close(self) -> None:
        """Flush and let go of the files."""
        ...
