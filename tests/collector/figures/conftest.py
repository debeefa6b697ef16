"""The state database that the sources of figures ask."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from collector.state.database import open_database
from collector.state.settings import StateSettings


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(StateSettings(), tmp_path / "state.sqlite")
    yield engine
    engine.dispose()
