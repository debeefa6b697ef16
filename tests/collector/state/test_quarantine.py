"""The quarantine: the same again only counts up, and nothing stays for ever."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from collector.state.database import open_database
from collector.state.quarantine import KEPT_FOR, Refusal, entries, keep

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path / "state.sqlite")
    yield engine
    engine.dispose()


def refusal(payload: bytes, seen_at: datetime) -> Refusal:
    return Refusal("invalid", "wrong", "wifi/v1/gw-lab/frame", "gw-lab", payload, len(payload), seen_at)


def kept(engine: Engine) -> dict[bytes, tuple[int, datetime]]:
    return {entry.payload: (entry.count, entry.last_seen) for entry in entries(engine)}


def test_entries_that_were_not_seen_for_thirty_days_go(state: Engine) -> None:
    keep(state, [refusal(b"gone", NOW), refusal(b"again", NOW), refusal(b"just", NOW + SECOND)])
    keep(state, [refusal(b"again", NOW + KEPT_FOR), refusal(b"new", NOW + KEPT_FOR + SECOND)])
    assert kept(state) == {
        b"just": (1, NOW + SECOND),
        b"again": (2, NOW + KEPT_FOR),
        b"new": (1, NOW + KEPT_FOR + SECOND),
    }


def test_nothing_to_keep_changes_nothing(state: Engine) -> None:
    keep(state, [refusal(b"one", NOW)])
    keep(state, [])
    assert kept(state) == {b"one": (1, NOW)}
