"""What is done now and then, in a collector that otherwise leaves circles of objects alone."""

import asyncio
import gc
import weakref

import pytest

from collector import housekeeping


class Circle:
    """Refers to itself, as what a message leaves behind."""

    def __init__(self) -> None:
        self.itself = self


async def test_circles_of_objects_go_within_a_moment_though_python_does_not_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(housekeeping, "NEWEST_GARBAGE_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(housekeeping, "ALL_GARBAGE_EVERY_LOOKS", 1_000_000)
    collecting = asyncio.create_task(housekeeping.collect_garbage())
    await asyncio.sleep(0)
    assert not gc.isenabled()
    gone = asyncio.Event()
    circle = Circle()
    loop = asyncio.get_running_loop()
    weakref.finalize(circle, loop.call_soon, gone.set)
    del circle
    async with asyncio.timeout(30):
        await gone.wait()
    collecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await collecting
    assert gc.isenabled()


async def test_what_was_in_use_at_one_look_goes_when_all_is_looked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "NEWEST_GARBAGE_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(housekeeping, "ALL_GARBAGE_EVERY_LOOKS", 3)
    collecting = asyncio.create_task(housekeeping.collect_garbage())
    await asyncio.sleep(0)
    gone = asyncio.Event()
    circle = Circle()
    loop = asyncio.get_running_loop()
    weakref.finalize(circle, loop.call_soon, gone.set)
    while gc.is_tracked(circle) and any(each is circle for each in gc.get_objects(generation=0)):
        await asyncio.sleep(0.01)
    del circle
    async with asyncio.timeout(30):
        await gone.wait()
    collecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await collecting
