"""Fixtures for all tests."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from harness import FrozenClock, Mosquitto

_TESTS = Path(__file__).parent
_LONG = ("chaos", "system", "deployment", "security")
"""Folders of few and long tests. Begun last, one of them would keep one processor busy while the others are idle."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests first; otherwise the order stays as it is."""
    items.sort(key=lambda item: item.path.relative_to(_TESTS).parts[0] not in _LONG)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime(2026, 5, 2, 12, 0, tzinfo=UTC))


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path)
    broker.start()
    yield broker
    broker.kill()
