"""The `[[alerts.endpoints]]` tables, and their secrets."""

from pathlib import Path
from typing import Any

import pytest

from agent.settings import SettingsError
from collector.alerts.endpoints.tables import check_endpoints, read_secrets
from collector.alerts.formats import known_kinds

FILE = Path("/etc/hangang/collector.toml")
HOOK = {"name": "ops", "kind": "alertmanager_webhook", "url": "https://ops.example.org/hook"}
KINDS = "alertmanager, alertmanager_webhook, pagerduty, slack, standard_webhooks, teams, template"


def mistakes(*tables: object) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        check_endpoints(list(tables), FILE)
    return [str(mistake).removeprefix(f"{FILE}: alerts.endpoints") for mistake in caught.value.mistakes]


def test_the_kinds_are_those_that_are_documented() -> None:
    assert ", ".join(known_kinds()) == KINDS


def test_what_is_right_is_read() -> None:
    first, second = check_endpoints([HOOK, HOOK | {"name": "Night-2", "language": "en", "timeout_seconds": 5}], FILE)
    assert (first.name, first.kind, first.language, first.timeout_seconds) == ("ops", "alertmanager_webhook", "ko", 15)
    assert (second.name, second.language, second.timeout_seconds) == ("Night-2", "en", 5)
    assert read_secrets(first).url == "https://ops.example.org/hook"


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("ops", ["[0]: must be a table; write it as [[alerts.endpoints]]"]),
        ({"name": "ops"}, [f"[0].kind: required; add it (there are: {KINDS})"]),
        ({"name": "ops", "kind": "mail"}, [f"[0].kind: unknown kind 'mail' (there are: {KINDS})"]),
        ({"name": "ops", "kind": ["slack"]}, [f"[0].kind: unknown kind ['slack'] (there are: {KINDS})"]),
        ({"kind": "alertmanager"}, ["[0]: url or url_file is required; add one", "[0].name: required; add it"]),
        ({"name": "ops", "kind": "slack"}, ["[0]: url_file is required; add it"]),
        (
            {"name": "ops", "kind": "slack", "url": "https://hooks.example.org/s3cret"},
            ["[0].url: is a secret: whoever knows it can write there; put it into a file and name that in url_file"],
        ),
        (HOOK | {"url_file": __file__}, ["[0].url: stands beside url_file; remove one of them"]),
        (HOOK | {"langauge": "en"}, ["[0].langauge: unknown key; remove it or correct its spelling"]),
        (HOOK | {"timeout_seconds": 31}, ["[0].timeout_seconds: Input should be less than or equal to 30"]),
        (HOOK | {"url": "ftp://ops.example.org"}, ["[0].url: must look like http://host/path or https://host/path"]),
        (HOOK | {"url": "https:///hook"}, ["[0].url: must look like http://host/path or https://host/path"]),
        (
            HOOK | {"url": "https://ops.example.org:0/"},
            ["[0].url: must look like http://host/path or https://host/path"],
        ),
        (
            HOOK | {"url": "https://ops.example.org:99999/"},
            ["[0].url: must look like https://host/path, with a port from 1 to 65535 if any"],
        ),
        (HOOK | {"url": "https://user:pass@ops.example.org/"}, ["[0].url: must not hold a user or password"]),
        (HOOK | {"url": "https://ops.example.org/#x"}, ["[0].url: must not hold a #fragment, which is never sent"]),
        (
            HOOK | {"url": "https://ops.example.org/a b"},
            ["[0].url: must be of at most 2000 ASCII letters without spaces; encode others as %20 or so"],
        ),
    ],
)
def test_what_is_wrong_is_told(table: object, expected: list[str]) -> None:
    assert mistakes(table) == expected


@pytest.mark.parametrize(
    ("key", "table"),
    [
        ("url_file", {"kind": "slack", "url_file": "https://hooks.example.org/s3cret"}),
        ("secret_file", HOOK | {"kind": "standard_webhooks", "secret_file": "whsec_s3cret" + "x" * 300}),
        ("routing_key_file", {"kind": "pagerduty", "routing_key_file": "s3cret"}),
        ("authorization_file", HOOK | {"authorization_file": "Bearer s3cret"}),
    ],
)
def test_a_secret_in_the_place_of_its_file_is_not_shown(key: str, table: dict[str, Any]) -> None:
    (mistake,) = mistakes({"name": "ops", **table})
    assert mistake.startswith(f"[0].{key}: names no file that can be read (")
    assert mistake.endswith("); write where the file is, not what it holds")
    assert "s3cret" not in mistake


@pytest.mark.parametrize("name", ["", "-ops", "a b", "ops_1", "한강", "x" * 41])
def test_names_are_letters_digits_and_hyphens(name: str) -> None:
    (mistake,) = mistakes(HOOK | {"name": name})
    assert mistake.startswith("[0].name: String should match pattern")


def test_every_mistake_of_every_table_is_told_at_once() -> None:
    assert mistakes(HOOK, HOOK | {"kind": "mail", "name": "b"}, HOOK) == [
        f"[1].kind: unknown kind 'mail' (there are: {KINDS})",
        "[2].name: ops is the name of another; choose one of its own",
    ]
    with pytest.raises(SettingsError, match=r"alerts.endpoints: must be a list of tables"):
        check_endpoints({"name": "ops"}, FILE)


def secret_mistake(folder: Path, table: dict[str, Any]) -> str:
    (endpoint,) = check_endpoints([{"name": "ops", **table}], folder / "collector.toml")
    with pytest.raises(SettingsError) as caught:
        read_secrets(endpoint)
    return str(caught.value).removeprefix(f"{folder}/")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the address in it must look like http://host/path or https://host/path"),
        (b"hooks.example.org/s3cret", "the address in it must look like http://host/path or https://host/path"),
        (b"https://x:s3cret@hooks.example.org/", "the address in it must not hold a user or password"),
        (
            b"https://a.example/s3cret\nhttps://b.example/s3cret",
            "the address in it must be of at most 2000 ASCII letters ",
        ),
        (b"\xff\xfes3cret", "is not UTF-8 text; write it anew"),
        (b"x" * 70_000, "is larger than 64 kB; is it the right one?"),
    ],
)
def test_an_address_in_a_file_is_checked_and_never_shown(tmp_path: Path, content: bytes, problem: str) -> None:
    (tmp_path / "slack.url").write_bytes(content)
    told = secret_mistake(tmp_path, {"kind": "slack", "url_file": "slack.url"})
    assert told.startswith(f"slack.url: {problem}")
    assert "s3cret" not in told


def test_an_address_in_a_file_may_end_its_line(tmp_path: Path) -> None:
    (tmp_path / "slack.url").write_text("https://hooks.example.org/s3cret\n", encoding="utf-8")
    (endpoint,) = check_endpoints(
        [{"name": "ops", "kind": "slack", "url_file": "slack.url"}], tmp_path / "collector.toml"
    )
    assert read_secrets(endpoint).url == "https://hooks.example.org/s3cret"


def test_a_key_that_pagerduty_would_refuse(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret", encoding="utf-8")
    told = secret_mistake(tmp_path, {"kind": "pagerduty", "routing_key_file": "key"})
    assert told == "key: must hold an integration key of the Events API v2, which has 32 letters and digits"


@pytest.mark.parametrize("content", ["", "Bearer s3cret\nX-Other: 1", "Bearer 비밀"])
def test_a_header_that_cannot_be_sent(tmp_path: Path, content: str) -> None:
    (tmp_path / "token").write_text(content, encoding="utf-8")
    told = secret_mistake(tmp_path, HOOK | {"authorization_file": "token"})
    assert told == "token: must hold one line of ASCII, the whole value, such as: Bearer TOKEN"
