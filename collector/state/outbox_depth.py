"""How much waits in the outbox, and how much of it was given up. For figures; what people see is in `delivery_desk`."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, select

from collector.state.alert_tables import deliveries


@dataclass(frozen=True, slots=True)
class OutboxDepth:
    """How many notices wait, when the oldest of them was made, and how many are dead."""

    waiting: int
    oldest_at: datetime | None
    dead: int


def outbox_depth(engine: Engine) -> OutboxDepth:
    """Of all endpoints together."""
    each = deliveries.c
    query = select(each.state, func.count(), func.min(each.made_at)).where(each.state.in_(("waiting", "dead")))
    with engine.connect() as connection:
        found = {
            state: (count, oldest_at) for state, count, oldest_at in connection.execute(query.group_by(each.state))
        }
    waiting, oldest_at = found.get("waiting", (0, None))
    dead, _ = found.get("dead", (0, None))
    return OutboxDepth(waiting, oldest_at, dead)
