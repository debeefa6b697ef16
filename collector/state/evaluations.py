"""When the city was last judged: written by the evaluator, read by pages, which else would show a calm that nobody
watches over."""

from datetime import datetime

from sqlalchemy import Connection, Engine, select

from collector.state.alert_tables import evaluations
from collector.state.upserting import upsert

_THE_ROW = 1


def note_evaluation(connection: Connection, at: datetime) -> None:
    """All rules have judged."""
    statement = upsert(connection, evaluations).values(id=_THE_ROW, evaluated_at=at)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["id"], set_={"evaluated_at": statement.excluded.evaluated_at})
    )


def last_evaluation(engine: Engine) -> datetime | None:
    """When they did last, to within half a minute; None where they never have."""
    with engine.connect() as connection:
        at: datetime | None = connection.scalar(select(evaluations.c.evaluated_at))
        return at
