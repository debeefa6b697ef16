"""The office that one collector at a time holds: an advisory lock of a session at PostgreSQL. Used by the election.

A session of its own, whose thread may be told from outside to give up: whatever it waits for then fails at once.
"""

import os
import socket
from datetime import datetime

from sqlalchemy import Connection, Engine, NullPool, create_engine, text

from collector.state.leadership import begin_epoch

_CLASS, _OBJECT = 0x68616E67, 1

_TRY = text("SELECT pg_try_advisory_lock(:class, :object)")
_HELD = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted"
    " AND classid = :class AND objid = :object AND objsubid = 2"
)
_KEY = {"class": _CLASS, "object": _OBJECT}


class Office:
    """A candidate's session. All methods but `give_up` block, and are for one thread."""

    def __init__(self, connection: Connection, wire: socket.socket) -> None:
        self._connection = connection
        self._wire = wire

    @classmethod
    def open(cls, engine: Engine, silence_seconds: float) -> "Office":
        """Connect anew, beside the engine's pool. Raises SQLAlchemyError.

        The server ends the session once it has been silent for so long, and gives the office to whoever asks next: a
        process may hang, a network be cut, and be it behind a proxy that keeps the connection up.
        """
        own = create_engine(engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        connection = own.connect()
        try:
            connection.execute(text(f"SET idle_session_timeout = {round(silence_seconds * 1000)}"))
            driver_connection = connection.connection.driver_connection
            assert driver_connection is not None  # noqa: S101  # it has just answered
            wire = socket.socket(fileno=os.dup(driver_connection.fileno()))
        except BaseException:
            connection.invalidate()
            connection.close()
            raise
        return cls(connection, wire)

    def try_to_take(self) -> bool:
        """Whether the office is ours from now on."""
        return bool(self._connection.scalar(_TRY, _KEY))

    def is_held(self) -> bool:
        """Whether the server says that the office is still ours."""
        return bool(self._connection.scalar(_HELD, _KEY))

    def begin_epoch(self, now: datetime) -> int:
        """A new epoch's number, for who has taken the office."""
        return begin_epoch(self._connection, now)

    def give_up(self) -> None:
        """From any thread: whoever waits for the server waits no longer."""
        try:
            self._wire.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the connection is gone already

    def close(self) -> None:
        """Leave the office to others, and the server."""
        self._connection.invalidate()
        self._connection.close()
        self._wire.close()
