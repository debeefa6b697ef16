"""The points in VictoriaMetrics: by its snapshots, whose files never change. Its own `vmbackup` does the same where its
folder is on another machine."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from urllib.parse import quote

from collector.backup.folders import is_there, tell_unreadable
from collector.backup.problems import BackupError

_ANSWERS_WITHIN_SECONDS = 60.0
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@contextmanager
def snapshot(url: str, storage: Path) -> Iterator[Path]:
    """The folder of a snapshot of what is stored now, which goes again at the end. `storage` is the engine's
    -storageDataPath. Raises BackupError."""
    if not is_there(storage / "data"):
        raise BackupError("points_elsewhere", url=url, why=f"{storage}/data is not there")
    answer = _ask(url, "/snapshot/create")
    name = answer.get("snapshot")
    if not isinstance(name, str) or answer.get("status") != "ok" or "/" in name:
        raise BackupError("points_elsewhere", url=url, why=f"/snapshot/create answered {json.dumps(answer)[:200]}")
    try:
        folder = storage / "snapshots" / name
        if not is_there(folder):
            raise BackupError("points_elsewhere", url=url, why=f"{folder} is not there")
        yield folder
    finally:
        with suppress(BackupError):  # it is deleted by the engine, where that is told to, or by hand
            _ask(url, f"/snapshot/delete?snapshot={quote(name, safe='')}")


def files_of(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file of a snapshot, by its name in the engine's folder: what is in it are links into that. Raises
    BackupError where a folder cannot be read."""
    for place, folders, names in os.walk(folder, onerror=tell_unreadable, followlinks=True):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            yield path.relative_to(folder).as_posix(), path


def _ask(url: str, path: str) -> dict[str, object]:
    try:
        with _opener.open(f"{url}{path}", timeout=_ANSWERS_WITHIN_SECONDS) as answer:
            found = json.loads(answer.read())
    except (OSError, HTTPException, ValueError) as error:
        raise BackupError("points_elsewhere", url=url, why=getattr(error, "reason", error)) from error
    return found if isinstance(found, dict) else {}
