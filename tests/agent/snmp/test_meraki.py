"""Meraki access points, asked themselves: recordings of a CW9176I with three bands and of an MR28 with two."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recordings import Device, Records, grown, needs_recordings, recording

from agent.settings import check
from agent.snmp.client import Client, Patience
from agent.snmp.matching import choose, identify
from agent.sources import snmp

pytestmark = needs_recordings

IF, IFX, CHANNEL = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1", "1.2.840.10036.4.5.1.1"
FIRST, LATER = "2026-05-02T12:00:00Z", "2026-05-02T12:01:00Z"


def recordings_played() -> Mapping[str, Records]:
    cw9176 = recording("merakimr_cw9176")
    later = grown(
        cw9176,
        {
            f"{IFX}.6.1": 15_000_000,  # ifHCInOctets of wired0
            f"{IFX}.10.1": 1_500_000,  # ifHCOutOctets of wired0
            f"{IFX}.6.3": 750_000,  # of apr1: what clients sent
            f"{IFX}.10.3": 7_500_000,  # what they were sent
            f"{IF}.14.1": 60,  # ifInErrors of wired0
        },
    )
    return {
        "cw9176": cw9176,
        "later": later,
        "mr28": recording("merakimr_mr28"),
        # What follows is of our own making: the same few objects with other models' names and channels.
        "cw9166": named(cw9176, "Cisco Wireless CW9166I Cloud Managed AP", third=149),
        "cw9166_5": named(cw9176, "Cisco Wireless CW9166I Cloud Managed AP", third=100),
        "cw9164": named(cw9176, "Meraki CW9164I Cloud Managed AP", third=149),
        "mr57": named(cw9176, "Meraki MR57 Cloud Managed AP", third=37),
        "off": named(cw9176, "Cisco Wireless CW9176I Cloud Managed AP", third=0) | {f"{IF}.8.4": "2|2"},
        "switch": {
            "1.3.6.1.2.1.1.1.0": "4|Meraki MS225-48FP Cloud Managed PoE Switch",
            "1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.29671.2.30",
        },
    }


def named(records: Records, description: str, *, third: int) -> Records:
    """The device under another model's name, its third radio on another channel."""
    return {**records, "1.3.6.1.2.1.1.1.0": f"4|{description}", f"{CHANNEL}.40": f"2|{third}"}


def expected_cw9176(at: str) -> dict[str, Any]:
    return {
        "observed_at": at,
        # sysName and sysUpTime are not in the recording. The MAC is wired0's.
        "device": {"vendor": "Cisco Meraki", "model": "CW9176I", "mac": "ac:69:cf:1e:8d:e0"},
        "radios": [
            # The channels of BSSIDs 10, 25 and 40. Channel 5 of the third radio, which has no 2.4 GHz, is of 6 GHz:
            # LibreNMS tells 2432 MHz.
            {"name": "apr0", "is_up": True, "band": "2.4", "channel": 1},
            {"name": "apr1", "is_up": True, "band": "5", "channel": 44},
            {"name": "apr2", "is_up": True, "band": "6", "channel": 5},
        ],
        # ifHighSpeed is 0: the speed is not known.
        "uplink": {"name": "wired0", "is_up": True},
    }


async def test_the_whole_report_and_what_flowed_between_two_readings(device: Device) -> None:
    first, later = await device("cw9176", "later")
    assert first == [expected_cw9176(FIRST)]

    expected = {**expected_cw9176(LATER), "interval_seconds": 60.0}
    for radio, received, sent in zip(expected["radios"], (0.0, 1e5, 0.0), (0.0, 1e6, 0.0), strict=True):
        radio |= {"rx_bits_per_second": received, "tx_bits_per_second": sent}
    expected["uplink"] |= {
        "rx_bits_per_second": 2e6,
        "tx_bits_per_second": 2e5,
        "rx_errors_per_second": 1.0,
        "tx_errors_per_second": 0.0,
        "rx_drops_per_second": 0.0,
        "tx_drops_per_second": 0.0,
    }
    assert later == [expected]


async def test_an_access_point_of_two_bands(device: Device) -> None:
    (reports,) = await device("mr28", access_point="jamsil-004")
    assert reports == [
        {
            "access_point": "jamsil-004",
            "observed_at": FIRST,
            "device": {"vendor": "Cisco Meraki", "model": "MR28", "mac": "6c:c3:b2:4f:cd:e7", "name": "<private>"},
            "system": {"uptime_seconds": 1282.03},  # 128203 hundredths
            "radios": [
                {"name": "apr0", "is_up": True, "band": "2.4", "channel": 11},
                {"name": "apr1", "is_up": True, "band": "5", "channel": 64},
            ],
            "uplink": {"name": "wired0", "is_up": True},
        }
    ]


async def test_the_band_of_the_third_radio_by_what_the_model_is_built_for(device: Device) -> None:
    third = {}
    for name in ("cw9166", "cw9166_5", "cw9164", "mr57", "off"):
        ((report,),) = await device(name)
        third[name] = report["radios"][2]
    assert third == {
        # 5 or 6 GHz, and channel 149 is there in both.
        "cw9166": {"name": "apr2", "is_up": True, "channel": 149},
        "cw9166_5": {"name": "apr2", "is_up": True, "band": "5", "channel": 100},
        "cw9164": {"name": "apr2", "is_up": True, "band": "6", "channel": 149},
        "mr57": {"name": "apr2", "is_up": True, "band": "6", "channel": 37},
        "off": {"name": "apr2", "is_up": False},
    }


async def test_who_gets_this_profile(port: int, tmp_path: Path) -> None:
    chosen = {}
    for name in ("cw9176", "mr28", "switch"):
        table = {"kind": "snmp", "host": "127.0.0.1", "port": port, "community": name}
        client = Client("127.0.0.1", port, check(snmp.Settings, table, tmp_path / "agent.toml"), Patience())
        chosen[name] = (await choose(client, await identify(client))).name
        client.close()
    assert chosen == {"cw9176": "meraki", "mr28": "meraki", "switch": "generic"}
