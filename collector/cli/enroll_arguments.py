"""What `hangang enroll` takes: ids of agents, hosts, addresses. Pure."""

import argparse
import ipaddress
import re
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from agent.wire import AgentId

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")
_AGENT: TypeAdapter[str] = TypeAdapter(AgentId)


def agent_id(text: str) -> str:
    """An agent's id."""
    try:
        return _AGENT.validate_python(text)
    except ValidationError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no agent's id: lower-case letters, digits and hyphens, 1 to 63"
        ) from error


def host(text: str) -> str:
    """A host's name or address, as it stands in a certificate."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        if not _HOST.fullmatch(text):
            raise argparse.ArgumentTypeError(f"{text!r} is no host's name or address") from error
        return text.lower()


def collector_url(text: str) -> str:
    """Where a collector is, without a slash at its end."""
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", text) or not _can_be_taken_apart(text):
        raise argparse.ArgumentTypeError(f"{text!r} must look like https://wifi.example.org")
    return text.rstrip("/")


def _can_be_taken_apart(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def is_private(url: str) -> bool:
    """Whether a token that goes there can be read by nobody else."""
    parts = urlsplit(url)
    try:
        return parts.scheme == "https" or ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return parts.hostname == "localhost"
