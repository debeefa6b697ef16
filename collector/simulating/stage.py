"""The inventory that a recording is played on: what of it the recording is about, or one that is made up where there is
none. Pure."""

from collections.abc import Iterable, Iterator

from agent.wire import DecodeError, Report, decode_frame
from collector.simulating.recording import Line
from inventory import Inventory
from inventory.models import AccessPoint, Agent, Site, SiteKind

EVERYBODY = "everybody"
"""The endpoint that hears of everything where none is configured."""
RECORDED = "recorded"
"""The site at which all stand where there is no inventory."""


def stage_of(inventory: Inventory, lines: Iterable[Line]) -> Inventory:
    """The sites that a recording is about, each whole. What else there is was never heard of, and costs time."""
    agents, places = _named_in(lines)
    sites = {inventory.access_points[name].site for name in places | agents if name in inventory.access_points}
    for name in agents & inventory.agents.keys():
        agent = inventory.agents[name]
        sites.update(agent.sites)
        sites.update(inventory.access_points[place].site for place in agent.access_points)
    kept = {place.id: place for place in inventory.access_points.values() if place.site in sites}
    return Inventory(
        sites=tuple(site for site in inventory.sites.values() if site.id in sites),
        access_points=tuple(kept.values()),
        devices=tuple(device for device in inventory.devices if device.access_point in kept),
        agents=tuple(inventory.agents.values()),
    )


def stage_without_inventory(lines: Iterable[Line]) -> Inventory:
    """All access points that a recording names, at one site for which all of its agents may speak."""
    agents, places = _named_in(lines)
    return Inventory(
        sites=(Site(id=RECORDED, kind=SiteKind.OTHER, name_ko=RECORDED, district="-"),),
        access_points=tuple(AccessPoint(id=place, site=RECORDED) for place in sorted(places)),
        agents=tuple(Agent(id=agent, sites=(RECORDED,)) for agent in sorted(agents - places)),
    )


def _named_in(lines: Iterable[Line]) -> tuple[set[str], set[str]]:
    """The agents and the access points that a recording names."""
    agents: set[str] = set()
    places: set[str] = set()
    for line in lines:
        agents.add(line.agent)
        places.update(_places_in(line))
    return agents, places


def _places_in(line: Line) -> Iterator[str]:
    content = line.content
    if isinstance(content, Report):
        yield line.agent
    elif isinstance(content, bytes):
        try:
            reports = decode_frame(content).frame.reports
        except DecodeError:  # which is told when it is heard
            return
        yield from (report.access_point for report in reports if report.access_point is not None)
