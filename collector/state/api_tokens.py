"""API tokens: what a program shows instead of logging in. Shown once, kept as SHA-256; each may what its scopes say,
and never more than the person whose it is."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, insert, select, update

from collector.access.identity import Identity, Means
from collector.access.roles import PERMISSIONS, Permission, Role
from collector.state.people_tables import api_tokens, users

PREFIX = "hangang_"
"""Begins every token, so that one that lies about is recognised as such."""
MOST_OF_ONE_PERSON = 20
LONGEST_LIFE = timedelta(days=366)
_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token as it is listed: all but itself."""

    id: int
    owner: str
    name: str
    scopes: frozenset[Permission]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    def is_good(self, now: datetime) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None and now < self.expires_at


class TooManyTokensError(Exception):
    """Somebody has as many as they may have."""


def make_token(
    engine: Engine, owner: str, name: str, scopes: Iterable[Permission], *, now: datetime, expires_at: datetime
) -> tuple[int, str]:
    """A new token's number, and the token itself, which is kept nowhere. Raises TooManyTokensError, and KeyError for an
    owner who is unknown or locked out."""
    token = PREFIX + secrets.token_urlsafe(32)
    with engine.begin() as connection:
        may_log_in = select(users.c.id).where(users.c.name == owner, users.c.locked_out_at.is_(None))
        user_id = connection.scalar(may_log_in.with_for_update())  # their tokens are counted one after the other
        if user_id is None:
            raise KeyError(owner)
        good = select(api_tokens.c.id).where(
            api_tokens.c.user_id == user_id, api_tokens.c.revoked_at.is_(None), api_tokens.c.expires_at > now
        )
        if len(connection.execute(good).all()) >= MOST_OF_ONE_PERSON:
            raise TooManyTokensError(f"{owner} has {MOST_OF_ONE_PERSON} tokens already; revoke one first")
        made = connection.execute(
            insert(api_tokens)
            .values(
                token_hash=_digest(token),
                user_id=user_id,
                name=name,
                scopes=" ".join(sorted(scopes)),
                created_at=now,
                expires_at=expires_at,
            )
            .returning(api_tokens.c.id)
        )
        return made.one().id, token


def tokens_of(engine: Engine, owner: str | None = None) -> list[ApiToken]:
    """Somebody's tokens, or everybody's, the newest first."""
    query = select(api_tokens, users.c.name.label("owner")).join(users).order_by(api_tokens.c.id.desc())
    if owner is not None:
        query = query.where(users.c.name == owner)
    with engine.connect() as connection:
        return [
            ApiToken(
                row.id,
                row.owner,
                row.name,
                _scopes(row.scopes),
                row.created_at,
                row.expires_at,
                row.last_used_at,
                row.revoked_at,
            )
            for row in connection.execute(query)
        ]


def revoke_token(engine: Engine, number: int, *, owner: str | None, now: datetime) -> bool:
    """Revoke a token, of this person where one is named; whether there was one to revoke."""
    statement = update(api_tokens).where(api_tokens.c.id == number, api_tokens.c.revoked_at.is_(None))
    if owner is not None:
        statement = statement.where(
            api_tokens.c.user_id == select(users.c.id).where(users.c.name == owner).scalar_subquery()
        )
    with engine.begin() as connection:
        return bool(connection.execute(statement.values(revoked_at=now)).rowcount)


def identity_of_token(engine: Engine, token: str, now: datetime) -> Identity | None:
    """Who shows this token, and what it may; None where it is unknown, over or revoked, or its owner locked out."""
    if not token.startswith(PREFIX):
        return None
    query = (
        select(
            api_tokens.c.id,
            api_tokens.c.scopes,
            api_tokens.c.expires_at,
            api_tokens.c.last_used_at,
            users.c.name,
            users.c.role,
        )
        .join(users)
        .where(
            api_tokens.c.token_hash == _digest(token),
            api_tokens.c.expires_at > now,
            api_tokens.c.revoked_at.is_(None),
            users.c.locked_out_at.is_(None),
        )
    )
    with engine.connect() as connection:
        row = connection.execute(query).first()
    if row is None:
        return None
    if row.last_used_at is None or now - row.last_used_at >= _NOTED_EVERY:
        with engine.begin() as connection:
            connection.execute(update(api_tokens).where(api_tokens.c.id == row.id).values(last_used_at=now))
    role = Role(row.role)
    return Identity(row.name, role, Means.TOKEN, PERMISSIONS[role] & _scopes(row.scopes), expires_at=row.expires_at)


def _scopes(text: str) -> frozenset[Permission]:
    """A scope that there is no longer opens nothing."""
    return frozenset(Permission(word) for word in text.split() if word in tuple(Permission))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
