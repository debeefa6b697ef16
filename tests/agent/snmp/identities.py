"""Who each public recording says it is, and the profile that this chooses: for tests of which devices get a profile."""

from collections.abc import Mapping
from functools import cache

from pydantic import SecretStr
from recordings import FOLDERS, Records, parsed

from agent.snmp.client import Client, Patience
from agent.snmp.credentials import Credentials
from agent.snmp.matching import SYS_DESCR, SYS_OBJECT_ID, choose, identify
from agent.snmp.profiles import known_profiles, load_profile


@cache
def identities() -> Mapping[str, Records]:
    """By recording what a profile's match asks for, and nothing else: small enough to play them all."""
    matches = [match for name in known_profiles() for match in load_profile(name).match]
    wanted = {SYS_DESCR, SYS_OBJECT_ID, *(oid for match in matches for oid in match.has)}
    found = {}
    for folder in FOLDERS:
        for path in sorted(folder.glob("*.snmprec")):
            lines = path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
            records = parsed(line for line in lines if line.partition("|")[0].strip() in wanted)
            # A device that says nothing of this still answers.
            found[path.stem] = records or {"1.3.6.1.2.1.1.3.0": "67|1"}
    return found


async def profile_chosen(port: int, name: str) -> str:
    """The profile for what is played on this port under the name as the community."""
    client = Client("127.0.0.1", port, Credentials(community=SecretStr(name)), Patience())
    try:
        return (await choose(client, await identify(client))).name
    finally:
        client.close()


async def recordings_that_choose(port: int, profile: str) -> set[str]:
    """Of all public recordings, whose `identities` are played on this port, those that get a profile."""
    return {name for name in identities() if await profile_chosen(port, name) == profile}
