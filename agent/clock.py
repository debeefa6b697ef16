"""The clocks of the machine: the wall clock, which may be wrong or jump, and one that only goes forward."""

import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """What a step needs to know of time. Tests bring their own."""

    epoch: str
    """Names one start of the machine: readings of `monotonic` compare only under the same epoch."""

    def wall(self) -> datetime:
        """The wall clock, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since an unknown instant, never going back, counting on while the machine sleeps."""
        ...


class SystemClock:
    """The kernel's clocks. The epoch is the kernel's own boot id, where it tells one."""

    def __init__(self, boot_id_file: Path = Path("/proc/sys/kernel/random/boot_id")) -> None:
        try:
            self.epoch = boot_id_file.read_text().strip().replace("-", "")
        except OSError:
            self.epoch = secrets.token_hex(16)  # of this process alone: what another one noted is not comparable

    def wall(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """CLOCK_BOOTTIME in seconds."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)
