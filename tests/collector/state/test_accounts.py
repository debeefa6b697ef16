"""People log in and out, and their sessions end."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from collector.access.identity import Means
from collector.access.roles import Role
from collector.state.accounts import add_user, has_users
from collector.state.login_sessions import SESSION_LASTS, log_in, log_out, session_of

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_who_was_added_logs_in_until_the_session_is_over(engine: Engine) -> None:
    assert not has_users(engine)
    add_user(engine, "김", "a password", NOW)
    assert has_users(engine)
    assert log_in(engine, "김", "another", NOW) is None
    assert log_in(engine, "lee", "a password", NOW) is None
    token = log_in(engine, "김", "a password", NOW)
    assert token is not None
    session = session_of(engine, token, NOW + SESSION_LASTS - SECOND)
    assert session is not None
    assert session.expires_at == NOW + SESSION_LASTS
    identity = session.identity
    assert (identity.name, identity.role, identity.means) == ("김", Role.ADMIN, Means.SESSION)
    assert identity.csrf_token
    assert session_of(engine, token, NOW + SESSION_LASTS) is None
    assert session_of(engine, f"{token}x", NOW) is None


def test_who_logs_out_is_out(engine: Engine) -> None:
    add_user(engine, "kim", "a password", NOW)
    staying, leaving = (log_in(engine, "kim", "a password", NOW) or "" for _ in range(2))
    log_out(engine, leaving)
    assert session_of(engine, leaving, NOW) is None
    assert session_of(engine, staying, NOW) is not None


def test_a_name_is_given_once_and_keeps_its_password(engine: Engine) -> None:
    assert add_user(engine, "kim", "a password", NOW)
    assert not add_user(engine, "kim", "another", NOW)
    assert log_in(engine, "kim", "another", NOW) is None
    assert log_in(engine, "kim", "a password", NOW) is not None
