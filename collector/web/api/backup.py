"""The points of the embedded store as a backup takes them, for the command on the collector's machine alone.

One process holds the file, so it is the collector that reads it. One backup is made after the other, and none lasts for
ever: what was deleted since it began stays in the file until it ends.
"""

import asyncio
import logging
from collections.abc import Generator

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from collector.access.identity import Means
from collector.backup.pieces import MEDIA_TYPE, CopyingStore, encoded
from collector.web.problems import ProblemError
from collector.web.routing import identity_of
from collector.web.services import Services

WITHIN_SECONDS = 6 * 3600.0
_logger = logging.getLogger(__name__)


def backup_router(services: Services) -> APIRouter:
    """`/backup/points`, which is no part of what is described to programs."""
    router = APIRouter(prefix="/backup", include_in_schema=False)
    making = asyncio.Lock()

    @router.get("/points", dependencies=[Depends(_only_the_command)])
    async def points() -> Response:
        """All points that are stored now."""
        if not isinstance(services.store, CopyingStore):
            raise ProblemError(409, "the engine keeps the points itself, and makes its own backups")
        if making.locked():
            raise ProblemError(409, "a backup is being made already; wait until it has ended")
        return _PointsAnswer(services.store, making)

    return router


def _only_the_command(request: Request) -> None:
    """Who may read everything at once is who may read the collector's files. Raises ProblemError."""
    if identity_of(request).means is not Means.COMMAND:
        raise ProblemError(403, "only the command on the collector's machine may do this: hangang backup")


class _PointsAnswer(Response):
    """An answer that holds a state of the store for as long as it is being sent, and no longer."""

    def __init__(self, store: CopyingStore, making: asyncio.Lock) -> None:
        super().__init__(media_type=MEDIA_TYPE)
        self._store = store
        self._making = making

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send all of it, or break off."""
        stream = _read(self._store)
        async with self._making, asyncio.timeout(WITHIN_SECONDS):
            try:
                await StreamingResponse(stream, media_type=MEDIA_TYPE)(scope, receive, send)
            finally:
                await asyncio.to_thread(stream.close)


def _read(store: CopyingStore) -> Generator[bytes, None, None]:
    with store.copy() as points:
        yield from encoded(points)
    _logger.info("points_copied rows=%d", sum(table.rows for table in points.tables.values()))
