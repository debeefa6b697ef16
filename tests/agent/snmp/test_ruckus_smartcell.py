"""Ruckus SmartCell Gateway: a recording with sixty of its access points."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from identities import identities, profile_chosen, recordings_that_choose
from recordings import Device, Records, grown, needs_recordings, recording

pytestmark = needs_recordings

SCG = "1.3.6.1.4.1.25053.1.3"
WLAN, AP = f"{SCG}.2.1.1.1.2.1", f"{SCG}.2.1.1.2.2.1"
IFX = "1.3.6.1.2.1.31.1.1.1"
FIRST = "2026-05-02T12:00:00Z"
S_405 = "6.12.244.213.36.221.0"  # 0c:f4:d5:24:dd:00, after its length


def gateway() -> Records:
    return recording("ruckus-scg-3.1.2-trim60aps")


def recordings_played() -> Mapping[str, Records]:
    first = gateway()
    later = grown(
        first,
        {
            f"{AP}.6": 6000,
            f"{AP}.30.{S_405}": 750_000,
            f"{AP}.31.{S_405}": 7_500_000,
            f"{WLAN}.14.35": 750_000,  # one of the WLANs that are called CNU
            f"{WLAN}.14.333": 1_500_000,  # the last of those that are called CMCC-CNU
            f"{IFX}.6.3": 75_000_000,  # eth1
        },
    )
    # S-405 has started anew, and counts from nothing.
    restarted = {**later, f"{AP}.6.{S_405}": "67|3000", f"{AP}.30.{S_405}": "70|1000", f"{AP}.31.{S_405}": "70|1000"}
    virtual = {"1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.25053.3.1.13.1", f"{SCG}.1.1.1.15.1.0": "66|3"}
    return {**identities(), "first": first, "later": later, "restarted": restarted, "virtual": virtual}


async def test_no_other_device_gets_this_profile(port: int) -> None:
    assert await recordings_that_choose(port, "ruckus_smartcell") == {"ruckus-scg-3.1.2-trim60aps"}
    assert await profile_chosen(port, "virtual") == "ruckus_smartcell"


async def test_the_gateway_and_its_access_points(device: Device) -> None:
    (reports,) = await device("first")
    with_link = {"is_up": True, "speed_bits_per_second": 1e9}
    assert reports[0] == {
        "observed_at": FIRST,
        # Model, firmware and address would be in RUCKUS-CTRL-MIB.
        "device": {"vendor": "Ruckus", "serial": "491436000950", "name": "DUMSYS-77"},
        "system": {"uptime_seconds": pytest.approx(16930376.49)},
        "access_points": 45,  # of the sixty in the recording; ruckusSCGSystemStatsNumAP, 7682, counts lost ones too
        "clients": 13021,
        # By name, of 102 WLANs: what each has is counted below.
        "ssids": [
            {"ssid": "CNU", "clients": 13592},
            {"ssid": "CNU01", "clients": 0},
            {"ssid": "eduroam", "clients": 0},
            {"ssid": "eduroam-portal", "clients": 0},
            {"ssid": "testroam", "clients": 0},
            {"ssid": "CMCC-CNU", "clients": 1},
        ],
        # The ports, without what is made of them. Those that are down keep a speed that they do not have.
        "interfaces": [
            {"name": "eth0", "is_up": False},
            {"name": "eth1", **with_link},
            {"name": "eth2", "is_up": False},
            {"name": "eth3", **with_link},
            {"name": "eth4", "is_up": False},
            {"name": "eth5", **with_link},
            {"name": "oct0", **with_link},
            {"name": "oct1", **with_link},
            {"name": "oct2", "is_up": False},
            {"name": "oct3", "is_up": False},
            {"name": "oct4", **with_link},
            {"name": "oct5", **with_link},
            {"name": "oct6", "is_up": False},
            {"name": "oct7", "is_up": False},
        ],
    }
    assert reports[1:4] == [
        access_point("0c:f4:d5:24:dd:00", "H500", "911704006161", "S-405", uptime_seconds=7113030.0, clients=1),
        access_point("0c:f4:d5:24:eb:20", "H500", "911704006387", "ShiYan-1F-114", uptime_seconds=6980730.0, clients=0),
        access_point("0c:f4:d5:24:ef:20", "H500", "911704006451", "ShiY-3F-303", uptime_seconds=6980730.0, clients=0),
    ]
    assert reports[12] == access_point(
        "0c:f4:d5:2b:9e:70", "T301S", "111704000257", "RuckusAP", uptime_seconds=11921131.0, clients=0
    )
    # Lost: what the gateway says of clients, uptime and traffic is what it was.
    assert reports[60] == {
        "observed_at": FIRST,
        "is_up": False,
        "device": {
            "vendor": "Ruckus",
            "model": "ZF7372",
            "serial": "181302001717",
            "mac": "24:c9:a1:06:4b:50",
            "firmware": "3.1.2.0.150",
            "name": "Local-ST-BGQ2-2",
        },
    }


def access_point(
    mac: str, model: str, serial: str, name: str, *, uptime_seconds: float, clients: int
) -> dict[str, object]:
    """The report of one that is connected."""
    return {
        "observed_at": FIRST,
        "is_up": True,
        "device": {
            "vendor": "Ruckus",
            "model": model,
            "serial": serial,
            "mac": mac,
            "firmware": "3.1.2.0.150",
            "name": name,
        },
        "system": {"uptime_seconds": pytest.approx(uptime_seconds)},
        "clients": clients,
    }


def values_of(records: Records, entry: str, number: int) -> dict[str, str]:
    """A column as the file has it, by row: text that is written in hexadecimal is made plain."""
    found = {}
    for oid, record in records.items():
        if oid.startswith(f"{entry}.{number}."):
            tag, _, value = record.partition("|")
            found[oid.removeprefix(f"{entry}.{number}.")] = bytes.fromhex(value).decode() if tag == "4x" else value
    return found


async def test_all_of_them_are_there_and_nobody_twice(device: Device) -> None:
    (reports,) = await device("first")
    records = gateway()
    status, stations = values_of(records, AP, 16), values_of(records, AP, 15)
    connected = {row for row, value in status.items() if value == "Connect"}
    assert (len(status), len(connected)) == (60, 45)
    assert Counter(report["is_up"] for report in reports[1:]) == {True: 45, False: 15}
    assert sum(report.get("clients", 0) for report in reports[1:]) == sum(int(stations[row]) for row in connected)
    assert {report["device"]["serial"] for report in reports[1:]} == set(values_of(records, AP, 9).values())
    names, clients = values_of(records, WLAN, 1), values_of(records, WLAN, 12)
    by_name: Counter[str] = Counter()
    for row, name in names.items():
        by_name[name] += int(clients[row])
    assert {each["ssid"]: each["clients"] for each in reports[0]["ssids"]} == dict(by_name)


async def test_traffic_and_what_one_that_starts_anew_does_not_tell(device: Device) -> None:
    _, later, restarted = await device("first", "later", "restarted")
    rates = {each["ssid"]: (each["rx_bits_per_second"], each["tx_bits_per_second"]) for each in later[0]["ssids"]}
    assert {name: rate for name, rate in rates.items() if any(rate)} == {"CNU": (1e5, 0.0), "CMCC-CNU": (2e5, 0.0)}
    assert later[0]["interfaces"][1]["rx_bits_per_second"] == 1e7

    def told(report: dict[str, Any]) -> dict[str, Any]:
        return {name: report.get(name) for name in ("clients", "rx_bits_per_second", "tx_bits_per_second")}

    assert told(later[1]) == {"clients": 1, "rx_bits_per_second": 1e5, "tx_bits_per_second": 1e6}
    assert told(restarted[1]) == {"clients": 1, "rx_bits_per_second": None, "tx_bits_per_second": None}
    assert told(restarted[2]) == {"clients": 0, "rx_bits_per_second": 0.0, "tx_bits_per_second": 0.0}
