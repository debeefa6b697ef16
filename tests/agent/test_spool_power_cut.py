"""The spool and a power cut: what was not synchronised is lost of a disk of its own, as the kernel itself loses it."""

import fcntl
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import FrozenClock

from agent.spool import Spool
from agent.wire import SequenceRange

BODY = b'{"reports":["' + b"x" * 600 + b'"]}'
BOOT = "00c0ffee"
_SHUTDOWN = 0x8004587D
"""FS_IOC_SHUTDOWN of the kernel's uapi, which its own tests of file systems cut the power with."""
_WITHOUT_WRITING_THE_LOG = 2
_MEBIBYTES = 32


class FlashDisk:
    """ext4 in a file, mounted at `folder`."""

    def __init__(self, image: Path) -> None:
        self.folder = image.with_suffix(".mounted")
        self._image = image
        self.folder.mkdir()
        command = ["mount", "-o", "loop", str(image), str(self.folder)]
        mounted = subprocess.run(command, capture_output=True, text=True)
        if mounted.returncode:
            pytest.skip(f"no file system in a file can be mounted here: {mounted.stderr.strip()}")

    def cut_the_power(self) -> None:
        """From now on nothing reaches the disk, neither what is written nor what waits to be."""
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(folder, _SHUTDOWN, struct.pack("I", _WITHOUT_WRITING_THE_LOG))
        finally:
            os.close(folder)

    def copied(self, image: Path) -> "FlashDisk":
        """A disk with what is on this one: a file system without power stays so while anybody holds it."""
        shutil.copy(self._image, image)
        return FlashDisk(image)

    def unmount(self) -> None:
        """Whoever has a file open there keeps it."""
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


@pytest.fixture
def disks(tmp_path: Path) -> Iterator[list[FlashDisk]]:
    """One, and room for those that come of it."""
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
        pytest.skip("a file system of its own takes root and mkfs.ext4")
    image = tmp_path / "flash.img"
    image.write_bytes(b"")
    os.truncate(image, _MEBIBYTES * 1024 * 1024)
    subprocess.run(["mkfs.ext4", "-q", str(image)], check=True)
    mounted = [FlashDisk(image)]
    yield mounted
    for disk in mounted:
        disk.unmount()


@pytest.mark.parametrize("frames", [1, 30, 400], ids=["the first", "some", "the log was written over"])
async def test_what_was_appended_is_there_after_a_power_cut(
    frames: int, disks: list[FlashDisk], tmp_path: Path, clock: FrozenClock
) -> None:
    """All that is not acknowledged, and of the rest only what was acknowledged after the last frame."""
    (disk,) = disks
    spool = Spool(disk.folder / "spool.db", boot_id=BOOT, max_bytes=10**7, max_age_seconds=3600, clock=clock)
    for number in range(1, frames + 1):
        await spool.append(BODY)
        if number % 3 == 0:
            await spool.forget([SequenceRange(boot_id=BOOT, first=number - 1, last=number - 1)])
    disk.cut_the_power()
    await spool.close()
    disks.append(disk.copied(tmp_path / "later.img"))
    later = disks[-1].folder / "spool.db"
    again = Spool(later, boot_id="deadbeef", max_bytes=10**7, max_age_seconds=3600, clock=clock)
    found = await again.oldest_together(leaving_out=(), at_most_frames=1000, at_most_bytes=10**7)
    last_forgotten = {frames - 1} if frames % 3 == 0 else set()
    expected = {number for number in range(1, frames + 1) if number % 3 != 2 or number == frames} | last_forgotten
    assert {frame.sequence for frame in found} == expected
    assert all(frame.body == BODY for frame in found)
    assert again.dropped_frames == 0
    await again.close()
