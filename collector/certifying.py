"""Signs for agents: at first contact for a token, and later for what they have. Blocks: it is called in threads."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from sqlalchemy import Engine

from agent.wire import AgentId, Certificate
from collector.enrolment.authority import Authority, Issued
from collector.enrolment.refusals import Refusal, RefusedError
from collector.enrolment.requests import read_request
from collector.enrolment.settings import EnrolmentSettings
from collector.enrolment.tokens import digest
from collector.state.enrolments import (
    KeptCertificate,
    brought_by_token,
    certificates_of,
    certified_since,
    is_good_token,
    keep_certificate,
    use_token,
)

MOST_A_DAY = 20
"""Renewals of one agent: it needs one in two months, and one more for every answer that is lost."""
_DAY = timedelta(days=1)
_BAD_TOKEN = "this token is unknown, used or expired, or another agent's; make a new one: hangang enroll token AGENT"  # noqa: S105
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What an agent gets for its token."""

    certificate_pem: str
    authority_pem: str
    broker_url: str
    valid_until: datetime


class CertificateDesk:
    """Where agents are certified, by `broker_url` for a broker that they reach there."""

    def __init__(
        self,
        *,
        authority: Authority,
        settings: EnrolmentSettings,
        broker_url: str,
        state: Engine,
        clock: Callable[[], datetime],
    ) -> None:
        self._authority = authority
        self._settings = settings
        self._broker_url = broker_url
        self._state = state
        self._clock = clock

    @property
    def authority_pem(self) -> str:
        """The authority's certificate."""
        return self._authority.pem

    def enrol(self, agent: AgentId, token: str, request_pem: str, *, address: str) -> Enrolled:
        """Certify an agent that asks from there for its token, which is used up by that, and by nothing else. Who shows
        it again with the same key is given the same certificate: the first answer may have been lost. Raises
        RefusedError."""
        now, token_hash = self._clock(), digest(token)
        if is_good_token(self._state, agent, token_hash, now):
            issued = self._certify(agent, request_pem, now)
            if use_token(self._state, token_hash, _kept(issued), issued.certificate_pem, address=address):
                _logger.info("agent_enrolled agent=%s serial=%s", agent, issued.serial)
                return self._enrolled(issued.certificate_pem, issued.valid_until)
        return self._enrolled_before(agent, token_hash, request_pem, now)

    def _enrolled_before(self, agent: AgentId, token_hash: str, request_pem: str, now: datetime) -> Enrolled:
        """What the token has brought already, if that was for the key of this request."""
        pem = brought_by_token(self._state, agent, token_hash, now)
        if pem is None:
            raise RefusedError(Refusal.BAD_TOKEN, _BAD_TOKEN)
        certificate = x509.load_pem_x509_certificate(pem.encode("ascii"))
        is_theirs = certificate.public_key() == read_request(request_pem, agent)
        if not is_theirs or certificate.not_valid_after_utc <= now:
            raise RefusedError(Refusal.BAD_TOKEN, _BAD_TOKEN)
        _logger.info("agent_answered_again agent=%s serial=%x", agent, certificate.serial_number)
        return self._enrolled(pem, certificate.not_valid_after_utc)

    def _enrolled(self, certificate_pem: str, valid_until: datetime) -> Enrolled:
        return Enrolled(certificate_pem, self._authority.pem, self._broker_url, valid_until)

    def renew(self, agent: AgentId, request_pem: str) -> Certificate:
        """Certify an agent that has a good certificate, and whom the broker has let in by it. Raises RefusedError."""
        now = self._clock()
        if certified_since(self._state, agent, now - _DAY) >= MOST_A_DAY:
            raise RefusedError(Refusal.TOO_OFTEN, f"{agent} was certified {MOST_A_DAY} times in a day; try tomorrow")
        if _may_be_revoked(certificates_of(self._state, agent), now):
            raise RefusedError(
                Refusal.TOO_EARLY,
                f"{agent} was revoked and let in again; it is not certified anew before half of its certificate's life",
            )
        issued = self._certify(agent, request_pem, now)
        if not keep_certificate(self._state, _kept(issued)):
            raise RefusedError(
                Refusal.NOT_ENROLLED, f"{agent} has no certificate that is good; enrol it: hangang enroll token {agent}"
            )
        _logger.info("certificate_renewed agent=%s serial=%s", agent, issued.serial)
        return Certificate(
            version=1,
            certificate_pem=issued.certificate_pem,
            authority_pem=self._authority.pem,
            valid_until=issued.valid_until,
        )

    def _certify(self, agent: str, request_pem: str, now: datetime) -> Issued:
        key = read_request(request_pem, agent)
        return self._authority.certify_client(agent, key, now, self._settings.life)


def _may_be_revoked(theirs: Sequence[KeptCertificate], now: datetime) -> bool:
    """Whether who asks may be who was revoked. Still connected, by a certificate that is good no longer, it looks to
    the broker like the one that was let in since; until that one connects, which is long before it needs to renew. A
    connection outlives its certificate: that this one has ended meanwhile says nothing."""
    good = [each for each in theirs if each.is_good(now)]
    was_revoked = any(each.revoked_at is not None for each in theirs)
    return was_revoked and bool(good) and now - good[-1].issued_at < (good[-1].valid_until - good[-1].issued_at) / 2


def _kept(issued: Issued) -> KeptCertificate:
    return KeptCertificate(issued.serial, issued.name, issued.issued_at, issued.valid_until)
