"""What is backed up comes back elsewhere: whole, in empty places, as the configuration there says; or not at all."""

import sqlite3
import tarfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from harness import INVENTORY
from restored_places import NOW, backup, make_place, restore, there, tree
from small_disks import small_disk
from sqlalchemy import create_engine
from state_files import open_state

from collector.backup.manifest import ABOUT, About, decode_about, encode_about
from collector.backup.placing import Placing
from collector.backup.problems import BackupError
from collector.backup.reading import check, read
from collector.backup.writing import new_archive
from collector.cli.backup_phrases import phrases
from collector.cli.command import run
from collector.state import migrations
from collector.state.accounts import has_users
from collector.state.enrolments import is_good_token, keep_token, restored_at
from collector.stores.duckdb import open_store


@pytest.fixture
async def here(tmp_path: Path) -> Path:
    """A collector's configuration, whose state has a user and whose store 100 frames. It does not run."""
    return await make_place(tmp_path / "here")


def stored(path: Path) -> object:
    store = open_store(path)
    try:
        return store.stored_frames(NOW)
    finally:
        store._connection.close()


def test_all_of_it_comes_back_by_another_configuration(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = backup(here)
    elsewhere = there(here, more='[store]\npath = "points/other.duckdb"\n[collector]\ninventory = "places"\n')
    before = elsewhere.read_bytes()
    assert restore(archive, elsewhere) == 0
    folder = elsewhere.parent
    state = open_state(folder / "data" / "state.sqlite")
    assert has_users(state)
    state.dispose()
    assert stored(folder / "points" / "other.duckdb") == {("gw-lab", "00c0ffee"): [(1, 100)]}
    assert (folder / "places" / "lab.toml").read_text(encoding="utf-8") == INVENTORY
    assert (folder / "data" / "enrolment" / "authority.key").read_text() == "key\n"
    assert (folder / "data" / "enrolment" / "authority.key").stat().st_mode & 0o777 == 0o600
    assert (folder / "data" / "state.sqlite").stat().st_mode & 0o777 == 0o600
    assert elsewhere.read_bytes() == before
    told = capsys.readouterr().out
    assert all(str(folder / name) in told for name in ("data/state.sqlite", "points/other.duckdb", "places"))
    assert list(folder.rglob(".*")) == [], "nothing but what was restored is left"


def test_the_state_says_that_it_was_put_back_and_its_tokens_are_good_no_longer(here: Path) -> None:
    """They may have been used since it was saved."""
    state, now = open_state(here.parent / "data" / "state.sqlite"), datetime.now(UTC)
    keep_token(state, "lab-001", "a" * 64, now, expires_at=now + timedelta(days=1))
    state.dispose()
    elsewhere = there(here)
    assert restore(backup(here), elsewhere) == 0
    kept = open_state(elsewhere.parent / "data" / "state.sqlite")
    assert not is_good_token(kept, "lab-001", "a" * 64, now)
    at = restored_at(kept)
    kept.dispose()
    assert at is not None
    assert now <= at <= datetime.now(UTC)


def test_without_a_configuration_the_archive_brings_its_own_and_what_that_names(here: Path) -> None:
    archive = backup(here)
    elsewhere = here.parent.parent / "there" / "collector.toml"
    assert restore(archive, elsewhere) == 0
    want = {
        name: content for name, content in tree(here.parent).items() if "points" not in name and "state" not in name
    }
    found = tree(elsewhere.parent)
    assert {name: found.get(name) for name in want} == want


def test_a_key_that_lies_in_the_enrolment_comes_back_with_it(here: Path) -> None:
    text = here.read_text().replace('"secret.txt"', '"data/enrolment/authority.key"')
    here.write_text(text)
    elsewhere = here.parent.parent / "there" / "collector.toml"
    assert restore(backup(here), elsewhere) == 0
    assert (elsewhere.parent / "data" / "enrolment" / "authority.key").read_text() == "key\n"
    assert (elsewhere.parent / "data" / "enrolment" / "broker" / "passwords").read_text() == "hashes\n"


def test_keys_are_left_out_where_that_is_asked_for(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with_keys, without = backup(here, name="with.tar"), backup(here, "--without-keys", name="without.tar")
    left_out = {part.name for part in check(with_keys).manifest.parts} - {
        part.name for part in check(without).manifest.parts
    }
    assert left_out == {"keys/broker.password_file", "enrolment/authority.key", "broker/passwords"}
    assert b"made at run time" in with_keys.read_bytes()
    assert b"made at run time" not in without.read_bytes()
    assert "keys and passwords are left out" in capsys.readouterr().out
    elsewhere = here.parent.parent / "there" / "collector.toml"
    assert restore(without, elsewhere) == 2, "the configuration names a file that is not there"
    assert "password_file" in capsys.readouterr().err
    assert not elsewhere.exists()


def test_where_something_is_nothing_is_restored_without_force(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = backup(here)
    before = tree(here.parent)
    assert restore(archive, here) == 1
    assert "is not empty" in capsys.readouterr().err
    assert tree(here.parent) == before


def test_with_force_what_was_there_is_kept_beside(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = backup(here)
    data = here.parent / "data"
    (data / "state.sqlite-wal").write_bytes(b"of what was there")
    (here.parent / "inventory" / "more.toml").write_text("# of what was there\n")
    old = tree(data)
    assert restore(archive, here, "--force") == 0
    assert not (data / "state.sqlite-wal").exists(), "it would be taken for that of the restored file"
    assert not (here.parent / "inventory" / "more.toml").exists()
    kept = list(here.parent.rglob("*.before-restore-*"))
    assert {path.name.partition(".before")[0] for path in kept} == {
        *("state.sqlite", "points.duckdb", "inventory", "enrolment")
    }
    told = capsys.readouterr().out
    assert all(str(path) in told for path in kept if not path.name.endswith("-wal"))
    (state,) = data.glob("state.sqlite.before-restore-*Z")
    assert state.with_name(f"{state.name}-wal").read_bytes() == b"of what was there", "it belongs to the file beside it"
    (points,) = data.glob("points.duckdb.before-restore-*")
    assert points.read_bytes() == old["points.duckdb"]
    assert stored(data / "points.duckdb") == {("gw-lab", "00c0ffee"): [(1, 100)]}


def test_an_older_state_is_brought_to_this_version(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = here.parent / "data" / "state.sqlite"
    path.unlink()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", "collector.state:migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
    engine.dispose()
    archive = backup(here)
    elsewhere = there(here)
    assert restore(archive, elsewhere) == 0
    assert f"from step 0003 to {migrations.HEAD}" in capsys.readouterr().out
    with closing(sqlite3.connect(elsewhere.parent / "data" / "state.sqlite")) as state:
        assert state.execute("SELECT version_num FROM alembic_version").fetchall() == [(migrations.HEAD,)]


def changed(archive: Path, **changes: object) -> Path:
    """The same archive that says something else of itself."""
    checked = check(archive)
    path = archive.with_name("changed.tar")
    about = About.model_validate(checked.about.model_dump() | changes)
    parts: dict[str, bytes] = {}
    read(archive, checked, lambda name, content: parts.update({name: content.read(100_000_000)}))
    with new_archive(path) as writer:
        for name, content in parts.items():
            writer.add(name, encode_about(about) if name == ABOUT else content)
    return path


def assert_nothing_is_restored(archive: Path, elsewhere: Path) -> None:
    before = tree(elsewhere.parent)
    assert restore(archive, elsewhere) == 1
    assert tree(elsewhere.parent) == before


def test_a_newer_state_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = changed(backup(here), version="9.0.0", state={"kind": "sqlite", "step": "9999"})
    assert_nothing_is_restored(archive, there(here))
    assert "step 9999, made by version 9.0.0" in capsys.readouterr().err


def test_newer_points_are_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = backup(here)
    points = check(archive).about.points.model_dump()
    points["columns"]["reports"] = (*points["columns"]["reports"], "mood")
    assert_nothing_is_restored(changed(archive, points=points), there(here))
    assert "does not know the columns mood of table reports" in capsys.readouterr().err


def test_rows_that_do_not_come_back_are_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = backup(here)
    points = check(archive).about.points.model_dump()
    points["rows"]["reports"] = 101
    assert_nothing_is_restored(changed(archive, points=points), there(here))
    assert "only 100 of 101 rows" in capsys.readouterr().err


VICTORIA = '[store]\nkind = "influx"\nengine = "victoriametrics"\nurl = "http://127.0.0.1:1"\n'


def test_points_are_not_restored_into_another_engine(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert_nothing_is_restored(backup(here), there(here, more=VICTORIA))
    assert "of duckdb, and the configuration has victoriametrics" in capsys.readouterr().err


def test_a_state_is_not_restored_into_another_engine(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = '[state]\nurl = "postgresql://hangang@127.0.0.1:1/hangang"\n'
    assert_nothing_is_restored(backup(here), there(here, more=more))
    assert "is in sqlite, and the configuration has postgresql" in capsys.readouterr().err


def test_an_altered_archive_is_not_restored(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = backup(here)
    with tarfile.open(archive) as tar:
        position = tar.getmember("state/state.sqlite").offset_data + 5000
    whole = bytearray(archive.read_bytes())
    whole[position] ^= 1
    archive.write_bytes(whole)
    assert_nothing_is_restored(archive, there(here))
    assert "part state/state.sqlite is cut off, missing or altered" in capsys.readouterr().err
    assert run(["backup", "--verify", str(archive), "--lang", "ko"]) == 1
    assert "state/state.sqlite 부분이 잘렸거나 바뀌었습니다" in capsys.readouterr().err


@pytest.mark.parametrize("kibibytes", [64, 400, 700])
def test_nothing_is_left_where_the_disk_is_full(here: Path, kibibytes: int, capsys: pytest.CaptureFixture[str]) -> None:
    archive = backup(here)
    elsewhere = there(here)
    disk = here.parent.parent / "disk"
    with small_disk(disk, kibibytes=kibibytes):
        elsewhere.write_text(f'{elsewhere.read_text()}[collector]\ndata = "{disk}"\n')
        assert restore(archive, elsewhere) == 1
        assert "Traceback" not in capsys.readouterr().err
        assert [*disk.iterdir()] == []
        assert run(["backup", "--config", str(here), "--to", str(disk / "backup.tar")]) == 1
        assert [*disk.iterdir()] == []
    assert not (elsewhere.parent / "inventory").exists()


def test_what_cannot_be_put_there_has_all_moved_back(tmp_path: Path) -> None:
    old, new, other = tmp_path / "old", tmp_path / "new", tmp_path / "other"
    old.write_text("old")
    placing = Placing("now")
    staged = placing.beside(old)
    staged.write_text("new")
    placing.put(staged, old)
    assert (old.read_text(), (tmp_path / "old.before-restore-now").read_text()) == ("new", "old")
    with pytest.raises(BackupError):
        placing.put(placing.beside(other), new)  # nothing was made there
    placing.undo()
    placing.clear()
    assert tree(tmp_path) == {"old": b"old"}


def test_every_phrase_is_there_in_both_languages() -> None:
    assert all(words["ko"] and words["en"] for words in phrases().values())


def test_usage_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["--config", str(here)], ["--verify", "x.tar", "--config", str(here), "--to", "y.tar"]):
        with pytest.raises(SystemExit) as raised:
            run(["backup", *arguments])
        assert raised.value.code == 2
    with pytest.raises(SystemExit):
        run(["backup", "--config", str(here), "--to", "backup.zip"])
    assert "is to end in .tar, .tar.gz or .tar.zst" in capsys.readouterr().err


def test_what_is_not_there_yet_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["backup", "--config", str(here), "--to", str(here.parent / "b.tar"), "--lang", "en"]
    (here.parent / "data" / "points.duckdb").unlink()
    assert run(arguments) == 1
    assert "there are no points yet" in capsys.readouterr().err
    (here.parent / "data" / "state.sqlite").unlink()
    assert run(arguments) == 1
    assert "there is no state yet" in capsys.readouterr().err
    assert not (here.parent / "b.tar").exists()


def test_an_archive_says_what_it_is(here: Path) -> None:
    with tarfile.open(backup(here)) as tar:
        first = tar.next()
        assert first is not None
        content = tar.extractfile(first)
        assert content is not None
        about = decode_about(content.read(), "backup.tar")
    assert (first.name, about.state.kind, about.state.step) == (ABOUT, "sqlite", migrations.HEAD)
    assert (about.points.kind, about.points.rows["reports"], about.points.rows["frames"]) == ("duckdb", 100, 100)
