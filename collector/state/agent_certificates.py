"""Which certificate each agent goes by, from what it was given and from what it tells of its renewals.

An agent renews its certificate by itself, at two thirds of its life, and tells of each attempt in an event. One that
cannot keep what it is given asks again and again: what it was given last is not what it has then.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Engine, Select, func, select

from collector.certificates.known import Holder, KnownCertificate
from collector.state.enrolment_tables import certificates
from collector.state.tables import events

RENEWED, FAILED = "certificate_renewed", "certificate_renewal_failed"
"""The kinds of event in which an agent tells of its renewals."""
_ASKED_ABOUT = 500
"""Agents of whose events is asked: those that asked too early, then those whose certificates end first."""
_OVERDUE_RATIO = 0.7
"""Agents renew at two thirds of a certificate's life, or a thirtieth of it later."""
_CLOCKS_DIFFER_BY = timedelta(minutes=1)
"""The collector believes clocks that are up to so much ahead, and corrects none by less."""


class _Given(NamedTuple):
    issued_at: datetime
    valid_until: datetime

    @property
    def half_life(self) -> timedelta:
        return (self.valid_until - self.issued_at) / 2


class _Word(NamedTuple):
    """The newest that an agent has told of its renewals."""

    kind: str
    at: datetime
    text: str | None


def certificates_of_agents(engine: Engine, now: datetime) -> list[KnownCertificate]:
    """The one that each agent goes by, ended or not, in order of the agents; those of whom all were revoked are left
    out. Raises SQLAlchemyError."""
    early: list[str] = []
    overdue: list[tuple[datetime, str]] = []
    newest: dict[str, list[_Given]] = {}
    with engine.connect() as connection:
        for agent, issued_at, valid_until, before_at, before_until in connection.execute(_newest_and_before()):
            newest[agent] = [_Given(issued_at, valid_until)]
            if before_at is not None and issued_at < before_at + _Given(before_at, before_until).half_life:
                early.append(agent)
            elif now > issued_at + (valid_until - issued_at) * _OVERDUE_RATIO:
                overdue.append((valid_until, agent))
        doubtful = [*early, *(agent for _, agent in sorted(overdue))][:_ASKED_ABOUT]
        rows = connection.execute(_all_of(doubtful)).all()
        words = {agent: _Word(kind, at, text) for agent, kind, at, text in connection.execute(_words_of(doubtful))}
    given = newest | {
        agent: [_Given(row.issued_at, row.valid_until) for row in theirs]
        for agent, theirs in groupby(rows, key=lambda row: row.agent)
    }
    return [_in_use(agent, theirs, words.get(agent)) for agent, theirs in given.items()]


def _newest_and_before() -> Select[Any]:
    """Of each agent the newest that was not revoked, and the one before that."""
    its = certificates.c
    newest_first = its.issued_at.desc()
    before_at = func.lead(its.issued_at, type_=its.issued_at.type)
    before_until = func.lead(its.valid_until, type_=its.valid_until.type)
    rows = (
        select(
            its.agent,
            its.issued_at,
            its.valid_until,
            before_at.over(partition_by=its.agent, order_by=newest_first).label("before_at"),
            before_until.over(partition_by=its.agent, order_by=newest_first).label("before_until"),
            func.row_number().over(partition_by=its.agent, order_by=newest_first).label("rank"),
        )
        .where(its.revoked_at.is_(None))
        .subquery()
    )
    told = select(rows.c.agent, rows.c.issued_at, rows.c.valid_until, rows.c.before_at, rows.c.before_until)
    return told.where(rows.c.rank == 1).order_by(rows.c.agent)


def _all_of(agents: Collection[str]) -> Select[Any]:
    its = certificates.c
    theirs = select(its.agent, its.issued_at, its.valid_until).where(its.agent.in_(agents), its.revoked_at.is_(None))
    return theirs.order_by(its.agent, its.issued_at)


def _words_of(agents: Collection[str]) -> Select[Any]:
    """The newest of each."""
    its = events.c
    newest_first = func.row_number().over(partition_by=its.agent, order_by=[its.occurred_at.desc(), its.id.desc()])
    rows = (
        select(its.agent, its.kind, its.occurred_at, its.text, newest_first.label("rank"))
        .where(its.agent.in_(agents), its.kind.in_((RENEWED, FAILED)))
        .subquery()
    )
    return select(rows.c.agent, rows.c.kind, rows.c.occurred_at, rows.c.text).where(rows.c.rank == 1)


def _in_use(agent: str, theirs: Sequence[_Given], word: _Word | None) -> KnownCertificate:
    kept = [*_kept(theirs, word)] or theirs[:1]
    used = max(kept, key=lambda each: each.valid_until)
    is_in_trouble = word is not None and word.kind == FAILED and word.at > used.issued_at
    trouble = (word.text or "") if word is not None and is_in_trouble else ""
    return KnownCertificate(Holder.AGENT, agent, used.issued_at, used.valid_until, trouble)


def _kept(theirs: Sequence[_Given], word: _Word | None) -> Iterator[_Given]:
    """All but those after which the agent tells of a failure before it would have to renew them."""
    for each in theirs:
        since = None if word is None or word.kind != FAILED else word.at - each.issued_at
        if since is None or not -_CLOCKS_DIFFER_BY <= since < each.half_life:
            yield each
