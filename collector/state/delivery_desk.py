"""What people see and do of deliveries: the list of them, dead ones tried again. For pages, API and housekeeping."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Engine, and_, delete, func, or_, select, update

from collector.alerts.alert import Alert
from collector.alerts.notice import Notice, NoticeKind
from collector.state.alert_tables import deliveries, threads


class DeliveryState(StrEnum):
    """What has become of a notice: it `waits` for its turn or its next attempt, has been `delivered`, is `dead` (it is
    not tried any more), or was `folded` into a newer one before it was sent."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"
    FOLDED = "folded"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notice to one endpoint. `number` is its place in the order in which they were made, `id` what the receiver
    sees. `site` is None where the notice is about no place, `thread` where it is a test. `due_at` is when it is tried
    next, or was to be; `is_under_way` says that it is being sent right now. `problem` is of its newest attempt that
    failed."""

    number: int
    id: str
    thread: str | None
    endpoint: str
    kind: NoticeKind
    rule: str
    site: str | None
    state: DeliveryState
    attempts: int
    made_at: datetime
    due_at: datetime
    is_under_way: bool
    ended_at: datetime | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class DeliveredNotice:
    """A delivery with the notice that it brings. `is_late` says that what it begins to tell is over by now, and nobody
    would tell its end."""

    delivery: Delivery
    notice: Notice
    is_late: bool


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """What of all deliveries somebody wants to see; nothing set means all. Of an `alert`, those that speak of it."""

    state: DeliveryState | None = None
    endpoint: str | None = None
    thread: str | None = None
    alert: Alert | None = None


def find_deliveries(
    engine: Engine, wanted: DeliveryFilter, *, before: int | None = None, limit: int = 100
) -> list[Delivery]:
    """Deliveries with a number below `before`, the newest first."""
    query = select(*_COLUMNS).where(*_conditions(wanted))
    if before is not None:
        query = query.where(deliveries.c.number < before)
    with engine.connect() as connection:
        return [_delivery(row) for row in connection.execute(query.order_by(deliveries.c.number.desc()).limit(limit))]


def delivery_of(engine: Engine, delivery_id: str) -> Delivery | None:
    """One by its id; None where there is none any more."""
    found = delivered_notice(engine, delivery_id)
    return None if found is None else found.delivery


def delivered_notice(engine: Engine, delivery_id: str) -> DeliveredNotice | None:
    """One by its id, with what it brings."""
    further = (deliveries.c.document, threads.c.closed_at, threads.c.believed)
    query = select(*_COLUMNS, *further).select_from(deliveries.outerjoin(threads))
    with engine.connect() as connection:
        row = connection.execute(query.where(deliveries.c.id == delivery_id)).one_or_none()
    if row is None:
        return None
    notice = Notice.model_validate_json(row.document)
    return DeliveredNotice(_delivery(row), notice, is_late=_is_late(notice, row.closed_at, row.believed))


def unfinished(engine: Engine) -> Mapping[str, Mapping[DeliveryState, int]]:
    """How many wait and how many are dead, by endpoint."""
    each = deliveries.c
    query = select(each.endpoint, each.state, func.count()).group_by(each.endpoint, each.state)
    counts: dict[str, dict[DeliveryState, int]] = defaultdict(dict)
    with engine.connect() as connection:
        for endpoint, state, count in connection.execute(query.where(each.state.in_(_UNFINISHED))):
            counts[endpoint][DeliveryState(state)] = count
    return counts


class Replay(StrEnum):
    """What came of trying a dead delivery again. What it would begin to tell may be `over` by now: nobody would tell
    its end."""

    REVIVED = "revived"
    UNKNOWN = "unknown"
    OVER = "over"


def replay(engine: Engine, notice_id: str, now: datetime) -> Replay:
    """Try a dead delivery again, from the beginning and with the same id."""
    each = deliveries.c
    is_dead = and_(each.id == notice_id, each.state == "dead")
    with engine.begin() as connection:
        query = select(each.document, threads.c.closed_at, threads.c.believed).outerjoin(threads).where(is_dead)
        found = connection.execute(query.with_for_update(of=deliveries)).one_or_none()
        if found is None:
            return Replay.UNKNOWN
        document, closed_at, believed = found
        if _is_late(Notice.model_validate_json(document), closed_at, believed):
            return Replay.OVER
        connection.execute(
            update(deliveries)
            .where(is_dead)
            .values(state="waiting", attempts=0, due_at=now, ended_at=None, claimed_at=None)
        )
        return Replay.REVIVED


def hasten(engine: Engine, endpoint: str, now: datetime) -> int:
    """What waits for an endpoint is tried now: it is there again. How many that are."""
    each = deliveries.c
    with engine.begin() as connection:
        waiting = update(deliveries).where(
            each.endpoint == endpoint, each.state == "waiting", each.claimed_at.is_(None), each.due_at > now
        )
        return connection.execute(waiting.values(due_at=now)).rowcount


def prune_outbox(engine: Engine, before: datetime) -> None:
    """Forget deliveries that ended, and threads that were over, before then."""
    with engine.begin() as connection:
        connection.execute(delete(deliveries).where(deliveries.c.ended_at < before))
        connection.execute(delete(threads).where(threads.c.closed_at < before))


_UNFINISHED = (DeliveryState.WAITING, DeliveryState.DEAD)
_NAMES = "number id thread endpoint kind rule site state attempts made_at due_at claimed_at ended_at problem"
_COLUMNS = tuple(deliveries.c[name] for name in _NAMES.split())


def _delivery(row: Any) -> Delivery:
    kept = dict(zip(_NAMES.split(), row, strict=False))  # what stands behind them is none of it
    claimed_at = kept.pop("claimed_at")
    known = {"kind": NoticeKind(kept["kind"]), "state": DeliveryState(kept["state"]), "site": kept["site"] or None}
    return Delivery(**kept | known, is_under_way=claimed_at is not None)


def _is_late(notice: Notice, closed_at: datetime | None, believed: str | None) -> bool:
    """Whether its thread is over, or the end of something in it has arrived: it was believed since it was tried."""
    if closed_at is not None:
        return bool(notice.firing)
    return believed is not None and not {alert.id for alert in notice.firing} <= set(json.loads(believed))


def _conditions(wanted: DeliveryFilter) -> list[ColumnElement[bool]]:
    each = deliveries.c
    equal = {each.state: wanted.state, each.endpoint: wanted.endpoint, each.thread: wanted.thread}
    conditions = [column == value for column, value in equal.items() if value is not None]
    return conditions if wanted.alert is None else [*conditions, *_speaking_of(wanted.alert)]


def _speaking_of(alert: Alert) -> list[ColumnElement[bool]]:
    """Of the threads that were open while it lasted, the notices that list it. Its id is made of letters and digits,
    which stand in JSON as they are."""
    each, thread = deliveries.c, threads.c
    its = select(thread.id).where(
        thread.rule == alert.rule,
        thread.site == (alert.subject.site or ""),
        or_(thread.closed_at.is_(None), thread.closed_at >= alert.since),
    )
    return [each.thread.in_(its), each.document.contains(f'"id":"{alert.id}"', autoescape=True)]
