"""What the document says of backups every night can be done as it is written there."""

import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest
from harness import program
from restored_places import make_place

DOCUMENT = Path(__file__).parents[3] / "docs" / "backup.md"
COMMAND = "/opt/hangang/current/bin/hangang"


def unit(name: str) -> str:
    found = re.search(rf"`/etc/systemd/system/{re.escape(name)}`.*?```ini\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert found is not None
    return found[1]


def steps() -> list[str]:
    """What the service runs, as systemd reads it."""
    lines = re.findall(r"^ExecStart=(.*)$", unit("hangang-backup.service"), re.MULTILINE)
    return [line.replace("$$", "$").replace("%%", "%") for line in lines]


@pytest.fixture
async def here(tmp_path: Path) -> Path:
    return await make_place(tmp_path / "here")


def test_systemd_understands_it(tmp_path: Path) -> None:
    for name in ("hangang-backup.service", "hangang-backup.timer"):
        (tmp_path / name).write_text(unit(name))
    paths = [str(tmp_path / name) for name in ("hangang-backup.service", "hangang-backup.timer")]
    done = subprocess.run([program("systemd-analyze"), "verify", "--man=no", *paths], capture_output=True, text=True)
    told = [line for line in (done.stdout + done.stderr).splitlines() if str(tmp_path) in line]
    assert (done.returncode, told) == (0, [])


def test_the_service_makes_one_and_keeps_those_of_14_days(here: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for name, days in (("last-week.tar.zst", 7), ("long-ago.tar.zst", 15), (".killed.tar.zst.4711", 15)):
        (folder / name).touch()
        os.utime(folder / name, (time.time() - days * 86_400,) * 2)
    for step in steps():
        step_here = (
            step.replace(COMMAND, f"{sys.executable} -m collector.cli.main")
            .replace("/etc/hangang/collector.toml", str(here))
            .replace("/var/backups/hangang", str(folder))
        )
        subprocess.run(shlex.split(step_here), check=True)
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == 2
    assert re.fullmatch(r"20[0-9-]{8}T[0-9]{6}\.tar\.zst", names[0])
    assert names[1] == "last-week.tar.zst"
