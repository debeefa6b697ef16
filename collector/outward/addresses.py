"""Whether an address may be called. Pure: nothing here asks a name server.

Called for every address right before it is connected to (`gate`), and for those that stand in configuration.
"""

import re
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated

from pydantic import BeforeValidator

from collector.outward.ranges import GLOBAL_UNICAST, LOCAL_NAT64, METADATA, NAT64, REFUSED_IPV4, REFUSED_IPV6

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

REMEDY = "name its network in allowed_networks of [alerts] if it is meant to be called"

_MAPPED = IPv6Network("::ffff:0:0/96")
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)  # RFC 5214, section 6.1: the upper half of an interface's identifier
_LOOPBACK = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
_NUMBERS = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+)){0,3}")


def refusal_of(address: str, allowed: Sequence[Network]) -> str | None:
    """Why an address is not called, as in `127.0.0.1 is a loopback address`; None where it may be.

    An allowed network lifts the refusal for the addresses in it. An IPv4-mapped address counts as its IPv4 address, and
    one of NAT64 as what it leads to. Where clouds keep secrets, only a network of that one address lifts it. What is no
    address, or one with a scope (`fe80::1%eth0`), is refused whatever is allowed.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return f"{address} is no address"
    if isinstance(found, IPv6Address) and found.scope_id is not None:
        return f"{address} is an address of one link only"
    words = _refusal(found, allowed)
    return None if words is None else f"{address} {words}"


def literal_refusal(url: str, allowed: Sequence[Network]) -> str | None:
    """What can be said against the host of a URL without asking for its name, with a remedy; None where that is
    nothing.

    For configuration that is being read. A host that is a number in another spelling (`2130706433`, `0x7f.1`) is
    refused as the address that it stands for, or for its spelling where that address may be called.
    """
    from yarl import URL  # noqa: PLC0415  # a collector that calls nobody does not pay for it

    try:
        host = (URL(url).raw_host or "").lower().rstrip(".")  # read as the client reads it, so that both mean the same
    except ValueError:
        return None  # it is no URL, which others say
    if "%" in host:
        return refusal_of(host, allowed)
    if host == "localhost" or host.endswith(".localhost"):
        is_allowed = any(network[0] in loopback for network in allowed for loopback in _LOOPBACK)
        return None if is_allowed else f"{host} is this machine (RFC 6761); {REMEDY}"
    address = host if ":" in host else _address_in_numbers(host)
    refusal = None if address is None else refusal_of(address, allowed)
    if address not in {host, None}:
        if refusal is None:
            return f"{host} stands for {address}; write that"
        refusal = f"{host} stands for {address}, which {refusal.removeprefix(f'{address} ')}"
    return None if refusal is None else f"{refusal}; {REMEDY}"


def parse_network(text: object) -> Network:
    """A network that is to be called although it is refused by itself; raises ValueError with a remedy.

    It must lie within one of the refused ranges: a wider one would lift more than anybody means, and a public one has
    no effect, since public addresses are called anyway.
    """
    try:
        network = ip_network(text) if isinstance(text, str) else None
    except ValueError:
        network = None
    if network is None:
        raise ValueError("is no network; write it as in 10.20.0.0/16, with no bits set beyond its length")
    if network[0] in _MAPPED or network[0] in NAT64:
        raise ValueError(f"{network} stands for addresses of IPv4; name their network instead")
    ranges: list[Network] = [*(wide for wide, _ in REFUSED_IPV4), *(wide for wide, _ in REFUSED_IPV6)]
    is_one_of_secrets = network.num_addresses == 1 and network[0] in METADATA
    if not is_one_of_secrets and not any(network[0] in wide and network[-1] in wide for wide in ranges):
        raise ValueError(
            f"{network} is not within a range that is refused: public addresses are called anyway, and of private "
            "ranges name no more than the receivers' own networks"
        )
    return network


AllowedNetwork = Annotated[Network, BeforeValidator(parse_network)]
"""A network in settings."""


def _refusal(address: Address, allowed: Sequence[Network]) -> str | None:
    inner = _inner(address)
    inner_words = None if inner is None else _refusal(inner, allowed)
    if address in _MAPPED:
        return None if inner_words is None else f"is {inner}, which {inner_words}"
    leads_astray = None if inner_words is None else f"leads to {inner}, which {inner_words}"
    if address in METADATA:
        is_named = any(network.num_addresses == 1 and address in network for network in allowed)
        return None if is_named else "is where a cloud keeps the secrets of its machines"
    if inner in METADATA:
        return leads_astray
    if any(address in network for network in allowed):
        return None
    words = _range_of(address)
    return leads_astray if words is None else f"is {words}"


def _range_of(address: Address) -> str | None:
    if isinstance(address, IPv4Address):
        return next((words for network, words in REFUSED_IPV4 if address in network), None)
    words = next((words for network, words in REFUSED_IPV6 if address in network), None)
    return words or (None if address in GLOBAL_UNICAST or address in NAT64 else "a reserved address")


def _inner(address: Address) -> IPv4Address | None:
    """The IPv4 address that packets to an address of IPv6 come to in the end, where its form says that there is one."""
    if isinstance(address, IPv4Address):
        return None
    if address.teredo is not None:
        return address.teredo[1]
    if address.sixtofour is not None:
        return address.sixtofour
    number = int(address)
    is_compatible = number >> 32 == 0
    is_isatap = number >> 32 & 0xFFFF_FFFF in _ISATAP
    is_translated = any(address in network for network in (_MAPPED, NAT64, LOCAL_NAT64))
    return IPv4Address(number & 0xFFFF_FFFF) if is_compatible or is_isatap or is_translated else None


def _address_in_numbers(host: str) -> str | None:
    """The address that a host stands for which is written in numbers, as the system takes it."""
    if not _NUMBERS.fullmatch(host):
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None
