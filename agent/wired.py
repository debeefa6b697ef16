"""Makes values of the wire of a Linux machine and what was remembered of it: processor, uplink, wired interfaces.

For the sources that stand on `agent.machine` (host, openwrt): the look itself, in a thread, and then what takes two
looks or the choice of an uplink. A source owns one `Wiring` and its `Counters`.
"""

import threading
from collections.abc import Collection, Hashable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import Field

from agent.clock import Clock
from agent.machine import Machine, cable_under, is_wired, matches, read_machine
from agent.procfs import InterfaceCounters
from agent.rates import Counters, share
from agent.sources import SourceError
from agent.threads import in_own_thread
from agent.wire import Interface

NO_CABLES = (
    "lo",
    # The near ends of containers and their networks. Docker names those `br-` and twelve hex digits, which leaves
    # OpenWrt's `br-lan` alone.
    *("veth*", "docker*", "br-" + "[0-9a-f]" * 12, "cni*", "cali*", "flannel*", "lxc*", "lxdbr*"),
    # The same of virtual machines.
    *("virbr*", "vnet*", "tap*"),
    # What has passed a cable already, once more: shaping, mirrors, tunnels. (A tun claims a speed of 10 Mb/s.)
    *("ifb*", "imq*", "dummy*", "nlmon*", "tun*", "wg*"),
    # What tunnels' modules bring up for themselves, and nobody uses.
    *("gre0", "gretap0", "erspan0", "tunl0", "sit0", "ip6tnl0", "ip6gre0", "ip_vti0", "ip6_vti0", "teql0"),
)
"""Interfaces that are no cable, as patterns: the default of the sources' `ignore_interfaces`."""

MAX_INTERFACES = 128  # what a Report holds
MAX_BYTES_PER_SECOND = 1e13 / 8  # what the wire takes: a counter that is faster is broken
UNKNOWN_WIDTH = 32  # on 32-bit kernels some drivers count in 32 bits, and /proc does not say which
_MAX_FRAMES_PER_SECOND = 1e10

InterfaceName = Annotated[str, Field(min_length=1, max_length=15)]


@dataclass(frozen=True, slots=True)
class Look:
    """A machine, and when it was looked at: by the wall clock and the monotonic one."""

    observed_at: datetime
    at_seconds: float
    machine: Machine


@dataclass(frozen=True, slots=True)
class Wires:
    """The wired interfaces of one reading; `uplink_mac` is what a device without another identity is known by."""

    uplink: Interface | None
    uplink_mac: str | None
    others: tuple[Interface, ...]


class Wiring:
    """Looks at the machine in `root`, and tells what its interfaces and its processor did since the look before.

    `ignore` and `uplink` are the source's settings of that meaning; `counters` are the source's own, which it tells
    to forget at the end of each reading. `usual_uplink` is how such devices call the port that is meant for it.
    """

    def __init__(
        self,
        root: Path,
        *,
        uplink: str | None,
        ignore: Collection[str],
        counters: Counters,
        usual_uplink: str | None = None,
    ) -> None:
        self._root = root
        self._configured_uplink = uplink
        self._uplink = uplink
        self._usual_uplink = usual_uplink
        self._ignore = ignore
        self._counters = counters
        self._looking = threading.Lock()

    async def look(self, clock: Clock, *, thread_name: str) -> Look:
        """Read the files in a thread; raises SourceError where an earlier look still hangs."""
        return await in_own_thread(lambda: self._look(clock), name=thread_name)

    def _look(self, clock: Clock) -> Look:
        # A thread cannot be stopped: without this, a sensor that hangs would take one more with every reading.
        if not self._looking.acquire(blocking=False):
            raise SourceError(f"{self._root}: an earlier reading still hangs; a sensor may not answer")
        try:
            observed_at, at_seconds = clock.wall(), clock.monotonic()
            keep = {self._uplink} if self._uplink else set()
            return Look(observed_at, at_seconds, read_machine(self._root, ignore=self._ignore, keep=keep))
        finally:
            self._looking.release()

    def wires(self, machine: Machine, at_seconds: float) -> Wires:
        """The uplink and the other wired interfaces."""
        self._uplink = self._find_uplink(machine)
        links = machine.links
        uplink = self._uplink if self._uplink in links else None
        others = [
            name for name in links if name != uplink and is_wired(links, name) and not matches(name, self._ignore)
        ]
        return Wires(
            uplink=None if uplink is None else self._interface(machine, uplink, at_seconds),
            uplink_mac=None if uplink is None else links[uplink].mac,
            others=tuple(self._interface(machine, name, at_seconds) for name in others[:MAX_INTERFACES]),
        )

    def cpu_ratio(self, machine: Machine, at_seconds: float) -> float | None:
        """The share of time since the look before in which the processors were busy."""
        if machine.cpu is None:
            return None
        return share(
            self._counters.delta("cpu busy", machine.cpu.busy, at_seconds),
            self._counters.delta("cpu total", machine.cpu.total, at_seconds),
        )

    def _find_uplink(self, machine: Machine) -> str | None:
        """As configured, else under the default route. A route that went away with its link changes nothing: that
        an uplink is down is what a report has to tell. Where there never was a route, it is the usual one."""
        if self._configured_uplink is not None or machine.default_interface is None:
            return self._uplink or (self._usual_uplink if self._usual_uplink in machine.links else None)
        return cable_under(machine.links, machine.default_interface)

    def _interface(self, machine: Machine, name: str, at_seconds: float) -> Interface:
        link, counters = machine.links[name], machine.counters.get(name, InterfaceCounters())
        key = (name, link.index)
        return Interface(
            name=name,
            is_up=link.is_up,
            speed_bits_per_second=link.speed_bits_per_second,
            max_speed_bits_per_second=link.max_speed_bits_per_second,
            is_full_duplex=link.is_full_duplex,
            rx_bits_per_second=self._bits_rate((*key, "rx"), counters.rx_bytes, at_seconds),
            tx_bits_per_second=self._bits_rate((*key, "tx"), counters.tx_bytes, at_seconds),
            rx_errors_per_second=self._frame_rate((*key, "rx errors"), counters.rx_errors, at_seconds),
            tx_errors_per_second=self._frame_rate((*key, "tx errors"), counters.tx_errors, at_seconds),
            rx_drops_per_second=self._frame_rate((*key, "rx drops"), counters.rx_drops, at_seconds),
            tx_drops_per_second=self._frame_rate((*key, "tx drops"), counters.tx_drops, at_seconds),
        )

    def _bits_rate(self, key: Hashable, count_bytes: int | None, at_seconds: float) -> float | None:
        rate = self._rate(key, count_bytes, at_seconds, MAX_BYTES_PER_SECOND)
        return None if rate is None else rate * 8

    def _frame_rate(self, key: Hashable, frames: int | None, at_seconds: float) -> float | None:
        return self._rate(key, frames, at_seconds, _MAX_FRAMES_PER_SECOND)

    def _rate(self, key: Hashable, count: int | None, at_seconds: float, max_per_second: float) -> float | None:
        if count is None:
            return None
        return self._counters.rate(key, count, at_seconds, bits=UNKNOWN_WIDTH, max_per_second=max_per_second)
