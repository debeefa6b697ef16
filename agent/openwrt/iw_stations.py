"""Reads `iw dev X station dump`: who is connected to an interface, by their counters and rates. Pure.

The format is that of iw's station.c, with tabs or blanks after the colon, or neither. A station that is cut short
counts as one, with the values that are there.
"""

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator

from agent.openwrt import believable
from agent.openwrt.parts import Station
from agent.openwrt.spectrum import newest, standard_of_rate

_HEADER = re.compile(r"^[ \t]*Station (\S+) \(on (\S+)\)[ \t]*$", re.MULTILINE)
_LINE = re.compile(r"^[ \t]+([A-Za-z][A-Za-z /]*):(.*)$", re.MULTILINE)


def parse_stations(text: str) -> dict[str, list[Station]]:
    """The stations of each interface in the text."""
    parts = _HEADER.split(text)[1:]
    found: dict[str, list[Station]] = {}
    keys = told_apart(parts[::3])
    for key, interface, body in zip(keys, parts[1::3], parts[2::3], strict=True):
        found.setdefault(interface, []).append(_station(key, body))
    return found


def told_apart(addresses: Iterable[str]) -> Iterator[Hashable]:
    """A key for each station: its address and how often that came before. Some are masked, and then look the same."""
    seen: Counter[str] = Counter()
    for address in addresses:
        yield (address.lower(), seen[address.lower()])
        seen[address.lower()] += 1


def _station(key: Hashable, text: str) -> Station:
    lines = {name: value.strip() for name, value in reversed(_LINE.findall(text))}  # a link repeats what the whole says
    rx_rate, tx_rate = (_rate(lines.get(f"{way} bitrate", "")) for way in ("rx", "tx"))
    if believable.number(lines.get("signal")) == 0:
        # A driver that has not yet filled in the signal has not filled in the rates either: they are the lowest.
        rx_rate, tx_rate = (None if rate == 1e6 else rate for rate in (rx_rate, tx_rate))
    signal_dbm = believable.signal_dbm(lines.get("signal"))
    return Station(
        key=key,
        is_authorized={"yes": True, "no": False}.get(lines.get("authorized", "")),
        standard=newest(standard_of_rate(lines.get(f"{way} bitrate", "")) for way in ("rx", "tx")),
        signal_dbm=signal_dbm if signal_dbm is not None else believable.signal_dbm(lines.get("signal avg")),
        rx_phy_rate_bits_per_second=rx_rate,
        tx_phy_rate_bits_per_second=tx_rate,
        rx_bytes=believable.byte_counter(lines.get("rx bytes")),
        tx_bytes=believable.byte_counter(lines.get("tx bytes")),
        tx_frames=believable.frame_counter(lines.get("tx packets")),
        tx_retries=believable.frame_counter(lines.get("tx retries")),
        tx_failures=believable.frame_counter(lines.get("tx failed")),
        connected_seconds=believable.seconds(lines.get("connected time")),
    )


def _rate(text: str) -> float | None:
    return believable.phy_rate_bits_per_second(text, 1e6) if "MBit/s" in text else None
