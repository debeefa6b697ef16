"""Time-series stores, one file per engine; the file's name is its `kind` in the configuration.

A store only writes points and reads them back. What a frame is, who sent it and who must hear of it is the
pipeline's business.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from agent.wire import Event, Report
from collector.condition import Condition
from collector.evidence import Evidence


class FrameKey(NamedTuple):
    """What tells one frame from every other."""

    agent: str
    boot_id: str
    sequence: int


class StoredReport(NamedTuple):
    """A report on its way into the store: whose it is, and when it was observed by the collector's clock."""

    access_point: str
    observed_at: datetime
    is_clock_corrected: bool
    report: Report


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event on its way into the state database."""

    agent: str
    occurred_at: datetime
    event: Event


class StoredFrame(NamedTuple):
    """A frame with everything of it that is to be stored."""

    key: FrameKey
    received_at: datetime
    reports: tuple[StoredReport, ...]
    events: tuple[StoredEvent, ...]


@dataclass(frozen=True, slots=True)
class Unstorable:
    """What of a frame the engine refuses for good, and why: the report at a position, or all of it where that is
    None."""

    key: FrameKey
    position: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class TrafficPoint:
    """Mean traffic in one bucket of time beginning at `at`, as clients see it. A bucket that nobody reported in is
    not there at all; within one, what nobody counted is None."""

    at: datetime
    download_bits_per_second: float | None
    upload_bits_per_second: float | None
    clients: float | None


@dataclass(frozen=True, slots=True)
class HourlyUsage:
    """What one access point carried in one hour that begins at `at`.

    `reports` says on how many reports the rest stands; an hour without one is not there at all, and what none of them
    told is None. `busy_ratio` is the hour's mean of the radio for which it is the highest.
    """

    at: datetime
    reports: int
    download_bits_per_second: float | None
    upload_bits_per_second: float | None
    peak_download_bits_per_second: float | None
    peak_upload_bits_per_second: float | None
    clients: float | None
    peak_clients: float | None
    busy_ratio: float | None


@dataclass(frozen=True, slots=True)
class ActiveThroughput:
    """What measurements of the download moved in one hour that begins at `at`: the mean of the `checks` that went well.
    An hour without one is not there at all."""

    at: datetime
    checks: int
    download_bits_per_second: float


class StoreError(Exception):
    """The engine did not take a write or answer a question. `is_permanent` says that trying again cannot help;
    `retry_after_seconds` is when the engine asks to be tried again, where it does."""

    def __init__(self, message: str, *, is_permanent: bool, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.is_permanent = is_permanent
        self.retry_after_seconds = retry_after_seconds


class StoreLostError(Exception):
    """The engine has given up; only opening it anew helps, and finding out afresh what it holds. Ends the process."""


class Store(Protocol):
    """A time-series engine. Writing is the pipeline's and awaited; reading may block, and is called in threads."""

    @property
    def settle_seconds(self) -> float:
        """For so long after a write has returned the engine may still lose it by dying. 0 where a write that has
        returned is on disk."""
        ...

    @property
    def problems(self) -> Sequence[str]:
        """What is wrong with the engine although it takes what is written; empty while nothing is known to be."""
        ...

    def prepare(self, frame: StoredFrame) -> Any:
        """A frame in the store's own form, which is what `write` takes. Made as soon as a frame has come, and the
        reports themselves are let go: a batch of those would fill every cache of the machine, and its memory."""
        ...

    async def write(self, frames: Sequence[Any]) -> Sequence[Unstorable]:
        """Write the reports of these prepared frames; all of it is written on return but what is named.

        Raises StoreError where it must be written again, which may repeat points and never doubles them, and
        StoreLostError. An engine that knows which frames it holds (`stored_frames`) takes all of them or none.
        """
        ...

    async def incarnation(self) -> str | None:
        """Which run of the engine answers now: another one has lost what had not settled. None where none answers."""
        ...

    async def maintain(self, now: datetime) -> None:
        """What an engine wants done now and then, such as forgetting what is older than it is kept."""
        ...

    def stored_frames(self, since: datetime) -> Mapping[tuple[str, str], Sequence[tuple[int, int]]]:
        """Which frames received since then are stored: (agent, boot id) to ranges of sequence numbers, in order.

        Empty for an engine that does not know, and for which a point is the same point however often it is written.
        """
        ...

    def traffic(
        self, access_points: Sequence[str], since: datetime, until: datetime, bucket_seconds: int
    ) -> list[TrafficPoint]:
        """The traffic and clients of a set of access points together, oldest first.

        Each access point counts with its mean over the bucket; the buckets start at whole multiples of
        `bucket_seconds` since 1970. `since` is included, `until` is not.
        """
        ...

    def traffic_by_access_point(
        self, access_points: Sequence[str], since: datetime, until: datetime, bucket_seconds: int
    ) -> dict[str, list[TrafficPoint]]:
        """The same for each access point by itself. One without a point is not in the answer."""
        ...

    def hourly_usage(
        self, access_points: Sequence[str], since: datetime, until: datetime
    ) -> dict[str, list[HourlyUsage]]:
        """What each access point carried, hour by hour, oldest first: the hours that begin from `since` on and before
        `until`. One without a report is not in the answer."""
        ...

    def hourly_throughput(
        self, access_points: Sequence[str], since: datetime, until: datetime
    ) -> dict[str, list[ActiveThroughput]]:
        """What active measurements at each access point came to, hour by hour, oldest first: the hours that begin from
        `since` on and before `until`. One without a measurement is not in the answer."""
        ...

    def evidence(self, access_points: Sequence[str], since: datetime, until: datetime) -> dict[str, Evidence]:
        """What each access point is judged by, over the hours that begin from `since` on and before `until`. One
        without a report or a probe is not in the answer."""
        ...

    def condition(self, access_point: str, since: datetime, until: datetime, bucket_seconds: int) -> Condition:
        """How one access point was, in buckets as `traffic` has them, and which reports it was heard by. `since` is
        included, `until` is not."""
        ...

    def is_healthy(self) -> bool:
        """Whether the engine answers."""
        ...

    async def close(self) -> None:
        """Finish what is under way and let go of files and connections."""
        ...
