"""The OpenWrt access point on which the agent runs: its radios, networks, cables and its own health.

Opened by `agent.config`, read by the sampler. What is asked, and what becomes of the answers, is in `agent.openwrt`;
/proc and /sys are read as by the source host. With a `root`, all of it is read from recorded output instead.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from agent.clock import Clock
from agent.openwrt.commands import Commands, DeviceCommands, RecordedCommands, file_name
from agent.openwrt.radios import MAX_SSIDS, RadioCounters, count_clients
from agent.openwrt.reading import ALWAYS_ASKED, Answers, Reader
from agent.openwrt.system_json import completed
from agent.rates import Counters
from agent.settings import RelativePath
from agent.sources import Source, SourceError, SourceSettings
from agent.wire import AccessPointId, Device, Report, System
from agent.wired import NO_CABLES, InterfaceName, Look, Wiring

_THIS_DEVICE = Path("/")
_RESERVE_SECONDS = 1.0  # a command that hangs at the very end of the patience still has to be killed


class Settings(SourceSettings):
    """The keys of a `[[sources]]` table of kind "openwrt"."""

    speaks_for_its_agent = True

    kind: Literal["openwrt"]
    access_point: AccessPointId | None = Field(default=None, description="The place at which this device hangs")
    root: RelativePath = Field(
        default=_THIS_DEVICE,
        description="The folder in which proc/, sys/ and the recorded commands/ are found. Left out, it is the device",
    )
    command_timeout_seconds: Annotated[float, Field(gt=0, le=60)] = Field(
        default=2.0, description="The time after which a command is killed, and counts as not answered"
    )
    uplink: InterfaceName | None = Field(
        default=None,
        description="The interface towards the network. Left out, it is the one under the default route",
    )
    ignore_interfaces: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        default=NO_CABLES, description="Wired interfaces to leave out, as patterns with * ? []"
    )


def open_source(settings: Settings, clock: Clock) -> Source:
    """The source for one `[[sources]]` table; reads and runs nothing yet."""
    return OpenWrtSource(settings, clock)


class OpenWrtSource:
    """Reads files and asks commands, then makes a report of the answers and of what it remembers."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._counters = Counters()
        self._radios = RadioCounters(self._counters)
        self._wiring = Wiring(
            settings.root,
            uplink=settings.uplink,
            ignore=settings.ignore_interfaces,
            counters=self._counters,
            usual_uplink="wan",
        )
        self._recorded: RecordedCommands | None = None
        self._commands: Commands = DeviceCommands(time_limit_seconds=settings.command_timeout_seconds)
        if settings.root != _THIS_DEVICE:
            self._recorded = self._commands = RecordedCommands(settings.root)
        self._before_seconds: float | None = None

    async def read(self) -> Sequence[Report]:
        """One Report; raises SourceError where neither commands nor files tell anything."""
        if self._recorded is not None:
            await self._recorded.open()
        look = await self._wiring.look(self._clock, thread_name="source openwrt")
        reader = Reader(self._commands, self._clock, patience_seconds=self._patience_seconds())
        machine = look.machine
        radios = [name for name, link in machine.links.items() if link.is_radio]
        others = radios if self._recorded is None else sorted({*radios, *self._recorded.interfaces})
        answers = await reader.read(machine.wireless_noise_dbm, others)
        if answers.is_empty and not machine.links and machine.cpu is None and machine.system == System():
            raise SourceError(self._nothing_there())
        report = self._report(look, answers)
        self._counters.forget_unseen()
        self._before_seconds = look.at_seconds
        return [report]

    async def close(self) -> None:
        """Nothing stays open between readings."""

    def _report(self, look: Look, answers: Answers) -> Report:
        machine = completed(
            look.machine, board=answers.board, system=answers.system, ports=answers.ports, wireless=answers.wireless
        )
        at_seconds = look.at_seconds
        told = [
            self._radios.tell(radio, links=machine.links, interfaces=machine.counters, interfaces_at_seconds=at_seconds)
            for radio in answers.radios
        ]
        wires = self._wiring.wires(machine, at_seconds)
        device = machine.device.model_copy(update={"mac": wires.uplink_mac})
        system = machine.system.model_copy(update={"cpu_ratio": self._wiring.cpu_ratio(machine, at_seconds)})
        ssids = [ssid for _, of_radio in told for ssid in of_radio]
        return Report(
            access_point=self._settings.access_point,
            observed_at=look.observed_at,
            interval_seconds=None if self._before_seconds is None else at_seconds - self._before_seconds,
            device=None if device == Device() else device,
            system=None if system == System() else system,
            clients=count_clients(network for radio in answers.radios for network in radio.networks),
            radios=tuple(radio for radio, _ in told),
            ssids=tuple(ssids[:MAX_SSIDS]),
            uplink=wires.uplink,
            interfaces=wires.others,
        )

    def _patience_seconds(self) -> float:
        """How long to go on asking, so that the last command can still hang and what was told is not lost."""
        whole, command = self._settings.timeout_seconds, self._settings.command_timeout_seconds
        return max(whole - command - _RESERVE_SECONDS, whole / 2)

    def _nothing_there(self) -> str:
        root = self._settings.root
        if root == _THIS_DEVICE:
            return "neither ubus nor iw answers; is this OpenWrt, and is the agent allowed to run ubus and iw?"
        names = ", ".join(f"commands/{file_name(argv)}" for argv in ALWAYS_ASKED)
        return f"{root}: nothing to read: looked for {names}, proc/ and sys/; let `root` name the folder that has them"
