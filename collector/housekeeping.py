"""What is to be done now and then: the store's own upkeep by every collector, the state's by the elected one."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collector.election import Election
from collector.state.housekeeping import prune
from collector.stores import Store, StoreError

STORE_EVERY_SECONDS = 300.0
STATE_EVERY_SECONDS = 3600.0
_logger = logging.getLogger(__name__)


async def keep_store(store: Store, clock: Callable[[], datetime]) -> None:
    """Have the store roll up and forget until cancelled. What fails is tried again the next time."""
    while True:
        try:
            await store.maintain(clock())
        except StoreError as error:
            _logger.error("store_not_maintained error=%r", str(error))  # noqa: TRY400  # told in a line, tried again
        await asyncio.sleep(STORE_EVERY_SECONDS)


async def keep_state(state: Engine, election: Election, clock: Callable[[], datetime]) -> None:
    """Prune the state database until cancelled, for as long as this collector is the elected one."""
    while True:
        await election.elected()
        try:
            await asyncio.to_thread(prune, state, clock())
        except SQLAlchemyError as error:
            _logger.error("state_not_pruned error=%r", str(error.__cause__ or error))  # noqa: TRY400  # told in a line, tried again
        await asyncio.sleep(STATE_EVERY_SECONDS)
