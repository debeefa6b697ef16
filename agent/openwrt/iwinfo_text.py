"""Reads the text of the program `iwinfo`, for devices on which ubus does not know it, or iw is missing. Pure.

The format is that of iwinfo_cli.c: a block to an interface, with `unknown` for what is not known. The same tool
serves drivers that only speak wireless extensions.
"""

import re

from agent.openwrt import believable
from agent.openwrt.iw_dev import readable_ssid
from agent.openwrt.iw_stations import told_apart
from agent.openwrt.iwinfo_json import MODES
from agent.openwrt.parts import Station, WirelessInterface
from agent.openwrt.spectrum import band_of, band_of_hardware, ht_mode, newest, standard_of_rate, standards_in
from agent.procfs import is_interface_name

_HEADER = re.compile(r"^(\S+)[ \t]+ESSID: (.*)$", re.MULTILINE)
_STATION = re.compile(r"^(\S+)[ \t]+(-?\d+|unknown)(?: dBm)? / .*$", re.MULTILINE)
_RATE = re.compile(r"^[ \t]+([RT]X): (\d+(?:\.\d+)?) MBit/s(.*)$", re.MULTILINE)


def parse_interfaces(text: str) -> dict[str, WirelessInterface]:
    """The interfaces by name, of `iwinfo` or `iwinfo X info`."""
    parts = _HEADER.split(text)[1:]
    return {
        name: _interface(name, essid.strip(), body)
        for name, essid, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
        if is_interface_name(name)
    }


def _interface(name: str, essid: str, body: str) -> WirelessInterface:
    mode = _first(r"Mode: (.+?)(?:  |$)", body)
    gigahertz = _first(r"Channel: \S+ \((\d\.\d{3}) GHz\)", body)
    frequency_mhz = round(float(gigahertz) * 1000) if gigahertz else None
    channel = believable.whole(_first(r"Channel: (\d+)", body))
    capabilities = standards_in(_first(r"HW Mode\(s\): (\S+)", body) or "") or None
    standard, width_mhz = ht_mode(_first(r"HT Mode: (\S+)", body) or "")
    return WirelessInterface(
        name=name,
        phy=_first(r"PHY name: (phy\d{1,3})", body),
        mode=MODES.get(mode, "other") if mode and mode != "Unknown" else None,
        ssid=readable_ssid(essid[1:-1]) if len(essid) >= 2 and essid[0] == essid[-1] == '"' else None,
        frequency_mhz=frequency_mhz if band_of(frequency_mhz) else None,
        band=band_of(frequency_mhz) or band_of_hardware(capabilities or ()),
        channel=channel if channel is not None and 1 <= channel <= 253 else None,
        width_mhz=width_mhz,
        standard=standard,
        capabilities=capabilities,
        tx_power_dbm=believable.tx_power_dbm(_first(r"Tx-Power: (\S+)", body)),
        noise_dbm=believable.noise_dbm(_first(r"Noise: (\S+)", body)),
    )


def parse_assoclist_text(text: str) -> list[Station] | None:
    """The stations, of `iwinfo X assoclist`; None where the text is no list of them, empty where it says so."""
    if text.strip() == "No station connected":
        return []
    parts = _STATION.split(text)[1:]
    if not parts:
        return None
    stations = []
    for key, level, body in zip(told_apart(parts[::3]), parts[1::3], parts[2::3], strict=True):
        rates = {way: (believable.phy_rate_bits_per_second(rate, 1e6), rest) for way, rate, rest in _RATE.findall(body)}
        rx_rate, rx_words = rates.get("RX", (None, ""))
        tx_rate, tx_words = rates.get("TX", (None, ""))
        stations.append(
            Station(
                key=key,
                standard=newest((standard_of_rate(rx_words), standard_of_rate(tx_words))),
                signal_dbm=believable.signal_dbm(level),
                rx_phy_rate_bits_per_second=rx_rate,
                tx_phy_rate_bits_per_second=tx_rate,
                tx_frames=believable.frame_counter(_first(r"(\d+) Pkts", tx_words)),
            )
        )
    return stations


def _first(pattern: str, text: str) -> str | None:
    match = re.search(pattern, text, re.MULTILINE)
    return match.group(1).strip() if match else None
