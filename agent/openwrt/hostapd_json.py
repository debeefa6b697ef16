"""Reads what ubus's `hostapd.X` objects answer: who is connected, and the state of the network. Pure.

The format is that of the ubus patches in OpenWrt's package hostapd. Of a client only counters, levels and flags are
read; the flags are what it was admitted with, where a rate only shows what it used last.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from agent.openwrt import believable
from agent.openwrt.documents import parse_document, table
from agent.openwrt.iw_stations import told_apart
from agent.openwrt.parts import Airtime, Station
from agent.openwrt.spectrum import band_of, legacy_standard
from agent.wire import Band, WifiStandard

_FLAGS: tuple[tuple[str, WifiStandard], ...] = (
    ("eht", "802.11be"),
    ("he", "802.11ax"),
    ("vht", "802.11ac"),
    ("ht", "802.11n"),
)


@dataclass(frozen=True, slots=True)
class ClientList:
    """A network's clients, and the frequency on which it is."""

    frequency_mhz: int | None
    stations: tuple[Station, ...]


def parse_clients(text: str | None) -> ClientList | None:
    """The clients, of `get_clients`; None where there was no answer."""
    document = parse_document(text)
    if not isinstance(document.get("clients"), dict):
        return None
    frequency = believable.whole(document.get("freq"))
    clients = {address: client for address, client in document["clients"].items() if isinstance(client, dict)}
    keys = told_apart(clients)
    stations = (_station(key, client, band_of(frequency)) for key, client in zip(keys, clients.values(), strict=True))
    return ClientList(frequency if band_of(frequency) else None, tuple(stations))


def parse_status_airtime(text: str | None) -> Airtime | None:
    """The airtime that `get_status` passes on of the driver's survey, where there is any."""
    document = parse_document(text)
    frequency, airtime = believable.whole(document.get("freq")), table(document.get("airtime"))
    active_ms = believable.byte_counter(airtime.get("time"))
    if frequency is None or band_of(frequency) is None or not active_ms:
        return None
    busy_ms = believable.byte_counter(airtime.get("time_busy"))
    return Airtime(frequency_mhz=frequency, is_in_use=True, active_ms=active_ms, busy_ms=busy_ms)


def _station(key: Hashable, client: dict[str, Any], band: Band | None) -> Station:
    rate, count, authorized = table(client.get("rate")), table(client.get("bytes")), client.get("authorized")
    rx_rate, tx_rate = (believable.phy_rate_bits_per_second(rate.get(way), 1e3) for way in ("rx", "tx"))
    standard = next((standard for flag, standard in _FLAGS if client.get(flag) is True), None)
    if standard is None and client.get("ht") is False:
        standard = legacy_standard((rx_rate, tx_rate), band)
    return Station(
        key=key,
        is_authorized=authorized if isinstance(authorized, bool) else None,
        standard=standard,
        signal_dbm=believable.signal_dbm(client.get("signal")),
        rx_phy_rate_bits_per_second=rx_rate,
        tx_phy_rate_bits_per_second=tx_rate,
        rx_bytes=believable.byte_counter(count.get("rx")),
        tx_bytes=believable.byte_counter(count.get("tx")),
        tx_frames=believable.frame_counter(table(client.get("packets")).get("tx")),
    )
