"""Asks every address of some networks who it is, by SNMP GET and nothing else. Called by `hangang-agent discover`.

At a bounded rate: each address gets one small request (and one more where it does not answer), and those that do answer
a few, from which their profile, model and serial follow.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from agent.rates import Counters
from agent.snmp.client import Client, DeviceError, Patience
from agent.snmp.credentials import Credentials
from agent.snmp.matching import Identity, choose, identify
from agent.snmp.meaning import plain
from agent.snmp.moment import NO_ROW, Moment
from agent.snmp.profile import Profile, Value
from agent.snmp.restarts import Restarts
from agent.snmp.values import compiled

MAX_ADDRESSES = 65_536
"""More than that take longer than anybody waits for."""
_AT_ONCE = 200
"""Addresses that are waited for at one time: at the rate above, two seconds' worth."""
_IDENTITY = ("vendor", "model", "serial", "name", "firmware")

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Found:
    """A device that answers: who it is, as far as GETs tell, and the profile that is for it."""

    host: str
    description: str | None
    profile: str
    title: str
    describes: str
    vendor: str | None = None
    model: str | None = None
    serial: str | None = None
    name: str | None = None
    firmware: str | None = None


async def discover(
    networks: Sequence[Network],
    credentials: Credentials,
    *,
    port: int = 161,
    per_second: float,
    patience: Patience = Patience(timeout_seconds=1.0, retries=1),  # noqa: B008  # frozen
) -> AsyncIterator[Found]:
    """Each device that answers, as soon as it has."""
    found: asyncio.Queue[Found | None] = asyncio.Queue()
    asking = asyncio.create_task(
        _ask_all(_hosts(networks), credentials, found, port=port, patience=patience, per_second=per_second),
        name="discovery",
    )
    try:
        while (device := await found.get()) is not None:
            yield device
        await asking
    finally:
        asking.cancel()
        await asyncio.wait([asking])


async def _ask_all(
    hosts: Iterator[str],
    credentials: Credentials,
    found: "asyncio.Queue[Found | None]",
    *,
    port: int,
    patience: Patience,
    per_second: float,
) -> None:
    loop = asyncio.get_running_loop()
    room = asyncio.Semaphore(_AT_ONCE)

    async def ask(host: str) -> None:
        try:
            device = await _ask(host, credentials, port, patience)
        except DeviceError:
            return  # nobody there, or nobody for us
        finally:
            room.release()
        found.put_nowait(device)

    try:
        async with asyncio.TaskGroup() as group:
            turn = loop.time()
            for host in hosts:
                await room.acquire()
                await asyncio.sleep(max(0.0, turn - loop.time()))
                turn = max(turn, loop.time() - 1.0) + 1 / per_second
                group.create_task(ask(host), name=f"discovery of {host}")
    finally:
        found.put_nowait(None)


async def _ask(host: str, credentials: Credentials, port: int, patience: Patience) -> Found:
    client = Client(host, port, credentials, patience)
    try:
        identity = await identify(client)
        profile = await choose(client, identity)
        told = await _read_device(client, profile)
    finally:
        client.close()
    return _found(host, identity, profile, told)


def _found(host: str, identity: Identity, profile: Profile, told: dict[str, str]) -> Found:
    vendor = told.pop("vendor", None) or profile.vendor
    return Found(host, identity.description, profile.name, profile.title, profile.describes, vendor, **told)


async def _read_device(client: Client, profile: Profile) -> dict[str, str]:
    """What of the device's identity stands in objects without a row; tables would have to be walked."""
    fields = {name: value for name, value in profile.device.items() if name in _IDENTITY}
    scalars = await client.get(sorted({oid for value in fields.values() for oid in _oids(value)}))
    moment = Moment(scalars, {}, Counters(), Restarts(), 0.0)
    told = {name: compiled(value, name)(moment, NO_ROW) for name, value in fields.items()}
    texts = {name: plain(meaning) for name, meaning in told.items()}
    return {
        name: "".join(filter(str.isprintable, str(text)))
        for name, text in texts.items()
        if text is not None and not isinstance(text, bytes)
    }


def _oids(value: Value) -> Iterator[str]:
    if value.oid is not None and value.table is None:
        yield value.oid
    for inner in value.inner():
        yield from _oids(inner)


def _hosts(networks: Sequence[Network]) -> Iterator[str]:
    """The addresses of hosts, each once."""
    seen: set[str] = set()
    for network in networks:
        for address in network.hosts():
            if (host := str(address)) not in seen:
                seen.add(host)
                yield host
