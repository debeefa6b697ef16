"""Reads what ubus answers of the machine: `system board`, `system info`, `network.device status`. Pure.

The formats are those of procd's system.c and netifd's device.c. The kernel's own files come first where both tell;
these answers fill what /proc and /sys do not show.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent.machine import Link, Machine
from agent.openwrt import believable
from agent.openwrt.documents import parse_document, rows, table
from agent.procfs import InterfaceCounters, is_interface_name, parse_identity, parse_mac
from agent.wire import Device, System

_LOAD_UNIT = 65536  # load averages are fixed point, of 16 bits behind the point
_MAX_INTERFACES = 256
_MODE = re.compile(r"(\d{1,7})base")


@dataclass(frozen=True, slots=True)
class Port:
    """One interface, as netifd knows it."""

    link: Link
    counters: InterfaceCounters


def parse_board(text: str | None) -> Device:
    """What the box is. Its host name is not read: people name machines after people."""
    document = parse_document(text)
    model, kernel = _identity(document.get("model")), _identity(document.get("kernel"))
    system = _identity(table(document.get("release")).get("description"))
    firmware = ", ".join(part for part in (system, kernel and f"Linux {kernel}") if part)
    return Device(
        vendor=_vendor(model, document.get("board_name")),
        model=model,
        firmware=firmware[:128] or None,
    )


def _vendor(model: str | None, board_name: object) -> str | None:
    """The first words of the model, where the board's name begins with the same: `Bananapi BPI-R4` is of
    `bananapi,bpi-r4`. Many models do not begin with who made them."""
    maker, comma, _ = board_name.partition(",") if isinstance(board_name, str) else ("", "", "")
    words = (model or "").split()
    for count in range(1, len(words)):
        joined = "".join(sign for sign in "".join(words[:count]).lower() if sign.isalnum())
        if comma and joined == "".join(sign for sign in maker.lower() if sign.isalnum()):
            return " ".join(words[:count])
    return None


def parse_system(text: str | None) -> System:
    """Uptime, load and memory, of `system info`."""
    document = parse_document(text)
    load = believable.number(next(iter(rows(document.get("load"))), None))
    return System(
        uptime_seconds=believable.seconds(document.get("uptime")),
        load_1m=load / _LOAD_UNIT if load is not None and 0 <= load <= 100_000 * _LOAD_UNIT else None,
        memory_used_ratio=_memory_used_ratio(table(document.get("memory"))),
    )


def _memory_used_ratio(memory: dict[str, Any]) -> float | None:
    """By the rule of `agent.procfs.parse_memory_used_ratio`; here all is in bytes."""
    names = ("total", "free", "available", "buffered", "cached")
    total, free, available, buffered, cached = (believable.byte_counter(memory.get(name)) for name in names)
    if available is None or available < (free or 0):
        if free is None or buffered is None or cached is None:
            return None
        available = free + buffered + cached
    return 1 - available / total if total and available <= total else None


def parse_ports(text: str | None) -> dict[str, Port]:
    """The interfaces that netifd knows, of `network.device status`."""
    found = {}
    for name, device in list(parse_document(text).items())[:_MAX_INTERFACES]:
        is_device = isinstance(device, dict) and isinstance(device.get("type"), str)
        if is_device and is_interface_name(name) and device.get("present") is not False:
            found[name] = Port(_link(device), _counters(table(device.get("statistics"))))
    return found


def _link(device: dict[str, Any]) -> Link:
    is_up = device.get("carrier", device.get("up"))
    lower = [name for name in rows(device.get("bridge-members")) if isinstance(name, str) and is_interface_name(name)]
    kind, parent = device.get("devtype"), device.get("parent")
    if kind == "vlan" and isinstance(parent, str) and is_interface_name(parent):
        lower.append(parent)
    speed, mac = device.get("speed"), device.get("macaddr")
    megabits = believable.whole(speed)
    has_speed = is_up is True and megabits is not None and 0 < megabits <= 10_000_000
    duplex = {"F": True, "H": False}.get(speed[-1:]) if isinstance(speed, str) else None
    return Link(
        mac=parse_mac(mac) if isinstance(mac, str) else None,
        is_up=is_up if isinstance(is_up, bool) else None,
        speed_bits_per_second=megabits * 1e6 if has_speed and megabits is not None else None,
        max_speed_bits_per_second=_fastest(rows(device.get("link-supported"))),
        is_full_duplex=duplex if has_speed else None,
        is_hardware=kind in {"ethernet", "dsa", "wlan"},
        is_radio=kind == "wlan",
        lower=tuple(sorted(lower)),
    )


def _fastest(modes: Sequence[object]) -> float | None:
    """The fastest of the modes that a port can negotiate, as netifd writes them: `1000baseT-F`."""
    megabits = [int(found[1]) for mode in modes if isinstance(mode, str) and (found := _MODE.match(mode))]
    return max(megabits, default=0) * 1e6 or None


def _counters(statistics: dict[str, Any]) -> InterfaceCounters:
    def count(name: str) -> int | None:
        return believable.byte_counter(statistics.get(name))

    return InterfaceCounters(
        rx_bytes=count("rx_bytes"),
        rx_errors=count("rx_errors"),
        rx_drops=count("rx_dropped"),
        tx_bytes=count("tx_bytes"),
        tx_errors=count("tx_errors"),
        tx_drops=count("tx_dropped"),
    )


def completed(
    machine: Machine, *, board: Device, system: System, ports: Mapping[str, Port], wireless: Collection[str]
) -> Machine:
    """The machine, with what its files do not tell taken from ubus. The board's own words for the box go first.

    `wireless` are the interfaces that are known to be radios', for kernels and recordings that do not say so.
    """
    links = dict(machine.links)
    for name, port in ports.items():
        if name in links:
            links[name] = _completed_link(links[name], port.link)
        elif not machine.links:
            links[name] = port.link  # with /sys there, what it does not list is not there, or is ignored
    for name in links.keys() & set(wireless):
        links[name] = replace(links[name], is_radio=True)
    counters = {name: port.counters for name, port in ports.items()} | dict(machine.counters)
    device = {**machine.device.model_dump(exclude_none=True), **board.model_dump(exclude_none=True)}
    told = {**system.model_dump(exclude_none=True), **machine.system.model_dump(exclude_none=True)}
    return replace(machine, links=links, counters=counters, device=Device(**device), system=System(**told))


def _completed_link(link: Link, port: Link) -> Link:
    is_up = port.is_up if link.is_up is None else link.is_up
    speed, duplex = link.speed_bits_per_second, link.is_full_duplex
    return replace(
        link,
        mac=link.mac or port.mac,
        is_up=is_up,
        speed_bits_per_second=port.speed_bits_per_second if speed is None and is_up is not False else speed,
        max_speed_bits_per_second=link.max_speed_bits_per_second or port.max_speed_bits_per_second,
        is_full_duplex=port.is_full_duplex if duplex is None and is_up is not False else duplex,
        is_hardware=link.is_hardware or port.is_hardware,
        is_radio=link.is_radio or port.is_radio,
        lower=link.lower or port.lower,
    )


def _identity(value: object) -> str | None:
    return parse_identity(value) if isinstance(value, str) else None
