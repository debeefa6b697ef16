"""A certificate ends soon, or has ended. What renews itself should have done so by then; the others are people's to
renew, and whoever connects by one that has ended is not let in."""

from typing import Annotated

import numpy as np
from pydantic import Field

from collector.alerts.alert import Severity, Subject
from collector.alerts.judging.snapshot import Layout, Snapshot
from collector.alerts.judging.verdicts import Floats, Told, Verdicts, states_of
from collector.alerts.rules import RuleSettings, Scope, Unit
from collector.certificates.known import Holder, KnownCertificate, KnownCertificates

SCOPE = Scope.CERTIFICATE
UNIT = Unit.SECONDS
SOURCES = {
    "severity": "A judgement of ours: nothing is lost yet, and to renew one takes minutes of a working day.",
    "raise_after_seconds": "None: an end does not come by chance.",
    "clear_after_seconds": "None: one that was renewed is good for long.",
    "raise_below_seconds": "Authorities on the web commonly begin to remind at 30 days, and certbot to renew.",
    "raise_below_ratio": "A judgement of ours: what renews itself, as agents and certbot do, does so with a third of "
    "its life left; at a fifth it has failed for long.",
    "authority_below_seconds": "A judgement of ours: all agents have to be enrolled anew before it ends, which takes a "
    "city months.",
    "critical_below_seconds": "A judgement of ours: seven days hold one weekend and five working days.",
}
Span = Annotated[float, Field(ge=0, le=20 * 365 * 86_400)]


class Settings(RuleSettings):
    """Less than `raise_below_seconds` are left, or less than `raise_below_ratio` of its life where that is less; of an
    authority less than `authority_below_seconds`. Below `critical_below_seconds` it is critical, but for an agent's."""

    severity: Severity = Severity.WARNING
    raise_after_seconds: float = 0.0
    clear_after_seconds: float = 0.0
    raise_below_seconds: Span = 2_592_000.0
    raise_below_ratio: Annotated[float, Field(gt=0, le=1)] = 0.2
    authority_below_seconds: Span = 31_536_000.0
    critical_below_seconds: Span = 604_800.0

    def limits_seconds(self, certificates: KnownCertificates) -> Floats:
        """With how much left each is bad; NaN where it is not known how long it was good in all."""
        of_its_life = np.minimum(self.raise_below_seconds, self.raise_below_ratio * certificates.life_seconds)
        limits: Floats = np.where(certificates.holders == Holder.AUTHORITY, self.authority_below_seconds, of_its_life)
        return limits


class _Certificates:
    """A row a certificate. Before the first look nothing is known of any, and none has gone."""

    def __init__(self, layout: Layout, known: KnownCertificates | None) -> None:
        self._layout = layout
        self._known = known
        self.certificates = KnownCertificates(()) if known is None else known

    def subject(self, row: int) -> Subject:
        """A certificate as what an alert is about: an agent's is where the agent is."""
        certificate, layout = self.certificates.all[row], self._layout
        if certificate.holder is not Holder.AGENT:
            return Subject(certificate.key)
        name = certificate.name
        return Subject(certificate.key, layout.site_of_agent(name), name if layout.is_known(name) else None)

    def row(self, key: str) -> int | None:
        """The row of a certificate."""
        return self.certificates.rows.get(key)

    def is_known(self, key: str) -> bool:
        """Whether there is such a certificate."""
        return self._known is None or key in self.certificates.rows


def judge(snapshot: Snapshot, settings: Settings) -> Verdicts:
    """Of each certificate that the collector can read, and of each that an agent goes by."""
    subjects = _Certificates(snapshot.layout, snapshot.collector.certificates)
    certificates = subjects.certificates
    left, limits = certificates.left_seconds(snapshot.now), settings.limits_seconds(certificates)

    def severity(row: int) -> Severity | None:
        is_urgent = left[row] < settings.critical_below_seconds and certificates.all[row].holder is not Holder.AGENT
        return Severity.CRITICAL if is_urgent else None

    return Verdicts(
        subjects,
        states_of(bad=left < limits, good=left >= limits, known=~np.isnan(left)),
        np.maximum(left, 0.0),
        detail=lambda row: _detail(certificates.all[row]),
        severity=severity,
    )


def _detail(certificate: KnownCertificate) -> Told:
    told: dict[str, str | float] = {"holder": certificate.holder.value}
    if certificate.name:
        told["name"] = certificate.name
    if certificate.ends_at is not None:
        told["ends_at_seconds"] = certificate.ends_at.timestamp()
    return {**told, "trouble": certificate.trouble} if certificate.trouble else told
