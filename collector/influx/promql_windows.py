"""Reading the windows of all access points from VictoriaMetrics.

The engine adds up radios and checks. How long an access point was heard it cannot tell: which of the intervals count
depends on what else the same report told. So these points themselves are asked for, a field and a window at a time:
a whole city's answer would be too large to hold.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from collector.condition import TELLS_OF_DEVICE
from collector.figures.windows import AccessPointWindow
from collector.influx.asking import Asker
from collector.influx.buckets import Windows, milliseconds_from, windows_of
from collector.influx.promql_series import all_series, just_before, points_of_series, quoted, range_fields
from collector.influx.window_figures import CHECK, MEASURED, RADIO, UNKNOWN, USAGE, Figures, GatheredWindows

_PLACES = f'access_point!="",access_point!~{quoted(f"{UNKNOWN}.*")}'
_ALL_OF_IT = {"deny_partial_response": "1"}
"""A cluster of which a node is away would answer without it, and the window would stay too small."""
_FiguresOf = Callable[[Mapping[str, str], datetime], Figures]


class WindowReader:
    """Asks about windows of one width, from the beginning of the first to the end of the last."""

    def __init__(self, asker: Asker, since: datetime, until: datetime, width_seconds: int) -> None:
        self._asker = asker
        since_ms, until_ms = milliseconds_from(since), milliseconds_from(until)
        self._windows = tuple(windows_of(since_ms, until_ms, width_seconds * 1000))

    def windows(self) -> list[AccessPointWindow]:
        """Of every access point those in which it told anything. Raises StoreError."""
        gathered = GatheredWindows()
        for windows in self._windows:
            for window in _one_by_one(windows):
                self._put_usage(gathered, window)
            self._put_sums(windows, "wifi_radio", RADIO, "band", gathered.band)
            self._put_sums(windows, "wifi_probe", CHECK, "kind", gathered.check)
            self._put_sums(windows, "wifi_probe", MEASURED, "kind", gathered.check, filters=',direction="download"')
        return gathered.together()

    def _put_usage(self, gathered: GatheredWindows, window: Windows) -> None:
        """For how long each was heard in a window, and the means of what its reports told."""
        at = window.bucket_of(window.first_ms + window.width_ms)
        uncounted = {labels["access_point"]: points for labels, points in self._points("interval_seconds", window)}
        for field in TELLS_OF_DEVICE:  # whether it is up before all others
            for labels, points in self._points(field, window):
                usage = gathered.usage(labels, at)
                if field in USAGE:
                    usage[field] = sum(points.values()) / len(points)
                intervals = uncounted.get(labels["access_point"], {})
                heard_seconds = usage.get("reported_seconds", 0.0)
                for at_ms, value in points.items():
                    seconds = intervals.pop(at_ms, 0.0)  # each counts once
                    if field != "is_up" or value:
                        heard_seconds += seconds
                usage["reported_seconds"] = heard_seconds

    def _points(self, field: str, window: Windows) -> Iterator[tuple[Mapping[str, str], dict[int, float]]]:
        """Of each access point its labels and its points of a field in a window, by millisecond."""
        query = f"wifi_report_{field}{{{_PLACES}}}[{window.width_ms}ms]"
        at = just_before(window.first_ms + window.width_ms)
        for series in all_series(
            self._asker, "/api/v1/query", {"query": query, "time": at, "nocache": "1"} | _ALL_OF_IT
        ):
            points = {round(at * 1000): float(value) for at, value in series["values"]}
            points.pop(window.first_ms - 1, None)  # for the engine tells both ends of the stretch
            if points:
                yield series["metric"], points

    def _put_sums(
        self,
        windows: Windows,
        measurement: str,
        fields: Sequence[str],
        by: str,
        figures_of: _FiguresOf,
        *,
        filters: str = "",
    ) -> None:
        """Put the number and the sum of each field's points into every window, those of an access point together that
        have the same tag. The number first: a check that comes between the two questions would be a failed one else,
        and figures that were too large once stay so."""
        for field in fields:
            series = f"{measurement}_{field}{{{_PLACES}{filters}}}[{windows.width_ms}ms]"
            for function in ("count", "sum"):
                query = f"sum({function}_over_time({series})) by (access_point, {by})"
                found = all_series(self._asker, "/api/v1/query_range", range_fields(query, windows) | _ALL_OF_IT)
                for labels, at_ms, value in points_of_series(found):
                    figures_of(labels, windows.bucket_of(at_ms + 1))[f"{field}_{function}"] = value


def _one_by_one(windows: Windows) -> Iterator[Windows]:
    for number in range(windows.count):
        before_ms = number * windows.width_ms
        yield Windows(windows.first_ms + before_ms, windows.width_ms, 1, windows.bucket_ms + before_ms)
