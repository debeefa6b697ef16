"""What waits while the present goes first: bundles of a backlog, taken apart a few at a time.

An agent has one bundle on the way at most, so what waits is bounded by the number of agents, and in bytes.
"""

import asyncio
from collections import deque
from datetime import datetime
from typing import NamedTuple

from agent.wire import Topic

MAX_WAITING_BYTES = 64 * 1024 * 1024


class Waiting(NamedTuple):
    """A message of the past."""

    topic: Topic
    payload: bytes
    received_at: datetime
    is_retained: bool


class Backlog:
    """First come, first served. What does not fit is its agent's to send again."""

    def __init__(self, max_bytes: int = MAX_WAITING_BYTES) -> None:
        self._max_bytes = max_bytes
        self._messages: deque[Waiting] = deque()
        self._has_messages = asyncio.Event()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, message: Waiting) -> bool:
        """Whether there was room for it."""
        if self.bytes + len(message.payload) > self._max_bytes:
            return False
        self.bytes += len(message.payload)
        self._messages.append(message)
        self._has_messages.set()
        return True

    async def next(self) -> Waiting:
        """The message that waits longest, as soon as there is one."""
        await self._has_messages.wait()
        message = self._messages.popleft()
        self.bytes -= len(message.payload)
        if not self._messages:
            self._has_messages.clear()
        return message
