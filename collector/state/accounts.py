"""People who may log in, and their sessions. Passwords are kept as argon2 hashes, session tokens as SHA-256."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, delete, func, insert, literal, select, update

from collector.access.identity import Identity, Means
from collector.access.passwords import normal
from collector.access.roles import PERMISSIONS, Permission, Role
from collector.state.people_tables import api_tokens, sessions, users
from collector.state.upserting import upsert

SESSION_LASTS = timedelta(hours=12)

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's Password Storage Cheat Sheet: 19 MiB, twice, by one thread. The library's own 64 MiB for a moment would be
much of what a collector of a whole city has left."""
_NOBODYS_HASH = _hasher.hash(secrets.token_urlsafe(16))


@dataclass(frozen=True, slots=True)
class Session:
    """A person who is logged in, until then."""

    identity: Identity
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may log in, or could until they were locked out."""

    name: str
    role: Role
    created_at: datetime
    locked_out_at: datetime | None
    has_first_password: bool

    def may(self, permission: Permission) -> bool:
        """Whether they may do this; who is locked out may nothing."""
        return self.locked_out_at is None and permission in PERMISSIONS[self.role]


class LastAdminError(Exception):
    """Nobody would be left who can let people in."""


def has_users(engine: Engine) -> bool:
    """Whether anybody can log in."""
    with engine.connect() as connection:
        return connection.execute(select(users.c.id).limit(1)).first() is not None


def add_user(
    engine: Engine,
    name: str,
    password: str,
    now: datetime,
    *,
    role: Role = Role.ADMIN,
    has_first_password: bool = False,
) -> bool:
    """Let somebody log in, unless somebody of that name can already; whether it was this call that did."""
    with engine.begin() as connection:
        statement = upsert(connection, users).values(
            name=name,
            role=str(role),
            password_hash=_hash(password),
            has_first_password=has_first_password,
            created_at=now,
        )
        added = connection.execute(statement.on_conflict_do_nothing(index_elements=["name"]).returning(users.c.id))
        return added.first() is not None


def people(engine: Engine) -> list[Person]:
    """Everybody, in order of their names."""
    with engine.connect() as connection:
        return [_person(row) for row in connection.execute(select(users).order_by(users.c.name))]


def person(engine: Engine, name: str) -> Person | None:
    """Somebody by their name."""
    with engine.connect() as connection:
        row = connection.execute(select(users).where(users.c.name == name)).first()
    return None if row is None else _person(row)


def set_role(engine: Engine, name: str, role: Role) -> bool:
    """Give somebody another role, from their next click on; whether there is somebody of that name. Raises
    LastAdminError."""
    with engine.begin() as connection:
        _hold_admins(connection)
        found = connection.execute(update(users).where(users.c.name == name).values(role=str(role))).rowcount
        _check_admin_is_left(connection)
    return bool(found)


def lock_out(engine: Engine, name: str, now: datetime) -> bool:
    """Let somebody in no longer: their sessions end, and their tokens are revoked. Their name stays theirs. Raises
    LastAdminError."""
    with engine.begin() as connection:
        _hold_admins(connection)
        found = connection.execute(
            update(users).where(users.c.name == name, users.c.locked_out_at.is_(None)).values(locked_out_at=now)
        ).rowcount
        _check_admin_is_left(connection)
        theirs = select(users.c.id).where(users.c.name == name).scalar_subquery()
        connection.execute(delete(sessions).where(sessions.c.user_id == theirs))
        connection.execute(
            update(api_tokens)
            .where(api_tokens.c.user_id == theirs, api_tokens.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )
    return bool(found)


def let_in_again(engine: Engine, name: str) -> bool:
    """End a lock-out; whether there was one."""
    with engine.begin() as connection:
        changed = connection.execute(
            update(users).where(users.c.name == name, users.c.locked_out_at.is_not(None)).values(locked_out_at=None)
        )
        return bool(changed.rowcount)


def set_password(engine: Engine, name: str, password: str, *, has_first_password: bool) -> bool:
    """Give somebody another password, which ends their sessions; whether there is somebody of that name."""
    values = {"password_hash": _hash(password), "has_first_password": has_first_password}
    with engine.begin() as connection:
        theirs = connection.execute(
            update(users).where(users.c.name == name).values(**values).returning(users.c.id)
        ).first()
        if theirs is not None:
            _end_sessions(connection, theirs.id)
        return theirs is not None


def change_password(engine: Engine, name: str, present: str, wanted: str, *, keep_session: str) -> bool:
    """Give somebody who may log in the password that they want, which ends their sessions but the one of this token;
    whether the present one was theirs, and still is: an admin may have drawn another while it was being checked."""
    proven = _proven(engine, name, present)
    if proven is None:
        return False
    wanted_hash = _hash(wanted)
    with engine.begin() as connection:
        changed = connection.execute(
            update(users)
            .where(_is_still(proven))
            .values(password_hash=wanted_hash, has_first_password=False)
            .returning(users.c.id)
        ).first()
        if changed is not None:
            _end_sessions(connection, proven.id, but=keep_session)
        return changed is not None


def is_password_of(engine: Engine, name: str, password: str) -> bool:
    """Whether this is somebody's password, who may log in. Takes as long for an unknown name as for a known one."""
    return _proven(engine, name, password) is not None


def log_in(engine: Engine, name: str, password: str, now: datetime) -> str | None:
    """A new session's token, which is shown to the browser only; None for a wrong name or password.

    Takes as long for an unknown name as for a known one.
    """
    proven = _proven(engine, name, password)
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
    theirs = select(users.c.id, *values).where(_is_still(proven)).with_for_update()
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


def _person(row: Row[Any]) -> Person:
    return Person(row.name, Role(row.role), row.created_at, row.locked_out_at, row.has_first_password)


def _hash(password: str) -> str:
    return _hasher.hash(normal(password))


class _Proven(NamedTuple):
    """Somebody whose password was right, and its hash."""

    id: int
    password_hash: str


def _proven(engine: Engine, name: str, password: str) -> _Proven | None:
    query = select(users.c.id, users.c.password_hash).where(users.c.name == name, users.c.locked_out_at.is_(None))
    with engine.connect() as connection:
        row = connection.execute(query).first()
    try:
        _hasher.verify(row.password_hash if row else _NOBODYS_HASH, normal(password))
    except (VerificationError, InvalidHashError):
        return None
    return _Proven(row.id, row.password_hash) if row else None


def _is_still(proven: _Proven) -> ColumnElement[bool]:
    """That they may log in by that password. To check one takes a moment, in which they may have been locked out or
    given another, which ends the sessions that there are: none may begin after that."""
    return and_(users.c.id == proven.id, users.c.password_hash == proven.password_hash, users.c.locked_out_at.is_(None))


def _end_sessions(connection: Connection, user_id: int, *, but: str = "") -> None:
    connection.execute(delete(sessions).where(sessions.c.user_id == user_id, sessions.c.token_hash != _digest(but)))


def _hold_admins(connection: Connection) -> None:
    """Nobody else takes away an admin meanwhile: of two who lock each other out at once, one stays. On SQLite there is
    one writer at a time anyway, and nothing to hold."""
    admins = select(users.c.id).where(users.c.role == str(Role.ADMIN)).order_by(users.c.id)
    if connection.dialect.name == "postgresql":
        connection.execute(admins.with_for_update())


def _check_admin_is_left(connection: Connection) -> None:
    query = select(func.count()).where(users.c.role == str(Role.ADMIN), users.c.locked_out_at.is_(None))
    if not connection.scalar(query):
        raise LastAdminError("this is the last admin; make somebody else one first")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
