"""How agents fare: what a collector heard of them lately, of those alone that the inventory names."""

from datetime import UTC, datetime, timedelta

import pytest

from agent.wire import AgentHealth, Report, Status
from collector.figures.agents import Agents
from collector.figures.figure import Source
from collector.figures.measurements import AGENT
from collector.fleet import Fleet, HeardHealth
from collector.readings import Reading
from inventory.models import AccessPoint, Agent, Inventory, Site, SiteKind

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
INVENTORY = Inventory(
    sites=(Site(id="park", kind=SiteKind.PARK, name_ko="여의도한강공원", district="영등포구"),),
    access_points=(AccessPoint(id="park-1", site="park"), AccessPoint(id="park-2", site="park")),
    agents=(Agent(id="gw-park", sites=("park",)),),
)
HEALTH = AgentHealth(
    spooled_frames=3, spooled_bytes=5120, dropped_frames=0, resident_bytes=2**25, cpu_seconds=12.5, uptime_seconds=60.0
)
OF_HEALTH = {
    "spooled_frames": 3,
    "spooled_bytes": 5120,
    "dropped_frames": 0,
    "resident_bytes": 2**25,
    "cpu_seconds": 12.5,
}


def figures(fleet: Fleet) -> dict[str, dict[str, float]]:
    """By agent, what is known."""
    source: Source = Agents(INVENTORY, fleet)
    assert (source.every_seconds, source.is_only_for_elected) == (60, False)
    found = list(source.figures(NOW))
    assert all((figure.measurement, figure.at, set(figure.tags)) == (AGENT, NOW, {"agent"}) for figure in found)
    assert all(figure.values.keys() <= AGENT.fields.keys() for figure in found)
    told = {
        figure.tags["agent"]: {name: value for name, value in figure.values.items() if value is not None}
        for figure in found
    }
    assert len(told) == len(found)
    return told


def says(agent: str, *, is_online: bool) -> Status:
    return Status(version=1, agent=agent, boot_id="00c0ffee", is_online=is_online, since=NOW)


def came(fleet: Fleet, access_point: str, agent: str, *, seconds_ago: float, delay_seconds: float) -> None:
    received_at = NOW - seconds_ago * SECOND
    observed_at = received_at - delay_seconds * SECOND
    report = Report(access_point=access_point, observed_at=observed_at)
    fleet.remember(access_point, Reading.of(report, observed_at, received_at, agent))


def test_all_that_is_known_of_an_agent_is_told() -> None:
    fleet = Fleet()
    fleet.remember_status(says("gw-park", is_online=True))
    fleet.remember_health("gw-park", HeardHealth(NOW - 30 * SECOND, HEALTH))
    came(fleet, "park-1", "gw-park", seconds_ago=30, delay_seconds=0.5)
    assert figures(fleet) == {"gw-park": {"is_online": 1, "delay_seconds": 0.5, **OF_HEALTH}}


def test_what_was_never_heard_is_absent_and_an_agent_that_left_is_not_online() -> None:
    fleet = Fleet()
    assert figures(fleet) == {}
    fleet.remember_status(says("gw-park", is_online=False))
    fleet.remember_health("park-2", HeardHealth(NOW, AgentHealth(spooled_frames=0)))
    assert figures(fleet) == {"gw-park": {"is_online": 0}, "park-2": {"spooled_frames": 0}}


def test_what_the_inventory_does_not_name_makes_no_series() -> None:
    fleet = Fleet()
    for agent in ("gw-park", "park-1", "stranger"):
        fleet.remember_status(says(agent, is_online=True))
        fleet.remember_health(agent, HeardHealth(NOW, HEALTH))
    came(fleet, "park-2", "another-stranger", seconds_ago=1, delay_seconds=1)
    assert figures(fleet).keys() == {"gw-park", "park-1"}


@pytest.mark.parametrize(("seconds_ago", "is_told"), [(180, True), (181, False)])
def test_health_counts_for_three_minutes(seconds_ago: int, is_told: bool) -> None:
    fleet = Fleet()
    fleet.remember_health("gw-park", HeardHealth(NOW - seconds_ago * SECOND, HEALTH))
    assert bool(figures(fleet)) is is_told


@pytest.mark.parametrize(("seconds_ago", "is_told"), [(300, True), (301, False)])
def test_the_delay_is_of_agents_that_told_something_in_the_last_five_minutes(seconds_ago: int, is_told: bool) -> None:
    fleet = Fleet()
    came(fleet, "park-1", "gw-park", seconds_ago=seconds_ago, delay_seconds=2)
    assert bool(figures(fleet)) is is_told


def test_the_delay_is_that_of_what_came_last() -> None:
    fleet = Fleet()
    came(fleet, "park-1", "gw-park", seconds_ago=200, delay_seconds=7200)  # a backlog, by now brought in
    came(fleet, "park-2", "gw-park", seconds_ago=10, delay_seconds=1)
    assert figures(fleet) == {"gw-park": {"delay_seconds": 1}}
    came(fleet, "park-1", "gw-park", seconds_ago=0, delay_seconds=-3)  # its clock is a little ahead
    assert figures(fleet) == {"gw-park": {"delay_seconds": 0}}


def test_older_health_does_not_replace_newer() -> None:
    fleet = Fleet()
    fleet.remember_health("gw-park", HeardHealth(NOW - 10 * SECOND, AgentHealth(spooled_frames=1)))
    fleet.remember_health("gw-park", HeardHealth(NOW - 70 * SECOND, AgentHealth(spooled_frames=2)))
    assert figures(fleet) == {"gw-park": {"spooled_frames": 1}}
