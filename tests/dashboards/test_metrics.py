"""The list of metrics: what the collector writes into an engine, all of it and nothing else, and its page."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.wire import Report
from collector.figures.measurements import MEASUREMENTS
from collector.influx.lines import LineFormatter
from collector.stores import StoredReport
from dashboards.metrics import metric, metrics
from dashboards.query import Filter, Query
from dashboards.reference import reference

DOCUMENT = Path(__file__).parents[2] / "docs" / "metric-reference.md"
AT = datetime(2026, 7, 1, 3, 0, tzinfo=UTC)
DISTRIBUTION = {"bounds": [-70.0], "counts": [1, 2]}
RATES = {"rx_bits_per_second": 1e6, "tx_bits_per_second": 2e6}
EVERYTHING = {
    "access_point": "yeouido-017",
    "observed_at": AT,
    "interval_seconds": 60,
    "is_up": True,
    "clients": 3,
    "system": {
        "uptime_seconds": 9,
        "cpu_ratio": 0.1,
        "memory_used_ratio": 0.2,
        "load_1m": 0.3,
        "temperature_celsius": 40,
    },
    "radios": [
        {
            "name": "radio0",
            "is_up": True,
            "band": "5",
            "channel": 36,
            "width_mhz": 80,
            "standard": "802.11ax",
            "capability": "802.11ax",
            "tx_power_dbm": 20,
            "noise_dbm": -95,
            "busy_ratio": 0.4,
            "rx_ratio": 0.1,
            "tx_ratio": 0.2,
            "clients": 3,
            "retry_ratio": 0.1,
            "failure_ratio": 0.01,
            **RATES,
            "rx_phy_rate_bits_per_second": 3e8,
            "tx_phy_rate_bits_per_second": 4e8,
            "clients_by_standard": [{"standard": "802.11ax", "clients": 3}],
            "client_signal_dbm": DISTRIBUTION,
        }
    ],
    "ssids": [{"ssid": "SEOUL", "radio": "radio0", "clients": 3, **RATES}],
    "uplink": {
        "name": "eth0",
        "is_up": True,
        "speed_bits_per_second": 1e9,
        "max_speed_bits_per_second": 1e9,
        "is_full_duplex": True,
        **RATES,
        "rx_errors_per_second": 0,
        "tx_errors_per_second": 0,
        "rx_drops_per_second": 0,
        "tx_drops_per_second": 0,
    },
    "probes": [
        {
            "kind": "throughput",
            "target": "https://example.org",
            "server": "192.0.2.1",
            "is_ok": True,
            "latency_seconds": 0.01,
            "loss_ratio": 0,
            "direction": "download",
            "streams": 4,
            "transferred_bytes": 1000,
            "duration_seconds": 1,
            "throughput_bits_per_second": 8000,
        }
    ],
}


def test_metrics_of_reports_are_what_the_collector_writes_of_a_report_that_tells_everything() -> None:
    written: dict[str, set[str]] = {}
    tags: dict[str, set[str]] = {}
    report = Report.model_validate(EVERYTHING)
    for line in LineFormatter().format(StoredReport("yeouido-017", AT, False, report)).lines:
        series, fields, _ = line.split(" ")
        measurement, *pairs = series.split(",")
        written.setdefault(measurement, set()).update(pair.partition("=")[0] for pair in fields.split(","))
        tags.setdefault(measurement, set()).update(pair.partition("=")[0] for pair in pairs)
    own = {measurement.name for measurement in MEASUREMENTS}
    listed = [each for each in metrics().values() if each.measurement not in own]
    assert {name: {each.field for each in listed if each.measurement == name} for name in written} == written
    assert {each.measurement for each in listed} == set(written)
    assert {name: set(next(each.tags for each in listed if each.measurement == name)) for name in tags} == tags


def test_each_has_a_name_of_its_own_in_every_engine() -> None:
    names = [each.prometheus_name for each in metrics().values()]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)
    assert not [name for name in names if name.endswith("_total")], "counters are not kept: engines differ in rates"


def test_each_is_said_what_it_means() -> None:
    assert not [name for name, each in metrics().items() if each.text.lower().replace(" ", "_") == each.field]


def test_the_page_is_what_the_code_says() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == reference(), "docs/metric-reference.md is stale: run make dashboards"


def test_a_question_about_what_is_not_there_names_it() -> None:
    with pytest.raises(ValueError, match=r"wifi_radio\.speed is no metric"):
        Query("wifi_radio.speed")
    with pytest.raises(ValueError, match="no tag site"):
        Query("wifi_radio.busy_ratio", where=(Filter("site", "$site"),))
    with pytest.raises(ValueError, match="no field rows"):
        Query("wifi_radio.busy_ratio", divided_by="rows")


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("wifi_radio.noise_dbm", "dbm"),
        ("wifi_site_check.latency_seconds_sum", "seconds"),
        ("wifi_site_check.latency_seconds_count", "count"),
        ("wifi_interface.rx_errors_per_second", "per_second"),
        ("wifi_interface.rx_bits_per_second", "bits_per_second"),
        ("wifi_probe.is_ok", "flag"),
        ("wifi_verification.times_low", "times"),
    ],
)
def test_units_are_told_by_names(name: str, unit: str) -> None:
    assert metric(name).unit == unit
