"""What both engines tell of the windows that figures of sites are made of."""

import time
import urllib.request
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from access_point_windows import AccessPointWindow, BandSums, CheckSums, EachByItself
from engines import VictoriaMetrics
from store_bench import WEIRD, Bench, influx_settings

from agent.wire import Interface, Probe, Radio, Report, System
from collector.influx.late_windows import VISIBLE_WITHIN
from collector.stores import StoredReport
from collector.stores.influx import InfluxStore, open_store

_days = count()


@pytest.fixture(params=["victoriametrics", "influxdb"])
async def windows_of(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """A store on an engine that others use, too: a question about all access points needs a day that is nobody's."""
    engine = request.getfixturevalue({"victoriametrics": "victoria_metrics", "influxdb": "influxdb"}[request.param])
    store = open_store(influx_settings(request.param, engine.url, tmp_path))
    yield Bench(store, datetime(2020, 1, 1, 12, tzinfo=UTC) + timedelta(days=next(_days)), engine.flush)
    await store.close()


def asked(bench: Bench, since: float = 0, until: float = 900) -> list[AccessPointWindow]:
    assert isinstance(bench.store, InfluxStore)
    tally = EachByItself()
    bench.store.site_windows(bench.at(since), bench.at(until), tally)
    return tally.windows()


def told(bench: Bench, access_point: str, seconds: float, **parts: Any) -> StoredReport:
    at = bench.at(seconds)
    return StoredReport(access_point, at, False, Report(observed_at=at, **parts))


def write_lines(engine: VictoriaMetrics, lines: bytes) -> None:
    """As somebody else does."""
    urllib.request.urlopen(f"{engine.url}/write?precision=ms", lines, timeout=30).close()


async def test_nothing_is_told_where_nothing_is_stored(windows_of: Bench) -> None:
    assert asked(windows_of) == []


async def test_a_window_has_its_beginning_and_not_its_end(windows_of: Bench) -> None:
    bench = windows_of
    instants = (-0.001, 0, 299.999, 300, 599.999, 600)
    await bench.write(*(told(bench, "a-1", at, interval_seconds=60, clients=4) for at in instants))
    windows = [(window.begins_at, window.reported_seconds) for window in asked(bench, until=600)]
    assert windows == [(bench.at(0), 120.0), (bench.at(300), 120.0)]


async def test_usage_is_the_mean_of_the_reports_that_tell_it(windows_of: Bench) -> None:
    bench = windows_of

    def report(access_point: str, seconds: float, clients: int | None, down: float) -> StoredReport:
        uplink = Interface(name="eth0", rx_bits_per_second=down, tx_bits_per_second=down / 2)
        return told(bench, access_point, seconds, interval_seconds=60, clients=clients, uplink=uplink)

    await bench.write(
        report("a-1", 0, 4, 1e6),
        report("a-1", 60, 8, 3e6),
        report("a-1", 120, None, 2e6),
        report("b-1", 60, 1, 8e6),
        report("a-1", 300, 2, 4e6),
    )
    assert asked(bench) == [
        AccessPointWindow("a-1", bench.at(0), 180.0, 6.0, 2e6, 1e6),
        AccessPointWindow("b-1", bench.at(0), 60.0, 1.0, 8e6, 4e6),
        AccessPointWindow("a-1", bench.at(300), 60.0, 2.0, 4e6, 2e6),
    ]


async def test_what_is_lost_and_what_only_checks_tell_of_is_not_heard(windows_of: Bench) -> None:
    bench = windows_of
    check = (Probe(kind="dns", is_ok=True),)
    await bench.write(
        told(bench, "a-1", 0, interval_seconds=60, is_up=True, clients=1),
        told(bench, "a-1", 60, interval_seconds=60, is_up=False),
        told(bench, "a-1", 120, interval_seconds=60, is_up=False, system=System(uptime_seconds=1)),
        told(bench, "a-1", 180, interval_seconds=60, system=System(cpu_ratio=0.5)),
        told(bench, "a-1", 181, interval_seconds=300, probes=check),
        told(bench, "a-1", 240, is_up=True),
        told(bench, "b-1", 0, interval_seconds=60, is_up=False),
        told(bench, "b-1", 300, interval_seconds=300, probes=check),
    )
    assert asked(bench) == [
        AccessPointWindow("a-1", bench.at(0), 120.0, 1.0, checks={"dns": CheckSums(1)}),
        AccessPointWindow("b-1", bench.at(300), checks={"dns": CheckSums(1)}),
    ]


async def test_radios_are_added_up_by_band(windows_of: Bench) -> None:
    bench = windows_of
    await bench.write(
        told(bench, "a-1", 0, radios=(Radio(name="r0", band="5", busy_ratio=0.5, retry_ratio=0.25),)),
        told(
            bench,
            "a-1",
            60,
            radios=(
                Radio(name="r0", band="5", busy_ratio=0.25),
                Radio(name="r1", band="5", busy_ratio=0.75),
                Radio(name="r2", band="2.4", retry_ratio=0.5),
                Radio(name="r3", busy_ratio=1.0),
                Radio(name="r4", band="6", clients=1),
            ),
        ),
        told(bench, "a-1", 300, radios=(Radio(name="r0", band="5", busy_ratio=0.125),)),
    )
    assert [(window.begins_at, window.bands) for window in asked(bench)] == [
        (bench.at(0), {"2.4": BandSums(0, 0, 0.5, 1), "5": BandSums(1.5, 3, 0.25, 1)}),
        (bench.at(300), {"5": BandSums(0.125, 1)}),
    ]


async def test_checks_are_counted_by_kind_when_they_were_made(windows_of: Bench) -> None:
    bench = windows_of

    def probe(kind: str, made: float, is_ok: bool | None = None, **parts: Any) -> Probe:
        return Probe(kind=kind, is_ok=is_ok, observed_at=bench.at(made), **parts)

    await bench.write(
        told(
            bench,
            "a-1",
            310,
            probes=(
                probe("dns", 1, True, server="r0", latency_seconds=0.25),
                probe("dns", 1, True, server="r1", latency_seconds=0.5),
                probe("dns", 300, False, server="r0"),
                probe("portal", 2),
                probe("throughput", 3, True, direction="download", throughput_bits_per_second=1e8),
                probe("throughput", 4, True, direction="upload", throughput_bits_per_second=1e7),
            ),
        ),
        told(bench, "a-1", 299, probes=(probe("dns", 299, False, server="r0", latency_seconds=1.25),)),
    )
    assert [(window.begins_at, window.checks) for window in asked(bench)] == [
        (
            bench.at(0),
            {
                "dns": CheckSums(3, 1, 2.0, 3),
                "throughput": CheckSums(2, throughput_bits_per_second_sum=1e8, throughput_bits_per_second_count=1),
            },
        ),
        (bench.at(300), {"dns": CheckSums(1, 1)}),
    ]


async def test_devices_without_a_place_are_left_out_and_kinds_have_any_name(windows_of: Bench) -> None:
    bench = windows_of
    await bench.write(
        *(told(bench, name, 0, interval_seconds=60, clients=1) for name in WEIRD),
        told(bench, "unknown-1", 0, probes=tuple(Probe(kind=name, is_ok=True) for name in WEIRD)),
    )
    (window,) = asked(bench)
    assert (window.access_point, window.checks) == ("unknown-1", {name: CheckSums(1) for name in WEIRD})


async def test_points_of_others_by_the_same_names_are_left_out(
    victoria_metrics: VictoriaMetrics, tmp_path: Path
) -> None:
    start = datetime(2020, 1, 1, 12, tzinfo=UTC) + timedelta(days=next(_days))
    store = open_store(influx_settings("victoriametrics", victoria_metrics.url, tmp_path))
    bench = Bench(store, start, victoria_metrics.flush)
    at = int(start.timestamp() * 1000)
    lines = f"wifi_report clients=1,interval_seconds=60 {at}\nwifi_radio,band=5 busy_ratio=1 {at}".encode()
    write_lines(victoria_metrics, lines)
    await bench.write(told(bench, "a-1", 0, interval_seconds=60, clients=4))
    assert asked(bench) == [AccessPointWindow("a-1", start, 60.0, 4.0)]
    await store.close()


async def test_several_hours_are_told_window_by_window(windows_of: Bench) -> None:
    bench = windows_of
    minutes = range(3 * 60)
    await bench.write(*(told(bench, "a-1", 60.0 * minute, interval_seconds=60, clients=minute) for minute in minutes))
    windows = asked(bench, until=3 * 3600)
    assert [(window.begins_at, window.reported_seconds, window.clients) for window in windows] == [
        (bench.at(300.0 * number), 300.0, 5 * number + 2) for number in range(36)
    ]


async def test_windows_that_get_something_late_are_noted_when_it_is_written(
    victoria_metrics: VictoriaMetrics, tmp_path: Path
) -> None:
    start = datetime(2020, 1, 1, 12, tzinfo=UTC) + timedelta(days=next(_days))
    now = start + timedelta(minutes=12)
    settings = influx_settings("victoriametrics", victoria_metrics.url, tmp_path)
    store = InfluxStore(settings, now=lambda: now, monotonic=time.monotonic)
    bench = Bench(store, start, victoria_metrics.flush)
    prepared = [store.prepare(bench.frame(told(bench, "a-1", 250, clients=1), told(bench, "a-1", 650, clients=1)))]
    now += timedelta(minutes=10)
    await store.write(prepared)
    now += VISIBLE_WITHIN
    assert sorted(store.late_windows.take()) == [start, start + timedelta(minutes=10)]
    await store.close()
