"""The monitoring itself: whether what the other boards show can be relied on. From the agents over the collectors and
the store to whom alerts are told.

A city has as many agents as access points where each has its own, so that they are only told of together.
"""

from dashboards.boards.thresholds import (
    ANY_IS_BAD,
    AT_LEAST_ONE,
    COLLECTOR_DELAY_SECONDS,
    DELAY_SECONDS,
    EXACTLY_ONE,
    LOST_FRAMES,
    OUTBOX_AGE_SECONDS,
    SPOOLED_FRAMES,
    WAITING_FRAMES,
    Thresholds,
)
from dashboards.metrics import Unit
from dashboards.panels import Board, Course, Figure, Link, Panel, Row, Tone
from dashboards.query import Across, Along, Query

_CITY = Link("city")
_COLLECTOR = ("collector",)


def _collector(field: str, legend: str, *, along: Along = "mean", divided_by: str | None = None) -> Query:
    """A line for each collector."""
    return Query(f"hangang_collector.{field}", along=along, by=_COLLECTOR, divided_by=divided_by, legend=legend)


def _mean_of(field: str, legend: str) -> Query:
    """What is kept as sum and count, in its mean."""
    return _collector(f"{field}_sum", legend, along="sum", divided_by=f"{field}_count")


def _agents(field: str, along: Along, across: Across, legend: str, *, divided_by: str | None = None) -> Query:
    """Of all agents together. Every collector tells of those that it knows of."""
    return Query(f"hangang_agents.{field}", along=along, across=across, divided_by=divided_by, legend=legend)


def _alerts(field: str, legend: str, *, along: Along = "max", divided_by: str | None = None) -> Query:
    return Query(f"hangang_alerts.{field}", along=along, divided_by=divided_by, legend=legend)


def _now(key: str, of: str, lowest: Tone, thresholds: Thresholds, *, unit: Unit) -> Panel:
    value = Query(of, along="last", window="now")
    return Figure(key, 8, 4, unit=unit, decimals=0, lowest=lowest, thresholds=thresholds, link=_CITY, value=value)


def _present() -> Row:
    return Row(
        "present",
        (
            _now("connected", "hangang_collector.is_connected", "bad", AT_LEAST_ONE, unit="count"),
            _now("elected", "hangang_collector.is_elected", "bad", EXACTLY_ONE, unit="count"),
            _now("outbox_age", "hangang_alerts.outbox_age_seconds", "good", OUTBOX_AGE_SECONDS, unit="seconds"),
        ),
    )


def _of_agents() -> Row:
    online = (
        _agents("online", "min", "max", "{online}"),
        _agents("agents", "max", "max", "{known}"),
    )
    delay = (
        _agents("delay_seconds_sum", "sum", "sum", "{mean}", divided_by="delay_seconds_count"),
        _agents("longest_delay_seconds", "max", "max", "{longest}"),
    )
    spool = (_agents("most_spooled_frames", "max", "max", "{fullest}"),)
    dropped = (_agents("dropped_frames", "max", "sum", "{dropped}"),)
    return Row(
        "agents",
        (
            Course("online", unit="count", least=0, decimals=0, link=_CITY, lines=online),
            Course("delay", unit="seconds", least=0, thresholds=DELAY_SECONDS, link=_CITY, lines=delay),
            Course("spool", least=0, decimals=0, thresholds=SPOOLED_FRAMES, link=_CITY, lines=spool),
            Course("dropped", least=0, decimals=0, thresholds=LOST_FRAMES, link=_CITY, lines=dropped),
        ),
    )


def _of_frames() -> Row:
    frames = Query("hangang_collector_frames.frames", by=("outcome",), legend="{outcome}")
    quarantine = Query("hangang_quarantine.quarantined", along="sum", by=("reason",), legend="{reason}")
    waiting = (
        _collector("pending_frames", "{collector} · {pending}", along="max"),
        _collector("unsettled_frames", "{collector} · {unsettled}", along="max"),
        _collector("waiting_bundles", "{collector} · {bundles}", along="max"),
    )
    failures = (
        _collector("write_failures", "{collector} · {not_written}", along="sum"),
        _alerts("rule_failures", "{not_judged}", along="sum"),
    )
    return Row(
        "frames",
        (
            Course("frames", least=0, decimals=0, stacking="normal", link=_CITY, lines=(frames,)),
            Course("quarantine", least=0, decimals=0, link=_CITY, lines=(quarantine,)),
            Course("waiting", least=0, decimals=0, thresholds=WAITING_FRAMES, link=_CITY, lines=waiting),
            Course("failures", least=0, decimals=0, thresholds=ANY_IS_BAD, link=_CITY, lines=failures),
        ),
    )


def _of_collectors() -> Row:
    times = (
        _mean_of("commit_delay_seconds", "{collector} · {commit_delay}"),
        _mean_of("write_seconds", "{collector} · {write}"),
        _alerts("evaluation_seconds_sum", "{evaluation}", along="sum", divided_by="evaluation_seconds_count"),
    )
    memory = (_collector("resident_bytes", "{collector}", along="max"),)
    processor = (Query("hangang_collector.cpu_seconds", by=_COLLECTOR, times=1 / 60, legend="{collector}"),)
    return Row(
        "collectors",
        (
            Course("times", 8, least=0, thresholds=COLLECTOR_DELAY_SECONDS, link=_CITY, lines=times),
            Course("memory", 8, least=0, link=_CITY, lines=memory),
            Course("processor", 8, unit="ratio", least=0, link=_CITY, lines=processor),
        ),
    )


def _of_alerts() -> Row:
    counts = (
        _alerts("firing", "{firing}"),
        _alerts("outbox_notices", "{outbox}"),
        _alerts("dead_letters", "{dead}"),
    )
    by = ("endpoint", "result")
    deliveries = Query("hangang_deliveries.calls", along="sum", by=by, legend="{endpoint} · {result}")
    panels: tuple[Panel, ...] = (
        Course("alerts", least=0, decimals=0, link=_CITY, lines=counts),
        Course("deliveries", least=0, decimals=0, link=_CITY, lines=(deliveries,)),
    )
    return Row("alerts", panels)


BOARD = Board("itself", (), (_present(), _of_agents(), _of_frames(), _of_collectors(), _of_alerts()))
