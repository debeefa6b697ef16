"""`hangang inventory import` from the command line: what it says, asks, writes and refuses."""

import json
import os
import pty
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import Request

from collector.cli.command import run
from collector.web.reader import Reader
from inventory import load_inventory

HEADER = "number,site_name,site_kind,district,latitude,longitude,as_of\n"
ROWS = [
    "L-1,마포도서관,library,마포구,37.56,126.91,2026-05-31\n",
    "L-2,마포도서관,library,마포구,37.56,126.91,2026-05-31\n",
    "L-3,해누리,,마포구,,,2026-05-31\n",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inventory").mkdir()
    return tmp_path / "inventory"


def imported(folder: Path, *rows: str, options: tuple[str, ...] = ("--yes",)) -> int:
    path = folder.parent / "list.csv"
    path.write_text(HEADER + "".join(rows), encoding="utf-8")
    return run(["inventory", "import", "plain", str(path), "--inventory", str(folder), *options])


def test_counts_are_told_and_the_list_is_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert imported(folder, *ROWS, "bad\n") == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert [line.split() for line in told.out.splitlines()] == [
        ["the", "list", "is", "of", "2026-05-31"],
        ["new", "3"],
        ["changed", "0"],
        ["unchanged", "0"],
        ["unseen", "0"],
        ["repaired", "0"],
        ["noted", "1"],
        ["to", "review", "1"],
        ["refused", "1"],
        ["far", "apart", "0"],
        [],
        ["KIND", "SITES", "ACCESS", "POINTS"],
        ["library", "1", "2"],
        ["other", "1", "1"],
        ["written:", f"{folder / 'plain.toml'};", "a", "collector", "reads", "it", "when", "it", "starts"],
    ]
    assert list(load_inventory(folder).access_points) == ["l-1", "l-2", "l-3"]


def test_rows_are_told_one_by_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert imported(folder, *ROWS) == 0
    capsys.readouterr()
    changed = ROWS[1].replace("37.56", "37.58")
    fourth = "L-4,\x1b[2J마포도서관,library,마포구,37.56,126.91,2026-06-30\n"
    assert imported(folder, ROWS[0], changed, fourth, "bad\n", options=("--rows", "--dry-run")) == 0
    lines = capsys.readouterr().out.split("\n\n")[0].splitlines()
    assert lines == [
        "new: row 4: l-4 at [2J마포도서관",
        "changed: row 3: l-2: latitude: 37.56 -> 37.58",
        "unseen: l-3, last seen on 2026-05-31",
        "repaired: row 4: l-4: the name had characters that cannot be seen",
        "refused: row 5: has 1 columns, the header 7; look for a comma without quotes around it",
        "far apart: library-mapo-mapodoseogwan, 마포도서관: 2224 m; several places of one name?",
    ]


def test_a_dry_run_writes_nothing(folder: Path) -> None:
    assert imported(folder, *ROWS, options=("--dry-run", "--yes")) == 0
    assert list(folder.iterdir()) == []


def test_without_a_terminal_nobody_is_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        imported(folder, *ROWS, options=())
    assert ended.value.code == 2
    assert "there is no terminal to ask at; say --yes to write" in capsys.readouterr().err
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("yes\n", 0), ("\n", 1), ("n\n", 1)])
def test_at_a_terminal_the_answer_counts(folder: Path, monkeypatch: pytest.MonkeyPatch, answer: str, code: int) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, encoding="utf-8") as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        os.write(ours, answer.encode())
        assert imported(folder, *ROWS, options=()) == code
    os.close(ours)
    assert (folder / "plain.toml").exists() == (code == 0)


def test_a_list_that_looks_wrong_needs_force(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert imported(folder, *ROWS) == 0
    before = (folder / "plain.toml").read_bytes()
    assert imported(folder, ROWS[0].replace("2026", "2025")) == 1
    assert capsys.readouterr().err.splitlines() == [
        "hangang: the list is of 2025-05-31, and one of 2026-05-31 was imported already",
        "hangang: the last list had 3 rows that were taken, and this one has 1: it may be cut",
        "hangang: nothing is written; --force does it all the same",
    ]
    assert (folder / "plain.toml").read_bytes() == before
    assert imported(folder, ROWS[0].replace("2026", "2025"), options=("--yes", "--force")) == 0
    assert list(load_inventory(folder).access_points) == ["l-1", "l-2", "l-3"]


def test_an_edit_by_hand_is_not_overwritten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert imported(folder, *ROWS) == 0
    path = folder / "plain.toml"
    edited = path.read_text(encoding="utf-8").replace("마포도서관", "마포의 도서관")
    path.write_text(edited, encoding="utf-8")
    assert imported(folder, *ROWS) == 1
    assert "was edited by hand since the last import" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == edited
    assert imported(folder, *ROWS, options=("--yes", "--force")) == 0
    assert "마포의 도서관" not in path.read_text(encoding="utf-8")


def test_an_inventory_that_could_not_be_read_then_is_not_written(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "agents.toml").write_text('[[agents]]\nid = "gw"\nsites = ["library-mapo-mapodoseogwan"]\n')
    assert imported(folder, ROWS[2]) == 1
    assert "the inventory could not be read then: " in capsys.readouterr().err
    assert not (folder / "plain.toml").exists()
    assert imported(folder, *ROWS) == 0


def test_a_list_without_a_date_needs_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    undated = [row.replace("2026-05-31", "") for row in ROWS]
    assert imported(folder, *undated) == 1
    assert "does not say of which day it is; say it with --snapshot" in capsys.readouterr().err
    assert imported(folder, *undated, options=("--yes", "--snapshot", "2026-04-30")) == 0
    head = (folder / "imports" / "plain.jsonl").read_text(encoding="utf-8").splitlines()[0]
    assert json.loads(head)["as_of"] == "2026-04-30"


def test_other_files_are_read_and_never_touched(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places = folder / "places.toml"
    places.write_text('[[access_points]]\nid = "l-2"\nsite = "yeouido"\n', encoding="utf-8")
    assert imported(folder, *ROWS, options=("--yes", "--rows")) == 0
    said = "refused: row 3: the access point l-2 stands in places.toml already; remove it there"
    assert said in capsys.readouterr().out.splitlines()
    assert places.read_text(encoding="utf-8") == '[[access_points]]\nid = "l-2"\nsite = "yeouido"\n'
    assert load_inventory(folder).access_points["l-2"].site == "yeouido"


def test_mistakes_of_the_folder_and_of_the_usage_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inventory", "import", "plain", "x", "--inventory", str(folder / "nowhere")]) == 2
    assert "there is no such folder; create it" in capsys.readouterr().err
    (folder.parent / "file").touch()
    assert run(["inventory", "import", "plain", "x", "--inventory", str(folder.parent / "file")]) == 2
    assert "is a file; name the folder" in capsys.readouterr().err
    (folder / "broken.toml").write_text("[[", encoding="utf-8")
    assert imported(folder, *ROWS) == 2
    assert "broken.toml: is not TOML" in capsys.readouterr().err
    for arguments in (["inventory", "import", "elsewhere", "x", "--inventory", "."], ["inventory", "import", "plain"]):
        with pytest.raises(SystemExit) as ended:
            run(arguments)
        assert ended.value.code == 2
    with pytest.raises(SystemExit):
        imported(folder, *ROWS, options=("--snapshot", "2026-05"))
    assert "2026-05 is not a day such as 2026-05-31" in capsys.readouterr().err


@pytest.mark.parametrize("language", ["ko", "en"])
def test_an_imported_site_is_shown_by_its_korean_name(folder: Path, language: str) -> None:
    assert imported(folder, *ROWS) == 0
    request = Request({"type": "http", "path": "/", "query_string": f"lang={language}".encode(), "headers": []})
    site = load_inventory(folder).sites["library-mapo-mapodoseogwan"]
    assert Reader(request, datetime.now(UTC)).name(site) == "마포도서관"


def test_control_characters_of_a_list_do_not_reach_the_terminal(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder.parent / "list.csv"
    path.write_text(f"number,\x1b[2J\n{ROWS[0]}", encoding="utf-8")
    assert run(["inventory", "import", "plain", str(path), "--inventory", str(folder)]) == 1
    assert "unknown column \\u001b[2J" in capsys.readouterr().err
    answer = {"RESULT": {"CODE": "ERROR-500", "MESSAGE": "\x1b[2J"}}
    path.write_text(json.dumps(answer), encoding="utf-8")
    assert run(["inventory", "import", "seoul", str(path), "--inventory", str(folder)]) == 1
    assert "ERROR-500: \\u001b[2J; ask it again" in capsys.readouterr().err
    assert imported(folder, "L-1,x,\x1b,y,,,2026-05-31\n", options=("--yes", "--rows")) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_a_day_after_today_is_not_taken(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert imported(folder, *ROWS, options=("--yes", "--force", "--snapshot", "9999-12-31")) == 1
    assert "9999-12-31 is after today, " in capsys.readouterr().err
    assert list(folder.iterdir()) == []
    assert imported(folder, *ROWS[:2], ROWS[2].replace("2026", "9999")) == 0
    assert "the list is of 2026-05-31" in capsys.readouterr().out


def test_the_end_of_the_input_is_a_no(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, encoding="utf-8") as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        os.write(ours, b"\x04")
        assert imported(folder, *ROWS, options=()) == 1
    os.close(ours)
    assert capsys.readouterr().out.endswith("nothing is written\n")
    assert list(folder.iterdir()) == []


def test_two_imports_that_share_a_site_do_not_block_each_other(folder: Path) -> None:
    row = {"X_SWIFI_MGR_NO": "WF1", "X_SWIFI_WRDOFC": "마포구", "X_SWIFI_MAIN_NM": "마포도서관"}
    path = folder.parent / "seoul.json"
    path.write_text(json.dumps([row | {"WORK_DTTM": "2026-05-31"}]), encoding="utf-8")
    assert imported(folder, *ROWS) == 0
    assert run(["inventory", "import", "seoul", str(path), "--inventory", str(folder), "--yes"]) == 0
    elsewhere = [line.replace("마포도서관", "서강도서관").replace("05-31", "06-30") for line in ROWS]
    assert imported(folder, *elsewhere) == 0
    inventory = load_inventory(folder)
    assert inventory.access_points["wf1"].site == "library-mapo-mapodoseogwan"
    assert inventory.access_points["l-1"].site == "library-mapo-seogangdoseogwan"
