"""The reports of all access points in a window, each with the interval that it stands for, until it is counted. For the
reader of VictoriaMetrics."""

from array import array
from collections.abc import Iterable, Mapping


class UncountedReports:
    """Reports by access point and millisecond. In arrays: a dictionary for each access point is three times as much."""

    def __init__(self, intervals: Iterable[tuple[str, Mapping[int, float]]]) -> None:
        """`intervals` are seconds by the millisecond of the report, of one access point after another."""
        self._rows: dict[str, int] = {}
        self._begins = array("L", [0])
        self._at_ms = array("q")
        self._seconds = array("d")
        for row, (access_point, points) in enumerate(intervals):
            self._rows[access_point] = row
            self._at_ms.extend(points)
            self._seconds.extend(points.values())
            self._begins.append(len(self._at_ms))

    def count(self, access_point: str, told: Mapping[int, bool]) -> float:
        """For how long an access point was heard by the reports of these milliseconds, True where they say so. Each is
        counted once, and what says that it is not heard is counted as well."""
        row = self._rows.get(access_point)
        if row is None:
            return 0.0
        begin, end = self._begins[row], self._begins[row + 1]
        heard_seconds = 0.0
        for index in range(begin, end):
            seconds = self._seconds[index]
            is_heard = told.get(self._at_ms[index]) if seconds else None
            if is_heard is not None:
                self._seconds[index] = 0.0
                heard_seconds += seconds * is_heard
        return heard_seconds
