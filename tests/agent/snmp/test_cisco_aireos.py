"""Cisco's controllers: forty access points of a CT5508, the whole walk of a 2504, a Business Wireless access point.

The 2504's walk was taken some minutes before the figures that its author's own program computed: what has not moved in
between must be the same here. What no recording holds is on a recording of our own.
"""

from collections import Counter
from collections.abc import Mapping

from identities import identities, profile_chosen, recordings_that_choose
from recordings import PUBLIC, Device, Records, grown, needs_recordings, recording

pytestmark = needs_recordings

AIRESPACE, LWAPP = "1.3.6.1.4.1.14179", "1.3.6.1.4.1.9.9.513.1"
AP, RADIO, COUNTERS = f"{AIRESPACE}.2.2.1.1", f"{AIRESPACE}.2.2.2.1", f"{AIRESPACE}.2.2.6.1"
AIRTIME, NOISE = f"{AIRESPACE}.2.2.13.1", f"{AIRESPACE}.2.2.15.1"
CL_AP, DOT11, ETHERNET = f"{LWAPP}.1.1.1", f"{LWAPP}.2.1.1", f"{LWAPP}.2.2.1"
IFX = "1.3.6.1.2.1.31.1.1.1"
LAB_AP = "200.249.249.212.132.224"
FIRST, LATER = "2026-05-02T12:00:00Z", "2026-05-02T12:01:00Z"

LARGE, LAB, BUSINESS = "cisco-ct5508-7.6.130-trim40aps", "wlc2504-7.5.102-lab", "ciscowlc_cbw240ac"


def recordings_played() -> Mapping[str, Records]:
    lab = recording(LAB)
    wanted = ("1.3.6.1.2.1.1.", "1.3.6.1.4.1.9.9.618.1.8.4.")
    brief = {oid: value for oid, value in lab.items() if LAB_AP in oid or oid.startswith(wanted)}
    return {
        **identities(),
        "large": recording(LARGE),
        "lab": lab,
        "lab_later": grown(
            lab,
            {
                f"{COUNTERS}.12.{LAB_AP}.0": 180,  # bsnAPIfDot11TransmittedFrameCount
                f"{COUNTERS}.3.{LAB_AP}.0": 60,  # bsnAPIfDot11RetryCount
                f"{COUNTERS}.33.{LAB_AP}.0": 60,  # bsnAPIfDot11FailedCount
                f"{ETHERNET}.13.{LAB_AP}.0": 7_500_000,  # cLApEthernetIfRxTotalBytes
                f"{ETHERNET}.14.{LAB_AP}.0": 750_000,  # cLApEthernetIfTxTotalBytes
                f"{ETHERNET}.32.{LAB_AP}.0": 120,  # cLApEthernetIfOutputTotalDrops
                f"{IFX}.6.1": 15_000_000,  # ifHCInOctets of the controller's first port
            },
        ),
        "near_the_top": {**brief, f"{ETHERNET}.13.{LAB_AP}.0": "65|4294960000"},
        "turned_over": {**brief, f"{ETHERNET}.13.{LAB_AP}.0": f"65|{4_294_960_000 + 7_500_000 - 2**32}"},
        "restarted": {**brief, f"{ETHERNET}.13.{LAB_AP}.0": "65|4000", f"{CL_AP}.6.{LAB_AP}": "67|3000"},
        "business": recording(BUSINESS),
        "ours": ours(),
    }


def ours() -> Records:
    """Synthetic: a Catalyst 9800 with three access points: one at work, whose third radio is for 6 GHz and whose fourth
    is off, one that leaves, and one that is being upgraded."""
    at_work, leaving, upgraded = "2.0.94.0.83.16", "2.0.94.0.83.32", "2.0.94.0.83.48"
    # Slot: bsnAPIfType, channel, level of power, status, clients, cLAp11ChannelBandwidth, n, ac, ax.
    radios = {0: (1, 6, 1, 2, 3, 3, 1, 2, 1), 1: (2, 36, 2, 2, 8, 5, 1, 1, 1), 2: (6, 37, 3, 2, 4, 6, 1, 1, 1)}
    radios[3] = (7, 149, 1, 1, 0, 4, 2, 2, 2)
    records = {
        "1.3.6.1.2.1.1.1.0": "4|Cisco IOS Software [Test], C9800 Software (TEST), Version 17.99.1, RELEASE SOFTWARE",
        "1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.9.1.2391",
        "1.3.6.1.2.1.1.5.0": "4|test-wlc",
        f"{LWAPP}.3.28.0": "66|250",  # cLApGlobalMaxApsSupported
        f"{LWAPP}.3.35.0": "66|3",  # cLApGlobalAPConnectCount
        f"{AIRESPACE}.2.1.1.1.38.17": "65|16",  # bsnDot11EssNumberOfMobileStations; its name is in another table
        "1.3.6.1.4.1.9.9.512.1.1.1.1.4.17": "4|SEOUL",  # cLWlanSsid
        # A pair of chassis, which has nothing of its own, and the first of the two.
        **{f"1.3.6.1.2.1.47.1.1.1.1.{column}.1": "4|" for column in (10, 11, 13)},
        "1.3.6.1.2.1.47.1.1.1.1.5.1": "2|11",
        "1.3.6.1.2.1.47.1.1.1.1.5.2": "2|3",
        "1.3.6.1.2.1.47.1.1.1.1.10.2": "4|",
        "1.3.6.1.2.1.47.1.1.1.1.11.2": "4|TEST0001",
        "1.3.6.1.2.1.47.1.1.1.1.13.2": "4|C9800-L-F-K9",
        "1.3.6.1.4.1.9.9.109.1.1.1.1.7.1": "66|25",  # cpmCPUTotal1minRev
        "1.3.6.1.4.1.9.9.109.1.1.1.1.12.1": "66|3000",  # cpmCPUMemoryUsed
        "1.3.6.1.4.1.9.9.109.1.1.1.1.13.1": "66|9000",  # cpmCPUMemoryFree
        f"{DOT11}.27.{at_work}.3": "2|3",  # cLApDot11XorRadioBand
        f"{NOISE}.21.{at_work}.0.6": "2|0",
        f"{NOISE}.21.{at_work}.1.36": "2|-128",
        f"{NOISE}.21.{at_work}.2.37": "2|-99",
        f"{NOISE}.21.{at_work}.3.149": "2|-97",
        f"{CL_AP}.6.{at_work}": "67|720000",
        f"{CL_AP}.55.{at_work}": "66|42",
        f"{CL_AP}.57.{at_work}": "66|7",
        f"{CL_AP}.55.{upgraded}": "66|0",
        f"{LWAPP}.10.2.1.1.{at_work}.0.17": "4|SEOUL",
        f"{LWAPP}.10.2.1.1.{at_work}.2.17": "4|SEOUL",
        f"{LWAPP}.10.2.1.1.{leaving}.1.17": "4|SEOUL",
        f"{RADIO}.2.{leaving}.1": "2|2",
        f"{RADIO}.4.{leaving}.1": "2|44",
        f"{RADIO}.12.{leaving}.1": "2|2",
        f"{RADIO}.15.{leaving}.1": "65|9",
    }
    for number, (index, status) in enumerate({at_work: 1, leaving: 2, upgraded: 3}.items(), 1):
        records[f"{AP}.3.{index}"] = f"4|test-{number}"
        records[f"{AP}.6.{index}"] = f"2|{status}"
        records[f"{AP}.17.{index}"] = f"4|TEST100{number}"
        records[f"{AP}.33.{index}"] = f"4x|02005e00530{number}"
    for slot, values in radios.items():
        kind, channel, level, status, clients, width, *supports = values
        row = f"{at_work}.{slot}"
        records |= {
            f"{RADIO}.2.{row}": f"2|{kind}",
            f"{RADIO}.4.{row}": f"2|{channel}",
            f"{RADIO}.6.{row}": f"2|{level}",
            f"{RADIO}.12.{row}": f"2|{status}",
            f"{RADIO}.15.{row}": f"65|{clients}",
            f"{RADIO}.22.{row}": "4|20,17,-1",
            f"{AIRTIME}.1.{row}": "2|10",
            f"{AIRTIME}.2.{row}": "2|20",
            f"{AIRTIME}.3.{row}": "2|50",
            f"{DOT11}.23.{row}": f"2|{width}",
            f"{DOT11}.4.{row}": f"2|{supports[0]}",
            f"{DOT11}.22.{row}": f"2|{supports[1]}",
            f"{DOT11}.31.{row}": f"2|{supports[2]}",
        }
    return records


def radio(slot: int, band: str, channel: int, power: float, noise: float, **more: object) -> dict[str, object]:
    whole = {"name": f"Dot11Radio{slot}", "is_up": True, "band": band, "channel": channel, "tx_power_dbm": power}
    return {**whole, "noise_dbm": noise, "rx_ratio": 0.0, **more}


def port_of(number: int, *, is_up: bool) -> dict[str, object]:
    return {"name": f"GigabitEthernet0/0/{number}", "is_up": is_up}


LARGE_NETWORKS = [  # of the whole controller
    {"ssid": ssid, "clients": clients}
    for ssid, clients in {
        "BUCEA": 71,
        "srun": 0,
        "srun1x": 0,
        "test": 0,
        "test1x": 0,
        "wuganzhi": 0,
        "BUCEA-Mobile": 24,
        "eduroam": 0,
    }.items()
]
LARGE_OWN = {
    "observed_at": FIRST,
    "device": {
        "vendor": "Cisco",
        "model": "AIR-CT5508-K9",
        "serial": "FCW1430L0CZ",
        "mac": "54:75:d0:de:86:20",
        "firmware": "7.6.130.0",
        "name": "DUMSYS-29",
    },
    "access_points": 226,  # of which forty are in the recording
    "clients": 95,
    # 4058908200 hundredths; 7 percent; 460940 of 1000948 KiB are free.
    "system": {"uptime_seconds": 40589082.0, "cpu_ratio": 0.07, "memory_used_ratio": 1 - 460940 / 1000948},
    "interfaces": [
        *({**port_of(number, is_up=True), "speed_bits_per_second": 1e9} for number in (1, 2)),
        *(port_of(number, is_up=False) for number in range(3, 9)),
    ],
}


def access_point(name: str, serial: str, mac: str, model: str, uptime: float) -> dict[str, object]:
    device = {"vendor": "Cisco", "model": model, "serial": serial, "mac": mac, "firmware": "7.6.130.0", "name": name}
    return {"observed_at": FIRST, "is_up": True, "device": device, "system": {"uptime_seconds": uptime}}


async def test_a_controller_and_its_forty_access_points(device: Device) -> None:
    (first,) = await device("large")
    assert first[:3] == [
        {**LARGE_OWN, "ssids": LARGE_NETWORKS},
        {
            **access_point("erjiao_sw", "FCW1424U0HZ", "c8:4c:75:0b:a3:a4", "AIR-LAP1242AG-C-K9", 10280873.0),
            "clients": 2,
            # Level 3 of "17,14,11,8,5,2,-1" and level 1 of "17,15,14,11,8,5,2,-1".
            "radios": [
                radio(0, "2.4", 6, 11.0, -87.0, busy_ratio=0.27, tx_ratio=0.02, clients=0),
                radio(1, "5", 161, 17.0, -96.0, busy_ratio=0.0, tx_ratio=0.0, clients=2),
            ],
        },
        {
            **access_point("yijiao_sw2", "FCW1424U0GA", "c8:4c:75:a0:f6:06", "AIR-LAP1242AG-C-K9", 2406474.0),
            "clients": 0,
            "radios": [
                radio(0, "2.4", 11, 14.0, -79.0, busy_ratio=0.05, tx_ratio=0.02, clients=0),
                radio(1, "5", 157, 17.0, -93.0, busy_ratio=0.01, tx_ratio=0.0, clients=0),
            ],
        },
    ]
    # The only one with a channel that somebody has set, and with another list of powers.
    (odd,) = (report for report in first if report["device"]["serial"] == "FGL1737S2Z0")
    assert odd == {
        **access_point("JCC5-O-1", "FGL1737S2Z0", "c0:8c:60:e3:2f:b5", "AIR-LAP1262N-C-K9", 612587.0),
        "clients": 1,
        "radios": [
            radio(0, "2.4", 1, 14.0, -78.0, busy_ratio=0.89, tx_ratio=0.01, clients=0),
            radio(1, "5", 157, 17.0, -91.0, busy_ratio=0.01, tx_ratio=0.0, clients=1),
        ],
    }


async def test_the_forty_add_up_to_what_the_recording_holds(device: Device) -> None:
    (first,) = await device("large")
    records = recording(LARGE)

    def numbers(column: str) -> list[int]:
        return [int(value.partition("|")[2]) for oid, value in records.items() if oid.startswith(f"{column}.")]

    def texts(column: str) -> list[str]:
        found = [value.split("|") for oid, value in records.items() if oid.startswith(f"{column}.")]
        return [bytes.fromhex(text).decode() if tag.endswith("x") else text for tag, text in found]

    access_points = first[1:]
    radios = [radio for report in access_points for radio in report["radios"]]
    assert (len(access_points), len(radios)) == (40, 80)
    assert sum(report["clients"] for report in access_points) == sum(numbers(f"{RADIO}.15")) == 9
    assert Counter(radio["channel"] for radio in radios) == Counter(numbers(f"{RADIO}.4"))
    assert Counter(radio["band"] for radio in radios) == {"2.4": 40, "5": 40}
    assert sum(round(radio["busy_ratio"] * 100) for radio in radios) == sum(numbers(f"{AIRTIME}.3"))
    assert {report["device"]["serial"] for report in access_points} == set(texts(f"{AP}.17"))
    # Each power is the one at its level.
    levels, powers = numbers(f"{RADIO}.6"), texts(f"{RADIO}.22")
    told = [float(power.split(",")[level - 1]) for level, power in zip(levels, powers, strict=True)]
    assert Counter(radio["tx_power_dbm"] for radio in radios) == Counter(told)
    assert all(-105 <= radio["noise_dbm"] <= -70 for radio in radios)


LAB_NETWORKS = [{"ssid": "ACCX-MARC_EAPTLS", "clients": 0}, {"ssid": "ACCX-Arjan", "clients": 0}]
LAB_OWN = {
    "device": {
        "vendor": "Cisco",
        "model": "AIR-CT2504-K9",
        "serial": "PSZ17040RF2",
        "mac": "f0:29:29:88:ad:40",
        "firmware": "7.5.102.0",
        "name": "Cisco_88:ad:44",
    },
    "system": {"uptime_seconds": 21953.0, "cpu_ratio": 0.0, "memory_used_ratio": 1 - 405304 / 708864},
    "access_points": 1,
    "clients": 0,
}
LAB_PORTS = [
    {**port_of(1, is_up=True), "speed_bits_per_second": 1e8},
    *(port_of(number, is_up=False) for number in (2, 3, 4)),
]
LAB_ACCESS_POINT = {
    "is_up": True,
    "device": {
        "vendor": "Cisco",
        "model": "AIR-LAP1142N-A-K9",
        "serial": "FTX1611K4XL",
        "mac": "50:57:a8:7b:53:40",
        "firmware": "7.5.102.0",
        "name": "ACCX_TESTAP",
    },
    "system": {"uptime_seconds": 14970.0},
    "clients": 0,
}
LAB_WIDE = {"width_mhz": 20, "standard": "802.11n", "clients": 0}
LAB_RADIOS = [
    radio(0, "2.4", 11, 20.0, -95.0, busy_ratio=0.05, tx_ratio=0.04, **LAB_WIDE),
    radio(1, "5", 161, 17.0, -95.0, busy_ratio=0.0, tx_ratio=0.0, **LAB_WIDE),
]
LAB_UPLINK = {"name": "GigabitEthernet0", "is_up": True, "speed_bits_per_second": 1e8, "is_full_duplex": True}
STILL = {f"{way}_{what}_per_second": 0.0 for way in ("rx", "tx") for what in ("bits", "errors", "drops")}


async def test_the_whole_of_a_small_controller(device: Device) -> None:
    first, later = await device("lab", "lab_later")
    assert first == [
        {"observed_at": FIRST, **LAB_OWN, "ssids": LAB_NETWORKS, "interfaces": LAB_PORTS},
        {"observed_at": FIRST, **LAB_ACCESS_POINT, "radios": LAB_RADIOS, "uplink": LAB_UPLINK},
    ]
    span = {"observed_at": LATER, "interval_seconds": 60.0}
    assert later == [
        # Ports that never counted an octet have no rates.
        {
            **span,
            **LAB_OWN,
            "ssids": LAB_NETWORKS,
            "interfaces": [{**LAB_PORTS[0], **STILL, "rx_bits_per_second": 2e6}, *LAB_PORTS[1:]],
        },
        {
            **span,
            **LAB_ACCESS_POINT,
            "radios": [{**LAB_RADIOS[0], "retry_ratio": 60 / 180, "failure_ratio": 60 / 240}, LAB_RADIOS[1]],
            "uplink": {
                **LAB_UPLINK,
                **STILL,
                "rx_bits_per_second": 1e6,
                "tx_bits_per_second": 1e5,
                "tx_drops_per_second": 2.0,
            },
        },
    ]


async def test_what_another_program_made_of_the_same_controller(device: Device) -> None:
    (first,) = await device("lab")
    told = {}
    for line in (PUBLIC / "fosdem" / "wlc_graphite_output.txt").read_text(encoding="ascii").splitlines():
        name, value, _ = line.split()
        told[name.removeprefix("wlan.cisco.wlc.")] = int(value)
    for radio, band in zip(first[1]["radios"], ("11g", "11a"), strict=True):
        theirs = {what: told[f"radio.ACCX_TESTAP.{band}.{what}"] for what in ("channel", "util", "noise")}
        assert radio["channel"] == theirs["channel"]
        assert radio["clients"] == told[f"assoc.ap.ACCX_TESTAP.{band}"]
        # Theirs is of another minute: a percent of airtime and a decibel of noise apart.
        assert abs(radio["busy_ratio"] * 100 - theirs["util"]) < 1.5
        assert abs(radio["noise_dbm"] - theirs["noise"]) <= 1


async def test_an_access_points_counters_turn_over_and_its_restart_is_told_from_it(device: Device) -> None:
    _, turned_over = await device("near_the_top", "turned_over")
    assert turned_over[1]["uplink"]["rx_bits_per_second"] == 1e6
    # Only the access point began anew: the controller's uptime went on.
    _, restarted = await device("near_the_top", "restarted")
    assert restarted[1]["system"] == {"uptime_seconds": 30.0}
    assert restarted[1]["uplink"] == LAB_UPLINK


async def test_an_access_point_that_is_the_controller_of_four(device: Device) -> None:
    first, later = await device("business", "business")

    def named(name: str, mac: str, clients: int, *radios: tuple[float, float, int]) -> dict[str, object]:
        bands = zip((0, 1), ("2.4", "5"), (1, 36), radios, strict=True)
        return {
            "observed_at": FIRST,
            "device": {"vendor": "Cisco", "mac": mac, "name": name},  # the MAC of its radios: others were not recorded
            "clients": clients,
            "radios": [
                {
                    "name": f"Dot11Radio{slot}",
                    "is_up": True,
                    "band": band,
                    "channel": channel,
                    "tx_power_dbm": power,
                    "busy_ratio": busy,
                    "clients": users,
                }
                for slot, band, channel, (power, busy, users) in bands
            ],
        }

    own = {
        # As LibreNMS has it, out of the first thing in ENTITY-MIB.
        "device": {
            "vendor": "Cisco",
            "model": "CBW240AC-B",
            "serial": "PSZ00000000",
            "mac": "70:f0:96:86:70:40",
            "firmware": "10.7.1.0",
            "name": "<private>",
        },
        "access_points": 4,
        "clients": 23,
        # LibreNMS: 59 percent.
        "system": {"uptime_seconds": 396824.0, "cpu_ratio": 0.06, "memory_used_ratio": 1 - 420400 / 1015612},
        # LibreNMS counts the wired DEFAULT_RLAN among them.
        "ssids": [
            {"ssid": "MGMT", "clients": 0},
            {"ssid": "ssid1", "clients": 23},
            {"ssid": "ssid2", "clients": 0},
            {"ssid": "ssid3", "clients": 0},
        ],
        "interfaces": [{**port_of(1, is_up=True), "speed_bits_per_second": 1e9}],
    }
    assert first == [
        {"observed_at": FIRST, **own},
        named("ap1", "14:16:9d:24:ec:80", 1, (16.0, 0.1, 0), (16.0, 0.19, 1)),
        named("ap2", "a0:0f:37:1a:08:80", 8, (20.0, 0.15, 3), (23.0, 0.07, 5)),
        named("ap3", "a0:0f:37:1a:0a:c0", 9, (20.0, 0.07, 5), (23.0, 0.06, 4)),
        named("ap4", "a0:0f:37:1a:10:e0", 5, (20.0, 0.31, 0), (23.0, 0.06, 5)),
    ]
    # Octets that stay 0 and errors by the million are no counters: no rates come of them.
    assert later[0] == {"observed_at": LATER, "interval_seconds": 60.0, **own}
    # LibreNMS counts 23 by network, and by radio there are as many.
    assert sum(report["clients"] for report in first[1:]) == 23


async def test_6_ghz_a_radio_that_is_off_and_access_points_that_are_not_at_work(device: Device) -> None:
    (first,) = await device("ours")

    def joined(number: int, **more: object) -> dict[str, object]:
        mac, serial = f"02:00:5e:00:53:0{number}", f"TEST100{number}"
        return {
            "observed_at": FIRST,
            "device": {"vendor": "Cisco", "serial": serial, "mac": mac, "name": f"test-{number}"},
            **more,
        }

    up = {"is_up": True, "standard": "802.11ax", "rx_ratio": 0.1, "tx_ratio": 0.2, "busy_ratio": 0.5}
    assert first == [
        {
            "observed_at": FIRST,
            "device": {"vendor": "Cisco", "model": "C9800-L-F-K9", "serial": "TEST0001", "name": "test-wlc"}
            | {"firmware": "17.99.1"},
            "system": {"cpu_ratio": 0.25, "memory_used_ratio": 0.25},
            "access_points": 3,
            "clients": 16,
            "ssids": [{"ssid": "SEOUL", "clients": 16}],
        },
        joined(
            1,
            is_up=True,
            clients=15,
            system={"uptime_seconds": 7200.0, "cpu_ratio": 0.07, "memory_used_ratio": 0.42},
            radios=[
                # Noise of 0 and of -128 dBm is none.
                {"name": "Dot11Radio0", **up, "band": "2.4", "channel": 6, "width_mhz": 20, "tx_power_dbm": 20.0}
                | {"clients": 3},
                {"name": "Dot11Radio1", **up, "band": "5", "channel": 36, "width_mhz": 80, "tx_power_dbm": 17.0}
                | {"clients": 8},
                {"name": "Dot11Radio2", **up, "band": "6", "channel": 37, "width_mhz": 160, "tx_power_dbm": -1.0}
                | {"noise_dbm": -99.0, "clients": 4},
                # It is set to a channel and a power that it does not send with.
                {"name": "Dot11Radio3", "is_up": False, "band": "6", "clients": 0},
            ],
            ssids=[{"ssid": "SEOUL", "radio": "Dot11Radio0"}, {"ssid": "SEOUL", "radio": "Dot11Radio2"}],
        ),
        joined(2, is_up=False),  # its radio with nine clients is still listed
        joined(3),
    ]


async def test_who_gets_this_profile(port: int) -> None:
    assert await recordings_that_choose(port, "cisco_aireos") == {LARGE, LAB, BUSINESS}
    assert await profile_chosen(port, "ours") == "cisco_aireos"
    # A mesh point that is no controller and has none of its MIBs: it tells of itself by the standard ones.
    assert await profile_chosen(port, "ciscowap_iw9165dh") == "generic"
