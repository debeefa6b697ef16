"""OpenWrt with net-snmp: one that was recorded with LibreNMS' scripts, and two of our own: newer scripts, and
OPENWRT-WIRELESS-MIB."""

from collections.abc import Mapping

import pytest
from identities import identities, recordings_that_choose
from recordings import Device, Records, grown, needs_recordings, recording

pytestmark = needs_recordings

LINE, WIRELESS = "1.3.6.1.4.1.8072.1.3.2.3.1.1", "1.3.6.1.4.1.66510.1.10"
IF, IFX, SENSORS = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1", "1.3.6.1.4.1.2021.13.16.2.1"
SYS_DESCR, SYS_OBJECT_ID, MACHINE_UPTIME = "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.25.1.1.0"
FIRST, LATER = "2026-05-02T12:00:00Z", "2026-05-02T12:01:00Z"


def recordings_played() -> Mapping[str, Records]:
    openwrt, scripts, mib = recording("openwrt"), newer_scripts(), wireless_mib()
    growth = {f"{IFX}.6.11": 7_500_000, f"{IFX}.10.11": 75_000_000}
    counted = {oid: "70|9000" if oid.startswith((f"{IFX}.6.", f"{IFX}.10.")) else r for oid, r in mib.items()}
    return {
        **identities(),
        "openwrt": openwrt,
        "openwrt_later": openwrt,
        "scripts": scripts,
        "scripts_later": grown(scripts, growth),
        "mib": mib,
        "mib_later": grown(mib, growth),
        "mib_restarted": {**counted, MACHINE_UPTIME: "67|3000"},
    }


def said(name: str, line: str) -> Records:
    """What snmpd tells of one script: its first line, under its name."""
    return {f"{LINE}.{len(name)}.{'.'.join(map(str, name.encode()))}": f"4|{line}"}


def interfaces() -> Records:
    """Synthetic: two networks' interfaces, of which the second is down, and the cable of an access point."""
    records = {}
    for row, (name, is_up) in {2: ("eth0", 1), 11: ("phy2-ap0", 1), 12: ("phy0-ap0", 2)}.items():
        records |= {f"{IF}.2.{row}": f"4|{name}", f"{IF}.3.{row}": "2|6", f"{IF}.8.{row}": f"2|{is_up}"}
        records |= {
            f"{IFX}.1.{row}": f"4|{name}",
            f"{IFX}.6.{row}": "70|5000000000",
            f"{IFX}.10.{row}": "70|7000000000",
        }
    return records | {f"{IF}.6.2": "4x|02005e005301"}


def newer_scripts() -> Records:
    """Synthetic: scripts that tell rates in megabits, on a device that has given itself a name, with 6 GHz and with a
    radio that has no clients: its noise is not known, and its rates are said to be 0. No script tells all clients."""
    return {
        SYS_DESCR: "4|Linux test-ap 6.6.73 #0 SMP aarch64",
        SYS_OBJECT_ID: "6|1.3.6.1.4.1.8072.3.2.10",
        **interfaces(),
        **said("distro", "OpenWrt 24.10.0"),
        **said("hardware", "Test AP6"),
        **said("frequency-phy0-ap0", "2412"),
        **said("clients-phy0-ap0", "0"),
        **said("noise-floor-phy0-ap0", "unknown"),
        **said("rate-rx-phy0-ap0-avg", "0"),
        **said("rate-tx-phy0-ap0-avg", "0"),
        **said("frequency-phy2-ap0", "6115"),
        **said("clients-phy2-ap0", "4"),
        **said("noise-floor-phy2-ap0", "-94"),
        **said("rate-rx-phy2-ap0-avg", "1201"),
        **said("rate-rx-phy2-ap0-max", "2402"),
        **said("rate-tx-phy2-ap0-avg", "2041"),
        **said("leases", "1773000000 02:00:5e:00:53:99 192.0.2.7 a-telephone"),
    }


def wireless_mib() -> Records:
    """Synthetic: the same device by OPENWRT-WIRELESS-MIB. The interface that spans several radios (13) has a row
    without what is one radio's."""
    rows = {
        11: {2: "phy2-ap0", 3: "SEOUL 6", 4: 4, 5: 6115, 6: -94, 8: 2041, 11: 1201, 16: 40, 17: 23},
        12: {2: "phy0-ap0", 3: "SEOUL 24", 4: 0, 5: 2412, 6: 0, 8: 0, 11: 0, 16: 0, 17: 0},
        13: {2: "ap-mld0", 3: "SEOUL", 4: 1, 8: 800, 11: 900},
    }
    records = {
        SYS_DESCR: "4|Linux test-ap 6.12.40 #0 SMP aarch64",
        SYS_OBJECT_ID: "6|1.3.6.1.4.1.8072.3.2.10",
        MACHINE_UPTIME: "67|8640000",
        **interfaces(),
        **said("frequency-phy2-ap0", "6115"),  # left over from the scripts
        f"{WIRELESS}.1.0": "66|3",
        f"{WIRELESS}.2.0": "66|5",
        **{f"{SENSORS}.2.{row}": f"4|{name}" for row, name in {1: "cpu_thermal", 2: "phy2", 3: "phy0"}.items()},
        **{f"{SENSORS}.3.{row}": f"66|{value}" for row, value in {1: 48_500, 2: 61_250, 3: 0}.items()},
    }
    for row, columns in rows.items():
        records |= {f"{WIRELESS}.3.1.{c}.{row}": f"{4 if isinstance(v, str) else 2}|{v}" for c, v in columns.items()}
    return records


async def test_the_scripts_of_a_device_with_a_switch(device: Device) -> None:
    (first,), (later,) = await device("openwrt", "openwrt_later")
    whole = {
        "device": {"model": "Linksys WRT1200AC", "firmware": "OpenWrt 21.02.0-rc4"},
        "system": {
            "uptime_seconds": pytest.approx(38347746.01),
            "cpu_ratio": 0.025,  # 2 and 3 percent
            "load_1m": 0.16,
            "memory_used_ratio": pytest.approx(72852 / 509384),
        },
        "clients": 3,
        "radios": [
            {
                "name": "wlan0",
                "is_up": True,
                "band": "5",
                "channel": 36,  # 5180 MHz
                "noise_dbm": -90.0,
                "clients": 2,
                "rx_phy_rate_bits_per_second": 36e6,
                "tx_phy_rate_bits_per_second": 54e6,
            },
            {
                "name": "wlan1",
                "is_up": True,
                "band": "2.4",
                "channel": 11,  # 2462 MHz
                "noise_dbm": -65.0,
                "clients": 1,
                "rx_phy_rate_bits_per_second": 48e6,
                "tx_phy_rate_bits_per_second": 72.2e6,
            },
        ],
        # No counters were recorded. Bridges, VLANs, tunnels and the radios' own interfaces are no cables.
        "uplink": {"name": "wan", "is_up": True},
        "interfaces": [{"name": name, "is_up": True} for name in ("eth0", "lan4", "lan3", "lan2", "lan1")],
    }
    assert first == {**whole, "observed_at": FIRST}
    assert later == {**whole, "observed_at": LATER, "interval_seconds": 60.0}


async def test_scripts_that_tell_megabits_and_of_6_ghz(device: Device) -> None:
    (first,), (later,) = await device("scripts", "scripts_later")
    whole = {"device": {"model": "Test AP6", "mac": "02:00:5e:00:53:01", "firmware": "OpenWrt 24.10.0"}, "clients": 4}
    slow = {"name": "phy0-ap0", "is_up": False, "band": "2.4", "channel": 1, "clients": 0}
    fast = {
        "name": "phy2-ap0",
        "is_up": True,
        "band": "6",
        "channel": 33,  # 6115 MHz; the number is one of no other band
        "noise_dbm": -94.0,
        "clients": 4,
        "rx_phy_rate_bits_per_second": 1201e6,
        "tx_phy_rate_bits_per_second": 2041e6,
    }
    eth0 = {"name": "eth0", "is_up": True}
    assert first == {**whole, "observed_at": FIRST, "radios": [slow, fast], "uplink": eth0}
    assert later == {
        **whole,
        "observed_at": LATER,
        "interval_seconds": 60.0,
        "radios": [
            {**slow, "rx_bits_per_second": 0.0, "tx_bits_per_second": 0.0},
            {**fast, "rx_bits_per_second": 1e6, "tx_bits_per_second": 1e7},
        ],
        "uplink": {**eth0, "rx_bits_per_second": 0.0, "tx_bits_per_second": 0.0},
    }


async def test_the_mib_of_openwrt(device: Device) -> None:
    (first,), (later,), (restarted,) = await device("mib", "mib_later", "mib_restarted")
    whole = {"device": {"mac": "02:00:5e:00:53:01"}, "clients": 5}
    system = {"uptime_seconds": 86400.0, "temperature_celsius": 61.25}
    fast = {
        "name": "phy2-ap0",
        "is_up": True,
        "band": "6",
        "channel": 33,
        "tx_power_dbm": 23.0,
        "noise_dbm": -94.0,
        "clients": 4,
        "rx_phy_rate_bits_per_second": 1201e6,
        "tx_phy_rate_bits_per_second": 2041e6,
    }
    slow = {"name": "phy0-ap0", "is_up": False, "band": "2.4", "channel": 1, "clients": 0}
    links = {
        "name": "ap-mld0",
        "clients": 1,
        "rx_phy_rate_bits_per_second": 900e6,
        "tx_phy_rate_bits_per_second": 800e6,
    }
    eth0 = {"name": "eth0", "is_up": True}
    assert first == {
        **whole,
        "observed_at": FIRST,
        "system": system,
        "radios": [fast, slow, links],
        "uplink": eth0,
    }
    assert later["radios"] == [
        {**fast, "rx_bits_per_second": 1e6, "tx_bits_per_second": 1e7},
        {**slow, "rx_bits_per_second": 0.0, "tx_bits_per_second": 0.0},
        links,
    ]
    assert restarted == {
        **whole,
        "observed_at": "2026-05-02T12:02:00Z",
        "interval_seconds": 60.0,
        "system": {**system, "uptime_seconds": 30.0},
        "radios": [fast, slow, links],
        "uplink": eth0,
    }


async def test_the_profile_is_for_openwrt_alone(port: int) -> None:
    assert await recordings_that_choose(port, "openwrt_net_snmp") == {"openwrt"}
