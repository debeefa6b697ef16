"""This Linux machine: load, memory, temperature, and its wired interfaces, out of /proc and /sys.

Opened by `agent.config`, read by the sampler. For an agent on an access point, beside the source that knows its
radios, and for the gateway of a site. The machine's name is not reported: people name machines after people.
"""

import threading
from collections.abc import Hashable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from agent.clock import Clock
from agent.machine import Machine, cable_under, is_wired, matches, read_machine
from agent.procfs import InterfaceCounters
from agent.rates import Counters, share
from agent.settings import RelativePath
from agent.sources import Source, SourceError, SourceSettings
from agent.threads import in_own_thread
from agent.wire import AccessPointId, Device, Interface, Report, System

_NO_CABLES = (
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

_MAX_INTERFACES = 128  # what a Report holds
_MAX_BYTES_PER_SECOND = 1e13 / 8  # what the wire takes: a counter that is faster is broken
_MAX_FRAMES_PER_SECOND = 1e10
_UNKNOWN_WIDTH = 32  # on 32-bit kernels some drivers count in 32 bits, and /proc does not say which

InterfaceName = Annotated[str, Field(min_length=1, max_length=15)]


class Settings(SourceSettings):
    """The keys of a `[[sources]]` table of kind "host"."""

    kind: Literal["host"]
    access_point: AccessPointId | None = Field(default=None, description="The place at which this machine is")
    root: RelativePath = Field(default=Path("/"), description="The folder in which proc/ and sys/ are found")
    uplink: InterfaceName | None = Field(
        default=None,
        description="The interface towards the network. Left out, it is the one under the default route: of a "
        "VLAN its parent, of a bridge its one wired port",
    )
    ignore_interfaces: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        default=_NO_CABLES, description="Interfaces to leave out, as patterns with * ? []"
    )


def open_source(settings: Settings, clock: Clock) -> Source:
    """The source for one `[[sources]]` table; reads nothing yet."""
    return HostSource(settings, clock)


class HostSource:
    """Reads the files in a thread, then makes a report of them and of what it remembers of the reading before."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._counters = Counters()
        self._before_seconds: float | None = None
        self._uplink = settings.uplink
        self._reading = threading.Lock()

    async def read(self) -> Sequence[Report]:
        """One Report; raises SourceError where nothing can be read, or an earlier reading hangs."""
        observed_at, at_seconds, machine = await in_own_thread(self._look, name="source host")
        if not machine.links and machine.cpu is None and machine.system == System():
            root = self._settings.root
            raise SourceError(f"{root}: nothing to read in proc/ and sys/; let `root` name the folder that has them")
        report = self._report(machine, observed_at, at_seconds)
        self._counters.forget_unseen()
        self._before_seconds = at_seconds
        return [report]

    async def close(self) -> None:
        """Nothing stays open between readings."""

    def _look(self) -> tuple[datetime, float, Machine]:
        # A thread cannot be stopped: without this, a sensor that hangs would take one more with every reading.
        if not self._reading.acquire(blocking=False):
            raise SourceError(f"{self._settings.root}: an earlier reading still hangs; a sensor may not answer")
        try:
            observed_at, at_seconds = self._clock.wall(), self._clock.monotonic()
            keep = {self._uplink} if self._uplink else set()
            ignore = self._settings.ignore_interfaces
            return observed_at, at_seconds, read_machine(self._settings.root, ignore=ignore, keep=keep)
        finally:
            self._reading.release()

    def _report(self, machine: Machine, observed_at: datetime, at_seconds: float) -> Report:
        self._uplink = self._find_uplink(machine)
        uplink = self._uplink if self._uplink in machine.links else None
        links, ignore = machine.links, self._settings.ignore_interfaces
        others = [name for name in links if name != uplink and is_wired(links, name) and not matches(name, ignore)]
        device = machine.device.model_copy(update={"mac": None if uplink is None else links[uplink].mac})
        system = machine.system.model_copy(update={"cpu_ratio": self._cpu_ratio(machine, at_seconds)})
        return Report(
            access_point=self._settings.access_point,
            observed_at=observed_at,
            interval_seconds=None if self._before_seconds is None else at_seconds - self._before_seconds,
            device=None if device == Device() else device,
            system=None if system == System() else system,
            uplink=None if uplink is None else self._interface(machine, uplink, at_seconds),
            interfaces=tuple(self._interface(machine, name, at_seconds) for name in others[:_MAX_INTERFACES]),
        )

    def _find_uplink(self, machine: Machine) -> str | None:
        """As configured, else under the default route. A route that went away with its link changes nothing: that
        an uplink is down is what a report has to tell."""
        if self._settings.uplink is not None or machine.default_interface is None:
            return self._uplink
        return cable_under(machine.links, machine.default_interface)

    def _cpu_ratio(self, machine: Machine, at_seconds: float) -> float | None:
        if machine.cpu is None:
            return None
        return share(
            self._counters.delta("cpu busy", machine.cpu.busy, at_seconds),
            self._counters.delta("cpu total", machine.cpu.total, at_seconds),
        )

    def _interface(self, machine: Machine, name: str, at_seconds: float) -> Interface:
        link, counters = machine.links[name], machine.counters.get(name, InterfaceCounters())
        key = (name, link.index)
        return Interface(
            name=name,
            is_up=link.is_up,
            speed_bits_per_second=link.speed_bits_per_second,
            is_full_duplex=link.is_full_duplex,
            rx_bits_per_second=self._bits_rate((*key, "rx"), counters.rx_bytes, at_seconds),
            tx_bits_per_second=self._bits_rate((*key, "tx"), counters.tx_bytes, at_seconds),
            rx_errors_per_second=self._frame_rate((*key, "rx errors"), counters.rx_errors, at_seconds),
            tx_errors_per_second=self._frame_rate((*key, "tx errors"), counters.tx_errors, at_seconds),
            rx_drops_per_second=self._frame_rate((*key, "rx drops"), counters.rx_drops, at_seconds),
            tx_drops_per_second=self._frame_rate((*key, "tx drops"), counters.tx_drops, at_seconds),
        )

    def _bits_rate(self, key: Hashable, count_bytes: int | None, at_seconds: float) -> float | None:
        rate = self._rate(key, count_bytes, at_seconds, _MAX_BYTES_PER_SECOND)
        return None if rate is None else rate * 8

    def _frame_rate(self, key: Hashable, frames: int | None, at_seconds: float) -> float | None:
        return self._rate(key, frames, at_seconds, _MAX_FRAMES_PER_SECOND)

    def _rate(self, key: Hashable, count: int | None, at_seconds: float, max_per_second: float) -> float | None:
        if count is None:
            return None
        return self._counters.rate(key, count, at_seconds, bits=_UNKNOWN_WIDTH, max_per_second=max_per_second)
