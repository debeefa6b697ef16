"""`hangang inventory catalogue` on the files that the project has, and on a folder of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from collector.cli.command import run
from inventory.catalogue import load_catalogue

FILE = """
vendor = "Acme"

[sources.sheet]
kind = "vendor"
title = "Data sheet"
url = "https://example.test/sheet"
published = "2020-03"
read_on = 2026-11-28

[sources.shop]
kind = "community"
title = "A shop"
url = "https://example.test/shop"
read_on = 2026-11-27

[[models]]
model = "A-1"
reported_as = ["A1-K"]

[models.says.sheet]
placement = "outdoor"
radios."5" = { standard = "802.11ac", streams = 2, width_mhz = 80 }
uplink_bits_per_second = [2_500_000_000, 1_000_000_000]

[models.says.shop]
placement = "indoor"

[models.says.unconfirmed]
poe = "802.3at"
"""


@pytest.fixture(autouse=True)
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acme.toml").write_text(FILE, encoding="utf-8")
    monkeypatch.setattr("collector.cli.inventory.load_catalogue", lambda: load_catalogue(tmp_path))


def test_the_list_says_what_is_not_sure(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inventory", "catalogue", "list"]) == 0
    row = capsys.readouterr().out.splitlines()[1]
    assert row.split("  ")[0] == "Acme"
    for told in ("A-1", "outdoor ", "867 Mb/s ", "2.5 Gb/s ", "802.3at ?"):
        assert told in row
    assert "outdoor ?" not in row


def test_show_names_the_source_of_each_value(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inventory", "catalogue", "show", "acme", "a1-k"]) == 0
    told = capsys.readouterr().out
    assert "placement: outdoor   confirmed\n  Data sheet (vendor, of 2020-03, read on 2026-11-28) https://" in told
    assert "against it, indoor: A shop (community, read on 2026-11-27) https://example.test/shop" in told
    assert "poe: 802.3at   unconfirmed\n  nobody who can be named" in told
    assert "peak PHY rate at 5 GHz: 867 Mb/s   computed" in told
    assert "not known: released, end_of_sale, end_of_support" in told


def test_check_lists_conflicts_gaps_and_what_nobody_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inventory", "catalogue", "check", "--vendor", "Acme"]) == 0
    told = capsys.readouterr().out
    assert "Conflicts: 1\n" in told
    assert "placement  outdoor  sheet  indoor (shop)" in told
    assert "Gaps: 1 of 1 models\nAcme A-1  released, end_of_sale, end_of_support\n" in told
    assert "1 models, 6 values: 5 confirmed, 1 unconfirmed" in told


def test_check_is_there_for_programs_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inventory", "catalogue", "check", "--json"]) == 0
    (model,) = json.loads(capsys.readouterr().out)
    assert model["conflicts"] == [
        {"of": "placement", "taken": "outdoor", "by": ["sheet"], "others": {"shop": "indoor"}}
    ]
    assert model["unconfirmed"] == ["poe"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["show", "Acme", "B-1"], "the catalogue has no Acme B-1"),
        (["check", "--vendor", "Zeta"], "the catalogue has no vendor 'Zeta'; it has Acme"),
    ],
)
def test_what_is_not_there_is_told(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inventory", "catalogue", *arguments]) == 1
    assert told in capsys.readouterr().err


def test_a_reader_that_has_seen_enough_ends_the_command_without_a_traceback() -> None:
    """More is listed than a pipe holds."""
    command = subprocess.Popen(
        [sys.executable, "-m", "collector.cli.main", "inventory", "catalogue", "check", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert command.stdout is not None
    assert command.stderr is not None
    command.stdout.read(1)
    command.stdout.close()
    assert command.stderr.read() == b"hangang: ended early, for nobody reads on\n"
    command.stderr.close()
    assert command.wait(30) == 1
