"""Whether the gateway of the access point answers, how fast, and how much is lost on the way to it.

By ICMP echo where this process may send it. A gateway that answers no echo, or a process that may not ask, leaves TCP:
a port that accepts, or refuses, proves that somebody is there. Opened by `agent.config`, run by the schedule.
"""

import asyncio
import errno
import ipaddress
import socket
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from agent.probes import CHECKING_RATIO, Check, ProbeSettings, Surroundings
from agent.probing.echo import Echoes, EchoNotPermitted, ask_for_echoes, socket_address
from agent.probing.routes import parse_default_gateway
from agent.probing.together import together
from agent.settings import Contradiction, RelativePath
from agent.threads import in_own_thread
from agent.wire import Probe

_ALIVE = {errno.ECONNREFUSED, errno.ECONNRESET}


def _must_be_an_address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise ValueError("must be an address of IPv4 or IPv6") from error


class Settings(ProbeSettings):
    """The keys of a `[[probes]]` table of kind "gateway"."""

    kind: Literal["gateway"]
    target: Annotated[str, AfterValidator(_must_be_an_address)] | None = Field(
        default=None, description="The address to ask; left out, it is the gateway of the default route"
    )
    method: Literal["auto", "icmp", "tcp"] = "auto"
    count: Annotated[int, Field(ge=1, le=100)] = 5
    packet_interval_seconds: Annotated[float, Field(ge=0.01, le=10)] = 0.2
    reply_timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 1.0
    max_loss_ratio: Annotated[float, Field(ge=0, le=1)] = 0.2
    ports: Annotated[tuple[Annotated[int, Field(ge=1, le=65535)], ...], Field(min_length=1, max_length=16)] = (
        53,
        80,
        443,
    )
    root: RelativePath = Field(default=Path("/"), description="The folder in which proc/ is found")

    @classmethod
    def contradictions(cls, document: object) -> Iterator[Contradiction]:
        """All packets, the wait for the last, and the attempt by TCP have to fit into the time limit."""
        yield from super().contradictions(document)
        if not isinstance(document, dict):
            return
        names = ("count", "packet_interval_seconds", "reply_timeout_seconds", "timeout_seconds")
        given = [document.get(name, cls.model_fields[name].default) for name in names]
        if not all(isinstance(value, int | float) for value in given):
            return
        count, spacing, patience, limit = given
        if (count - 1) * spacing + 2 * patience > limit * CHECKING_RATIO:
            needed = ((count - 1) * spacing + 2 * patience) / CHECKING_RATIO
            yield ("timeout_seconds",), f"the packets and the waits for them need {needed:.3g} s; raise it, or ask less"


def open_check(settings: Settings, _: Surroundings) -> Check:
    """The check for one `[[probes]]` table; asks nothing yet."""
    return GatewayCheck(settings)


class GatewayCheck:
    """Asks whoever is the gateway at the time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def run(self) -> Sequence[Probe]:
        """One result."""
        target = self._settings.target or await in_own_thread(self._default_gateway, name="probe gateway")
        if target is None:
            problem = "this machine has no default route through a gateway; check its uplink, or name a target"
            return [Probe(kind="gateway", is_ok=False, outcome="no_route", failure=problem)]
        if self._settings.method == "tcp":
            return [await self._by_tcp(target)]
        try:
            by_icmp = await self._by_icmp(target)
        except EchoNotPermitted:
            return [_not_permitted(target) if self._settings.method == "icmp" else await self._by_tcp(target)]
        if by_icmp.outcome == "unreachable" and self._settings.method == "auto":
            by_tcp = await self._by_tcp(target)
            return [by_tcp if by_tcp.is_ok else by_icmp]
        return [by_icmp]

    async def close(self) -> None:
        """Nothing stays open between runs."""

    def _default_gateway(self) -> str | None:
        folder = self._settings.root / "proc" / "net"
        return parse_default_gateway(_text(folder / "route"), _text(folder / "ipv6_route"))

    async def _by_icmp(self, target: str) -> Probe:
        echoes = await ask_for_echoes(
            target,
            count=self._settings.count,
            spacing_seconds=self._settings.packet_interval_seconds,
            patience_seconds=self._settings.reply_timeout_seconds,
        )
        return judge_echoes(target, echoes, max_loss_ratio=self._settings.max_loss_ratio)

    async def _by_tcp(self, target: str) -> Probe:
        ports = self._settings.ports
        latency_seconds = await _knock(target, ports, patience_seconds=self._settings.reply_timeout_seconds)
        named = ", ".join(map(str, ports))
        failure = f"{target} neither accepts nor refuses connections to TCP {named}; check the uplink and its cable"
        return Probe(
            kind="gateway",
            target=target,
            method="tcp",
            is_ok=latency_seconds is not None,
            outcome="unreachable" if latency_seconds is None else "ok",
            failure=failure if latency_seconds is None else None,
            latency_seconds=latency_seconds,
        )


def judge_echoes(target: str, echoes: Echoes, *, max_loss_ratio: float) -> Probe:
    """The result of asking for echoes. Pure."""
    answered, outcome, failure = len(echoes.round_trips_seconds), "ok", None
    if not answered:
        outcome = "unreachable"
        failure = f"{target} answers none of {echoes.sent} echo requests; check the uplink and its cable"
    elif echoes.loss_ratio > max_loss_ratio:
        outcome = "loss"
        failure = f"{target} answers {answered} of {echoes.sent} echo requests; check the uplink's cable and its load"
    return Probe(
        kind="gateway",
        target=target,
        method="icmp",
        is_ok=outcome == "ok",
        outcome=outcome,
        failure=failure,
        latency_seconds=statistics.median(echoes.round_trips_seconds) if answered else None,
        loss_ratio=echoes.loss_ratio,
    )


def _not_permitted(target: str) -> Probe:
    problem = "this process may not send ICMP; widen net.ipv4.ping_group_range, grant CAP_NET_RAW, or leave out method"
    return Probe(kind="gateway", target=target, method="icmp", outcome="not_permitted", failure=problem)


async def _knock(address: str, ports: Sequence[int], *, patience_seconds: float) -> float | None:
    """Seconds until the first of the ports accepted or refused; None where none did in time."""
    answered_after_seconds: list[float] = []
    loop = asyncio.get_running_loop()

    async def knock(port: int) -> None:
        try:
            family, place = socket_address(address, port)
        except OSError:
            return  # an interface that is not there
        with socket.socket(family, socket.SOCK_STREAM) as attempt:
            attempt.settimeout(0)
            began = loop.time()
            try:
                await loop.sock_connect(attempt, place)
            except OSError as error:
                if error.errno not in _ALIVE:
                    return
            answered_after_seconds.append(loop.time() - began)

    try:
        async with asyncio.timeout(patience_seconds):
            await together(*map(knock, ports))
    except TimeoutError:
        pass  # whoever has not answered by now does not
    return min(answered_after_seconds, default=None)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
