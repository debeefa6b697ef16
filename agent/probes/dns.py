"""Whether the resolvers answer, how fast, and whether they tell the truth.

Every resolver is asked for the address of a name; where told, also for a name that cannot exist, for a resolver that
invents an address for it leads users astray. Opened by `agent.config`, run by the schedule.
"""

import ipaddress
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
from pydantic import AfterValidator, Field

from agent.probes import Check, ProbeSettings, Surroundings
from agent.probing.dns_query import Answered, QueryError, ask
from agent.probing.together import together
from agent.probing.words import failure_text, name_text
from agent.settings import RelativePath
from agent.threads import in_own_thread
from agent.wire import Probe

_MAX_RESOLVERS = 3  # as many as the C library uses: MAXNS of resolv.h
_RCODES = {dns.rcode.NXDOMAIN: "nxdomain", dns.rcode.SERVFAIL: "servfail", dns.rcode.REFUSED: "refused"}

_Judgement = tuple[str, str | None]
"""An outcome and, where it is not "ok", what went wrong."""


def _must_be_an_address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise ValueError("must be an address of IPv4 or IPv6") from error


def _must_be_a_network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError as error:
        raise ValueError("must be an address or a network such as 203.0.113.0/24") from error


def _must_be_a_domain(text: str) -> str:
    try:
        dns.name.from_text(f"{'0' * 32}.{text}")
    except (dns.exception.DNSException, UnicodeError) as error:
        raise ValueError("must be the name of a domain") from error
    return text


_Domain = Annotated[str, Field(min_length=1), AfterValidator(_must_be_a_domain)]


class Settings(ProbeSettings):
    """The keys of a `[[probes]]` table of kind "dns"."""

    kind: Literal["dns"]
    name: _Domain
    record: Literal["A", "AAAA"] = "A"
    resolvers: Annotated[
        tuple[Annotated[str, AfterValidator(_must_be_an_address)], ...],
        Field(max_length=16, description="Left out, those of etc/resolv.conf"),
    ] = ()
    port: Annotated[int, Field(ge=1, le=65535)] = 53
    attempts: Annotated[int, Field(ge=1, le=10)] = 2
    expected: tuple[Annotated[str, AfterValidator(_must_be_a_network)], ...] = Field(
        default=(), description="Addresses and networks, in one of which every address of the answer has to lie"
    )
    must_not_exist: _Domain | None = Field(
        default=None, description="A domain under which a name drawn at random does not exist"
    )
    root: RelativePath = Field(default=Path("/"), description="The folder in which etc/resolv.conf is found")


def open_check(settings: Settings, _: Surroundings) -> Check:
    """The check for one `[[probes]]` table; asks nothing yet."""
    return DnsCheck(settings)


class DnsCheck:
    """Asks all resolvers at once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def run(self) -> Sequence[Probe]:
        """One result for each resolver; a single one where there is none to ask."""
        resolvers = self._settings.resolvers or await in_own_thread(self._resolvers_of_the_system, name="probe dns")
        if resolvers:
            return await together(*map(self._check, resolvers))
        failure = "this machine has no resolver in etc/resolv.conf; check what its uplink was told, or name resolvers"
        return [self._result(None, ("no_resolver", failure))]

    async def close(self) -> None:
        """Nothing stays open between runs."""

    def _resolvers_of_the_system(self) -> tuple[str, ...]:
        try:
            return parse_resolvers((self._settings.root / "etc" / "resolv.conf").read_text(errors="replace"))
        except OSError:
            return ()

    async def _check(self, resolver: str) -> Probe:
        (answered, judgement), (_, of_nothing) = await together(
            self._ask_for_the_name(resolver), self._ask_for_nothing(resolver)
        )
        if of_nothing[0] == "hijacked" or judgement[0] == "ok":
            judgement = of_nothing if of_nothing[0] != "ok" else judgement
        return self._result(resolver, judgement, answered)

    async def _ask_for_the_name(self, resolver: str) -> tuple[Answered | None, _Judgement]:
        try:
            answered = await self._ask(self._settings.name, resolver)
        except QueryError as error:
            return None, (error.outcome, str(error))
        return answered, judge_answer(answered.message, self._settings, resolver)

    async def _ask_for_nothing(self, resolver: str) -> tuple[Answered | None, _Judgement]:
        if self._settings.must_not_exist is None:
            return None, ("ok", None)
        try:
            answered = await self._ask(f"{secrets.token_hex(16)}.{self._settings.must_not_exist}", resolver)
        except QueryError as error:
            return None, (error.outcome, f"asked for a name that does not exist, {error}")
        return answered, judge_nonexistence(answered.message, self._settings, resolver)

    async def _ask(self, name: str, resolver: str) -> Answered:
        attempts = self._settings.attempts
        patience_seconds = self._settings.checking_seconds / attempts
        query = dns.message.make_query(name, self._settings.record)
        return await ask(
            query, resolver, port=self._settings.port, attempts=attempts, patience_seconds=patience_seconds
        )

    def _result(self, resolver: str | None, judgement: _Judgement, answered: Answered | None = None) -> Probe:
        outcome, failure = judgement
        loss_ratio = None if answered is None else 1 - 1 / answered.attempts
        return Probe(
            kind="dns",
            target=name_text(self._settings.name),
            server=resolver,
            is_ok=outcome == "ok",
            outcome=outcome,
            failure=None if failure is None else failure_text(failure),
            latency_seconds=None if answered is None else answered.latency_seconds,
            loss_ratio=1.0 if outcome == "timeout" and answered is None else loss_ratio,
        )


def judge_answer(answer: dns.message.Message, settings: Settings, resolver: str) -> _Judgement:
    """What an answer for the name comes to. Pure."""
    name, rcode = settings.name, answer.rcode()
    if rcode != dns.rcode.NOERROR:
        word = dns.rcode.to_text(rcode)
        return _RCODES.get(rcode, "error"), f"{resolver} answers {word} for {name}; check the name and the resolver"
    addresses = addresses_in(answer, settings.record)
    if not addresses:
        return "no_answer", f"{resolver} knows {name}, and no {settings.record} record of it; check the name"
    networks = [ipaddress.ip_network(network) for network in settings.expected]
    wrong = [address for address in addresses if networks and not any(address in network for network in networks)]
    if not wrong:
        return "ok", None
    shown = ", ".join(map(str, sorted(wrong, key=int)[:2])) + (", …" if len(wrong) > 2 else "")
    problem = "it is not among the expected; the resolver may redirect, or the name has moved"
    return "wrong_answer", f"{resolver} answers {shown} for {name}: {problem}"


def judge_nonexistence(answer: dns.message.Message, settings: Settings, resolver: str) -> _Judgement:
    """What an answer for a name that does not exist comes to. One without an address invents nothing. Pure."""
    domain, rcode = settings.must_not_exist, answer.rcode()
    if rcode == dns.rcode.NXDOMAIN:
        return "ok", None
    if rcode != dns.rcode.NOERROR:
        word = dns.rcode.to_text(rcode)
        return _RCODES.get(rcode, "error"), f"{resolver} answers {word} for a name under {domain} that does not exist"
    if not addresses_in(answer, settings.record):
        return "ok", None
    return "hijacked", f"{resolver} invents an address for a name under {domain} that does not exist; it leads astray"


def addresses_in(answer: dns.message.Message, record: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """The addresses that an answer gives, by whatever aliases."""
    wanted = dns.rdatatype.from_text(record)
    return [ipaddress.ip_address(rdata.address) for rrset in answer.answer if rrset.rdtype == wanted for rdata in rrset]


def parse_resolvers(text: str) -> tuple[str, ...]:
    """The resolvers in an /etc/resolv.conf, as resolv.conf(5) says: at most three count."""
    found = []
    for line in text.splitlines():
        match line.split():
            case ["nameserver", address, *_] if _is_address(address):
                found.append(address)
    return tuple(found[:_MAX_RESOLVERS])


def _is_address(text: str) -> bool:
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False
