"""The `[traps]` table: what it takes, and all that can be wrong with it."""

from pathlib import Path
from typing import Any

import pytest

from agent.settings import SettingsError, check
from agent.snmp.traps.settings import TrapSettings

USER = {"user": "ops", "auth": "sha256", "auth_key": "correct horse", "priv": "aes128", "priv_key": "battery staple"}


def mistakes(document: dict[str, Any], folder: Path = Path()) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        check(TrapSettings, document, folder / "agent.toml", below="traps")
    return {mistake.key: mistake.problem for mistake in caught.value.mistakes}


def test_a_community_is_enough_and_the_rest_has_defaults() -> None:
    settings = check(TrapSettings, {"communities": ["one", "two", "one"]}, Path("agent.toml"))
    assert (settings.address, settings.port, settings.events_per_minute) == ("0.0.0.0", 162, 60)
    assert settings.community_names() == (b"one", b"two")
    assert "two" not in repr(settings)


def test_a_file_of_communities_stands_beside_the_settings_and_has_one_to_a_line(tmp_path: Path) -> None:
    (tmp_path / "traps.communities").write_bytes("one\r\n\n  two \n한강\n".encode())
    settings = check(TrapSettings, {"communities_file": "traps.communities"}, tmp_path / "agent.toml")
    assert settings.community_names() == (b"one", b"two", "한강".encode())


def test_a_user_is_enough() -> None:
    settings = check(TrapSettings, {"users": [{**USER, "engine_id": "0x80001F8880AABBCCDD"}]}, Path("agent.toml"))
    assert settings.community_names() == ()
    assert settings.users[0].engine_id == "80001f8880aabbccdd"


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    assert mistakes({}) == {"traps.communities_file": "required; add it, or `communities`, or `users` for SNMPv3"}
    assert mistakes({"communities": []}).keys() == {"traps.communities_file"}
    document = {
        "address": "traps.example",
        "port": 0,
        "communities": [""],
        "communities_file": "missing",
        "users": [{"auth": "sha256"}, {**USER, "engine_id": "80"}, {**USER, "user": "b", "engine_id": "00" * 5}],
        "events_per_minute": 0,
        "comunity": "x",
    }
    assert mistakes(document, tmp_path).keys() == {
        "traps.address",
        "traps.port",
        "traps.communities",
        "traps.communities[0]",
        "traps.communities_file",
        "traps.users[0].user",
        "traps.users[0].auth",
        "traps.users[1].engine_id",
        "traps.users[2].engine_id",
        "traps.events_per_minute",
        "traps.comunity",
    }


def test_an_empty_file_of_communities_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n \n")
    (problem,) = mistakes({"communities_file": "empty"}, tmp_path).values()
    assert problem.endswith("empty holds no community; write one to a line")


ENGINE, OTHER = {"engine_id": "80001f8880aabbccdd"}, {"engine_id": "80001f888001020304"}


@pytest.mark.parametrize(
    ("first", "second", "key"),
    [
        ({}, {}, "user"),
        (ENGINE, {}, "user"),
        ({}, ENGINE, "user"),
        (ENGINE, {"engine_id": "80001F8880AABBCCDD"}, "engine_id"),
        (ENGINE, {**OTHER, "auth": "sha512"}, "user"),
    ],
)
def test_two_tables_of_a_user_that_could_not_be_told_apart_are_a_mistake(
    first: dict[str, str], second: dict[str, str], key: str
) -> None:
    assert mistakes({"users": [{**USER, **first}, {**USER, **second}]}).keys() == {f"traps.users[1].{key}"}


def test_two_tables_of_a_user_may_be_of_two_engines() -> None:
    settings = check(TrapSettings, {"users": [{**USER, **ENGINE}, {**USER, **OTHER}]}, Path("agent.toml"))
    assert len(settings.users) == 2


def test_no_message_quotes_a_secret() -> None:
    said = mistakes({"users": [{**USER, "auth_key": "short-1"}], "communities": ["x" * 5, ""]})
    assert "short-1" not in str(said)
    assert "xxxxx" not in str(said)
