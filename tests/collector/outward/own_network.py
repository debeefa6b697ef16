"""Calls to addresses that a test's own machine does not have: a process in a network of its own, where they lead to its
one receiver. Started by `test_outward_network`; tells what became of each call, as JSON.

Arguments: an address, and a network that allows it, as many times as there are; `-` where none is needed.
"""

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from receivers import NameServer, answering, call_to, page

from collector.outward.addresses import parse_network
from collector.outward.call_errors import CallError
from collector.outward.calling import Caller


@dataclass
class Everywhere:
    """A receiver at every address of the machine, whatever the family."""

    port: int = 0
    connections: int = 0
    answer: bytes = page("200 OK")

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.connections += 1
            await answering(self.answer)(reader, writer)

        listener = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
        self.port = listener.getsockname()[1]
        server = await asyncio.start_server(converse, sock=listener)
        yield
        server.close()

    async def count(self) -> int:
        """How many have come since this was last asked. This comes as well, so that all before it are counted."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
        await reader.read()
        writer.close()
        await writer.wait_closed()
        found, self.connections = self.connections - 1, 0
        return found


async def outcome(caller: Caller, receiver: Everywhere, host: str) -> dict[str, object]:
    try:
        told = str((await caller.call(call_to(receiver.port, host=host))).status)
    except CallError as error:
        told = str(error)
    return {"told": told, "connections": await receiver.count()}


async def calls_to(address: str, allowed: str, receiver: Everywhere) -> dict[str, object]:
    """By the address itself and by a name for it, without and with leave."""
    literal = f"[{address}]" if ":" in address else address
    found: dict[str, object] = {}
    for leave, networks in (("refused", []), ("allowed", [] if allowed == "-" else [parse_network(allowed)])):
        async with NameServer([address]).serving() as names:
            caller = Caller(networks, resolver=names)
            found[leave] = {
                "literal": await outcome(caller, receiver, literal),
                "name": await outcome(caller, receiver, "hooks.example"),
            }
    return found


async def main() -> None:
    addresses = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=True))
    receiver = Everywhere()
    async with receiver.listening():
        found = {address: await calls_to(address, allowed, receiver) for address, allowed in addresses.items()}
        async with NameServer(["93.184.216.34"], ["127.0.0.1"], ["169.254.169.254", "::1"]).serving() as names:
            caller = Caller(resolver=names)
            found["rebound"] = {n: await outcome(caller, receiver, "hooks.example") for n in ("1", "2", "3")}
        async with NameServer(["10.1.2.3", "93.184.216.34", "::1"]).serving() as names:
            found["mixed"] = {"1": await outcome(Caller(resolver=names), receiver, "hooks.example")}
        receiver.answer = page("307 Over There", b"", f"Location: http://169.254.169.254:{receiver.port}/")
        found["redirected"] = {"1": await outcome(Caller(), receiver, "93.184.216.34")}
    print(json.dumps(found))


asyncio.run(main())
