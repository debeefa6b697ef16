"""What the watch sees beside the newest readings."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alert_cities import inventory_of
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from state_files import open_state

from agent.wire import Event
from collector.alerting.eyes import LEARNS_WORDS_EVERY, Eyes
from collector.alerts.judging.snapshot import CollectorHealth
from collector.fleet import Fleet
from collector.state.columns import metadata
from collector.state.events import KeptEvent, keep_events
from collector.stores import FrameKey, StoredEvent
from collector.stores.duckdb import open_store
from inventory.catalogue import load_catalogue

NOW = datetime(2026, 7, 15, 3, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def lose(state: Engine, sequence: int) -> None:
    """The agent tells of a loss."""
    lost = StoredEvent("gw-a", NOW, Event(kind="frames_dropped", occurred_at=NOW, count=1))
    keep_events(state, [KeptEvent(FrameKey("gw-a", "0123abcd", sequence), 0, lost)])


async def test_what_the_database_did_not_tell_is_asked_for_again_at_the_next_look(tmp_path: Path) -> None:
    """An agent of which nothing was read seems to have lost nothing, and its alert would end."""
    state, store = open_state(tmp_path / "state.sqlite"), open_store(tmp_path / "points.duckdb")
    eyes = Eyes(
        inventory=inventory_of({"park": 1}),
        catalogue=load_catalogue(),
        store=store,
        state=state,
        listening_since=lambda: NOW,
        health=CollectorHealth,
    )
    newest = Fleet().newest()
    try:
        metadata.drop_all(state)
        with pytest.raises(SQLAlchemyError):
            eyes.look(newest, NOW)
        metadata.create_all(state)
        lose(state, 1)
        assert eyes.look(newest, NOW + SECOND).agents["gw-a"].dropped == 1
        lose(state, 2)
        assert eyes.look(newest, NOW + 2 * SECOND).agents["gw-a"].dropped == 1
        assert eyes.look(newest, NOW + SECOND + LEARNS_WORDS_EVERY).agents["gw-a"].dropped == 2
    finally:
        eyes.close()
        await store.close()
        state.dispose()
