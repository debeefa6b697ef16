"""What comes out of the texts of real devices, file by file: what is right is right, what is a lie is absent.

The files are kept beside the project and not in it. Every one of them is named here; a new one without a word fails.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent import procfs
from agent.openwrt.hostapd_json import ClientList, parse_clients
from agent.openwrt.iw_dev import parse_iw_dev
from agent.openwrt.iw_phy import parse_iw_phy
from agent.openwrt.iw_stations import parse_stations
from agent.openwrt.iw_survey import parse_survey
from agent.openwrt.iwinfo_json import interface_of, parse_assoclist, parse_devices, parse_info
from agent.openwrt.iwinfo_text import parse_assoclist_text, parse_interfaces
from agent.openwrt.parts import Airtime, Station, WirelessInterface
from agent.openwrt.system_json import parse_board, parse_ports, parse_system
from agent.procfs import CpuTicks, InterfaceCounters
from agent.wire import Device, System

RECORDINGS = Path(__file__).resolve().parents[4] / "shared" / "data" / "linux"

BGN = frozenset({"802.11b", "802.11g", "802.11n"})


def stations(text: str) -> dict[str, list[Station]]:
    """By interface, without what tells stations apart."""
    return {name: [keyless(station) for station in found] for name, found in parse_stations(text).items()}


def keyless(station: Station) -> Station:
    told = {part: getattr(station, part) for part in Station.__slots__ if part != "key"}
    return Station(key=None, **told)


def interfaces(text: str) -> list[WirelessInterface]:
    return list(parse_iw_dev(text).values())


def listed(text: str) -> list[WirelessInterface]:
    return list(parse_interfaces(text).values())


def assoclist(text: str) -> list[Station]:
    return [keyless(station) for station in parse_assoclist(text) or []]


def assoclist_text(text: str) -> list[Station]:
    return [keyless(station) for station in parse_assoclist_text(text) or []]


def clients(text: str) -> ClientList:
    found = parse_clients(text)
    assert found is not None
    return ClientList(found.frequency_mhz, tuple(keyless(station) for station in found.stations))


def celsius(text: str) -> list[float | None]:
    """Several sensors' files in one text."""
    return [procfs.parse_celsius(line) for line in text.splitlines()]


def counters(*names: str) -> Callable[[str], dict[str, InterfaceCounters]]:
    return lambda text: {name: procfs.parse_net_dev(text)[name] for name in names}


def memory(text: str) -> float | None:
    ratio = procfs.parse_memory_used_ratio(text)
    return None if ratio is None else round(ratio, 4)


def system(text: str) -> System:
    found = parse_system(text)
    assert found.memory_used_ratio is not None
    return found.model_copy(update={"memory_used_ratio": round(found.memory_used_ratio, 4)})


def everything(text: str) -> list[Any]:
    """What any of the parsers finds in a text that no command of ours prints."""
    found: list[Any] = [
        *(parse(text) for parse in (parse_iw_dev, parse_iw_phy, parse_stations, parse_survey, parse_interfaces)),
        *(parse(text) for parse in (parse_devices, parse_assoclist, parse_assoclist_text, parse_clients, parse_ports)),
        *(parse(text) for parse in (procfs.parse_net_dev, procfs.parse_net_wireless, procfs.parse_uptime_seconds)),
    ]
    known = [part for part in found if part]
    return known + [part for part in (parse_board(text), parse_system(text)) if part not in (Device(), System())]


def counted(rx: tuple[int, int, int], tx: tuple[int, int, int]) -> InterfaceCounters:
    return InterfaceCounters(*rx, *tx)


# File: what reads it, and all that comes of it.
EXPECTED: dict[str, tuple[Callable[[str], object], object]] = {
    "hwmon_bpi-r3_phys.txt": (celsius, [66.0, 45.0]),  # two sensors; the first is a radio's and reads far too high
    "hwmon_mt7663_zero.txt": (celsius, [None]),
    "iw_dev_bpi-r4_down_ifaces.txt": (
        interfaces,
        [
            WirelessInterface("phy0.1-ap0", phy="phy0", radio_index=1, mode="ap"),
            WirelessInterface("phy0.2-ap0", phy="phy0", radio_index=2, mode="ap"),
            WirelessInterface(
                "phy0.0-ap0",
                phy="phy0",
                radio_index=0,  # by its name: the text is cut before the line that tells
                mode="ap",
                ssid="love",
                frequency_mhz=2437,
                band="2.4",
                channel=6,
                width_mhz=40,
                tx_power_dbm=23.0,
            ),
        ],
    ),
    "iw_station_ipq4019.txt": (
        stations,
        {
            "wlan0": [
                Station(None, signal_dbm=-67.0, rx_bytes=3859, tx_bytes=2160, tx_frames=12, tx_retries=0, tx_failures=3)
            ]
        },
    ),
    "iw_station_mt7925_he_retries_wrap.txt": (
        stations,
        {
            "wlp9s0": [
                Station(
                    None,
                    is_authorized=True,
                    standard="802.11ax",
                    signal_dbm=-59.0,
                    rx_phy_rate_bits_per_second=960.7e6,
                    tx_phy_rate_bits_per_second=1080.6e6,
                    rx_bytes=2177584017,
                    tx_bytes=512811083,
                    tx_frames=1053046,
                    tx_retries=None,  # 4294954617: below zero
                    tx_failures=7,
                    connected_seconds=15618.0,
                )
            ]
        },
    ),
    "iw_station_mwlwifi_garbage.txt": (
        stations,
        {
            "wlan1": [
                Station(
                    None,
                    is_authorized=True,
                    signal_dbm=None,  # 0, and with it rates that are only the lowest there are
                    rx_bytes=169993,
                    tx_bytes=161798,
                    tx_frames=418,
                    tx_retries=0,
                    tx_failures=0,
                )
            ]
        },
    ),
    "iw_station_mwlwifi_masked_macs.txt": (
        stations,
        {
            "wlan1": [
                Station(
                    None,
                    is_authorized=True,
                    standard="802.11n",
                    signal_dbm=-71.0,
                    rx_phy_rate_bits_per_second=19.5e6,
                    tx_phy_rate_bits_per_second=39e6,
                    rx_bytes=316350,
                    tx_bytes=257146,
                    tx_frames=3513,
                    tx_retries=0,
                    tx_failures=0,
                    connected_seconds=28757.0,
                ),
                Station(  # cut short
                    None,
                    standard="802.11n",
                    signal_dbm=-64.0,
                    tx_phy_rate_bits_per_second=72.2e6,
                    rx_bytes=2057855,
                    tx_bytes=576122,
                    tx_frames=4803,
                    tx_retries=0,
                    tx_failures=0,
                ),
            ]
        },
    ),
    "iw_station_qca9563.txt": (
        stations,
        {
            "wlan0": [
                Station(
                    None, signal_dbm=-57.0, rx_bytes=14835, tx_bytes=10450, tx_frames=90, tx_retries=1, tx_failures=0
                )
            ]
        },
    ),
    "iw_station_two_radios_ath.txt": (
        stations,
        {
            "wlan0": [
                Station(
                    None,
                    is_authorized=True,
                    standard=None,  # its rates have lost their MCS
                    signal_dbm=-66.0,
                    rx_phy_rate_bits_per_second=59.6e6,
                    tx_phy_rate_bits_per_second=7.2e6,
                    rx_bytes=415320,
                    tx_bytes=1217519,
                    tx_frames=1648,
                    tx_retries=77,
                    tx_failures=49,
                    connected_seconds=1964.0,
                )
            ],
            "wlan1": [
                Station(
                    None,
                    is_authorized=True,
                    standard="802.11n",
                    signal_dbm=-51.0,
                    rx_phy_rate_bits_per_second=65.1e6,
                    tx_phy_rate_bits_per_second=12.3e6,
                    rx_bytes=14483244,
                    tx_bytes=380501678,
                    tx_frames=294116,
                    tx_retries=5174,
                    tx_failures=0,
                    connected_seconds=6490.0,
                )
            ],
        },
    ),
    "iw_survey_ath10k_reset_t1.txt": (
        parse_survey,
        [Airtime(5180, is_in_use=True, active_ms=54995, busy_ms=432, rx_ms=0, tx_ms=59)],
    ),
    "iw_survey_ath10k_reset_t2.txt": (
        parse_survey,
        [Airtime(5180, is_in_use=True, active_ms=32592, busy_ms=254, rx_ms=0, tx_ms=0)],
    ),
    "iw_survey_ath9k_gluon_sparse.txt": (
        parse_survey,
        [
            Airtime(2412, active_ms=26, busy_ms=21, rx_ms=16, tx_ms=0),
            Airtime(2417),
            Airtime(2422),
            Airtime(
                2437,
                is_in_use=True,
                noise_dbm=-95.0,
                active_ms=1704490481,
                busy_ms=945335227,
                rx_ms=584372518,
                tx_ms=310956458,
            ),
        ],
    ),
    "iw_survey_spire_5g.txt": (
        parse_survey,
        [
            Airtime(5180, is_in_use=True, noise_dbm=-106.0, active_ms=635043, busy_ms=137081, rx_ms=89174, tx_ms=864),
            Airtime(5200, noise_dbm=-108.0, active_ms=146, busy_ms=16),
        ],
    ),
    "iw_survey_tl-wr710n_ath9k.txt": (
        parse_survey,
        [
            Airtime(
                2472,
                is_in_use=True,
                noise_dbm=-92.0,
                active_ms=15177460,
                busy_ms=7723667,
                rx_ms=7122516,
                tx_ms=275018,
            )
        ],
    ),
    "iwinfo_assoclist_mt7915_unknown.txt": (
        assoclist_text,
        [
            Station(
                None,
                signal_dbm=-24.0,
                rx_phy_rate_bits_per_second=54e6,
                tx_phy_rate_bits_per_second=54e6,
                tx_frames=172310,
            )
        ],
    ),
    "iwinfo_ath9k_open_ap.txt": (
        listed,
        [
            WirelessInterface(
                "wlan1",
                phy="phy1",
                mode="ap",
                ssid="AIRTIMEFAIRTEST2",
                frequency_mhz=2412,
                band="2.4",
                channel=1,
                capabilities=BGN,
                tx_power_dbm=20.0,
                noise_dbm=-95.0,
            )
        ],
    ),
    "iwinfo_ipq4019_dynamic_vlan.txt": (
        listed,
        [
            WirelessInterface(
                "phy0-ap0.80",
                phy="phy0",
                mode="ap vlan",
                ssid=None,
                frequency_mhz=2412,
                band="2.4",
                channel=1,
                width_mhz=20,
                standard="802.11n",
                capabilities=BGN,
                tx_power_dbm=None,  # 0 dBm: it has no radio of its own
                noise_dbm=-98.0,
            ),
            WirelessInterface(
                "phy0-ap1",
                phy="phy0",
                mode="ap",
                ssid="HSZLegacy",
                frequency_mhz=2412,
                band="2.4",
                channel=1,
                width_mhz=20,
                standard="802.11n",
                capabilities=BGN,
                tx_power_dbm=20.0,
                noise_dbm=-98.0,
            ),
        ],
    ),
    "jc_loadavg.txt": (procfs.parse_load_1m, 0.0),
    "jc_meminfo.txt": (memory, 0.1527),
    "jc_net_dev.txt": (
        procfs.parse_net_dev,
        {"lo": counted((13222, 0, 0), (13222, 0, 0)), "ens33": counted((60600053, 0, 0), (44256546, 0, 0))},
    ),
    "node_exporter_loadavg.txt": (procfs.parse_load_1m, 0.21),
    "node_exporter_meminfo.txt": (memory, 0.6851),
    "node_exporter_stat.txt": (procfs.parse_cpu_ticks, CpuTicks(busy=418334, total=9400890)),
    "proc_meminfo_rt5350_old_kernel.txt": (memory, 0.2325),  # no MemAvailable
    "proc_meminfo_wap-r-ac_head.txt": (memory, 0.6494),  # MemAvailable below MemFree
    "proc_net_dev_xiaomi_r4a.txt": (
        counters("eth1", "wl0", "wl1"),
        {
            "eth1": counted((24179742, 0, 10), (17084883, 0, 0)),
            "wl0": counted((29398014, 11, 0), (200768120, 0, 0)),
            "wl1": counted((14731065, 300, 0), (25324368, 0, 0)),
        },
    ),
    "procfs_loadavg.txt": (procfs.parse_load_1m, 0.02),
    "procfs_meminfo.txt": (memory, 0.1403),
    "procfs_net_dev.txt": (
        procfs.parse_net_dev,
        {
            "vethf345468": counted((648, 0, 0), (438, 0, 0)),
            "lo": counted((1664039048, 0, 0), (1664039048, 0, 0)),
            "docker0": counted((2568, 0, 0), (438, 0, 0)),
            "eth0": counted((874354587, 0, 0), (563352563, 0, 0)),
        },
    ),
    "procfs_net_wireless.txt": (procfs.parse_net_wireless, {"wlan0": None, "wlan1": None}),  # noise 4 and 7 is none
    "procfs_thermal__thermal_zone0__temp.txt": (celsius, [49.925]),
    "procfs_thermal__thermal_zone1__temp.txt": (celsius, [None]),  # -44 °C
    "ubus_hostapd_get_clients_1client.json": (
        clients,
        ClientList(
            2462,
            (
                Station(
                    None,
                    is_authorized=True,
                    standard="802.11n",
                    signal_dbm=-55.0,
                    rx_phy_rate_bits_per_second=72.2e6,
                    tx_phy_rate_bits_per_second=72.2e6,
                    rx_bytes=148449402,
                    tx_bytes=8522063,
                    tx_frames=99111,
                ),
            ),
        ),
    ),
    "ubus_iwinfo_assoclist_19.07.json": (
        assoclist,
        [
            Station(
                None,
                is_authorized=True,
                standard=None,  # the last frames went at 6 Mb/s, which every standard can
                signal_dbm=None,  # -3 dBm
                rx_phy_rate_bits_per_second=6e6,
                tx_phy_rate_bits_per_second=6e6,
                rx_bytes=2767915,
                tx_bytes=2582,
                tx_frames=57,
                tx_retries=0,
                tx_failures=0,
                connected_seconds=1376.0,
            )
        ],
    ),
    "ubus_iwinfo_info_mesh_mt7603.json": (
        lambda text: parse_info(text, "mesh0"),
        WirelessInterface(
            "mesh0",
            phy="phy0",
            mode="mesh",
            ssid="meshID",
            frequency_mhz=2462,
            band="2.4",
            channel=11,
            width_mhz=20,
            standard="802.11n",
            capabilities=BGN,
            tx_power_dbm=20.0,
            noise_dbm=None,  # 0
        ),
    ),
    "ubus_juci_wireless_devices.json": (
        lambda text: [interface_of(device, device["device"]) for device in json.loads(text)["devices"]],
        [
            WirelessInterface(
                "wlan0",
                mode="ap",
                ssid="test_123",
                frequency_mhz=2462,
                band="2.4",
                channel=11,
                capabilities=BGN,
                tx_power_dbm=26.0,
                noise_dbm=-95.0,
            )
        ],
    ),
    "ubus_system_board_bpi-r4_24.10.json": (
        parse_board,
        Device(
            vendor="Bananapi",
            model="Bananapi BPI-R4",
            firmware="OpenWrt 24.10-SNAPSHOT r0-1e9966a, Linux 6.6.73",
        ),
    ),
    "ubus_system_board_gl-ar750_2018.json": (
        parse_board,
        Device(model="GL.iNet GL-AR750", firmware="OpenWrt SNAPSHOT r6222+89-e1d4aa36b0, Linux 4.9.82"),
    ),
    "ubus_system_board_rpi3_no_system.json": (
        parse_board,
        Device(
            vendor="Raspberry Pi",
            model="Raspberry Pi 3 Model B Rev 1.2",
            firmware="OpenWrt 19.07.8 r11364-ef56c85848, Linux 4.14.241",
        ),
    ),
    "ubus_system_info_21.json": (
        system,
        # Less is available than free: what is free, buffered or cached counts. Load is 4864 of 65536.
        System(uptime_seconds=2925.0, load_1m=0.07421875, memory_used_ratio=0.1623),
    ),
    # What no command of ours prints. It is not run, and were it recorded under another's name, nothing came of it.
    "ethtool_S_mwlwifi.txt": (everything, []),  # a driver's own counters; the survey's are all drivers'
    "jc_iw_scan0.txt": (everything, []),  # neighbours are no business of ours
    "jc_iw_scan2.txt": (everything, []),
    "jc_iwconfig_many.txt": (everything, []),  # not on OpenWrt; iwinfo serves the same drivers
    "procfs_thermal__thermal_zone0__type.txt": (everything, []),  # the hottest zone counts, whatever its kind
    "procfs_thermal__thermal_zone1__type.txt": (everything, []),
    "respondd_airtime.json": (everything, []),  # a mesh's own protocol, out of the survey that is read anyway
    "ubus_network_wireless_status.json": (everything, []),  # never asked for: it holds the networks' keys
}
# Descriptions, no recordings.
NOT_RECORDED = {"SOURCES.md"}

needs_recordings = pytest.mark.skipif(not RECORDINGS.is_dir(), reason=f"the recordings are not at {RECORDINGS}")


@needs_recordings
def test_every_recording_has_its_word_here() -> None:
    assert {path.name for path in RECORDINGS.iterdir()} - NOT_RECORDED == EXPECTED.keys()


@needs_recordings
@pytest.mark.parametrize("name", EXPECTED)
def test_what_comes_out_of_a_recording(name: str) -> None:
    read, expected = EXPECTED[name]
    assert read((RECORDINGS / name).read_text(encoding="utf-8")) == expected
