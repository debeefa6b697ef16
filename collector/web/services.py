"""What the pages need from the rest of the collector. `collector.main` fills it in, tests bring their own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from collector.fleet import Fleet
from collector.stores import Store
from inventory.models import Inventory


@dataclass(frozen=True, slots=True)
class Services:
    """`clock` tells the time in UTC; `render_metrics` gives the metrics in Prometheus' text format; `readiness` says
    why the collector is not ready to serve, or nothing. The last two may block: they are called in threads."""

    inventory: Inventory
    fleet: Fleet
    store: Store
    state: Engine
    clock: Callable[[], datetime]
    render_metrics: Callable[[], bytes]
    readiness: Callable[[], Sequence[str]]
