"""Aruba Instant: a cluster that its conductor tells of, on a recording stitched from an IAP-225 and two AP-635."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recordings import Device, Records, grown, needs_recordings, recording

from agent.settings import check
from agent.snmp.client import Client, Patience
from agent.snmp.matching import choose, identify
from agent.sources import snmp

pytestmark = needs_recordings

AI = "1.3.6.1.4.1.14823.2.3.3.1"
AP, RADIO, WLAN = f"{AI}.2.1.1", f"{AI}.2.2.1", f"{AI}.2.3.1"
IAP_225, AP_635 = "112.58.14.201.194.70", "104.40.207.199.233.192"
FIRST, LATER = "2026-05-02T12:00:00Z", "2026-05-02T12:01:00Z"
FIRMWARE = "8.4.0.0-8.4.0.0_68230"  # aiVirtualControllerVersion; LibreNMS shows sysDescr's, without the build


def recordings_played() -> Mapping[str, Records]:
    first = recording("aruba-instant")
    later = grown(
        first,
        {
            f"{RADIO}.12.{IAP_225}.0": 7_500_000,  # aiRadioTxDataBytes
            f"{RADIO}.16.{IAP_225}.0": 750_000,  # aiRadioRxDataBytes
            f"{RADIO}.9.{IAP_225}.0": 10_000,  # aiRadioTxTotalFrames
            f"{RADIO}.13.{IAP_225}.0": 50,  # aiRadioTxDrops
            f"{WLAN}.7.{IAP_225}.0": 3_000_000,  # aiWlanTxDataBytes
            f"{WLAN}.10.{IAP_225}.0": 1_500_000,  # aiWlanRxDataBytes
            "1.3.6.1.2.1.31.1.1.1.6.1": 15_000_000,  # ifHCInOctets of eth0
        },
    )
    wrapping = {**first, f"{RADIO}.12.{IAP_225}.0": "65|4294960000"}
    wrapped = {**first, f"{RADIO}.12.{IAP_225}.0": f"65|{4_294_960_000 + 15_000_000 - 2**32}"}
    # The access point began anew, and so did what it counts: aiAPUptime is 90 s.
    restarted = {
        **later,
        f"{AP}.9.{IAP_225}": "67|9000",
        **{f"{RADIO}.{column}.{IAP_225}.0": "65|700" for column in (9, 12, 13, 16)},
        **{f"{WLAN}.{column}.{IAP_225}.0": "65|700" for column in (7, 10)},
    }
    # The conductor has lost it: aiAPStatus is down(2), and all else stands as it was.
    lost = {**first, f"{AP}.11.{AP_635}": "2|2"}
    return {
        "first": first,
        "later": later,
        "wrapping": wrapping,
        "wrapped": wrapped,
        "restarted": restarted,
        "lost": lost,
        "bare": recording("aruba-instant_515"),
        "ours": synthetic(),
        "rebranded": {**synthetic(), "1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.6486.800.1.1.2.2.2.1.2.1"},
        # aiRadioTransmitPower and aiRadioNoiseFloor -1
        "unknown": {
            oid: "2|-1" if oid.startswith((f"{RADIO}.5.", f"{RADIO}.6.")) else r for oid, r in synthetic().items()
        },
        "aos10": {
            "1.3.6.1.2.1.1.1.0": "4|AOS-10 (MODEL: 635), Version 10.7.1.0-10.7.1.0 SSR",
            "1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.14823.1.2.125",
        },
        "aos10_telling": {
            "1.3.6.1.2.1.1.1.0": "4|AOS-10 (MODEL: 635), Version 10.7.1.0-10.7.1.0 SSR",
            "1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.14823.1.2.125",
            f"{AI}.1.4.0": "4|10.7.1.0",
        },
    }


def synthetic() -> Records:
    """A cluster of our own making: what the MIB has and the recordings have not. MACs of RFC 7042, serials TEST….

    An access point of the 650 series at work in 6 GHz; a flexible one of the 610 series; an old one with ArubaOS 6,
    which sends channels as numbers; and one whose second radio only listens.
    """
    models = {1: "655", 2: "615", 3: "135", 4: "325"}
    records = {
        "1.3.6.1.2.1.1.1.0": "4|ArubaOS (MODEL: 655), Version 8.11.0.0-8.11.0.0",
        "1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.14823.1.2.131",
        f"{AI}.1.4.0": "4|8.11.0.0",
    }
    for number, model in models.items():
        mac = f"0.0.94.0.83.{number}"
        records |= {
            f"{AP}.1.{mac}": f"4x|00005e00530{number}",
            f"{AP}.4.{mac}": f"4|TEST{number}",
            f"{AP}.6.{mac}": f"4|{model}",
            f"{AP}.11.{mac}": "2|1",
        }
    radios = [
        # access point, radio, channel, aiRadioStatus, aiRadioClientNum, aiRadioMode
        (1, 0, "4|161S", 1, 11, "access"),
        (1, 2, "4|37S", 1, 4, "access"),
        (2, 0, "4|44E", 1, 2, "access"),
        (2, 1, "4|37E", 1, 1, "access"),
        (2, 2, "4|11", 1, 0, "access"),
        (3, 0, "2|292", 1, 3, "access"),  # 36, its low byte, and 1 above: the secondary channel is above
        (3, 1, "2|32929", 1, 1, "access"),  # 161, and the highest bit: it is below
        (4, 0, "4|132", 1, 5, "access"),
        (4, 1, "4|6", 1, 0, "monitor"),
    ]
    for ap, radio, channel, status, clients, mode in radios:
        index = f"0.0.94.0.83.{ap}.{radio}"
        records |= {
            f"{RADIO}.4.{index}": channel,
            f"{RADIO}.5.{index}": "2|0",
            f"{RADIO}.6.{index}": "2|0",
            f"{RADIO}.20.{index}": f"2|{status}",
            f"{RADIO}.21.{index}": f"2|{clients}",
            f"{RADIO}.22.{index}": f"4|{mode}",
        }
    return records


def told_635(at: str, *, serial: str, mac: str, name: str, uptime: float, cpu: float, used: float) -> dict[str, Any]:
    """What the two AP-635 have in common."""
    return {
        "observed_at": at,
        "is_up": True,
        "device": {
            "vendor": "HPE Aruba",
            "model": "635",
            "serial": serial,
            "mac": mac,
            "firmware": FIRMWARE,
            "name": name,
        },
        "system": {"uptime_seconds": uptime, "cpu_ratio": cpu, "memory_used_ratio": used},
        "clients": 0,
    }


def expected_635(at: str) -> list[dict[str, Any]]:
    first = told_635(
        at,
        serial="PHRCKYJ2RR",
        mac="68:28:cf:c7:e9:c0",
        name="ECA-Ultimo-L11-AP06",
        uptime=1220178.0,  # 122017800 hundredths
        cpu=0.06,
        used=1 - 564543488 / 1787162624,  # aiAPMemoryFree of aiAPTotalMemory
    )
    second = told_635(
        at,
        serial="PHRCKYJ4N1",
        mac="68:28:cf:c8:04:48",
        name="ECA-Ultimo-L11-AP14",
        uptime=1646526.0,
        cpu=0.05,
        used=1 - 386752512 / 1787162624,
    )
    # aiRadioStatus of radio 1 is down(2): its power of 26 dBm and its channel 1 are not told. LibreNMS tells them.
    off = {"name": "radio1", "is_up": False, "band": "2.4"}
    first["radios"] = [
        # "161" stands alone: 20 MHz. Noise 94 is -94 dBm; LibreNMS tells 94.
        {
            "name": "radio0",
            "is_up": True,
            "band": "5",
            "channel": 161,
            "width_mhz": 20,
            "tx_power_dbm": 16.0,
            "noise_dbm": -94.0,
            "busy_ratio": 0.01,
            "clients": 0,
        },
        # "53S": the third radio of an AP-635 is of 6 GHz, S is 160 MHz. LibreNMS makes of it a frequency of 0.
        {
            "name": "radio2",
            "is_up": True,
            "band": "6",
            "channel": 53,
            "width_mhz": 160,
            "tx_power_dbm": 15.0,
            "noise_dbm": -90.0,
            "busy_ratio": 0.0,
            "clients": 0,
        },
        off,
    ]
    second["radios"] = [
        {
            "name": "radio0",
            "is_up": True,
            "band": "5",
            "channel": 60,
            "width_mhz": 20,
            "tx_power_dbm": 16.0,
            "noise_dbm": -96.0,
            "busy_ratio": 0.0,
            "clients": 0,
        },
        {
            "name": "radio2",
            "is_up": True,
            "band": "6",
            "channel": 69,
            "width_mhz": 160,
            "tx_power_dbm": 15.0,
            "noise_dbm": -90.0,
            "busy_ratio": 0.0,
            "clients": 0,
        },
        off,
    ]
    return [first, second]


def expected_225(at: str) -> dict[str, Any]:
    return {
        "observed_at": at,
        "is_up": True,
        "device": {
            "vendor": "HPE Aruba",
            "model": "225",
            "serial": "CNBJHMV0WN",
            "mac": "70:3a:0e:c9:c2:46",
            "firmware": FIRMWARE,
            "name": "instant-ap-src-1",
        },
        "system": {
            "uptime_seconds": 865175.0,
            "cpu_ratio": 0.09,
            "memory_used_ratio": 1 - 349196288 / 527101952,
        },
        "clients": 0,
        "radios": [
            # "116E": 80 MHz. Of 64 s the channel was busy 1 % and 11 %; of 4 s, 1 % and 14 %.
            {
                "name": "radio0",
                "is_up": True,
                "band": "5",
                "channel": 116,
                "width_mhz": 80,
                "tx_power_dbm": 21.0,
                "noise_dbm": -92.0,
                "busy_ratio": 0.01,
                "clients": 0,
            },
            {
                "name": "radio1",
                "is_up": True,
                "band": "2.4",
                "channel": 6,
                "width_mhz": 20,
                "tx_power_dbm": 18.0,
                "noise_dbm": -96.0,
                "busy_ratio": 0.11,
                "clients": 0,
            },
        ],
        # Their BSSIDs are the radios' own MACs, 70:3a:0e:1c:24:70 and :60.
        "ssids": [{"ssid": "EOU-Regional", "radio": "radio0"}, {"ssid": "EOU-Regional", "radio": "radio1"}],
        # It has the MAC of eth0: it is the one that answers. The networks, gre and BR0 are no cables.
        "uplink": {"name": "eth0", "is_up": True, "speed_bits_per_second": 1e9},
        "interfaces": [{"name": "eth1", "is_up": False}],
    }


NOTHING_FLOWED = {
    "rx_bits_per_second": 0.0,
    "tx_bits_per_second": 0.0,
    "rx_errors_per_second": 0.0,
    "tx_errors_per_second": 0.0,
    "rx_drops_per_second": 0.0,
    "tx_drops_per_second": 0.0,
}


async def test_the_reports_of_a_cluster_and_what_flowed_between_two_readings(device: Device) -> None:
    first, later = await device("first", "later")
    assert first == [*expected_635(FIRST), expected_225(FIRST)]

    of_635 = [{**report, "interval_seconds": 60.0} for report in expected_635(LATER)]
    of_225 = {**expected_225(LATER), "interval_seconds": 60.0}
    of_225["radios"][0] |= {"failure_ratio": 0.005, "rx_bits_per_second": 1e5, "tx_bits_per_second": 1e6}
    of_225["radios"][1] |= {"rx_bits_per_second": 0.0, "tx_bits_per_second": 0.0}  # of no frame, no share failed
    of_225["ssids"][0] |= {"rx_bits_per_second": 2e5, "tx_bits_per_second": 4e5}
    of_225["ssids"][1] |= {"rx_bits_per_second": 0.0, "tx_bits_per_second": 0.0}
    of_225["uplink"] |= {**NOTHING_FLOWED, "rx_bits_per_second": 2e6}
    of_225["interfaces"][0] |= NOTHING_FLOWED
    assert later == [*of_635, of_225]


async def test_a_counter_of_32_bits_goes_through_its_top(device: Device) -> None:
    _, wrapped = await device("wrapping", "wrapped")
    assert wrapped[2]["radios"][0]["tx_bits_per_second"] == 2e6


async def test_an_access_point_that_began_anew_has_no_rates_but_the_same_values(device: Device) -> None:
    _, restarted = await device("later", "restarted")
    expected = {**expected_225(LATER), "interval_seconds": 60.0}
    expected["system"]["uptime_seconds"] = 90.0
    # The cables are those of the device that answers, whose sysUpTime has not gone back.
    expected["uplink"] |= NOTHING_FLOWED
    expected["interfaces"][0] |= NOTHING_FLOWED
    assert restarted[2] == expected


async def test_an_access_point_that_is_down_says_so_and_nothing_stale(device: Device) -> None:
    (lost,) = await device("lost")
    down, up = expected_635(FIRST)
    assert lost == [
        {"observed_at": FIRST, "is_up": False, "device": down["device"]},
        up,
        expected_225(FIRST),
    ]


async def test_what_the_recordings_lack_on_a_cluster_of_our_own_making(device: Device) -> None:
    (reports,) = await device("ours")
    assert [
        (report["device"]["model"], report["clients"], [radio_of(radio) for radio in report["radios"]])
        for report in reports
    ] == [
        ("655", 15, [("radio0", True, "5", 161, 160, 11), ("radio2", True, "6", 37, 160, 4)]),
        # A radio of an AP-615 may be of any band: channels 44, 37 and 11 are of one band alone.
        (
            "615",
            3,
            [
                ("radio0", True, "5", 44, 80, 2),
                ("radio1", True, "6", 37, 80, 1),
                ("radio2", True, "2.4", 11, 20, 0),
            ],
        ),
        ("135", 4, [("radio0", True, "5", 36, 40, 3), ("radio1", True, "5", 161, 40, 1)]),
        ("325", 5, [("radio0", True, "5", 132, 20, 5), ("radio1", True, None, None, None, None)]),
    ]
    # No power of 0 or -1 dBm, no noise of 0 or -1 dBm.
    (unknown,) = await device("unknown")
    for report in (*reports, *unknown):
        assert not any({"tx_power_dbm", "noise_dbm"} & radio.keys() for radio in report["radios"])


def radio_of(radio: Mapping[str, Any]) -> tuple[object, ...]:
    return tuple(radio.get(key) for key in ("name", "is_up", "band", "channel", "width_mhz", "clients"))


async def test_a_member_that_is_told_of_no_access_point_tells_of_itself(device: Device) -> None:
    """The recording holds who it is and nothing more."""
    (first,) = await device("bare", access_point="nanji-002")
    assert first == [
        {
            "access_point": "nanji-002",
            "observed_at": FIRST,
            "device": {"vendor": "HPE Aruba", "model": "515", "firmware": "8.13.0.1-8.13.0.1"},
        }
    ]


async def test_who_gets_this_profile(port: int, tmp_path: Path) -> None:
    chosen = {}
    for name in ("first", "bare", "ours", "rebranded", "aos10", "aos10_telling"):
        table = {"kind": "snmp", "host": "127.0.0.1", "port": port, "community": name}
        client = Client("127.0.0.1", port, check(snmp.Settings, table, tmp_path / "agent.toml"), Patience())
        chosen[name] = (await choose(client, await identify(client))).name
        client.close()
    assert chosen == {
        "first": "aruba_instant",
        "bare": "aruba_instant",
        "ours": "aruba_instant",
        "rebranded": "aruba_instant",
        # AOS-10 has no cluster to tell of.
        "aos10": "aruba_aos10",
        "aos10_telling": "aruba_instant",
    }
