"""An invitation: what a technician brings to an access point that is to be enrolled. Pure.

In one line it is what the collector's QR code holds: `hangang-enrolment:?url=…&agent=…&token=…&authority-sha256=…`.
"""

import ipaddress
import re
from typing import Annotated
from urllib.parse import parse_qsl

from pydantic import AfterValidator, Field

from agent.probing.web_address import parse_web_address
from agent.settings import SettingsModel
from agent.wire import AgentId

_BEGINNING = "hangang-enrolment:?"
_OPTIONS = {
    "url": "--url",
    "agent": "--agent",
    "token": "--token-file",  # nosec B105  # an option's name
    "authority-sha256": "--authority-sha256",
}
"""The parts of a line, and the option of the command that says the same."""


def _must_be_safe(url: str) -> str:
    address = parse_web_address(url)
    if "?" in url or "#" in url:
        raise ValueError("must end after its path")
    if not address.is_https and not _is_this_machine(address.host):
        raise ValueError("must begin with https://: a token goes in the clear to this machine only")
    return address.url.rstrip("/")


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _must_be_a_token(text: str) -> str:
    token = text.strip()
    if not re.fullmatch(r"[!-~]{8,256}", token):
        raise ValueError("is no token; take all of it, and nothing else")
    return token


def _must_be_a_sha256(text: str) -> str:
    digits = text.replace(":", "").lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise ValueError("must be 64 hexadecimal digits, with or without colons")
    return digits


class Invitation(SettingsModel):
    """Where the collector is, which agent this is to be, its one-time token, and the SHA-256 of the certificate (DER)
    of the one authority that the agent is to believe. Under the names of the command's options."""

    url: Annotated[str, AfterValidator(_must_be_safe)] = Field(alias="--url")
    agent: AgentId = Field(alias="--agent")
    token: Annotated[str, AfterValidator(_must_be_a_token)] = Field(alias="--token-file", repr=False)
    authority_sha256: Annotated[str, AfterValidator(_must_be_a_sha256)] = Field(alias="--authority-sha256")


def parts_of(line: str) -> dict[str, str]:
    """What a line says, by option, not yet checked; raises ValueError, which quotes nothing of it, for no such line."""
    line = line.strip()
    if not line.startswith(_BEGINNING):
        raise ValueError(f"is no invitation; take the whole line, which begins with {_BEGINNING}")
    try:
        parts = parse_qsl(line.removeprefix(_BEGINNING), strict_parsing=True, max_num_fields=len(_OPTIONS))
    except ValueError as error:
        raise ValueError("is no whole invitation; take the line as it was printed, in quotes") from error
    return {_OPTIONS.get(name, name): value for name, value in parts}
