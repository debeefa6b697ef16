"""`hangang-agent discover`: what answers by SNMP in a network, and a configuration block for each."""

import argparse
import json
import sys
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TYPE_CHECKING

from agent.settings import Mistake, SettingsError, check
from agent.snmp.credentials import Credentials

if TYPE_CHECKING:
    from agent.snmp.discovery import Found

EXIT_FAILURE = 1
ADDRESSES_PER_SECOND = 100.0
_COMMAND = Path("hangang-agent discover")
_CREDENTIALS = ("version", "community", "community_file", "user", "auth", "auth_key_file", "priv", "priv_key_file")


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--network", action="append", required=True, metavar="NETWORK", help="such as 10.20.0.0/24")
    parser.add_argument("--community-file", metavar="FILE", help="file that holds the community")
    parser.add_argument("--community", metavar="TEXT", help="the community itself; other users of the machine see it")
    parser.add_argument("--snmp-version", dest="version", default="2c", metavar="VERSION", help="1, 2c (default) or 3")
    parser.add_argument("--user", metavar="NAME", help="user of SNMPv3")
    parser.add_argument("--auth", metavar="PROTOCOL", help="such as sha256")
    parser.add_argument("--auth-key-file", metavar="FILE", help="file that holds its passphrase")
    parser.add_argument("--priv", metavar="PROTOCOL", help="such as aes128")
    parser.add_argument("--priv-key-file", metavar="FILE", help="file that holds its passphrase")
    parser.add_argument("--port", type=int, default=161, help="UDP port, 161 unless told")
    parser.add_argument("--per-second", type=float, default=ADDRESSES_PER_SECOND, help="addresses asked a second")


async def run(options: argparse.Namespace) -> int:
    """Print a block for each device that answers; 1 where none does. Raises SettingsError for wrong options."""
    from agent.snmp.discovery import MAX_ADDRESSES, discover  # noqa: PLC0415  # gufo-snmp is an extra

    networks = [_network(text) for text in options.network]
    given = {name: value for name in _CREDENTIALS if (value := getattr(options, name)) is not None}
    credentials = check(Credentials, given, _COMMAND)
    if not 1 <= options.port <= 65535:
        raise SettingsError([Mistake(_COMMAND, "--port", "must be from 1 to 65535")])
    if not 0 < options.per_second <= 10_000:
        raise SettingsError([Mistake(_COMMAND, "--per-second", "must be above 0, at most 10000")])
    addresses = sum(network.num_addresses for network in networks)
    if addresses > MAX_ADDRESSES:
        problem = f"{addresses} addresses are more than {MAX_ADDRESSES}; name smaller networks, one after the other"
        raise SettingsError([Mistake(_COMMAND, "--network", problem)])
    answered = 0
    async for found in discover(networks, credentials, port=options.port, per_second=options.per_second):
        print(block(found, given, options.port), flush=True)
        answered += 1
    print(f"{answered} of {addresses} addresses answer", file=sys.stderr)
    return 0 if answered else EXIT_FAILURE


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise SettingsError([Mistake(_COMMAND, "--network", f"{error}; such as 10.20.0.0/24")]) from error


def block(found: "Found", credentials: dict[str, str], port: int) -> str:
    """A device as TOML: a comment that says what it is, and its `[[sources]]` table."""
    who = " ".join(part for part in (found.vendor, found.model) if part) or found.description or "an unnamed device"
    details = [
        f"serial {found.serial}" if found.serial else None,
        f"firmware {found.firmware}" if found.firmware else None,
    ]
    told = ", ".join(part for part in (who, *details, f"profile {found.profile}, {found.describes}") if part)
    table: dict[str, str | int] = {"kind": "snmp", "host": found.host}
    if port != 161:
        table["port"] = port
    table |= {name: value for name, value in credentials.items() if (name, value) != ("version", "2c")}
    told = "".join(letter if letter.isprintable() else " " for letter in told)  # a device may say anything
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()]
    return "\n".join([f"# {found.host}: {' '.join(told.split())}", "[[sources]]", *lines, ""])
