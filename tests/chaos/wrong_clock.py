"""A wall clock that is wrong for one program alone: libfaketime between it and the kernel. The clock that only goes
forward stays the kernel's, as on an access point that wakes in 1970."""

import os
from pathlib import Path

import pytest
from harness import Command

WAKES_IN_1970 = "@1970-01-01 00:00:30"
"""At each start of the process anew."""
TWO_HOURS_AHEAD = "+2h"


class CommandWithWrongClock(Command):
    """One of our commands under a clock that libfaketime describes in `wrong`; a kill hits the command itself."""

    def __init__(self, folder: Path, name: str, module: str, *arguments: str, wrong: str) -> None:
        super().__init__(folder, name, module, *arguments)
        clock = [f"LD_PRELOAD={_library()}", f"FAKETIME={wrong}", "FAKETIME_DONT_FAKE_MONOTONIC=1", "NO_FAKE_STAT=1"]
        self._command = ["env", *clock, *self._command]


def _library() -> Path:
    found = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    if found is not None:
        return found
    reason = "libfaketime is not installed: apt-get install faketime"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
