"""Grandstream's access points: one that manages three others, and one of our own with three radios."""

from collections.abc import Mapping

from identities import identities, profile_chosen, recordings_that_choose
from recordings import Device, Records, grown, needs_recordings, recording

pytestmark = needs_recordings

GWN = "1.3.6.1.4.1.42397.1.1"
RADIO, NETWORK = f"{GWN}.3.1.1", f"{GWN}.3.2.1"
FIRST, LATER = "2026-05-02T12:00:00Z", "2026-05-02T12:01:00Z"


def recordings_played() -> Mapping[str, Records]:
    first = recording("grandstream-ap_gwn7660")
    later = {
        **grown(
            first,
            {
                f"{RADIO}.9.1": 7_500_000,  # gwnRadioTxDataBytes of wifi0
                f"{RADIO}.13.1": 750_000,  # gwnRadioRxDataBytes
                f"{NETWORK}.6.3": 1_500_000,  # gwnWlanTxDataBytes of the third network
                f"{NETWORK}.9.3": 150_000,  # gwnWlanRxDataBytes
                "1.3.6.1.2.1.31.1.1.1.6.4": 15_000_000,  # ifHCInOctets of eth0
            },
        ),
        # gwnRadioRxDataBytes of wifi1 turns over: 2070025647 would have to grow by more than is believed.
        f"{RADIO}.13.2": "65|1000",
    }
    near_the_top = {**first, f"{RADIO}.9.2": "65|4294960000"}
    return {
        **identities(),
        "first": first,
        "later": later,
        "near_the_top": near_the_top,
        "turned_over": {**first, f"{RADIO}.9.2": f"65|{4_294_960_000 + 7_500_000 - 2**32}"},
        "restarted": {**first, f"{RADIO}.9.2": "65|4000", f"{GWN}.2.6.0": "67|3000"},
        "three_radios": ours(),
    }


def ours() -> Records:
    """Synthetic: three radios, the third of them switched off and with nothing but what it was set to."""
    radios = {1: ("wifi0", 1, 6, 20), 2: ("wifi1", 1, 149, 22), 3: ("wifi2", 0, 37, 50)}
    return {
        "1.3.6.1.2.1.1.1.0": "4|Linux Grandstream 5.4.0 #1 SMP",
        "1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.8072.3.2.10",
        f"{GWN}.2.1.0": "4|GWN7665",
        f"{GWN}.2.2.0": "4|",
        f"{GWN}.2.3.0": "4|02:00:5E:00:53:01",
        "1.3.6.1.2.1.1.5.0": "4|test-ap",
        **{f"{RADIO}.2.{row}": f"4|{name}" for row, (name, _, _, _) in radios.items()},
        **{f"{RADIO}.3.{row}": f"65|{status}" for row, (_, status, _, _) in radios.items()},
        **{f"{RADIO}.4.{row}": f"65|{channel}" for row, (_, _, channel, _) in radios.items()},
        **{f"{RADIO}.5.{row}": f"65|{power}" for row, (_, _, _, power) in radios.items()},
    }


WHOLE = {
    "device": {
        "vendor": "Grandstream",
        "model": "GWN7660",
        "mac": "c0:74:ad:c4:c7:a4",
        "firmware": "1.0.25.41",  # LibreNMS shows the NUL at its end as a dot
        "name": "AP_Office",
    },
    # 266405200 hundredths; hrProcessorLoad 6, 4, 4 and 3; laLoadInt 208. Of memory the recording has no sizes.
    "system": {"uptime_seconds": 2664052.0, "cpu_ratio": 0.0425, "load_1m": 2.08},
}
WIFI0 = {"name": "wifi0", "is_up": True, "band": "2.4", "channel": 11, "tx_power_dbm": 17.0}
WIFI1 = {"name": "wifi1", "is_up": True, "band": "5", "channel": 36, "tx_power_dbm": 20.0}
ETH0 = {"name": "eth0", "is_up": True, "speed_bits_per_second": 1e9}
ETH1 = {"name": "eth1", "is_up": False}
STILL = {"rx_bits_per_second": 0.0, "tx_bits_per_second": 0.0}
FAULTS = {f"{way}_{what}_per_second": 0.0 for way in ("rx", "tx") for what in ("errors", "drops")}


async def test_the_whole_report(device: Device) -> None:
    first, later = await device("first", "later")
    # Each network is there once for each radio; GWN-MESH-... is no network for clients. LibreNMS counts 0 clients in
    # the table of clients, which is not read: the number is absent.
    networks = ["ssid1", "ssid1", "ssid2", "ssid2", "ssid3", "ssid3"]
    assert first == [
        {
            "observed_at": FIRST,
            **WHOLE,
            "radios": [WIFI0, WIFI1],
            "ssids": [{"ssid": ssid} for ssid in networks],
            "uplink": ETH0,
            "interfaces": [ETH1],
        }
    ]
    ssids = [{"ssid": ssid, **STILL} for ssid in networks]
    ssids[2] = {"ssid": "ssid2", "rx_bits_per_second": 2e4, "tx_bits_per_second": 2e5}
    assert later == [
        {
            "observed_at": LATER,
            "interval_seconds": 60.0,
            **WHOLE,
            "radios": [
                {**WIFI0, "rx_bits_per_second": 1e5, "tx_bits_per_second": 1e6},
                {**WIFI1, "tx_bits_per_second": 0.0},
            ],
            "ssids": ssids,
            "uplink": {**ETH0, **STILL, **FAULTS, "rx_bits_per_second": 2e6},
            "interfaces": [{**ETH1, **STILL, **FAULTS}],
        }
    ]


async def test_a_counter_of_32_bits_turns_over_and_a_restart_is_told_from_it(device: Device) -> None:
    _, turned_over = await device("near_the_top", "turned_over")
    assert turned_over[0]["radios"][1] == {**WIFI1, "rx_bits_per_second": 0.0, "tx_bits_per_second": 1e6}
    _, restarted = await device("near_the_top", "restarted")
    assert restarted[0]["system"]["uptime_seconds"] == 30.0
    assert restarted[0]["radios"][1] == WIFI1


async def test_a_channel_that_6_ghz_has_too_tells_no_band_and_a_radio_that_is_off_has_no_values(device: Device) -> None:
    (first,) = await device("three_radios")
    assert first == [
        {
            "observed_at": FIRST,
            "device": {
                "vendor": "Grandstream",
                "model": "GWN7665",
                "mac": "02:00:5e:00:53:01",
                "name": "test-ap",  # gwnDeviceName is empty
            },
            "radios": [
                {"name": "wifi0", "is_up": True, "band": "2.4", "channel": 6, "tx_power_dbm": 20.0},
                {"name": "wifi1", "is_up": True, "channel": 149, "tx_power_dbm": 22.0},
                {"name": "wifi2", "is_up": False},
            ],
        }
    ]


async def test_who_gets_this_profile(port: int) -> None:
    # sysObjectID is net-snmp's, which many have; gwnDeviceModel is not.
    assert await recordings_that_choose(port, "grandstream") == {"grandstream-ap_gwn7660"}
    assert await profile_chosen(port, "three_radios") == "grandstream"
