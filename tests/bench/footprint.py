"""What agents take of the machine that they run on: processor time, memory, bytes on the network and on the disk.

For `test_footprint_day`. A disk of its own, in a file, tells what reaches it, with what its file system adds.
"""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness import Command
from processes import memory_megabytes

DAY_SECONDS = 86_400
_SECTOR_BYTES = 512
_DISK_MEGABYTES = 64


@dataclass(frozen=True, slots=True)
class Disk:
    """A folder to write into. `device` is the block device below it; memory has none."""

    folder: Path
    device: str | None

    def written_bytes(self) -> int:
        """What has reached the device so far, with the file system's own; what waits for it is sent there first."""
        if self.device is None:
            return 0
        subprocess.run(["sync", "-f", str(self.folder)], check=True)
        return int(Path(f"/sys/block/{self.device}/stat").read_text().split()[6]) * _SECTOR_BYTES


@contextmanager
def flash(folder: Path) -> Iterator[Disk]:
    """ext4 in a file, with blocks of 4 KiB as on larger disks, mounted without times of access."""
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
        pytest.skip("a file system of its own takes root and mkfs.ext4")
    image, mount = folder / "flash.img", folder / "flash"
    with image.open("wb") as file:
        file.truncate(_DISK_MEGABYTES * 1024 * 1024)
    mount.mkdir()
    subprocess.run(
        ["mkfs.ext4", "-q", "-b", "4096", "-E", "lazy_itable_init=0,lazy_journal_init=0", str(image)], check=True
    )
    mounted = subprocess.run(["mount", "-o", "loop,noatime", str(image), str(mount)], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no file system in a file can be mounted here: {mounted.stderr.strip()}")
    try:
        source = subprocess.run(
            ["findmnt", "-n", "-o", "SOURCE", str(mount)], capture_output=True, text=True, check=True
        ).stdout.strip()
        yield Disk(mount, Path(source).name)
    finally:
        subprocess.run(["umount", str(mount)], check=True)


@contextmanager
def memory() -> Iterator[Disk]:
    """A folder on tmpfs."""
    folder = Path(f"/dev/shm/hg{os.getpid()}-{time.monotonic_ns()}")
    folder.mkdir()
    try:
        yield Disk(folder, None)
    finally:
        shutil.rmtree(folder)


@dataclass(frozen=True, slots=True)
class Taken:
    """What an agent has taken since its start. `written_bytes` are those of its own pages, without the file system."""

    at_seconds: float
    processor_seconds: float
    sent_bytes: int
    received_bytes: int
    written_bytes: int
    device_bytes: int

    def a_day_since(self, before: "Taken") -> dict[str, float]:
        """Name to number, as if all of a day were like the time between the two."""
        days = (self.at_seconds - before.at_seconds) / DAY_SECONDS
        return {
            "cpu_seconds_a_day": (self.processor_seconds - before.processor_seconds) / days,
            "sent_bytes_a_day": (self.sent_bytes - before.sent_bytes) / days,
            "received_bytes_a_day": (self.received_bytes - before.received_bytes) / days,
            "page_bytes_a_day": (self.written_bytes - before.written_bytes) / days,
            "flash_bytes_a_day": (self.device_bytes - before.device_bytes) / days,
        }


def taken(agent: Command, disk: Disk) -> Taken:
    """What this agent has taken so far; its connection must stand."""
    sent, received = _bytes_of_connection(agent.pid)
    return Taken(
        at_seconds=time.monotonic(),
        processor_seconds=time.clock_gettime(_processor_clock(agent.pid)),
        sent_bytes=sent,
        received_bytes=received,
        written_bytes=_written_bytes(agent.pid),
        device_bytes=disk.written_bytes(),
    )


def memory_of(agent: Command) -> dict[str, float]:
    """Resident now and at most so far, and what of it is the process's alone, in megabytes."""
    kinds = {"rss": "VmRSS", "rss_max": "VmHWM", "private": "RssAnon"}
    return {f"{name}_megabytes": memory_megabytes(agent.pid, kind) for name, kind in kinds.items()}


def _processor_clock(pid: int) -> int:
    """The clock of another process's time on a processor, all its threads, to the nanosecond; as clock_getcpuclockid(3)
    numbers it. /proc tells hundredths of a second, which is as much as a reading takes."""
    return (~pid << 3) | 2


def _written_bytes(pid: int) -> int:
    found = re.search(r"^write_bytes: (\d+)", Path(f"/proc/{pid}/io").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


def _bytes_of_connection(pid: int) -> tuple[int, int]:
    """Sent and received on the one TCP connection of a process, TLS and MQTT included, headers below TCP not."""
    told = subprocess.run(["ss", "-tinpHO", "state", "established"], capture_output=True, text=True, check=True).stdout
    lines = [line for line in told.splitlines() if f"pid={pid}," in line]
    assert len(lines) == 1, lines
    sent, received = (re.search(rf" bytes_{way}:(\d+)", lines[0]) for way in ("sent", "received"))
    assert sent is not None
    assert received is not None
    return int(sent[1]), int(received[1])
