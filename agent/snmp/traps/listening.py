"""The UDP socket on which notifications arrive. Used by the receiver; its failures are told here, with their remedy."""

import errno
import logging
import socket
from ipaddress import IPv6Address, ip_address
from typing import Any

Address = tuple[Any, ...]
"""A sender as the socket names it: its IP address, its port, and more for IPv6."""

_logger = logging.getLogger(__name__)


class TrapError(Exception):
    """Traps cannot be received. The message says why, and what to do about it."""


def bound_socket(address: str, port: int) -> socket.socket:
    """A socket bound to an address of this machine, which nobody else can bind as well; raises TrapError."""
    is_v6 = ip_address(address).version == 6
    bound = socket.socket(socket.AF_INET6 if is_v6 else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        if is_v6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        bound.setblocking(False)  # noqa: FBT003  # the library's signature
        bound.bind((address, port))
    except OSError as error:
        bound.close()
        raise TrapError(f"traps: UDP port {port} of {address}: {_remedy(error, port)}") from error
    return bound


def _remedy(error: OSError, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return "is taken; stop what receives traps there, such as snmptrapd, or choose another `port`"
    if error.errno in {errno.EACCES, errno.EPERM} and port < 1024:
        return (
            "needs privileges; give the agent CAP_NET_BIND_SERVICE, or choose a `port` above 1023 and have the devices "
            "send there"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return "this machine does not have the address; correct `address`"
    return error.strerror or type(error).__name__


def answer(bound: socket.socket, datagram: bytes, receiver: Address) -> None:
    """Send an answer. One that cannot be sent is not sent again: who asked for it asks again."""
    try:
        bound.sendto(datagram, receiver)
    except OSError as error:
        _logger.debug("trap_answer_failed error=%r", error.strerror)


def host_of(sender: Address) -> str:
    """A sender's IP address, an IPv4 one as such even where it came in an IPv6 socket."""
    address = ip_address(str(sender[0]).partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
