"""A collector's place that does not run, backed up and restored by the commands, for tests of both."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import certifi
import pytest
from harness import INVENTORY, free_port
from state_files import open_state
from writing import write

from agent.wire import Report
from collector.cli.command import run
from collector.state.accounts import add_user
from collector.stores import FrameKey, StoredFrame, StoredReport
from collector.stores.duckdb import open_store

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)


def frames(count: int) -> Iterator[StoredFrame]:
    for number in range(1, count + 1):
        report = Report(access_point="lab-001", observed_at=NOW, clients=number)
        yield StoredFrame(
            FrameKey("gw-lab", "00c0ffee", number), NOW, (StoredReport("lab-001", NOW, False, report),), ()
        )


async def make_place(folder: Path) -> Path:
    """A collector's configuration, whose state has a user and whose store 100 frames."""
    (folder / "inventory").mkdir(parents=True)
    (folder / "inventory" / "lab.toml").write_text(INVENTORY, encoding="utf-8")
    (folder / "secret.txt").write_text("made at run time\n")
    shutil.copy(certifi.where(), folder / "ca.pem")
    configuration = folder / "collector.toml"
    configuration.write_text(
        '[broker]\nurl = "mqtts://127.0.0.1:8883"\nusername = "collector"\npassword_file = "secret.txt"\n'
        f'ca_file = "ca.pem"\n[web]\nport = {free_port()}\n'
    )
    (folder / "data" / "enrolment" / "broker").mkdir(parents=True)
    (folder / "data" / "enrolment" / "authority.crt").write_text("certificate\n")
    (folder / "data" / "enrolment" / "authority.key").touch(mode=0o600)
    (folder / "data" / "enrolment" / "authority.key").write_text("key\n")
    (folder / "data" / "enrolment" / "broker" / "passwords").write_text("hashes\n")
    state = open_state(folder / "data" / "state.sqlite")
    assert add_user(state, "admin", "a password of a test", NOW)
    state.dispose()
    store = open_store(folder / "data" / "points.duckdb")
    await write(store, frames(100))
    await store.close()
    return configuration


def backup(here: Path, *options: str, name: str = "backup.tar") -> Path:
    archive = here.parent.parent / name
    assert run(["backup", "--config", str(here), "--to", str(archive), "--lang", "en", *options]) == 0
    return archive


def restore(archive: Path, configuration: Path, *options: str) -> int:
    return run(["restore", "--from", str(archive), "--config", str(configuration), "--lang", "en", *options])


def there(here: Path, *, url: str = "mqtt://127.0.0.1:1883", more: str = "") -> Path:
    """Another collector's configuration, with places of its own and nothing in them."""
    folder = here.parent.parent / "there"
    folder.mkdir(exist_ok=True)
    configuration = folder / "collector.toml"
    configuration.write_text(f'[broker]\nurl = "{url}"\n[web]\nport = {free_port()}\n{more}')
    return configuration


def tree(folder: Path) -> dict[str, bytes]:
    """What is in its files, and in the files of its folders."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Go on as a user who may do nothing; the test is skipped where that is not permitted."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
