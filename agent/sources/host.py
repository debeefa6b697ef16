"""This Linux machine: load, memory, temperature, and its wired interfaces, out of /proc and /sys.

Opened by `agent.config`, read by the sampler. For an agent beside an access point that another source reads, and for
the gateway of a site. The machine's name is not reported: people name machines after people.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from agent.clock import Clock
from agent.rates import Counters
from agent.settings import RelativePath
from agent.sources import Source, SourceError, SourceSettings
from agent.wire import AccessPointId, Device, Report, System
from agent.wired import NO_CABLES, InterfaceName, Look, Wiring


class Settings(SourceSettings):
    """The keys of a `[[sources]]` table of kind "host"."""

    speaks_for_its_agent = True

    kind: Literal["host"]
    access_point: AccessPointId | None = Field(default=None, description="The place at which this machine is")
    root: RelativePath = Field(default=Path("/"), description="The folder in which proc/ and sys/ are found")
    uplink: InterfaceName | None = Field(
        default=None,
        description="The interface towards the network. Left out, it is the one under the default route: of a "
        "VLAN its parent, of a bridge its one wired port",
    )
    ignore_interfaces: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        default=NO_CABLES, description="Interfaces to leave out, as patterns with * ? []"
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
        self._wiring = Wiring(
            settings.root, uplink=settings.uplink, ignore=settings.ignore_interfaces, counters=self._counters
        )

    async def read(self) -> Sequence[Report]:
        """One Report; raises SourceError where nothing can be read, or an earlier reading hangs."""
        look = await self._wiring.look(self._clock, thread_name="source host")
        machine = look.machine
        if not machine.links and machine.cpu is None and machine.system == System():
            root = self._settings.root
            raise SourceError(f"{root}: nothing to read in proc/ and sys/; let `root` name the folder that has them")
        report = self._report(look)
        self._counters.forget_unseen()
        self._before_seconds = look.at_seconds
        return [report]

    async def close(self) -> None:
        """Nothing stays open between readings."""

    def _report(self, look: Look) -> Report:
        machine, at_seconds = look.machine, look.at_seconds
        wires = self._wiring.wires(machine, at_seconds)
        device = machine.device.model_copy(update={"mac": wires.uplink_mac})
        system = machine.system.model_copy(update={"cpu_ratio": self._wiring.cpu_ratio(machine, at_seconds)})
        return Report(
            access_point=self._settings.access_point,
            observed_at=look.observed_at,
            interval_seconds=None if self._before_seconds is None else at_seconds - self._before_seconds,
            device=None if device == Device() else device,
            system=None if system == System() else system,
            uplink=wires.uplink,
            interfaces=wires.others,
        )
