"""What is to be done now and then: the store's own upkeep and Python's by every collector, the state's by the elected
one."""

import asyncio
import ctypes
import gc
import itertools
import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collector.election import Election
from collector.state.housekeeping import prune
from collector.stores import Store, StoreError

STORE_EVERY_SECONDS = 60.0
STATE_EVERY_SECONDS = 3600.0
NEWEST_GARBAGE_EVERY_SECONDS = 10.0
ALL_GARBAGE_EVERY_LOOKS = 6
HEAPS_AT_MOST = 2
ARRAY_BYTES_ON_THEIR_OWN = 128 * 1024
"""What the C library begins with; said once, it stays so."""
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
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


async def collect_garbage() -> None:
    """Look for circles of objects at set times, until cancelled, instead of with every few hundred objects made.

    All that a frame makes is freed by counting references; to look through it as often as Python does by itself costs
    as much as decoding it. What are circles is little: some hundred objects a second, and what a page leaves. The
    newest objects are looked through every ten seconds, all of them every minute.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        for looks in itertools.count(1):
            await asyncio.sleep(NEWEST_GARBAGE_EVERY_SECONDS)
            gc.collect(2 if looks % ALL_GARBAGE_EVERY_LOOKS == 0 else 0)
            give_back_free_memory()
    finally:
        gc.enable()
        gc.unfreeze()


def give_back_free_memory() -> None:
    """Give the system what was freed: the C library keeps the pages between what is in use, 10 to 15 MB of a city.

    Does nothing where the C library cannot (musl, macOS). Source: malloc_trim(3).
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def keep_heaps_small() -> None:
    """Have the C library hold few heaps, and none of the large arrays in them: for the start, before there are threads.

    By itself it gives every thread a heap of its own, and learns from the first large array that is freed to keep those
    that follow in one, where what is allocated between them holds their pages: 40 MB of a city of 25,000 access points.
    Does nothing where the C library cannot (musl, macOS). Source: mallopt(3).
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(_M_ARENA_MAX, HEAPS_AT_MOST)
        set_option(_M_MMAP_THRESHOLD, ARRAY_BYTES_ON_THEIR_OWN)
