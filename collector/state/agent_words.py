"""What the state database tells of agents beside their reports: what was refused because it spoke for others' places,
what they lost before they could send it, how wrong their clocks were.

For the rules, which ask every few seconds: each query reads a stretch of an index by time, and takes as long as that.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, func, select

from collector.alerts.judging.snapshot import AgentWord
from collector.state.tables import events, placements, quarantine

LOSSES = ("events_dropped", "frames_dropped")
"""The kinds of event in which an agent tells that it has lost something for want of room, and how much in `count`."""
_FOREIGN = "not_allowed"
_MICROSECOND = timedelta(microseconds=1)


def words_since(engine: Engine, since: datetime) -> dict[str, AgentWord]:
    """What has been known of each agent from `since` on, by its id; agents of which there is nothing are left out.

    Whether an agent is online is not known here. What was lost counts by when it was lost, so that an old loss that is
    told late stays an old one.
    """
    words: dict[str, AgentWord] = {}

    def learn(agent: str, **told: Any) -> None:
        words[agent] = replace(words.get(agent, AgentWord(agent)), **told)

    with engine.connect() as connection:
        for agent, at, detail, reports in connection.execute(_refused_of_others(since)):
            learn(agent, foreign_reports=reports, foreign_at=at, foreign_detail=detail)
        for agent, at, lost in connection.execute(_losses(since)):
            learn(agent, dropped=int(lost), dropped_at=at)
        for agent, at, microseconds in connection.execute(_placed(since)):
            learn(agent, clock_offset=microseconds * _MICROSECOND, clock_measured_at=at)
    return words


def _refused_of_others(since: datetime) -> Select[Any]:
    """How many reports and events were refused, with the newest. The same one again is no other: its `count`, which
    lies behind the payload in a row, would take long to get at besides."""
    its = quarantine.c
    return _newest(
        its.agent,
        (its.last_seen, its.id),
        (its.last_seen, its.detail, func.count().over(partition_by=its.agent)),
        (its.last_seen >= since, its.reason == _FOREIGN, its.agent.is_not(None)),
    )


def _losses(since: datetime) -> Select[Any]:
    its = events.c
    lost = func.sum(func.coalesce(its["count"], 1)).over(partition_by=its.agent)
    return _newest(
        its.agent,
        (its.occurred_at, its.id),
        (its.occurred_at, lost),
        (its.occurred_at >= since, its.kind.in_(LOSSES)),
    )


def _placed(since: datetime) -> Select[Any]:
    """The frame that was placed last; of those that came together, the one that was read last."""
    its = placements.c
    return _newest(
        its.agent,
        (its.noted_at, its.sequence, its.boot_id),
        (its.noted_at, its.offset_microseconds),
        (its.noted_at >= since,),
    )


def _newest(
    agent: ColumnElement[Any],
    order: Sequence[ColumnElement[Any]],
    told: Sequence[ColumnElement[Any]],
    conditions: Sequence[ColumnElement[bool]],
) -> Select[Any]:
    """Of each agent, what is told by the row that comes last in this order. Not by GROUP BY: SQLite walks through the
    whole of a table for that, where an index has it in order of the agents."""
    newest_first = func.row_number().over(partition_by=agent, order_by=[column.desc() for column in order])
    rows = select(agent, *told, newest_first.label("rank")).where(*conditions).subquery()
    return select(*(column for column in rows.c if column is not rows.c.rank)).where(rows.c.rank == 1)
