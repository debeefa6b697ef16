"""`hangang quarantine`: what it prints, and what it says became of a replay."""

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from harness import free_port, write_collector
from postgres import Postgres
from sqlalchemy import Engine

from collector.cli.command import run
from collector.cli.quarantine import payload_text, table
from collector.intake import Intake, Taken
from collector.replay import Replayer
from collector.state.database import open_database
from collector.state.quarantine import Refusal, entries, keep, request_replay
from collector.state.settings import StateSettings
from inventory import load_inventory

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
DOCUMENT = Path(__file__).parents[3] / "docs" / "quarantine.md"


def refusal(number: int, *, reason: str = "not_allowed", agent: str | None = "gw-lab", **changes: object) -> Refusal:
    report = {"access_point": "lab-001" if number % 2 else "other-001", "observed_at": NOW.isoformat()}
    header = {"version": 1, "agent": "gw-lab", "boot_id": "00c0ffee", "sequence": number, "sent_at": NOW.isoformat()}
    payload = json.dumps(header | {"reports": [report]}).encode()
    told: dict[str, object] = {
        "reason": reason,
        "detail": "gw-lab may not speak for it",
        "topic": "wifi/v1/gw-lab/frame",
        "agent": agent,
        "part": "report",
        "payload": payload,
        "payload_bytes": len(payload),
        "is_cut": False,
        "digest": f"{number:064x}",
        "seen_at": NOW + timedelta(minutes=number),
    }
    return Refusal(**(told | changes))  # type: ignore[arg-type]  # fields by name


class Lab:
    """A configuration, its state database, and the replayer of a collector that stores whatever it takes."""

    def __init__(self, folder: Path, settings: StateSettings) -> None:
        table = f'[state]\nurl = "{settings.url}"\n' if settings.url is not None else ""
        self.path = write_collector(folder, f"[embedded_broker]\n{table}", web_port=free_port())
        (folder / "data").mkdir()
        self.state: Engine = open_database(settings, folder / "data" / "state.sqlite")
        self.stored: list[Taken] = []
        intake = Intake(load_inventory(folder / "inventory"))
        self.replayer = Replayer(self.state, intake, self._submit)

    async def _submit(self, taken: Taken) -> Sequence[Refusal]:
        self.stored.append(taken)
        return []

    def command(self, action: str, *arguments: str) -> int:
        return run(["quarantine", action, "--config", str(self.path), *arguments])

    async def command_beside_a_collector(self, *arguments: str) -> int:
        command = asyncio.create_task(asyncio.to_thread(self.command, *arguments))
        while not command.done():
            await self.replayer.replay_requested()
            await asyncio.wait([command], timeout=0.02)
        return command.result()

    def ids(self) -> dict[str, str]:
        """By the sequence in the digest."""
        return {str(int(entry.digest, 16)): str(entry.id) for entry in entries(self.state)}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    made = Lab(tmp_path, StateSettings())
    yield made
    made.state.dispose()


def test_the_list_tells_an_entry_a_line_newest_first(
    lab: Lab, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    keep(lab.state, [refusal(1), refusal(2, reason="bad_topic", agent=None, part="message")])
    keep(lab.state, [refusal(1, seen_at=NOW + timedelta(hours=9))])
    one, two = (lab.ids()[number] for number in "12")
    assert lab.command("list") == 0
    assert [re.split(r"  +", line) for line in capsys.readouterr().out.splitlines()] == [
        ["ID", "REASON", "AGENT", "PART", "COUNT", "FIRST SEEN", "LAST SEEN", "DETAIL"],
        [one, "not_allowed", "gw-lab", "report", "2", *("2026-05-02 21:01:00", "2026-05-03 06:00:00"), DETAIL],
        [two, "bad_topic", "-", "message", "1", *2 * ["2026-05-02 21:02:00"], DETAIL],
    ]
    assert lab.command("list", "--reason", "bad_topic", "--json") == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert told == {
        "id": int(two),
        "reason": "bad_topic",
        "detail": DETAIL,
        "topic": "wifi/v1/gw-lab/frame",
        "agent": None,
        "part": "message",
        "payload_bytes": refusal(2).payload_bytes,
        "is_cut": False,
        "count": 1,
        "first_seen": "2026-05-02T12:02:00+00:00",
        "last_seen": "2026-05-02T12:02:00+00:00",
        "replay_requested_at": None,
        "replayed_at": None,
        "replay_outcome": None,
    }
    assert lab.command("list", "--agent", "gw-lab", "--limit", "1") == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


DETAIL = "gw-lab may not speak for it"


def test_details_are_cut_to_the_terminal_and_cannot_steer_it(lab: Lab) -> None:
    keep(lab.state, [refusal(1, detail="\x1b[2J\u202e" + "long " * 60, agent="gw-\u009bx")])
    lines = table(entries(lab.state), 110).splitlines()
    assert all(len(line) <= 110 for line in lines)
    assert lines[1].endswith("…")
    assert "\\u001b[2J\\u202elong" in lines[1]
    assert all(line.isprintable() for line in lines)
    assert len(table(entries(lab.state), 10).splitlines()[1].split("\\u001b")[1]) > 10  # never cut to nothing


def test_an_entry_is_shown_with_its_payload(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    keep(lab.state, [refusal(1)])
    (number,) = lab.ids().values()
    request_replay(lab.state, [int(number)], NOW)
    assert lab.command("show", number) == 0
    head, _, payload = capsys.readouterr().out.partition("\n\n")
    told = dict(re.split(r"  +", line, maxsplit=1) for line in head.splitlines())
    assert told["reason"] == "not_allowed"
    assert told["last seen"] == "2026-05-02 21:01:00"
    assert told["replay asked"] == "2026-05-02 21:00:00"
    assert json.loads(payload) == json.loads(refusal(1).payload)
    assert payload.splitlines()[1] == '  "version": 1,'
    assert lab.command("show", "--raw", number) == 0
    assert capsys.readouterr().out.encode() == refusal(1).payload


def test_a_cut_payload_says_so_and_is_shown_byte_by_byte(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    keep(lab.state, [refusal(1, payload=b"\x1b[31m wifi\xff", payload_bytes=5000, is_cut=True)])
    assert lab.command("show", *lab.ids().values()) == 0
    out = capsys.readouterr().out
    assert "bytes         5000, of which 11 are kept" in out
    assert out.splitlines()[-1] == "00000000  1b 5b 33 31 6d 20 77 69 66 69 ff                 .[31m wifi."


def test_payloads_of_json_are_indented_and_cannot_steer_the_terminal() -> None:
    assert payload_text(b'{"a":"\xe2\x80\xae\\u001b"}') == '{\n  "a": "\\u202e\\u001b"\n}'
    assert payload_text(b'{"n":NaN}') == '{\n  "n": NaN\n}'
    assert payload_text("서울".encode()) == "00000000  ec 84 9c ec 9a b8                                ......"
    assert payload_text(b"") == ""


async def test_a_replay_tells_what_became_of_each(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    keep(lab.state, [refusal(1), refusal(2), refusal(3)])
    one, two, three = (lab.ids()[number] for number in "123")
    assert await lab.command_beside_a_collector("replay", one, three) == 0
    assert sorted(capsys.readouterr().out.splitlines()) == [f"{one}: stored", f"{three}: stored"]
    assert await lab.command_beside_a_collector("replay", "--all") == 1
    assert capsys.readouterr().out == f"{two}: refused again: not_allowed: gw-lab may not speak for other-001\n"
    assert await lab.command_beside_a_collector("replay", "--reason", "invalid") == 0
    assert capsys.readouterr().out == "nothing to replay\n"
    assert len(lab.stored) == 2


async def test_a_replay_that_is_taken_in_part_tells_of_the_parts_that_are_not(
    lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(refusal(1).payload)
    document["reports"].append(document["reports"][0] | {"access_point": "other-001"})
    keep(lab.state, [refusal(1, payload=json.dumps(document).encode(), part="frame")])
    assert await lab.command_beside_a_collector("replay", "--agent", "gw-lab") == 1
    out = capsys.readouterr().out
    (left,) = lab.ids().values()
    refused = "a part of what is stored, refused again: not_allowed: gw-lab may not speak for other-001"
    assert re.fullmatch(rf"\d+: stored\n{left}: {refused}\n", out)


def test_what_cannot_be_replayed_is_refused_with_the_reason(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    keep(lab.state, [refusal(1, part="status"), refusal(2, is_cut=True, payload=b"{", payload_bytes=70_000)])
    one, two = (lab.ids()[number] for number in "12")
    assert lab.command("replay", one, two, "999") == 1
    assert sorted(capsys.readouterr().out.splitlines()) == sorted(
        [
            f"{one}: not done: a status is not stored, so there is nothing to do again",
            f"{two}: not done: only 1 of its 70000 bytes are kept",
            "999: not done: is not in quarantine",
        ]
    )
    assert not any(entry.replay_requested_at for entry in entries(lab.state))


def test_without_a_collector_it_says_that_it_will_be_done(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    keep(lab.state, [refusal(1)])
    (number,) = lab.ids().values()
    assert lab.command("replay", number, "--wait", "0") == 1
    assert capsys.readouterr().out == f"{number}: no collector has answered yet; it is done when one runs\n"
    assert entries(lab.state)[0].replay_requested_at is not None


@pytest.mark.parametrize(
    "arguments",
    [
        ("replay",),
        ("replay", "1", "--all"),
        ("replay", "--all", "--reason", "invalid"),
        ("replay", "1", "--wait", "-1"),
        ("list", "--limit", "0"),
        ("list", "--limit", "many"),
        ("show",),
    ],
)
def test_what_is_not_understood_is_a_mistake_of_usage(lab: Lab, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        lab.command(*arguments)
    assert ended.value.code == 2


def test_a_wrong_configuration_is_2_and_what_cannot_be_done_is_1(
    lab: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lab.command("show", "7") == 1
    assert capsys.readouterr().err == "hangang: there is no entry 7 in quarantine\n"
    lab.state.dispose()
    (tmp_path / "data" / "state.sqlite").rename(tmp_path / "away")
    assert lab.command("list") == 1
    assert "is not there yet" in capsys.readouterr().err
    assert not (tmp_path / "data" / "state.sqlite").exists()
    (tmp_path / "data" / "state.sqlite").write_text("no database, and far too long to be taken for an empty one" * 100)
    assert lab.command("list") == 1
    assert "state.sqlite" in capsys.readouterr().err
    lab.path.write_text("[colector]")
    assert lab.command("list") == 2


async def test_it_works_on_a_postgresql_as_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server = Postgres()
    try:
        server.start()
        lab = Lab(tmp_path, StateSettings(url=server.url(server.new_database())))
        keep(lab.state, [refusal(1)])
        assert lab.command("list") == 0
        assert "not_allowed" in capsys.readouterr().out
        assert await lab.command_beside_a_collector("replay", "--all") == 0
        assert len(lab.stored) == 1
        lab.state.dispose()
    finally:
        server.remove()


@pytest.mark.parametrize("action", ["list", "show", "replay"])
def test_every_option_is_documented(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(["quarantine", action, "--help"])
    options = set(re.findall(r"--[a-z][a-z-]*", capsys.readouterr().out)) - {"--help"}
    _, _, section = DOCUMENT.read_text(encoding="utf-8").partition(f"### `hangang quarantine {action}`\n")
    documented = re.findall(r"^\| `(--[a-z][a-z-]*)", section.partition("\n#")[0], re.MULTILINE)
    assert set(documented) == options
    with pytest.raises(SystemExit):
        run(["quarantine", "--help"])
    assert options <= set(re.findall(r"--[a-z][a-z-]*", capsys.readouterr().out))
