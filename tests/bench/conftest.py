"""Gathers the figures that the benchmarks measure, prints them as a table and writes `build/bench.json`."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

RESULTS = Path(__file__).resolve().parents[2] / "build" / "bench.json"


@pytest.fixture(scope="session")
def figures() -> Iterator[dict[str, float]]:
    """Name to number, with the unit in the name."""
    found: dict[str, float] = {}
    yield found
    RESULTS.parent.mkdir(exist_ok=True)
    earlier = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    RESULTS.write_text(json.dumps(earlier | found, indent=2, sort_keys=True) + "\n")
    width = max(map(len, found), default=0)
    print("\n" + "\n".join(f"{name:<{width}}  {value:12.3f}" for name, value in sorted(found.items())))


@pytest.fixture
def note(figures: dict[str, float]) -> Callable[[str, float], None]:
    """Record one figure."""

    def record(name: str, value: float) -> None:
        figures[name] = value

    return record
