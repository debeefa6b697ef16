"""Reads `iw phy`: what each piece of radio hardware can, by band, and which radios are in it. Pure.

The format is that of iw's info.c. Bands are told by the frequencies that they list, never by their number, which is
the kernel's.
"""

import re
from collections import Counter

from agent.openwrt.parts import Phy, PhyRadio
from agent.openwrt.spectrum import band_of, newest
from agent.wire import Band, WifiStandard

_CAPABILITIES: tuple[tuple[str, WifiStandard], ...] = (
    (r"\s+EHT (?:Iftypes|MAC Capabilities)", "802.11be"),
    (r"\s+HE (?:Iftypes|MAC Capabilities)", "802.11ax"),
    (r"\s+VHT Capabilities", "802.11ac"),
    (r"\s+HT (?:TX|RX|Max RX)", "802.11n"),
    (r"\s+Capabilities: 0x", "802.11n"),
)
_WITHOUT: dict[Band, WifiStandard] = {"2.4": "802.11g", "5": "802.11a"}
_FREQUENCY = re.compile(r"^[ \t]+\* (\d{4,5})(?:\.\d+)? MHz \[", re.MULTILINE)
_RANGE = re.compile(r"\s+Frequency Range:\s*(\d{1,6})(?:\.\d+)? MHz - (\d{1,6})(?:\.\d+)? MHz")


def parse_iw_phy(text: str) -> dict[str, Phy]:
    """The phys by name, as in `phy0`."""
    parts = re.split(r"^Wiphy (phy\d{1,3})[ \t]*$", text, flags=re.MULTILINE)
    return {name: _phy(body) for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def _phy(text: str) -> Phy:
    hardware, _, radios = text.partition("Supported wiphy radios:")
    capabilities: dict[Band, WifiStandard] = {}
    for section in re.split(r"^[ \t]+Band \d+:[ \t]*$", hardware, flags=re.MULTILINE)[1:]:
        band, standard = _band(section)
        if band is not None and standard is not None:
            capabilities[band] = standard
    return Phy(capabilities, _radios(radios))


def _band(section: str) -> tuple[Band | None, WifiStandard | None]:
    frequencies = Counter(band_of(int(number)) for number in _FREQUENCY.findall(section))
    del frequencies[None]
    if len(frequencies) != 1:
        return None, None
    (band,) = frequencies
    lines = section.splitlines()
    found = {standard for pattern, standard in _CAPABILITIES if any(re.match(pattern, line) for line in lines)}
    if band == "2.4":
        found.discard("802.11ac")  # which there is for 5 GHz only; drivers offer its modulation here as well
    return band, newest(found) or (_WITHOUT.get(band) if band else None)


def _radios(text: str) -> tuple[PhyRadio, ...]:
    parts = re.split(r"^[ \t]+\* Idx (\d):[ \t]*$", text, flags=re.MULTILINE)
    found = []
    for index, body in zip(parts[1::2], parts[2::2], strict=True):
        ranges = [_RANGE.match(line) for line in body.splitlines()]
        spans = [(int(match.group(1)), int(match.group(2))) for match in ranges if match]
        if spans:
            found.append(PhyRadio(int(index), spans[0][0], spans[0][1]))
    return tuple(found)
