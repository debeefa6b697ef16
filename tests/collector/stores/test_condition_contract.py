"""What every store tells of one access point in short buckets, whichever engine it stands on."""

from typing import Any

import pytest
from store_bench import HOUR, WEIRD, Bench

from agent.wire import Interface, Probe, Radio, Report, System
from collector.condition import CheckMeans, Condition, ConditionPoint, HeardReport, RadioMeans, UplinkMeans
from collector.evidence import RadioKey
from collector.stores import StoredReport


def told(bench: Bench, access_point: str, seconds: float, **parts: Any) -> StoredReport:
    at = bench.at(seconds)
    return StoredReport(access_point, at, False, Report(observed_at=at, **parts))


def condition(bench: Bench, access_point: str = "a-1", since: float = 0, until: float = 3600) -> Condition:
    return bench.store.condition(access_point, bench.at(since), bench.at(until), 600)


async def test_nothing_is_told_where_nothing_is_stored(bench: Bench) -> None:
    await bench.write(told(bench, "a-1", 0, clients=1), told(bench, "a-2", 60, clients=1))
    assert condition(bench, "a-9") == Condition()
    assert condition(bench, since=1) == Condition()
    assert condition(bench, since=3600, until=0) == Condition()


async def test_reports_are_means_of_their_bucket_and_each_is_heard(bench: Bench) -> None:
    def report(seconds: float, clients: int, down: float) -> StoredReport:
        uplink = Interface(name="eth0", rx_bits_per_second=down, tx_bits_per_second=down / 2)
        system = System(uptime_seconds=1000 + seconds)
        return told(bench, "a-1", seconds, interval_seconds=300, clients=clients, uplink=uplink, system=system)

    await bench.write(
        report(-1, 99, 9e9),
        report(0, 4, 1e6),
        report(599, 8, 3e6),
        told(bench, "a-1", 600, is_up=False),
        told(bench, "a-1", 1200),
        report(1800, 99, 9e9),
        told(bench, "a-2", 0, clients=50),
    )
    assert condition(bench, until=1800) == Condition(
        points=(
            ConditionPoint(bench.at(0), 2, 6.0, 2e6, 1e6),
            ConditionPoint(bench.at(600), 1),
            ConditionPoint(bench.at(1200), 1),
        ),
        heard=(
            HeardReport(bench.at(0), 300.0, None, 1000.0),
            HeardReport(bench.at(599), 300.0, None, 1599.0),
            HeardReport(bench.at(600), is_up=False),
            HeardReport(bench.at(1200), tells_of_device=False),
        ),
    )


async def test_each_radio_has_its_airtime_and_retries(bench: Bench) -> None:
    busy = Radio(name="r0", band="5", busy_ratio=0.5, rx_ratio=0.125, tx_ratio=0.25, retry_ratio=0.25)
    calm = Radio(name="r0", band="5", busy_ratio=0.25, rx_ratio=0.125)
    await bench.write(
        told(bench, "a-1", 0, radios=(busy, Radio(name="r1", busy_ratio=0.75))),
        told(bench, "a-1", 60, radios=(calm, Radio(name="r1"))),
        told(bench, "a-1", 700, radios=(Radio(name="r0", band="6", retry_ratio=0.5), Radio(name="r1"))),
    )
    first, second = condition(bench).points
    assert first.radios == {
        RadioKey("r0", "5"): RadioMeans(0.375, 0.125, 0.25, 0.25),
        RadioKey("r1", ""): RadioMeans(0.75),
    }
    assert [radio.foreign_ratio for radio in first.radios.values()] == [0.0, None]
    assert second.radios == {RadioKey("r0", "6"): RadioMeans(retry_ratio=0.5)}


async def test_the_uplink_tells_its_lowest_speed_and_its_errors(bench: Bench) -> None:
    def uplink(seconds: float, name: str = "eth0", **parts: Any) -> StoredReport:
        return told(bench, "a-1", seconds, uplink=Interface(name=name, **parts))

    await bench.write(
        uplink(0, speed_bits_per_second=1e9, rx_errors_per_second=1.0, tx_errors_per_second=4.0),
        uplink(60, speed_bits_per_second=1e8, rx_errors_per_second=3.0, rx_drops_per_second=0.5),
        uplink(600, is_up=True),
        uplink(1200, speed_bits_per_second=1e9),
        uplink(1201, "wan", speed_bits_per_second=1e6),
        told(bench, "a-1", 1202, interfaces=(Interface(name="lan", speed_bits_per_second=1e7),)),
    )
    assert [(point.at, point.uplink) for point in condition(bench).points] == [
        (bench.at(0), UplinkMeans(1e8, 6.0, 0.5)),
        (bench.at(600), None),
        (bench.at(1200), UplinkMeans(1e9)),
    ]


async def test_checks_are_counted_by_kind_when_they_were_made(bench: Bench) -> None:
    def probe(kind: str, made: float, *, is_ok: bool | None = None, **parts: Any) -> Probe:
        return Probe(kind=kind, is_ok=is_ok, observed_at=bench.at(made), **parts)

    await bench.write(
        told(bench, "a-1", 1300, probes=(probe("dns", 1, is_ok=True, server="r0", latency_seconds=0.25),)),
        told(bench, "a-1", 1301, probes=(probe("dns", 2, is_ok=False, server="r0"),)),
        told(
            bench,
            "a-1",
            1302,
            probes=(
                probe("dns", 3, is_ok=True, server="r0", latency_seconds=0.75),
                probe("dns", 3, is_ok=True, server="r1", latency_seconds=0.125),
                probe("gateway", 700, is_ok=False),
                probe("portal", 700),
                probe("portal", 1300, latency_seconds=2.0),
            ),
        ),
    )
    answer = condition(bench)
    assert [(point.at, point.reports, point.probes) for point in answer.points] == [
        (bench.at(0), 0, {"dns": CheckMeans(3, 1, 0.5)}),
        (bench.at(600), 0, {"gateway": CheckMeans(0, 1)}),
        (bench.at(1200), 3, {"portal": CheckMeans(0, 0, 2.0)}),
    ]
    assert answer.heard == tuple(HeardReport(bench.at(at), tells_of_device=False) for at in (1300, 1301, 1302))


async def test_buckets_begin_at_whole_multiples_and_those_at_the_ends_are_cut(bench: Bench) -> None:
    await bench.write(*(told(bench, "a-1", 60.0 * minute, clients=minute) for minute in range(60)))
    answer = condition(bench, since=300, until=1500)
    assert [(point.at, point.reports, point.clients) for point in answer.points] == [
        (bench.at(0), 5, 7.0),
        (bench.at(600), 10, 14.5),
        (bench.at(1200), 5, 22.0),
    ]
    assert [report.at for report in answer.heard] == [bench.at(60.0 * minute) for minute in range(5, 25)]


async def test_a_day_of_reports_every_ten_seconds_is_heard_in_full(bench: Bench) -> None:
    day = 86_400
    await bench.write(*(told(bench, "a-1", seconds, clients=1) for seconds in range(0, day, 10)))
    answer = condition(bench, until=day)
    assert len(answer.points) == 144
    assert {point.reports for point in answer.points} == {60}
    assert [report.at for report in answer.heard] == [bench.at(seconds) for seconds in range(0, day, 10)]


@pytest.mark.parametrize("name", WEIRD)
async def test_whatever_is_told_of_may_have_any_name(bench: Bench, name: str) -> None:
    parts: dict[str, Any] = {
        "clients": 3,
        "radios": (Radio(name=name, band="5", busy_ratio=0.25),),
        "uplink": Interface(name=name, speed_bits_per_second=1e9),
        "probes": (Probe(kind=name, target=name, server=name, is_ok=True),),
    }
    await bench.write(told(bench, name, 0, **parts), *(told(bench, other, 0) for other in WEIRD if other != name))
    assert bench.store.condition(name, bench.start, bench.start + HOUR, 600) == Condition(
        points=(
            ConditionPoint(
                bench.start,
                1,
                3.0,
                radios={RadioKey(name, "5"): RadioMeans(0.25)},
                uplink=UplinkMeans(1e9),
                probes={name: CheckMeans(1, 0)},
            ),
        ),
        heard=(HeardReport(bench.start),),
    )
