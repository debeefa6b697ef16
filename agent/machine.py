"""Looks at the Linux machine under a folder: every file once, what cannot be read left out.

The one place that opens files of /proc and /sys for the sources; `agent.procfs` knows what is in them. All calls
block, and a slow sensor makes them slow: callers run them in a thread.
"""

import fnmatch
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agent.procfs import (
    CpuTicks,
    InterfaceCounters,
    is_interface_name,
    parse_celsius,
    parse_count,
    parse_cpu_ticks,
    parse_default_interface,
    parse_identity,
    parse_is_full_duplex,
    parse_is_up,
    parse_load_1m,
    parse_mac,
    parse_memory_used_ratio,
    parse_net_dev,
    parse_net_wireless,
    parse_os_name,
    parse_speed_bits_per_second,
    parse_uptime_seconds,
)
from agent.wire import Device, System


@dataclass(frozen=True, slots=True)
class Link:
    """What /sys/class/net tells of one interface. `lower` is what it stands on: a VLAN's parent, a bridge's ports.

    `index` tells an interface from a later one of the same name.
    """

    index: int | None = None
    mac: str | None = None
    is_up: bool | None = None
    speed_bits_per_second: float | None = None
    max_speed_bits_per_second: float | None = None
    is_full_duplex: bool | None = None
    is_hardware: bool = False
    is_radio: bool = False
    lower: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine at one instant. `system` lacks what takes two readings, `device` its MAC, which is an interface's.

    `links` are in the kernel's order, in which hardware precedes what was made of it. `wireless_noise_dbm` has the
    interfaces whose drivers speak wireless extensions, with the noise where they tell it.
    """

    cpu: CpuTicks | None
    counters: Mapping[str, InterfaceCounters]
    system: System
    device: Device
    default_interface: str | None
    links: Mapping[str, Link]
    wireless_noise_dbm: Mapping[str, float | None] = field(default_factory=dict)


def read_machine(root: Path, *, ignore: Collection[str], keep: Collection[str]) -> Machine:
    """Read the machine whose proc/ and sys/ are in `root`; raises nothing.

    Interfaces that match a pattern of `ignore` are not looked at, except for the default route's and those in
    `keep`. The counters come first, so that their instant is the call's.
    """
    proc, sys = root / "proc", root / "sys"
    counters = parse_net_dev(_text(proc / "net/dev"))
    cpu = parse_cpu_ticks(_text(proc / "stat"))
    default = parse_default_interface(_text(proc / "net/route"), _text(proc / "net/ipv6_route"))
    names = filter(is_interface_name, {*counters, *_entries(sys / "class/net")})
    wanted = {name for name in names if name in keep or name == default or not matches(name, ignore)}
    return Machine(
        cpu=cpu,
        counters=counters,
        system=System(
            uptime_seconds=parse_uptime_seconds(_text(proc / "uptime")),
            memory_used_ratio=parse_memory_used_ratio(_text(proc / "meminfo")),
            load_1m=parse_load_1m(_text(proc / "loadavg")),
            temperature_celsius=_hottest_celsius(sys),
        ),
        device=_read_device(root),
        default_interface=default,
        links=_read_links(sys / "class/net", wanted, counters.keys()),
        wireless_noise_dbm=parse_net_wireless(_text(proc / "net/wireless")),
    )


def matches(name: str, patterns: Collection[str]) -> bool:
    """Whether a name fits one of the patterns with * ? []."""
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def cable_under(links: Mapping[str, Link], name: str) -> str:
    """The hardware that an interface's traffic passes: of a VLAN its parent, of a bridge its only wired port,
    or the only one of its wired ports that is plugged in.

    A bridge does not count what it passes between its ports, nor a VLAN its neighbours: on an access point, that
    is the traffic of the clients. Where several ways lead down, or none, the search ends. On a router whose two
    sides are VLANs of one port this finds the port, which carries both: there the settings name the uplink.
    """
    for _ in links:  # no way is longer, even in a circle
        link = links.get(name, Link())
        wired = [lower for lower in link.lower if lower in links and not links[lower].is_radio]
        if len(wired) > 1:
            wired = [lower for lower in wired if links[lower].is_up]
        if link.is_hardware or len(wired) != 1:
            break
        name = wired[0]
    return name


def is_wired(links: Mapping[str, Link], name: str) -> bool:
    """Whether an interface is neither a radio's nor made of radios' alone, as a VLAN on one is."""
    link = links[name]
    if link.is_radio or link.is_hardware:
        return not link.is_radio
    return not link.lower or not all(links.get(lower, Link()).is_radio for lower in link.lower)


def _read_links(folder: Path, names: Collection[str], counted: Collection[str]) -> dict[str, Link]:
    """The links of these names, those that are only `counted` without a word of /sys. The folder holds a file that
    is no interface, bonding_masters."""
    found = {name: _read_link(folder / name) for name in names}
    links = {name: link or Link() for name, link in found.items() if link or name in counted}
    return dict(sorted(links.items(), key=lambda item: (item[1].index or float("inf"), item[0])))


def _read_link(folder: Path) -> Link | None:
    entries = _entries(folder)
    if not entries:
        return None
    is_up = parse_is_up(_text(folder / "operstate"))
    is_off = is_up is False  # a link that is down keeps the speed that it had, with some drivers
    return Link(
        index=parse_count(_text(folder / "ifindex")),
        mac=parse_mac(_text(folder / "address")),
        is_up=is_up,
        speed_bits_per_second=None if is_off else parse_speed_bits_per_second(_text(folder / "speed")),
        is_full_duplex=None if is_off else parse_is_full_duplex(_text(folder / "duplex")),
        is_hardware="device" in entries,
        is_radio="phy80211" in entries or "wireless" in entries,
        lower=tuple(sorted(entry.removeprefix("lower_") for entry in entries if entry.startswith("lower_"))),
    )


def _hottest_celsius(sys: Path) -> float | None:
    """The hottest of the thermal zones, most of which are the processor's. Only where none can be read, the hottest
    of hwmon's sensors: there are radios among them, and some of those read far too high."""
    zones = [name for name in _entries(sys / "class/thermal") if name.startswith("thermal_zone")]
    for places in ([sys / "class/thermal" / zone / "temp" for zone in zones], _hwmon_inputs(sys / "class/hwmon")):
        readings = [parse_celsius(_text(place)) for place in places]
        hottest = max((reading for reading in readings if reading is not None), default=None)
        if hottest is not None:
            return hottest
    return None


def _hwmon_inputs(folder: Path) -> Iterator[Path]:
    for chip in _entries(folder):
        inputs = [name for name in _entries(folder / chip) if name.startswith("temp") and name.endswith("_input")]
        yield from (folder / chip / name for name in inputs)


def _read_device(root: Path) -> Device:
    """Who made the box: a PC's firmware tells by DMI, other boards' by the device tree. The firmware of the wire is
    the system's name and its kernel, since an update may bring either."""
    dmi, tree = root / "sys/class/dmi/id", root / "proc/device-tree"
    kernel = parse_identity(_text(root / "proc/sys/kernel/osrelease"))
    system = parse_os_name(_text(root / "etc/os-release")) or parse_os_name(_text(root / "usr/lib/os-release"))
    firmware = ", ".join(part for part in (system, kernel and f"Linux {kernel}") if part)
    return Device(
        vendor=parse_identity(_text(dmi / "sys_vendor")),
        model=parse_identity(_text(dmi / "product_name")) or parse_identity(_text(tree / "model")),
        serial=parse_identity(_text(dmi / "product_serial")) or parse_identity(_text(tree / "serial-number")),
        firmware=firmware[:128] or None,
    )


def _text(path: Path) -> str:
    """What the file holds; nothing where it cannot be read, and a sign of its own for what is no UTF-8."""
    try:
        with path.open("rb", buffering=0) as file:
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def _entries(folder: Path) -> set[str]:
    """The names in the folder; none where it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return {entry.name for entry in entries}
    except OSError:
        return set()
