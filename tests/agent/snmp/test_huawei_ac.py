"""Huawei's access controllers: an AC6605 of which LibreNMS recorded little, and one of our own that tells all."""

from collections.abc import Mapping

from identities import identities, profile_chosen, recordings_that_choose
from recordings import Device, Records, grown, needs_recordings, recording

pytestmark = needs_recordings

WLAN = "1.3.6.1.4.1.2011.6.139"
AP, RADIO, VAP, NETWORK = (f"{WLAN}.{entry}.1" for entry in ("13.3.3", "16.1.2", "17.1.1", "17.1.2"))
IFX = "1.3.6.1.2.1.31.1.1.1"
NORMAL, LOST, STANDBY = "2.0.94.0.83.16", "2.0.94.0.83.32", "2.0.94.0.83.48"
FIRST, LATER = "2026-05-02T12:00:00Z", "2026-05-02T12:01:00Z"


def recordings_played() -> Mapping[str, Records]:
    first = recording("vrp_ac6605-26")
    whole = ours()
    return {
        **identities(),
        "first": first,
        "later": grown(first, {f"{IFX}.6.3": 7_500_000, f"{IFX}.10.3": 750_000}),
        "ours": whole,
        "ours_later": grown(
            whole,
            {
                f"{RADIO}.31.{NORMAL}.2": 750_000,  # hwWlanRadioRcvBytes
                f"{RADIO}.36.{NORMAL}.2": 7_500_000,  # hwWlanRadioSendBytes
                f"{RADIO}.35.{NORMAL}.2": 240,  # hwWlanRadioSendFrames
                f"{RADIO}.49.{NORMAL}.2": 60,  # hwWlanRadioRetryFrames
                f"{AP}.65.{NORMAL}": 15_000_000,  # hwWlanApUpPortRecvBytes
                f"{AP}.66.{NORMAL}": 1_500_000,  # hwWlanApUpPortSendBytes
            },
        ),
        # The access point began anew: what it counts goes back to the beginning.
        "ours_restarted": {
            **whole,
            f"{RADIO}.31.{NORMAL}.2": "70|10",
            f"{RADIO}.36.{NORMAL}.2": "70|10",
            f"{RADIO}.35.{NORMAL}.2": "70|10",
            f"{RADIO}.49.{NORMAL}.2": "70|10",
            f"{AP}.65.{NORMAL}": "70|10",
            f"{AP}.66.{NORMAL}": "70|10",
        },
    }


def ours() -> Records:
    """Synthetic: three access points, one at work with a radio that is off, one lost, one that stands by."""
    by_band = {2: "2|0", 3: "2|9", 17: "2|6", 5: "70|1000", 9: "70|1000"}
    records = {
        "1.3.6.1.2.1.1.1.0": "4|Huawei Test Versatile Routing Platform (AirEngine9700-M1 V200R023C00SPC100) Copyright",
        "1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.2011.2.240.16",
        "1.3.6.1.2.1.1.5.0": "4|test-ac",
        f"{WLAN}.12.1.2.1.0": "2|1",
        f"{WLAN}.12.1.2.2.0": "2|16",  # hwWlanCurAssocStaNum: one joined between the two
        **{f"{NETWORK}.{column}.5.83.69.79.85.76": record for column, record in by_band.items()},
    }
    # Each has the same values: the state tells whether they mean anything.
    for number, (index, state) in enumerate({NORMAL: 8, LOST: 4, STANDBY: 11}.items(), 1):
        columns = {2: f"4|TEST000{number}", 3: "4|AirEngine6776", 4: f"4|test-{number}", 6: f"2|{state}"}
        columns |= {7: "4|V200R023C00", 40: "2|48", 41: "2|12", 43: "2|51", 44: "2|15", 50: "2|4", 52: "2|2"}
        columns |= {65: "70|5000000000", 66: "70|6000000000"}
        records |= {f"{AP}.{column}.{index}": value for column, value in columns.items()}
        # hwWlanRadioFreqType, RunState, WorkingChannel, WorkingChannelBandwidth, Noise, ActualEIRP, OnlineStaCnt.
        for slot, values in {
            0: (1, 2, 6, 1, 0, 255, 0),
            1: (2, 1, 36, 4, -97, 26, 9),
            2: (3, 1, 37, 5, 95, 24, 6),
        }.items():
            told = dict(zip((5, 6, 7, 10, 24, 45, 40), values, strict=True))
            records |= {f"{RADIO}.{column}.{index}.{slot}": f"2|{value}" for column, value in told.items()}
        airtime = {25: "66|30", 27: "66|12", 28: "66|8"}  # ChUtilizationRate, TxRatio, RxRatio
        counters = {31: "70|1000", 36: "70|2000", 35: "70|3000", 49: "70|4000"}
        records |= {f"{RADIO}.{column}.{index}.2": value for column, value in (airtime | counters).items()}
        records |= {f"{RADIO}.{column}.{index}.0": "66|5" for column in airtime}
        for radio, status, clients in ((1, 1, 9), (2, 1, 6), (0, 2, 0)):
            records[f"{VAP}.6.{index}.{radio}.1"] = "4|SEOUL"
            records[f"{VAP}.9.{index}.{radio}.1"] = f"2|{clients}"
            records[f"{VAP}.10.{index}.{radio}.1"] = f"2|{status}"
    return records


STILL = {f"{way}_{what}_per_second": 0.0 for way in ("rx", "tx") for what in ("bits", "errors", "drops")}


def ports(**rates: float) -> list[dict[str, object]]:
    """Twenty-four ports, of which the first and the last are up, two faster ones, and one inside the controller."""
    still = STILL if rates else {}
    up = {"is_up": True, "speed_bits_per_second": 1e9, **still}
    down = {"is_up": False, **still}
    return [
        {"name": "GigabitEthernet0/0/1", **up, **rates},
        *({"name": f"GigabitEthernet0/0/{number}", **down} for number in range(2, 24)),
        {"name": "GigabitEthernet0/0/24", **up},
        {"name": "XGigabitEthernet0/0/1", **down},
        {"name": "XGigabitEthernet0/0/2", **down},
        {"name": "Ethernet0/0/47", **up},
    ]


async def test_the_whole_of_a_controller(device: Device) -> None:
    first, later = await device("first", "later")
    own = {
        "device": {
            "vendor": "Huawei",
            "model": "AC6605-26-PWR",
            "serial": "21023579169WJ6000038",  # of the board: the chassis has an empty one
            "mac": "9c:71:3a:da:8f:8e",
            "firmware": "V200R010C00SPC500",
            "name": "<private>",
        },
        # 61090101 hundredths. Of 33 entities the board alone has values; one port has 2147483647 degrees.
        "system": {
            "uptime_seconds": 610901.01,
            "cpu_ratio": 0.07,
            "memory_used_ratio": 0.36,
            "temperature_celsius": 40.0,
        },
        "access_points": 1,
        "clients": 7,  # of its networks: the controller's own count was not recorded
        # By the length of the name; clients of 2.4 and of 5 GHz together. LibreNMS shows the same seven.
        "ssids": [
            {"ssid": "WIFIOG", "clients": 0},
            {"ssid": "WIFIOG-BYOD", "clients": 6},
            {"ssid": "WIFIOG-Guest", "clients": 1},
        ],
    }
    networks = ["acme_Test", "WIFI_BYOD_Test", "acme_Guest_Test"]
    access_point = {
        "device": {
            "vendor": "Huawei",
            "model": "AP7050DN-E",
            "serial": "2102350PKF10J1000078",
            "mac": "50:6f:77:ea:dc:a0",
            "name": "TestAP-NAME",
        },
        # Of each network 0; LibreNMS shows 7 out of the controller's own list, which was recorded at another time.
        "clients": 0,
        "radios": [
            {"name": "radio0", "band": "2.4", "channel": 6, "tx_power_dbm": 20.0, "busy_ratio": 0.07, "clients": 0},
            {"name": "radio1", "band": "5", "channel": 40, "tx_power_dbm": 23.0, "busy_ratio": 0.01, "clients": 0},
        ],
        "ssids": [{"ssid": ssid, "radio": radio, "clients": 0} for radio in ("radio0", "radio1") for ssid in networks],
    }
    assert first == [
        {"observed_at": FIRST, **own, "interfaces": ports()},
        {"observed_at": FIRST, **access_point},
    ]
    span = {"observed_at": LATER, "interval_seconds": 60.0}
    assert later == [
        {**span, **own, "interfaces": ports(rx_bits_per_second=1e6, tx_bits_per_second=1e5)},
        {**span, **access_point},
    ]


def known(number: int) -> dict[str, object]:
    return {
        "vendor": "Huawei",
        "model": "AirEngine6776",
        "serial": f"TEST000{number}",
        "mac": f"02:00:5e:00:53:{number}0",
        "firmware": "V200R023C00",
        "name": f"test-{number}",
    }


OWN = {
    "device": {"vendor": "Huawei", "model": "AirEngine9700-M1", "firmware": "V200R023C00SPC100", "name": "test-ac"},
    "access_points": 1,
    "clients": 16,
}
NETWORKS = [{"ssid": "SEOUL", "clients": 15}]  # those on 6 GHz too
STILL_NETWORKS = [{**NETWORKS[0], "rx_bits_per_second": 0.0, "tx_bits_per_second": 0.0}]
AT_WORK = {
    "is_up": True,
    "device": known(1),
    "clients": 15,
    "system": {"cpu_ratio": 0.12, "memory_used_ratio": 0.48, "temperature_celsius": 51.0},
    "ssids": [
        {"ssid": "SEOUL", "radio": "radio1", "clients": 9},
        {"ssid": "SEOUL", "radio": "radio2", "clients": 6},
    ],
}
RADIO_1 = {"name": "radio1", "is_up": True, "band": "5", "channel": 36, "width_mhz": 80} | {
    "tx_power_dbm": 26.0,
    "noise_dbm": -97.0,
    "clients": 9,
}
RADIO_2 = {"name": "radio2", "is_up": True, "band": "6", "channel": 37, "width_mhz": 160} | {
    "tx_power_dbm": 24.0,
    "noise_dbm": -95.0,  # also where the sign is left out
    "busy_ratio": 0.3,
    "tx_ratio": 0.12,
    "rx_ratio": 0.08,
    "clients": 6,
}
RADIO_0 = {"name": "radio0", "is_up": False, "band": "2.4", "clients": 0}
UPLINK = {"name": "uplink", "speed_bits_per_second": 1e10, "is_full_duplex": True}


async def test_6_ghz_and_no_old_values_of_what_is_off_or_lost(device: Device) -> None:
    first, later = await device("ours", "ours_later")
    lost, standby = {"is_up": False, "device": known(2)}, {"device": known(3)}

    def by_radio(report: Mapping[str, object]) -> Mapping[str, object]:
        radios = report.get("radios")
        ssids = report.get("ssids")
        return {
            **report,
            **({"radios": {each["name"]: each for each in radios}} if isinstance(radios, list) else {}),
            **({"ssids": sorted(ssids, key=str)} if isinstance(ssids, list) else {}),
        }

    assert [by_radio(report) for report in first] == [
        {"observed_at": FIRST, **OWN, "ssids": NETWORKS},
        {
            "observed_at": FIRST,
            **AT_WORK,
            "radios": {"radio0": RADIO_0, "radio1": RADIO_1, "radio2": RADIO_2},
            "uplink": UPLINK,
        },
        {"observed_at": FIRST, **lost},
        {"observed_at": FIRST, **standby},  # another controller works with it
    ]
    span = {"observed_at": LATER, "interval_seconds": 60.0}
    assert [by_radio(report) for report in later] == [
        {**span, **OWN, "ssids": STILL_NETWORKS},
        {
            **span,
            **AT_WORK,
            "radios": {
                "radio0": RADIO_0,
                "radio1": RADIO_1,
                "radio2": {
                    **RADIO_2,
                    "rx_bits_per_second": 1e5,
                    "tx_bits_per_second": 1e6,
                    "retry_ratio": 0.25,
                },
            },
            "uplink": {**UPLINK, "rx_bits_per_second": 2e6, "tx_bits_per_second": 2e5},
        },
        {**span, **lost},
        {**span, **standby},
    ]


async def test_an_access_point_that_began_anew_has_no_rates(device: Device) -> None:
    _, restarted = await device("ours", "ours_restarted")
    assert restarted[1]["uplink"] == UPLINK
    assert {each["name"]: each for each in restarted[1]["radios"]}["radio2"] == RADIO_2


async def test_who_gets_this_profile(port: int) -> None:
    assert await recordings_that_choose(port, "huawei_ac") == {"vrp_ac6605-26"}
    assert await profile_chosen(port, "ours") == "huawei_ac"
