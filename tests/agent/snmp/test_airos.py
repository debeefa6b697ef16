"""Ubiquiti's airMAX devices: three that were recorded, one of them made a station of another, and one of our own."""

from collections.abc import Mapping

import pytest
from identities import identities, recordings_that_choose
from recordings import Device, Records, grown, needs_recordings, recording

pytestmark = needs_recordings

AIRMAX = "1.3.6.1.4.1.41112.1.4"
RADIO, WIRELESS = f"{AIRMAX}.1.1", f"{AIRMAX}.5.1"
IF, UPTIME = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.1.3.0"
NANOSTATION = "ubiquiti-nanostation-m5-5.6"
FIRST, LATER = "2026-05-02T12:00:00Z", "2026-05-02T12:01:00Z"
STILL = {"rx_bits_per_second": 0.0, "tx_bits_per_second": 0.0}
FAULTS = {f"{way}_{what}_per_second": 0.0 for way in ("rx", "tx") for what in ("errors", "drops")}


def recordings_played() -> Mapping[str, Records]:
    airos8, nanostation = recording("airos_airos8"), recording(NANOSTATION)
    # ifOutOctets of ath0, which has 32 bits, near the top; ifInOctets of ath0 and of eth0.
    near_the_top = {**airos8, f"{IF}.16.7": "65|4294960000"}
    over_the_top = {
        **grown(airos8, {f"{IF}.10.7": 750_000, f"{IF}.10.2": 15_000_000}),
        f"{IF}.16.7": f"65|{4_294_960_000 + 7_500_000 - 2**32}",
    }
    return {
        **identities(),
        "airos": recording("airos"),
        "airos_airos8": near_the_top,
        "airos8_later": over_the_top,
        "airos8_restarted": {**near_the_top, f"{IF}.16.7": "65|5000", UPTIME: "67|3000"},
        NANOSTATION: nanostation,
        "nanostation_later": grown(nanostation, {f"{IF}.10.5": 7_500_000, f"{IF}.16.5": 750_000}),
        # ubntRadioMode: a station
        "station": {**nanostation, f"{RADIO}.2.1": "2|1"},
        "ours": without_airmax(),
        # No memFree; ubntRadioTxPower and ubntWlStatNoiseFloor -1
        "lacking": {
            **{oid: r for oid, r in nanostation.items() if oid != "1.3.6.1.4.1.10002.1.1.1.1.2.0"},
            f"{RADIO}.6.1": "2|-1",
            f"{WIRELESS}.8.1": "2|-1",
        },
    }


def without_airmax() -> Records:
    """Synthetic: an access point for 802.11 clients at 2.4 GHz that has measured neither noise nor temperature."""
    return {
        "1.3.6.1.2.1.1.1.0": "4|Linux 2.6.32.71 #1 mips",
        "1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.10002.1",
        "1.2.840.10036.3.1.2.1.3.6": "4|Rocket 2AC Prism",
        "1.2.840.10036.3.1.2.1.4.6": "4|TEST",
        f"{RADIO}.2.1": "2|2",
        f"{RADIO}.4.1": "2|2437",
        f"{RADIO}.6.1": "2|-4",
        f"{WIRELESS}.2.1": "4|SEOUL",
        f"{WIRELESS}.8.1": "2|0",
        f"{WIRELESS}.9.1": "2|0",
        f"{WIRELESS}.10.1": "2|0",
        f"{WIRELESS}.14.1": "2|20",
        f"{WIRELESS}.15.1": "66|0",
        f"{AIRMAX}.6.1.2.1": "2|2",  # ubntAirMaxEnabled is false
        f"{AIRMAX}.6.1.7.1": "2|0",
        f"{AIRMAX}.8.3.0": "2|10000",
        f"{AIRMAX}.8.4.0": "2|0",
    }


async def test_airos_8_of_which_little_was_recorded(device: Device) -> None:
    ((report,),) = await device("airos")
    assert report == {
        "observed_at": FIRST,
        # XC.qca955x.v8.5.1.37185.180307.0931; LibreNMS shows all that follows the v.
        "device": {
            "vendor": "Ubiquiti",
            "model": "Rocket Prism 5AC Gen2",
            "firmware": "8.5.1",
            "name": "<private>",
        },
        # ubntHostCpuLoad 400 is hundredths of a percent, ubntHostTemperature 66 degrees.
        "system": {"uptime_seconds": 6372731.0, "cpu_ratio": 0.04, "temperature_celsius": 66.0},
        "clients": 22,
        "radios": [
            {
                "name": "ath0",
                "band": "5",
                "channel": 149,  # 5745 MHz
                "capability": "802.11ac",
                "tx_power_dbm": 27.0,
                "noise_dbm": -103.0,
                "clients": 22,
                "rx_phy_rate_bits_per_second": 37338600.0,
                "tx_phy_rate_bits_per_second": 59999000.0,
            }
        ],
    }


async def test_airos_8_with_interfaces(device: Device) -> None:
    (first,), (later,), (restarted,) = await device("airos_airos8", "airos8_later", "airos8_restarted")
    whole = {
        "device": {
            "vendor": "Ubiquiti",
            "model": "LiteBeam 5AC Gen2",
            "mac": "78:8a:20:c8:66:b2",  # of ath0; eth0's is ..c9:..
            "firmware": "8.7.4",
            "name": "<private>",
        },
        "clients": 1,
    }
    # ubntHostTemperature 160000000 is none (LibreNMS makes 16 °C of it); of memory all that was recorded is its size.
    system = {"uptime_seconds": 9644501.0, "cpu_ratio": 0.0606}
    ath0 = {
        "name": "ath0",
        "is_up": True,
        "band": "5",
        "channel": 156,  # 5780 MHz
        "capability": "802.11ac",
        "tx_power_dbm": 24.0,
        "noise_dbm": -91.0,
        "busy_ratio": pytest.approx(0.699),
        "clients": 1,
        "rx_phy_rate_bits_per_second": 52e6,
        "tx_phy_rate_bits_per_second": 39e6,
    }
    eth0 = {"name": "eth0", "is_up": True, "speed_bits_per_second": 1e8}
    assert first == {**whole, "observed_at": FIRST, "system": system, "radios": [ath0], "uplink": eth0}
    assert later == {
        **whole,
        "observed_at": LATER,
        "interval_seconds": 60.0,
        "system": system,
        "radios": [{**ath0, "rx_bits_per_second": 1e5, "tx_bits_per_second": 1e6}],
        "uplink": {**eth0, **FAULTS, "rx_bits_per_second": 2e6, "tx_bits_per_second": 0.0},
    }
    assert restarted == {
        **whole,
        "observed_at": "2026-05-02T12:02:00Z",
        "interval_seconds": 60.0,
        "system": {**system, "uptime_seconds": 30.0},
        "radios": [ath0],
        "uplink": eth0,
    }


async def test_airos_5_6_that_tells_rates_in_kilobits(device: Device) -> None:
    (first,), (later,) = await device(NANOSTATION, "nanostation_later")
    whole = {
        "device": {
            "vendor": "Ubiquiti",
            "model": "NanoStation M5",
            "mac": "04:18:d6:2a:0a:92",
            "firmware": "5.6-beta4",  # XW.ar934x.v5.6-beta4.22359.140521.1836
            "name": "Kotelinaya-to-Pat",
        },
        "system": {
            "uptime_seconds": 8431538.0,
            "load_1m": 0.12,
            "memory_used_ratio": pytest.approx(1 - (42576 + 2308) / 62268),
        },
        "clients": 1,
        "ssids": [{"ssid": "patrikeevo", "radio": "ath0", "clients": 1}],
    }
    ath0 = {
        "name": "ath0",
        "is_up": True,
        "band": "5",
        "channel": 172,  # 5860 MHz, and dot11CurrentChannel says so as well
        "width_mhz": 40,
        "capability": "802.11n",
        "tx_power_dbm": 27.0,
        "noise_dbm": -101.0,
        "clients": 1,
        "rx_phy_rate_bits_per_second": 120e6,
        "tx_phy_rate_bits_per_second": 162e6,
    }
    eth0 = {"name": "eth0", "is_up": True, "speed_bits_per_second": 1e8}
    # eth1 is down, and its ifSpeed 0. The other seven interfaces are VLANs, bridges and the radio.
    eth1 = {"name": "eth1", "is_up": False}
    assert first == {**whole, "observed_at": FIRST, "radios": [ath0], "uplink": eth0, "interfaces": [eth1]}
    assert later == {
        **whole,
        "observed_at": LATER,
        "interval_seconds": 60.0,
        "radios": [{**ath0, "rx_bits_per_second": 1e6, "tx_bits_per_second": 1e5}],
        "uplink": {**eth0, **STILL, **FAULTS},
        "interfaces": [{**eth1, **STILL, **FAULTS}],
    }


async def test_a_station_has_no_clients_and_no_network(device: Device) -> None:
    ((access_point,), (station,)) = await device(NANOSTATION, "station")
    assert access_point["clients"] == access_point["radios"][0]["clients"] == 1
    assert "clients" not in station
    assert "ssids" not in station
    assert station["radios"][0]["channel"] == 172
    assert "clients" not in station["radios"][0]


async def test_what_was_not_measured_is_absent_and_no_clients_are_none(device: Device) -> None:
    ((report,),) = await device("ours")
    assert report == {
        "observed_at": FIRST,
        "device": {"vendor": "Ubiquiti", "model": "Rocket 2AC Prism", "firmware": "TEST"},
        "system": {"cpu_ratio": 1.0},
        "clients": 0,
        "radios": [
            {
                "name": "ath0",
                "band": "2.4",
                "channel": 6,
                "width_mhz": 20,
                "capability": "802.11ac",
                "tx_power_dbm": -4.0,
                "clients": 0,
            }
        ],
        "ssids": [{"ssid": "SEOUL", "radio": "ath0", "clients": 0}],
    }


async def test_what_lacks_a_part_of_it_is_absent_and_not_wrong(device: Device) -> None:
    ((report,),) = await device("lacking")
    assert "memory_used_ratio" not in report["system"]
    assert not {"tx_power_dbm", "noise_dbm"} & report["radios"][0].keys()


async def test_the_profile_is_for_airmax_alone(port: int) -> None:
    assert await recordings_that_choose(port, "airos") == {"airos", "airos_airos8", NANOSTATION}
