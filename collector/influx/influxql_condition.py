"""Reading the condition of one access point from InfluxDB: a question for each of its measurements, in buckets, and one
for the reports themselves."""

from collections.abc import Mapping
from datetime import datetime

from collector.condition import Condition
from collector.influx.asking import alternatives
from collector.influx.buckets import milliseconds_from
from collector.influx.condition_figures import (
    HEARD,
    RADIO_MEANS,
    UPLINK_MEANS,
    USAGE_MEANS,
    Figures,
    GatheredCondition,
)
from collector.influx.influxql_series import Database, every, of_places, select, spellings

_USAGE = {"reports": "count(reports)", **{name: f"mean({name})" for name in USAGE_MEANS}}
_RADIO = {name: f"mean({name})" for name in RADIO_MEANS}
_UPLINK = {
    "speed_bits_per_second": "min(speed_bits_per_second)",
    **{name: f"mean({name})" for name in UPLINK_MEANS},
}
_CHECKS = {"good_checks": "sum(is_ok)", "known_checks": "count(is_ok)", "latency_seconds": "mean(latency_seconds)"}
_HEARD = {name: name for name in HEARD}


def condition(
    database: Database, access_point: str, since: datetime, until: datetime, bucket_seconds: int
) -> Condition:
    """Of the span, its beginning included and its end not. Raises StoreError."""
    bucket = every(bucket_seconds * 1000)
    gathered = GatheredCondition()
    for names in alternatives(spellings([access_point])):
        where = of_places(names, milliseconds_from(since), milliseconds_from(until))
        for _, at, told in database.rows(select(_USAGE, "wifi_report", where, bucket), _USAGE):
            gathered.usage[at].update(_known(told))
        for _, at, told in database.rows(select(_HEARD, "wifi_report", where), _HEARD):
            gathered.heard[at].update(_known(told))
        radios = select(_RADIO, "wifi_radio", where, bucket, "radio", "band")
        for tags, at, told in database.rows(radios, _RADIO):
            gathered.of_radio(_as_told(tags), at).update(_known(told))
        uplinks = select(_UPLINK, "wifi_interface", f"{where} AND role = 'uplink'", bucket, "interface")
        for tags, at, told in database.rows(uplinks, _UPLINK):
            gathered.of_uplink(_as_told(tags), at).update(_known(told))
        checks = select(_CHECKS, "wifi_probe", where, bucket, "kind", "target", "server", "direction")
        for tags, at, told in database.rows(checks, _CHECKS):
            gathered.of_checks(_as_told(tags), at).update(_known(told))
    return gathered.together()


def _known(values: Mapping[str, float | None]) -> Figures:
    return {name: value for name, value in values.items() if value is not None}


def _as_told(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags with each backslash once."""
    return {key: value.replace("\\\\", "\\") for key, value in tags.items()}
