"""The corners of the formats that no recorded device shows: names, modes, capabilities, ports, and sheer length."""

import json

import pytest

from agent.openwrt import believable
from agent.openwrt.iw_dev import parse_iw_dev
from agent.openwrt.iw_phy import parse_iw_phy
from agent.openwrt.iw_stations import parse_stations
from agent.openwrt.iw_survey import parse_survey
from agent.openwrt.iwinfo_json import parse_info
from agent.openwrt.iwinfo_text import parse_assoclist_text, parse_interfaces
from agent.openwrt.joining import join_stations
from agent.openwrt.parts import Phy, Station
from agent.openwrt.spectrum import band_of, channel_of, ht_mode, standard_of_rate, standards_in
from agent.openwrt.system_json import parse_ports
from agent.wire import Band, WifiStandard


@pytest.mark.parametrize(
    ("printed", "ssid"),
    [
        (r"SEOUL", "SEOUL"),
        (r"\xed\x95\x9c\xea\xb0\x95", "한강"),
        (r"\x20two words\x20", " two words "),
        (r"back\x5cslash \x5cx41", r"back\slash \x41"),
        ("한강", "한강"),
        (r"\xff\xfe", None),  # no UTF-8
        (r"a\x00b", None),
        ("x" * 33, None),
        ("channel 6 (2437 MHz)", "channel 6 (2437 MHz)"),
    ],
)
def test_names_of_networks(printed: str, ssid: str | None) -> None:
    interface = parse_iw_dev(f"phy#0\n\tInterface wlan0\n\t\tssid {printed}\n\t\ttype AP\n")["wlan0"]
    assert (interface.ssid, interface.channel) == (ssid, None)


def test_a_name_of_half_a_sign_is_none() -> None:
    told = parse_info('{"ssid": "\\ud83d", "phy": "\\ud83d"}', "wlan0")
    assert told is not None
    assert (told.ssid, told.phy) == (None, None)


def test_what_iw_tells_of_one_interface_alone_names_its_phy_too() -> None:
    text = "Interface wlan1\n\tifindex 7\n\twdev 0x2\n\taddr 02:4c:41:42:00:01\n\ttype AP\n\twiphy 1\n"
    assert parse_iw_dev(text)["wlan1"].phy == "phy1"


@pytest.mark.parametrize(
    ("width", "width_mhz"),
    [("20 MHz (no HT)", 20), ("160 MHz", 160), ("80+80 MHz", 160), ("320 MHz", 320), ("5 MHz", 5)],
)
def test_widths_of_channels(width: str, width_mhz: int) -> None:
    text = f"phy#0\n\tInterface a\n\t\ttype AP\n\t\tchannel 36 (5180 MHz), width: {width}, center1: 5210 MHz\n"
    assert parse_iw_dev(text)["a"].width_mhz == width_mhz


@pytest.mark.parametrize(
    ("frequency_mhz", "band", "channel"),
    [
        (2412, "2.4", 1),
        (2484, "2.4", 14),
        (5180, "5", 36),
        (5885, "5", 177),
        (5935, "6", 2),
        (5955, "6", 1),
        (7115, "6", 233),
        (900, None, None),
        (60480, None, None),
    ],
)
def test_bands_and_channels(frequency_mhz: int, band: Band | None, channel: int | None) -> None:
    assert (band_of(frequency_mhz), channel_of(frequency_mhz)) == (band, channel)


@pytest.mark.parametrize(
    ("mode", "standard", "width_mhz"),
    [
        ("HT20", "802.11n", 20),
        ("HT40-", "802.11n", 40),
        ("VHT80", "802.11ac", 80),
        ("VHT80+80", "802.11ac", 160),
        ("HE160", "802.11ax", 160),
        ("EHT320-2", "802.11be", 320),
        ("NOHT", None, 20),
        ("unknown", None, None),
        ("HE 80", None, None),
    ],
)
def test_modes(mode: str, standard: WifiStandard | None, width_mhz: int | None) -> None:
    assert ht_mode(mode) == (standard, width_mhz)


def test_lists_of_standards() -> None:
    assert standards_in("802.11ac/ax/n") == {"802.11ac", "802.11ax", "802.11n"}
    assert standards_in("802.11bgnax") == {"802.11b", "802.11g", "802.11n", "802.11ax"}
    assert standards_in("11axa") == {"802.11ax", "802.11a"}
    assert standards_in("unknown") == standards_in("") == frozenset()


@pytest.mark.parametrize(
    ("rate", "standard"),
    [
        ("1200.9 MBit/s 80MHz HE-MCS 11 HE-NSS 2 HE-GI 0 HE-DCM 0", "802.11ax"),
        ("5764.8 MBit/s 320MHz EHT-MCS 13 EHT-NSS 2 EHT-GI 0", "802.11be"),
        ("866.7 MBit/s VHT-MCS 9 80MHz short GI VHT-NSS 2", "802.11ac"),
        ("39.0 MBit/s MCS 4", "802.11n"),
        ("6.0 MBit/s", None),
        ("(unknown)", None),
    ],
)
def test_the_standard_of_a_rate(rate: str, standard: WifiStandard | None) -> None:
    assert standard_of_rate(rate) == standard


def test_a_phy_can_by_band_and_never_802_11ac_at_2_4_gigahertz() -> None:
    text = """Wiphy phy0
	Band 1:
		Capabilities: 0x9ff
		VHT Capabilities (0x339071f6):
		Bitrates (non-HT):
			* 1.0 Mbps
		Frequencies:
			* 2412 MHz [1] (20.0 dBm)
			* 2467 MHz [12] (disabled)
	Band 2:
		Frequencies:
			* 5180 MHz [36] (23.0 dBm)
Wiphy phy1
	Band 2:
		VHT Capabilities (0x339071f6):
		HE Iftypes: managed, AP
		Frequencies:
			* 5180.0 MHz [36] (23.0 dBm)
	Band 3:
		Frequencies:
			* 58320 MHz [1] (0.0 dBm)
"""
    assert parse_iw_phy(text) == {
        "phy0": Phy({"2.4": "802.11n", "5": "802.11a"}),
        "phy1": Phy({"5": "802.11ax"}),
    }


@pytest.mark.parametrize(
    ("read", "printed", "value"),
    [
        (believable.signal_dbm, "-67 [-67, -95] dBm", -67.0),
        (believable.signal_dbm, "0 dBm", None),
        (believable.signal_dbm, "75 dBm", None),
        (believable.signal_dbm, -128, None),
        (believable.signal_dbm, True, None),
        (believable.noise_dbm, "-92 dBm", -92.0),
        (believable.noise_dbm, 0, None),
        (believable.noise_dbm, 18446744073709551615, None),
        (believable.noise_dbm, 4294967201, -95.0),
        (believable.noise_dbm, "unknown", None),
        (believable.tx_power_dbm, "23.00 dBm", 23.0),
        (believable.tx_power_dbm, "0.00 dBm", None),
        (believable.byte_counter, "18446744073709551615", None),
        (believable.byte_counter, "4294967295", None),
        (believable.byte_counter, -1, None),
        (believable.byte_counter, 9007199254740993, 9007199254740993),
        (believable.frame_counter, "4294954617", None),
        (believable.frame_counter, "2147483647", 2147483647),
        (believable.seconds, float("nan"), None),
        (believable.seconds, "15618 seconds", 15618.0),
        (believable.number, 10**400, None),
    ],
)
def test_what_is_believed(read: object, printed: object, value: object) -> None:
    assert callable(read)
    assert read(printed) == value


def test_ports_are_read_with_their_speed_only_while_they_have_a_link() -> None:
    devices = {
        "lan1": {"type": "Network device", "carrier": True, "speed": "1000F", "devtype": "dsa"},
        "lan2": {"type": "Network device", "carrier": True, "speed": "100H", "devtype": "dsa"},
        "lan3": {"type": "Network device", "carrier": False, "speed": "1000F", "devtype": "dsa"},
        "lan4": {"type": "Network device", "up": True, "speed": "-1F", "devtype": "ethernet"},
        "gone": {"type": "Network device", "present": False},
    }
    links = {name: port.link for name, port in parse_ports(json.dumps(devices)).items()}
    told = {name: (link.is_up, link.speed_bits_per_second, link.is_full_duplex) for name, link in links.items()}
    assert told == {
        "lan1": (True, 1e9, True),
        "lan2": (True, 1e8, False),
        "lan3": (False, None, None),
        "lan4": (True, None, None),
    }


def test_the_longer_list_says_who_is_there_and_the_driver_what_they_did() -> None:
    by_driver = [Station("a", tx_frames=5, signal_dbm=-60.0, standard="802.11n")]
    by_hostapd = [
        Station("a", tx_frames=9, standard="802.11ax", is_authorized=True),
        Station("b", tx_frames=1),
        Station("c", is_authorized=False),
    ]
    assert join_stations(by_driver, by_hostapd) == [
        Station("a", tx_frames=5, signal_dbm=-60.0, standard="802.11ax", is_authorized=True),
        Station("b", tx_frames=1),
    ]
    assert join_stations(by_driver, by_hostapd[2:]) == [Station("a", tx_frames=5, signal_dbm=-60.0, standard="802.11n")]
    assert join_stations(None, by_hostapd[1:]) == [Station("b", tx_frames=1)]
    assert join_stations([], None) == []
    assert join_stations(None, None) is None


def test_a_station_does_not_show_its_key() -> None:
    assert "02:c1" not in repr(parse_stations("Station 02:c1:1e:27:00:01 (on wlan0)\n"))


def test_nobody_there_is_told_from_no_answer() -> None:
    assert parse_assoclist_text("No station connected\n") == []
    assert parse_assoclist_text("No such wireless device: wlan0\n") is None


@pytest.mark.parametrize("filler", ["\n", " ", "\t", " \n", "Station x", "a:", "\t\t* "])
def test_long_garbage_is_read_in_one_pass(filler: str) -> None:
    # A pattern that looks back at every sign would take hours for these.
    text = f"\tx{filler * 200_000}y"
    for parse in (parse_iw_dev, parse_iw_phy, parse_stations, parse_survey, parse_interfaces, parse_assoclist_text):
        assert not parse(text)
