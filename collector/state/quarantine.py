"""Messages, or parts of them, that were not taken, each with its reason. The same one again only counts up.

Kept by the pipeline, shown by the pages and by `hangang quarantine`, judged again by `collector.replay`. What is kept
is bounded, in entries and in bytes, and so is what one agent may take of that from the others.
"""

import heapq
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, case, delete, func, or_, select, update

from collector.state.tables import quarantine
from collector.state.upserting import upsert

MAX_PAYLOAD_BYTES = 64 * 1024
"""More of a payload is not kept: an oversize message is told by its beginning and its size."""
MAX_ENTRIES = 10_000
MAX_BYTES = 64 * 1024 * 1024
"""Of all payloads together: a collector's disk may be a small one."""
KEPT_FOR = timedelta(days=30)
CLAIMED_FOR = timedelta(minutes=2)
"""A collector that has begun with a replay and is not done with it by then has died; another may begin anew."""

_ENTRIES_BETWEEN_CENSUSES = 64
"""It costs a millisecond or more to count what is there, so not every entry is worth it."""
_ROOM_AFTER_CENSUS = 0.9

Part = Literal["frame", "report", "event", "status", "message"]
"""What was refused: a frame, a report or an event of one, a status, or a message that is none of these."""
REPLAYABLE_PARTS: tuple[Part, ...] = ("frame", "report", "event")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was not taken. `reason` is one of a few words that metrics count by.

    `payload` is what is kept of it, at most MAX_PAYLOAD_BYTES; for a report or an event, a frame with it alone.
    `payload_bytes` is the whole size of what came, and `is_cut` says that less than it is kept. `digest` is the same
    when the same is refused again.
    """

    reason: str
    detail: str
    topic: str
    agent: str | None
    part: Part
    payload: bytes
    payload_bytes: int
    is_cut: bool
    digest: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """A refusal as kept: `payload` is what came at `first_seen`.

    `replay_requested_at` is there while it waits to be judged again, `replayed_at` since a collector has begun with
    that, and `replay_outcome` is what it was refused for then.
    """

    id: int
    reason: str
    detail: str
    topic: str
    agent: str | None
    part: Part
    payload: bytes
    payload_bytes: int
    is_cut: bool
    digest: str
    count: int
    first_seen: datetime
    last_seen: datetime
    replay_requested_at: datetime | None
    replayed_at: datetime | None
    replay_outcome: str | None

    @property
    def is_replayable(self) -> bool:
        """Whether it can be judged again at all."""
        return self.part in REPLAYABLE_PARTS and not self.is_cut and self.agent is not None


class Replay(NamedTuple):
    """How far a replay is: whether a collector has begun with it, and what it was refused for again."""

    is_begun: bool
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Selection:
    """Which entries are meant: all that fit what is given."""

    ids: Sequence[int] | None = None
    reason: str | None = None
    agent: str | None = None
    refused_again_since: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same in SQL."""
        conditions: list[ColumnElement[bool]] = []
        if self.ids is not None:
            conditions.append(quarantine.c.id.in_(self.ids))
        if self.reason is not None:
            conditions.append(quarantine.c.reason == self.reason)
        if self.agent is not None:
            conditions.append(quarantine.c.agent == self.agent)
        if self.refused_again_since is not None:
            conditions.append(quarantine.c.replay_outcome.is_not(None))
            conditions.append(quarantine.c.replayed_at >= self.refused_again_since)
        return conditions


EVERYTHING = Selection()
_FIELDS = tuple(field.name for field in fields(Entry))


def keep(engine: Engine, refusals: Sequence[Refusal]) -> None:
    """Put refusals away, with their payloads as given: it is for the caller to take out what names people.

    Kept are at most MAX_ENTRIES of MAX_BYTES in all, as long as each was seen within KEPT_FOR of the newest of these
    refusals. Where there are more, the agent that has the most loses what it has not sent for longest.
    """
    if not refusals:
        return
    statement = upsert(engine, quarantine)
    again = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["digest"],
        set_={
            "count": quarantine.c.count + again.count,
            "detail": again.detail,
            "last_seen": case(
                (again.last_seen > quarantine.c.last_seen, again.last_seen), else_=quarantine.c.last_seen
            ),
        },
    )
    with engine.begin() as connection:
        newest_before = connection.scalar(select(func.max(quarantine.c.id))) or 0
        connection.execute(statement, _rows(refusals))
        forgotten = max(refusal.seen_at for refusal in refusals) - KEPT_FOR
        connection.execute(delete(quarantine).where(quarantine.c.last_seen < forgotten))
        newest = connection.scalar(select(func.max(quarantine.c.id))) or 0
        if newest // _ENTRIES_BETWEEN_CENSUSES != newest_before // _ENTRIES_BETWEEN_CENSUSES:
            _make_room(connection)


def _rows(refusals: Sequence[Refusal]) -> list[dict[str, object]]:
    """A row for each digest. In their order, so that two collectors never wait for each other's rows crosswise."""
    counts: dict[str, int] = defaultdict(int)
    newest: dict[str, Refusal] = {}
    oldest: dict[str, Refusal] = {}
    for refusal in refusals:
        counts[refusal.digest] += 1
        newest[refusal.digest] = refusal
        oldest.setdefault(refusal.digest, refusal)
    return [
        {
            "digest": digest,
            "reason": refusal.reason,
            "detail": newest[digest].detail,
            "topic": refusal.topic,
            "agent": refusal.agent,
            "part": refusal.part,
            "payload": refusal.payload[:MAX_PAYLOAD_BYTES],
            "payload_bytes": refusal.payload_bytes,
            "is_cut": refusal.is_cut,
            "count": counts[digest],
            "first_seen": refusal.seen_at,
            "last_seen": newest[digest].seen_at,
        }
        for digest, refusal in sorted(oldest.items())
    ]


def _make_room(connection: Connection) -> None:
    """Bring the whole below its bounds, with room for what comes before the next census."""
    size = func.length(quarantine.c.payload)
    entries_held, bytes_held = connection.execute(select(func.count(), func.coalesce(func.sum(size), 0))).one()
    spare = _ENTRIES_BETWEEN_CENSUSES
    if entries_held <= MAX_ENTRIES - spare and bytes_held <= MAX_BYTES - spare * MAX_PAYLOAD_BYTES:
        return
    columns = (quarantine.c.id, quarantine.c.agent, size)
    rows = connection.execute(select(*columns).order_by(quarantine.c.last_seen, quarantine.c.id)).all()
    surplus = _surplus(rows, int(_ROOM_AFTER_CENSUS * MAX_ENTRIES), int(_ROOM_AFTER_CENSUS * MAX_BYTES))
    for first in range(0, len(surplus), 500):
        connection.execute(delete(quarantine).where(quarantine.c.id.in_(surplus[first : first + 500])))


def _surplus(rows: Sequence[tuple[int, str | None, int]], max_entries: int, max_bytes: int) -> list[int]:
    """The ids of (id, agent, size), the oldest first, that must go: one after the other the oldest of whoever has most
    by then. A poisoner is levelled down to the others before any of these loses a thing."""
    overhead = max_bytes // max_entries  # an entry weighs something even if it is empty
    held: dict[str, deque[tuple[int, int]]] = defaultdict(deque)
    weights: dict[str, int] = defaultdict(int)
    for number, agent, size in rows:
        held[agent or ""].append((number, size))
        weights[agent or ""] += size + overhead
    busiest = [(-weight, agent) for agent, weight in weights.items()]
    heapq.heapify(busiest)
    entries_held, bytes_held = len(rows), sum(size for _, _, size in rows)
    surplus = []
    while entries_held > max_entries or bytes_held > max_bytes:
        weight, agent = heapq.heappop(busiest)
        number, size = held[agent].popleft()
        surplus.append(number)
        entries_held, bytes_held = entries_held - 1, bytes_held - size
        if held[agent]:
            heapq.heappush(busiest, (weight + size + overhead, agent))
    return surplus


def entries(engine: Engine, selection: Selection = EVERYTHING, *, limit: int = 100) -> list[Entry]:
    """What was refused, newest first."""
    its = quarantine.c
    query = select(quarantine).where(*selection.conditions()).order_by(its.last_seen.desc(), its.id.desc()).limit(limit)
    with engine.connect() as connection:
        return [Entry(**{name: row[name] for name in _FIELDS}) for row in connection.execute(query).mappings()]


def request_replay(engine: Engine, ids: Sequence[int], at: datetime) -> None:
    """Ask for these entries to be judged again by whichever collector runs."""
    asked = {"replay_requested_at": at, "replayed_at": None, "replay_outcome": None}
    with engine.begin() as connection:
        connection.execute(update(quarantine).where(quarantine.c.id.in_(ids)).values(asked))


def claim_replays(engine: Engine, at: datetime, *, limit: int = 100) -> list[Entry]:
    """Entries that are to be judged again, the longest waiting first, and by this caller alone for CLAIMED_FOR."""
    its = quarantine.c
    is_unclaimed = or_(its.replayed_at.is_(None), its.replayed_at < at - CLAIMED_FOR)
    waiting = select(its.id).where(its.replay_requested_at.is_not(None), is_unclaimed)
    with engine.connect() as connection:
        ids = connection.scalars(waiting.order_by(its.replay_requested_at, its.id).limit(limit)).all()
    if not ids:
        return []
    claim = update(quarantine).where(its.id.in_(ids), its.replay_requested_at.is_not(None), is_unclaimed)
    with engine.begin() as connection:
        claimed = connection.scalars(claim.values(replayed_at=at).returning(its.id)).all()
    return entries(engine, Selection(ids=claimed), limit=limit)


def replays(engine: Engine, ids: Sequence[int]) -> dict[int, Replay]:
    """How far the replays of these entries are. What is not there any more is stored, or has made room."""
    its = quarantine.c
    query = select(its.id, its.replayed_at, its.replay_outcome).where(its.id.in_(ids))
    with engine.connect() as connection:
        return {number: Replay(at is not None, outcome) for number, at, outcome in connection.execute(query)}


def end_replay(engine: Engine, entry: Entry, *, outcome: str | None, rest: Sequence[Refusal], at: datetime) -> None:
    """Note what an entry was refused for again. Without such an outcome it is stored and goes, but for the `rest` of
    it, which is kept in entries of its own by now."""
    its = quarantine.c
    with engine.begin() as connection:
        if outcome is None:
            connection.execute(delete(quarantine).where(its.id == entry.id))
        else:
            _note_outcome(connection, its.id == entry.id, outcome, at)
        for refusal in rest:
            _note_outcome(connection, its.digest == refusal.digest, outcome_of(refusal), at)


def outcome_of(refusal: Refusal) -> str:
    """What a replay came to that ended in this refusal."""
    return f"{refusal.reason}: {refusal.detail}"


def _note_outcome(connection: Connection, is_meant: ColumnElement[bool], outcome: str, at: datetime) -> None:
    noted = {"replay_requested_at": None, "replayed_at": at, "replay_outcome": outcome}
    connection.execute(update(quarantine).where(is_meant).values(noted))
