"""Figures of alerts and of what is to be told of them, from the state database and from what the evaluator counts. By
the elected collector, which is the one that evaluates."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Engine

from collector.figures.figure import Figure
from collector.figures.growth import Growth, known_means
from collector.figures.measurements import ALERTS, MINUTE_SECONDS
from collector.metrics import Metrics
from collector.state.alerts import firing_by_severity
from collector.state.outbox_depth import outbox_depth


class Outbox:
    """Brings one figure a minute."""

    every_seconds = MINUTE_SECONDS
    is_only_for_elected = True

    def __init__(self, state: Engine, metrics: Metrics) -> None:
        self._state = state
        self._counted = {
            "evaluation_seconds_sum": Growth(metrics.evaluation_seconds, "_sum"),
            "evaluation_seconds_count": Growth(metrics.evaluation_seconds, "_count"),
            "rule_failures": Growth(metrics.rule_failures),
        }

    def figures(self, now: datetime) -> Iterable[Figure]:
        """What the database says first: where it fails, the counts are told by the next minute's figure. Raises
        SQLAlchemyError."""
        firing = sum(firing_by_severity(self._state).values())
        depth = outbox_depth(self._state)
        age_seconds = 0.0 if depth.oldest_at is None else max(0.0, (now - depth.oldest_at).total_seconds())
        known: dict[str, float | None] = {
            "firing": firing,
            "outbox_notices": depth.waiting,
            "outbox_age_seconds": age_seconds,
            "dead_letters": depth.dead,
        }
        counted = {field: growth.total() for field, growth in self._counted.items()}
        return [Figure(ALERTS, {}, now, known | known_means(counted))]
