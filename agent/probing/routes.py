"""Finds the gateway of this machine's default route in the texts of /proc/net/route and /proc/net/ipv6_route.

Pure, and for the probe `gateway`. The formats are the kernel's: net/ipv4/fib_trie.c prints an address as a number in
the machine's own byte order, net/ipv6/route.c as 16 bytes in the network's.
"""

import ipaddress
import sys
from typing import NamedTuple

from agent.procfs import is_interface_name

_IS_UP, _HAS_GATEWAY, _REJECTS = 0x0001, 0x0002, 0x0200  # RTF_UP, RTF_GATEWAY and RTF_REJECT of linux/route.h


class _Route(NamedTuple):
    metric: int
    flags: int
    gateway: str


def parse_default_gateway(ipv4_routes: str, ipv6_routes: str, *, byteorder: str = sys.byteorder) -> str | None:
    """The address that packets to the world are handed to, of the lowest metric; IPv4 first. None where there is none.

    An IPv6 address of the link alone has its interface behind it, as in `fe80::1%eth0`.
    """
    ipv4 = (_ipv4_route(line.split(), byteorder) for line in ipv4_routes.splitlines())
    ipv6 = (_ipv6_route(line.split()) for line in ipv6_routes.splitlines())
    for routes in (ipv4, ipv6):
        usable = [route for route in routes if route is not None and _leads_somewhere(route.flags)]
        best = min(usable, key=lambda route: route.metric, default=None)
        if best is not None and best.flags & _HAS_GATEWAY:
            return best.gateway
    return None


def _leads_somewhere(flags: int) -> bool:
    return flags & (_IS_UP | _REJECTS) == _IS_UP


def _ipv4_route(row: list[str], byteorder: str) -> _Route | None:
    """Columns: interface, destination, gateway, flags, references, use, metric, mask, and more."""
    if len(row) < 8 or not row[1] == row[7] == "00000000":
        return None
    try:
        gateway = int(row[2], 16).to_bytes(4, "little" if byteorder == "little" else "big")
        return _Route(int(row[6]), int(row[3], 16), str(ipaddress.IPv4Address(gateway)))
    except (ValueError, OverflowError):
        return None


def _ipv6_route(row: list[str]) -> _Route | None:
    """Columns: destination, its prefix length, source, its prefix length, gateway, metric, references, use, flags,
    interface; all numbers hexadecimal."""
    if len(row) < 10 or row[0] != "0" * 32 or row[1] != "00" or not is_interface_name(row[9]):
        return None
    try:
        gateway = ipaddress.IPv6Address(bytes.fromhex(row[4]))
        scope = f"%{row[9]}" if gateway.is_link_local else ""
        return _Route(int(row[5], 16), int(row[8], 16), f"{gateway}{scope}")
    except ValueError:
        return None
