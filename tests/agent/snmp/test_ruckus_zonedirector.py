"""Ruckus ZoneDirector: a recording of the controller's own values, and a synthetic one of its access points."""

from collections.abc import Mapping

import pytest
from identities import identities, profile_chosen, recordings_that_choose
from recordings import Device, Records, Told, grown, needs_recordings, recording

pytestmark = needs_recordings

ZD = "1.3.6.1.4.1.25053.1.2"
SYSTEM, EXTRA, STATS = f"{ZD}.1.1.1.1", f"{ZD}.1.1.1.5", f"{ZD}.1.1.1.15"
WLAN = f"{ZD}.2.1.1.1.1.1"
AP, RADIO, VAP, PORT = (f"{ZD}.2.1.1.2.{n}.1" for n in (1, 2, 3, 8))
FIRST, LATER = "2026-05-02T12:00:00Z", "2026-05-02T12:01:00Z"
# 00:00:5e:00:53:01 and so on: connected, lost, connected by two ports, connected by mesh, upgrading
ROOT, LOST, DOUBLE, MESH, UPGRADING = (f"0.0.94.0.83.{n}" for n in (1, 2, 3, 4, 5))


def column(entry: str, number: int, rows: Mapping[str, str]) -> Records:
    """One column of a table."""
    return {f"{entry}.{number}.{row}": record for row, record in rows.items()}


def mac(last: int) -> str:
    """A MAC of the range for documentation, as a record."""
    return f"4x|00005e0053{last:02x}"


def access_points() -> Records:
    return {
        **column(AP, 1, {ROOT: mac(1), LOST: mac(2), DOUBLE: mac(3), MESH: mac(4), UPGRADING: mac(5)}),
        **column(AP, 2, {ROOT: "4|Gate", LOST: "4|Bridge", DOUBLE: "4|Pool", MESH: "4|Pier", UPGRADING: "4|Hill"}),
        **column(AP, 3, {ROOT: "2|1", LOST: "2|0", DOUBLE: "2|1", MESH: "2|1", UPGRADING: "2|3"}),
        **column(AP, 4, {ROOT: "4|r999", LOST: "4|r999", DOUBLE: "4|r999", MESH: "4|t999", UPGRADING: "4|t999"}),
        **column(AP, 5, {ROOT: "4|TEST00000001", LOST: "4|TEST00000002", DOUBLE: "4|TEST00000003"}),
        **column(AP, 6, {ROOT: "67|500000", LOST: "67|400000", DOUBLE: "67|300000", MESH: "67|200000"}),
        **column(AP, 7, {ROOT: "4|10.9.0.1", LOST: "4|10.9.0.0"}),
        **column(AP, 15, {ROOT: "66|14", LOST: "66|9", DOUBLE: "66|0", MESH: "66|2", UPGRADING: "66|0"}),
        **column(AP, 20, {ROOT: "2|1", LOST: "2|1", DOUBLE: "2|0", MESH: "2|2"}),  # root, root, unknown, mesh
        **column(AP, 21, {ROOT: "65|4294967000", LOST: "65|1", DOUBLE: "65|1000", MESH: "65|1"}),
        **column(AP, 23, {ROOT: "65|0", LOST: "65|0", DOUBLE: "65|0", MESH: "65|0"}),
        **column(AP, 25, {ROOT: "65|1000", LOST: "65|1", DOUBLE: "65|1000", MESH: "65|1"}),
        **column(AP, 27, {ROOT: "2|55", LOST: "2|50", DOUBLE: "2|90000"}),  # percent, percent, KB
        **column(AP, 28, {ROOT: "2|240000", LOST: "2|240000", DOUBLE: "2|240000"}),
        **column(AP, 29, {ROOT: "2|8", LOST: "2|9"}),
        **column(PORT, 5, {f"{ROOT}.0": "4|eth0", f"{ROOT}.1": "4|eth1", f"{LOST}.0": "4|eth0", f"{MESH}.0": "4|eth0"}),
        **column(PORT, 5, {f"{DOUBLE}.0": "4|eth0", f"{DOUBLE}.1": "4|eth1"}),
        **column(PORT, 8, {f"{ROOT}.0": "2|2", f"{ROOT}.1": "2|1", f"{LOST}.0": "2|1", f"{MESH}.0": "2|1"}),
        **column(PORT, 8, {f"{DOUBLE}.0": "2|1", f"{DOUBLE}.1": "2|1"}),
        **column(PORT, 9, {f"{ROOT}.0": "2|0", f"{ROOT}.1": "2|1000", f"{DOUBLE}.0": "2|100", f"{DOUBLE}.1": "2|1000"}),
        **column(PORT, 10, {f"{ROOT}.0": "2|2", f"{ROOT}.1": "2|1", f"{DOUBLE}.0": "2|2", f"{DOUBLE}.1": "2|1"}),
    }


def radios_and_vaps() -> Records:
    first, second, lost, other = f"{ROOT}.0", f"{ROOT}.1", f"{LOST}.0", f"{DOUBLE}.0"
    # BSSIDs. SEOUL is on both radios of the first access point.
    seoul, seoul_5, guest, gone = (f"0.0.94.0.83.{n}" for n in (16, 17, 18, 32))
    return {
        **column(RADIO, 3, {first: "2|2", second: "2|4", lost: "2|4", other: "2|7"}),  # ng, ac, ac, not in the MIB
        **column(RADIO, 4, {first: "66|6", second: "66|149", lost: "66|36", other: "66|0"}),
        **column(RADIO, 5, {first: "2|0", second: "2|1", lost: "2|0", other: "2|0"}),  # full, half
        **column(RADIO, 8, {first: "66|4", second: "66|10", lost: "66|9", other: "66|0"}),
        **column(RADIO, 11, {first: "70|6000000000", second: "70|7000000000", lost: "70|1", other: "70|1000"}),
        **column(RADIO, 13, {first: "70|100000", second: "70|200000", lost: "70|1", other: "70|0"}),
        **column(RADIO, 14, {first: "70|8000000000", second: "70|9000000000", lost: "70|1", other: "70|1000"}),
        **column(RADIO, 16, {first: "70|10", second: "70|20", lost: "70|1", other: "70|0"}),
        **column(RADIO, 17, {first: "70|1000", second: "70|2000", lost: "70|1", other: "70|0"}),
        **column(
            RADIO, 40, {first: "66|4", second: "66|10", lost: "66|9", other: "66|0"}
        ),  # stations of the most allowed
        **column(VAP, 2, {seoul: mac(1), seoul_5: mac(1), guest: mac(1), gone: mac(2)}),
        **column(VAP, 3, {seoul: "4|SEOUL", seoul_5: "4|SEOUL", guest: "4|", gone: "4|SEOUL"}),
        **column(VAP, 8, {seoul: "70|1000", seoul_5: "70|2000", guest: "70|3000", gone: "70|1"}),
        **column(VAP, 9, {seoul: "70|1000", seoul_5: "70|2000", guest: "70|3000", gone: "70|1"}),
    }


def ours() -> Records:
    """Synthetic: a ZD1200, which has the object id that Unleashed had up to 200.14."""
    return {
        "1.3.6.1.2.1.1.1.0": "4|Ruckus Wireless ZD1200",
        "1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.25053.3.1.5.15",
        "1.3.6.1.2.1.1.3.0": "67|900",
        f"{SYSTEM}.1.0": "4|ours",
        f"{SYSTEM}.3.0": mac(0),
        f"{SYSTEM}.8.0": "67|1000000",
        f"{SYSTEM}.9.0": "4|ZD1200",
        f"{SYSTEM}.15.0": "4|TEST00000000",
        f"{SYSTEM}.18.0": "4|10.9.0.1 build 2",
        f"{EXTRA}.58.0": "66|20",
        f"{EXTRA}.59.0": "66|60",
        f"{STATS}.1.0": "66|4",
        f"{STATS}.2.0": "66|15",
        f"{STATS}.30.0": "66|16",
        # Two WLANs of one name, such as one for each group of access points, and one that is hidden.
        **column(WLAN, 1, {"1": "4|SEOUL", "2": "4|SEOUL_Secure", "3": "4|SEOUL", "4": "4|"}),
        **column(WLAN, 12, {"1": "66|9", "2": "66|0", "3": "66|6", "4": "66|1"}),
        **column(WLAN, 14, {"1": "70|1000", "2": "70|2000", "3": "70|3000", "4": "70|0"}),
        **column(WLAN, 16, {"1": "70|1000", "2": "70|2000", "3": "70|3000", "4": "70|0"}),
        **access_points(),
        **radios_and_vaps(),
    }


def ours_later() -> Records:
    """A minute later. What the first access point received by cable has turned over after 7.5 MB more."""
    grow = {
        f"{SYSTEM}.8.0": 6000,
        f"{AP}.6": 6000,
        f"{AP}.25.{ROOT}": 750_000,
        f"{AP}.23.{ROOT}": 30,
        f"{AP}.25.{DOUBLE}": 1_500_000,
        f"{RADIO}.11.{ROOT}.1": 750_000,
        f"{RADIO}.14.{ROOT}.1": 7_500_000,
        f"{RADIO}.13.{ROOT}.1": 10_000,
        f"{RADIO}.16.{ROOT}.1": 250,
        f"{RADIO}.17.{ROOT}.1": 1_250,
        f"{VAP}.8.0.0.94.0.83.16": 75_000,
        f"{VAP}.8.0.0.94.0.83.17": 675_000,
        f"{VAP}.9.0.0.94.0.83.17": 7_500_000,
        f"{WLAN}.14.1": 750_000,
        f"{WLAN}.14.3": 1_500_000,
        f"{WLAN}.16.3": 15_000_000,
    }
    return {**grown(ours(), grow), f"{AP}.21.{ROOT}": "65|7499704"}


def ours_restarted() -> Records:
    """A minute later again: the first access point has started anew, the others and the controller have not."""
    grow = {f"{SYSTEM}.8.0": 6000, f"{AP}.6": 6000, f"{AP}.25.{DOUBLE}": 750_000}
    new = {f"{RADIO}.{n}.{ROOT}.1": "70|99000000000" for n in (11, 13, 14, 16, 17)}
    return {**grown(ours_later(), grow), f"{AP}.6.{ROOT}": "67|3000", f"{AP}.21.{ROOT}": "65|8000000", **new}


def recordings_played() -> Mapping[str, Records]:
    return {
        **identities(),
        "zd1106": recording("ruckuswireless_zd1100"),
        "ours": ours(),
        "ours_later": ours_later(),
        "ours_restarted": ours_restarted(),
    }


async def test_no_other_device_gets_this_profile(port: int) -> None:
    assert await recordings_that_choose(port, "ruckus_zonedirector") == {"ruckuswireless_zd1100"}
    assert await profile_chosen(port, "ours") == "ruckus_zonedirector"  # though Unleashed has that object id as well


async def test_what_a_controller_tells_of_itself(device: Device) -> None:
    (reports,) = await device("zd1106")
    assert reports == [
        {
            "observed_at": FIRST,
            "device": {
                "vendor": "Ruckus",
                "model": "ZD1106",
                "serial": "431323000588",
                "firmware": "9.7.2.0 build 20",
                "name": "<private>",
            },
            "system": {"uptime_seconds": 5480880.51, "cpu_ratio": 0.07, "memory_used_ratio": 0.26},
            "access_points": 11,  # of 13; LibreNMS shows both
            "clients": 23,
            # LibreNMS shows three networks with 0, 22 and 1 clients; their names are hidden by the contributor, and all
            # that have one name are told together.
            "ssids": [{"ssid": "<private>", "clients": 23}],
        }
    ]


def of_device(last: int, **fields: str) -> dict[str, str]:
    return {"vendor": "Ruckus", "mac": f"00:00:5e:00:53:{last:02x}", **fields}


FIRST_REPORTS: Told = [
    {
        "observed_at": FIRST,
        "device": of_device(0, model="ZD1200", serial="TEST00000000", firmware="10.9.0.1 build 2", name="ours"),
        "system": {"uptime_seconds": 10000.0, "cpu_ratio": 0.2, "memory_used_ratio": 0.6},
        "access_points": 4,
        "clients": 16,
        "ssids": [
            {"ssid": "SEOUL", "clients": 15},
            {"ssid": "SEOUL_Secure", "clients": 0},
            {"ssid": "", "clients": 1},
        ],
    },
    {
        "observed_at": FIRST,
        "is_up": True,
        "device": of_device(1, model="r999", serial="TEST00000001", firmware="10.9.0.1", name="Gate"),
        "system": {"uptime_seconds": 5000.0, "cpu_ratio": 0.08, "memory_used_ratio": 0.55},
        "clients": 14,
        "radios": [
            {"name": "radio0", "band": "2.4", "channel": 6, "standard": "802.11n", "clients": 4},
            {"name": "radio1", "band": "5", "channel": 149, "standard": "802.11ac", "clients": 10},
        ],
        "ssids": [{"ssid": "SEOUL"}, {"ssid": ""}],
        "uplink": {"name": "eth1", "is_up": True, "speed_bits_per_second": 1e9, "is_full_duplex": True},
    },
    {
        "observed_at": FIRST,
        "is_up": False,  # and its clients, uptime, load, radio, network and port are old
        "device": of_device(2, model="r999", serial="TEST00000002", firmware="10.9.0.0", name="Bridge"),
    },
    {
        "observed_at": FIRST,
        "is_up": True,
        "device": of_device(3, model="r999", serial="TEST00000003", name="Pool"),
        "system": {"uptime_seconds": 3000.0, "memory_used_ratio": 0.375},
        "clients": 0,
        "radios": [{"name": "radio0", "clients": 0}],  # a type that is not in the MIB, and no channel
        "uplink": {"name": "lan", "is_up": True},  # two ports have a link
    },
    {
        "observed_at": FIRST,
        "is_up": True,
        "device": of_device(4, model="t999", name="Pier"),
        "system": {"uptime_seconds": 2000.0},
        "clients": 2,  # no uplink: it is on the air
    },
    {
        "observed_at": FIRST,
        "is_up": True,
        "device": of_device(5, model="t999", name="Hill"),
        "clients": 0,
        "uplink": {"name": "lan"},  # nothing is known of its ports
    },
]


async def test_the_controller_and_each_access_point(device: Device) -> None:
    (reports,) = await device("ours")
    assert reports == FIRST_REPORTS


async def test_traffic_and_retries_and_what_one_that_starts_anew_does_not_tell(device: Device) -> None:
    _, later, restarted = await device("ours", "ours_later", "ours_restarted")
    assert later[0]["ssids"] == [
        {"ssid": "SEOUL", "clients": 15, "rx_bits_per_second": 3e5, "tx_bits_per_second": 2e6},
        {"ssid": "SEOUL_Secure", "clients": 0, "rx_bits_per_second": 0.0, "tx_bits_per_second": 0.0},
        {"ssid": "", "clients": 1, "rx_bits_per_second": 0.0, "tx_bits_per_second": 0.0},
    ]
    assert later[1] == {
        **FIRST_REPORTS[1],
        "observed_at": LATER,
        "interval_seconds": 60.0,
        "system": {"uptime_seconds": 5060.0, "cpu_ratio": 0.08, "memory_used_ratio": 0.55},
        "radios": [
            # Nothing was sent, so that nothing is known of retries.
            {**FIRST_REPORTS[1]["radios"][0], "rx_bits_per_second": 0.0, "tx_bits_per_second": 0.0},
            {
                **FIRST_REPORTS[1]["radios"][1],
                "retry_ratio": pytest.approx(0.125),
                "failure_ratio": pytest.approx(0.025),
                "rx_bits_per_second": 1e5,
                "tx_bits_per_second": 1e6,
            },
        ],
        "ssids": [
            {"ssid": "SEOUL", "rx_bits_per_second": 1e5, "tx_bits_per_second": 1e6},
            {"ssid": "", "rx_bits_per_second": 0.0, "tx_bits_per_second": 0.0},
        ],
        "uplink": {
            **FIRST_REPORTS[1]["uplink"],
            "rx_bits_per_second": 1e6,
            "tx_bits_per_second": 1e5,
            "rx_errors_per_second": 0.5,
        },
    }
    assert later[2] == {**FIRST_REPORTS[2], "observed_at": LATER, "interval_seconds": 60.0}
    assert later[3]["uplink"]["tx_bits_per_second"] == 2e5
    # The first access point counts from a new start, its neighbour goes on.
    assert restarted[1]["system"]["uptime_seconds"] == 30.0
    assert restarted[1]["radios"] == FIRST_REPORTS[1]["radios"]
    assert restarted[1]["ssids"] == FIRST_REPORTS[1]["ssids"]
    assert restarted[1]["uplink"] == FIRST_REPORTS[1]["uplink"]
    assert restarted[3]["uplink"]["tx_bits_per_second"] == 1e5
