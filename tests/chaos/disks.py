"""Small disks of their own for programs under test, which can be filled to the last byte and emptied again."""

import asyncio
import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

_BALLAST = "ballast"
_PIECE = b"\x01" * 4096


class Disk:
    """A file system in memory of a given size. When it is full, so much is spared."""

    def __init__(self, folder: Path, spared_bytes: int = 0) -> None:
        self.folder = folder
        self._spared_bytes = spared_bytes
        self._eater: asyncio.Task[None] | None = None

    def fill(self) -> None:
        """Take every free byte that is not spared."""
        with (self.folder / _BALLAST).open("ab", buffering=0) as ballast, contextlib.suppress(OSError):
            while shutil.disk_usage(self.folder).free >= self._spared_bytes:
                os.write(ballast.fileno(), _PIECE)

    def keep_full(self) -> None:
        """Take every free byte, and each that becomes free, until `empty`: whoever shares the disk is greedy."""
        self.fill()
        self._eater = asyncio.create_task(self._fill_again(), name=f"ballast in {self.folder}")

    async def empty(self) -> None:
        """Give the space back."""
        if self._eater is not None:
            self._eater.cancel()
            await asyncio.gather(self._eater, return_exceptions=True)
            self._eater = None
        (self.folder / _BALLAST).unlink(missing_ok=True)

    async def _fill_again(self) -> None:
        while True:
            await asyncio.sleep(0.1)
            self.fill()


@contextlib.contextmanager
def small_disk(folder: Path, *, mebibytes: int, spared_bytes: int = 0) -> Iterator[Disk]:
    """Mount one; where that is not permitted, the test is skipped, or fails where CI=true."""
    folder.mkdir()
    options = f"size={mebibytes}m"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        reason = f"a small disk cannot be mounted: {mounted.stderr.strip()}; run as root where mounting is permitted"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    try:
        yield Disk(folder, spared_bytes)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
