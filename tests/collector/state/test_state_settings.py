"""The `[state]` table: what it says, and what of it is a mistake."""

from pathlib import Path

import pytest

from agent.settings import SettingsError, check
from collector.state.settings import StateSettings


def mistakes(document: dict[str, object], folder: Path) -> list[tuple[str, str]]:
    try:
        check(StateSettings, document, folder / "collector.toml", below="state")
    except SettingsError as error:
        return [(mistake.key, mistake.problem) for mistake in error.mistakes]
    return []


def test_without_a_url_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert mistakes({}, tmp_path) == []
    assert StateSettings().url is None
    assert StateSettings().password is None


def test_a_url_and_a_password_file_say_all_there_is(tmp_path: Path) -> None:
    (tmp_path / "state.key").write_text("s3cret\n")
    document = {"url": "postgresql://han%40gang@[::1]:5433/wi%20fi", "password_file": "state.key"}
    settings = check(StateSettings, document, tmp_path / "collector.toml")
    found = (settings.user, settings.host, settings.port, settings.database, settings.password)
    assert found == ("han@gang", "::1", 5433, "wi fi", "s3cret")
    assert check(StateSettings, {"url": "postgresql://a@b/c"}, tmp_path / "collector.toml").port == 5432


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("sqlite:///x", "must look like postgresql://user@host:5432/database"),
        ("postgresql://", "must look like postgresql://user@host:5432/database"),
        ("postgresql://a@[::1/c", "must look like postgresql://user@host:5432/database"),
        (" postgresql://a@b/c", "must look like postgresql://user@host:5432/database"),
        ("postgresql://a@b..c/d", "the host's name cannot be looked up"),
        ("postgresql://a:b@c/d", "must not hold a password; put it into a file and name that in password_file"),
        ("postgresql://b/c", "must name the user before the host, as in postgresql://user@host:5432/database"),
        ("postgresql://a@b", "must name the database after the host, as in postgresql://user@host:5432/database"),
        ("postgresql://a@b/", "must name the database after the host, as in postgresql://user@host:5432/database"),
        ("postgresql://a@b/c/d", "must name the database after the host, as in postgresql://user@host:5432/database"),
        ("postgresql://a@b/c?sslmode=require", "must end after the database"),
        ("postgresql://a@b/c#d", "must end after the database"),
        ("postgresql://a@b:0/c", "the port must be a number from 1 to 65535"),
        ("postgresql://a@b:x/c", "the port must be a number from 1 to 65535"),
    ],
)
def test_a_url_that_cannot_be_meant(url: str, problem: str, tmp_path: Path) -> None:
    assert mistakes({"url": url}, tmp_path) == [("state.url", problem)]


def test_a_password_needs_a_server_and_a_file_that_holds_one(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "full").write_text("s3cret")
    assert mistakes({"password_file": "full"}, tmp_path) == [
        ("state.password_file", "needs url; add the database that the password belongs to")
    ]
    assert mistakes({"url": "postgresql://a@b/c", "password_file": "empty"}, tmp_path) == [
        ("state", f"{tmp_path / 'empty'} is empty; write the password into it")
    ]
