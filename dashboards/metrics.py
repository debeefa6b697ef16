"""Every metric that a board may name, with its unit, tags and meaning: those of reports, from the wire's models, and
those that the collector writes of its own. Pure.

An engine keeps a measurement with fields; a metric is one field. What is text on the wire is a tag, or is not in the
engine at all.
"""

import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from agent.wire import Interface, Probe, Radio, Report, Ssid, System
from collector.figures.measurements import MEASUREMENTS

REPORT_SECONDS = 60
"""How often an access point commonly reports. A panel looks at twice that at least, so that one is always in it."""
CHECK_SECONDS = 300
"""How often an agent checks unless it is told otherwise (`agent.probes`)."""
_PLACE = {"access_point": "Id of the access point"}

Unit = Literal[
    "count",
    "flag",
    "ratio",
    "seconds",
    "bits_per_second",
    "bytes",
    "per_second",
    "dbm",
    "celsius",
    "degrees",
    "times",
    "mhz",
    "channel",
    "generation",
]
_UNITS: tuple[tuple[str, Unit], ...] = (
    ("bits_per_second", "bits_per_second"),
    ("_per_second", "per_second"),
    ("_seconds", "seconds"),
    ("_bytes", "bytes"),
    ("_ratio", "ratio"),
    ("_dbm", "dbm"),
    ("_celsius", "celsius"),
    ("_mhz", "mhz"),
    ("_generation", "generation"),
)
_UNITS_BY_NAME: Mapping[str, Unit] = {
    "channel": "channel",
    "latitude": "degrees",
    "longitude": "degrees",
    "times": "times",
    "times_low": "times",
    "times_high": "times",
    "promised_times": "times",
    "is_ok": "flag",
}


@dataclass(frozen=True, slots=True)
class Metric:
    """One field of a measurement. `tags` are what its series are told apart by, each with its meaning."""

    measurement: str
    field: str
    unit: Unit
    text: str
    tags: Mapping[str, str]
    every_seconds: int

    @property
    def name(self) -> str:
        """As boards name it."""
        return f"{self.measurement}.{self.field}"

    @property
    def prometheus_name(self) -> str:
        """As VictoriaMetrics and Prometheus name it."""
        return f"{self.measurement}_{self.field}"


@cache
def metrics() -> Mapping[str, Metric]:
    """All of them by name, those of one measurement together."""
    return types.MappingProxyType({metric.name: metric for metric in (*_of_reports(), *_of_the_collector())})


def metric(name: str) -> Metric:
    """By the name that boards use, such as `wifi_radio.busy_ratio`. Raises KeyError for one that is not there."""
    return metrics()[name]


def _of_reports() -> Iterable[Metric]:
    report = ("interval_seconds", "is_up", "clients")
    yield from _derived("wifi_report", {}, _REPORTED)
    yield from _of_model(Report, "wifi_report", {}, only=report)
    yield from _of_model(System, "wifi_report", {})
    radio = {"band": "2.4, 5 or 6", "radio": "Name of the radio"}
    yield from _of_model(Radio, "wifi_radio", radio)
    yield from _derived("wifi_radio", radio, _GENERATIONS)
    yield from _of_model(Ssid, "wifi_ssid", {"radio": "Name of the radio", "ssid": "Name of the network"})
    interface = {"interface": "Name of the interface", "role": "uplink or other"}
    yield from _of_model(Interface, "wifi_interface", interface)
    check = {
        "kind": "Kind of the check",
        "target": "What was checked",
        "server": "Who was asked about it",
        "direction": "download or upload",
    }
    yield from _of_model(Probe, "wifi_probe", check, every_seconds=CHECK_SECONDS)
    spread = {
        "radio": "Name of the radio",
        "quantity": "What is spread: client_signal_dbm or a PHY rate",
        "upper_bound": "End of the range, +Inf for the last",
    }
    yield from _derived("wifi_client_distribution", spread, {"clients": "Clients in the range"})
    standard = {"radio": "Name of the radio", "standard": "Such as 802.11ax"}
    yield from _derived("wifi_client_standard", standard, {"clients": "Clients that use the standard"})


_REPORTED = {
    "reports": "Always 1: its sum over a span is how many reports there are",
    "is_clock_corrected": "1 where the time is not the agent's own",
    "download_bits_per_second": "What clients downloaded: of the uplink where it is counted, else of the radios",
    "upload_bits_per_second": "What clients uploaded, likewise",
}
_GENERATIONS = {
    "standard_generation": "Of the standard in use: 802.11b 1, a 2, g 3, n 4, ac 5, ax 6, be 7",
    "capability_generation": "Of the newest standard that the hardware can, likewise",
}
"""What `collector.influx` writes beside the wire's own fields; a test holds this list to it."""


def _of_model(
    model: type[BaseModel],
    measurement: str,
    tags: Mapping[str, str],
    *,
    only: Iterable[str] | None = None,
    every_seconds: int = REPORT_SECONDS,
) -> Iterable[Metric]:
    wanted = None if only is None else set(only)
    for name, info in model.model_fields.items():
        kind = _number_kind(info.annotation)
        if kind is not None and (wanted is None or name in wanted):
            text = info.description or _words(name)
            unit = "flag" if kind is bool else _unit(name)
            yield Metric(measurement, name, unit, text, _PLACE | dict(tags), every_seconds)


def _derived(measurement: str, tags: Mapping[str, str], fields: Mapping[str, str]) -> Iterable[Metric]:
    for name, text in fields.items():
        yield Metric(measurement, name, _unit(name), text, _PLACE | dict(tags), REPORT_SECONDS)


def _of_the_collector() -> Iterable[Metric]:
    for measurement in MEASUREMENTS:
        for name, text in measurement.fields.items():
            yield Metric(measurement.name, name, _unit(name), text, measurement.tags, measurement.every_seconds)


def _number_kind(annotation: object) -> type | None:
    """int, float or bool where a field is a number or a flag; None where it is something else."""
    if get_origin(annotation) is Annotated:
        return _number_kind(get_args(annotation)[0])
    if get_origin(annotation) in {Union, types.UnionType}:
        return next((kind for part in get_args(annotation) if (kind := _number_kind(part)) is not None), None)
    return annotation if annotation in {int, float, bool} and isinstance(annotation, type) else None


def _unit(name: str) -> Unit:
    if name in _UNITS_BY_NAME:
        return _UNITS_BY_NAME[name]
    if name.startswith("is_"):
        return "flag"
    stem = name.removesuffix("_sum")
    if name.endswith("_count"):
        return "count"
    return next((unit for ending, unit in _UNITS if stem.endswith(ending)), "count")


def _words(name: str) -> str:
    """A field without a description is called what it is."""
    return name.replace("_", " ").capitalize()
