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
from urllib.parse import quote, urlencode

from collector.backup.folders import is_there, tell_unreadable
from collector.backup.problems import BackupError

_ANSWERS_WITHIN_SECONDS = 60.0
_REFUSALS = (400, 401, 403)
"""1.79.5 refuses a key with 400, newer versions with 401, and a proxy before them may make 403 of it."""
_ABOUT_THE_KEY = b"snapshotAuthKey"
_REFUSAL_BYTES = 4096
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@contextmanager
def snapshot(url: str, storage: Path, key_file: Path | None) -> Iterator[Path]:
    """The folder of a snapshot of what is stored now, which goes again at the end. `storage` is the engine's
    -storageDataPath, and `key_file` holds its -snapshotAuthKey where it has one. Raises BackupError."""
    key = None if key_file is None else _read_key(key_file)
    if not is_there(storage / "data"):
        raise BackupError("points_elsewhere", url=url, why=f"{storage}/data is not there")
    answer = _ask(url, "/snapshot/create", key)
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
            _ask(url, f"/snapshot/delete?snapshot={quote(name, safe='')}", key)


def files_of(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file of a snapshot, by its name in the engine's folder: what is in it are links into that. Raises
    BackupError where a folder cannot be read."""
    for place, folders, names in os.walk(folder, onerror=tell_unreadable, followlinks=True):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            yield path.relative_to(folder).as_posix(), path


def _read_key(path: Path) -> bytes:
    """Without what ends its line, as the engine reads a file of its key. Raises BackupError."""
    try:
        key = path.read_bytes().rstrip()
    except OSError as error:
        raise BackupError("cannot_read", path=path, why=error.strerror) from error
    if not key:
        raise BackupError("victoria_key_empty", path=path)
    return key


def _ask(url: str, path: str, key: bytes | None) -> dict[str, object]:
    """The key goes in a form, not in the address, which logs of proxies and messages of errors show."""
    form = None if key is None else urlencode({"authKey": key}).encode("ascii")
    try:
        with _opener.open(f"{url}{path}", form, timeout=_ANSWERS_WITHIN_SECONDS) as answer:
            found = json.loads(answer.read())
    except (OSError, HTTPException, ValueError) as error:
        if isinstance(error, urllib.error.HTTPError) and _is_about_the_key(error):
            raise BackupError("victoria_key_refused", url=url) from error
        raise BackupError("points_elsewhere", url=url, why=getattr(error, "reason", error)) from error
    return found if isinstance(found, dict) else {}


def _is_about_the_key(refusal: urllib.error.HTTPError) -> bool:
    """What is said is looked at and not told: 1.79.5 repeats the key that it was sent."""
    with refusal, suppress(OSError, HTTPException):
        return refusal.code in _REFUSALS and _ABOUT_THE_KEY in refusal.read(_REFUSAL_BYTES)
    return False
