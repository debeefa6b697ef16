"""UniFi's access points: four that were recorded, and one of our own with 6 GHz and all that the MIB has."""

from collections.abc import Mapping

import pytest
from identities import identities, recordings_that_choose
from recordings import Device, Records, grown, needs_recordings, recording

pytestmark = needs_recordings

RADIO, VAP, PORT = "1.3.6.1.4.1.41112.1.6.1.1.1", "1.3.6.1.4.1.41112.1.6.1.2.1", "1.3.6.1.4.1.41112.1.6.2.1.1"
AP, FROGFOOT = "1.3.6.1.4.1.41112.1.6.3", "1.3.6.1.4.1.10002.1.1.1"
IF, IFX, UPTIME = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1", "1.3.6.1.2.1.1.3.0"
FIRST, LATER = "2026-05-02T12:00:00Z", "2026-05-02T12:01:00Z"
TOP = 2**32
FAULTS = {f"{way}_{what}_per_second": 0.0 for way in ("rx", "tx") for what in ("errors", "drops")}


def recordings_played() -> Mapping[str, Records]:
    nanohd, ours = recording("unifi_nanohd"), three_bands()
    ours_later = {
        **grown(
            ours,
            {
                f"{IFX}.6.11": 15_000_000,  # ifHCInOctets and ifHCOutOctets of the 2.4 GHz network
                f"{IFX}.10.11": 75_000_000,
                f"{IFX}.6.12": 7_500_000,  # of SEOUL and SEOUL_Secure at 5 GHz
                f"{IFX}.10.12": 30_000_000,
                f"{IFX}.10.13": 15_000_000,
                f"{VAP}.16.3": 150_000_000,  # unifiVapTxBytes at 6 GHz
                f"{VAP}.19.0": 900,  # unifiVapTxPackets
                f"{VAP}.19.1": 350,
                f"{VAP}.19.2": 50,
                f"{VAP}.19.3": 4000,
                f"{VAP}.20.0": 100,  # unifiVapTxRetries
                f"{VAP}.20.1": 75,
                f"{VAP}.20.2": 25,
            },
        ),
        # unifiVapRxBytes at 6 GHz goes over the top: 7,500,000 more.
        f"{VAP}.10.3": f"65|{4_294_960_000 + 7_500_000 - TOP}",
    }
    # All begins anew, with a little traffic since.
    restarted = {oid: "65|900" if oid.startswith((f"{VAP}.10.", f"{VAP}.16.")) else r for oid, r in ours.items()}
    restarted |= {oid: "70|900" for oid in ours if oid.startswith((f"{IFX}.6.", f"{IFX}.10."))}
    return {
        **identities(),
        "unifi": recording("unifi"),
        "unifi_unifi": recording("unifi_unifi"),
        "unifi_achd": recording("unifi_achd"),
        "unifi_nanohd": nanohd,
        "nanohd_later": grown(nanohd, {f"{IFX}.6.2": 7_500_000, f"{IFX}.10.2": 750_000}),
        "ours": ours,
        "ours_later": ours_later,
        "ours_restarted": {**restarted, UPTIME: "67|3000"},
        "ours_lacking": lacking(ours),
        "ours_lacking_later": lacking(ours_later),
    }


def lacking(records: Records) -> Records:
    """The records without unifiVapTxPackets and memFree, and with a power and an airtime of -1."""
    left = {oid: r for oid, r in records.items() if not oid.startswith((f"{VAP}.19.", f"{FROGFOOT}.1.2."))}
    return {oid: "2|-1" if oid.startswith((f"{VAP}.21.", f"{RADIO}.6.")) else r for oid, r in left.items()}


def three_bands() -> Records:
    """Synthetic: an access point with three radios, five networks on them, and rows counted from 0.

    The fifth network is switched off. The radio of 6 GHz has measured no airtime, and counts no retries; its networks
    have no interface in IF-MIB.
    """
    networks = {
        # name, network, radio, channel, power, clients, up
        0: ("wifi0ap0", "SEOUL", "ng", 6, 20, 5, 1),
        1: ("wifi1ap0", "SEOUL", "na", 100, 23, 7, 1),
        2: ("wifi1ap1", "SEOUL_Secure", "na", 100, 23, 2, 1),
        3: ("wifi2ap0", "SEOUL", "6e", 37, 24, 3, 1),
        4: ("wifi2ap1", "", "6e", 0, 0, 0, 2),
    }
    airtime = {0: ("ng", 40, 10, 20), 1: ("na", 12, 3, 6), 2: ("6e", 0, 0, 0)}
    interfaces = {1: "eth0", 11: "wifi0ap0", 12: "wifi1ap0", 13: "wifi1ap1", 20: "br0"}
    records = {
        "1.3.6.1.2.1.1.1.0": "4|U7-Test 8.0.1.10000",
        "1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.41112",
        "1.3.6.1.2.1.1.5.0": "4|test-ap",
        UPTIME: "67|8640000",
        f"{AP}.3.0": "4|U7-Test",
        f"{AP}.6.0": "4|8.0.1.10000",
        f"{FROGFOOT}.1.1.0": "66|1000",  # KiB in all, free, buffers, cache
        f"{FROGFOOT}.1.2.0": "66|200",
        f"{FROGFOOT}.1.3.0": "66|50",
        f"{FROGFOOT}.1.4.0": "66|150",
        f"{PORT}.2.0": "2|1",  # unifiIfFullDuplex is true
        f"{PORT}.4.0": "4x|02005e005301",
        f"{PORT}.5.0": "4|eth0",
        f"{PORT}.11.0": "2|2500",
    }
    for row, (name, network, radio, channel, power, clients, is_up) in networks.items():
        texts = {6: network, 7: name, 9: radio}
        numbers = {4: channel, 8: clients, 21: power, 22: is_up}
        counters = {10: 4_294_960_000, 16: 1000, 19: 1000, 20: 10 if radio != "6e" else 0}
        records |= {f"{VAP}.{column}.{row}": f"4|{text}" for column, text in texts.items()}
        records |= {f"{VAP}.{column}.{row}": f"2|{number}" for column, number in numbers.items()}
        records |= {f"{VAP}.{column}.{row}": f"65|{count}" for column, count in counters.items()}
    for row, (radio, *percents) in airtime.items():
        records[f"{RADIO}.3.{row}"] = f"4|{radio}"
        records |= {f"{RADIO}.{column}.{row}": f"2|{percent}" for column, percent in enumerate(percents, 6)}
    for row, name in interfaces.items():
        records |= {f"{IF}.2.{row}": f"4|{name}", f"{IF}.3.{row}": "2|6", f"{IF}.8.{row}": "2|1"}
        records |= {f"{IFX}.1.{row}": f"4|{name}", f"{IFX}.15.{row}": "66|0"}
        records |= {f"{IFX}.6.{row}": "70|5000000000", f"{IFX}.10.{row}": "70|90000000000"}
    return records


async def test_firmware_3_which_tells_of_2_4_ghz_alone(device: Device) -> None:
    ((report,),) = await device("unifi")
    assert report == {
        "observed_at": FIRST,
        # Of IEEE802dot11-MIB; the version was not recorded.
        "device": {"vendor": "Ubiquiti", "model": "UAP", "name": "<private>"},
        "system": {
            "uptime_seconds": 1955520.46,  # hrSystemUptime, of the machine; sysUpTime is that of its SNMP
            "load_1m": 0.22,  # LibreNMS shows the mean of five minutes, 24 %, as the processor's use
            "memory_used_ratio": pytest.approx(1 - (38688 + 8) / 62384),
        },
        "clients": 4,
        "radios": [
            {
                "name": "ng",
                "band": "2.4",
                "channel": 11,
                "tx_power_dbm": 5.0,
                "busy_ratio": 0.09,
                "rx_ratio": 0.03,
                "tx_ratio": 0.06,
                "clients": 4,
            }
        ],
        # LibreNMS leaves out the network without a name.
        "ssids": [
            {"ssid": "", "radio": "ng", "clients": 0},
            {"ssid": "Main SSID", "radio": "ng", "clients": 1},
            {"ssid": "guest", "radio": "ng", "clients": 3},
            {"ssid": "Maintenance", "radio": "ng", "clients": 0},
        ],
    }


async def test_two_bands_on_hardware_that_measures_no_airtime(device: Device) -> None:
    (first,), (later,) = await device("unifi_nanohd", "nanohd_later")
    whole = {
        "device": {
            "vendor": "Ubiquiti",
            "model": "UAP-nanoHD",
            "mac": "b4:fb:e4:2a:3f:1c",  # of eth0; the MIB's own table of ports was not recorded
            "firmware": "5.43.36.12724",
            "name": "<private>",
        },
        "system": {
            "uptime_seconds": 545079.21,
            "cpu_ratio": 0.0275,  # 3, 2, 3 and 3 percent
            "load_1m": 0.64,
            "memory_used_ratio": pytest.approx(1 - 31048 / 124372),  # buffers and cache were not recorded
        },
        "clients": 18,
        # unifiRadioCuTotal and the like are 0 with 18 clients: LibreNMS shows 0 %.
        "radios": [
            {"name": "ng", "band": "2.4", "channel": 6, "tx_power_dbm": 23.0, "clients": 4},
            {"name": "na", "band": "5", "channel": 157, "tx_power_dbm": 26.0, "clients": 14},
        ],
        # LibreNMS adds up what bears the same name: 18 clients of homewifi_ac.
        "ssids": [
            {"ssid": "homewifi_ac", "radio": "ng", "clients": 4},
            {"ssid": "vwire-d4aebb3212a82cd8", "radio": "ng", "clients": 0},
            {"ssid": "homewifi_ac", "radio": "na", "clients": 14},
            {"ssid": "vwire-d4aebb3212a82cd8", "radio": "na", "clients": 0},
        ],
    }
    # Of 29 interfaces one is a cable; ifHighSpeed 0 is no speed.
    eth0 = {"name": "eth0", "is_up": True}
    assert first == {**whole, "observed_at": FIRST, "uplink": eth0}
    assert later == {
        **whole,
        "observed_at": LATER,
        "interval_seconds": 60.0,
        "uplink": {**eth0, **FAULTS, "rx_bits_per_second": 1e6, "tx_bits_per_second": 1e5},
    }


async def test_a_modem_whose_radio_has_no_networks(device: Device) -> None:
    ((report,),) = await device("unifi_unifi")
    assert report == {
        "observed_at": FIRST,
        "device": {
            "vendor": "Ubiquiti",
            "model": "U-LTE-Pro-EU",
            "mac": "d0:21:f9:20:00:69",
            "firmware": "6.6.57.15206",
            "name": "<private>",
        },
        "system": {
            "uptime_seconds": pytest.approx(1624988.38),
            "cpu_ratio": 0.06,
            "load_1m": 0.03,
            "memory_used_ratio": pytest.approx(1 - 53148 / 125832),
        },
        "radios": [{"name": "ng", "band": "2.4"}],  # no networks: neither a channel nor clients are known
        "uplink": {"name": "eth0", "is_up": True, "speed_bits_per_second": 1e9},
    }


async def test_a_device_of_which_nothing_but_the_identity_was_recorded(device: Device) -> None:
    ((report,),) = await device("unifi_achd")
    assert report == {
        "observed_at": FIRST,
        "device": {"vendor": "Ubiquiti", "model": "UAP-AC-HD", "firmware": "3.9.19.8123"},  # "UAP-AC-HD 3.9.19.8123"
    }


async def test_three_bands_and_all_that_the_mib_has(device: Device) -> None:
    (first,), (later,), (restarted,) = await device("ours", "ours_later", "ours_restarted")
    whole = {
        "device": {
            "vendor": "Ubiquiti",
            "model": "U7-Test",
            "mac": "02:00:5e:00:53:01",
            "firmware": "8.0.1.10000",
            "name": "test-ap",
        },
        "clients": 17,
    }
    system = {"uptime_seconds": 86400.0, "memory_used_ratio": pytest.approx(0.6)}
    eth0 = {"name": "eth0", "is_up": True, "speed_bits_per_second": 2.5e9, "is_full_duplex": True}
    airtime = {"busy_ratio": 0.4, "rx_ratio": 0.1, "tx_ratio": 0.2}
    ng = {"name": "ng", "is_up": True, "band": "2.4", "channel": 6, "tx_power_dbm": 20.0, **airtime, "clients": 5}
    airtime = {"busy_ratio": 0.12, "rx_ratio": 0.03, "tx_ratio": 0.06}
    na = {"name": "na", "is_up": True, "band": "5", "channel": 100, "tx_power_dbm": 23.0, **airtime, "clients": 9}
    # Channel 37 is of 6 GHz, whatever is made of its number.
    six = {"name": "6e", "is_up": True, "band": "6", "channel": 37, "tx_power_dbm": 24.0, "clients": 3}
    networks = [
        {"ssid": "SEOUL", "radio": "ng", "clients": 5},
        {"ssid": "SEOUL", "radio": "na", "clients": 7},
        {"ssid": "SEOUL_Secure", "radio": "na", "clients": 2},
        {"ssid": "SEOUL", "radio": "6e", "clients": 3},
        {"ssid": "", "radio": "6e", "clients": 0},
    ]
    flows = [(2e6, 1e7), (1e6, 4e6), (0.0, 2e6), (1e6, 2e7), (0.0, 0.0)]
    assert first == {
        **whole,
        "observed_at": FIRST,
        "system": system,
        "radios": [ng, na, six],
        "ssids": networks,
        "uplink": eth0,
    }
    assert later == {
        **whole,
        "observed_at": LATER,
        "interval_seconds": 60.0,
        "system": system,
        "radios": [
            # 100 of 900 and 100, 100 of 400 and 100.
            {**ng, "retry_ratio": pytest.approx(0.1), "rx_bits_per_second": 2e6, "tx_bits_per_second": 1e7},
            {**na, "retry_ratio": pytest.approx(0.2), "rx_bits_per_second": 1e6, "tx_bits_per_second": 6e6},
            {**six, "rx_bits_per_second": 1e6, "tx_bits_per_second": 2e7},
        ],
        "ssids": [
            {**network, "rx_bits_per_second": rx, "tx_bits_per_second": tx}
            for network, (rx, tx) in zip(networks, flows, strict=True)
        ],
        "uplink": {**eth0, "rx_bits_per_second": 0.0, "tx_bits_per_second": 0.0},
    }
    # Counters that began anew are no traffic, not even those near the top of their 32 bits.
    assert restarted == {
        **whole,
        "observed_at": "2026-05-02T12:02:00Z",
        "interval_seconds": 60.0,
        "system": {**system, "uptime_seconds": 30.0},
        "radios": [ng, na, six],
        "ssids": networks,
        "uplink": eth0,
    }


async def test_what_lacks_a_part_of_it_is_absent_and_not_wrong(device: Device) -> None:
    _, (later,) = await device("ours_lacking", "ours_lacking_later")
    assert "memory_used_ratio" not in later["system"]
    unknown = {"retry_ratio", "tx_power_dbm", "busy_ratio"}
    assert len(later["radios"]) == 3
    assert not any(unknown & radio.keys() for radio in later["radios"])


async def test_the_profile_is_for_unifi_alone(port: int) -> None:
    own = {"unifi", "unifi_nanohd", "unifi_unifi", "unifi_achd"}
    assert await recordings_that_choose(port, "unifi") == own
