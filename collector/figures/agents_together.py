"""How all agents fare together: as many lines as a city has agents are read by nobody, and take an engine seconds to
add up. Every collector writes what it knows, as with each agent alone."""

from collections.abc import Iterable
from datetime import datetime

from collector.figures.agents import agents
from collector.figures.figure import Figure, Figures
from collector.figures.measurements import AGENTS
from collector.fleet import Fleet
from inventory.models import Inventory


class AgentsTogether:
    """Brings one figure a minute; `name` is what the collector is called in it."""

    every_seconds = AGENTS.every_seconds
    is_only_for_elected = False

    def __init__(self, name: str, inventory: Inventory, fleet: Fleet) -> None:
        self._tags = {"collector": name}
        self._inventory = inventory
        self._fleet = fleet

    def figures(self, now: datetime) -> Figures:
        """Of the agents that this collector knows something of."""
        return [agents_together(agents(self._inventory, self._fleet.newest(), now), self._tags, now)]


def agents_together(each: Iterable[Figure], tags: dict[str, str], now: datetime) -> Figure:
    """What the figures of single agents come to. What none of them tells is absent."""
    told: dict[str, list[float]] = {}
    for figure in each:
        for field, value in figure.values.items():
            if value is not None:
                told.setdefault(field, []).append(value)
    online, delays = told.get("is_online", []), told.get("delay_seconds", [])
    values = {
        "agents": float(len(online)),
        "online": sum(online),
        "delay_seconds_sum": sum(delays) if delays else None,
        "delay_seconds_count": float(len(delays)) if delays else None,
        "longest_delay_seconds": max(delays, default=None),
        "most_spooled_frames": max(told.get("spooled_frames", []), default=None),
        "dropped_frames": sum(told["dropped_frames"]) if "dropped_frames" in told else None,
    }
    return Figure(AGENTS, tags, now, values)
