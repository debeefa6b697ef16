"""API tokens: what they open, until when, and that nobody can read them out of the database."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from collector.access.identity import Identity, Means
from collector.access.roles import Permission, Role
from collector.state.accounts import add_user, lock_out, set_role
from collector.state.api_tokens import (
    MOST_OF_ONE_PERSON,
    PREFIX,
    ApiToken,
    TooManyTokensError,
    identity_of_token,
    make_token,
    revoke_token,
    tokens_of,
)

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def made(engine: Engine) -> tuple[int, str]:
    """A token of a planner that may read and plan."""
    add_user(engine, "boss", "-", NOW)
    add_user(engine, "kim", "-", NOW, role=Role.PLANNER)
    return make_token(engine, "kim", "export", [Permission.READ, Permission.PLAN], now=NOW, expires_at=NOW + DAY)


def test_a_token_opens_what_its_scopes_say_until_it_is_over(engine: Engine, made: tuple[int, str]) -> None:
    _, token = made
    assert token.startswith(PREFIX)
    scopes = frozenset({Permission.READ, Permission.PLAN})
    known = Identity("kim", Role.PLANNER, Means.TOKEN, scopes, expires_at=NOW + DAY)
    assert identity_of_token(engine, token, NOW + DAY - timedelta(seconds=1)) == known
    assert identity_of_token(engine, token, NOW + DAY) is None
    assert identity_of_token(engine, f"{token}x", NOW) is None
    assert identity_of_token(engine, token.removeprefix(PREFIX), NOW) is None


def test_a_token_may_never_more_than_its_owner(engine: Engine, made: tuple[int, str]) -> None:
    set_role(engine, "kim", Role.VIEWER)
    identity = identity_of_token(engine, made[1], NOW)
    assert identity is not None
    assert (identity.role, identity.permissions) == (Role.VIEWER, {Permission.READ})


def test_the_last_use_is_noted_to_the_minute(engine: Engine, made: tuple[int, str]) -> None:
    number, token = made
    known = ApiToken(number, "kim", "export", frozenset({Permission.READ, Permission.PLAN}), NOW, NOW + DAY, None, None)
    assert tokens_of(engine, "kim") == [known]
    for seconds in (10, 30, 69):
        identity_of_token(engine, token, NOW + timedelta(seconds=seconds))
    assert tokens_of(engine, "kim")[0].last_used_at == NOW + timedelta(seconds=10)
    identity_of_token(engine, token, NOW + timedelta(seconds=70))
    assert tokens_of(engine)[0].last_used_at == NOW + timedelta(seconds=70)


def test_only_the_owner_revokes_unless_nobody_is_named(engine: Engine, made: tuple[int, str]) -> None:
    number, token = made
    assert not revoke_token(engine, number, owner="boss", now=NOW)
    assert not revoke_token(engine, number + 1, owner="kim", now=NOW)
    assert identity_of_token(engine, token, NOW) is not None
    assert revoke_token(engine, number, owner=None, now=NOW)
    assert not revoke_token(engine, number, owner="kim", now=NOW)
    assert identity_of_token(engine, token, NOW) is None
    assert tokens_of(engine, "kim")[0].revoked_at == NOW
    assert not tokens_of(engine, "kim")[0].is_good(NOW)


def test_nobody_has_more_than_so_many_that_open_something(engine: Engine, made: tuple[int, str]) -> None:
    for number in range(MOST_OF_ONE_PERSON - 1):
        make_token(engine, "kim", f"token {number}", [Permission.READ], now=NOW, expires_at=NOW + DAY)
    with pytest.raises(TooManyTokensError, match="revoke one first"):
        make_token(engine, "kim", "one more", [Permission.READ], now=NOW, expires_at=NOW + DAY)
    revoke_token(engine, made[0], owner="kim", now=NOW)
    make_token(engine, "kim", "one more", [Permission.READ], now=NOW, expires_at=NOW + DAY)
    make_token(engine, "kim", "later", [Permission.READ], now=NOW + DAY, expires_at=NOW + 2 * DAY)
    with pytest.raises(KeyError):
        make_token(engine, "nobody", "export", [Permission.READ], now=NOW, expires_at=NOW + DAY)


def test_a_scope_that_there_is_no_longer_opens_nothing(engine: Engine, made: tuple[int, str]) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE api_tokens SET scopes = 'read fly'"))
    identity = identity_of_token(engine, made[1], NOW)
    assert identity is not None
    assert identity.permissions == {Permission.READ}


def test_nobody_who_is_locked_out_gets_a_token(engine: Engine, made: tuple[int, str]) -> None:
    lock_out(engine, "kim", NOW)
    for name in ("kim", "nobody"):
        with pytest.raises(KeyError):
            make_token(engine, name, "export", [Permission.READ], now=NOW, expires_at=NOW + DAY)
