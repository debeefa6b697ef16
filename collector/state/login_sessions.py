"""Sessions of people who are logged in. Their tokens are kept as SHA-256."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, insert, literal, select

from collector.access.identity import Identity, Means
from collector.access.roles import PERMISSIONS, Role
from collector.state.people_tables import sessions, users
from collector.state.proofs import is_still, prove

SESSION_LASTS = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Session:
    """A person who is logged in, until then."""

    identity: Identity
    expires_at: datetime


def log_in(engine: Engine, name: str, password: str, now: datetime) -> str | None:
    """A new session's token, which is shown to the browser only; None for a wrong name or password.

    Takes as long for an unknown name as for a known one.
    """
    proven = prove(engine, name, password)
    if proven is None:
        return None
    token = secrets.token_urlsafe(32)
    session = {
        "token_hash": _digest(token),
        "csrf_token": secrets.token_urlsafe(32),
        "created_at": now,
        "expires_at": now + SESSION_LASTS,
    }
    values = (literal(value, sessions.c[name].type) for name, value in session.items())
    theirs = select(users.c.id, *values).where(is_still(proven)).with_for_update()
    with engine.begin() as connection:
        connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
    with engine.begin() as connection:
        begin = insert(sessions).from_select(["user_id", *session], theirs).returning(sessions.c.user_id)
        has_begun = connection.execute(begin).first() is not None
    return token if has_begun else None


def session_of(engine: Engine, token: str, now: datetime) -> Session | None:
    """Whose session a token is; None where it is unknown or over, or somebody has been locked out since."""
    query = (
        select(users.c.name, users.c.role, users.c.has_first_password, sessions.c.csrf_token, sessions.c.expires_at)
        .join(users, users.c.id == sessions.c.user_id)
        .where(sessions.c.token_hash == _digest(token), sessions.c.expires_at > now, users.c.locked_out_at.is_(None))
    )
    with engine.connect() as connection:
        row = connection.execute(query).first()
    if row is None:
        return None
    role = Role(row.role)
    identity = Identity(
        row.name, role, Means.SESSION, PERMISSIONS[role], row.csrf_token, has_first_password=row.has_first_password
    )
    return Session(identity, row.expires_at)


def log_out(engine: Engine, token: str) -> None:
    """End a session."""
    with engine.begin() as connection:
        connection.execute(delete(sessions).where(sessions.c.token_hash == _digest(token)))


def end_sessions(connection: Connection, user_id: int, *, but: str = "") -> None:
    """All of somebody's, but the one of this token."""
    connection.execute(delete(sessions).where(sessions.c.user_id == user_id, sessions.c.token_hash != _digest(but)))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
