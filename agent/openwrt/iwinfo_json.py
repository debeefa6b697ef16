"""Reads what ubus's `iwinfo` object answers: devices, one interface's state, its stations. Pure.

The format is that of rpcd's iwinfo.c and of libiwinfo's Lua binding, which older programs pass on: numbers that are
not known are 0, left out, or at times a sign of their own.
"""

from collections.abc import Hashable
from typing import Any

from agent.openwrt import believable
from agent.openwrt.documents import parse_document, rows, table
from agent.openwrt.iw_dev import readable_ssid
from agent.openwrt.iw_stations import told_apart
from agent.openwrt.parts import Mode, Station, WirelessInterface
from agent.openwrt.spectrum import band_of, band_of_hardware, ht_mode, newest, standards_in
from agent.procfs import is_interface_name
from agent.wire import Band, WifiStandard

MODES: dict[str, Mode] = {"Master": "ap", "Master (VLAN)": "ap vlan", "Mesh Point": "mesh"}
_BANDS: dict[str, Band] = {"2.4": "2.4", "2": "2.4", "2g": "2.4", "5": "5", "5g": "5", "6": "6", "6g": "6"}
_RATE_FLAGS: tuple[tuple[str, WifiStandard], ...] = (
    ("eht", "802.11be"),
    ("he", "802.11ax"),
    ("vht", "802.11ac"),
    ("ht", "802.11n"),
)


def parse_devices(text: str | None) -> list[str]:
    """The names of the wireless interfaces, of `iwinfo devices`."""
    names = rows(parse_document(text).get("devices"))
    return [name for name in names if isinstance(name, str) and is_interface_name(name)]


def parse_info(text: str | None, name: str) -> WirelessInterface | None:
    """The interface of this name, of `iwinfo info`; None where there was no answer."""
    document = parse_document(text)
    return interface_of(document, name) if document else None


def interface_of(document: dict[str, Any], name: str) -> WirelessInterface:
    """What one table of iwinfo's says of an interface."""
    capabilities = _capabilities(document.get("hwmodes"))
    frequency = believable.whole(document.get("frequency"))
    frequency_mhz = frequency if band_of(frequency) else None
    channel = believable.whole(document.get("channel"))
    mode, ssid = document.get("mode"), document.get("ssid")
    standard, width_mhz = ht_mode(str(document.get("htmode")))
    in_use = newest(standards_in(str(document.get("hwmode", "")))) if "htmode" not in document else None
    hardware_band = band_of_hardware(capabilities or ())
    return WirelessInterface(
        name=name,
        phy=believable.name(document.get("phy"), at_most=32),
        mode=MODES.get(mode, "other") if isinstance(mode, str) and mode != "Unknown" else None,
        ssid=readable_ssid(ssid) if isinstance(ssid, str) else None,
        frequency_mhz=frequency_mhz,
        band=band_of(frequency_mhz) or _BANDS.get(str(document.get("band"))) or hardware_band,
        channel=channel if channel is not None and 1 <= channel <= 253 else None,
        width_mhz=width_mhz,
        standard=standard or in_use,
        capabilities=capabilities,
        tx_power_dbm=believable.tx_power_dbm(document.get("txpower")),
        noise_dbm=believable.noise_dbm(document.get("noise")),
    )


def parse_assoclist(text: str | None) -> list[Station] | None:
    """The stations, of `iwinfo assoclist`; None where there was no answer."""
    document = parse_document(text)
    if not isinstance(document.get("results"), list):
        return None
    entries = [entry for entry in document["results"] if isinstance(entry, dict)]
    keys = told_apart(str(entry.get("mac", "")) for entry in entries)
    return [_station(key, entry) for key, entry in zip(keys, entries, strict=True)]


def _station(key: Hashable, entry: dict[str, Any]) -> Station:
    rx, tx = table(entry.get("rx")), table(entry.get("tx"))
    signal_dbm = believable.signal_dbm(entry.get("signal"))
    authorized = entry.get("authorized")
    return Station(
        key=key,
        is_authorized=authorized if isinstance(authorized, bool) else None,
        standard=newest((_standard(rx), _standard(tx))),
        signal_dbm=signal_dbm if signal_dbm is not None else believable.signal_dbm(entry.get("signal_avg")),
        rx_phy_rate_bits_per_second=believable.phy_rate_bits_per_second(rx.get("rate"), 1e3),
        tx_phy_rate_bits_per_second=believable.phy_rate_bits_per_second(tx.get("rate"), 1e3),
        rx_bytes=believable.byte_counter(rx.get("bytes")),
        tx_bytes=believable.byte_counter(tx.get("bytes")),
        tx_frames=believable.frame_counter(tx.get("packets")),
        tx_retries=believable.frame_counter(tx.get("retries")),
        tx_failures=believable.frame_counter(tx.get("failed")),
        connected_seconds=believable.seconds(entry.get("connected_time")),
    )


def _standard(way: dict[str, Any]) -> WifiStandard | None:
    """What a rate is of. One without any of the flags proves nothing, as in `standard_of_rate`."""
    return next((standard for flag, standard in _RATE_FLAGS if way.get(flag) is True), None)


def _capabilities(hwmodes: object) -> frozenset[WifiStandard] | None:
    """A list of letters, or a table of letters and truth values."""
    if isinstance(hwmodes, dict):
        hwmodes = [letters for letters, is_there in hwmodes.items() if is_there is True]
    found = [standards_in(letters) for letters in rows(hwmodes) if isinstance(letters, str)]
    return frozenset().union(*found) or None
