"""What every store keeps to, whichever engine it stands on. Run against DuckDB, VictoriaMetrics and InfluxDB."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from store_bench import HOUR, WEIRD, Bench, influx_settings
from writing import write

from agent.wire import Interface, Probe, Radio, Report, Ssid
from collector.stores import (
    FrameKey,
    HourlyUsage,
    StoredFrame,
    StoredReport,
    StoreError,
    TrafficPoint,
)
from collector.stores import influx as influx_store


async def test_traffic_is_the_sum_over_access_points_of_their_means(bench: Bench) -> None:
    await bench.write(
        bench.report("a-1", 0, down=100.0, clients=4),
        bench.report("a-1", 300, down=300.0, clients=6),
        bench.report("a-2", 10, down=1000.0),
        bench.report("a-2", 700),
        bench.report("a-3", 20, down=5.0),
    )
    until = bench.start + HOUR
    assert bench.store.traffic(["a-1", "a-2"], bench.start, until, 600) == [
        TrafficPoint(bench.start, 1200.0, 120.0, 5.0),
        TrafficPoint(bench.at(600), None, None, None),
    ]
    assert bench.store.traffic_by_access_point(["a-1", "a-3", "a-9"], bench.start, until, 600) == {
        "a-1": [TrafficPoint(bench.start, 200.0, 20.0, 5.0)],
        "a-3": [TrafficPoint(bench.start, 5.0, 0.5, None)],
    }


async def test_nothing_is_answered_where_nothing_is_stored(bench: Bench) -> None:
    await bench.write(bench.report("a-1", 0, down=1.0))
    until = bench.start + HOUR
    assert bench.store.traffic([], bench.start, until, 600) == []
    assert bench.store.traffic(["a-9"], bench.start, until, 600) == []
    assert bench.store.traffic(["a-1"], bench.at(1), until, 600) == []
    assert bench.store.traffic(["a-1"], until, bench.start, 600) == []
    assert bench.store.traffic_by_access_point([], bench.start, until, 600) == {}
    assert bench.store.traffic_by_access_point(["a-9"], bench.start, until, 600) == {}
    assert bench.store.hourly_usage([], bench.start, until) == {}
    assert bench.store.hourly_usage(["a-9"], bench.start, until) == {}
    assert bench.store.hourly_usage(["a-1"], bench.at(1), until) == {}


async def test_the_beginning_is_included_and_the_end_is_not(bench: Bench) -> None:
    await bench.write(
        *(bench.report("a-1", seconds, down=down) for seconds, down in [(0, 1.0), (599.999, 3.0), (600, 10.0)]),
        *(bench.report("a-1", seconds, down=down) for seconds, down in [(1200, 100.0), (1500, 300.0)]),
    )

    def downloads(since: float, until: float) -> list[tuple[datetime, float | None]]:
        points = bench.store.traffic_by_access_point(["a-1"], bench.at(since), bench.at(until), 600).get("a-1", [])
        together = bench.store.traffic(["a-1"], bench.at(since), bench.at(until), 600)
        assert together == points
        return [(point.at, point.download_bits_per_second) for point in points]

    first, second, third = bench.at(0), bench.at(600), bench.at(1200)
    assert downloads(0, 1800) == [(first, 2.0), (second, 10.0), (third, 200.0)]
    assert downloads(0, 600) == [(first, 2.0)]
    assert downloads(0, 600.001) == [(first, 2.0), (second, 10.0)]
    assert downloads(0.001, 1500) == [(first, 3.0), (second, 10.0), (third, 100.0)]
    assert downloads(0.000001, 600.000001) == [(first, 3.0), (second, 10.0)]
    assert downloads(100, 500) == []
    assert downloads(1200, 1500.001) == [(third, 200.0)]


async def test_writing_a_frame_again_changes_nothing_where_frames_are_not_known(bench: Bench) -> None:
    reports = [bench.report("a-1", 60.0 * minute, down=float(minute), clients=minute) for minute in range(60)]
    for sequence in (1, 2):
        await bench.write(*reports, sequence=sequence)
        if bench.store.stored_frames(bench.start):
            break  # this one counts frames: the ledger asks it, and no frame comes to it twice
    [usage] = bench.store.hourly_usage(["a-1"], bench.start, bench.start + HOUR)["a-1"]
    assert usage == HourlyUsage(bench.start, 60, 29.5, pytest.approx(2.95), 59.0, 5.9, 29.5, 59.0, None)


async def test_an_hour_of_an_access_point_is_summed_up(bench: Bench) -> None:
    def busy(access_point: str, seconds: float, **ratios: float) -> StoredReport:
        radios = tuple(Radio(name=name, band="5", busy_ratio=ratio, clients=2) for name, ratio in ratios.items())
        return StoredReport(
            access_point, bench.at(seconds), False, Report(observed_at=bench.at(seconds), radios=radios)
        )

    await bench.write(
        bench.report("a-1", -1, down=1e9, clients=100),
        busy("a-1", 0, r0=0.1, r1=0.5),
        busy("a-1", 1800, r0=0.3),
        bench.report("a-1", 3599, down=1000.0, clients=7),
        bench.report("a-1", 3600, down=8.0),
        bench.report("a-1", 7200),
        bench.report("a-2", 100),
    )
    usage = bench.store.hourly_usage(["a-1", "a-2", "a-9"], bench.start, bench.at(7200))
    assert usage == {
        "a-1": [
            HourlyUsage(bench.start, 3, 1000.0, 100.0, 1000.0, 100.0, pytest.approx(13 / 3), 7.0, 0.5),
            HourlyUsage(bench.at(3600), 1, 8.0, 0.8, 8.0, 0.8, None, None, None),
        ],
        "a-2": [HourlyUsage(bench.start, 1, None, None, None, None, None, None, None)],
    }
    later = bench.store.hourly_usage(["a-1"], bench.at(1), bench.at(3601))["a-1"]
    assert [hour.at for hour in later] == [bench.at(3600)]


async def test_a_radio_on_another_band_is_another_radio(bench: Bench) -> None:
    reports = [
        StoredReport("a-1", at, False, Report(observed_at=at, radios=(Radio(name="r0", band=band, busy_ratio=busy),)))
        for at, band, busy in [
            (bench.at(0), "5", 0.2),
            (bench.at(60), "5", 0.2),
            (bench.at(120), "6", 0.8),
        ]
    ]
    await bench.write(*reports)
    [usage] = bench.store.hourly_usage(["a-1"], bench.start, bench.start + HOUR)["a-1"]
    assert usage.busy_ratio == pytest.approx(0.8)


async def test_names_may_hold_anything(bench: Bench) -> None:
    """Each as an access point, a radio, a network and a probe's target, with every other beside it."""
    reports = []
    for number, name in enumerate(WEIRD):
        at = bench.at(number)
        report = Report(
            observed_at=at,
            clients=number,
            radios=tuple(Radio(name=word, busy_ratio=0.5) for word in WEIRD),
            ssids=tuple(Ssid(ssid=word[13:45], radio=word, clients=1) for word in WEIRD),
            interfaces=tuple(Interface(name=word, is_up=True) for word in WEIRD),
            probes=tuple(Probe(kind="dns", target=word, server=word, latency_seconds=0.1) for word in WEIRD),
        )
        reports.append(StoredReport(name, at, False, report))
    await bench.write(*reports)
    answer = bench.store.traffic_by_access_point(WEIRD, bench.start, bench.start + HOUR, 3600)
    assert answer == {name: [TrafficPoint(bench.start, None, None, float(n))] for n, name in enumerate(WEIRD)}
    for number, name in enumerate(WEIRD):
        alone = bench.store.traffic([name], bench.start, bench.start + HOUR, 3600)
        assert alone == [TrafficPoint(bench.start, None, None, float(number))]
        assert [usage.busy_ratio for usage in bench.store.hourly_usage([name], bench.start, bench.at(1))[name]] == [0.5]


async def test_three_thousand_access_points_are_written_and_asked_for_at_once(bench: Bench) -> None:
    names = [f"yeouido-hangang-{number:05d}" for number in range(3000)]
    await bench.write(*(bench.report(name, n / 10, down=float(n), clients=1) for n, name in enumerate(names)))
    until = bench.start + HOUR
    each = bench.store.traffic_by_access_point(names, bench.start, until, 3600)
    assert each == {name: [TrafficPoint(bench.start, n, pytest.approx(n / 10), 1.0)] for n, name in enumerate(names)}
    [together] = bench.store.traffic(names, bench.start, until, 3600)
    assert together.download_bits_per_second == pytest.approx(sum(range(3000)))
    assert together.clients == 3000.0
    assert len(bench.store.hourly_usage(names, bench.start, until)) == 3000


async def test_buckets_of_any_width_begin_at_whole_multiples(bench: Bench) -> None:
    await bench.write(*(bench.report("a-1", 60.0 * minute, down=float(minute)) for minute in range(120)))
    for width in (60, 420, 3600, 86_400):
        until = bench.at(7200)
        expected: dict[float, list[float]] = {}
        for minute in range(120):
            begins = bench.at(60.0 * minute).timestamp() // width * width
            expected.setdefault(begins, []).append(float(minute))
        points = bench.store.traffic(["a-1"], bench.start, until, width)
        assert [(point.at.timestamp(), point.download_bits_per_second) for point in points] == [
            (begins, pytest.approx(sum(values) / len(values))) for begins, values in expected.items()
        ]


async def test_an_engine_that_answers_is_healthy_and_says_who_it_is(bench: Bench) -> None:
    assert bench.store.is_healthy()
    assert bench.store.settle_seconds >= 0
    async with asyncio.timeout(30):
        while (first := await bench.store.incarnation()) is None:
            await asyncio.sleep(0.05)
    assert await bench.store.incarnation() == first
    assert list(bench.store.problems) == []


@pytest.mark.parametrize("engine", ["victoriametrics", "influxdb"])
async def test_an_engine_that_is_away_may_come_back(engine: str, tmp_path: Path) -> None:
    settings = influx_settings(engine, "http://127.0.0.1:9", tmp_path)  # nobody listens there
    store = influx_store.open_store(settings)
    at = datetime(2026, 5, 2, 12, tzinfo=UTC)
    frame = StoredFrame(
        FrameKey("gw-a", "00c0ffee", 1), at, (StoredReport("a", at, False, Report(observed_at=at)),), ()
    )
    assert not store.is_healthy()
    with pytest.raises(StoreError) as writing:
        await write(store, [frame])
    questions: list[Callable[[], object]] = [
        lambda: store.traffic(["a"], at, at + HOUR, 600),
        lambda: store.traffic_by_access_point(["a"], at, at + HOUR, 600),
        lambda: store.hourly_usage(["a"], at, at + HOUR),
        lambda: store.hourly_throughput(["a"], at, at + HOUR),
        lambda: store.evidence(["a"], at, at + HOUR),
        lambda: store.condition("a", at, at + HOUR, 600),
    ]
    for question in questions:
        with pytest.raises(StoreError) as asking:
            question()
        assert not asking.value.is_permanent
    assert not writing.value.is_permanent
    await store.check()  # it is waited for
    await store.close()
