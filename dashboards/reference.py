"""The reference of all metrics as Markdown: `python -m dashboards.reference > docs/metric-reference.md`."""

from collections.abc import Iterator
from itertools import groupby

from collector.figures.measurements import MEASUREMENTS
from dashboards.metrics import Metric, metrics

_HEADER = """# Metrics

Everything that boards and rules may ask an engine for. Made by `make dashboards` from the wire's models and the
collector's own measurements; changes belong there.

VictoriaMetrics and Prometheus know a metric as `{measurement}_{field}`, InfluxDB as field and measurement apart. All
values are floats: a flag is 1 or 0. What is not known is not there, which is not zero. How points come into the engine
is told in [stores.md](stores.md), what the boards make of them in [grafana.md](grafana.md).
"""
_UNITS = {
    "count": "",
    "flag": "1 or 0",
    "ratio": "0 to 1",
    "seconds": "s",
    "bits_per_second": "bit/s",
    "bytes": "bytes",
    "per_second": "1/s",
    "dbm": "dBm",
    "celsius": "°C",
    "degrees": "°, WGS 84",
    "times": "times",
    "mhz": "MHz",
    "channel": "number",
    "generation": "number",
}
_OF_REPORTS = {
    "wifi_report": "An access point, with every report.",
    "wifi_radio": "Each of its radios.",
    "wifi_ssid": "Each network name on each radio.",
    "wifi_interface": "Each wired interface.",
    "wifi_probe": "Each check, at the time at which it was made.",
    "wifi_client_distribution": "How the clients of a radio spread. A range without a client has no point.",
    "wifi_client_standard": "The clients of a radio by standard. A standard without a client has no point.",
}


def reference() -> str:
    """The page."""
    return "\n".join((_HEADER, *_sections())) + "\n"


def _sections() -> Iterator[str]:
    yield "## Of reports\n"
    own = {measurement.name: measurement for measurement in MEASUREMENTS}
    is_told = False
    for name, fields in groupby(metrics().values(), key=lambda metric: metric.measurement):
        if name in own and not is_told:
            is_told = True
            yield "## Of the collector\n"
        about = f"{own[name].text}; every {own[name].every_seconds} s." if name in own else _OF_REPORTS[name]
        yield from _section(name, about, list(fields))


def _section(name: str, about: str, fields: list[Metric]) -> Iterator[str]:
    yield f"### {name}\n"
    yield f"{about}\n"
    yield from (f"- tag `{tag}`: {text}" for tag, text in fields[0].tags.items())
    if fields[0].tags:
        yield ""
    yield "| field | unit | meaning |"
    yield "|---|---|---|"
    for field in fields:
        yield f"| `{field.field}` | {_UNITS[field.unit]} | {field.text} |"
    yield ""


if __name__ == "__main__":
    print(reference(), end="")  # which is what it is for
