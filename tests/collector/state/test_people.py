"""Roles, lock-outs and passwords of people: what ends when, and that somebody is left who can let people in."""

import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import argon2
import pytest
from sqlalchemy import Engine

from collector.access.names import TAKEN_BY_US, is_name, normal_name
from collector.access.passwords import FEWEST_PASSWORD_LETTERS, Weakness, draw_password, weakness_of
from collector.access.roles import Permission, Role
from collector.orders.life import TELEMETRY
from collector.state.accounts import (
    LastAdminError,
    Person,
    add_user,
    change_password,
    is_password_of,
    let_in_again,
    lock_out,
    people,
    person,
    set_password,
    set_role,
)
from collector.state.api_tokens import identity_of_token, make_token
from collector.state.login_sessions import log_in, session_of

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
PASSWORD = "first words that were"


def add(engine: Engine, name: str, role: Role = Role.VIEWER) -> str:
    """Somebody, and the token of a session of theirs."""
    assert add_user(engine, name, PASSWORD, NOW, role=role)
    token = log_in(engine, name, PASSWORD, NOW)
    assert token is not None
    return token


def test_everybody_is_listed_in_order_of_their_names(engine: Engine) -> None:
    add_user(engine, "lee", PASSWORD, NOW, role=Role.OPS, has_first_password=True)
    add_user(engine, "kim", PASSWORD, NOW)
    kim = Person("kim", Role.ADMIN, NOW, locked_out_at=None, has_first_password=False)
    lee = Person("lee", Role.OPS, NOW, locked_out_at=None, has_first_password=True)
    assert people(engine) == [kim, lee]
    assert person(engine, "lee") == lee
    assert person(engine, "park") is None


def test_a_role_counts_in_sessions_that_are_open(engine: Engine) -> None:
    token = add(engine, "kim")
    add(engine, "boss", Role.ADMIN)
    assert set_role(engine, "kim", Role.PLANNER)
    session = session_of(engine, token, NOW)
    assert session is not None
    assert session.identity.role is Role.PLANNER
    assert session.identity.may(Permission.PLAN)
    assert not set_role(engine, "park", Role.OPS)


def test_a_lock_out_ends_sessions_and_tokens_and_letting_in_again_revives_neither(engine: Engine) -> None:
    add(engine, "boss", Role.ADMIN)
    session = add(engine, "kim")
    expires_at = NOW + timedelta(days=1)
    _, token = make_token(engine, "kim", "export", [Permission.READ], now=NOW, expires_at=expires_at)
    assert lock_out(engine, "kim", NOW)
    assert not lock_out(engine, "kim", NOW + timedelta(hours=1))
    assert person(engine, "kim") == Person("kim", Role.VIEWER, NOW, locked_out_at=NOW, has_first_password=False)
    assert log_in(engine, "kim", PASSWORD, NOW) is None
    assert let_in_again(engine, "kim")
    assert not let_in_again(engine, "kim")
    assert session_of(engine, session, NOW) is None
    assert identity_of_token(engine, token, NOW) is None
    assert log_in(engine, "kim", PASSWORD, NOW) is not None


def test_the_last_admin_stays_one_and_stays_in(engine: Engine) -> None:
    add(engine, "boss", Role.ADMIN)
    add(engine, "other", Role.ADMIN)
    add(engine, "kim")
    assert lock_out(engine, "other", NOW)
    with pytest.raises(LastAdminError):
        lock_out(engine, "boss", NOW)
    with pytest.raises(LastAdminError):
        set_role(engine, "boss", Role.OPS)
    boss = person(engine, "boss")
    assert boss is not None
    assert (boss.role, boss.locked_out_at) == (Role.ADMIN, None)
    assert let_in_again(engine, "other")
    assert lock_out(engine, "boss", NOW)


def test_of_admins_who_take_it_from_each_other_at_once_one_is_left(engine: Engine) -> None:
    names = ["a", "b", "c", "d"]
    for name in names:
        add_user(engine, name, PASSWORD, NOW)

    def take(name: str) -> bool:
        try:
            return lock_out(engine, name, NOW) if name in "ab" else set_role(engine, name, Role.VIEWER)
        except LastAdminError:
            return False

    with ThreadPoolExecutor(len(names)) as pool:
        taken = list(pool.map(take, names))
    assert taken.count(True) == len(names) - 1
    left = [each for each in people(engine) if each.role is Role.ADMIN and each.locked_out_at is None]
    assert len(left) == 1


def test_another_password_ends_the_sessions_but_the_one_that_stays(engine: Engine) -> None:
    staying, leaving = add(engine, "kim"), log_in(engine, "kim", PASSWORD, NOW)
    others = add(engine, "lee")
    assert leaving is not None
    assert not change_password(engine, "kim", "wrong words of hers", "other words by now", keep_session=staying)
    assert session_of(engine, leaving, NOW) is not None
    assert change_password(engine, "kim", PASSWORD, "other words by now", keep_session=staying)
    assert session_of(engine, staying, NOW) is not None
    assert session_of(engine, others, NOW) is not None
    assert session_of(engine, leaving, NOW) is None
    assert not is_password_of(engine, "kim", PASSWORD)
    assert is_password_of(engine, "kim", "other words by now")
    assert set_password(engine, "kim", "drawn words for kim", has_first_password=True)
    assert session_of(engine, staying, NOW) is None
    assert not set_password(engine, "park", "whatever it may be", has_first_password=True)


def test_a_password_is_the_same_however_a_keyboard_sends_its_letters(engine: Engine) -> None:
    composed = "한강의 봄바람과 물결"
    taken_apart = unicodedata.normalize("NFD", composed)
    assert composed != taken_apart
    add_user(engine, "kim", composed, NOW)
    assert is_password_of(engine, "kim", taken_apart)


def test_a_password_is_checked_whoever_is_named(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the time it takes tells nobody who has an account."""
    add(engine, "boss", Role.ADMIN)
    add(engine, "gone")
    lock_out(engine, "gone", NOW)
    checked: list[str] = []
    verify = argon2.PasswordHasher.verify

    def counting(hasher: argon2.PasswordHasher, hashed: str, password: str) -> bool:
        checked.append(password)
        return verify(hasher, hashed, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counting)
    for name in ("boss", "gone", "nobody"):
        assert not is_password_of(engine, name, f"wrong for {name}")
    assert checked == ["wrong for boss", "wrong for gone", "wrong for nobody"]


def while_a_password_is_checked(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """That takes a moment, in which something else may come first."""
    verify = argon2.PasswordHasher.verify

    def checking(hasher: argon2.PasswordHasher, hashed: str, password: str) -> bool:
        is_right = verify(hasher, hashed, password)
        happens()
        return is_right

    monkeypatch.setattr(argon2.PasswordHasher, "verify", checking)


def test_no_session_begins_by_a_password_that_is_theirs_no_longer(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(engine, "boss", Role.ADMIN)
    add(engine, "kim")
    with monkeypatch.context() as patching:
        while_a_password_is_checked(
            patching, lambda: set_password(engine, "kim", "drawn words for kim", has_first_password=True)
        )
        assert log_in(engine, "kim", PASSWORD, NOW) is None
    with monkeypatch.context() as patching:
        while_a_password_is_checked(patching, lambda: lock_out(engine, "kim", NOW))
        assert log_in(engine, "kim", "drawn words for kim", NOW) is None
    let_in_again(engine, "kim")
    assert log_in(engine, "kim", "drawn words for kim", NOW) is not None


def test_a_password_that_an_admin_has_drawn_meanwhile_stays(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    stolen = add(engine, "kim")
    with monkeypatch.context() as patching:
        while_a_password_is_checked(
            patching, lambda: set_password(engine, "kim", "drawn words for kim", has_first_password=True)
        )
        assert not change_password(engine, "kim", PASSWORD, "words of the thief", keep_session=stolen)
    assert session_of(engine, stolen, NOW) is None
    assert is_password_of(engine, "kim", "drawn words for kim")


@pytest.mark.parametrize(
    ("password", "weakness"),
    [
        ("a" * (FEWEST_PASSWORD_LETTERS - 1), Weakness.TOO_SHORT),
        ("", Weakness.TOO_SHORT),
        ("words " * 200, Weakness.TOO_LONG),
        ("kimcheolsu", Weakness.TOO_SHORT),
        ("KimCheolSu-2026", Weakness.NAME),
        ("kimcheolsukimcheolsu", Weakness.NAME),
        ("password1234", Weakness.OBVIOUS),
        ("P@ssword-Password!", None),
        ("Seoul Wifi 2026!", Weakness.OBVIOUS),
        ("비밀번호비밀번호1234", Weakness.OBVIOUS),
        ("aaaaaaaaaaaaaaaa", Weakness.OBVIOUS),
        ("121212121212", Weakness.OBVIOUS),
        ("123456789012", Weakness.OBVIOUS),
        ("zyxwvutsrqpo", Weakness.OBVIOUS),
        ("qwertyuiopas", Weakness.OBVIOUS),
        ("correct horse battery staple", None),
        ("온 동네가 다 젖는다", Weakness.TOO_SHORT),
        ("온 동네가 다 젖는다 오늘도", None),
        ("816305274917", None),
        ("kimcheolsu likes rain", None),
    ],
)
def test_what_is_tried_first_is_no_password_and_anything_else_that_is_long_is(
    password: str, weakness: Weakness | None
) -> None:
    assert weakness_of(password, "kimcheolsu") is weakness


def test_a_drawn_password_is_long_typed_without_doubt_and_never_the_same() -> None:
    drawn = {draw_password() for _ in range(100)}
    assert len(drawn) == 100
    for password in drawn:
        assert len(password) >= 16
        assert not set(password) & set("0oO1lI")
        assert password == password.lower()
        assert weakness_of(password, "kim") is None


@pytest.mark.parametrize("text", ["kim", "김 철수", "O'Neill", "é", "7", "x" * 64])
def test_what_can_be_seen_is_a_name(text: str) -> None:
    assert is_name(normal_name(f" {text} "))


@pytest.mark.parametrize(
    "text", ["", "x" * 65, " kim", "kim\n", "k\x00m", "..", "-", "\u202ekim", "\ud800k", "a\u200bb", "a/b"]
)
def test_what_cannot_be_seen_or_told_apart_is_none(text: str) -> None:
    assert not is_name(text)


def test_nobody_is_called_as_what_acts_by_itself() -> None:
    assert {TELEMETRY, "command"} <= TAKEN_BY_US
