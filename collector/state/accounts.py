"""People who may log in, and their sessions. Passwords are kept as argon2 hashes, session tokens as SHA-256."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Engine, delete, insert, select

from collector.state.tables import sessions, users
from collector.state.upserting import upsert

SESSION_LASTS = timedelta(hours=12)

_hasher = PasswordHasher()
_NOBODYS_HASH = _hasher.hash(secrets.token_urlsafe(16))


@dataclass(frozen=True, slots=True)
class Session:
    """A person who is logged in. `csrf_token` stands in every form of theirs."""

    user_name: str
    csrf_token: str
    expires_at: datetime


def has_users(engine: Engine) -> bool:
    """Whether anybody can log in."""
    with engine.connect() as connection:
        return connection.execute(select(users.c.id).limit(1)).first() is not None


def add_user(engine: Engine, name: str, password: str, now: datetime) -> bool:
    """Let somebody log in, unless somebody of that name can already; whether it was this call that did."""
    with engine.begin() as connection:
        statement = upsert(connection, users).values(name=name, password_hash=_hasher.hash(password), created_at=now)
        added = connection.execute(statement.on_conflict_do_nothing(index_elements=["name"]).returning(users.c.id))
        return added.first() is not None


def log_in(engine: Engine, name: str, password: str, now: datetime) -> str | None:
    """A new session's token, which is shown to the browser only; None for a wrong name or password.

    Takes as long for an unknown name as for a known one.
    """
    with engine.connect() as connection:
        row = connection.execute(select(users.c.id, users.c.password_hash).where(users.c.name == name)).first()
    try:
        _hasher.verify(row.password_hash if row else _NOBODYS_HASH, password)
    except (VerificationError, InvalidHashError):
        return None
    if row is None:
        return None
    token = secrets.token_urlsafe(32)
    with engine.begin() as connection:
        connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
        connection.execute(
            insert(sessions).values(
                token_hash=_digest(token),
                user_id=row.id,
                csrf_token=secrets.token_urlsafe(32),
                created_at=now,
                expires_at=now + SESSION_LASTS,
            )
        )
    return token


def session_of(engine: Engine, token: str, now: datetime) -> Session | None:
    """Whose session a token is; None where it is unknown or over."""
    query = (
        select(users.c.name, sessions.c.csrf_token, sessions.c.expires_at)
        .join(users, users.c.id == sessions.c.user_id)
        .where(sessions.c.token_hash == _digest(token), sessions.c.expires_at > now)
    )
    with engine.connect() as connection:
        row = connection.execute(query).first()
    return Session(row.name, row.csrf_token, row.expires_at) if row else None


def log_out(engine: Engine, token: str) -> None:
    """End a session."""
    with engine.begin() as connection:
        connection.execute(delete(sessions).where(sessions.c.token_hash == _digest(token)))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
