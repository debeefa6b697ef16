"""Passwords, kept as argon2 hashes: whose a password is, which takes as long for an unknown name as for a known one."""

import secrets
from functools import cache
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, Engine, and_, select

from collector.access.passwords import normal
from collector.state.people_tables import users

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's Password Storage Cheat Sheet: 19 MiB, twice, by one thread. The library's own 64 MiB for a moment would be
much of what a collector of a whole city has left."""


class Proven(NamedTuple):
    """Somebody whose password was right, and its hash."""

    id: int
    password_hash: str


def prove(engine: Engine, name: str, password: str) -> Proven | None:
    """Whose password this is, if theirs and if they may log in; None otherwise."""
    nobodys_hash = _nobodys_hash()  # whoever asks first waits for it, whether the name is known or not
    query = select(users.c.id, users.c.password_hash).where(users.c.name == name, users.c.locked_out_at.is_(None))
    with engine.connect() as connection:
        row = connection.execute(query).first()
    try:
        _hasher.verify(row.password_hash if row else nobodys_hash, normal(password))
    except (VerificationError, InvalidHashError):
        return None
    return Proven(row.id, row.password_hash) if row else None


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))


def is_still(proven: Proven) -> ColumnElement[bool]:
    """That they may log in by that password. To check one takes a moment, in which they may have been locked out or
    given another, which ends the sessions that there are: none may begin after that."""
    return and_(users.c.id == proven.id, users.c.password_hash == proven.password_hash, users.c.locked_out_at.is_(None))


def hashed(password: str) -> str:
    """As it is kept."""
    return _hasher.hash(normal(password))
