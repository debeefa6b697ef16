"""Messages, or parts of them, that were not taken, each with its reason. The same one again only counts up."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from collector.state.tables import quarantine

MAX_PAYLOAD_BYTES = 64 * 1024
"""More of a payload is not kept: an oversize message is told by its beginning and its size."""
MAX_ENTRIES = 10_000
KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was not taken. `reason` is one of a few words that metrics count by; `payload` is its beginning,
    at most MAX_PAYLOAD_BYTES, and `payload_bytes` its whole size."""

    reason: str
    detail: str
    topic: str
    agent: str | None
    payload: bytes
    payload_bytes: int
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """A refusal as kept: `payload` may be cut, `payload_bytes` is its whole size."""

    id: int
    reason: str
    detail: str
    topic: str
    agent: str | None
    payload: bytes
    payload_bytes: int
    count: int
    first_seen: datetime
    last_seen: datetime


def keep(engine: Engine, refusals: Sequence[Refusal]) -> None:
    """Put refusals away, with their payloads as given: it is for the caller to take out what names people.

    Kept are the MAX_ENTRIES seen last, as long as each was seen within KEPT_FOR of the newest of these refusals.
    """
    if not refusals:
        return
    rows: dict[str, dict[str, object]] = {}
    for refusal in refusals:
        digest = _digest(refusal)
        row = rows.get(digest)
        rows[digest] = {
            "digest": digest,
            "reason": refusal.reason,
            "detail": refusal.detail,
            "topic": refusal.topic[:500],
            "agent": refusal.agent,
            "payload": refusal.payload[:MAX_PAYLOAD_BYTES],
            "payload_bytes": refusal.payload_bytes,
            "count": int(str(row["count"])) + 1 if row else 1,
            "first_seen": row["first_seen"] if row else refusal.seen_at,
            "last_seen": refusal.seen_at,
        }
    statement = insert(quarantine)
    statement = statement.on_conflict_do_update(
        index_elements=["digest"],
        set_={
            "count": quarantine.c.count + statement.excluded.count,
            "detail": statement.excluded.detail,
            "last_seen": statement.excluded.last_seen,
        },
    )
    with engine.begin() as connection:
        connection.execute(statement, list(rows.values()))
        forgotten = max(refusal.seen_at for refusal in refusals) - KEPT_FOR
        connection.execute(delete(quarantine).where(quarantine.c.last_seen < forgotten))
        surplus = (connection.scalar(select(func.count()).select_from(quarantine)) or 0) - MAX_ENTRIES
        if surplus > 0:
            oldest = select(quarantine.c.id).order_by(quarantine.c.last_seen, quarantine.c.id).limit(surplus)
            connection.execute(delete(quarantine).where(quarantine.c.id.in_(oldest.scalar_subquery())))


def entries(engine: Engine, *, limit: int = 100) -> list[Entry]:
    """What was refused, newest first."""
    query = select(quarantine).order_by(quarantine.c.last_seen.desc(), quarantine.c.id.desc()).limit(limit)
    with engine.connect() as connection:
        return [
            Entry(
                id=row.id,
                reason=row.reason,
                detail=row.detail,
                topic=row.topic,
                agent=row.agent,
                payload=row.payload,
                payload_bytes=row.payload_bytes,
                count=row._mapping["count"],  # noqa: SLF001  # a Row has a method of that name
                first_seen=row.first_seen,
                last_seen=row.last_seen,
            )
            for row in connection.execute(query)
        ]


def _digest(refusal: Refusal) -> str:
    """One poison message is one entry however often it comes."""
    content = hashlib.sha256(f"{refusal.reason}\0{refusal.topic}\0{refusal.payload_bytes}\0".encode())
    content.update(refusal.payload)
    return content.hexdigest()
