"""Where a call goes: a URL that will do, with what may be told of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collector.outward.addresses import Network, literal_refusal
from collector.outward.call_errors import CallError

if TYPE_CHECKING:  # a collector that calls nobody does without
    from yarl import URL

_PLAIN = re.compile(r"[!-~]+")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_HEADER_VALUE = re.compile(r"[^\x00-\x1f\x7f]*")
_OURS = {
    "accept-encoding", "connection", "content-length", "cookie", "expect", "host", "te", "trailer",
    "transfer-encoding", "upgrade", "user-agent",
}  # fmt: skip
_BODY_BYTES = 2**20
"""Beyond what receivers take (PagerDuty: 512 kB), and what aiohttp sends in one piece without a warning."""


@dataclass(frozen=True, slots=True)
class Target:
    """`origin` is the scheme, host and port, which may be shown; the rest of a URL may be as good as a password."""

    origin: str
    url: "URL" = field(repr=False)


def target_of(url: str, allowed: Sequence[Network]) -> Target:
    """Where a URL leads; raises CallError, for good, where nothing can be called there or nothing may be."""
    parsed = _parsed(url)
    if parsed is None:
        raise _refused("the address of a receiver is no URL")
    origin = str(parsed.origin())
    if parsed.scheme not in {"http", "https"}:
        raise _refused(f"the address {origin} must begin with http:// or https://")
    if parsed.raw_user is not None or parsed.raw_password is not None:
        raise _refused(f"the address of {origin} must hold no user and no password; send them in a header")
    if not parsed.port:
        raise _refused(f"the address of {origin} must name a port from 1 to 65535")
    refusal = literal_refusal(url, allowed)
    if refusal is not None:
        raise _refused(f"{origin} is not called: {refusal}")
    return Target(origin, parsed.with_fragment(None))


def check_message(headers: Mapping[str, str], body: bytes, origin: str) -> None:
    """Raises CallError, for good, where headers are not a message's own or hold what would end them, or the body is too
    long."""
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise _refused(f"a header for {origin} has signs in it that no header may have")
        if name.lower() in _OURS:
            raise _refused(f"the header {name} for {origin} is the client's own; leave it out")
    if len(body) > _BODY_BYTES:
        raise _refused(f"a message of {len(body)} bytes for {origin} is longer than any receiver takes")


def _parsed(url: str) -> "URL | None":
    """As it was written, where it can be: writing it anew would decode parts of it that its maker may have signed."""
    from yarl import URL  # noqa: PLC0415  # a collector that calls nobody does not pay for it

    try:
        parsed = URL(url, encoded=bool(_PLAIN.fullmatch(url)))
        str(parsed.origin())  # which looks at its port too
    except ValueError:
        return None
    return parsed


def _refused(message: str) -> CallError:
    return CallError(message, is_permanent=True)
