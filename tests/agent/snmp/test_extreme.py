"""Aerohive's access points, now Extreme's: four recordings, of which two have nothing of Aerohive's own MIBs.

What HiveOS tells and no recording holds is on a recording of our own.
"""

from collections.abc import Mapping

from identities import identities, profile_chosen, recordings_that_choose
from recordings import Device, Records, grown, needs_recordings, recording

pytestmark = needs_recordings

AEROHIVE = "1.3.6.1.4.1.26928.1"
NAMES, STATS = f"{AEROHIVE}.1.1.2.1.1.1", f"{AEROHIVE}.1.1.2.1.3.1"
ATTRIBUTES, SYSTEM = f"{AEROHIVE}.1.1.2.1.5.1", f"{AEROHIVE}.2"
IF, IFX = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
FIRST, LATER = "2026-05-02T12:00:00Z", "2026-05-02T12:01:00Z"


def recordings_played() -> Mapping[str, Records]:
    ap250 = recording("hiveos-wireless_2")
    hiveap320 = recording("hiveos-wireless_320-n")
    busy = ours(20)
    return {
        **identities(),
        "stitched": recording("hiveos-wireless"),
        "ap250": ap250,
        "ap250_later": grown(
            ap250,
            {
                f"{STATS}.2.7": 180,  # ahRadioTxUnicastDataFrames of wifi0
                f"{STATS}.7.7": 60,  # ahRadioTxTotalRetries
                f"{STATS}.10.7": 60,  # ahRadioTxFEForExcessiveHWRetries
                f"{STATS}.22.7": 15_000_000,  # ahRadioTxAirtime: 15 s of 60
                f"{STATS}.23.7": 7_500_000,  # ahRadioRxAirtime: 7.5 s of 60
                f"{IFX}.6.7": 750_000,  # ifHCInOctets
                f"{IFX}.10.7": 7_500_000,  # ifHCOutOctets
                f"{IFX}.10.14": 1_500_000,  # ifHCOutOctets of wifi0.1
                f"{IFX}.6.3": 7_500_000,  # ifHCInOctets of eth0
            },
        ),
        "hiveap320": hiveap320,
        "hiveap320_later": grown(hiveap320, {f"{IFX}.10.8": 15_000_000, f"{IF}.13.5": 60}),
        "ap305c": recording("hiveos-wireless_ap305c-1"),
        "busy": busy,
        # Airtime turns over; so do the retries, which were 4294967290 and are 54 after 60 more.
        "busy_later": {**busy, f"{STATS}.22.20": "65|10032704", f"{STATS}.7.20": "65|54", f"{STATS}.2.20": "65|1180"},
        "busy_restarted": {
            **busy,
            f"{SYSTEM}.7.0": "4|0 weeks, 0 days, 0 hours, 0 minutes, 50 seconds",
            f"{STATS}.22.20": "65|10032704",
            f"{STATS}.7.20": "65|54",
            f"{STATS}.2.20": "65|100",
        },
    }


def ours(index: int) -> Records:
    """Synthetic: an access point of the generation with 6 GHz, one of its radios up and one off."""
    return {
        "1.3.6.1.2.1.1.1.0": "4|AP4000, IQ Engine 10.6r4 build-test",
        "1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.26928.1",
        "1.3.6.1.2.1.1.3.0": "67|100",
        f"{SYSTEM}.5.0": "4|TEST0001",
        f"{SYSTEM}.7.0": "4|1 weeks, 2 days, 3 hours, 4 minutes, 5 seconds",
        f"{SYSTEM}.9.0": "2|31",
        f"{SYSTEM}.10.0": "2|0",
        f"{NAMES}.1.{index}": "4|wifi2",
        f"{NAMES}.1.{index + 1}": "4|wifi0",
        f"{NAMES}.2.{index}": "4|N/A",
        f"{NAMES}.2.{index + 1}": "4|N/A",
        f"{IF}.8.{index}": "2|1",
        f"{IF}.8.{index + 1}": "2|2",
        f"{ATTRIBUTES}.1.{index}": "2|37",
        f"{ATTRIBUTES}.1.{index + 1}": "2|11",
        f"{ATTRIBUTES}.2.{index}": "2|18",
        f"{ATTRIBUTES}.2.{index + 1}": "2|20",
        f"{ATTRIBUTES}.3.{index}": "2|164",
        f"{ATTRIBUTES}.3.{index + 1}": "2|161",
        f"{STATS}.2.{index}": "65|1000",
        f"{STATS}.7.{index}": "65|4294967290",
        f"{STATS}.10.{index}": "65|0",
        f"{STATS}.22.{index}": "65|4290000000",
    }


async def test_an_access_point_whose_recording_is_stitched_from_two(device: Device) -> None:
    (first,) = await device("stitched")
    assert first == [
        {
            "observed_at": FIRST,
            "device": {
                "vendor": "Extreme Networks",
                "model": "AP250",  # ahDeviceMode; sysDescr, of another box, says AP230
                "serial": "02501608254257",
                "firmware": "HiveOS 8.1r2a build-178408",
                "name": "rm145d-ap250",
            },
            # 4 days, 20 hours, 31 minutes in English, where sysUpTime is two days.
            "system": {
                "uptime_seconds": 4 * 86400 + 20 * 3600 + 31 * 60.0,
                "cpu_ratio": 0.01,
                "memory_used_ratio": 0.27,
                "temperature_celsius": 45.0,
            },
            "clients": 0,
            # 161 is -95 dBm and 256. LibreNMS shows the same channels as 2437 and 5825 MHz.
            "radios": [
                {"name": "wifi0", "band": "2.4", "channel": 6, "tx_power_dbm": 5.0, "noise_dbm": -95.0},
                {"name": "wifi1", "band": "5", "channel": 165, "tx_power_dbm": 19.0, "noise_dbm": -95.0},
            ],
        }
    ]


AP250_SYSTEM = {
    "uptime_seconds": 2 * 3600 + 7 * 60 + 2.0,
    "cpu_ratio": 0.01,
    "memory_used_ratio": 0.26,
    "temperature_celsius": 47.0,
}


async def test_the_whole_report_of_an_access_point(device: Device) -> None:
    first, later = await device("ap250", "ap250_later")
    whole = {
        "device": {
            "vendor": "Extreme Networks",
            "model": "AP250",
            "serial": "02501608254257",
            "mac": "c4:13:e2:29:0c:c0",  # mgt0
            "firmware": "HiveOS 8.1r2a build-178408",
            "name": "rm10-ap250",
        },
        "system": AP250_SYSTEM,
        "clients": 0,
    }
    wifi0 = {"name": "wifi0", "is_up": True, "band": "2.4", "channel": 1, "tx_power_dbm": 5.0, "noise_dbm": -95.0}
    wifi1 = {"name": "wifi1", "is_up": True, "band": "5", "channel": 153, "tx_power_dbm": 20.0, "noise_dbm": -95.0}
    networks = [("AH-Guest", "wifi0"), ("AH-Air", "wifi1"), ("AH-employee", "wifi1"), ("AH-Guest", "wifi1")]
    eth0 = {"name": "eth0", "is_up": True, "speed_bits_per_second": 1e9}
    still = {"rx_bits_per_second": 0.0, "tx_bits_per_second": 0.0}
    # Nothing is plugged into eth1. What else calls itself Ethernet are radios, networks and what is virtual.
    assert first == [
        {
            "observed_at": FIRST,
            **whole,
            "radios": [wifi0, wifi1],
            "ssids": [{"ssid": ssid, "radio": radio} for ssid, radio in networks],
            "uplink": eth0,
        }
    ]
    faults = {f"{way}_{what}_per_second": 0.0 for way in ("rx", "tx") for what in ("errors", "drops")}
    assert (
        later
        == [
            {
                "observed_at": LATER,
                "interval_seconds": 60.0,
                **whole,
                "radios": [
                    {
                        **wifi0,
                        "tx_ratio": 0.25,
                        "rx_ratio": 0.125,
                        "retry_ratio": 0.25,  # 60 repeats in 240 attempts
                        "failure_ratio": 0.25,
                        "rx_bits_per_second": 1e5,
                        "tx_bits_per_second": 1e6,
                    },
                    {**wifi1, "tx_ratio": 0.0, "rx_ratio": 0.0, **still},
                ],
                "ssids": [
                    {"ssid": "AH-Guest", "radio": "wifi0", "rx_bits_per_second": 0.0, "tx_bits_per_second": 2e5},
                    *({"ssid": ssid, "radio": radio, **still} for ssid, radio in networks[1:]),
                ],
                "uplink": {**eth0, "rx_bits_per_second": 1e6, "tx_bits_per_second": 0.0, **faults},
            }
        ]
    )


async def test_an_old_one_without_the_vendors_mibs_is_fed_through_its_second_port(device: Device) -> None:
    first, later = await device("hiveap320", "hiveap320_later")
    whole = {
        "device": {
            "vendor": "Extreme Networks",
            "model": "HiveAP320_n",
            "mac": "00:19:77:4a:2c:80",
            "firmware": "HiveOS 6.5r9a build-194750",
            "name": "<private>",
        },
        "system": {"uptime_seconds": 1217005.37},
    }
    assert first == [
        {
            "observed_at": FIRST,
            **whole,
            "radios": [{"name": "wifi0", "is_up": True}, {"name": "wifi1", "is_up": True}],
            "uplink": {"name": "eth1", "is_up": True},  # eth0 is down and has never received an octet
        }
    ]
    assert later == [
        {
            "observed_at": LATER,
            "interval_seconds": 60.0,
            **whole,
            "radios": [
                {"name": "wifi0", "is_up": True, "rx_bits_per_second": 0.0, "tx_bits_per_second": 0.0},
                {"name": "wifi1", "is_up": True, "rx_bits_per_second": 0.0, "tx_bits_per_second": 2e6},
            ],
            "uplink": {
                "name": "eth1",
                "is_up": True,
                "rx_bits_per_second": 0.0,
                "tx_bits_per_second": 0.0,
                "rx_errors_per_second": 0.0,
                "tx_errors_per_second": 0.0,
                "rx_drops_per_second": 1.0,
                "tx_drops_per_second": 0.0,
            },
        }
    ]


async def test_one_of_which_only_the_interfaces_were_recorded(device: Device) -> None:
    (first,) = await device("ap305c")
    assert first == [
        {
            "observed_at": FIRST,
            "device": {
                "vendor": "Extreme Networks",
                "model": "AP305C-1",
                "firmware": "HiveOS 10.6r4 build-dcfd27b",
            },
            "radios": [{"name": "wifi0", "is_up": True}, {"name": "wifi1", "is_up": True}],
            "uplink": {"name": "eth0", "is_up": True},
        }
    ]


async def test_no_band_is_guessed_where_there_is_6_ghz_and_a_radio_that_is_off_has_no_values(device: Device) -> None:
    (first,) = await device("busy")
    assert first == [
        {
            "observed_at": FIRST,
            "device": {
                "vendor": "Extreme Networks",
                "model": "AP4000",
                "serial": "TEST0001",
                "firmware": "IQ Engine 10.6r4 build-test",
            },
            "system": {"uptime_seconds": 9 * 86400 + 3 * 3600 + 4 * 60 + 5.0},  # a sensor that says 0 is none
            "clients": 31,
            "radios": [
                {"name": "wifi2", "is_up": True, "channel": 37, "tx_power_dbm": 18.0, "noise_dbm": -92.0},
                {"name": "wifi0", "is_up": False, "band": "2.4"},  # 6 GHz has 37, and no 11
            ],
        }
    ]


async def test_counters_of_32_bits_turn_over_and_a_restart_is_told_from_it(device: Device) -> None:
    _, later = await device("busy", "busy_later")
    wifi2 = later[0]["radios"][0]
    # From 4290000000 to 10032704 are 15000000 us of 60 s; 60 repeats beside 180 frames.
    assert (wifi2["tx_ratio"], wifi2["retry_ratio"]) == (0.25, 0.25)
    _, restarted = await device("busy", "busy_restarted")
    assert not {"tx_ratio", "retry_ratio"} & restarted[0]["radios"][0].keys()


async def test_who_gets_this_profile(port: int) -> None:
    assert await recordings_that_choose(port, "extreme") == {
        "hiveos-wireless",
        "hiveos-wireless_2",
        "hiveos-wireless_320-n",
        "hiveos-wireless_ap305c-1",
    }
    assert await profile_chosen(port, "busy") == "extreme"
