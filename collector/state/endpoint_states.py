"""How the endpoints of alerts fare: who paused one, why one is disabled, when something last arrived. For the sender,
and for pages and API."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select, update

from collector.state.alert_tables import endpoint_states
from collector.state.upserting import upsert


@dataclass(frozen=True, slots=True)
class EndpointState:
    """`paused_by` is who wants nothing to be sent there for now; `disabled_because` is why nothing is until somebody
    enables it: the receiver said that it is gone. `problem` is of the newest call that failed; None since one has
    arrived."""

    endpoint: str
    paused_by: str | None = None
    paused_at: datetime | None = None
    disabled_at: datetime | None = None
    disabled_because: str | None = None
    delivered_at: datetime | None = None
    failed_at: datetime | None = None
    problem: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether anything is sent there."""
        return self.paused_at is None and self.disabled_at is None


def endpoint_state(engine: Engine, endpoint: str) -> EndpointState:
    """One endpoint's."""
    return endpoint_states_of(engine).get(endpoint, EndpointState(endpoint))


def endpoint_states_of(engine: Engine) -> dict[str, EndpointState]:
    """Of all that have ever been called, paused or disabled."""
    column = endpoint_states.c
    query = select(
        column.endpoint,
        column.paused_by,
        column.paused_at,
        column.disabled_at,
        column.disabled_because,
        column.delivered_at,
        column.failed_at,
        column.problem,
    )
    with engine.connect() as connection:
        return {row.endpoint: EndpointState(*row) for row in connection.execute(query)}


def pause(engine: Engine, endpoint: str, by: str, now: datetime) -> None:
    """Nothing is sent there until it is opened again; what is to be told waits."""
    _note(engine, endpoint, {"paused_by": by, "paused_at": now})


def reopen(engine: Engine, endpoint: str) -> bool:
    """Send there again, whether it was paused or disabled; whether it was."""
    column = endpoint_states.c
    with engine.begin() as connection:
        closed = (column.paused_at.is_not(None)) | (column.disabled_at.is_not(None))
        opened = connection.execute(
            update(endpoint_states)
            .where(column.endpoint == endpoint, closed)
            .values(paused_by=None, paused_at=None, disabled_at=None, disabled_because=None)
        )
        return bool(opened.rowcount)


def note_gone(engine: Engine, endpoint: str, because: str, now: datetime) -> None:
    """The receiver says that it is gone for good."""
    _note(engine, endpoint, {"disabled_at": now, "disabled_because": because, "failed_at": now, "problem": because})


def note_arrival(engine: Engine, endpoint: str, now: datetime) -> None:
    """Something has arrived there."""
    _note(engine, endpoint, {"delivered_at": now, "problem": None})


def note_failure(engine: Engine, endpoint: str, problem: str, now: datetime) -> None:
    """A call has failed."""
    _note(engine, endpoint, {"failed_at": now, "problem": problem})


def _note(engine: Engine, endpoint: str, values: dict[str, Any]) -> None:
    with engine.begin() as connection:
        statement = upsert(connection, endpoint_states).values(endpoint=endpoint, **values)
        connection.execute(statement.on_conflict_do_update(index_elements=["endpoint"], set_=values))
