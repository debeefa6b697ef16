"""Small disks of their own, for what has to leave nothing behind where a disk is full."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, *, kibibytes: int) -> Iterator[None]:
    """Mount one; where that is not permitted, the test is skipped, or fails where CI=true."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True)
    if mounted.returncode != 0:
        reason = f"a small disk cannot be mounted: {mounted.stderr.strip()}; run as root where mounting is permitted"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
