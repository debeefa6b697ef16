"""The doctor's look at certificates: how long each is good, by the thresholds of the alert `certificate_ending`."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from agent.settings import SettingsError
from collector.alerts.rules.certificate_ending import Settings
from collector.certificates.known import Holder, KnownCertificate, KnownCertificates
from collector.certificates.reading import read_certificates, shown_by_broker
from collector.certificates.watch import known_agents
from collector.cli.finding import Finding, Verdict
from collector.config import WithDuckDB, WithInflux
from collector.state.database import StateError, open_database
from inventory import load_inventory

CHECK = "certificates"
_DAY_SECONDS = 86_400
_NAMED = 5
_RENEW = (
    "renew it where it came from, or by: hangang enroll init --config FILE; then reload the broker, start the "
    "collector again, and restart Caddy (in containers proxy), which serves the pages with the broker's"
)
_REMEDIES = {
    Holder.AUTHORITY: "plan to make another, of which all agents have to be enrolled anew",
    Holder.BROKER: _RENEW,
    Holder.COLLECTOR: _RENEW,
}


def examine_certificates(settings: WithDuckDB | WithInflux, now: datetime) -> Iterator[Finding]:
    """A line for each of authority, broker and collectors, and one for the agents whose own end soon; one line where
    there are none at all."""
    shown = asyncio.run(shown_by_broker(settings.broker_settings))
    known = KnownCertificates((*read_certificates(settings, shown), *_of_agents(settings, now)))
    limits: Settings = settings.alerts.rules.certificate_ending
    left = known.left_seconds(now)
    ends_soon = left < limits.limits_seconds(known)
    agents: list[tuple[float, str]] = []
    found: list[Finding] = []
    for row, certificate in enumerate(known.all):
        if certificate.holder is not Holder.AGENT:
            found.append(_told(certificate, float(left[row]), is_ending=bool(ends_soon[row])))
        elif ends_soon[row]:
            agents.append((float(left[row]), certificate.name))
    if agents:
        found.append(Finding(CHECK, Verdict.WARN, _told_of_agents(sorted(agents))))
    yield from found or [Finding(CHECK, Verdict.OK, "none: the broker is reached without TLS")]


def _told(certificate: KnownCertificate, left_seconds: float, *, is_ending: bool) -> Finding:
    whose = f"{certificate.holder} {certificate.name}".strip()
    if certificate.ends_at is None:
        return Finding(CHECK, Verdict.UNSURE, f"{whose}: cannot be read; run this as the collector's user")
    remedy, until = _REMEDIES[certificate.holder], f"{certificate.ends_at:%Y-%m-%d %H:%M} UTC"
    if left_seconds <= 0:
        return Finding(CHECK, Verdict.FAIL, f"{whose}: ended at {until}; {remedy}")
    told = f"{whose}: {_days(left_seconds)} days left, until {until}"
    return Finding(CHECK, Verdict.WARN, f"{told}; {remedy}") if is_ending else Finding(CHECK, Verdict.OK, told)


def _of_agents(settings: WithDuckDB | WithInflux, now: datetime) -> Sequence[KnownCertificate]:
    """None where inventory or state cannot be had, of which other checks tell."""
    if settings.state.url is None and not settings.state_path.exists():
        return ()
    try:
        inventory = load_inventory(settings.collector.inventory)
        state = open_database(settings.state, settings.state_path)
    except (SettingsError, StateError, OSError):
        return ()
    try:
        return known_agents(settings, inventory, state, now)
    except SQLAlchemyError:
        return ()
    finally:
        state.dispose()


def _told_of_agents(agents: Sequence[tuple[float, str]]) -> str:
    named = ", ".join(f"{name} ({_days(left_seconds)})" for left_seconds, name in agents[:_NAMED])
    more = f" and {len(agents) - _NAMED} more" if len(agents) > _NAMED else ""
    return f"agents that have not renewed, by days left: {named}{more}; see their logs, or enrol them anew"


def _days(seconds: float) -> str:
    return f"{max(seconds, 0.0) / _DAY_SECONDS:.1f}"
