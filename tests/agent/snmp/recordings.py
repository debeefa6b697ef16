"""Plays recordings of real devices over UDP with snmpsim, and recordings of our own.

The public recordings are read where they lie, tidied (sorted, hexadecimal and variation tags made plain), and never
copied into the project.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from harness import free_port, is_bound

REPOSITORY = Path(__file__).resolve().parents[3]
PUBLIC = REPOSITORY.parent / "shared" / "data" / "snmp"
FOLDERS = (PUBLIC / "librenms", PUBLIC / "snmpsim-data", PUBLIC / "fosdem")

needs_recordings = pytest.mark.skipif(
    not PUBLIC.is_dir(), reason=f"the public recordings are not here: {PUBLIC.name} is missing beside the repository"
)

Records = dict[str, str]
"""By OID what snmpsim wants: `tag|value`."""
Told = list[dict[str, Any]]
"""Reports as JSON has them."""
Device = Callable[..., Awaitable[Sequence[Told]]]
"""The fixture that reads a played device, once for each community."""


def recording(name: str) -> Records:
    """A public recording, tidied."""
    for folder in FOLDERS:
        path = folder / f"{name}.snmprec"
        if path.exists():
            return parsed(path.read_text(encoding="utf-8", errors="surrogateescape").splitlines())
    raise FileNotFoundError(name)


def parsed(lines: Iterable[str]) -> Records:
    """Records out of the lines of a recording; a later line of the same object wins, as in a walk that was joined."""
    records: Records = {}
    for line in lines:
        oid, _, rest = line.partition("|")
        tag, _, value = rest.partition("|")
        if not re.fullmatch(r"\.?\d+(\.\d+)*", oid.strip()):
            continue
        records[oid.strip().lstrip(".")] = _plain(tag, value)
    return records


def _plain(tag: str, value: str) -> str:
    kind = re.match(r"\d+", tag)
    assert kind is not None, tag
    is_hex = tag.endswith("x")
    if is_hex and kind[0] not in {"4", "64", "68"}:
        return f"{kind[0]}|{int(value, 16)}"
    if ":" in tag:  # a variation module, of which the value is what counts: `67:numeric|rate=100,initial=5`
        initial = re.search(r"initial=(\d+)", value)
        return f"{kind[0]}|{initial[1] if initial else '0'}"
    return f"{kind[0]}{'x' if is_hex else ''}|{value}"


def grown(records: Records, growth: Mapping[str, int]) -> Records:
    """The records at a later reading: each counter under one of these OIDs grown by so much."""
    later = dict(records)
    for prefix, amount in growth.items():
        for oid, record in records.items():
            if oid == prefix or oid.startswith(prefix + "."):
                tag, _, value = record.partition("|")
                later[oid] = f"{tag}|{int(value) + amount}"
    return later


def write(records: Records, path: Path) -> None:
    """A file that snmpsim takes: sorted by OID."""
    lines = [f"{oid}|{records[oid]}" for oid in sorted(records, key=lambda oid: tuple(map(int, oid.split("."))))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="surrogateescape")


@contextmanager
def responder(folder: Path) -> Iterator[int]:
    """The UDP port of a responder that plays each file of the folder under its name as the community."""
    port = free_port()
    cache = folder / ".cache"
    cache.mkdir(exist_ok=True)
    command = [
        *(sys.executable, "-W", "ignore", str(Path(sys.executable).parent / "snmpsim-command-responder")),
        f"--data-dir={folder}",
        f"--cache-dir={cache}",
        f"--agent-udpv4-endpoint=127.0.0.1:{port}",
    ]
    if os.getuid() == 0:
        command += ["--process-user=root", "--process-group=root"]
    log = folder / ".log"
    with log.open("w") as told:
        process = subprocess.Popen(command, stdout=told, stderr=subprocess.STDOUT)
    try:
        while not is_bound(port):
            assert process.poll() is None, f"the responder did not start: {log.read_text()[-500:]}"
            time.sleep(0.01)
        yield port
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(cache, ignore_errors=True)
