"""What stands in the way of a restoration is told by its name, and everything that is there stays as it is."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from restored_places import as_somebody_else, backup, make_place, restore, there, tree
from small_disks import small_disk

from collector.backup.folders import is_empty, is_held, is_there
from collector.backup.manifest import ABOUT, About, encode_about
from collector.backup.placing import Placing
from collector.backup.problems import BackupError
from collector.backup.reading import check, read
from collector.backup.restoring import fill
from collector.backup.rooms import Folder, Room
from collector.backup.sqlite_state import step_of
from collector.backup.targets import Target, Wishes
from collector.backup.writing import new_archive


@pytest.fixture
async def here(tmp_path: Path) -> Path:
    return await make_place(tmp_path / "here")


@contextmanager
def in_use(state: Path) -> Iterator[None]:
    """Another process has it open and asks nothing, as a collector between two questions."""
    code = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA journal_mode = WAL'); "
    code += "c.execute('SELECT * FROM users').fetchall(); print(flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(state)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield


def test_a_state_that_is_in_use_is_not_put_aside(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = backup(here)
    state = here.parent / "data" / "state.sqlite"
    with in_use(state):
        assert is_held(state)
        before = tree(here.parent)
        assert restore(archive, here, "--force") == 1
        assert f"{state}: a collector is using it" in capsys.readouterr().err
        assert tree(here.parent) == before
    assert not is_held(state)
    assert restore(archive, here, "--force") == 0


def test_what_comes_to_be_there_meanwhile_is_not_put_aside(here: Path, tmp_path: Path) -> None:
    archive = backup(here)
    place = tmp_path / "inventory"

    class Slow(Folder):
        """While it is made ready, somebody else puts something there."""

        def make_ready(self) -> None:
            place.mkdir()
            (place / "theirs.toml").touch()

    def open_room(placing: Placing, _: ExitStack) -> Room:
        return Slow(place, placing)

    placing, wishes = Placing("now"), Wishes(is_forced=False, victoria_data=None)
    with pytest.raises(BackupError) as raised:
        fill(archive, check(archive), [Target("inventory", "inventory", (place,), open_room)], placing, wishes)
    placing.undo()
    assert (raised.value.reason, raised.value.about) == ("not_empty", {"path": place})
    assert [path.name for path in place.iterdir()] == ["theirs.toml"]


def test_a_folder_that_a_disk_is_mounted_at_is_told_before_anything_is_made(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive, elsewhere = backup(here), there(here)
    with small_disk(elsewhere.parent / "inventory", kibibytes=4000):
        assert restore(archive, elsewhere, "--force") == 1
    assert f"{elsewhere.parent / 'inventory'}: is where a disk is mounted" in capsys.readouterr().err
    assert not (elsewhere.parent / "data").exists()


def test_empty_folders_stay_where_the_configuration_of_the_archive_is_taken_back(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here.write_text(here.read_text().replace('"secret.txt"', '"data/enrolment/authority.key"'))
    archive = backup(here)
    folder = here.parent.parent / "there"
    (folder / "data" / "enrolment").mkdir(parents=True)
    (folder / "data" / "enrolment").chmod(0o700)
    (folder / "inventory").mkdir()
    (folder / "inventory" / "theirs.toml").touch()
    assert restore(archive, folder / "collector.toml") == 1
    assert f"{folder / 'inventory'}: is not empty" in capsys.readouterr().err
    assert (folder / "data" / "enrolment").stat().st_mode & 0o777 == 0o700
    assert {path.name for path in folder.rglob("*")} == {"data", "enrolment", "inventory", "theirs.toml"}


def test_folders_that_were_made_for_what_is_refused_go_again(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here.write_text(here.read_text().replace('"secret.txt"', '"data/enrolment/authority.key"'))
    archive = backup(here)
    folder = here.parent.parent / "there"
    (folder / "inventory").mkdir(parents=True)
    (folder / "inventory" / "theirs.toml").touch()
    assert restore(archive, folder / "collector.toml") == 1
    assert f"{folder / 'inventory'}: is not empty" in capsys.readouterr().err
    assert {path.name for path in folder.rglob("*")} == {"inventory", "theirs.toml"}


def test_places_that_this_user_may_not_look_into_are_told(tmp_path: Path) -> None:
    place = tmp_path / "data"
    place.mkdir(mode=0o700)
    with as_somebody_else():
        for look in (is_there, is_empty, step_of):
            with pytest.raises(BackupError) as raised:
                look(place / "state.sqlite")
            assert (raised.value.reason, raised.value.about["path"]) == ("cannot_read", place / "state.sqlite")


def with_points(archive: Path, table: str) -> Path:
    """The same archive with rows of another table."""
    path = archive.with_name("more.tar")
    parts: dict[str, bytes] = {}
    read(archive, check(archive), lambda name, content: parts.update({name: content.read(100_000_000)}))
    rows = next(content for name, content in parts.items() if name.startswith("points/reports/"))
    with new_archive(path) as writer:
        for name, content in (*parts.items(), (f"points/{table}/000001.parquet", rows)):
            writer.add(name, content)
    return path


def test_rows_of_a_table_that_nobody_knows_are_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elsewhere = there(here)
    before = tree(elsewhere.parent)
    evil = "reports SELECT * FROM reports; DROP TABLE radios; --"
    assert restore(with_points(backup(here), evil), elsewhere) == 1
    assert f"does not know the table {evil}" in capsys.readouterr().err
    assert tree(elsewhere.parent) == before


def test_counts_of_a_table_that_nobody_knows_are_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive, elsewhere = backup(here), there(here)
    parts: dict[str, bytes] = {}
    checked = check(archive)
    read(archive, checked, lambda name, content: parts.update({name: content.read(100_000_000)}))
    points = checked.about.points.model_dump() | {"rows": {"(SELECT 1)": 1}}
    parts[ABOUT] = encode_about(About.model_validate(checked.about.model_dump() | {"points": points}))
    with new_archive(archive.with_name("more.tar")) as writer:
        for name, content in parts.items():
            writer.add(name, content)
    assert restore(archive.with_name("more.tar"), elsewhere) == 1
    assert "does not know the table (SELECT 1)" in capsys.readouterr().err


def test_a_state_file_that_is_damaged_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = here.parent / "data" / "state.sqlite"
    with sqlite3.connect(path) as state:
        ((root,),) = state.execute("SELECT rootpage FROM sqlite_master WHERE name = 'users'").fetchall()
        ((size,),) = state.execute("PRAGMA page_size").fetchall()
    state.close()
    content = bytearray(path.read_bytes())
    content[(root - 1) * size + 5] ^= 0x55  # where the page's cells begin
    path.write_bytes(content)
    with pytest.raises(AssertionError):
        backup(here)
    assert f"{path}: the state database does not answer, or is not whole" in capsys.readouterr().err
