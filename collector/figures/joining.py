"""Joins what writes figures for one collector. Called by `collector.main` where the store takes figures: DuckDB, which
nobody but the pages can ask, does not."""

from collections.abc import Callable, Coroutine
from datetime import datetime
from functools import partial

from sqlalchemy import Engine

from collector.config import WithDuckDB, WithInflux
from collector.election import Election
from collector.figures.agents import Agents
from collector.figures.agents_together import AgentsTogether
from collector.figures.city import Places, SiteChannels, SiteStates
from collector.figures.collector_itself import CollectorItself, name_in_figures
from collector.figures.device_changes import DeviceChanges
from collector.figures.figure import Source
from collector.figures.outbox import Outbox
from collector.figures.programme import Programme
from collector.figures.rollup import Rollup, WindowStore
from collector.figures.writing import FigureWriter
from collector.fleet import Fleet
from collector.metrics import Metrics
from collector.replacement.book import Book
from collector.state.devices import first_seen
from inventory import Inventory


def join_figures(
    *,
    settings: WithDuckDB | WithInflux,
    inventory: Inventory,
    fleet: Fleet,
    store: WindowStore,
    state: Engine,
    book: Book,
    metrics: Metrics,
    election: Election,
    clock: Callable[[], datetime],
    at_least_every_seconds: int | None = None,
) -> dict[str, Callable[[], Coroutine[None, None, None]]]:
    """The steps by their names. See FigureWriter for `at_least_every_seconds`."""
    name = name_in_figures(settings.collector)
    sources: dict[str, Source] = {
        "collector": CollectorItself(name, metrics, lambda: election.is_leader),
        "alerts": Outbox(state, metrics),
        "agents": Agents(inventory, fleet),
        "agents together": AgentsTogether(name, inventory, fleet),
        "site states": SiteStates(state, inventory, fleet),
        "site channels": SiteChannels(inventory, fleet),
        "places": Places(inventory),
        "device changes": DeviceChanges(state, inventory),
        "programme": Programme(state=state, inventory=inventory, book=book, settings=settings.legacy),
    }
    writer = FigureWriter(store, sources, clock, at_least_every_seconds=at_least_every_seconds)
    rollup = Rollup(store=store, inventory=inventory, fleet=fleet, first_seen=partial(first_seen, state), clock=clock)
    return {"figures": partial(writer.run, election), "site rollup": partial(rollup.run, election)}
