"""Runs a few waits at once and ends when all have ended, whatever becomes of one.

For the probes. A TaskGroup of Python 3.11 can lose a cancellation that meets the failure of one of its tasks, and
`asyncio.gather` by itself leaves the others running behind.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def together(*waits: Coroutine[Any, Any, T]) -> list[T]:
    """The results in order; or, when all have ended, the exception of the first that raised one.

    A cancellation of the caller cancels them all.
    """
    outcomes = await asyncio.gather(*waits, return_exceptions=True)
    results: list[T] = []
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
        results.append(outcome)
    return results
