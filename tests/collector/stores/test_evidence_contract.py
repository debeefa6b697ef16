"""What every store tells of weeks, whichever engine it stands on.

Of 21 hours the 95th percentile is the second highest, whether an engine interpolates or takes the nearest.
"""

from datetime import timedelta
from typing import Any

import pytest
from store_bench import HOUR, WEIRD, Bench

from agent.wire import Interface, Probe, Radio, Report, System
from collector.evidence import Evidence, ProbeEvidence, RadioEvidence, RadioKey, UplinkEvidence, UsageEvidence
from collector.stores import ActiveThroughput, StoredReport

HOURS = 21
END_SECONDS = HOURS * 3600


def told(bench: Bench, access_point: str, seconds: float, **parts: Any) -> StoredReport:
    at = bench.at(seconds)
    return StoredReport(access_point, at, False, Report(observed_at=at, **parts))


def evidence(bench: Bench, *access_points: str) -> dict[str, Evidence]:
    return bench.store.evidence(access_points, bench.start, bench.at(END_SECONDS))


async def test_what_was_never_reported_is_in_no_answer_and_what_was_not_told_is_none(bench: Bench) -> None:
    await bench.write(
        told(bench, "a-1", 0),
        told(bench, "a-2", 60, clients=0),
        told(bench, "a-3", -1),
        told(bench, "a-3", END_SECONDS),
    )
    assert evidence(bench, "a-1", "a-2", "a-3", "a-9") == {
        "a-1": Evidence(UsageEvidence(hours=1, reports=1)),
        "a-2": Evidence(UsageEvidence(hours=1, reports=1, clients=0.0)),
    }
    assert evidence(bench) == {}
    assert bench.store.evidence(["a-1"], bench.at(1), bench.at(3600)) == {}
    assert bench.store.evidence(["a-1"], bench.at(3600), bench.start) == {}
    assert set(bench.store.evidence(["a-1"], bench.at(-3599), bench.at(1))) == {"a-1"}


async def test_usage_is_that_of_busy_hours_and_peaks_are_of_any_report(bench: Bench) -> None:
    reports = []
    for hour in range(HOURS):
        for seconds, more in ((0, 0), (3599.999, 2)):
            uplink = Interface(name="eth0", rx_bits_per_second=1e6 * (hour + more), tx_bits_per_second=1e3 * hour)
            system = System(uptime_seconds=3000 * hour, cpu_ratio=hour / 100, temperature_celsius=40 + hour + more)
            parts = {"uplink": uplink, "system": system, "clients": 10 * hour + more}
            reports.append(told(bench, "a-1", 3600 * hour + seconds, **parts))
    outside = {"uplink": Interface(name="eth0", rx_bits_per_second=9e9), "clients": 999}
    reports += [told(bench, "a-1", seconds, **outside) for seconds in (-0.001, END_SECONDS)]
    reports.append(told(bench, "a-2", 7200, clients=5, system=System(uptime_seconds=1e6)))
    await bench.write(*reports)
    answer = evidence(bench, "a-1", "a-2")
    assert answer["a-1"].usage == UsageEvidence(
        hours=HOURS,
        reports=2 * HOURS,
        download_bits_per_second=20e6,
        upload_bits_per_second=19e3,
        peak_download_bits_per_second=22e6,
        peak_upload_bits_per_second=20e3,
        clients=191.0,
        cpu_ratio=pytest.approx(0.19),
        temperature_celsius=61.0,
        starts=2,
    )
    assert answer["a-2"] == Evidence(UsageEvidence(hours=1, reports=1, clients=5.0, starts=0))


async def test_each_radio_tells_its_airtime_and_what_others_took_of_it(bench: Bench) -> None:
    reports = []
    for hour in range(HOURS):
        first = Radio(
            name="r0",
            band="5",
            busy_ratio=0.04 * hour,
            rx_ratio=0.01 * hour,
            tx_ratio=0.01 * hour if hour < 11 else None,
            retry_ratio=0.02 * hour,
            failure_ratio=0.001 * hour,
            clients=hour,
            noise_dbm=-90 - hour,
            tx_phy_rate_bits_per_second=1e8 * (hour + 1),
        )
        radios = (first, Radio(name="r1", busy_ratio=0.5)) if hour % 2 else (first,)
        reports.append(told(bench, "a-1", 3600 * hour + 5, radios=radios))
    odd = Radio(name="r0", band="6", busy_ratio=0.1, rx_ratio=0.1, tx_ratio=0.1)
    reports.append(told(bench, "a-2", 5, radios=(odd,)))
    await bench.write(*reports)
    answer = evidence(bench, "a-1", "a-2")
    first_key, second_key = RadioKey("r0", "5"), RadioKey("r1", "")
    assert set(answer["a-1"].radios) == {first_key, second_key}
    first_found = answer["a-1"].radios[first_key]
    assert first_found.foreign_ratio == pytest.approx(0.19, abs=0.0101), (
        "the ninth and tenth of eleven hours, or between"
    )
    assert first_found == RadioEvidence(
        hours=HOURS,
        busy_ratio=pytest.approx(0.76),
        foreign_ratio=first_found.foreign_ratio,
        retry_ratio=pytest.approx(0.38),
        failure_ratio=pytest.approx(0.019),
        clients=19.0,
        noise_dbm=pytest.approx(-100.0),
        tx_phy_rate_bits_per_second=pytest.approx(1.1e9),
    )
    assert answer["a-1"].radios[second_key] == RadioEvidence(hours=10, busy_ratio=0.5)
    assert answer["a-2"].radios == {RadioKey("r0", "6"): RadioEvidence(hours=1, busy_ratio=0.1, foreign_ratio=0.0)}


async def test_the_uplink_is_the_one_of_most_hours(bench: Bench) -> None:
    reports = []
    for hour in range(HOURS):
        main = Interface(
            name="eth1",
            is_up=hour % 3 != 0,
            speed_bits_per_second=1e8 if hour < 11 else 1e9,
            max_speed_bits_per_second=1e9 if hour == 4 else 1e8,
            rx_bits_per_second=1e6 * hour,
            tx_bits_per_second=2e6 * (20 - hour),
            rx_errors_per_second=2.0,
            tx_errors_per_second=1.0 if hour % 2 else 3.0,
            rx_drops_per_second=0.5,
        )
        reports.append(told(bench, "a-1", 3600 * hour, uplink=main, interfaces=(Interface(name="lan0", is_up=True),)))
    fast = Interface(name="eth1", speed_bits_per_second=1e10)
    reports += [told(bench, "a-1", 3600 * hour + 1, uplink=fast) for hour in range(11)]
    reports += [
        told(bench, "a-1", 3600 * hour + 2, uplink=Interface(name="eth0", rx_errors_per_second=99.0))
        for hour in range(20)
    ]
    reports += [
        told(bench, "a-2", seconds, uplink=Interface(name=name, rx_bits_per_second=1.0, rx_errors_per_second=errors))
        for seconds, name, errors in ((0, "wan1", 7.0), (3600, "wan0", 0.0))
    ]
    await bench.write(*reports)
    answer = evidence(bench, "a-1", "a-2")
    assert answer["a-1"].uplink == UplinkEvidence(
        hours=HOURS,
        speed_bits_per_second=1e8,
        max_speed_bits_per_second=1e9,
        flow_bits_per_second=38e6,
        errors_per_second=pytest.approx(2.0 + 43 / 21),
        drops_per_second=0.5,
        up_ratio=pytest.approx(14 / 21),
    )
    assert answer["a-2"].uplink == UplinkEvidence(hours=1, flow_bits_per_second=1.0, errors_per_second=0.0)


async def test_probes_are_counted_by_kind_whether_anything_else_is_known_or_not(bench: Bench) -> None:
    reports = []
    for hour in range(HOURS):
        checks = [
            Probe(kind="dns", server="r0", is_ok=hour % 7 != 0, latency_seconds=0.001 * hour, loss_ratio=0.25),
            Probe(kind="dns", server="r1", latency_seconds=0.002 * hour),
            Probe(kind="portal", is_ok=False),
        ]
        reports.append(told(bench, "a-1", 3600 * hour + 9, probes=tuple(checks)))
    for hour, down, up in ((1, 4e7, 1e6), (2, 2e7, 1e6)):
        both = [
            Probe(kind="throughput", is_ok=True, direction=direction, throughput_bits_per_second=throughput)
            for direction, throughput in (("download", down), ("upload", up))
        ]
        reports.append(told(bench, "a-1", 3600 * hour, probes=tuple(both)))
    earlier = Probe(kind="dns", is_ok=True, observed_at=bench.at(-1))
    reports.append(told(bench, "a-2", 5, clients=3, probes=(earlier,)))
    reports.append(told(bench, "a-3", END_SECONDS, probes=(Probe(kind="portal", is_ok=True, observed_at=bench.at(7)),)))
    await bench.write(*reports)
    assert evidence(bench, "a-1", "a-2", "a-3") == {
        "a-1": Evidence(
            probes={
                "dns": ProbeEvidence(42, 18, 3, latency_seconds=pytest.approx(0.038), loss_ratio=pytest.approx(0.25)),
                "portal": ProbeEvidence(21, 0, 21),
                "throughput": ProbeEvidence(4, 4, 0, throughput_bits_per_second=3e7),
            }
        ),
        "a-2": Evidence(UsageEvidence(hours=1, reports=1, clients=3.0)),
        "a-3": Evidence(probes={"portal": ProbeEvidence(1, 1, 0)}),
    }


async def test_active_throughput_is_the_mean_of_an_hours_downloads_that_went_well(bench: Bench) -> None:
    def measured(
        access_point: str, seconds: float, throughput: float | None, *, server: str = "s", **others: Any
    ) -> StoredReport:
        given = {"kind": "throughput", "is_ok": True, "direction": "download", "server": server} | others
        return told(bench, access_point, seconds, probes=(Probe(throughput_bits_per_second=throughput, **given),))

    await bench.write(
        measured("a-1", -0.001, 9e9),
        measured("a-1", 0, 1e6),
        measured("a-1", 1, 2e6),
        measured("a-1", 2, 6e6, server="other"),
        measured("a-1", 3, 8e9, is_ok=False),
        measured("a-1", 4, 8e9, is_ok=None),
        measured("a-1", 5, 8e9, direction="upload"),
        measured("a-1", 6, None),
        measured("a-1", 7199.999, 5e6),
        measured("a-1", 7200, 9e9),
        measured("a-2", 3600, None, is_ok=False),
        measured("a-3", 3600, 7e6),
    )
    answer = bench.store.hourly_throughput(["a-1", "a-2", "a-3", "a-9"], bench.at(-1), bench.at(3601))
    assert answer == {
        "a-1": [ActiveThroughput(bench.start, 3, 3e6), ActiveThroughput(bench.at(3600), 1, 5e6)],
        "a-3": [ActiveThroughput(bench.at(3600), 1, 7e6)],
    }
    assert bench.store.hourly_throughput([], bench.start, bench.at(7200)) == {}
    assert bench.store.hourly_throughput(["a-1"], bench.start, bench.start) == {}


async def test_places_radios_uplinks_and_checks_may_have_any_name(bench: Bench) -> None:
    radios = tuple(Radio(name=name, band="5", busy_ratio=0.25) for name in WEIRD)
    probes = tuple(Probe(kind=name, target=name, server=name, is_ok=True, latency_seconds=0.5) for name in WEIRD)
    reports = [
        told(bench, name, number, clients=number, radios=radios, probes=probes, uplink=Interface(name=name, is_up=True))
        for number, name in enumerate(WEIRD)
    ]
    await bench.write(*reports)
    answer = bench.store.evidence(WEIRD, bench.start, bench.start + HOUR)
    assert answer == {
        name: Evidence(
            UsageEvidence(hours=1, reports=1, clients=float(number)),
            {RadioKey(each, "5"): RadioEvidence(hours=1, busy_ratio=0.25) for each in WEIRD},
            UplinkEvidence(hours=1, up_ratio=1.0),
            {each: ProbeEvidence(1, 1, 0, latency_seconds=0.5) for each in WEIRD},
        )
        for number, name in enumerate(WEIRD)
    }


async def test_a_thousand_access_points_are_asked_about_at_once(bench: Bench) -> None:
    names = [f"yeouido-hangang-{number:05d}" for number in range(1000)]
    await bench.write(*(bench.report(name, n, down=float(n), clients=n) for n, name in enumerate(names)))
    answer = bench.store.evidence(names, bench.start, bench.start + timedelta(days=2))
    assert [each.usage and each.usage.clients for each in answer.values()] == [float(n) for n in range(1000)]
    assert [each.uplink and each.uplink.flow_bits_per_second for each in answer.values()] == [*map(float, range(1000))]


async def test_an_access_point_that_is_named_twice_is_measured_once(bench: Bench) -> None:
    names = [f"yeouido-hangang-{number:05d}" for number in range(1000)]
    check = Probe(kind="throughput", is_ok=True, direction="download", throughput_bits_per_second=3e6)
    await bench.write(told(bench, names[0], 0, clients=1, probes=(check,)))
    found = bench.store.hourly_throughput([*names, *names], bench.start, bench.start + HOUR)
    assert found == {names[0]: [ActiveThroughput(bench.start, 1, 3e6)]}
    assert bench.store.evidence([*names, *names], bench.start, bench.start + HOUR) == {
        names[0]: Evidence(
            UsageEvidence(1, 1, clients=1.0),
            probes={"throughput": ProbeEvidence(1, 1, 0, throughput_bits_per_second=3e6)},
        )
    }
