"""Reading the windows of all access points from InfluxDB: the engine adds up."""

from collections.abc import Callable, Mapping
from datetime import datetime

from collector.condition import TELLS_OF_DEVICE
from collector.figures.windows import AccessPointWindow
from collector.influx.buckets import milliseconds_from
from collector.influx.influxql_series import Database, between, every, select
from collector.influx.window_figures import CHECK, MEASURED, RADIO, UNKNOWN, USAGE, Figures, GatheredWindows

_MEANS = {name: f"mean({name})" for name in USAGE}
_SECONDS = {"reported_seconds": "sum(interval_seconds)"}
_TELLS_OF_DEVICE = "(" + " OR ".join(f"{name} >= 0" for name in TELLS_OF_DEVICE) + ")"
_IS_LOST = "is_up = 0"
_FiguresOf = Callable[[Mapping[str, str], datetime], Figures]


def site_windows(database: Database, since: datetime, until: datetime, width_seconds: int) -> list[AccessPointWindow]:
    """Of every access point the windows in which it told anything. Raises StoreError."""
    gathered = GatheredWindows()
    where = f"access_point !~ /^{UNKNOWN}/ AND {between(milliseconds_from(since), milliseconds_from(until))}"
    groups = (every(width_seconds * 1000), "access_point")

    def put(named: Mapping[str, str], source: str, condition: str, figures_of: _FiguresOf, *by: str) -> None:
        for tags, at, values in database.rows(select(named, source, condition, *groups, *by), named):
            known = {name: value for name, value in values.items() if value is not None}
            if known:
                figures_of(_as_told(tags), at).update(known)

    def lost(tags: Mapping[str, str], at: datetime) -> Figures:
        return of_lost.setdefault((tags["access_point"], at), {})

    of_lost: dict[tuple[str, datetime], Figures] = {}
    put(_SECONDS, "wifi_report", f"{where} AND {_TELLS_OF_DEVICE}", gathered.usage)
    put(_SECONDS, "wifi_report", f"{where} AND {_IS_LOST}", lost)
    for (access_point, at), figures in of_lost.items():
        usage = gathered.usage({"access_point": access_point}, at)
        heard_seconds = usage.get("reported_seconds", 0.0)  # none where they came between the two questions
        usage["reported_seconds"] = max(0.0, heard_seconds - figures["reported_seconds"])
    put(_MEANS, "wifi_report", where, gathered.usage)
    put(_sums(*RADIO), "wifi_radio", where, gathered.band, "band")
    put(_sums(*CHECK), "wifi_probe", where, gathered.check, "kind")
    put(_sums(*MEASURED), "wifi_probe", f"{where} AND direction = 'download'", gathered.check, "kind")
    return gathered.together()


def _sums(*fields: str) -> dict[str, str]:
    return {f"{field}_{function}": f"{function}({field})" for field in fields for function in ("sum", "count")}


def _as_told(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags with each backslash once."""
    return {key: value.replace("\\\\", "\\") for key, value in tags.items()}
