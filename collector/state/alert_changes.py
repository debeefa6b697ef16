"""Whether anything about alerts has changed, for pages that renew themselves. Asked every other second."""

from datetime import datetime
from zlib import crc32

from sqlalchemy import Engine, Executable, and_, func, select

from collector.state.alert_tables import acknowledgements, alerts, deliveries, endpoint_states, maintenance, silences


def alert_mark(engine: Engine, now: datetime) -> int:
    """A number that is another one once alerts, what is said of them, deliveries or endpoints have changed.

    It is made of what indices tell, and of what is open or waits, which is little. An open alert that is told
    otherwise is longer or shorter then; a figure of it alone, which moves all the time, is no change.
    """
    with engine.connect() as connection:
        seen = [list(map(str, row)) for query in _looks(now) for row in connection.execute(query)]
    return crc32(repr(seen).encode())


def _looks(now: datetime) -> tuple[Executable, ...]:
    alert, said, each, state = alerts.c, acknowledgements.c, deliveries.c, endpoint_states.c
    silence, works = silences.c, maintenance.c
    letters = func.sum(func.length(alert.document))
    return (
        select(alert.phase, alert.severity, func.count(), func.max(alert.since), func.max(alert.fired_at), letters)
        .where(alert.is_open)
        .group_by(alert.phase, alert.severity)
        .order_by(alert.phase, alert.severity),
        select(func.max(alert.ended_at)),
        select(func.count(), func.max(said.at)).select_from(acknowledgements.join(alerts)).where(alert.is_open),
        select(func.max(each.number)),
        select(func.max(each.ended_at)),
        select(func.count(), func.sum(each.attempts), func.count(each.claimed_at), func.max(each.due_at)).where(
            each.state == "waiting"
        ),
        select(state.endpoint, state.paused_at, state.disabled_at, state.failed_at).order_by(state.endpoint),
        select(func.max(silence.id)),
        select(func.count()).where(silence.ends_at > now),
        select(func.count()).where(and_(silence.ends_at > now, silence.starts_at <= now)),
        select(func.count(), func.max(works.id)).where(~works.is_over),
    )
