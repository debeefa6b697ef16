"""The databases that these tests run on: a SQLite file, and a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres import Postgres
from sqlalchemy import Engine, text
from state_files import open_state

from collector.state import (  # each adds its tables
    alert_tables,  # noqa: F401
    enrolment_tables,  # noqa: F401
    order_tables,  # noqa: F401
    people_tables,  # noqa: F401
    tables,  # noqa: F401
)
from collector.state.columns import metadata
from collector.state.database import open_database
from collector.state.settings import StateSettings


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def postgres_engine(postgres: Postgres) -> Iterator[Engine]:
    engine = open_database(StateSettings(url=postgres.url(postgres.new_database())), Path("unused"))
    yield engine
    engine.dispose()


@pytest.fixture
def shared(postgres_engine: Engine) -> Engine:
    """A PostgreSQL whose tables are empty."""
    with postgres_engine.begin() as connection:
        names = ", ".join(table.name for table in metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
    return postgres_engine


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Engine]:
    """A SQLite file whose tables are empty."""
    engine = open_state(tmp_path / "state.sqlite")
    yield engine
    engine.dispose()


@pytest.fixture(params=["alone", "shared"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each of the two: what is tested on it holds on both."""
    chosen: Engine = request.getfixturevalue(request.param)
    return chosen
