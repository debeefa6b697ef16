"""Rows of the measurements that boards ask for, with values that are drawn, which tell nothing."""

import random
from collections.abc import Mapping

from dashboards.boards import BOARDS
from dashboards.metrics import Metric, Unit
from dashboards.query import Query

DRAWN = 499
"""So many different rows of each measurement; a prime, so that no series repeats with the hours."""
_HIGHEST: Mapping[Unit, float] = {
    "ratio": 1,
    "bits_per_second": 2e8,
    "seconds": 300,
    "bytes": 1e8,
    "dbm": 90,
    "celsius": 80,
    "degrees": 90,
}


def asked_by_boards() -> dict[str, dict[str, Metric]]:
    """Fields that boards ask for, by measurement."""
    asked: dict[str, dict[str, Metric]] = {}
    for board in BOARDS:
        queries: list[Query] = [query for panel in board.panels() for query in panel.queries]
        for query in (*queries, *(each.query for each in board.annotations)):
            for metric in filter(None, (query.metric, query.divider)):
                asked.setdefault(metric.measurement, {})[metric.field] = metric
    return asked


def drawn_rows(metrics: Mapping[str, Metric]) -> list[str]:
    """The fields of so many lines, always the same for the same metrics."""
    draw = random.Random(",".join(metrics))
    return [",".join(f"{name}={_drawn(metric, draw)}" for name, metric in metrics.items()) for _ in range(DRAWN)]


def _drawn(metric: Metric, draw: random.Random) -> str:
    highest = _HIGHEST.get(metric.unit)
    if highest is None:
        return f"{draw.randrange(60)}.0"
    if metric.unit in {"ratio", "degrees"}:
        return f"{draw.uniform(0, highest):.3f}"
    return f"{draw.randrange(int(highest))}.0"
