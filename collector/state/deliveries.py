"""The sender's side of the outbox: what is due, and what came of each call. On the elected collector.

A call is noted before it is made: whoever dies during it cannot know whether it arrived, and makes it again with the
same id.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, and_, exists, func, select, update

from collector.alerts.alert import Alert
from collector.alerts.notice import Notice
from collector.state.alert_tables import deliveries, threads
from collector.state.alerts import alerts_of
from collector.state.leadership import is_current

REFRESHED_AFTER_THE_END = timedelta(minutes=5)
"""For so long a receiver that forgets is told again that something has ended."""


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that is to be made now: the notice, and how many calls have been made for it."""

    notice: Notice
    attempts: int


def due(engine: Engine, endpoint: str, now: datetime, limit: int) -> list[Due]:
    """What is to be delivered to an endpoint now, in the order in which it was made. Of one thread, one at a time: the
    end of a trouble never overtakes its beginning."""
    each, earlier = deliveries.c, deliveries.alias("earlier")
    is_behind = exists().where(
        and_(
            earlier.c.thread == each.thread,
            earlier.c.state == "waiting",
            earlier.c.number < each.number,
        )
    )
    query = (
        select(each.document, each.attempts)
        .where(
            each.endpoint == endpoint,
            each.state == "waiting",
            each.due_at <= now,
            each.claimed_at.is_(None),
            ~is_behind,
        )
        .order_by(each.number)
        .limit(limit)
    )
    with engine.connect() as connection:
        return [Due(Notice.model_validate_json(document), attempts) for document, attempts in connection.execute(query)]


def next_due(engine: Engine, endpoint: str, after: datetime) -> datetime | None:
    """When the next delivery to an endpoint is due, of those that are due later; None where none is."""
    each = deliveries.c
    query = select(func.min(each.due_at)).where(
        each.endpoint == endpoint, each.state == "waiting", each.claimed_at.is_(None), each.due_at > after
    )
    with engine.connect() as connection:
        at: datetime | None = connection.scalar(query)
        return at


def claim(engine: Engine, notice: Notice, epoch: int, now: datetime) -> bool:
    """Note that a call is about to be made, after which the endpoint may believe what the notice says; whether it is
    still to be made, and by the evaluator of this epoch. Who does not know whether it was noted asks again, with the
    same instant."""
    each = deliveries.c
    with engine.begin() as connection:
        if not is_current(connection, epoch):
            return False
        claimed = connection.execute(
            update(deliveries)
            .where(each.id == notice.id, each.state == "waiting", each.claimed_at.is_(None))
            .values(claimed_at=now, attempts=each.attempts + 1)
        )
        if not claimed.rowcount:
            query = select(each.claimed_at).where(each.id == notice.id, each.state == "waiting")
            return connection.scalar(query) == now
        _believe(connection, notice.thread, add=[alert.id for alert in notice.firing])
        return True


def note_delivered(engine: Engine, notice: Notice, now: datetime, *, epoch: int | None = None) -> bool:
    """It has arrived. What has ended is believed no more; where nothing is believed and nothing waits, the thread is
    over.

    Here and below, `epoch` is whose call it was, and the answer whether it was noted: not where another has been
    elected since, who makes the call anew and notes what comes of that.
    """
    with engine.begin() as connection:
        if not _note(connection, notice, epoch, state="delivered", ended_at=now, problem=None):
            return False
        left = _believe(connection, notice.thread, remove=[alert.id for alert in notice.ended])
        if left is not None and not left:
            _close(connection, notice.thread, now)
        return True


def note_failed(engine: Engine, notice: Notice, problem: str, due_at: datetime, *, epoch: int | None = None) -> bool:
    """It has not arrived, as far as is known; it is tried again at `due_at`."""
    with engine.begin() as connection:
        return _note(connection, notice, epoch, due_at=due_at, problem=problem)


def note_dead(engine: Engine, notice: Notice, problem: str, now: datetime, *, epoch: int | None = None) -> bool:
    """It will not arrive by itself any more. A thread of which the end is dead is over: what begins anew is told
    anew."""
    with engine.begin() as connection:
        if not _note(connection, notice, epoch, state="dead", ended_at=now, problem=problem):
            return False
        if notice.thread and not notice.firing:
            _close(connection, notice.thread, now)
        return True


def release_claims(engine: Engine, epoch: int) -> int:
    """For whoever begins to send: calls that another was making when it died are to be made again; how many."""
    with engine.begin() as connection:
        if not is_current(connection, epoch):
            return 0
        claimed = update(deliveries).where(deliveries.c.state == "waiting", deliveries.c.claimed_at.is_not(None))
        return connection.execute(claimed.values(claimed_at=None)).rowcount


def give_up_others(engine: Engine, endpoints: Sequence[str], now: datetime) -> int:
    """Give up what waits for endpoints other than these, and all that was to be told there; how many notices."""
    with engine.begin() as connection:
        each = deliveries.c
        dead = connection.execute(
            update(deliveries)
            .where(each.state == "waiting", each.endpoint.not_in(endpoints))
            .values(state="dead", ended_at=now, claimed_at=None, problem="there is no such endpoint any more")
        )
        is_other = and_(threads.c.closed_at.is_(None), threads.c.endpoint.not_in(endpoints))
        connection.execute(update(threads).where(is_other).values(closed_at=now))
        return dead.rowcount


def told_alerts(engine: Engine, endpoint: str, now: datetime) -> list[Alert]:
    """What an endpoint may believe to fire, and what it was told to have ended a few minutes ago, as it is now."""
    recently = now - REFRESHED_AFTER_THE_END
    column, each = threads.c, deliveries.c
    with engine.connect() as connection:
        is_its = column.endpoint == endpoint
        believed = connection.scalars(select(column.believed).where(is_its, column.closed_at.is_(None)))
        ids = {id_ for document in believed for id_ in json.loads(document)}
        delivered = and_(each.endpoint == endpoint, each.state == "delivered", each.ended_at >= recently)
        for document in connection.scalars(select(each.document).where(delivered)):
            ids.update(alert.id for alert in Notice.model_validate_json(document).ended)
    return sorted(alerts_of(engine, ids).values(), key=lambda alert: alert.id)


def _note(connection: Connection, notice: Notice, epoch: int | None, **values: Any) -> bool:
    """What came of a call; whether it was still to be noted."""
    if epoch is not None and not is_current(connection, epoch):
        return False
    is_it = and_(deliveries.c.id == notice.id, deliveries.c.state == "waiting")
    return bool(connection.execute(update(deliveries).where(is_it).values(claimed_at=None, **values)).rowcount)


def _believe(
    connection: Connection, thread: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()
) -> set[str] | None:
    """What the thread's endpoint may believe then; None where there is no such thread."""
    query = select(threads.c.believed).where(threads.c.id == thread).with_for_update()
    known = connection.scalar(query)
    if known is None:
        return None
    before = set(json.loads(known))
    after = (before | set(add)) - set(remove)
    if after != before:
        connection.execute(update(threads).where(threads.c.id == thread).values(believed=json.dumps(sorted(after))))
    return after


def _close(connection: Connection, thread: str, now: datetime) -> None:
    """A thread is over unless something of it waits still."""
    waits = exists().where(and_(deliveries.c.thread == thread, deliveries.c.state == "waiting"))
    connection.execute(
        update(threads).where(threads.c.id == thread, threads.c.closed_at.is_(None), ~waits).values(closed_at=now)
    )
