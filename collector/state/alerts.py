"""Alerts in the state database: what the evaluator knows at its start and writes at each step, and what pages ask."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, func, or_, select

from collector.alerts.alert import Acknowledgement, Alert, Phase, Severity
from collector.alerts.documents import from_document, to_document
from collector.state.alert_tables import acknowledgements, alerts
from collector.state.upserting import upsert

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """What of all that have fired somebody wants to see; nothing set means all. `sites` are those of which any may
    be, `but_rule` is one that is left out."""

    is_open: bool | None = None
    site: str | None = None
    sites: frozenset[str] | None = None
    access_point: str | None = None
    rule: str | None = None
    but_rule: str | None = None
    severity: Severity | None = None


def open_alerts(engine: Engine) -> list[Alert]:
    """All that have not ended, pending ones included."""
    with engine.connect() as connection:
        return _read(connection, alerts.c.is_open)


def ended_since(engine: Engine, since: datetime) -> list[Alert]:
    """Those that have ended since then, oldest first."""
    with engine.connect() as connection:
        found = _read(connection, alerts.c.ended_at >= since)
    return sorted(found, key=lambda alert: alert.ended_at or since)


def alerts_of(engine: Engine, ids: Iterable[str]) -> dict[str, Alert]:
    """Alerts by their ids; one that is not kept any more is not in the answer."""
    wanted = sorted(set(ids))
    found: list[Alert] = []
    with engine.connect() as connection:
        for start in range(0, len(wanted), _AT_ONCE):
            found += _read(connection, alerts.c.id.in_(wanted[start : start + _AT_ONCE]))
    return {alert.id: alert for alert in found}


def find_alerts(
    engine: Engine, wanted: AlertFilter, *, before: tuple[datetime, str] | None = None, limit: int = 100
) -> list[Alert]:
    """Those that have fired, the newest first; with `before`, those that come after the one of that instant and id."""
    column = alerts.c
    conditions = [column.fired_at.is_not(None), *conditions_of(wanted)]
    if before is not None:
        at, id_ = before
        conditions.append(or_(column.fired_at < at, and_(column.fired_at == at, column.id < id_)))
    query = _query().where(*conditions).order_by(column.fired_at.desc(), column.id.desc()).limit(limit)
    with engine.connect() as connection:
        return [_alert(row) for row in connection.execute(query)]


def firing_by_severity(engine: Engine) -> dict[Severity, int]:
    """How many fire now."""
    column = alerts.c
    query = select(column.severity, func.count()).where(column.is_open, column.phase == Phase.FIRING)
    with engine.connect() as connection:
        return {Severity(word): count for word, count in connection.execute(query.group_by(column.severity))}


def firing_by_site(engine: Engine) -> dict[str, int]:
    """How many fire now about each site and what is at it; one that has none is left out."""
    column = alerts.c
    is_firing = column.is_open, column.phase == Phase.FIRING, column.site.is_not(None)
    query = select(column.site, func.count().label("number")).where(*is_firing).group_by(column.site)
    with engine.connect() as connection:
        return {row.site: row.number for row in connection.execute(query)}


def write_alerts(connection: Connection, changed: Sequence[Alert], dropped: Sequence[str]) -> None:
    """Keep alerts as they are now, and forget those that went away before they fired."""
    for start in range(0, len(dropped), _AT_ONCE):
        connection.execute(delete(alerts).where(alerts.c.id.in_(dropped[start : start + _AT_ONCE])))
    # Ended ones first: of one rule and one subject there may be one that is open.
    for some in ([each for each in changed if not each.is_open], [each for each in changed if each.is_open]):
        if some:
            statement = upsert(connection, alerts)
            updated = {name: statement.excluded[name] for name in _row(some[0]) if name != "id"}
            connection.execute(
                statement.on_conflict_do_update(index_elements=["id"], set_=updated), [_row(each) for each in some]
            )


def acknowledge(engine: Engine, alert_id: str, acknowledgement: Acknowledgement) -> bool:
    """Note that somebody takes care of a firing alert; whether it was one."""
    with engine.begin() as connection:
        column = alerts.c
        is_firing = select(column.id).where(column.id == alert_id, column.is_open, column.phase == Phase.FIRING)
        if connection.scalar(is_firing.with_for_update()) is None:
            return False
        statement = upsert(connection, acknowledgements).values(
            alert=alert_id, by=acknowledgement.by, at=acknowledgement.at, comment=acknowledgement.comment
        )
        excluded = statement.excluded
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["alert"],
                set_={"by": excluded.by, "at": excluded.at, "comment": excluded.comment},
            )
        )
        return True


def release(engine: Engine, alert_id: str) -> bool:
    """Take an acknowledgement back; whether there was one."""
    with engine.begin() as connection:
        return bool(connection.execute(delete(acknowledgements).where(acknowledgements.c.alert == alert_id)).rowcount)


def open_acknowledgements(engine: Engine) -> dict[str, Acknowledgement]:
    """Of all alerts that are open, by their ids."""
    column = acknowledgements.c
    query = select(column.alert, column.by, column.at, column.comment).join(alerts).where(alerts.c.is_open)
    with engine.connect() as connection:
        return {alert: Acknowledgement(by, at, comment) for alert, by, at, comment in connection.execute(query)}


def prune_alerts(engine: Engine, before: datetime) -> None:
    """Forget those that ended before then."""
    with engine.begin() as connection:
        connection.execute(delete(alerts).where(alerts.c.ended_at < before))


def conditions_of(wanted: AlertFilter) -> list[ColumnElement[bool]]:
    """What the rows of `alerts` that are wanted have."""
    column = alerts.c
    equal = {
        column.is_open: wanted.is_open,
        column.site: wanted.site,
        column.access_point: wanted.access_point,
        column.rule: wanted.rule,
        column.severity: wanted.severity,
    }
    conditions = [each == value for each, value in equal.items() if value is not None]
    if wanted.sites is not None:
        conditions.append(column.site.in_(sorted(wanted.sites)))
    if wanted.but_rule is not None:
        conditions.append(column.rule != wanted.but_rule)
    return conditions


def _query() -> Any:
    column = acknowledgements.c
    return select(alerts.c.document, column.by, column.at, column.comment).outerjoin(acknowledgements)


def _read(connection: Connection, condition: ColumnElement[bool]) -> list[Alert]:
    return [_alert(row) for row in connection.execute(_query().where(condition))]


def _alert(row: Any) -> Alert:
    document, by, at, comment = row
    alert = from_document(json.loads(document))
    return alert if by is None else replace(alert, acknowledgement=Acknowledgement(by, at, comment))


def _row(alert: Alert) -> Mapping[str, Any]:
    return {
        "id": alert.id,
        "rule": alert.rule,
        "subject": alert.subject.key,
        "site": alert.subject.site,
        "access_point": alert.subject.access_point,
        "severity": alert.severity,
        "phase": alert.phase,
        "is_open": alert.is_open,
        "since": alert.since,
        "fired_at": alert.fired_at,
        "ended_at": alert.ended_at,
        "document": json.dumps(to_document(alert), ensure_ascii=False, separators=(",", ":")),
    }
