import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any, get_args

import pytest

from agent.simulation import AccessPoint, Fault, FaultKind, Generation, Site
from agent.simulation.hardware import HARDWARE
from agent.simulation.uplink import uplink_of
from agent.wire import encode

KST = timezone(timedelta(hours=9))
SATURDAY_EVENING = datetime(2026, 5, 16, 20, 0, tzinfo=KST)
TUESDAY_DAWN = datetime(2026, 5, 19, 5, 0, tzinfo=KST)
SIBLINGS = ("ap-0", "ap-2", "ap-3")
KINDS: tuple[FaultKind, ...] = get_args(FaultKind)


def site_with(*faults: Fault, generation: Generation = "wifi6e") -> Site:
    """A site of four, the faults all at ap-1."""
    places = [AccessPoint(name, generation) for name in SIBLINGS]
    return Site("yeouido", "riverside", [AccessPoint("ap-1", generation, faults=faults), *places])


def seen(site: Site, instant: datetime = SATURDAY_EVENING, access_point: str = "ap-1") -> Any:
    """A report as the wire carries it; None where there is none."""
    report = site.report_at(access_point, instant, 60.0)
    return None if report is None else json.loads(encode(report))


def changed(before: Any, after: Any, place: str = "") -> Iterator[str]:
    """The places at which two documents differ, such as `system.uptime_seconds`."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before | after:
            yield from changed(before.get(key), after.get(key), f"{place}.{key}".lstrip("."))
    elif before != after:
        yield place


def healthy_and_hit(kind: FaultKind, instant: datetime = SATURDAY_EVENING) -> tuple[Any, Any]:
    """The same report without a fault and with it; siblings must not notice."""
    begins_at = datetime(2026, 5, 1, tzinfo=UTC) if kind == "replaced" else None
    healthy, hit = site_with(), site_with(Fault(kind, begins_at))
    for sibling in SIBLINGS:
        assert seen(hit, instant, sibling) == seen(healthy, instant, sibling)
    return seen(healthy, instant), seen(hit, instant)


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_has_no_trace_before_it_begins(kind: FaultKind) -> None:
    before = SATURDAY_EVENING - timedelta(seconds=1)
    assert seen(site_with(Fault(kind, SATURDAY_EVENING)), before) == seen(site_with(), before)


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_is_there_from_its_beginning_and_spares_the_siblings(kind: FaultKind) -> None:
    site = site_with(Fault(kind, SATURDAY_EVENING))
    assert seen(site) != seen(site_with())
    for sibling in SIBLINGS:
        assert seen(site, SATURDAY_EVENING, sibling) == seen(site_with(), SATURDAY_EVENING, sibling)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "replaced"])
def test_a_fault_that_is_over_has_at_most_restarted_the_device(kind: FaultKind) -> None:
    after = SATURDAY_EVENING + timedelta(seconds=90)
    healthy, cured = seen(site_with(), after), seen(site_with(Fault(kind, ends_at=SATURDAY_EVENING)), after)
    if kind in ("silent", "reboot_loop"):
        assert list(changed(healthy, cured)) == ["system.uptime_seconds"]
        assert cured["system"]["uptime_seconds"] == 90
    else:
        assert cured == healthy


def test_silent_is_left_out_until_the_instant_at_which_it_ends() -> None:
    begins, ends = SATURDAY_EVENING - timedelta(hours=2), SATURDAY_EVENING
    site = site_with(Fault("silent", begins, ends))
    assert [seen(site, at) for at in (begins, ends - timedelta(seconds=1))] == [None, None]
    assert seen(site, ends) is not None
    assert [report.access_point for report in site.reports_at(begins, 60.0)] == list(SIBLINGS)


def test_an_uplink_that_is_down_carries_nothing_and_loses_the_people() -> None:
    healthy, hit = healthy_and_hit("uplink_down")
    assert hit["uplink"] == {"name": "eth0", "is_up": False, "rx_bits_per_second": 0.0, "tx_bits_per_second": 0.0}
    assert {radio["rx_bits_per_second"] + radio["tx_bits_per_second"] for radio in hit["radios"]} == {0.0}
    assert [(probe["kind"], probe["is_ok"]) for probe in hit["probes"]] == [("gateway", False), ("portal", False)]
    assert 0 < hit["clients"] < healthy["clients"] / 2


def test_an_uplink_at_100_mbit_is_full_duplex_at_some_places_and_carries_what_it_can() -> None:
    def reports(*faults: Fault) -> Any:
        site = Site("yeouido", "riverside", [AccessPoint(f"ap-{n}", "wifi6", faults=faults) for n in range(120)])
        return [json.loads(encode(report)) for report in site.reports_at(SATURDAY_EVENING, 60.0)]

    seen_duplex, capped = set(), 0
    for healthy, hit in zip(reports(), reports(Fault("uplink_100m")), strict=True):
        wanted, uplink = healthy["uplink"], hit["uplink"]
        seen_duplex.add(uplink["is_full_duplex"])
        assert (uplink["is_up"], uplink["speed_bits_per_second"]) == (True, 100e6)
        assert (uplink["rx_errors_per_second"] > 0) == (not uplink["is_full_duplex"])
        assert hit["clients"] == healthy["clients"]
        if wanted["rx_bits_per_second"] + wanted["tx_bits_per_second"] < 55e6:
            assert uplink["rx_bits_per_second"] == wanted["rx_bits_per_second"]
        elif not uplink["is_full_duplex"]:
            capped += 1
            assert uplink["rx_bits_per_second"] + uplink["tx_bits_per_second"] == pytest.approx(55e6, rel=1e-6)
            assert hit["probes"][0]["latency_seconds"] > 5 * healthy["probes"][0]["latency_seconds"]
            assert sum(radio["tx_ratio"] for radio in hit["radios"]) < sum(r["tx_ratio"] for r in healthy["radios"])
    assert seen_duplex == {True, False}
    assert capped >= 3, "too few asked for more than there is"


@pytest.mark.parametrize(
    ("is_full_duplex", "asked", "flows"),
    [(True, (200e6, 30e6), (94e6, 14e6)), (True, (80e6, 60e6), (80e6, 60e6)), (False, (80e6, 60e6), (31e6, 24e6))],
)
def test_full_duplex_limits_each_direction_and_half_duplex_both_together(
    is_full_duplex: bool, asked: tuple[float, float], flows: tuple[float, float]
) -> None:
    cable = uplink_of(HARDWARE["wifi6"], is_up=True, is_slow=True, is_full_duplex_when_slow=is_full_duplex)
    interface = cable.interface(*(rate * cable.passed_share(*asked) for rate in asked))
    assert (interface.rx_bits_per_second, interface.tx_bits_per_second) == pytest.approx(flows, rel=0.03)


def test_a_dead_radio_hides_behind_its_siblings() -> None:
    healthy, hit = healthy_and_hit("radio_dead")
    low, dead, high = hit["radios"]
    assert (low, high) == (healthy["radios"][0], healthy["radios"][2])
    lost = ["busy_ratio", "clients", "retry_ratio", "rx_bits_per_second", "rx_ratio", "tx_bits_per_second", "tx_ratio"]
    assert sorted(changed(healthy["radios"][1], dead)) == lost
    assert (dead["band"], [dead[key] for key in lost]) == ("5", [0] * len(lost))
    assert hit["clients"] == healthy["clients"] - healthy["radios"][1]["clients"] > 0


def test_a_noisy_channel_is_busy_without_traffic() -> None:
    healthy, hit = healthy_and_hit("noisy_channel", TUESDAY_DAWN)
    quiet, noisy = healthy["radios"][0], hit["radios"][0]
    assert hit["radios"][1:] == healthy["radios"][1:]
    assert noisy["band"] == "2.4"
    assert quiet["busy_ratio"] < 0.3
    assert noisy["busy_ratio"] > 0.55
    assert noisy["tx_ratio"] + noisy["rx_ratio"] < 0.1
    assert noisy["noise_dbm"] > quiet["noise_dbm"] + 10
    assert noisy["retry_ratio"] > quiet["retry_ratio"] + 0.15
    assert hit["clients"] == healthy["clients"]


def test_a_failing_portal_leaves_only_the_secure_network_working() -> None:
    healthy, hit = healthy_and_hit("portal_failing")
    assert [probe["is_ok"] for probe in healthy["probes"]] == [True, True]
    assert hit["probes"] == [
        healthy["probes"][0],
        {"kind": "portal", "is_ok": False, "failure": "no answer within 5 s"},
    ]
    assert (hit["clients"], hit["ssids"]) == (healthy["clients"], healthy["ssids"])
    assert 0 < hit["uplink"]["rx_bits_per_second"] < 0.7 * healthy["uplink"]["rx_bits_per_second"]


def test_hot_is_hot_and_nothing_else() -> None:
    healthy, hit = healthy_and_hit("hot")
    assert list(changed(healthy, hit)) == ["system.temperature_celsius"]
    assert hit["system"]["temperature_celsius"] == pytest.approx(healthy["system"]["temperature_celsius"] + 38)


def test_a_reboot_loop_falls_back_again_and_again() -> None:
    healthy, hit = healthy_and_hit("reboot_loop")
    assert list(changed(healthy, hit)) == ["system.uptime_seconds"]
    site = site_with(Fault("reboot_loop"))
    minutes = [SATURDAY_EVENING + timedelta(minutes=minute) for minute in range(60)]
    uptimes = [seen(site, minute)["system"]["uptime_seconds"] for minute in minutes]
    assert max(uptimes) <= 660
    assert 5 <= sum(after < before for before, after in pairwise(uptimes)) <= 12


def test_a_replacement_is_seen_as_a_new_device_at_the_old_place() -> None:
    replaced_at = SATURDAY_EVENING - timedelta(hours=1)
    site = site_with(Fault("replaced", replaced_at), generation="wifi4")
    old, new = seen(site, replaced_at - timedelta(seconds=1)), seen(site)
    assert old["device"]["model"] == "SIM-AP Wi-Fi 4 (2x2)"
    assert new["device"]["model"] == "SIM-AP Wi-Fi 6E (4x4x4)"
    assert {"serial", "mac", "firmware"} <= set(changed(old["device"], new["device"]))
    assert new["access_point"] == old["access_point"]
    assert new["system"]["uptime_seconds"] == 3600
    assert [radio["band"] for radio in new["radios"]] == ["2.4", "5", "6"]
    assert new["clients"] == seen(site_with(generation="wifi4"))["clients"], "the people are the place's"
    assert seen(site, SATURDAY_EVENING + timedelta(days=300))["device"] == new["device"]


def test_a_second_replacement_hangs_up_a_third_device() -> None:
    days = [SATURDAY_EVENING + timedelta(days=number) for number in range(3)]
    site = site_with(Fault("replaced", days[2]), Fault("replaced", days[1]))
    assert len({seen(site, day)["device"]["serial"] for day in days}) == 3
