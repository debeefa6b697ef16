"""Reads `iw dev` and `iw dev X info`: the wireless interfaces, and what they send on. Pure.

The format is that of iw's interface.c: tab-indented lines below `Interface X`, those below `phy#N`. iw says of its
output that it is no interface; so lines are known by their first words, and all others are passed over.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from agent.openwrt import believable
from agent.openwrt.parts import Mode, WirelessInterface
from agent.openwrt.spectrum import band_of
from agent.procfs import is_interface_name

MODES: dict[str, Mode] = {"AP": "ap", "AP/VLAN": "ap vlan", "mesh point": "mesh"}
_CHANNEL = re.compile(r"channel (\d{1,3}) \((\d{4})(?:\.\d+)? MHz\)(?:, width: (\d{1,3})(\+80)? MHz)?")
_LINE = re.compile(r"(ssid|type|txpower|wiphy|Radios:|channel)\s+(.+)")
_NAMED_AFTER_RADIO = re.compile(r"phy\d+\.(\d)-")  # how OpenWrt names them where several radios share a phy


def parse_iw_dev(text: str) -> dict[str, WirelessInterface]:
    """The interfaces by name. `phy` is as OpenWrt calls it: `phy0`.

    A multi-link device is on several channels at once. It stands under its name with the first of them; each other
    one stands under the name and a number, as an interface of mode `link`.
    """
    found: dict[str, WirelessInterface] = {}
    for name, phy, lines, links in _blocks(text):
        channels = [link for link in links if "channel" in link]
        found[name] = _interface(name, phy, {**(channels[0] if channels else {}), **lines})
        for number, link in enumerate(channels[1:], start=1):
            part = _interface(name, phy, {**lines, "channel": "", "txpower": "", **link})
            found[f"{name} {number}"] = replace(part, mode="link", ssid=None)
    return found


def _blocks(text: str) -> Iterator[tuple[str, str | None, dict[str, str], list[dict[str, str]]]]:
    """Of each interface: its name, its phy, its lines by their first words, and those of each of its links."""
    phy: str | None = None
    name: str | None = None
    lines: dict[str, str] = {}
    links: list[dict[str, str]] = []
    for line in text.split("\n"):
        header = re.match(r"phy#(\d{1,3})\s*$", line)
        begins = re.match(r"\s*Interface (\S+)\s*$", line)
        if not header and not begins:
            found = _LINE.match(line.strip(" \t"))
            if re.match(r"\s*- link ID", line):
                links.append({})
            elif found:
                target = links[-1] if links and found.group(1) in {"channel", "txpower"} else lines
                target.setdefault(found.group(1), found.group(2))
            continue
        if name is not None:
            yield name, phy, lines, links
        name, lines, links = None, {}, []
        if header:
            phy = f"phy{header.group(1)}"
        elif begins and is_interface_name(begins.group(1)):
            name = begins.group(1)
    if name is not None:
        yield name, phy, lines, links


def _interface(name: str, phy: str | None, lines: dict[str, str]) -> WirelessInterface:
    index = re.fullmatch(r"\d{1,3}", lines.get("wiphy", "").strip())
    channel = _CHANNEL.match(f"channel {lines.get('channel', '')}")
    frequency_mhz = int(channel.group(2)) if channel else None
    radios = re.fullmatch(r"\d", lines.get("Radios:", "").strip()) or _NAMED_AFTER_RADIO.match(name)
    kind = lines.get("type", "").strip()
    return WirelessInterface(
        name=name,
        phy=phy or (f"phy{index.group()}" if index else None),
        radio_index=int(radios.group(radios.re.groups)) if radios else None,
        mode=MODES.get(kind, "other") if kind else None,
        ssid=_ssid(lines.get("ssid")),
        frequency_mhz=frequency_mhz,
        band=band_of(frequency_mhz),
        channel=int(channel.group(1)) if channel and 1 <= int(channel.group(1)) <= 253 else None,
        width_mhz=_width_mhz(channel),
        tx_power_dbm=believable.tx_power_dbm(lines.get("txpower")),
    )


def _width_mhz(channel: re.Match[str] | None) -> int | None:
    if channel is None or channel.group(3) is None:
        return None
    width_mhz = 160 if channel.group(4) else int(channel.group(3))
    return width_mhz if 1 <= width_mhz <= 320 else None


def _ssid(text: str | None) -> str | None:
    r"""The network's name. iw prints bytes that are no printable ASCII as \xNN; UTF-8 comes back of them."""
    if text is None:
        return None
    raw = re.sub(
        rb"\\x([0-9a-f]{2})", lambda match: bytes([int(match.group(1), 16)]), text.encode(errors="surrogateescape")
    )
    return readable_ssid(raw.decode(errors="replace"))


def readable_ssid(text: str) -> str | None:
    """A network's name that the wire takes: 32 bytes at most, no control signs; others are left out."""
    if re.search(r"[\x00-\x1f\x7f\ufffd\ud800-\udfff]", text):
        return None
    return text if len(text.encode()) <= 32 else None
