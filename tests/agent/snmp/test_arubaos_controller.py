"""Aruba mobility controllers and the access points behind them: a full walk of a 7210, and three thinner recordings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recordings import Device, Records, grown, needs_recordings, recording

from agent.settings import check
from agent.snmp.client import Client, Patience
from agent.snmp.matching import choose, identify
from agent.sources import snmp

pytestmark = needs_recordings

WLAN = "1.3.6.1.4.1.14823.2.2.1.5"
AP, RADIO, BSS = f"{WLAN}.2.1.4.1", f"{WLAN}.2.1.5.1", f"{WLAN}.2.1.7.1"
BSS_STATS, CHANNEL, RADIO_STATS, PORT = (f"{WLAN}.3.1.{table}.1" for table in (1, 6, 9, 10))
FIRST, LATER = "2026-05-02T12:00:00Z", "2026-05-02T12:01:00Z"
WRD_WN = "148.180.15.193.155.110"
INTRANET, GUEST, DOT1X = (f"{WRD_WN}.1.148.180.15.153.182.{last}" for last in (240, 241, 242))
INTRANET_24, DOT1X_24, GUEST_24 = (f"{WRD_WN}.2.148.180.15.153.182.{last}" for last in (224, 225, 226))
OURS = "0.0.94.0.83"
"""Where MACs of our own begin (RFC 7042)."""


def recordings_played() -> Mapping[str, Records]:
    first = recording("aruba-7210-6.5.1.6-nousers")
    later = grown(
        first,
        {
            f"{BSS_STATS}.4.{INTRANET}": 7_500_000,  # wlanAPTxBytes
            f"{BSS_STATS}.6.{INTRANET}": 750_000,  # wlanAPRxBytes
            f"{BSS_STATS}.4.{GUEST}": 1_500_000,
            f"{CHANNEL}.24.{WRD_WN}.1": 60,  # wlanAPChRetryCount
            f"{CHANNEL}.33.{WRD_WN}.1": 1_200,  # wlanAPChTransmittedFrameCount
            f"{CHANNEL}.23.0.11.134.129.78.168.1": 60,  # wlanAPChFailedCount
            f"{CHANNEL}.33.0.11.134.129.78.168.1": 540,
            "1.3.6.1.2.1.31.1.1.1.6.1": 15_000_000,  # ifHCInOctets of GE0/0/0
        },
    )
    # wlanAPTxBytes of 4135732868 has gone through the top of its 32 bits.
    later[f"{BSS_STATS}.4.{DOT1X_24}"] = f"65|{4_135_732_868 + 300_000_000 - 2**32}"
    # The access point took up with the controller again 30 s ago, and counts anew.
    restarted = {
        **later,
        f"{AP}.12.{WRD_WN}": "67|3000",
        **{
            f"{BSS_STATS}.{column}.{bss}": "65|500"
            for column in (4, 6)
            for bss in (INTRANET, GUEST, DOT1X, INTRANET_24, DOT1X_24, GUEST_24)
        },
        **{f"{CHANNEL}.{column}.{WRD_WN}.{radio}": "65|5" for column in (24, 33) for radio in (1, 2)},
    }
    many = recording("arubaos")
    return {
        "first": first,
        "later": later,
        "restarted": restarted,
        "arubaos": {oid: record for oid, record in many.items() if not oid.startswith(f"{WLAN}.")},
        "arubaos_listed": {**many, **listed(many)},
        "vmc": recording("arubaos_vmc"),
        "aruba7210": recording("arubaos_aruba7210"),
        "ours": synthetic(),
        "rebranded": {
            "1.3.6.1.2.1.1.1.0": "4|ArubaOS (MODEL: OAW-4306), Version 6.4.4.4",
            "1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.6486.800.1.1.2.2.2.1.1.3",
            "1.3.6.1.4.1.14823.2.2.1.1.3.1.0": "66|0",
        },
        # Without wlanAPChTransmittedFrameCount
        "first_lacking": {oid: r for oid, r in first.items() if not oid.startswith(f"{CHANNEL}.33.")},
        "later_lacking": {oid: r for oid, r in later.items() if not oid.startswith(f"{CHANNEL}.33.")},
        "ours_later": grown(
            synthetic(),
            {
                f"{RADIO_STATS}.2.{OURS}.1.1": 750_000,
                f"{RADIO_STATS}.4.{OURS}.1.1": 7_500_000,
                f"{BSS_STATS}.23.{OURS}.1.1.{OURS}.17": 1_500_000,
                f"{BSS_STATS}.25.{OURS}.1.1.{OURS}.17": 3_000_000,
                f"{PORT}.6.{OURS}.1.0": 15_000_000,
                f"{PORT}.10.{OURS}.1.0": 1_500_000,
                f"{PORT}.5.{OURS}.1.0": 60,
                f"{PORT}.8.{OURS}.1.0": 30,
            },
        ),
    }


def listed(records: Records) -> Records:
    """The rows of wlsxWlanAPTable that the recording lacks, of our own making: each access point is up."""
    macs = {oid.removeprefix(f"{RADIO}.2.").rpartition(".")[0] for oid in records if oid.startswith(f"{RADIO}.2.")}
    return {f"{AP}.19.{mac}": "2|1" for mac in macs}


def synthetic() -> Records:
    """A controller of our own making, for what the MIB has and the recordings have not. Serials are TEST…."""
    records = {
        "1.3.6.1.2.1.1.1.0": "4|ArubaOS (MODEL: Aruba9106), Version 8.13.0.0 SSR (90000)",
        "1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.14823.1.1.60",
    }
    # Three bands and all of its statistics; one that an old image leaves in doubt; a monitor; another controller's.
    for number, model, standby in ((1, "655", 0), (2, "615", 0), (3, "303", 0), (4, "515", 1)):
        mac = f"{OURS}.{number}"
        records |= {
            f"{AP}.6.{mac}": f"4|TEST{number}",
            f"{AP}.13.{mac}": f"4|{model}",
            f"{AP}.19.{mac}": "2|1",
            f"{AP}.41.{mac}": f"2|{standby}",
        }
    radios = [
        # access point, radio, wlanAPRadioType, channel, mode, BSSIDs, HT mode, wlanAPRadioHTChannel, power × 10
        (1, 1, 1, 149, 2, 2, 11, "149E", 195),
        (1, 2, 3, 6, 2, 2, 9, "6", 90),
        (1, 3, 1, 37, 2, 2, 12, "37S", 210),
        (2, 1, 1, 37, 2, 1, 99, "37S", 150),  # an HT mode that the MIB does not know yet
        (2, 2, 3, 1, 2, 0, 9, "1", 0),  # switched off: it is to serve and has no BSSID
        (3, 1, 1, 36, 1, 0, 6, "36E", 150),  # a monitor
        (3, 2, 3, 11, 2, 1, 1, "11", 150),
        (4, 1, 1, 36, 2, 2, 11, "36E", 150),
    ]
    for ap, radio, kind, channel, mode, bssids, ht_mode, ht_channel, power in radios:
        index = f"{OURS}.{ap}.{radio}"
        values = {2: kind, 3: channel, 5: mode, 7: 1, 9: bssids, 13: ht_mode, 17: power}
        records |= {f"{RADIO}.{column}.{index}": f"2|{value}" for column, value in values.items()}
        records[f"{RADIO}.15.{index}"] = f"4|{ht_channel}"
    bss = f"{OURS}.1.1.{OURS}.17"
    records |= {
        f"{RADIO_STATS}.2.{OURS}.1.1": "70|9000000000",
        f"{RADIO_STATS}.4.{OURS}.1.1": "70|90000000000",
        f"{BSS}.2.{bss}": "4|SEOUL",
        f"{BSS}.12.{bss}": "66|1",
        f"{BSS_STATS}.4.{bss}": "65|1000",
        f"{BSS_STATS}.6.{bss}": "65|1000",
        f"{BSS_STATS}.23.{bss}": "70|8000000000",
        f"{BSS_STATS}.25.{bss}": "70|80000000000",
        f"{PORT}.2.{OURS}.1.0": "4|eth0",
        f"{PORT}.13.{OURS}.1.0": "2|7",
        "1.3.6.1.4.1.14823.2.2.1.5.2.1.1.0": "66|3",
        "1.3.6.1.4.1.14823.2.2.1.5.2.1.2.0": "66|7",
        **{f"{PORT}.{column}.{OURS}.1.0": "65|1000" for column in (4, 5, 6, 8, 9, 10)},
    }
    return records


def access_point(
    *, name: str, model: str, serial: str, mac: str, clients: int, uptime_seconds: float
) -> dict[str, Any]:
    """An access point that is up, but for its radios and networks."""
    return {
        "is_up": True,
        "device": {
            "vendor": "HPE Aruba",
            "model": model,
            "serial": serial,
            "mac": mac,
            "firmware": "6.5.1.6",
            "name": name,
        },
        "system": {"uptime_seconds": uptime_seconds},
        "clients": clients,
    }


def down(*, name: str, model: str, serial: str, mac: str) -> dict[str, Any]:
    """wlanAPStatus 2: an uptime of 0 and an empty version tell nothing."""
    return {
        "is_up": False,
        "device": {"vendor": "HPE Aruba", "model": model, "serial": serial, "mac": mac, "name": name},
    }


def cable(name: str, bits_per_second: float | None) -> dict[str, Any]:
    if bits_per_second is None:
        return {"name": name, "is_up": False}
    return {"name": name, "is_up": True, "speed_bits_per_second": bits_per_second}


CONTROLLER: dict[str, Any] = {
    "device": {
        "vendor": "HPE Aruba",
        "model": "Aruba7210",
        "serial": "CV0008612",  # wlsxSysExtSerialNumber
        "mac": "00:1a:1e:03:21:e0",
        "firmware": "6.5.1.6",
        "name": "DUMSYS-03",
    },
    # Supervisor Card CPU 8 %, 2621056 of 5170880 KB, "22.00 degrees Celsius (NORMAL)"; sysUpTime is played from 0.
    "system": {
        "uptime_seconds": 0.0,
        "cpu_ratio": 0.08,
        "memory_used_ratio": 2621056 / 5170880,
        "temperature_celsius": 22.0,
    },
    # wlsxSwitchTotalNumAccessPoints and …StationsAssociated. The walk took its time: its radios have 69.
    "access_points": 9,
    "clients": 67,
    # By ifName: their ifDescr is what they lead to. Up, down, up, up, down, up; 3 are of 1 Gb/s.
    "interfaces": [
        cable("GE0/0/0", 1e9),
        cable("GE0/0/1", None),
        cable("GE0/0/2", 1e9),
        cable("GE0/0/3", 1e10),
        cable("GE0/0/4", None),
        cable("GE0/0/5", 1e10),
    ],
}

AP_93H = access_point(
    name="SH-JXL-B1-jifang",
    model="93H",
    serial="BN0015340",
    mac="00:0b:86:81:4e:a8",
    clients=0,
    uptime_seconds=1440485.0,  # 144048500 hundredths
) | {
    # 802.11g in HT 20 MHz; power 36 halves are 18 dBm; noise 86 is -86 dBm; utilisation 2, 0 and 0 %.
    "radios": [
        {
            "name": "radio1",
            "is_up": True,
            "band": "2.4",
            "channel": 11,
            "width_mhz": 20,
            "standard": "802.11n",
            "tx_power_dbm": 18.0,
            "noise_dbm": -86.0,
            "busy_ratio": 0.02,
            "rx_ratio": 0.0,
            "tx_ratio": 0.0,
            "clients": 0,
        }
    ],
    "ssids": [{"ssid": "BUPT-1", "radio": "radio1", "clients": 0}],
}

AP_93 = down(name="AP-93", model="93", serial="AN0017031", mac="00:24:6c:c8:01:e6")
AP_225_NEW = down(name="18:64:72:c8:32:0e", model="225", serial="CT0028940", mac="18:64:72:c8:32:0e")

AP_WRD_WN = access_point(
    name="WRD-WN",
    model="225",
    serial="CT0283352",
    mac="94:b4:0f:c1:9b:6e",
    clients=23,  # 20 and 3
    uptime_seconds=5307558.0,
) | {
    "radios": [
        # 802.11a in HT 40 MHz, "161-"; 45 halves are 22.5 dBm. Channel 161 is also of 6 GHz, an AP-225 is not.
        {
            "name": "radio1",
            "is_up": True,
            "band": "5",
            "channel": 161,
            "width_mhz": 40,
            "standard": "802.11n",
            "tx_power_dbm": 22.5,
            "noise_dbm": -94.0,
            "busy_ratio": 0.04,
            "rx_ratio": 0.03,
            "tx_ratio": 0.01,
            "clients": 20,
        },
        {
            "name": "radio2",
            "is_up": True,
            "band": "2.4",
            "channel": 1,
            "width_mhz": 20,
            "standard": "802.11n",
            "tx_power_dbm": 18.0,
            "noise_dbm": -96.0,
            "busy_ratio": 0.22,
            "rx_ratio": 0.1,
            "tx_ratio": 0.0,
            "clients": 3,
        },
    ],
    # By their BSSIDs, 94:b4:0f:99:b6:f0 to f2 and e0 to e2.
    "ssids": [
        {"ssid": "wrd-intranet", "radio": "radio1", "clients": 8},
        {"ssid": "wrd-guest", "radio": "radio1", "clients": 0},
        {"ssid": "wrd-dot1x", "radio": "radio1", "clients": 10},
        {"ssid": "wrd-intranet", "radio": "radio2", "clients": 0},
        {"ssid": "wrd-dot1x", "radio": "radio2", "clients": 2},
        {"ssid": "wrd-guest", "radio": "radio2", "clients": 1},
    ],
}

# The odd one: of its two radios (wlanAPNumRadios) one has a row; the other's statistics are zeros.
AP_WRD_WN_1 = access_point(
    name="WRD-WN-1",
    model="225",
    serial="CT0283720",
    mac="94:b4:0f:c1:9e:4e",
    clients=0,
    uptime_seconds=5307555.0,
) | {
    "radios": [
        {
            "name": "radio1",
            "is_up": True,
            "band": "5",
            "channel": 52,
            "width_mhz": 80,  # "52E", VHT
            "standard": "802.11ac",
            "tx_power_dbm": 18.0,
            "noise_dbm": -92.0,
            "busy_ratio": 0.02,
            "rx_ratio": 0.01,
            "tx_ratio": 0.01,
            "clients": 0,
        },
        {"name": "radio2", "is_up": False},
    ],
    "ssids": [{"ssid": f"DHCP-test{number}", "radio": "radio1", "clients": 0} for number in (15, 16, 17, 18)],
}


async def test_a_controller_and_the_access_points_behind_it(device: Device) -> None:
    (reports,) = await device("first", access_point="banpo-001")
    assert len(reports) == 1 + 13
    assert reports[0] == {"access_point": "banpo-001", "observed_at": FIRST, **CONTROLLER}
    told = {report["device"]["name"]: report for report in reports[1:]}
    for expected in (AP_93H, AP_93, AP_225_NEW, AP_WRD_WN, AP_WRD_WN_1):
        assert told[expected["device"]["name"]] == {"observed_at": FIRST, **expected}
    # What the raw records say, counted apart: 9 are up; of 16 radios the clients are 69; 47 networks.
    raw = recording("aruba-7210-6.5.1.6-nousers")
    assert [report["is_up"] for report in reports[1:]].count(True) == 9
    on_the_air = [radio for report in reports[1:] for radio in report.get("radios", ()) if radio["is_up"]]
    assert sum(radio["clients"] for radio in on_the_air) == sum(report.get("clients", 0) for report in reports[1:])
    assert sum(radio["clients"] for radio in on_the_air) == sum(numbers(raw, f"{RADIO}.7")) == 69
    assert sorted(radio["channel"] for radio in on_the_air) == sorted(numbers(raw, f"{RADIO}.3"))
    assert sum(len(report.get("ssids", ())) for report in reports[1:]) == 47


def numbers(records: Records, column: str) -> list[int]:
    """All values of a column of numbers."""
    return [int(record.partition("|")[2]) for oid, record in records.items() if oid.startswith(f"{column}.")]


NOTHING_FLOWED = {
    "rx_bits_per_second": 0.0,
    "tx_bits_per_second": 0.0,
    "rx_errors_per_second": 0.0,
    "tx_errors_per_second": 0.0,
    "rx_drops_per_second": 0.0,
    "tx_drops_per_second": 0.0,
}


async def test_what_flowed_and_what_was_sent_again_between_two_readings(device: Device) -> None:
    _, later, restarted = await device("first", "later", "restarted")
    assert later[0]["interfaces"] == [
        {**CONTROLLER["interfaces"][0], **NOTHING_FLOWED, "rx_bits_per_second": 2e6},
        *({**each, **NOTHING_FLOWED} for each in CONTROLLER["interfaces"][1:]),
    ]
    # wlanAPTxDataBytes64 stays 0 in ArubaOS 6: it is wlanAPTxBytes that flowed, and over the radio the sum of them.
    flowed = [(1e5, 1e6), (0.0, 2e5), (0.0, 0.0), (0.0, 0.0), (0.0, 4e7), (0.0, 0.0)]
    radios = [
        {"rx_bits_per_second": 1e5, "tx_bits_per_second": 1.2e6, "retry_ratio": 0.05},
        {"rx_bits_per_second": 0.0, "tx_bits_per_second": 4e7},  # of no frame, none was sent again
    ]
    assert of_access_point("WRD-WN", later) == {
        "observed_at": LATER,
        "interval_seconds": 60.0,
        **AP_WRD_WN,
        "radios": [{**radio, **more} for radio, more in zip(AP_WRD_WN["radios"], radios, strict=True)],
        "ssids": [
            {**ssid, "rx_bits_per_second": received, "tx_bits_per_second": sent}
            for ssid, (received, sent) in zip(AP_WRD_WN["ssids"], flowed, strict=True)
        ],
    }
    # 60 given up and 540 sent. On the others wlanAPChFailedCount is 0, and is not believed.
    assert of_access_point("SH-JXL-B1-jifang", later)["radios"] == [
        {
            **AP_93H["radios"][0],
            "rx_bits_per_second": 0.0,
            "tx_bits_per_second": 0.0,
            "retry_ratio": 0.0,
            "failure_ratio": 0.1,
        }
    ]
    assert of_access_point("WRD-WN", restarted) == {
        "observed_at": "2026-05-02T12:02:00Z",
        "interval_seconds": 60.0,
        **AP_WRD_WN,
        "system": {"uptime_seconds": 30.0},
    }


def of_access_point(name: str, reports: list[dict[str, Any]]) -> dict[str, Any]:
    (report,) = (report for report in reports if report["device"].get("name") == name)
    return report


async def test_shares_of_frames_that_nobody_counted_are_not_known(device: Device) -> None:
    _, later = await device("first_lacking", "later_lacking")
    radios = [radio for report in later for radio in report.get("radios", ())]
    assert radios
    assert not any({"retry_ratio", "failure_ratio"} & radio.keys() for radio in radios)


async def test_a_controller_with_690_access_points(device: Device) -> None:
    """The recording holds their radios without wlsxWlanAPTable, which is written by us. Without either there is the
    controller."""
    ((alone,),) = await device("arubaos")
    raw = recording("arubaos")
    interfaces = alone.pop("interfaces")
    assert alone == {
        "observed_at": FIRST,
        # sysDescr is without a model: "ArubaOS Version 6.4.4.4-4.2.3.1".
        "device": {"vendor": "HPE Aruba", "firmware": "6.4.4.4-4.2.3.1", "name": "<private>"},
        # Supervisor Card CPU 3 %, 416524 of 760784 KB, "58.000000 C".
        "system": {
            "uptime_seconds": 8392398.0,
            "cpu_ratio": 0.03,
            "memory_used_ratio": 416524 / 760784,
            "temperature_celsius": 58.0,
        },
        "access_points": 1386,
        "clients": 2654,
    }
    cables = [
        oid.rpartition(".")[2] for oid, kind in raw.items() if oid.startswith("1.3.6.1.2.1.2.2.1.3.") and kind == "2|6"
    ]
    assert {each["name"] for each in interfaces} == {
        raw[f"1.3.6.1.2.1.31.1.1.1.1.{each}"].partition("|")[2] for each in cables
    }

    ((_, *access_points),) = await device("arubaos_listed")
    assert len(access_points) == 690
    radios = [radio for report in access_points for radio in report["radios"]]
    on = [radio for radio in radios if radio["is_up"]]
    assert (len(radios), len(on)) == (1380, 1378)
    assert sum(report["clients"] for report in access_points) == sum(numbers(raw, f"{RADIO}.7"))
    # 690 of 802.11g and 690 of 802.11a, all on channels that 6 GHz has not; 4 in VHT 40, the others in VHT 80.
    assert [radio["band"] for radio in radios].count("2.4") == 690
    assert {(radio["band"], radio.get("width_mhz"), radio["standard"]) for radio in on} == {
        ("2.4", 20, "802.11n"),
        ("5", 40, "802.11ac"),
        ("5", 80, "802.11ac"),
    }
    assert [radio.get("width_mhz") for radio in radios].count(40) == 4
    told = {report["device"]["mac"]: report for report in access_points}
    assert told["00:4e:35:c2:22:e8"] == {
        "observed_at": LATER,
        "is_up": True,
        "device": {"vendor": "HPE Aruba", "mac": "00:4e:35:c2:22:e8"},
        "clients": 21,
        "radios": [
            # Power is told in halves, 38, and in tenths, 190: 19 dBm.
            {
                "name": "radio1",
                "is_up": True,
                "band": "5",
                "channel": 44,
                "width_mhz": 80,
                "standard": "802.11ac",
                "tx_power_dbm": 19.0,
                "clients": 18,
            },
            {
                "name": "radio2",
                "is_up": True,
                "band": "2.4",
                "channel": 1,
                "width_mhz": 20,
                "standard": "802.11n",
                "tx_power_dbm": 14.0,
                "clients": 3,
            },
        ],
    }
    # No BSSID and a power of 0: it is off, and its channel 44 is none.
    assert told["94:b4:0f:c2:6f:96"]["radios"][0] == {
        "name": "radio1",
        "is_up": False,
        "band": "5",
        "standard": "802.11ac",
        "clients": 0,
    }


async def test_controllers_without_access_points(device: Device) -> None:
    ((vmc,),) = await device("vmc")
    assert vmc == {
        "observed_at": FIRST,
        "device": {
            "vendor": "HPE Aruba",
            "model": "ArubaMC-VA",
            "serial": "MC4204394",  # wlsxSwitchLicenseSerialNumber
            "firmware": "8.10.0.12-FIPS",
            "name": "<private>",
        },
        "system": {"uptime_seconds": 16519.0, "cpu_ratio": 0.16, "memory_used_ratio": 2080084 / 7905032},
        "access_points": 0,
        "clients": 0,
        "interfaces": [cable("GE0/0/0", 1e10), cable("GE0/0/1", 1e10), cable("GE0/0/2", None)],
    }
    ((aruba7210,),) = await device("aruba7210")
    assert aruba7210 == {
        "observed_at": LATER,
        "device": {"vendor": "HPE Aruba", "model": "Aruba7210", "firmware": "8.2.0.2", "name": "<private>"},
        "system": {"uptime_seconds": 4170354.0, "cpu_ratio": 0.02, "memory_used_ratio": 4326272 / 5184256},
    }


async def test_what_the_recordings_lack_on_a_controller_of_our_own_making(device: Device) -> None:
    _, (_, of_655, of_615, of_303) = await device("ours", "ours_later")  # TEST4 is another controller's to tell of
    assert of_655 == {
        "observed_at": LATER,
        "interval_seconds": 60.0,
        "is_up": True,
        "device": {"vendor": "HPE Aruba", "model": "655", "serial": "TEST1", "mac": "00:00:5e:00:53:01"},
        "clients": 3,
        "radios": [
            {
                "name": "radio1",
                "is_up": True,
                "band": "5",
                "channel": 149,
                "width_mhz": 80,
                "standard": "802.11ax",
                "tx_power_dbm": 19.5,
                "clients": 1,
                "rx_bits_per_second": 1e5,
                "tx_bits_per_second": 1e6,
            },
            {
                "name": "radio2",
                "is_up": True,
                "band": "2.4",
                "channel": 6,
                "width_mhz": 20,
                "standard": "802.11ax",
                "tx_power_dbm": 9.0,
                "clients": 1,
            },
            {
                "name": "radio3",
                "is_up": True,
                "band": "6",
                "channel": 37,
                "width_mhz": 160,
                "standard": "802.11ax",
                "tx_power_dbm": 21.0,
                "clients": 1,
            },
        ],
        "ssids": [
            {
                "ssid": "SEOUL",
                "radio": "radio1",
                "clients": 1,
                "rx_bits_per_second": 2e5,
                "tx_bits_per_second": 4e5,
            }
        ],
        "uplink": {
            "name": "eth0",
            "speed_bits_per_second": 5e9,
            **NOTHING_FLOWED,
            "rx_bits_per_second": 2e6,
            "tx_bits_per_second": 2e5,
            "rx_errors_per_second": 1.0,
            "tx_drops_per_second": 0.5,
        },
    }
    # An AP-615 may use its first radio in 5 or in 6 GHz, and 802.11a may stand for both: 5 GHz has no channel 37.
    assert of_615["radios"] == [
        {
            "name": "radio1",
            "is_up": True,
            "band": "6",
            "channel": 37,
            "width_mhz": 160,
            "tx_power_dbm": 15.0,
            "clients": 1,
        },
        {"name": "radio2", "is_up": False, "band": "2.4", "standard": "802.11ax", "clients": 1},
    ]
    assert of_303["radios"] == [
        {"name": "radio1", "band": "5", "standard": "802.11ac", "tx_power_dbm": 15.0, "clients": 1},
        {
            "name": "radio2",
            "is_up": True,
            "band": "2.4",
            "channel": 11,
            "width_mhz": 20,
            "standard": "802.11g",
            "tx_power_dbm": 15.0,
            "clients": 1,
        },
    ]


async def test_who_gets_this_profile(port: int, tmp_path: Path) -> None:
    chosen = {}
    for name in ("first", "arubaos", "vmc", "aruba7210", "ours", "rebranded"):
        table = {"kind": "snmp", "host": "127.0.0.1", "port": port, "community": name}
        client = Client("127.0.0.1", port, check(snmp.Settings, table, tmp_path / "agent.toml"), Patience())
        chosen[name] = (await choose(client, await identify(client))).name
        client.close()
    assert set(chosen.values()) == {"arubaos_controller"}, chosen
