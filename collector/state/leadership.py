"""The epochs of elected evaluators: each has a number, higher than all before it.

For the election, which begins them, and for what the evaluator writes: whoever was stopped in the middle of its work,
and goes on after another has been elected, must not write any more.
"""

from datetime import datetime

from sqlalchemy import Connection, select

from collector.state.tables import leadership
from collector.state.upserting import upsert

_THE_ROW = 1


def begin_epoch(connection: Connection, now: datetime) -> int:
    """A new epoch's number, from 1."""
    statement = upsert(connection, leadership).values(id=_THE_ROW, epoch=1, elected_at=now)
    statement = statement.on_conflict_do_update(
        index_elements=["id"],
        set_={"epoch": leadership.c.epoch + 1, "elected_at": statement.excluded.elected_at},
    )
    epoch: int = connection.execute(statement.returning(leadership.c.epoch)).scalar_one()
    return epoch


def is_current(connection: Connection, epoch: int) -> bool:
    """Whether no other has been elected since; none is until this transaction has ended."""
    query = select(leadership.c.epoch).where(leadership.c.id == _THE_ROW).with_for_update(read=True)
    return connection.scalar(query) == epoch
