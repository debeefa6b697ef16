"""The small city, judged once by the real desk and its process, for all tests that only look."""

import asyncio
from collections.abc import Iterator

import pytest
from programme_city import INVENTORY, make_desk, write_days
from sqlalchemy import Engine
from state_files import open_state

from collector.replacement.book import Book
from collector.stores.duckdb import open_store


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("judged")
    state = open_state(folder / "state.sqlite")

    async def judge() -> None:
        store = open_store(folder / "points.duckdb")
        await write_days(store)
        await make_desk(store, state).judge()
        await store.close()

    asyncio.run(judge())
    yield state
    state.dispose()


@pytest.fixture
def book(judged: Engine) -> Book:
    return Book(judged, INVENTORY)
