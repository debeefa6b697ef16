"""The units of values, as Grafana calls them, and of what unit the answer to a query is. Pure."""

from collections.abc import Mapping

from dashboards.metrics import Unit
from dashboards.query import Query

GRAFANA_UNITS: Mapping[Unit, str] = {
    "count": "locale",  # all digits, in groups of three: 25,160 access points are not 25.2 K
    "flag": "none",
    "ratio": "percentunit",
    "seconds": "s",
    "bits_per_second": "bps",
    "bytes": "bytes",
    "per_second": "cps",
    "dbm": "dBm",
    "celsius": "celsius",
    "degrees": "degree",
    "times": "suffix:×",
    "mhz": "suffix: MHz",
    "channel": "none",
    "generation": "none",
}
"""By the ids of Grafana's list of value formats; `suffix:` is its way of a unit of one's own."""


def unit_of(query: Query) -> Unit:
    """What is divided by something of the same unit is a ratio; what is divided by a count keeps its own, as a sum by
    how many made it."""
    if "count" in {query.along, query.across}:
        return "count"
    unit = query.metric.unit
    if query.divider is not None and query.divider.unit == unit:
        return "ratio"
    return unit
