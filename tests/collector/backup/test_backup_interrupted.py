"""What happens to a backup while it is made, or to an archive while it is read, is told, and harms nothing."""

import os
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from restored_places import as_somebody_else, make_place

from collector.backup.manifest import ABOUT, About, PointsSaved, StateSaved, encode_about
from collector.backup.problems import BackupError
from collector.backup.reading import check, read
from collector.backup.victoria_metrics import files_of
from collector.backup.writing import new_archive
from collector.cli.command import run

ABOUT_IT = About(
    version="0.1.0",
    made_at="2026-05-20T00:00:00+00:00",
    has_keys=True,
    state=StateSaved(kind="sqlite", step="0004"),
    points=PointsSaved(kind="none"),
)


def test_an_archive_that_came_to_be_there_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "backup.tar"

    def make() -> None:
        with new_archive(path) as archive:
            archive.add(ABOUT, encode_about(ABOUT_IT))
            path.write_bytes(b"another's")

    with pytest.raises(BackupError) as raised:
        make()
    assert raised.value.reason == "archive_exists"
    assert {each: each.read_bytes() for each in tmp_path.iterdir()} == {path: b"another's"}


def test_a_file_that_becomes_shorter_is_told_by_its_name(tmp_path: Path) -> None:
    source = Path("/sys/kernel/uevent_seqnum")  # a file that says it has 4096 bytes, and has few
    if not source.exists():
        pytest.skip("there is no /sys")

    def make() -> None:
        with new_archive(tmp_path / "backup.tar") as archive:
            archive.add_file("inventory/lab.toml", source)

    with pytest.raises(BackupError) as raised:
        make()
    assert (raised.value.reason, raised.value.about) == ("changed_meanwhile", {"path": source})
    assert [*tmp_path.iterdir()] == []


@pytest.fixture
async def here(tmp_path: Path) -> Path:
    return await make_place(tmp_path / "here")


def test_a_name_that_is_no_text_is_told(here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here.parent / "inventory" / os.fsdecode("한강.toml".encode("cp949"))).touch()
    assert run(["backup", "--config", str(here), "--to", str(tmp_path / "backup.tar"), "--lang", "en"]) == 1
    assert "its name is no UTF-8; rename it" in capsys.readouterr().err
    assert not (tmp_path / "backup.tar").exists()


def test_a_folder_of_a_snapshot_that_cannot_be_read_is_not_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / "snapshot"
    folder.mkdir(mode=0o700)
    (folder / "part").touch()
    with as_somebody_else(), pytest.raises(BackupError) as raised:
        [*files_of(folder)]
    assert raised.value.reason == "cannot_read"
    assert [name for name, _ in files_of(folder)] == ["part"]


def test_an_archive_that_becomes_shorter_after_it_was_checked_is_told(tmp_path: Path) -> None:
    path = tmp_path / "backup.tar"
    with new_archive(path) as archive:
        archive.add(ABOUT, encode_about(ABOUT_IT))
        archive.add("inventory/lab.toml", b"# lab\n")
        archive.add("state/state.sqlite", bytes(10_000))
    checked = check(path)
    with tarfile.open(path) as tar:
        end = tar.getmember("state/state.sqlite").offset
    path.write_bytes(path.read_bytes()[:end] + bytes(10_240))
    with pytest.raises(BackupError) as raised:
        read(path, checked, lambda *_: None)
    assert (raised.value.reason, raised.value.about["part"]) == ("altered", "state/state.sqlite")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_clearing_away_is_not_broken_off_in_its_turn(number: signal.Signals) -> None:
    code = """
import os, signal, sys
from collector.cli.backup import end_on_signals
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs this may have been started by nohup
end_on_signals("en")
try:
    os.kill(os.getpid(), int(sys.argv[1]))
finally:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(os.getpid(), each)
    print("cleared")
"""
    done = subprocess.run([sys.executable, "-c", code, str(int(number))], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "cleared\n")
    assert "broken off" in done.stderr


def test_nohup_counts() -> None:
    code = """
import os, signal
from collector.cli.backup import end_on_signals
signal.signal(signal.SIGHUP, signal.SIG_IGN)
end_on_signals("en")
os.kill(os.getpid(), signal.SIGHUP)
print("goes on")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "goes on\n")
