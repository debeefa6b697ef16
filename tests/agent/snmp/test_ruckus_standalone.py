"""Ruckus access points on their own: a recording of an R500, which holds little, and a synthetic one of our own."""

from collections.abc import Mapping

import pytest
from identities import identities, recordings_that_choose
from recordings import Device, Records, grown, needs_recordings, recording

pytestmark = needs_recordings

COMMON = "1.3.6.1.4.1.25053.1.1"
HARDWARE, SOFTWARE = f"{COMMON}.2.1.1.1", f"{COMMON}.3.1.1.1.1.1"
RADIO, RADIO_STATS = f"{COMMON}.12.1.1.1.2.1", f"{COMMON}.12.1.1.1.3.1"
WLAN, WLAN_STATS = f"{COMMON}.6.1.1.1.1.1", f"{COMMON}.6.1.1.1.4.1"
IF, IFX = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
SYS_UPTIME = "1.3.6.1.2.1.1.3.0"
FIRST, LATER = "2026-05-02T12:00:00Z", "2026-05-02T12:01:00Z"


def column(entry: str, number: int, rows: Mapping[int, str]) -> Records:
    """One column of a table."""
    return {f"{entry}.{number}.{row}": record for row, record in rows.items()}


def ours() -> Records:
    """Synthetic: an access point of three radios, the third in 6 GHz, with four networks of which one is off."""
    return {
        "1.3.6.1.2.1.1.1.0": "4|Ruckus Wireless Inc (C) 2006",
        "1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.25053.3.1.4.999",
        SYS_UPTIME: "67|100000",
        "1.3.6.1.2.1.1.5.0": "4|test-ap",
        f"{HARDWARE}.1.0": "4|R999",
        f"{HARDWARE}.2.0": "4|TEST00000001",
        **column(SOFTWARE, 3, {1: "4|6.1.0.0.1", 2: "4|7.0.0.0.2"}),
        **column(SOFTWARE, 5, {1: "2|1", 2: "2|2"}),  # inactive, active
        f"{COMMON}.11.1.1.1.1.0": "2|12",
        f"{COMMON}.11.1.1.1.2.0": "2|40",
        **column(RADIO, 1, {1: "2|3", 2: "2|6", 3: "2|8"}),  # ng, ac, ax
        **column(RADIO, 4, {1: "2|6", 2: "2|149", 3: "2|37"}),
        **column(RADIO, 8, {1: "2|-95", 2: "2|0", 3: "2|-97"}),
        **column(RADIO_STATS, 2, {1: "65|3", 2: "65|5", 3: "65|1"}),
        **column(RADIO_STATS, 16, {1: "65|4294967000", 2: "65|1000", 3: "65|0"}),
        **column(RADIO_STATS, 22, {1: "65|4294000000", 2: "65|2000", 3: "65|0"}),
        # As the devices say it, as the devices say it, and as the MIB has it: a counter of nobody knows what.
        **column(RADIO_STATS, 50, {1: "4|12.5", 2: "4|100.0", 3: "65|123456789"}),
        **column(RADIO_STATS, 52, {1: "4|6.5"}),
        **column(RADIO_STATS, 53, {1: "4|2"}),
        **column(WLAN, 1, {8: "4|SEOUL", 9: "4|SEOUL", 10: "4|SEOUL_Secure", 11: "4|SEOUL"}),
        **column(WLAN, 9, {8: "2|5", 9: "2|7", 10: "2|7", 11: "2|8"}),  # ng, ac, ac, ax
        **column(WLAN, 10, {8: "2|6", 9: "2|149", 10: "2|149", 11: "2|37"}),
        **column(WLAN, 12, {8: "2|1", 9: "2|1", 10: "2|2", 11: "2|1"}),  # up, up, down, up
        **column(WLAN_STATS, 3, {8: "65|3", 9: "65|5", 10: "65|0", 11: "65|1"}),
        **column(WLAN_STATS, 24, {8: "65|500", 9: "65|500", 10: "65|500", 11: "65|500"}),
        **column(WLAN_STATS, 39, {8: "65|900", 9: "65|900", 10: "65|900", 11: "65|900"}),
        **column(IF, 2, {1: "4|lo", 2: "4|eth0", 3: "4|eth1", 4: "4|br0", 5: "4|wlan8"}),
        **column(IF, 3, {1: "2|24", 2: "2|6", 3: "2|6", 4: "2|6", 5: "2|6"}),
        **column(
            IF, 6, {1: "4|", 2: "4x|00005e005304", 3: "4x|00005e005305", 4: "4x|00005e005301", 5: "4x|00005e005309"}
        ),
        **column(IF, 8, {1: "2|1", 2: "2|2", 3: "2|1", 4: "2|1", 5: "2|1"}),
        **column(IFX, 6, {2: "70|0", 3: "70|5000000000", 4: "70|0", 5: "70|0"}),
        **column(IFX, 10, {2: "70|0", 3: "70|6000000000", 4: "70|0", 5: "70|0"}),
        **column(IFX, 15, {2: "66|0", 3: "66|2500", 4: "66|0", 5: "66|0"}),
    }


def ours_later() -> Records:
    """A minute later. Both counters of the first radio have turned over, after 750 kB and 7.5 MB more."""
    return {
        **grown(
            ours(),
            {
                SYS_UPTIME: 6000,
                f"{RADIO_STATS}.22.2": 75_000_000,
                f"{WLAN_STATS}.24.9": 1_500_000,
                f"{WLAN_STATS}.39.9": 3_000_000,
                f"{IFX}.6.3": 75_000_000,
                f"{IFX}.10.3": 7_500_000,
            },
        ),
        f"{RADIO_STATS}.16.1": "65|749704",
        f"{RADIO_STATS}.22.1": "65|6532704",
    }


def ours_restarted() -> Records:
    """A minute later again: the access point has started anew, and counts from nothing."""
    return {
        **ours(),
        SYS_UPTIME: "67|3000",
        **column(RADIO_STATS, 16, {1: "65|10", 2: "65|10", 3: "65|10"}),
        **column(RADIO_STATS, 22, {1: "65|10", 2: "65|80000000", 3: "65|10"}),
        f"{IFX}.6.3": "70|6000000000",
    }


def recordings_played() -> Mapping[str, Records]:
    return {
        **identities(),
        "r500": recording("ruckuswireless-hotzone"),
        "ours": ours(),
        "ours_later": ours_later(),
        "ours_restarted": ours_restarted(),
    }


async def test_no_other_device_gets_this_profile(port: int) -> None:
    assert await recordings_that_choose(port, "ruckus_standalone") == {"ruckuswireless-hotzone"}


async def test_what_an_r500_tells(device: Device) -> None:
    (reports,) = await device("r500", access_point="nanji-001")
    assert reports == [
        {
            "access_point": "nanji-001",
            "observed_at": FIRST,
            # Serial number and name are hidden by the contributor. The image's status is not there: it is the first.
            "device": {
                "vendor": "Ruckus",
                "model": "R500",
                "serial": "<private>",
                "firmware": "9.13.3.0.145",
                "name": "<private>",
            },
            "system": {"uptime_seconds": 5253649.51, "cpu_ratio": 0.03, "memory_used_ratio": 0.27},
            "clients": 1,
            # Neither modes nor channels were recorded; the position tells the band. LibreNMS shows the same values; the
            # first radio's airtime is the text "3.7", the second has none.
            "radios": [
                {
                    "name": "radio1",
                    "band": "2.4",
                    "noise_dbm": -111.0,
                    "busy_ratio": pytest.approx(0.037),
                    "clients": 1,
                },
                {"name": "radio2", "band": "5", "noise_dbm": -99.0, "clients": 0},
            ],
        }
    ]


async def test_radios_networks_and_the_port_with_a_link(device: Device) -> None:
    (reports,) = await device("ours")
    assert reports == [
        {
            "observed_at": FIRST,
            "device": {
                "vendor": "Ruckus",
                "model": "R999",
                "serial": "TEST00000001",
                "mac": "00:00:5e:00:53:01",  # the bridge's
                "firmware": "7.0.0.0.2",  # of the image that is active
                "name": "test-ap",
            },
            "system": {"uptime_seconds": 1000.0, "cpu_ratio": 0.12, "memory_used_ratio": 0.4},
            "clients": 9,
            "radios": [
                {
                    "name": "radio1",
                    "band": "2.4",
                    "channel": 6,
                    "standard": "802.11n",
                    "noise_dbm": -95.0,
                    "busy_ratio": 0.125,
                    "tx_ratio": pytest.approx(0.065),
                    "rx_ratio": 0.02,
                    "clients": 3,
                },
                {
                    "name": "radio2",
                    "band": "5",
                    "channel": 149,
                    "standard": "802.11ac",
                    "busy_ratio": 1.0,
                    "clients": 5,
                },
                # Channel 37 is of 6 GHz, and 1 could be of two bands: nothing is guessed of a third radio.
                {"name": "radio3", "channel": 37, "standard": "802.11ax", "noise_dbm": -97.0, "clients": 1},
            ],
            "ssids": [
                {"ssid": "SEOUL", "radio": "radio1", "clients": 3},
                {"ssid": "SEOUL", "radio": "radio2", "clients": 5},
                {"ssid": "SEOUL", "radio": "radio3", "clients": 1},  # by its channel
            ],
            "uplink": {"name": "eth1", "is_up": True, "speed_bits_per_second": 2.5e9},
        }
    ]


async def test_traffic_survives_a_counter_that_turns_over_and_none_is_made_up_after_a_restart(device: Device) -> None:
    _, (later,), (restarted,) = await device("ours", "ours_later", "ours_restarted")
    assert later["observed_at"] == LATER
    assert [(each["name"], each["rx_bits_per_second"], each["tx_bits_per_second"]) for each in later["radios"]] == [
        ("radio1", 1e5, 1e6),
        ("radio2", 0.0, 1e7),
        ("radio3", 0.0, 0.0),
    ]
    assert [(each["radio"], each["rx_bits_per_second"], each["tx_bits_per_second"]) for each in later["ssids"]] == [
        ("radio1", 0.0, 0.0),
        ("radio2", 2e5, 4e5),
        ("radio3", 0.0, 0.0),
    ]
    assert later["uplink"] == {
        "name": "eth1",
        "is_up": True,
        "speed_bits_per_second": 2.5e9,
        "rx_bits_per_second": 1e7,
        "tx_bits_per_second": 1e6,
    }
    # Even what has grown beyond its last value counts from a new start.
    counted = [*restarted["radios"], *restarted["ssids"], restarted["uplink"]]
    assert restarted["system"]["uptime_seconds"] == 30.0
    assert not [each for each in counted if each.keys() & {"rx_bits_per_second", "tx_bits_per_second"}]
