"""What has had its time goes, and nothing else."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, func, select

from agent.wire import Event
from collector.state.accounts import add_user
from collector.state.columns import metadata
from collector.state.events import KeptEvent, keep_events
from collector.state.housekeeping import EVENTS_KEPT_FOR, PLACEMENTS_KEPT_FOR, prune
from collector.state.login_sessions import SESSION_LASTS, log_in
from collector.state.people_tables import sessions, users
from collector.state.placements import settle_offsets
from collector.state.tables import events, placements
from collector.stores import FrameKey, StoredEvent

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_what_is_too_old_by_a_second_goes(engine: Engine) -> None:
    add_user(engine, "kim", "a password", NOW)
    for sequence, age in enumerate((timedelta(), SECOND), start=1):
        key = FrameKey("gw-lab", "0123abcd", sequence)
        at = NOW - EVENTS_KEPT_FOR - age
        keep_events(engine, [KeptEvent(key, 0, StoredEvent("gw-lab", at, Event(kind="boot", occurred_at=at)))])
        settle_offsets(engine, {key: SECOND}, NOW - PLACEMENTS_KEPT_FOR - age)
        log_in(engine, "kim", "a password", NOW - SESSION_LASTS + SECOND - age)
    prune(engine, NOW)
    with engine.connect() as connection:
        counts = {table: connection.scalar(select(func.count()).select_from(table)) for table in metadata.sorted_tables}
    expected = {events: 1, placements: 1, sessions: 1, users: 1}
    assert counts == {table: expected.get(table, 0) for table in metadata.sorted_tables}
