"""Failed attempts to log in, which outlive a restart and count for all collectors that share the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, select

from collector.access.throttle import FORGOTTEN_AFTER, Failures, keys_of
from collector.state.people_tables import login_failures
from collector.state.upserting import upsert


def attempt(engine: Engine, name: str, address: str, now: datetime) -> timedelta | None:
    """Begin an attempt: None if it may go on, else how long to wait.

    An attempt that may go on counts as failed until `succeed` is called: otherwise as many could be made at once as a
    server takes. One that has to wait counts for nothing, and so does not prolong the wait.
    """
    keys = sorted(keys_of(name, address))
    with engine.connect() as connection:  # who has to wait writes nothing, or names without end would fill the table
        wait = _longest_wait(_failures(connection, keys, is_locking=False), now)
    if wait > timedelta(0):
        return wait
    with engine.begin() as connection:
        # what is there can be locked: nobody reads in between
        statement = upsert(connection, login_failures).on_conflict_do_nothing(index_elements=["key"])
        connection.execute(statement, [{"key": key, "count": 0, "last_at": now} for key in keys])
        known = _failures(connection, keys)
        wait = _longest_wait(known, now)
        if wait > timedelta(0):
            return wait
        for key in keys:
            _keep(connection, key, Failures(known[key].counting(now) + 1, now))
    return None


def succeed(engine: Engine, name: str, address: str) -> None:
    """The attempt was good: forget the name's failures, and this one of the address. What else came from there still
    counts, or one account would be enough to guess all others."""
    name_key, address_key = keys_of(name, address)
    with engine.begin() as connection:
        known = _failures(connection, (address_key,)).get(address_key)
        connection.execute(delete(login_failures).where(login_failures.c.key == name_key))
        if known is not None:
            _keep(connection, address_key, Failures(max(0, known.count - 1), known.last_at))


def prune_failures(engine: Engine, now: datetime) -> None:
    """Forget what counts no longer."""
    with engine.begin() as connection:
        connection.execute(delete(login_failures).where(login_failures.c.last_at <= now - FORGOTTEN_AFTER))


def _longest_wait(known: Mapping[str, Failures], now: datetime) -> timedelta:
    return max((failures.wait(now) for failures in known.values()), default=timedelta(0))


def _failures(connection: Connection, keys: Sequence[str], *, is_locking: bool = True) -> dict[str, Failures]:
    query = select(login_failures).where(login_failures.c.key.in_(keys)).order_by(login_failures.c.key)
    found = connection.execute(query.with_for_update() if is_locking else query).mappings()
    return {row["key"]: Failures(row["count"], row["last_at"]) for row in found}


def _keep(connection: Connection, key: str, failures: Failures) -> None:
    statement = upsert(connection, login_failures).values(key=key, count=failures.count, last_at=failures.last_at)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["key"], set_={"count": statement.excluded["count"], "last_at": statement.excluded.last_at}
        )
    )
