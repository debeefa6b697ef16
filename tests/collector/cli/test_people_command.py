"""`hangang people` against a collector's pages, over HTTP: who is let in, changed and locked out by command."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from served import NOW, Served

from collector.state.accounts import add_user, is_password_of, person
from collector.state.audit import entries
from inventory.models import Inventory


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    collector = Served(tmp_path, "people", inventory=Inventory(sites=(), access_points=()))
    add_user(collector.state, "boss", "words of the boss", NOW)
    yield collector
    collector.stop()


def test_who_is_let_in_has_the_password_that_is_printed(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert served.command("add", "--role", "technician", "김 기사") == 0
    printed = capsys.readouterr().out
    assert printed.startswith("김 기사: technician, has to choose a password\n")
    password = re.search(r"^password: (\S+)$", printed, re.MULTILINE)
    assert password is not None
    assert is_password_of(served.state, "김 기사", password[1])
    assert served.command("list") == 0
    listed = capsys.readouterr().out
    assert [line.split("  ")[0] for line in listed.splitlines()] == ["NAME", "boss", "김 기사"]
    assert password[1] not in listed
    assert {kept.entry.means for kept in entries(served.state, limit=9)} == {"command"}


def test_roles_lock_outs_and_passwords_are_changed(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    served.command("add", "--role", "viewer", "김 기사")
    capsys.readouterr()
    assert served.command("role", "--role", "ops", "김 기사") == 0
    assert served.command("lock-out", "김 기사") == 0
    assert capsys.readouterr().out.splitlines() == [
        "김 기사: ops, has to choose a password",
        "김 기사: ops, locked out since 2026-05-02 21:00",
    ]
    assert served.command("let-in", "김 기사") == 0
    known = person(served.state, "김 기사")
    assert known is not None
    assert known.locked_out_at is None


def test_an_admin_whose_password_is_lost_gets_in_again(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert served.command("password", "boss") == 0
    password = re.search(r"^password: (\S+)$", capsys.readouterr().out, re.MULTILINE)
    assert password is not None
    assert is_password_of(served.state, "boss", password[1])
    assert not is_password_of(served.state, "boss", "words of the boss")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("lock-out", "boss"), "'boss' is the last admin; make somebody else one first"),
        (("role", "--role", "ops", "boss"), "'boss' is the last admin; make somebody else one first"),
        (("add", "--role", "ops", "boss"), "somebody is called 'boss' or much like that already; take another name"),
        (("add", "--role", "ops", ".."), "'..' is no name"),
        (("add", "--role", "ops", "\udcff"), "'?' is no name"),
        (("password", "nobody"), "nobody is called 'nobody'"),
        (("let-in", "\udcff"), "nobody is called '?'"),
        (("let-in", "x?y#z"), "nobody is called 'x?y#z'"),
    ],
)
def test_what_cannot_be_is_told(
    served: Served, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    assert served.command(*arguments) == 1
    assert words in capsys.readouterr().err
