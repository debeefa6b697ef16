"""Tokens of first contact, kept as SHA-256, and what was certified for whom. Agents are known by their ids.

What is given and taken back is noted in the audit log in the same transaction.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Delete, Engine, Select, delete, func, insert, select, update

from collector.state import enrolment_entries
from collector.state.audit import note_within
from collector.state.enrolment_tables import certificates, denied_agents, enrolment_tokens, restorations
from collector.state.upserting import upsert

ANSWERED_AGAIN_FOR = timedelta(hours=1)
"""After a token was used, what it has brought can be had again, for the key that it was brought for."""


@dataclass(frozen=True, slots=True)
class KeptCertificate:
    """What was certified: all but the certificate. `serial` in hexadecimal digits."""

    serial: str
    agent: str
    issued_at: datetime
    valid_until: datetime
    revoked_at: datetime | None = None

    def is_good(self, now: datetime) -> bool:
        """Whether a broker that knows of revocations lets its holder in."""
        return self.revoked_at is None and now < self.valid_until


def keep_token(engine: Engine, agent: str, token_hash: str, now: datetime, *, expires_at: datetime) -> None:
    """Keep a new token; those that the agent has had are good no longer."""
    with engine.begin() as connection:
        connection.execute(delete(enrolment_tokens).where(enrolment_tokens.c.agent == agent))
        connection.execute(
            insert(enrolment_tokens).values(token_hash=token_hash, agent=agent, created_at=now, expires_at=expires_at)
        )
        note_within(connection, enrolment_entries.token_drawn(agent, now, expires_at))


def is_good_token(engine: Engine, agent: str, token_hash: str, now: datetime) -> bool:
    """Whether the agent may be certified with it: it is theirs, was not used, and has not expired."""
    query = select(enrolment_tokens.c.agent).where(*_is_good(agent, token_hash, now))
    with engine.connect() as connection:
        return connection.execute(query).first() is not None


def brought_by_token(engine: Engine, agent: str, token_hash: str, now: datetime) -> str | None:
    """The certificate, in PEM, that a token of the agent's has brought no longer than ANSWERED_AGAIN_FOR ago; None
    where it brought none, has expired since, or was taken back."""
    query = select(enrolment_tokens.c.certificate_pem).where(
        *_is_theirs(agent, token_hash, now), enrolment_tokens.c.used_at > now - ANSWERED_AGAIN_FOR
    )
    with engine.connect() as connection:
        pem: str | None = connection.scalar(query)
        return pem


def use_token(
    engine: Engine, token_hash: str, certificate: KeptCertificate, certificate_pem: str, *, address: str
) -> bool:
    """Use a token up for this certificate, for who asks from there, and keep both; False where it is good no longer.
    Of several at once, one does. The agent is denied no more."""
    is_good = _is_good(certificate.agent, token_hash, certificate.issued_at)
    with engine.begin() as connection:
        used = update(enrolment_tokens).values(used_at=certificate.issued_at, certificate_pem=certificate_pem)
        if connection.execute(used.where(*is_good)).rowcount != 1:
            return False
        _insert(connection, certificate)
        connection.execute(_denial_of(certificate.agent))
        entry = enrolment_entries.issued(
            certificate.agent,
            certificate.issued_at,
            address=address,
            serial=certificate.serial,
            valid_until=certificate.valid_until,
        )
        note_within(connection, entry)
    return True


def keep_certificate(engine: Engine, certificate: KeptCertificate) -> bool:
    """Keep what renews another; False where the agent has none that is good any more."""
    theirs = update(certificates).where(
        certificates.c.agent == certificate.agent,
        certificates.c.revoked_at.is_(None),
        certificates.c.valid_until > certificate.issued_at,
    )
    with engine.begin() as connection:
        # written as it is, which holds a revocation off until this is through: or the new one would outlive that
        if connection.execute(theirs.values(revoked_at=None)).rowcount == 0:
            return False
        _insert(connection, certificate)
        entry = enrolment_entries.renewed(
            certificate.agent, certificate.issued_at, serial=certificate.serial, valid_until=certificate.valid_until
        )
        note_within(connection, entry)
    return True


def certified_since(engine: Engine, agent: str, since: datetime) -> int:
    """How many certificates the agent has been given."""
    query = select(func.count()).where(certificates.c.agent == agent, certificates.c.issued_at >= since)
    with engine.connect() as connection:
        return int(connection.scalar(query) or 0)


def newest_certificates(engine: Engine) -> list[KeptCertificate]:
    """The newest of each agent, in order of the agents."""
    query = select(certificates).order_by(certificates.c.agent, certificates.c.issued_at)
    with engine.connect() as connection:
        newest = {row.agent: KeptCertificate(*row) for row in connection.execute(query)}
    return list(newest.values())


def certificates_of(engine: Engine, agent: str) -> list[KeptCertificate]:
    """All of an agent's, the oldest first."""
    query = select(certificates).where(certificates.c.agent == agent).order_by(certificates.c.issued_at)
    with engine.connect() as connection:
        return [KeptCertificate(*row) for row in connection.execute(query)]


def revoke_agent(engine: Engine, agent: str, now: datetime, *, passwords: int = 0) -> int:
    """Take back all that the agent has, and deny it until it is let in again, whatever else it may have; how many
    certificates, and tokens that were still good, beside so many passwords."""
    theirs = update(certificates).where(certificates.c.agent == agent, certificates.c.revoked_at.is_(None))
    all_theirs = select(certificates.c.serial).where(certificates.c.agent == agent)
    tokens = delete(enrolment_tokens).where(enrolment_tokens.c.agent == agent)
    with engine.begin() as connection:
        count = connection.execute(tokens.where(*_is_unused(now))).rowcount
        connection.execute(tokens)
        connection.execute(all_theirs.with_for_update())  # PostgreSQL sees what a renewal adds after the wait alone
        count += connection.execute(theirs.values(revoked_at=now)).rowcount + passwords
        denial = upsert(connection, denied_agents).values(agent=agent, denied_at=now)
        connection.execute(denial.on_conflict_do_nothing())
        note_within(connection, enrolment_entries.revoked(agent, now, count))
    return count


def revoked_certificates(engine: Engine) -> list[KeptCertificate]:
    """All that was revoked, as far as it is kept, the oldest revocation first. What has expired is among it: the clock
    that says so may be wrong."""
    query = (
        select(certificates)
        .where(certificates.c.revoked_at.is_not(None))
        .order_by(certificates.c.revoked_at, certificates.c.serial)
    )
    with engine.connect() as connection:
        return [KeptCertificate(*row) for row in connection.execute(query)]


def is_denied(engine: Engine, agent: str) -> bool:
    """Whether an agent was revoked and has not been let in again. A token that was not used lets nobody in."""
    with engine.connect() as connection:
        return connection.execute(select(denied_agents).where(denied_agents.c.agent == agent)).first() is not None


def agents_denied(engine: Engine, now: datetime) -> set[str]:
    """Who is denied and has no token that is good: with that they are to come in."""
    query = select(denied_agents.c.agent).where(denied_agents.c.agent.not_in(_invited(now)))
    with engine.connect() as connection:  # in one statement: between two, a token may be used
        return set(connection.scalars(query))


def let_in_again(engine: Engine, agent: str) -> None:
    """Deny an agent no more."""
    with engine.begin() as connection:
        connection.execute(_denial_of(agent))


def note_restored(engine: Engine, now: datetime) -> None:
    """This database was put back from a backup just now. Tokens are good no longer: they may have been used since."""
    with engine.begin() as connection:
        connection.execute(delete(enrolment_tokens))
        connection.execute(upsert(connection, restorations).values(restored_at=now).on_conflict_do_nothing())


def restored_at(engine: Engine) -> datetime | None:
    """When this database was put back from a backup last."""
    with engine.connect() as connection:
        at: datetime | None = connection.scalar(select(func.max(restorations.c.restored_at)))
        return at


def longest_life(engine: Engine) -> timedelta:
    """Of all certificates that are kept."""
    with engine.connect() as connection:
        kept = connection.execute(select(certificates.c.issued_at, certificates.c.valid_until))
        return max((until - since for since, until in kept), default=timedelta())


def invited_agents(engine: Engine, now: datetime) -> set[str]:
    """Who has a token that is good."""
    with engine.connect() as connection:
        return set(connection.scalars(_invited(now)))


def prune_enrolments(engine: Engine, tokens_before: datetime, certificates_before: datetime) -> None:
    """Forget tokens and certificates that had expired by then."""
    with engine.begin() as connection:
        connection.execute(delete(enrolment_tokens).where(enrolment_tokens.c.expires_at < tokens_before))
        connection.execute(delete(certificates).where(certificates.c.valid_until < certificates_before))


def _is_good(agent: str, token_hash: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return *_is_theirs(agent, token_hash, now), enrolment_tokens.c.used_at.is_(None)


def _is_theirs(agent: str, token_hash: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        enrolment_tokens.c.token_hash == token_hash,
        enrolment_tokens.c.agent == agent,
        enrolment_tokens.c.expires_at > now,
    )


def _is_unused(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return enrolment_tokens.c.used_at.is_(None), enrolment_tokens.c.expires_at > now


def _invited(now: datetime) -> Select[tuple[str]]:
    return select(enrolment_tokens.c.agent).where(*_is_unused(now))


def _denial_of(agent: str) -> Delete:
    return delete(denied_agents).where(denied_agents.c.agent == agent)


def _insert(connection: Connection, certificate: KeptCertificate) -> None:
    connection.execute(
        insert(certificates).values(
            serial=certificate.serial,
            agent=certificate.agent,
            issued_at=certificate.issued_at,
            valid_until=certificate.valid_until,
        )
    )
