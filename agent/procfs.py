"""Reads the texts of Linux's /proc and /sys: from what one file holds to one value, or None where it has none.

Pure, and for the sources that read a Linux machine. The formats are those of the kernel's documentation
(filesystems/proc.rst, ABI/testing/sysfs-class-net, sysfs-class-thermal, hwmon/sysfs-interface.rst). Every value
returned is within what `agent.wire` accepts: garbage is absent, and takes nothing else along.
"""

import math
import re
import shlex
from dataclasses import dataclass

_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")
_ROUTE_IS_UP, _ROUTE_REJECTS = 0x0001, 0x0200  # RTF_UP and RTF_REJECT of linux/route.h

_DOWN = frozenset({"notpresent", "down", "lowerlayerdown", "testing", "dormant"})
"""The states of RFC 2863 in which an interface passes nothing."""

_PLACEHOLDERS = frozenset(
    {
        "default string",
        "empty",
        "invalid",
        "n/a",
        "none",
        "not applicable",
        "not available",
        "not specified",
        "null",
        "o.e.m.",
        "oem",
        "system manufacturer",
        "system product name",
        "system serial number",
        "undefined",
        "unknown",
        "unspecified",
        "0123456789",
        "123456789",
        "1234567890",
    }
)
"""What board makers leave in fields that they did not fill, in lower case."""


@dataclass(frozen=True, slots=True)
class CpuTicks:
    """Time of all processors since the start, in clock ticks. All that is not idle or waiting for a disk is busy."""

    busy: int
    total: int


@dataclass(frozen=True, slots=True)
class InterfaceCounters:
    """One line of /proc/net/dev. Bytes and frames since the interface appeared."""

    rx_bytes: int | None
    rx_errors: int | None
    rx_drops: int | None
    tx_bytes: int | None
    tx_errors: int | None
    tx_drops: int | None


def parse_uptime_seconds(text: str) -> float | None:
    """Seconds since the start, of /proc/uptime."""
    return _first_number(text, at_most=1e10)


def parse_load_1m(text: str) -> float | None:
    """The load average over a minute, of /proc/loadavg."""
    return _first_number(text, at_most=100_000)


def parse_cpu_ticks(text: str) -> CpuTicks | None:
    """The sum over all processors, of /proc/stat.

    Columns: user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice; kernels before 2.6.11 have
    fewer. Guests' time is in user and nice already. Stolen time is busy: this machine could not use it.
    """
    fields = next((line.split()[1:] for line in text.splitlines() if line.startswith("cpu ")), [])
    ticks = [_count(field) for field in fields[:8]]
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
    """The counters of each interface, of /proc/net/dev. `drops` are those for want of buffers as well."""
    counters = {}
    for line in text.splitlines():
        name, colon, rest = line.rpartition(":")  # old kernels leave no blank between the colon and the bytes
        fields = rest.split()
        if not colon or len(fields) < 16:
            continue
        rx, tx = [_count(field) for field in fields[:8]], [_count(field) for field in fields[8:16]]
        counters[name.strip()] = InterfaceCounters(
            rx_bytes=rx[0], rx_errors=rx[2], rx_drops=rx[3], tx_bytes=tx[0], tx_errors=tx[2], tx_drops=tx[3]
        )
    return counters


def parse_default_interface(ipv4_routes: str, ipv6_routes: str) -> str | None:
    """Where packets to the world leave: by /proc/net/route, else by /proc/net/ipv6_route, by the lowest metric."""
    routes = []
    for fields in (line.split() for line in ipv4_routes.splitlines()):
        if len(fields) >= 8 and fields[1] == fields[7] == "00000000":  # destination and mask
            routes.append((_count(fields[6]), _hex(fields[3]), fields[0]))
    if not (name := _best(routes)):
        routes = []
        for fields in (line.split() for line in ipv6_routes.splitlines()):
            if len(fields) >= 10 and fields[0] == "0" * 32 and fields[1] == "00":  # destination and its length
                routes.append((_hex(fields[5]), _hex(fields[8]), fields[9]))
        name = _best(routes)
    return name


def parse_celsius(text: str) -> float | None:
    """A temperature, of a thermal zone or a hwmon sensor, both in thousandths of a degree.

    0 is what drivers say that cannot measure. Outside −40 to 125 °C, which is what chips for outdoors are made
    for (AEC-Q100, grade 1), it is a sensor without a chip: −44 and 127 are seen.
    """
    value = _number(text)
    return value / 1000 if value and -40_000 <= value <= 125_000 else None


def parse_is_up(text: str) -> bool | None:
    """Whether an interface passes frames, of its `operstate`. `unknown` is what drivers say that do not tell."""
    state = text.strip()
    return True if state == "up" else False if state in _DOWN else None


def parse_speed_bits_per_second(text: str) -> float | None:
    """The speed of a link, of its `speed` in Mb/s. -1, and on older kernels 65535 or 4294967295, is unknown."""
    megabits = _count(text.strip())
    return megabits * 1e6 if megabits and megabits <= 10_000_000 and megabits != 65535 else None


def parse_is_full_duplex(text: str) -> bool | None:
    """Of an interface's `duplex`."""
    return {"full": True, "half": False}.get(text.strip())


def parse_mac(text: str) -> str | None:
    """An interface's `address`, where it is a MAC and not a placeholder."""
    mac = text.strip().lower()
    return mac if _MAC.fullmatch(mac) and len(set(mac)) > 2 else None


def parse_identity(text: str) -> str | None:
    """What a device calls itself in /sys/class/dmi/id or /proc/device-tree (which ends in NUL), if it says anything."""
    name = " ".join(text.partition("\0")[0].split())[:128].rstrip()
    folded = name.casefold()
    if folded in _PLACEHOLDERS or folded.startswith("to be filled by"):
        return None
    is_filler = len(set(folded)) < 2  # "0", "00000000", "........"
    return name if name.isprintable() and "\ufffd" not in name and not is_filler else None


def parse_os_name(text: str) -> str | None:
    """PRETTY_NAME of an os-release file."""
    for line in text.splitlines():
        key, _, value = line.partition("=")
        if key.strip() == "PRETTY_NAME":
            try:
                return parse_identity(" ".join(shlex.split(value)))
            except ValueError:  # an unfinished quotation
                return None
    return None


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


def _count(text: str) -> int | None:
    """A whole number of at most 64 bits, without a sign."""
    return int(text) if len(text) <= 20 and text.isascii() and text.isdecimal() else None


def _hex(text: str) -> int | None:
    try:
        return int(text, 16)
    except ValueError:
        return None
