"""A wall clock that is wrong for one program alone: libfaketime between it and the kernel. The clock that only goes
forward stays the kernel's, as on an access point that wakes in 1970."""

import os
from pathlib import Path

import pytest

WAKES_IN_1970 = "@1970-01-01 00:00:30"
"""At each start of the process anew."""
TWO_HOURS_AHEAD = "+2h"


def environment_with(wrong_clock: str) -> list[str]:
    """The environment's variables under which a program has a clock that libfaketime describes so."""
    return [
        f"LD_PRELOAD={_library()}",
        f"FAKETIME={wrong_clock}",
        "FAKETIME_DONT_FAKE_MONOTONIC=1",
        "NO_FAKE_STAT=1",
    ]


def _library() -> Path:
    found = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    if found is not None:
        return found
    reason = "libfaketime is not installed: apt-get install faketime"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
