"""Bounds what is sent to the pages and the API, so that nobody fills the memory or holds a connection for ever."""

import asyncio

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 1024 * 1024
"""What the API reads at most: 500 changes of orders, each with a long note. Forms have less: see `forms`."""
WITHIN_SECONDS = 60.0
"""A form of 64 KiB is through in that over the worst connection that a phone calls one."""


class BoundedBodies:
    """ASGI middleware. Whoever reads more of a body, or waits longer for it, gets HTTPException: 413 or 408."""

    def __init__(self, app: ASGIApp, *, most_bytes: int = MOST_BYTES, within_seconds: float = WITHIN_SECONDS) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._within_seconds = within_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a body that is counted while it is read."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        until = asyncio.get_running_loop().time() + self._within_seconds
        read_bytes, is_whole = 0, False

        async def bounded() -> Message:
            nonlocal read_bytes, is_whole
            if is_whole:
                return await receive()  # waits for the end of the connection, however long the answer takes
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError as error:
                raise HTTPException(408, "what was sent did not come to its end; send it again") from error
            read_bytes += len(message.get("body", b""))
            if read_bytes > self._most_bytes:
                raise HTTPException(413, f"more than {self._most_bytes} bytes were sent; send less at once")
            is_whole = not message.get("more_body", False)
            return message

        await self._app(scope, bounded, send)
