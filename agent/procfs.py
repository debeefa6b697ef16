"""Reads the texts of Linux's /proc and /sys: from what one file holds to one value, or None where it has none.

Pure, and for the sources that read a Linux machine. The formats are those of the kernel's documentation
(filesystems/proc.rst, ABI/testing/sysfs-class-net, sysfs-class-thermal, hwmon/sysfs-interface.rst). Every value
returned is within what `agent.wire` accepts: garbage is absent, and takes nothing else along.
"""

import math
import re
from dataclasses import dataclass

_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")
_ROUTE_IS_UP, _ROUTE_REJECTS = 0x0001, 0x0200  # RTF_UP and RTF_REJECT of linux/route.h

_DOWN = frozenset({"notpresent", "down", "lowerlayerdown", "testing", "dormant"})
"""The states of RFC 2863 in which an interface passes nothing."""

_PLACEHOLDER = re.compile(
    r"to be filled by.*|default string|system (?:manufacturer|product name|serial number)"
    r"|not (?:applicable|available|specified)|n/a|none|null|empty|invalid|o\.?e\.?m\.?"
    r"|un(?:defined|known|specified)|0?1234567890?|(.)\1*",
    re.IGNORECASE,
)
"""What board makers leave in fields that they did not fill, among it one sign over and over."""


@dataclass(frozen=True, slots=True)
class CpuTicks:
    """Time of all processors since the start, in clock ticks. All that is not idle or waiting for a disk is busy."""

    busy: int
    total: int


@dataclass(frozen=True, slots=True)
class InterfaceCounters:
    """Bytes and frames since an interface appeared. `rx_drops` holds those that it missed for want of a buffer."""

    rx_bytes: int | None = None
    rx_errors: int | None = None
    rx_drops: int | None = None
    tx_bytes: int | None = None
    tx_errors: int | None = None
    tx_drops: int | None = None


def is_interface_name(text: str) -> bool:
    """Whether the kernel would take this as a name (dev_valid_name in net/core/dev.c) and a person could read it."""
    return 0 < len(text) <= 15 and text.isprintable() and not set(text) & {"/", ":", " "} and text not in {".", ".."}


def parse_count(text: str) -> int | None:
    """A whole number of at most 64 bits, without a sign."""
    digits = text.strip()
    return int(digits) if len(digits) <= 20 and digits.isascii() and digits.isdecimal() else None


def parse_uptime_seconds(text: str) -> float | None:
    """Seconds since the start, of /proc/uptime."""
    return _first_number(text, at_most=1e10)


def parse_resident_pages(text: str) -> int | None:
    """How many pages of memory a process holds, of its /proc/self/statm."""
    fields = text.split()
    return parse_count(fields[1]) if len(fields) >= 2 else None


def parse_load_1m(text: str) -> float | None:
    """The load average over a minute, of /proc/loadavg."""
    return _first_number(text, at_most=100_000)


def parse_cpu_ticks(text: str) -> CpuTicks | None:
    """The sum over all processors, of /proc/stat.

    Columns: user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice; kernels before 2.6.11 have
    fewer. Guests' time is in user and nice already. Stolen time is busy: this machine could not use it.
    """
    fields = next((line.split()[1:] for line in text.splitlines() if line.startswith("cpu ")), [])
    ticks = [parse_count(field) for field in fields[:8]]
    known = [tick for tick in ticks if tick is not None]
    if len(known) < 4 or len(known) < len(ticks):
        return None
    total = sum(known)
    return CpuTicks(busy=total - sum(known[3:5]), total=total)


def parse_memory_used_ratio(text: str) -> float | None:
    """The share of memory that no process could have, of /proc/meminfo.

    MemAvailable is missing before Linux 3.14, and on small devices can stand below MemFree, being less the
    zones' reserves; then what is free, buffered or cached counts as available.
    """
    kib = dict(re.findall(r"^(\w+):\s*(\d{1,18}) kB\s*$", text, re.MULTILINE | re.ASCII))
    total, free, available = (int(kib.get(name, -1)) for name in ("MemTotal", "MemFree", "MemAvailable"))
    if available < max(free, 0):
        if not {"MemFree", "Buffers", "Cached"} <= kib.keys():
            return None
        available = free + int(kib["Buffers"]) + int(kib["Cached"])
    return 1 - available / total if 0 < total >= available else None


def parse_net_dev(text: str) -> dict[str, InterfaceCounters]:
    """The counters of each interface, of /proc/net/dev. A line that is cut short is left out."""
    counters = {}
    for line in text.splitlines():
        name, colon, rest = line.rpartition(":")  # where bytes are many, no blank follows the colon
        fields = rest.split()
        if not colon or len(fields) < 16:
            continue
        rx, tx = [parse_count(field) for field in fields[:8]], [parse_count(field) for field in fields[8:16]]
        counters[name.strip()] = InterfaceCounters(
            rx_bytes=rx[0], rx_errors=rx[2], rx_drops=rx[3], tx_bytes=tx[0], tx_errors=tx[2], tx_drops=tx[3]
        )
    return counters


def parse_net_wireless(text: str) -> dict[str, float | None]:
    """The interfaces of drivers that speak wireless extensions, and the noise in dBm that each hears, of
    /proc/net/wireless (net/wireless/wext-proc.c).

    Below 0 the noise is in dBm, else in units of the driver's own. A dot behind it says that it is new.
    """
    noises: dict[str, float | None] = {}
    for line in text.splitlines():
        name, colon, rest = line.rpartition(":")
        fields = rest.split()
        if colon and len(fields) >= 10 and is_interface_name(name.strip()):
            noise = _number(fields[3].rstrip("."))
            noises[name.strip()] = noise if noise is not None and -120 <= noise <= -30 else None
    return noises


def parse_default_interface(ipv4_routes: str, ipv6_routes: str) -> str | None:
    """Where packets to the world leave: by /proc/net/route, else by /proc/net/ipv6_route; the lowest metric."""
    ipv4 = [
        (parse_count(row[6]), _hex(row[3]), row[0])
        for row in map(str.split, ipv4_routes.splitlines())
        if len(row) >= 8 and row[1] == row[7] == "00000000"  # destination and mask
    ]
    ipv6 = [
        (_hex(row[5]), _hex(row[8]), row[9])
        for row in map(str.split, ipv6_routes.splitlines())
        if len(row) >= 10 and row[0] == "0" * 32 and row[1] == "00"  # destination and its prefix length
    ]
    return _best(ipv4) or _best(ipv6)


def parse_celsius(text: str) -> float | None:
    """A temperature, of a thermal zone or a hwmon sensor, both in thousandths of a degree.

    0 is what drivers say that cannot measure. Outside −40 to 125 °C, which is what chips for outdoors are made
    for (AEC-Q100, grade 1), it is no temperature: acpitz zones say −44, for one.
    """
    value = _number(text)
    return value / 1000 if value and -40_000 <= value <= 125_000 else None


def parse_is_up(text: str) -> bool | None:
    """Whether an interface passes frames, of its `operstate`. `unknown` is what drivers say that do not tell."""
    state = text.strip()
    if state == "up":
        return True
    return False if state in _DOWN else None


def parse_speed_bits_per_second(text: str) -> float | None:
    """The speed of a link, of its `speed` in Mb/s. -1, and on older kernels 65535 or 4294967295, is unknown."""
    megabits = parse_count(text)
    return megabits * 1e6 if megabits and megabits <= 10_000_000 and megabits != 65535 else None


def parse_is_full_duplex(text: str) -> bool | None:
    """Of an interface's `duplex`."""
    return {"full": True, "half": False}.get(text.strip())


def parse_mac(text: str) -> str | None:
    """An interface's `address`, where it is a MAC and not a placeholder."""
    mac = text.strip().lower()
    return mac if _MAC.fullmatch(mac) and len(set(mac)) > 2 else None


def parse_identity(text: str) -> str | None:
    """What a device calls itself, of a file in /sys/class/dmi/id or /proc/device-tree (there it ends in NUL)."""
    name = " ".join(text.partition("\0")[0].split())[:128].rstrip()
    is_text = name.isprintable() and "\ufffd" not in name  # the sign that stands for what is no UTF-8
    return name if name and is_text and not _PLACEHOLDER.fullmatch(name) else None


def parse_os_name(text: str) -> str | None:
    """The system's name and version: PRETTY_NAME of an os-release file."""
    names = [line.partition("=")[2] for line in text.splitlines() if line.startswith("PRETTY_NAME=")]
    return parse_identity(names[-1].strip().strip("\"'")) if names else None


def _best(routes: list[tuple[int | None, int | None, str]]) -> str | None:
    """The interface of the lowest metric among (metric, flags, interface) that are up and lead somewhere."""
    usable = [
        (metric, name)
        for metric, flags, name in routes
        if metric is not None and flags is not None and flags & (_ROUTE_IS_UP | _ROUTE_REJECTS) == _ROUTE_IS_UP
    ]
    return min(usable, key=lambda route: route[0])[1] if usable else None


def _first_number(text: str, *, at_most: float) -> float | None:
    value = _number(text.partition(" ")[0])
    return value if value is not None and 0 <= value <= at_most else None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _hex(text: str) -> int | None:
    try:
        return int(text, 16)
    except ValueError:
        return None
