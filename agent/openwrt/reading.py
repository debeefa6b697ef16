"""Asks an OpenWrt access point about its radios, in few commands, and joins the answers.

For `agent.sources.openwrt`. A device has little to compute with: a reading takes five commands, two for each radio
that is up, and two for each network; what a tool that is missing would have told is asked of another. Whatever does
not answer, or answers what nobody can read, is left out.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from agent.clock import Clock
from agent.openwrt.commands import Commands
from agent.openwrt.hostapd_json import parse_clients, parse_status_airtime
from agent.openwrt.iw_dev import parse_iw_dev
from agent.openwrt.iw_phy import parse_iw_phy
from agent.openwrt.iw_stations import parse_stations
from agent.openwrt.iw_survey import parse_survey
from agent.openwrt.iwinfo_json import parse_assoclist, parse_devices, parse_info
from agent.openwrt.iwinfo_text import parse_assoclist_text, parse_interfaces
from agent.openwrt.joining import RadioParts, is_sending, join_radios, join_stations, network_of
from agent.openwrt.parts import Airtime, Mode, Station, WirelessInterface, merged
from agent.openwrt.spectrum import band_of, newest
from agent.openwrt.system_json import Port, parse_board, parse_ports, parse_system
from agent.wire import Device, System

MAX_RADIOS = 16  # what a Report holds
MAX_INTERFACES = 32  # more networks than any device sends; what comes beyond is not asked about

BOARD = ("ubus", "call", "system", "board")
SYSTEM = ("ubus", "call", "system", "info")
PORTS = ("ubus", "call", "network.device", "status")
IW_DEV = ("iw", "dev")
IW_PHY = ("iw", "phy")
IWINFO_DEVICES = ("ubus", "call", "iwinfo", "devices")
ALWAYS_ASKED = (IW_DEV, IW_PHY, BOARD, SYSTEM, PORTS)


@dataclass(frozen=True, slots=True)
class Network:
    """An interface that sends, and who was on it at the instant; `stations` is None where that is not known.

    For an `ap` this includes who is on its `ap vlan` interfaces, whose names are in `children`.
    """

    interface: WirelessInterface
    at_seconds: float
    stations: tuple[Station, ...] | None
    children: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RadioAnswers:
    """All that was told of one radio."""

    parts: RadioParts
    at_seconds: float
    airtime: Airtime | None
    networks: tuple[Network, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """All that the commands told. `wireless` names every interface that is a radio's."""

    board: Device
    system: System
    ports: Mapping[str, Port]
    radios: tuple[RadioAnswers, ...]
    wireless: frozenset[str]

    @property
    def is_empty(self) -> bool:
        """Whether no command told anything."""
        return not self.radios and not self.ports and self.board == Device() and self.system == System()


class Reader:
    """Asks for one reading, and stops asking once `patience_seconds` have passed."""

    def __init__(self, commands: Commands, clock: Clock, *, patience_seconds: float) -> None:
        self._commands = commands
        self._clock = clock
        self._ends_at_seconds = clock.monotonic() + patience_seconds

    async def read(self, wireless_noise_dbm: Mapping[str, float | None], others: Sequence[str] = ()) -> Answers:
        """Ask all there is to ask. The arguments are interfaces that the kernel lists as wireless in any case, and
        the names of such as there may be, which are tried where no tool lists any."""
        interfaces, is_every_interface_known = await self._interfaces()
        listed = set(interfaces)
        for name in () if interfaces else others[:MAX_INTERFACES]:
            told = await self._alone(name)
            if told is not None:
                interfaces[name] = told
        for name, noise_dbm in list(wireless_noise_dbm.items())[:MAX_INTERFACES]:
            if name not in listed:
                bare = WirelessInterface(name, noise_dbm=noise_dbm)
                interfaces[name] = merged(interfaces.get(name) or await self._info(name) or bare, bare)
        phys = parse_iw_phy(await self._ask(*IW_PHY) or "")
        board, system = parse_board(await self._ask(*BOARD)), parse_system(await self._ask(*SYSTEM))
        ports = parse_ports(await self._ask(*PORTS))
        asked = dict(list(interfaces.items())[:MAX_INTERFACES])
        radios = join_radios(asked, phys, is_every_interface_known=is_every_interface_known)
        answers = [await self._radio(radio) for radio in radios[:MAX_RADIOS]]
        return Answers(board, system, ports, tuple(answers), frozenset(part.name for part in interfaces.values()))

    async def _ask(self, *argv: str) -> str | None:
        return await self._commands.run(*argv) if self._clock.monotonic() <= self._ends_at_seconds else None

    async def _interfaces(self) -> tuple[dict[str, WirelessInterface], bool]:
        """The interfaces by name, and whether these are all: by iw, else by ubus's iwinfo, else by the program."""
        text = await self._ask(*IW_DEV)
        found = parse_iw_dev(text or "")
        if found:
            return found, True
        names = parse_devices(await self._ask(*IWINFO_DEVICES))
        for name in names[:MAX_INTERFACES]:
            found[name] = await self._by_name(name) or WirelessInterface(name)
        if not found:
            found = parse_interfaces(await self._ask("iwinfo") or "")
        return found, text == "" or bool(names)

    async def _by_name(self, name: str) -> WirelessInterface | None:
        by_iw = parse_iw_dev(await self._ask("iw", "dev", name, "info") or "").get(name)
        return by_iw or await self._info(name)

    async def _alone(self, name: str) -> WirelessInterface | None:
        """An interface of which perhaps only the clients or the airtime tell; None where nothing does.

        hostapd serves access points alone. So, most likely, does a device whose driver lists stations.
        """
        told = await self._by_name(name)
        if told is not None:
            return told
        clients = parse_clients(await self._ask("ubus", "call", f"hostapd.{name}", "get_clients"))
        survey = parse_survey(await self._ask("iw", "dev", name, "survey", "dump") or "")
        in_use = [airtime.frequency_mhz for airtime in survey if airtime.is_in_use]
        frequency_mhz = clients.frequency_mhz if clients else None
        if frequency_mhz is None and len(in_use) == 1:
            (frequency_mhz,) = in_use
        is_served = await self._stations(WirelessInterface(name), ()) is not None
        if not is_served and not survey:
            return None
        mode: Mode | None = "ap" if is_served else None
        return WirelessInterface(name, mode=mode, frequency_mhz=frequency_mhz, band=band_of(frequency_mhz))

    async def _info(self, name: str) -> WirelessInterface | None:
        """What iwinfo says of an interface, through ubus or else by itself."""
        told = parse_info(await self._ask("ubus", "call", "iwinfo", "info", _device(name)), name)
        return told or parse_interfaces(await self._ask("iwinfo", name, "info") or "").get(name)

    async def _radio(self, radio: RadioParts) -> RadioAnswers:
        at_seconds = self._clock.monotonic()
        may_send = any(part == WirelessInterface(part.name, mode="ap") for part in radio.interfaces)  # see `_alone`
        if not radio.is_up and not may_send:
            return RadioAnswers(radio, at_seconds, None, ())
        first = radio.interfaces[0]
        first = merged(first, await self._info(first.name)) if first.standard is None else first
        interfaces = (first, *radio.interfaces[1:])
        capability = radio.capability or newest(first.capabilities or ())
        completed = replace(radio, interfaces=interfaces, band=radio.band or first.band, capability=capability)
        airtime = await self._airtime(first)
        at_seconds = self._clock.monotonic()
        return RadioAnswers(completed, at_seconds, airtime, tuple(await self._networks(interfaces, may_send=may_send)))

    async def _airtime(self, interface: WirelessInterface) -> Airtime | None:
        survey = parse_survey(await self._ask("iw", "dev", interface.name, "survey", "dump") or "")
        if interface.frequency_mhz is not None:  # not every driver marks what is in use
            survey = [airtime for airtime in survey if airtime.frequency_mhz == interface.frequency_mhz]
        watched = [airtime for airtime in survey if airtime.is_in_use or interface.frequency_mhz is not None]
        airtime = watched[0] if len(watched) == 1 else None
        if airtime is not None and airtime.active_ms is not None:
            return airtime
        status = parse_status_airtime(await self._ask("ubus", "call", f"hostapd.{interface.name}", "get_status"))
        if status is None or airtime is None:
            return status or airtime
        return replace(status, noise_dbm=airtime.noise_dbm)

    async def _networks(self, interfaces: Sequence[WirelessInterface], *, may_send: bool) -> list[Network]:
        """Those of a radio's interfaces that send, or may, and are not a client of someone else."""
        sending = [part for part in interfaces if (is_sending(part) or may_send) and part.mode in {"ap", "mesh"}]
        children = [part for part in interfaces if part.mode == "ap vlan"]
        networks = []
        for interface in sending:
            own = [child.name for child in children if network_of(child, sending) == interface.name]
            stations = await self._stations(interface, own) if interface.mode == "ap" else None
            at_seconds = self._clock.monotonic()
            networks.append(Network(interface, at_seconds, None if stations is None else tuple(stations), tuple(own)))
        return networks

    async def _stations(self, interface: WirelessInterface, children: Sequence[str]) -> list[Station] | None:
        """Who is on a network: of the driver (by iw, else by iwinfo), and of hostapd."""
        by_driver = await self._driver_stations(interface.name)
        if by_driver is not None:
            for name in children:
                by_driver += await self._driver_stations(name) or ()
        clients = parse_clients(await self._ask("ubus", "call", f"hostapd.{interface.name}", "get_clients"))
        if by_driver is None:
            argument = _device(interface.name)
            by_driver = parse_assoclist(await self._ask("ubus", "call", "iwinfo", "assoclist", argument))
        if by_driver is None and clients is None:
            by_driver = parse_assoclist_text(await self._ask("iwinfo", interface.name, "assoclist") or "")
        return join_stations(by_driver, clients.stations if clients else None)

    async def _driver_stations(self, name: str) -> list[Station] | None:
        """Who is on an interface; None where there is no answer, or one that is no list: nobody is an empty text."""
        text = await self._ask("iw", "dev", name, "station", "dump")
        return [] if text is not None and not text.strip() else parse_stations(text or "").get(name)


def _device(name: str) -> str:
    """The argument with which ubus's iwinfo object is told which interface is meant."""
    return json.dumps({"device": name}, ensure_ascii=False, separators=(",", ":"))
