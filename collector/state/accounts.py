"""People who may log in: their roles, their passwords, and who is locked out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, select, update

from collector.access.roles import PERMISSIONS, Permission, Role
from collector.state.login_sessions import end_sessions
from collector.state.people_tables import api_tokens, sessions, users
from collector.state.proofs import hashed, is_still, prove
from collector.state.upserting import upsert


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
            password_hash=hashed(password),
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
    values = {"password_hash": hashed(password), "has_first_password": has_first_password}
    with engine.begin() as connection:
        theirs = connection.execute(
            update(users).where(users.c.name == name).values(**values).returning(users.c.id)
        ).first()
        if theirs is not None:
            end_sessions(connection, theirs.id)
        return theirs is not None


def change_password(engine: Engine, name: str, present: str, wanted: str, *, keep_session: str) -> bool:
    """Give somebody who may log in the password that they want, which ends their sessions but the one of this token;
    whether the present one was theirs, and still is: an admin may have drawn another while it was being checked."""
    proven = prove(engine, name, present)
    if proven is None:
        return False
    wanted_hash = hashed(wanted)
    with engine.begin() as connection:
        changed = connection.execute(
            update(users)
            .where(is_still(proven))
            .values(password_hash=wanted_hash, has_first_password=False)
            .returning(users.c.id)
        ).first()
        if changed is not None:
            end_sessions(connection, proven.id, but=keep_session)
        return changed is not None


def is_password_of(engine: Engine, name: str, password: str) -> bool:
    """Whether this is somebody's password, who may log in. Takes as long for an unknown name as for a known one."""
    return prove(engine, name, password) is not None


def _person(row: Row[Any]) -> Person:
    return Person(row.name, Role(row.role), row.created_at, row.locked_out_at, row.has_first_password)


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
