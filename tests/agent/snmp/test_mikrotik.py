"""MikroTik's devices: three that were recorded, and two of our own, one radio with a virtual network and a repeater."""

from collections.abc import Mapping

import pytest
from identities import identities, recordings_that_choose
from recordings import Device, Records, grown, needs_recordings, recording

pytestmark = needs_recordings

MIKROTIK = "1.3.6.1.4.1.14988.1.1"
NETWORK, STATION, GAUGE = f"{MIKROTIK}.1.3.1", f"{MIKROTIK}.1.1.1", f"{MIKROTIK}.3.100.1"
IF, IFX = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
UPTIME, MACHINE_UPTIME = "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.25.1.1.0"
FIRST, LATER = "2026-05-02T12:00:00Z", "2026-05-02T12:01:00Z"
STILL = {"rx_bits_per_second": 0.0, "tx_bits_per_second": 0.0}
FAULTS = {f"{way}_{what}_per_second": 0.0 for way in ("rx", "tx") for what in ("errors", "drops")}


def recordings_played() -> Mapping[str, Records]:
    first, ours = recording("routeros"), one_radio()
    growth = {
        f"{IFX}.6.3": 15_000_000,  # ifHCInOctets of the port "WAN"
        f"{IFX}.6.1": 750_000,  # of wlan1, and ifHCOutOctets
        f"{IFX}.10.1": 7_500_000,
        f"{IFX}.10.9": 75_000_000,  # of wlan4, which is virtual
    }
    restarted = {oid: "70|9000" if oid.startswith((f"{IFX}.6.", f"{IFX}.10.")) else r for oid, r in first.items()}
    return {
        **identities(),
        "routeros": first,
        "later": grown(first, growth),
        "restarted": {**restarted, MACHINE_UPTIME: "67|6000", UPTIME: "67|5900"},
        "routeros_ltap-mini": recording("routeros_ltap-mini"),
        "routeros_station": recording("routeros_station"),
        "ours": ours,
        "ours_later": grown(ours, {f"{IFX}.6.5": 7_500_000, f"{IFX}.6.6": 750_000}),
        "repeater": repeater(),
    }


def one_radio() -> Records:
    """Synthetic: RouterOS 7 with one radio in use, a virtual network on it, and a second radio that is switched off."""
    networks = {
        5: ("SEOUL", 5500, "5500/20-Ceee/ac/DP(23dBm+3dBi)", -105, 6, 433_300_000),
        6: ("SEOUL_Secure", 0, "", 0, 2, 0),
    }
    records = {
        "1.3.6.1.2.1.1.1.0": "4|test-ap",
        "1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.14988.1",
        f"{MIKROTIK}.4.4.0": "4|7.15.3",
        f"{MIKROTIK}.7.3.0": "4|TEST0000001",
        f"{MIKROTIK}.7.9.0": "4|Test ac",
        # Temperatures of the processor and the board, and a fan that is no temperature.
        **{f"{GAUGE}.2.{row}": f"4|{name}" for row, name in {14: "cpu", 15: "board", 7001: "fan1-speed"}.items()},
        **{f"{GAUGE}.3.{row}": f"66|{value}" for row, value in {14: 52, 15: 44, 7001: 4200}.items()},
        **{f"{GAUGE}.4.{row}": f"2|{unit}" for row, unit in {14: 1, 15: 1, 7001: 2}.items()},
    }
    for row, (network, mhz, band, noise, clients, rate) in networks.items():
        records |= {
            f"{NETWORK}.2.{row}": f"66|{rate}",
            f"{NETWORK}.3.{row}": f"66|{rate // 2}",
            f"{NETWORK}.4.{row}": f"4|{network}",
            f"{NETWORK}.6.{row}": f"65|{clients}",
            f"{NETWORK}.7.{row}": f"2|{mhz}",
            f"{NETWORK}.8.{row}": f"4|{band}",
            f"{NETWORK}.9.{row}": f"2|{noise}",
        }
    for row, (name, kind, is_set, is_up) in {
        1: ("ether1", 6, 1, 1),
        2: ("lan", 6, 1, 2),
        5: ("wifi1", 71, 1, 2),
        6: ("guests", 71, 1, 1),
        8: ("eoip-tunnel1", 6, 1, 1),
    }.items():
        records |= {
            f"{IF}.2.{row}": f"4|{name}",
            f"{IF}.3.{row}": f"2|{kind}",
            f"{IF}.7.{row}": f"2|{is_set}",
            f"{IF}.8.{row}": f"2|{is_up}",
            f"{IFX}.1.{row}": f"4|{name}",
            f"{IFX}.6.{row}": "70|1000",
            f"{IFX}.10.{row}": "70|1000",
        }
    return records


def repeater() -> Records:
    """Synthetic: a radio that is an access point and the station of another one on the same channel, and a second radio
    that is switched off."""
    networks = {2: ("SEOUL", 2437, "2437/20/gn(17dBm)"), 3: ("SEOUL", 5180, "5180/20-Ceeeeeee/ac")}
    records = {
        "1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.14988.1",
        f"{STATION}.2.4": "66|65000000",
        f"{STATION}.7.4": "2|2437",
        f"{STATION}.8.4": "4|2437/20/gn",
        f"{IF}.3.3": "2|71",
        f"{IF}.7.3": "2|2",  # ifAdminStatus
        f"{IF}.8.3": "2|2",
        **{f"{IFX}.1.{row}": f"4|wlan{row}" for row in (2, 3, 4)},
    }
    for row, (network, mhz, band) in networks.items():
        texts, numbers = {4: network, 8: band}, {7: mhz, 9: -110}
        records |= {f"{NETWORK}.{column}.{row}": f"4|{text}" for column, text in texts.items()}
        records |= {f"{NETWORK}.{column}.{row}": f"2|{number}" for column, number in numbers.items()}
        records[f"{NETWORK}.6.{row}"] = "65|1"
    return records


async def test_two_radios_with_virtual_networks(device: Device) -> None:
    (first,), (later,), (restarted,) = await device("routeros", "later", "restarted")
    whole = {
        "device": {
            "vendor": "MikroTik",
            "model": "RB952Ui-5ac2nD",  # entPhysicalDescr; sysDescr is "router"
            "serial": "71B1060EE89D",
            "mac": "6c:3b:6b:a2:00:f6",  # of the first Ethernet, which somebody named WAN
            "firmware": "6.40.5",
            "name": "<private>",
        },
        "clients": 11,
    }
    system = {
        "uptime_seconds": 20205.0,
        "cpu_ratio": 0.0525,  # 21, 0, 0 and 0 percent
        "memory_used_ratio": pytest.approx(27196 / 65536),
        "temperature_celsius": 33.0,  # tenths
    }
    # wlan4 with 4 clients is on one of them, and the MIB does not say on which: LibreNMS gives wlan1 its own 7. wlan2
    # has nobody, and is therefore "down" without being off.
    wlan1 = {
        "name": "wlan1",
        "is_up": True,
        "band": "2.4",
        "channel": 1,
        "width_mhz": 40,  # 2412/20-Ce/gn
        "standard": "802.11n",
        "noise_dbm": -117.0,
    }
    wlan2 = {
        "name": "wlan2",
        "band": "5",
        "channel": 161,  # 5805/20/ac
        "width_mhz": 20,
        "standard": "802.11ac",
        "noise_dbm": -112.0,
    }
    networks = [
        {"ssid": "WARKOP-KOPIBOSS-B", "radio": "wlan1", "clients": 7},
        {"ssid": "WARKOP-KOPIBOSS-A", "radio": "wlan2", "clients": 0},
        {"ssid": "WARKOP-KOPIBOSS", "clients": 0},
        {"ssid": "WARKOP-KOPIBOSS", "clients": 4},
    ]
    wan = {"name": "WAN", "is_up": True, "speed_bits_per_second": 1e8}
    ether2 = {"name": "ether2", "is_up": True, "speed_bits_per_second": 1e8}
    others = [ether2, *({"name": name, "is_up": False} for name in ("ether3", "ether4", "ether5"))]
    alike = {"radios": [wlan1, wlan2], "ssids": networks, "uplink": wan, "interfaces": others}
    assert first == {**whole, "observed_at": FIRST, "system": system, **alike}
    flows = [(1e5, 1e6), (0.0, 0.0), (0.0, 0.0), (0.0, 1e7)]
    assert later == {
        **whole,
        "observed_at": LATER,
        "interval_seconds": 60.0,
        "system": system,
        "radios": [wlan1, wlan2],
        "ssids": [
            {**network, "rx_bits_per_second": rx, "tx_bits_per_second": tx}
            for network, (rx, tx) in zip(networks, flows, strict=True)
        ],
        "uplink": {**wan, **FAULTS, "rx_bits_per_second": 2e6, "tx_bits_per_second": 0.0},
        "interfaces": [{**other, **STILL, **FAULTS} for other in others],
    }
    # After a restart no rate is known until the reading after.
    assert restarted == {
        **whole,
        "observed_at": "2026-05-02T12:02:00Z",
        "interval_seconds": 60.0,
        "system": {**system, "uptime_seconds": 60.0},
        **alike,
    }


async def test_one_radio_without_interfaces_recorded(device: Device) -> None:
    ((report,),) = await device("routeros_ltap-mini")
    assert report == {
        "observed_at": FIRST,
        "device": {"vendor": "MikroTik", "model": "RB912R-2nD", "name": "<private>"},
        "system": {"uptime_seconds": 103951.0},
        "clients": 0,
        "radios": [
            {
                "name": "wlan1",  # mtxrInterfaceStatsName
                "band": "2.4",
                "channel": 1,
                "width_mhz": 40,
                "standard": "802.11n",
                "tx_power_dbm": 18.0,  # 2412/20-Ce/gn(18dBm)
                "noise_dbm": -113.0,
                "clients": 0,
            }
        ],
        "ssids": [{"ssid": "MikroTik-XXXXXX", "radio": "wlan1", "clients": 0}],  # as masked in the public recording
    }


async def test_a_station_has_a_radio_and_nothing_for_clients(device: Device) -> None:
    ((report,),) = await device("routeros_station")
    assert report == {
        "observed_at": FIRST,
        "device": {"vendor": "MikroTik", "model": "RBDynaDishG-5HacD", "name": "<private>"},
        "radios": [
            {
                "name": "interface 23",  # no name of it was recorded
                "band": "5",
                "channel": 149,
                "width_mhz": 40,  # 5745/20-Ce/an
                "standard": "802.11n",
                "rx_phy_rate_bits_per_second": 90e6,
                "tx_phy_rate_bits_per_second": 150e6,
            }
        ],
    }


async def test_all_clients_are_of_the_one_radio_that_there_is(device: Device) -> None:
    (first,), (later,) = await device("ours", "ours_later")
    assert first == {
        "observed_at": FIRST,
        "device": {"vendor": "MikroTik", "model": "Test ac", "serial": "TEST0000001", "firmware": "7.15.3"},
        "system": {"temperature_celsius": 52.0},
        "clients": 8,
        "radios": [
            {
                "name": "wifi1",
                "band": "5",
                "channel": 100,
                "width_mhz": 80,
                "standard": "802.11ac",
                "tx_power_dbm": 23.0,
                "noise_dbm": -105.0,
                "clients": 8,
                "rx_phy_rate_bits_per_second": 216.65e6,
                "tx_phy_rate_bits_per_second": 433.3e6,
            }
        ],
        "ssids": [
            {"ssid": "SEOUL", "radio": "wifi1", "clients": 6},
            {"ssid": "SEOUL_Secure", "clients": 2},
        ],
        "uplink": {"name": "ether1", "is_up": True},
        "interfaces": [{"name": "lan", "is_up": False}],
    }
    assert [network["rx_bits_per_second"] for network in later["ssids"]] == [1e6, 1e5]
    assert "rx_bits_per_second" not in later["radios"][0]  # whether the virtual network's is in it, nobody says


async def test_a_repeater_is_one_radio_and_one_that_is_set_off_is_down(device: Device) -> None:
    ((report,),) = await device("repeater")
    assert report["radios"] == [
        {
            "name": "wlan2",
            "band": "2.4",
            "channel": 6,
            "width_mhz": 20,
            "standard": "802.11n",
            "tx_power_dbm": 17.0,
            "noise_dbm": -110.0,
            "clients": 1,
        },
        {"name": "wlan3", "is_up": False, "band": "5"},
    ]


async def test_the_profile_is_for_mikrotik_alone(port: int) -> None:
    assert await recordings_that_choose(port, "mikrotik") == {"routeros", "routeros_ltap-mini", "routeros_station"}
