"""Asking for the addresses of a name. Blocks in threads of its own, so that a name server that does not answer takes
nothing from whoever else needs a thread, and does not keep the collector from ending.

For `client`; every address that comes from here is judged before it is connected to (`gate`).
"""

import asyncio
import socket
import threading
from collections import Counter

from aiohttp.abc import AbstractResolver, ResolveResult

_AT_ONCE = 32
"""Look-ups that may wait for name servers. A system gives one up after some ten seconds; what comes beyond fails."""
_OF_A_FAMILY = 4
"""Addresses of IPv4, and of IPv6, that are tried of one name. A name server may answer with hundreds."""


class SystemNames(AbstractResolver):
    """The system's own way: its files and its name servers."""

    def __init__(self) -> None:
        self._waiting = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a host; raises OSError."""
        if self._waiting >= _AT_ONCE:
            raise OSError("too many look-ups wait for name servers already")
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[list[ResolveResult]] = loop.create_future()

        def settle(found: list[ResolveResult], error: OSError | None) -> None:
            self._waiting -= 1
            if outcome.done():
                return  # nobody waits any more
            if error is None:
                outcome.set_result(found)
            else:
                outcome.set_exception(error)

        def look_up() -> None:
            found, error = [], None
            try:
                found = _look_up(host, port, family)
            except (OSError, UnicodeError) as caught:
                error = caught if isinstance(caught, OSError) else OSError("it cannot be a name")
            try:
                loop.call_soon_threadsafe(settle, found, error)
            except RuntimeError:
                return  # the loop has ended

        self._waiting += 1
        threading.Thread(target=look_up, name="outward name look-up", daemon=True).start()
        return await outcome

    async def close(self) -> None:
        """Nothing is held open."""


class FewAddresses(AbstractResolver):
    """Another resolver's answers, cut to the first few addresses of each family."""

    def __init__(self, names: AbstractResolver) -> None:
        self._names = names

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The first addresses of a host; raises OSError."""
        counted: Counter[int] = Counter()
        kept = []
        for found in await self._names.resolve(host, port, family):
            counted[found["family"]] += 1
            if counted[found["family"]] <= _OF_A_FAMILY:
                kept.append(found)
        if not kept:
            raise OSError("name servers know no address")
        return kept

    async def close(self) -> None:
        """The other resolver is its maker's."""


def _look_up(host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
    found = socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [
        ResolveResult(
            hostname=host, host=str(address[0]), port=port, family=kind, proto=proto, flags=socket.AI_NUMERICHOST
        )
        for kind, _, proto, _, address in found
    ]
