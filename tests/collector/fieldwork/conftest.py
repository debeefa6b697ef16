"""A place at work, its pipeline running."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from field import Field


@pytest.fixture
async def field(tmp_path: Path) -> AsyncIterator[Field]:
    async with Field(tmp_path).at_work() as at_work:
        yield at_work
