"""`hangang alerts simulate`: a recording with a configuration and without one, and what it says of itself."""

import json
import re
import shlex
from pathlib import Path

import pytest
from harness import write_collector

from collector.cli.command import run

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "alerts.md"
ROUTES = """
[[alerts.endpoints]]
name = "pager"
kind = "pagerduty"
routing_key_file = "key.txt"

[[alerts.endpoints]]
name = "diary"
kind = "teams"
url_file = "url.txt"

[[alerts.routes]]
endpoints = ["pager"]
severities = ["critical"]

[[alerts.routes]]
endpoints = ["diary"]
hours = ["07:00-08:00"]
"""


def section(name: str) -> str:
    """What the document has under a heading."""
    return DOCUMENT.read_text(encoding="utf-8").partition(f"\n## {name}\n")[2].partition("\n## ")[0]


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", section("Simulation"), re.DOTALL)


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The document's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    path = tmp_path / "evening.jsonl"
    path.write_text(blocks("jsonl")[0], encoding="utf-8")
    return path


def test_the_example_of_the_document_prints_what_is_written_there(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command, _, printed = blocks("console")[0].partition("\n")
    program, *arguments = shlex.split(command.removeprefix("$ "))
    assert (program, Path(arguments[-1]).name) == ("hangang", recording.name)
    assert run(arguments) == 0
    assert capsys.readouterr().out == printed


def test_in_korean(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["alerts", "simulate", str(recording), "--lang", "ko"]) == 0
    assert "이 장소의 AP 3곳 중 2곳이 한꺼번에 응답하지 않습니다." in capsys.readouterr().out


def test_as_json(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["alerts", "simulate", str(recording), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(each["type"], each["data"]["rule"]) for each in told["notices"]] == [
        ("alert.begun", "site_outage"),
        ("alert.ended", "site_outage"),
    ]
    assert told["notices"][0]["timestamp"].endswith("Z")
    assert told["counts"] == {
        "reports": 8,
        "statuses": 4,
        "late": 0,
        "unknown": 0,
        "refused": 0,
        "looks": told["counts"]["looks"],
        "notices": 2,
    }


def test_with_a_configuration_its_routes_decide_and_its_sites_are_named(
    tmp_path: Path, recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "key.txt").write_text("R0123456789abcdefghijABCDEFGHIJ5\n")
    (tmp_path / "url.txt").write_text("https://example.org/hook\n")
    config = write_collector(tmp_path, f"[embedded_broker]\n{ROUTES}", web_port=8080)
    recording.write_text(recording.read_text().replace("yeouido-", "lab-"))
    assert run(["alerts", "simulate", str(recording), "--config", str(config), "--lang", "en"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split()[2:7] for line in told[1:3]] == [
        ["pager", "begun", "critical", "site_outage", "lab"],
        ["pager", "ended", "critical", "site_outage", "lab"],
    ]
    assert "3 reports are of devices without a place in the inventory" in told  # lab-003 is in no inventory


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{\n", "evening.jsonl, line 1: is no JSON; remove it"),
        ("\n\n", "evening.jsonl: holds nothing that an agent has sent; record frames and statuses"),
    ],
)
def test_what_cannot_be_played_is_told_with_a_remedy(
    recording: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    recording.write_text(text)
    assert run(["alerts", "simulate", str(recording)]) == 1
    assert told in capsys.readouterr().err
    assert run(["alerts", "simulate", str(recording.parent / "nowhere")]) == 1
    assert "No such file or directory; name a recording" in capsys.readouterr().err
