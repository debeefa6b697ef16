"""Sorts interfaces by the radios that they are on, and clients by their networks. Pure; for `agent.openwrt.reading`.

A radio is a piece of hardware that is on one channel at a time. Most often it is a phy; on some devices several
radios share one, and on all of them several interfaces share a radio.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from agent.openwrt.parts import Phy, Station, WirelessInterface, merged
from agent.openwrt.spectrum import band_of, newest
from agent.wire import Band, WifiStandard

_MODE_ORDER = ("ap", "mesh", "link", "ap vlan", "other", None)


@dataclass(frozen=True, slots=True)
class RadioParts:
    """A radio with its interfaces, those that clients see first. `is_up` is unknown where no tool tells of it."""

    name: str
    interfaces: tuple[WirelessInterface, ...]
    is_up: bool | None
    band: Band | None
    capability: WifiStandard | None


def is_sending(interface: WirelessInterface) -> bool:
    """Whether an interface is on a channel: those that have none are not started."""
    return interface.channel is not None or interface.frequency_mhz is not None


def join_radios(
    interfaces: Mapping[str, WirelessInterface], phys: Mapping[str, Phy], *, is_every_interface_known: bool
) -> list[RadioParts]:
    """The radios in the order of their names. One without interfaces is known from its phy alone, and is down where
    every interface there is would be known."""
    groups: dict[str, list[WirelessInterface]] = {}
    homes: dict[str, str] = {}
    by_phy: dict[str, list[WirelessInterface]] = {phy: [] for phy in phys}
    for interface in interfaces.values():
        by_phy.setdefault(interface.phy or interface.name, []).append(interface)
    for phy, members in by_phy.items():
        for radio, parts in _radios_of(phy, members, phys.get(phy)).items():
            groups[radio] = parts
            homes[radio] = phy
    return [
        _radio(name, groups[name], phys.get(homes[name]), is_every_interface_known=is_every_interface_known)
        for name in sorted(groups, key=_by_number)
    ]


def _radios_of(
    phy: str, members: Sequence[WirelessInterface], hardware: Phy | None
) -> dict[str, list[WirelessInterface]]:
    """The interfaces of a phy by the names of its radios: the phy's where it is but one radio."""
    radios = hardware.radios if hardware else ()
    named = re.compile(re.escape(phy) + r"\.\d-")
    if len(radios) < 2 and not any(member.radio_index or named.match(member.name) for member in members):
        bands = {member.band for member in members if member.band is not None}
        if len(bands) < 2:
            return {phy: list(members)}
        # No radio is on two bands at once: tools that do not know the parts of a phy yet still tell them apart.
        return {f"{phy}-{band}ghz": [member for member in members if member.band == band] for band in sorted(bands)}
    found: dict[str, list[WirelessInterface]] = {f"{phy}.{radio.index}": [] for radio in radios}
    for member in members:
        index = _radio_index(member, members, hardware)
        if index is not None:
            found.setdefault(f"{phy}.{index}", []).append(member)
    return found


def _radio_index(
    interface: WirelessInterface, members: Sequence[WirelessInterface], hardware: Phy | None
) -> int | None:
    """Which radio of its phy an interface is on, by its own word, its frequency, or a neighbour in its band."""
    if interface.radio_index is not None:
        return interface.radio_index
    if interface.frequency_mhz is not None and hardware is not None:
        for radio in hardware.radios:
            if radio.lowest_mhz <= interface.frequency_mhz <= radio.highest_mhz:
                return radio.index
    indexes = {other.radio_index for other in members if other.band is not None and other.band == interface.band}
    indexes.discard(None)
    return indexes.pop() if len(indexes) == 1 else None


def _radio(
    name: str, interfaces: Iterable[WirelessInterface], hardware: Phy | None, *, is_every_interface_known: bool
) -> RadioParts:
    ordered = sorted(interfaces, key=lambda part: (not is_sending(part), _MODE_ORDER.index(part.mode), part.name))
    is_up: bool | None = any(is_sending(part) for part in ordered)
    if not is_up and not (is_every_interface_known and all(part.mode is not None for part in ordered)):
        is_up = None  # a driver with an interface that no tool knows may be sending
    band = next((part.band for part in ordered if part.band is not None), None) or _only_band(name, hardware)
    told = newest(standard for part in ordered for standard in part.capabilities or ())
    by_band = hardware.capabilities if hardware else {}
    return RadioParts(name, tuple(ordered), is_up, band, by_band.get(band, told) if band else told)


def _only_band(name: str, hardware: Phy | None) -> Band | None:
    """The band of a radio that is off, where its hardware is for one alone."""
    if hardware is None:
        return None
    index = name.rpartition(".")[2]
    ends = [(radio.lowest_mhz, radio.highest_mhz) for radio in hardware.radios if str(radio.index) == index]
    if len(hardware.radios) > 1 and ends:
        # Ranges go as far as their last channel's edge, and some a few MHz further.
        bands = {band_of(round(ends[0][0]) + 25), band_of(round(ends[0][1]) - 40)}
        return bands.pop() if len(bands) == 1 else None
    return next(iter(hardware.capabilities)) if len(hardware.capabilities) == 1 else None


def _by_number(name: str) -> tuple[object, ...]:
    return tuple(int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name))


def network_of(child: WirelessInterface, interfaces: Iterable[WirelessInterface]) -> str | None:
    """The interface whose clients an `ap vlan` holds: the one after which it is named (`phy0-ap0.80`)."""
    parents = [
        other.name
        for other in interfaces
        if other.mode == "ap" and other.phy == child.phy and child.name.startswith(other.name)
    ]
    return max(parents, key=len, default=None)


def join_stations(by_driver: Sequence[Station] | None, by_hostapd: Sequence[Station] | None) -> list[Station] | None:
    """Everyone on a network, each with what driver and hostapd know of it; None where neither answered.

    The longer of the two lists says who is there: hostapd may be too old to be asked, and the driver does not list
    under a network whom it moved to an interface of their own. Who is not yet admitted is no client.
    """
    if by_driver is None or by_hostapd is None:
        both = by_driver if by_driver is not None else by_hostapd
        return None if both is None else [station for station in both if station.is_authorized is not False]
    first, second = (by_driver, by_hostapd) if len(by_driver) >= len(by_hostapd) else (by_hostapd, by_driver)
    others = {station.key: station for station in second}
    driver_words = {station.key: station for station in by_driver}
    joined = []
    for station in first:
        other = others.get(station.key)
        best = driver_words.get(station.key, station)  # it has counted more, and more lately
        whole = merged(best, other if best is station else station)
        standard = newest((station.standard, other.standard if other else None))
        joined.append(replace(whole, standard=standard))
    return [station for station in joined if station.is_authorized is not False]
