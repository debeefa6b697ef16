"""What the readers of both languages fill: values by access point, bucket and name, and what they come to. Pure."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from collector.stores import ActiveThroughput, HourlyUsage, TrafficPoint

T = TypeVar("T")
Buckets = Mapping[datetime, Mapping[str, float]]
Values = dict[str, dict[datetime, dict[str, float]]]
"""Of each access point, in each of its buckets, the values by name; what is not known is not there."""


def put(values: Values, access_point: str, at: datetime, named: Mapping[str, float | None]) -> None:
    """Add what is known of a bucket."""
    known = {name: value for name, value in named.items() if value is not None}
    if known:
        values.setdefault(access_point, {}).setdefault(at, {}).update(known)


def traffic_points(buckets: Buckets) -> list[TrafficPoint]:
    """The buckets that have a report, oldest first."""
    return [
        TrafficPoint(
            at,
            values.get("download_bits_per_second"),
            values.get("upload_bits_per_second"),
            values.get("clients"),
        )
        for at, values in sorted(buckets.items())
        if "reports" in values
    ]


def hours(buckets: Buckets) -> list[HourlyUsage]:
    """The hours that have a report, oldest first."""
    return [
        HourlyUsage(
            at,
            round(values["reports"]),
            values.get("download_bits_per_second"),
            values.get("upload_bits_per_second"),
            values.get("peak_download_bits_per_second"),
            values.get("peak_upload_bits_per_second"),
            values.get("clients"),
            values.get("peak_clients"),
            values.get("busy_ratio"),
        )
        for at, values in sorted(buckets.items())
        if "reports" in values
    ]


def throughputs(buckets: Buckets) -> list[ActiveThroughput]:
    """The hours with a measurement, oldest first: of `throughput` there is the sum, of `checks` the number."""
    return [
        ActiveThroughput(at, round(values["checks"]), values["throughput"] / values["checks"])
        for at, values in sorted(buckets.items())
    ]


def by_access_point(
    values: Values, names: Mapping[str, str], come_to: Callable[[Buckets], list[T]]
) -> dict[str, list[T]]:
    """What the values of each access point come to, under its name instead of the engine's spelling of it. Those
    without a report are left out."""
    return {names[spelling]: found for spelling, buckets in values.items() if (found := come_to(buckets))}
