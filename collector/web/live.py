"""Tells open pages when what they show has changed, by server-sent events: `/events`.

An event says no more than that; the page asks for itself again. So nobody is told what they may not see, and a page is
the same with and without script.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from enum import StrEnum

from fastapi import HTTPException, Request
from fastapi.responses import Response, StreamingResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.state.alert_changes import alert_mark
from collector.state.orders import newest_change
from collector.web.guard import find_identity
from collector.web.routing import Page, identity_of
from collector.web.services import Services

LOOKS_EVERY_SECONDS = 2.0
FLEET_AT_MOST_EVERY_LOOKS = 5
"""Reports come all the time, and a page of a city is not made for nothing."""
MOST_READERS = 500
MOST_OF_ONE_PERSON = 20
"""Streams, so that nobody alone takes all that there are. Pages that are not in sight have none."""
PROVEN_EVERY_LOOKS = 30
"""A stream without a word is cut by proxies, and a session may have ended meanwhile."""
PATH = "/events"


class Topic(StrEnum):
    """What a page may show."""

    FLEET = "fleet"
    ORDERS = "orders"
    ALERTS = "alerts"


class _Listener:
    """What one reader has not been sent yet: of each topic the last number alone, so that one who reads slowly, or not
    at all, takes no more memory by that."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._changed: dict[Topic, int] = {}
        self._looks = 0
        self._is_over = False
        self._told = asyncio.Event()

    def tell(self, changed: Mapping[Topic, int]) -> None:
        """That was found by another look."""
        self._changed |= changed
        self._looks += 1
        self._told.set()

    def end(self) -> None:
        """There is nothing more to come."""
        self._is_over = True
        self._told.set()

    async def heard(self) -> tuple[int, Mapping[Topic, int]] | None:
        """How often was looked by now, and what has changed since this was asked last; None at the end."""
        await self._told.wait()
        self._told.clear()
        if self._is_over:
            return None
        changed, self._changed = self._changed, {}
        return self._looks, changed


class Live:
    """One for all readers: looks for changes as long as anybody reads."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._readers: set[_Listener] = set()
        self._looking: asyncio.Task[None] | None = None

    def routes(self) -> list[BaseRoute]:
        """The one."""
        return [Page(PATH, self._answer, needs=Permission.READ)]

    def close(self) -> None:
        """End all streams: a collector that stops does not wait for its readers."""
        for reader in self._readers:
            reader.end()
        if self._looking is not None:
            self._looking.cancel()

    async def _answer(self, request: Request) -> Response:
        topics = frozenset(
            Topic(word) for word in request.query_params.get("topics", "").split() if word in list(Topic)
        )
        if not topics:
            raise HTTPException(400)
        name = identity_of(request).name
        if sum(reader.name == name for reader in self._readers) >= MOST_OF_ONE_PERSON:
            raise HTTPException(429, headers={"Retry-After": "60"})
        if len(self._readers) >= MOST_READERS:
            raise HTTPException(503, headers={"Retry-After": "60"})
        return StreamingResponse(
            self._stream(request, topics), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
        )

    async def _stream(self, request: Request, topics: frozenset[Topic]) -> AsyncIterator[str]:
        reader = _Listener(identity_of(request).name)
        self._readers.add(reader)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name="look for what has changed")
        try:
            yield "retry: 5000\n\n"
            proven = 0
            while (heard := await reader.heard()) is not None:
                looks, changed = heard
                for topic in sorted(topics & changed.keys()):
                    yield f"event: {topic}\ndata: {changed[topic]}\n\n"
                if looks - proven >= PROVEN_EVERY_LOOKS:
                    proven = looks
                    if not await self._may_go_on(request):
                        return
                    yield ": still here\n\n"
        finally:
            self._readers.discard(reader)

    async def _may_go_on(self, request: Request) -> bool:
        """Whether the session has not ended, as far as can be told."""
        try:
            return await find_identity(request, self._services.state, self._services.clock()) is not None
        except SQLAlchemyError:
            return True

    async def _look(self) -> None:
        """Tell every reader what has changed, until there is none. A state that does not answer is asked again."""
        known = await self._numbers()
        looks = 0
        while self._readers:
            await asyncio.sleep(LOOKS_EVERY_SECONDS)
            looks += 1
            found = await self._numbers()
            if looks % FLEET_AT_MOST_EVERY_LOOKS:
                found[Topic.FLEET] = known.get(Topic.FLEET, 0)
            changed = {topic: number for topic, number in found.items() if known.get(topic) != number}
            known = known | found
            for reader in self._readers:
                reader.tell(changed)

    async def _numbers(self) -> dict[Topic, int]:
        numbers, state = {Topic.FLEET: self._services.fleet.changes}, self._services.state
        try:
            numbers[Topic.ORDERS] = await asyncio.to_thread(newest_change, state)
            numbers[Topic.ALERTS] = await asyncio.to_thread(alert_mark, state, self._services.clock())
        except SQLAlchemyError:
            return numbers
        return numbers
