"""Ruckus SmartZone: a recording of the controller's own values, and a synthetic one of its access points."""

from collections.abc import Mapping

import pytest
from identities import identities, profile_chosen, recordings_that_choose
from recordings import Device, Records, Told, grown, needs_recordings, recording

pytestmark = needs_recordings

SZ = "1.3.6.1.4.1.25053.1.4"
STATS, WLAN, AP = f"{SZ}.1.1.1.15", f"{SZ}.2.1.1.1.2.1", f"{SZ}.2.1.1.2.2.1"
NODE = "1.3.6.1.4.1.25053.1.8.1.1.1.1.1.1"
FIRST, LATER = "2026-05-02T12:00:00Z", "2026-05-02T12:01:00Z"
# 00:00:5e:00:53:01 and so on, here without their length before them.
UP, LOST, OTHER = (f"0.0.94.0.83.{n}" for n in (1, 2, 3))
NODE_1, NODE_2 = "5.84.69.83.84.49", "5.84.69.83.84.50"  # "TEST1", "TEST2"


def column(entry: str, number: int, rows: Mapping[str, str]) -> Records:
    """One column of a table."""
    return {f"{entry}.{number}.{row}": record for row, record in rows.items()}


def ours() -> Records:
    """Synthetic: a virtual SmartZone of two nodes, which has SmartCell's object id and SmartZone's branch."""
    return {
        "1.3.6.1.2.1.1.1.0": "4|SmartZone",
        "1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.25053.3.1.10",
        "1.3.6.1.2.1.1.3.0": "67|1000000",
        "1.3.6.1.2.1.1.5.0": "4|ours",
        f"{STATS}.1.0": "66|3",
        f"{STATS}.2.0": "66|9",
        f"{STATS}.13.0": "4|TEST2",  # the second node answers
        **column(NODE, 1, {NODE_1: "4|TEST1", NODE_2: "4|TEST2"}),
        **column(NODE, 3, {NODE_1: "4|vSZ-E", NODE_2: "4|vSZ-E"}),
        **column(NODE, 9, {NODE_1: "4|5.2.2.0.317", NODE_2: "4|5.2.2.0.317"}),
        **column(NODE, 13, {NODE_1: "4x|00005e0053f1", NODE_2: "4x|00005e0053f2"}),
        **column(WLAN, 1, {"1": "4|SEOUL", "2": "4|SEOUL_Secure", "6": "4|SEOUL"}),
        **column(WLAN, 12, {"1": "66|4", "2": "66|2", "6": "66|3"}),
        **column(WLAN, 14, {"1": "70|5000000000", "2": "70|0", "6": "70|1000"}),
        **column(WLAN, 16, {"1": "70|6000000000", "2": "70|0", "6": "70|1000"}),
        **column(AP, 5, {UP: "4|Gate", LOST: "4|Bridge", OTHER: "4|Pool"}),
        **column(AP, 6, {UP: "67|500000", LOST: "67|400000", OTHER: "67|0"}),
        **column(AP, 7, {UP: "4|5.2.2.0.301", LOST: "4|5.2.2.0.301", OTHER: "4|"}),
        **column(AP, 8, {UP: "4|R999", LOST: "4|R999", OTHER: "4|T999"}),
        **column(AP, 9, {UP: "4|TEST00000001", LOST: "4|TEST00000002", OTHER: "4|TEST00000003"}),
        **column(AP, 15, {UP: "66|9", LOST: "66|7", OTHER: "66|0"}),
        **column(AP, 16, {UP: "4|Connect", LOST: "4|Disconnect", OTHER: "4|Discovery"}),
        **column(AP, 30, {UP: "70|7000000000", LOST: "70|1", OTHER: "70|0"}),
        **column(AP, 31, {UP: "70|9000000000", LOST: "70|1", OTHER: "70|0"}),
    }


def ours_later() -> Records:
    return grown(
        ours(),
        {
            f"{AP}.6": 6000,
            f"{AP}.30.{UP}": 750_000,
            f"{AP}.31.{UP}": 7_500_000,
            f"{WLAN}.14.1": 75_000,
            f"{WLAN}.14.6": 675_000,
            f"{WLAN}.16.6": 7_500_000,
        },
    )


def ours_restarted() -> Records:
    """A minute later again: the access point has started anew, and has moved more since than it ever had before."""
    return {
        **ours_later(),
        f"{AP}.6.{UP}": "67|3000",
        f"{AP}.30.{UP}": "70|99000000000",
        f"{AP}.31.{UP}": "70|99000000000",
    }


def recordings_played() -> Mapping[str, Records]:
    return {
        **identities(),
        "sz104": recording("ruckuswireless-sz"),
        "ours": ours(),
        "ours_later": ours_later(),
        "ours_restarted": ours_restarted(),
        "vsz": {"1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.25053.3.1.13.1", f"{STATS}.1.0": "66|3"},
    }


async def test_no_other_device_gets_this_profile(port: int) -> None:
    assert await recordings_that_choose(port, "ruckus_smartzone") == {"ruckuswireless-sz"}
    assert await profile_chosen(port, "ours") == "ruckus_smartzone"
    assert await profile_chosen(port, "vsz") == "ruckus_smartzone"


async def test_what_a_controller_tells_of_itself(device: Device) -> None:
    (reports,) = await device("sz104")
    assert reports == [
        {
            "observed_at": FIRST,
            "device": {
                "vendor": "Ruckus",
                "model": "SZ104",
                "serial": "211838000212",
                "firmware": "3.6.2.0.78",
                "name": "<private>",
            },
            "system": {
                "uptime_seconds": pytest.approx(5917403.35),  # hrSystemUptime; SNMP began 901 s later
                "cpu_ratio": pytest.approx(0.31375),  # the mean of 8, 8, 1, 100, 10, 16, 8 and 100
                # Of 32775460 KiB are used 32186208, of which 230120 are buffers and 6485716 are cache. LibreNMS takes
                # them off as well, and shows 78 %.
                "memory_used_ratio": pytest.approx(25470372 / 32775460),
            },
            "access_points": 36,  # of 40; LibreNMS shows both
            "clients": 146,
            "ssids": [
                {"ssid": "private1", "clients": 52},
                {"ssid": "private2", "clients": 16},
                {"ssid": "private3", "clients": 9},
                {"ssid": "private6", "clients": 0},
                {"ssid": "private7", "clients": 67},
                {"ssid": "private8", "clients": 2},
            ],
        }
    ]


FIRST_REPORTS: Told = [
    {
        "observed_at": FIRST,
        "device": {
            "vendor": "Ruckus",
            "model": "vSZ-E",
            "serial": "TEST2",
            "mac": "00:00:5e:00:53:f2",
            "firmware": "5.2.2.0.317",
            "name": "ours",
        },
        "system": {"uptime_seconds": 10000.0},
        "access_points": 1,
        "clients": 9,
        "ssids": [{"ssid": "SEOUL", "clients": 7}, {"ssid": "SEOUL_Secure", "clients": 2}],
    },
    {
        "observed_at": FIRST,
        "is_up": True,
        "device": {
            "vendor": "Ruckus",
            "model": "R999",
            "serial": "TEST00000001",
            "mac": "00:00:5e:00:53:01",
            "firmware": "5.2.2.0.301",
            "name": "Gate",
        },
        "system": {"uptime_seconds": 5000.0},
        "clients": 9,
    },
    {
        "observed_at": FIRST,
        "is_up": False,  # and its clients, uptime and traffic are old
        "device": {
            "vendor": "Ruckus",
            "model": "R999",
            "serial": "TEST00000002",
            "mac": "00:00:5e:00:53:02",
            "firmware": "5.2.2.0.301",
            "name": "Bridge",
        },
    },
    {
        "observed_at": FIRST,  # a status that the MIB does not explain is neither up nor down
        "device": {
            "vendor": "Ruckus",
            "model": "T999",
            "serial": "TEST00000003",
            "mac": "00:00:5e:00:53:03",
            "name": "Pool",
        },
    },
]


async def test_the_controller_and_each_access_point(device: Device) -> None:
    (reports,) = await device("ours")
    assert reports == FIRST_REPORTS


async def test_traffic_and_what_one_that_starts_anew_does_not_tell(device: Device) -> None:
    _, later, restarted = await device("ours", "ours_later", "ours_restarted")
    assert later[0]["ssids"] == [
        {"ssid": "SEOUL", "clients": 7, "rx_bits_per_second": 1e5, "tx_bits_per_second": 1e6},
        {"ssid": "SEOUL_Secure", "clients": 2, "rx_bits_per_second": 0.0, "tx_bits_per_second": 0.0},
    ]
    assert later[1:] == [
        {
            **FIRST_REPORTS[1],
            "observed_at": LATER,
            "interval_seconds": 60.0,
            "system": {"uptime_seconds": 5060.0},
            "rx_bits_per_second": 1e5,
            "tx_bits_per_second": 1e6,
        },
        {**FIRST_REPORTS[2], "observed_at": LATER, "interval_seconds": 60.0},
        {**FIRST_REPORTS[3], "observed_at": LATER, "interval_seconds": 60.0},
    ]
    assert {"rx_bits_per_second", "tx_bits_per_second"}.isdisjoint(restarted[1])
