"""The last step before a connection: a socket is made for an address only where that may be called.

aiohttp asks for a socket for every address that it is about to connect to, whether it was written in a URL or
came from a name server, and connects it to that very address. It cannot be walked past by a name that has another
address the next time.
"""

import contextlib
import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING

from collector.outward.addresses import Network, refusal_of

if TYPE_CHECKING:  # a collector that calls nobody does without aiohttp
    from aiohttp import AddrInfoType


class Gate:
    """The sockets of one call."""

    def __init__(self, allowed: Sequence[Network]) -> None:
        self.refusals: dict[str, None] = {}
        self._allowed = allowed
        self._sockets: list[socket.socket] = []
        self._is_shut = False

    @property
    def has_opened(self) -> bool:
        """Whether there was an address that may be called."""
        return bool(self._sockets)

    def open(self, info: "AddrInfoType") -> socket.socket:
        """A socket for an address; raises OSError where it is not to be called, and notes why in `refusals`.

        The address must be written as one, and without a scope: asyncio would ask a name server for anything else.
        """
        family, kind, protocol, _, address = info
        if self._is_shut:
            raise OSError("no more calls are made")
        refusal = refusal_of(str(address[0]), self._allowed)
        if refusal is not None:
            self.refusals[refusal] = None
            raise OSError(refusal)
        opened = socket.socket(family, kind, protocol)
        self._sockets.append(opened)
        return opened

    def shut(self) -> None:
        """End every connection, and let none begin.

        A closed connection would live on until the receiver has taken what was written to it, which it may never do.
        """
        self._is_shut = True
        for opened in self._sockets:
            with contextlib.suppress(OSError):  # it is closed
                opened.shutdown(socket.SHUT_RDWR)
