"""The evaluator's side of the outbox: what endpoints are to be told, kept in one transaction with the alerts that it is
about, until it has arrived. The sender's side is in `deliveries`."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, and_, insert, select, update

from collector.alerts.notice import Notice, NoticeKind
from collector.alerts.planning.planner import Planned
from collector.alerts.planning.threads import Conversation, Group, Thread, Waiting
from collector.state.alert_tables import deliveries, threads


def open_threads(engine: Engine) -> list[Thread]:
    """Every thread that is not over, with what of it waits.

    What waits is read before what is believed. Should a delivery end in between, it counts as one that is still under
    way, of which nothing follows; the other way round it would seem never to have been made.
    """
    column, each = threads.c, deliveries.c
    is_open = column.closed_at.is_(None)
    waiting = select(each.thread, each.document, each.claimed_at, each.attempts, each.due_at).join(threads)
    # By number, which no clock that was put back disturbs; and one row of the many that the watchdog's thread has.
    newest = select(each.made_at).where(each.thread == column.id, each.state != "folded").order_by(each.number.desc())
    last_made_at = newest.limit(1).correlate(threads).scalar_subquery()
    waits: dict[str, list[Waiting]] = {}
    with engine.connect() as connection:
        rows = connection.execute(waiting.where(is_open, each.state == "waiting").order_by(each.number))
        for thread, document, claimed_at, attempts, due_at in rows:
            notice = Notice.model_validate_json(document)
            waits.setdefault(thread, []).append(Waiting(notice, claimed_at is not None, attempts, due_at))
        beliefs = select(column.id, column.endpoint, column.rule, column.site, column.believed, last_made_at)
        return [
            Thread(
                id_,
                Conversation(endpoint, Group(rule, site or None)),
                frozenset(json.loads(believed)),
                tuple(waits.get(id_, ())),
                told_at,
            )
            for id_, endpoint, rule, site, believed, told_at in connection.execute(beliefs.where(is_open))
        ]


def write_plan(connection: Connection, changes: Iterable[Planned], now: datetime) -> int:
    """Begin threads, fold what is superseded, put new notices in; how many of those. A notice that is being delivered
    by now although it was to be folded is left alone, and so is its thread, as is one that is over by now: the next
    step plans it anew."""
    made = 0
    for change in changes:
        if not _fold(connection, change.folded, now):
            continue
        if not change.is_new and not _is_open(connection, change.thread):
            continue
        if change.is_new:
            endpoint, group = change.conversation
            connection.execute(
                insert(threads).values(
                    id=change.thread,
                    endpoint=endpoint,
                    rule=group.rule,
                    site=group.site or "",
                    opened_at=now,
                    believed="[]",
                )
            )
        if change.is_over:
            connection.execute(update(threads).where(threads.c.id == change.thread).values(closed_at=now))
        if change.notice is not None:
            put_in(connection, change.notice, change.due_at or now)
            made += 1
    return made


def put_in(connection: Connection, notice: Notice, due_at: datetime) -> None:
    """Put one notice in. A test has no thread: nothing begins with it."""
    connection.execute(
        insert(deliveries).values(
            id=notice.id,
            thread=None if notice.kind is NoticeKind.TEST else notice.thread or None,
            endpoint=notice.endpoint,
            kind=notice.kind,
            rule=notice.rule,
            site="" if notice.where is None else notice.where.site,
            state="waiting",
            attempts=0,
            made_at=notice.made_at,
            due_at=due_at,
            document=notice.model_dump_json(),
        )
    )


def _fold(connection: Connection, ids: Sequence[str], now: datetime) -> bool:
    """Whether all of them could be folded; else none is."""
    if not ids:
        return True
    each = deliveries.c
    foldable = and_(each.id.in_(ids), each.state == "waiting", each.claimed_at.is_(None))
    # Written as they are first: SQLite keeps others from what was written, not from what was read.
    if connection.execute(update(deliveries).where(foldable).values(claimed_at=None)).rowcount < len(ids):
        return False
    connection.execute(update(deliveries).where(foldable).values(state="folded", ended_at=now))
    return True


def _is_open(connection: Connection, thread: str) -> bool:
    """Whether a thread is not over; then it is not until this transaction has ended."""
    is_it = and_(threads.c.id == thread, threads.c.closed_at.is_(None))
    return bool(connection.execute(update(threads).where(is_it).values(closed_at=None)).rowcount)
