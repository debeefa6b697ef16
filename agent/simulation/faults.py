"""What goes wrong with simulated access points, and when. What each fault looks like is told at `FaultKind`.

Called by `agent.simulation.access_point`, which lets the faults take effect.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

FaultKind = Literal[
    "silent",
    "uplink_down",
    "uplink_100m",
    "radio_dead",
    "noisy_channel",
    "portal_failing",
    "hot",
    "reboot_loop",
    "replaced",
]
"""- `silent`: no report at all, as without power; afterwards the device has just started.
- `uplink_down`: the cable is dead. Nothing flows, both probes fail and most people leave; that a report comes out
  nevertheless is what a management path beside the cable would make of it.
- `uplink_100m`: the uplink negotiates 100 Mb/s, at some access points in half duplex and then with errors.
- `radio_dead`: the 5 GHz radio has no clients and no airtime, while the other radios work as ever.
- `noisy_channel`: something that is no Wi-Fi fills the 2.4 GHz channel: noise, busy airtime, retries.
- `portal_failing`: the portal does not answer. People associate, but only the secure network carries traffic.
- `hot`: 38 °C above what season and load would explain.
- `reboot_loop`: the device starts again every 5 to 11 minutes.
- `replaced`: from `begins_at` a new Wi-Fi 6E device, with its own serial and MAC, hangs at the same place.
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of one access point, from `begins_at` up to, but not including, `ends_at`; without them always.

    A replacement happens at `begins_at`, so one without it does not.
    """

    kind: FaultKind
    begins_at: datetime | None = None
    ends_at: datetime | None = None

    def has_begun(self, instant: datetime) -> bool:
        """Whether it is there, or was."""
        return self.begins_at is None or self.begins_at <= instant

    def has_ended(self, instant: datetime) -> bool:
        """Whether it is over."""
        return self.ends_at is not None and self.ends_at <= instant


def active_kinds(faults: Iterable[Fault], instant: datetime) -> frozenset[FaultKind]:
    """What is wrong at an instant."""
    return frozenset(fault.kind for fault in faults if fault.has_begun(instant) and not fault.has_ended(instant))


def last_replacement(faults: Iterable[Fault], instant: datetime) -> datetime | None:
    """When the device that hangs there now was put up, where it is not the first one."""
    return max(
        (f.begins_at for f in faults if f.kind == "replaced" and f.begins_at and f.has_begun(instant)), default=None
    )


def last_start(faults: Iterable[Fault], instant: datetime) -> datetime | None:
    """When a fault last had the device start anew: the end of an outage or of a reboot loop, or a replacement."""
    ends = [f.ends_at for f in faults if f.kind in ("silent", "reboot_loop") and f.ends_at and f.has_ended(instant)]
    return max([*ends, *filter(None, [last_replacement(faults, instant)])], default=None)
