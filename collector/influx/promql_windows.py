"""Reading the windows of all access points from VictoriaMetrics.

The engine adds up radios and checks. How long an access point was heard it cannot tell: which of the intervals count
depends on what else the same report told. So these points themselves are asked for, a field and a window at a time:
a whole city's answer would be too large to hold.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime

from collector.condition import TELLS_OF_DEVICE
from collector.figures.windows import USAGE, Tally
from collector.influx.asking import Asker
from collector.influx.buckets import Windows, milliseconds_from, windows_of
from collector.influx.promql_series import all_series, just_before, points_of_series, quoted, range_fields
from collector.influx.uncounted_reports import UncountedReports
from collector.influx.window_figures import LATENCY, RADIO, THROUGHPUT, UNKNOWN, tell_of_checks, tell_of_radios

_PLACES = f'access_point!="",access_point!~{quoted(f"{UNKNOWN}.*")}'
_ALL_OF_IT = {"deny_partial_response": "1"}
"""A cluster of which a node is away would answer without it, and the window would stay too small."""
_FILTERS = {f"wifi_probe_{THROUGHPUT}": ',direction="download"'}
_FUNCTIONS = ("count", "sum")
"""The number first: a check that comes between the two questions would be a failed one else, and figures that were too
large once stay so."""
_Rows = Iterator[tuple[Mapping[str, str], datetime, float]]


class WindowReader:
    """Tells a tally of windows of one width, from the beginning of the first to the end of the last."""

    def __init__(self, asker: Asker, tally: Tally, since: datetime, until: datetime, width_seconds: int) -> None:
        self._asker = asker
        self._tally = tally
        since_ms, until_ms = milliseconds_from(since), milliseconds_from(until)
        self._windows = tuple(windows_of(since_ms, until_ms, width_seconds * 1000))

    def read(self) -> None:
        """Of every access point those in which it told anything. Raises StoreError."""
        for windows in self._windows:
            for window in _one_by_one(windows):
                self._tell_usage(window)
            self._tell_radios(windows)
            self._tell_checks(windows)

    def _tell_usage(self, window: Windows) -> None:
        """For how long each was heard in a window, and the means of what its reports told."""
        at = window.bucket_of(window.first_ms + window.width_ms)
        uncounted = UncountedReports(self._points("interval_seconds", window))
        for field in TELLS_OF_DEVICE:  # whether it is up before all others
            for access_point, points in self._points(field, window):
                if field in USAGE:
                    self._tally.put_mean(access_point, at, field, sum(points.values()) / len(points))
                told = {at_ms: field != "is_up" or bool(value) for at_ms, value in points.items()}
                self._tally.add_heard_seconds(access_point, at, uncounted.count(access_point, told))

    def _points(self, field: str, window: Windows) -> Iterator[tuple[str, dict[int, float]]]:
        """Of each access point its points of a field in a window, by millisecond."""
        query = f"wifi_report_{field}{{{_PLACES}}}[{window.width_ms}ms]"
        at = just_before(window.first_ms + window.width_ms)
        for series in all_series(
            self._asker, "/api/v1/query", {"query": query, "time": at, "nocache": "1"} | _ALL_OF_IT
        ):
            points = {round(at * 1000): float(value) for at, value in series["values"]}
            points.pop(window.first_ms - 1, None)  # for the engine tells both ends of the stretch
            if points:
                yield series["metric"]["access_point"], points

    def _tell_radios(self, windows: Windows) -> None:
        """What radios told in every window, those of a band together."""
        for field in RADIO:
            for function in _FUNCTIONS:
                for tags, at, value in self._rows(windows, function, f"wifi_radio_{field}", "band"):
                    tell_of_radios(self._tally, tags, at, {f"{field}_{function}": value})

    def _tell_checks(self, windows: Windows) -> None:
        """The same of checks, those of a kind together."""
        self._tell_how_checks_came_out(windows)
        for field in (LATENCY, THROUGHPUT):
            for function in _FUNCTIONS:
                for tags, at, value in self._rows(windows, function, f"wifi_probe_{field}", "kind"):
                    tell_of_checks(self._tally, tags, at, {f"{field}_{function}": value})

    def _tell_how_checks_came_out(self, windows: Windows) -> None:
        """Their number, and how many came out badly: of each access point those that are not known to be good."""
        names: dict[str, str] = {}  # each once, and not once for every kind
        counted: dict[tuple[str, datetime], dict[str, float]] = defaultdict(dict)
        for tags, at, checks in self._rows(windows, "count", "wifi_probe_is_ok", "kind"):
            access_point = names.setdefault(tags["access_point"], tags["access_point"])
            counted[tags["kind"], at][access_point] = checks
            tell_of_checks(self._tally, tags, at, {"checks": checks, "failed_checks": checks})
        for tags, at, good in self._rows(windows, "sum", "wifi_probe_is_ok", "kind"):
            checks = counted[tags["kind"], at].get(tags["access_point"], 0.0)
            tell_of_checks(self._tally, tags, at, {"failed_checks": -min(checks, good)})

    def _rows(self, windows: Windows, function: str, series: str, by: str) -> _Rows:
        """What a function makes of the points of every access point and window, those with the same tag together."""
        selector = f"{series}{{{_PLACES}{_FILTERS.get(series, '')}}}[{windows.width_ms}ms]"
        query = f"sum({function}_over_time({selector})) by (access_point, {by})"
        found = all_series(self._asker, "/api/v1/query_range", range_fields(query, windows) | _ALL_OF_IT)
        for labels, at_ms, value in points_of_series(found):
            yield labels, windows.bucket_of(at_ms + 1), value


def _one_by_one(windows: Windows) -> Iterator[Windows]:
    for number in range(windows.count):
        before_ms = number * windows.width_ms
        yield Windows(windows.first_ms + before_ms, windows.width_ms, 1, windows.bucket_ms + before_ms)
