"""Reading the windows of all access points from InfluxDB: the engine adds up."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from collector.condition import TELLS_OF_DEVICE
from collector.figures.windows import USAGE, Tally
from collector.influx.buckets import milliseconds_from
from collector.influx.influxql_series import Database, between, every, select
from collector.influx.window_figures import LATENCY, RADIO, THROUGHPUT, UNKNOWN, tell_of_checks, tell_of_radios

_SECONDS = {"reported_seconds": "sum(interval_seconds)"}
_MEANS = {name: f"mean({name})" for name in USAGE}
_TELLS_OF_DEVICE = "(" + " OR ".join(f"{name} >= 0" for name in TELLS_OF_DEVICE) + ")"
_IS_LOST = "is_up = 0"
_IS_DOWNLOAD = "direction = 'download'"
_Rows = Iterator[tuple[Mapping[str, str], datetime, dict[str, float]]]


class WindowReader:
    """Tells a tally of windows of one width, between two instants at which some begin."""

    def __init__(self, database: Database, tally: Tally, since: datetime, until: datetime, width_seconds: int) -> None:
        self._database = database
        self._tally = tally
        self._where = f"access_point !~ /^{UNKNOWN}/ AND {between(milliseconds_from(since), milliseconds_from(until))}"
        self._groups = (every(width_seconds * 1000), "access_point")

    def read(self) -> None:
        """Of every access point those in which it told anything. Raises StoreError."""
        tally = self._tally
        for tags, at, values in self._rows(_SECONDS, "wifi_report", _TELLS_OF_DEVICE):
            tally.add_heard_seconds(tags["access_point"], at, values["reported_seconds"])
        for tags, at, values in self._rows(_SECONDS, "wifi_report", _IS_LOST):
            tally.take_lost_seconds(tags["access_point"], at, values["reported_seconds"])
        for tags, at, values in self._rows(_MEANS, "wifi_report"):
            for field, mean in values.items():
                tally.put_mean(tags["access_point"], at, field, mean)
        for tags, at, values in self._rows(_sums(*RADIO), "wifi_radio", by="band"):
            tell_of_radios(tally, tags, at, values)
        for tags, at, values in self._rows(_sums("is_ok", LATENCY), "wifi_probe", by="kind"):
            checks, good = values.pop("is_ok_count", 0.0), values.pop("is_ok_sum", 0.0)
            counted = {"checks": checks, "failed_checks": max(0.0, checks - good)}
            tell_of_checks(tally, tags, at, counted | values)
        for tags, at, values in self._rows(_sums(THROUGHPUT), "wifi_probe", _IS_DOWNLOAD, by="kind"):
            tell_of_checks(tally, tags, at, values)

    def _rows(self, named: Mapping[str, str], source: str, condition: str = "", *, by: str = "") -> _Rows:
        """What is known of each access point in each window, its points of one tag together where one is named."""
        where = f"{self._where} AND {condition}" if condition else self._where
        groups = (*self._groups, by) if by else self._groups
        for tags, at, values in self._database.rows(select(named, source, where, *groups), named):
            known = {name: value for name, value in values.items() if value is not None}
            if known:
                yield _as_told(tags), at, known


def _sums(*fields: str) -> dict[str, str]:
    return {f"{field}_{function}": f"{function}({field})" for field in fields for function in ("sum", "count")}


def _as_told(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags with each backslash once."""
    return {key: value.replace("\\\\", "\\") for key, value in tags.items()}
