"""What happened on access points and in agents: kept once, however often it is sent. For pipeline and pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, delete, select

from collector.state.tables import events
from collector.state.upserting import upsert
from collector.stores import FrameKey, StoredEvent


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """An event on its way into the database. Its frame and its position there tell it from every other."""

    key: FrameKey
    position: int
    stored: StoredEvent


@dataclass(frozen=True, slots=True)
class PastEvent:
    """An event as the pages show it. `access_point` is absent where it happened in the agent itself."""

    agent: str
    access_point: str | None
    occurred_at: datetime
    kind: str
    subject: str | None
    count: int | None
    text: str | None


def keep_events(engine: Engine, rows: Sequence[KeptEvent]) -> None:
    """Keep events; one that is there already stays as it is."""
    if not rows:
        return
    with engine.begin() as connection:
        statement = upsert(connection, events).on_conflict_do_nothing(
            index_elements=["agent", "boot_id", "sequence", "position"]
        )
        connection.execute(statement, [_row(kept) for kept in sorted(rows, key=_identity)])


def events_at(
    engine: Engine, access_point: str, *, since: datetime, until: datetime, limit: int = 100
) -> list[PastEvent]:
    """What happened at a place, newest first, from `since` on and before `until`."""
    column = events.c
    query = (
        select(
            column.agent,
            column.access_point,
            column.occurred_at,
            column.kind,
            column.subject,
            column["count"],
            column.text,
        )
        .where(column.access_point == access_point, column.occurred_at >= since, column.occurred_at < until)
        .order_by(column.occurred_at.desc(), column.id.desc())
        .limit(limit)
    )
    with engine.connect() as connection:
        return [PastEvent(*row) for row in connection.execute(query)]


def prune_events(engine: Engine, before: datetime) -> None:
    """Forget what happened before then."""
    with engine.begin() as connection:
        connection.execute(delete(events).where(events.c.occurred_at < before))


def _identity(kept: KeptEvent) -> tuple[str, str, int, int]:
    """What sorts rows, so that two processes which keep the same wait for each other, and not in a circle."""
    return kept.key.agent, kept.key.boot_id, kept.key.sequence, kept.position


def _row(kept: KeptEvent) -> dict[str, object]:
    event = kept.stored.event
    return {
        "agent": kept.key.agent,
        "boot_id": kept.key.boot_id,
        "sequence": kept.key.sequence,
        "position": kept.position,
        "occurred_at": kept.stored.occurred_at,
        "access_point": event.access_point,
        "kind": event.kind,
        "subject": event.subject,
        "count": event.count,
        "text": event.text,
    }
