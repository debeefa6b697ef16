"""The store at any InfluxDB v2 write API: VictoriaMetrics, alone or as a cluster, or InfluxDB.

Such an engine knows points, not frames: a point that is written again is the same point, and what may have been lost
is written again. Events and the notes of frames are not for it.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from collector.condition import Condition
from collector.evidence import Evidence
from collector.figures.figure import Figure
from collector.figures.windows import Tally
from collector.influx.answers import quote
from collector.influx.asking import Asker
from collector.influx.figure_lines import figure_batches
from collector.influx.influxql import InfluxQLReader
from collector.influx.late_windows import LateWindows
from collector.influx.lines import LineFormatter, ReportLines
from collector.influx.promql import PromQLReader
from collector.influx.series_budget import SeriesBudget
from collector.influx.settings import InfluxSettings
from collector.influx.watching import Watch
from collector.influx.writing import Writer
from collector.intake import UNKNOWN_PREFIX
from collector.stores import (
    ActiveThroughput,
    FrameKey,
    HourlyUsage,
    StoredFrame,
    StoredReport,
    TrafficPoint,
    Unstorable,
)

_UNWATCHED = "unwatched"
_FIGURES_AT_ONCE = 500
"""Lines are made in the event loop: of so many, it takes a few milliseconds."""
_logger = logging.getLogger(__name__)


class _Reader(Protocol):
    """What asks an engine in its own language: the reading half of a Store."""

    def traffic(
        self, access_points: Sequence[str], since: datetime, until: datetime, bucket_seconds: int
    ) -> list[TrafficPoint]: ...

    def traffic_by_access_point(
        self, access_points: Sequence[str], since: datetime, until: datetime, bucket_seconds: int
    ) -> dict[str, list[TrafficPoint]]: ...

    def hourly_usage(
        self, access_points: Sequence[str], since: datetime, until: datetime
    ) -> dict[str, list[HourlyUsage]]: ...

    def hourly_throughput(
        self, access_points: Sequence[str], since: datetime, until: datetime
    ) -> dict[str, list[ActiveThroughput]]: ...

    def evidence(self, access_points: Sequence[str], since: datetime, until: datetime) -> dict[str, Evidence]: ...

    def condition(self, access_point: str, since: datetime, until: datetime, bucket_seconds: int) -> Condition: ...

    def site_windows(self, since: datetime, until: datetime, tally: Tally) -> None: ...

    def is_healthy(self) -> bool: ...


class FrameLines(NamedTuple):
    """A frame as lines: a text for each report, the position of that report and how many lines it is; what there is no
    room for; and the numbers of the windows that it tells of."""

    key: FrameKey
    texts: Sequence[tuple[int, str, int]]
    refused: Sequence[Unstorable]
    windows: Sequence[int]


class InfluxStore:
    """The store. It writes in the loop that it is awaited in; it is asked in threads."""

    def __init__(
        self, settings: InfluxSettings, *, now: Callable[[], datetime], monotonic: Callable[[], float]
    ) -> None:
        self._settings = settings
        self._monotonic = monotonic
        self._formatter = LineFormatter()
        self._budget = SeriesBudget()
        self.late_windows = LateWindows(now)
        self._writer = Writer(settings, now)
        self._watch = Watch(settings.watched, monotonic)
        self._asker = Asker(settings, now)
        self._reader: _Reader = (
            PromQLReader(self._asker)
            if settings.engine == "victoriametrics"
            else InfluxQLReader(self._asker, settings.bucket)
        )

    @property
    def settle_seconds(self) -> float:
        """For so long after a write has returned the engine may still lose it by dying."""
        return self._settings.settles_within_seconds

    @property
    def problems(self) -> list[str]:
        """What the engine has dropped lately although it took it, as far as `incarnation` was asked."""
        return self._watch.problems

    async def check(self) -> None:
        """Raises StoreError, permanent, where the engine is there and does not let us write; for the start."""
        await self._writer.check()

    def prepare(self, frame: StoredFrame) -> FrameLines:
        """Its lines, as far as the budget of series has room for them."""
        texts: list[tuple[int, str, int]] = []
        refused: list[Unstorable] = []
        now = self._monotonic()
        for position, report in enumerate(frame.reports):
            text, lines, detail = self._lines(frame.key.agent, report, now)
            if lines:
                texts.append((position, text, lines))
            if detail is not None:
                refused.append(Unstorable(frame.key, position, detail))
        return FrameLines(frame.key, texts, refused, self.late_windows.windows_of(frame))

    async def write(self, frames: Sequence[FrameLines]) -> Sequence[Unstorable]:
        """Write the frames; all of it is written on return but what is named, once for each report. Raises
        StoreError."""
        owners: list[list[tuple[FrameKey, int]]] = []
        refused = {(each.key, each.position): each for frame in frames for each in frame.refused}
        for line in await self._writer.write(self._batches(frames, owners)):
            key, position = owners[line.batch][line.position]
            refused.setdefault((key, position), Unstorable(key, position, line.detail))
        self.late_windows.note(frame.windows for frame in frames)
        return list(refused.values())

    async def write_figures(self, figures: Iterable[Figure]) -> None:
        """Write the collector's own figures. A line that the engine refuses is told in the log and not tried again.
        Raises StoreError, upon which all of them may be written again: a point is the same point.

        They are taken one by one while others are on their way, so getting one must not block.
        """
        batches: list[list[str]] = []

        def remembered() -> Iterator[list[str]]:
            for batch in figure_batches(figures, min(_FIGURES_AT_ONCE, self._settings.batch_lines)):
                batches.append(batch)
                yield batch

        refused = await self._writer.write(remembered())
        if refused:
            first = refused[0]
            line = quote(batches[first.batch][first.position].encode(), None)
            _logger.error("figures_refused lines=%d first=%r error=%r", len(refused), line, first.detail)

    async def incarnation(self) -> str | None:
        """Which run of the engine answers now; always the same where nothing is watched, as nothing can be lost."""
        return await self._watch.incarnation() if self._settings.watched else _UNWATCHED

    async def maintain(self, now: datetime) -> None:
        """Nothing: the engine forgets by a retention of its own."""

    def stored_frames(self, since: datetime) -> Mapping[tuple[str, str], Sequence[tuple[int, int]]]:  # noqa: ARG002  # the protocol's
        """Nothing: the engine knows points only."""
        return {}

    def traffic(
        self, access_points: Sequence[str], since: datetime, until: datetime, bucket_seconds: int
    ) -> list[TrafficPoint]:
        """Traffic of the access points together."""
        return self._reader.traffic(access_points, since, until, bucket_seconds)

    def traffic_by_access_point(
        self, access_points: Sequence[str], since: datetime, until: datetime, bucket_seconds: int
    ) -> dict[str, list[TrafficPoint]]:
        """Traffic of each access point."""
        return self._reader.traffic_by_access_point(access_points, since, until, bucket_seconds)

    def hourly_usage(
        self, access_points: Sequence[str], since: datetime, until: datetime
    ) -> dict[str, list[HourlyUsage]]:
        """What each access point carried, hour by hour."""
        return self._reader.hourly_usage(access_points, since, until)

    def hourly_throughput(
        self, access_points: Sequence[str], since: datetime, until: datetime
    ) -> dict[str, list[ActiveThroughput]]:
        """What active measurements at each access point came to, hour by hour."""
        return self._reader.hourly_throughput(access_points, since, until)

    def evidence(self, access_points: Sequence[str], since: datetime, until: datetime) -> dict[str, Evidence]:
        """What each access point is judged by."""
        return self._reader.evidence(access_points, since, until)

    def condition(self, access_point: str, since: datetime, until: datetime, bucket_seconds: int) -> Condition:
        """How one access point was."""
        return self._reader.condition(access_point, since, until, bucket_seconds)

    def site_windows(self, since: datetime, until: datetime, tally: Tally) -> None:
        """Tell a tally what every access point with a place told in each window of `WINDOW_SECONDS` between two
        instants at which windows begin."""
        self._reader.site_windows(since, until, tally)

    def is_healthy(self) -> bool:
        """Whether the engine answers questions."""
        return self._reader.is_healthy()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._writer.close()
        await self._watch.close()
        self._asker.close()

    def _batches(self, frames: Iterable[FrameLines], owners: list[list[tuple[FrameKey, int]]]) -> Iterator[list[str]]:
        """The texts of the frames, so many lines at a time, each batch made when asked for; and whose they are."""
        texts: list[str] = []
        theirs: list[tuple[FrameKey, int]] = []
        in_batch = 0
        for frame in frames:
            for position, text, lines in frame.texts:
                if texts and in_batch + lines > self._settings.batch_lines:
                    owners.append(theirs)
                    yield texts
                    texts, theirs, in_batch = [], [], 0
                texts.append(text)
                theirs.append((frame.key, position))
                in_batch += lines
        if texts:
            owners.append(theirs)
            yield texts

    def _lines(self, agent: str, report: StoredReport, now: float) -> tuple[str, int, str | None]:
        """The lines of a report that the budget has room for, their number, and why it has no room for the rest, if
        there is a rest."""
        access_point = report.access_point
        is_unknown = access_point.startswith(UNKNOWN_PREFIX)
        if is_unknown and not self._budget.has_room_for_device(agent, access_point, now):
            return "", 0, f"{agent} speaks of more unknown devices than are kept"
        formatted = self._formatter.format(report)
        refused = self._budget.refused(access_point, formatted.series, now)
        if not refused:
            return formatted.text, len(formatted.positions), None
        detail = f"{len(refused)} series beyond those kept of one access point, such as {min(refused)}"
        admitted = _admitted(formatted, refused)
        return "\n".join(admitted), len(admitted), detail


def _admitted(formatted: ReportLines, refused: frozenset[str]) -> list[str]:
    return [
        line
        for line, position in zip(formatted.lines, formatted.positions, strict=True)
        if formatted.series[position] not in refused
    ]


def open_store(settings: InfluxSettings) -> InfluxStore:
    """The store of a configuration. Connects to nothing yet."""
    return InfluxStore(settings, now=lambda: datetime.now(UTC), monotonic=time.monotonic)
