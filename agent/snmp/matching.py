"""Finds out who a device is, and which profile is for it. Called by the poller and by the discovery."""

import re
from dataclasses import dataclass

from agent.snmp.client import Client
from agent.snmp.meaning import Raw, text_of
from agent.snmp.profile import Match, Profile
from agent.snmp.profiles import GENERIC, known_profiles, load_profile

SYS_DESCR, SYS_OBJECT_ID, SYS_UPTIME = "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.3.0"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a device says of itself in the system group (RFC 3418)."""

    description: str | None
    object_id: str | None


async def identify(client: Client) -> Identity:
    """Ask a device who it is; raises DeviceError where it does not answer."""
    found = await client.get([SYS_DESCR, SYS_OBJECT_ID])
    description, object_id = found.get(SYS_DESCR), found.get(SYS_OBJECT_ID)
    return Identity(
        text_of(description) if isinstance(description, bytes) else None,
        object_id.lstrip(".") if isinstance(object_id, str) else None,
    )


async def choose(client: Client, identity: Identity) -> Profile:
    """The profile for a device: of those that match it the most particular, else the generic one."""
    fitting = [
        (match, profile)
        for profile in map(load_profile, known_profiles())
        for match in profile.match
        if _fits(match, identity)
    ]
    wanted = sorted({oid for match, _ in fitting for oid in match.has})
    has: dict[str, Raw] = await client.get(wanted) if wanted else {}
    fitting = [(match, profile) for match, profile in fitting if not match.has or any(oid in has for oid in match.has)]
    if not fitting:
        return load_profile(GENERIC)
    return max(fitting, key=lambda pair: _particularity(pair[0]))[1]


def _fits(match: Match, identity: Identity) -> bool:
    if match.object_id is not None and not f"{identity.object_id}.".startswith(f"{match.object_id}."):
        return False
    return match.description is None or re.search(match.description, identity.description or "") is not None


def _particularity(match: Match) -> tuple[int, int]:
    return len((match.object_id or "").split(".")), bool(match.description) + bool(match.has)
