"""Files of boards: those of the project are up to date; building makes and removes what it ought to, and no more."""

import json
from pathlib import Path

from dashboards.boards import BOARDS
from dashboards.building import GENERATED, PAGES_URL, board_files, build
from dashboards.engines import ENGINES, LANGUAGES


def files_below(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8")
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_the_projects_files_are_those_of_its_boards() -> None:
    stale = "boards have changed and their files have not; make them anew with: make dashboards"
    assert files_below(GENERATED) == board_files(PAGES_URL), stale


def test_every_board_is_there_for_every_engine_in_every_language(tmp_path: Path) -> None:
    build(tmp_path, "https://wifi.example.org/")
    made = files_below(tmp_path)
    assert set(made) == {
        f"{engine}/{language}/{board.key}.json" for engine in ENGINES for language in LANGUAGES for board in BOARDS
    }
    uids = {json.loads(text)["uid"] for text in made.values()}
    assert len(uids) == len(made)
    assert all("https://wifi.example.org" in text and PAGES_URL not in text for text in made.values())


def test_building_again_changes_nothing(tmp_path: Path) -> None:
    build(tmp_path, PAGES_URL)
    first = files_below(tmp_path)
    build(tmp_path, PAGES_URL)
    assert files_below(tmp_path) == first


def test_boards_that_are_no_more_are_removed_and_other_files_stay(tmp_path: Path) -> None:
    build(tmp_path, PAGES_URL)
    gone = tmp_path / "influxdb" / "ko" / "yesterday.json"
    others = [tmp_path / "mine.json", tmp_path / "influxdb" / "ko" / "notes.txt", tmp_path / "other" / "ko" / "a.json"]
    others[2].parent.mkdir(parents=True)
    for file in (gone, *others):
        file.write_text("{}", encoding="utf-8")
    build(tmp_path, PAGES_URL)
    assert not gone.exists()
    assert all(file.exists() for file in others)
