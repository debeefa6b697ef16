"""How each agent fares: whether it is connected, how late its readings come, and what it tells of itself. Every
collector writes what it knows: it has heard all statuses, and the health of those agents whose frames came to it."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from collector.figures.figure import Figure, Figures
from collector.figures.measurements import AGENT
from collector.fleet import Fleet, HeardHealth, Newest
from collector.readings import Reading
from inventory.models import Inventory

TOLD_SOMETHING_WITHIN = timedelta(minutes=5)
"""The delay is that of an agent that speaks; what came last of one that does not is no measure of now."""
HEALTH_COUNTS_FOR = timedelta(minutes=3)
"""An agent tells its health about once a minute. A judgement of ours: one or two may be late or lost."""
_OF_HEALTH = ("spooled_frames", "spooled_bytes", "dropped_frames", "resident_bytes", "cpu_seconds")


class Agents:
    """How each agent fares, every minute."""

    every_seconds = AGENT.every_seconds
    is_only_for_elected = False

    def __init__(self, inventory: Inventory, fleet: Fleet) -> None:
        self._inventory = inventory
        self._fleet = fleet

    def figures(self, now: datetime) -> Figures:
        """Of the agents that this collector knows something of."""
        return agents(self._inventory, self._fleet.newest(), now)


def agents(inventory: Inventory, newest: Newest, now: datetime) -> Iterator[Figure]:
    """Each agent that the inventory names, as an agent or as an access point with one on it, and of which anything is
    known: whatever else somebody calls itself would be a series more in the engine."""
    delays = _delays(newest.readings.values(), now - TOLD_SOMETHING_WITHIN)
    known = newest.statuses.keys() | newest.healths.keys() | delays.keys()
    for agent in sorted(known & (inventory.agents.keys() | inventory.access_points.keys())):
        status = newest.statuses.get(agent)
        values = {
            "is_online": None if status is None else float(status.is_online),
            "delay_seconds": delays.get(agent),
            **_told(newest.healths.get(agent), now - HEALTH_COUNTS_FOR),
        }
        if any(value is not None for value in values.values()):
            yield Figure(AGENT, {"agent": agent}, now, values)


def _delays(readings: Iterable[Reading], since: datetime) -> dict[str, float]:
    """By agent, the seconds from observation to arrival of what came last of it, where that came since then."""
    last: dict[str, Reading] = {}
    for reading in readings:
        known = last.get(reading.agent)
        if reading.received_at >= since and (known is None or _came(known) < _came(reading)):
            last[reading.agent] = reading
    return {agent: _delay_seconds(reading) for agent, reading in last.items()}


def _came(reading: Reading) -> tuple[datetime, datetime]:
    """Of those that came together, the newest."""
    return reading.received_at, reading.observed_at


def _delay_seconds(reading: Reading) -> float:
    """A clock that is a little ahead is believed: nothing arrives before it was seen all the same."""
    return max(0.0, (reading.received_at - reading.observed_at).total_seconds())


def _told(heard: HeardHealth | None, since: datetime) -> dict[str, float | None]:
    """What of its health an agent has told, if that was since then."""
    if heard is None or heard.at < since:
        return {}
    return {name: getattr(heard.health, name) for name in _OF_HEALTH}
