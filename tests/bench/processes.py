"""What a process costs, as the kernel tells it: processor time and memory."""

import os
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def processor_seconds(pid: int) -> float:
    """Time on a processor so far, in user mode and in the kernel, over all threads; to a hundredth of a second."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND


def memory_megabytes(pid: int, kind: str = "VmRSS") -> float:
    """VmRSS (all that is resident) or RssAnon (what is the process's alone)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(kind)) / 1024


def idle_seconds(core: int) -> float:
    """How long a core has had nothing to do so far; 0 where it cannot be told."""
    for line in Path("/proc/stat").read_text().splitlines():
        if line.startswith(f"cpu{core} "):
            return int(line.split()[4]) / _TICKS_PER_SECOND
    return 0.0
