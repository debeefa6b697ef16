"""Fixtures for all tests."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from harness import FrozenClock, Mosquitto


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime(2026, 5, 2, 12, 0, tzinfo=UTC))


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path)
    broker.start()
    yield broker
    broker.kill()
