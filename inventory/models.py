"""What the inventory knows: sites, access points (places), devices (boxes) and agents, and who may speak for whom.

A place is not a device: an access point is a mount with power and a cable, a device is the box that hangs there now.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator

from agent.settings import Contradiction, SettingsModel
from agent.wire import AccessPointId, AgentId
from inventory.catalogue.dates import PartialDate
from inventory.catalogue.entries import Poe
from inventory.wiring import Cable, speed_of_a_port

SiteId = AccessPointId
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Text = Annotated[str, Field(min_length=1, max_length=200)]
PortSpeed = Annotated[int, Field(gt=0), AfterValidator(speed_of_a_port)]


class SiteKind(StrEnum):
    """What a site is to the people who go there."""

    PARK = "park"
    WELFARE = "welfare"
    SENIOR = "senior"
    DISABILITY = "disability"
    CHILDREN = "children"
    LIBRARY = "library"
    OTHER = "other"


class _Positioned(SettingsModel):
    """What has a position, or has none."""

    latitude: Latitude | None = None
    longitude: Longitude | None = None

    @classmethod
    def contradictions(cls, document: object) -> Iterator[Contradiction]:
        """A position is whole."""
        yield from super().contradictions(document)
        if isinstance(document, dict) and ("latitude" in document) != ("longitude" in document):
            yield (), "latitude and longitude come together; add the other one, or remove both"


class Site(_Positioned):
    """A park or a facility. `outline` is a ring of (latitude, longitude) corners in WGS 84, the first not repeated.

    Without `name_en` the Korean name is shown in its place.
    """

    id: SiteId
    kind: SiteKind
    name_ko: Text
    name_en: Text | None = None
    district: Text
    outline: tuple[tuple[Latitude, Longitude], ...] = ()

    @field_validator("outline")
    @classmethod
    def _encloses_something(cls, outline: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
        if outline and len(set(outline)) < 3:
            raise ValueError("an outline has at least three different corners; add the missing ones, or remove it")
        return outline


class AccessPoint(_Positioned):
    """A place where a device hangs, with an id that outlives every device.

    `installed` is when something was put up there first, as far as it is known; `number` is what the list that it comes
    from calls it, as it came. `port_bits_per_second` and `port_poe` are of the switch's port to which it is wired,
    `cable` is the worst on the way there. `parent` is the access point through which it is connected, in a mesh or over
    a bridge, also at another site.
    """

    id: AccessPointId
    site: SiteId
    parent: AccessPointId | None = None
    name: Text | None = None
    placement: Literal["indoor", "outdoor"] | None = None
    installed: PartialDate | None = None
    floor: Text | None = None
    number: Text | None = None
    port_bits_per_second: PortSpeed | None = None
    port_poe: Poe | None = None
    cable: Cable | None = None


class Device(SettingsModel):
    """A box, and where the inventory says that it hangs. `mac` is the device's own, lower-case with colons."""

    serial: Text
    access_point: AccessPointId | None = None
    vendor: Text | None = None
    model: Text | None = None
    mac: Annotated[str, Field(pattern=r"^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$")] | None = None
    name: Text | None = None
    installed_on: date | None = None


class Agent(SettingsModel):
    """An agent and for what it may speak, beside the access point that has its own id."""

    id: AgentId
    sites: tuple[SiteId, ...] = ()
    access_points: tuple[AccessPointId, ...] = ()


class Inventory:
    """All of it, checked, with the look-ups that others need. Immutable; made by `inventory.reading.load_inventory`."""

    def __init__(
        self,
        *,
        sites: tuple[Site, ...],
        access_points: tuple[AccessPoint, ...],
        devices: tuple[Device, ...] = (),
        agents: tuple[Agent, ...] = (),
    ) -> None:
        self.sites: Mapping[str, Site] = MappingProxyType({site.id: site for site in sites})
        self.access_points: Mapping[str, AccessPoint] = MappingProxyType({place.id: place for place in access_points})
        self.devices: tuple[Device, ...] = devices
        self.agents: Mapping[str, Agent] = MappingProxyType({agent.id: agent for agent in agents})

    def access_points_of(self, site_id: str) -> tuple[AccessPoint, ...]:
        """The access points of a site in order of their ids; empty for an unknown site."""
        return self._by_site.get(site_id, ())

    def parents_of(self, access_point_id: str) -> tuple[str, ...]:
        """The access points through which one is connected, the nearest first; empty for an unknown one."""
        found: list[str] = []
        place = self.access_points.get(access_point_id)
        while place is not None and place.parent is not None and place.parent not in found:
            found.append(place.parent)
            place = self.access_points.get(place.parent)
        return tuple(found)

    def may_speak_for(self, agent_id: str, access_point_id: str) -> bool:
        """Whether reports of this agent about this access point are to be believed."""
        if agent_id == access_point_id:
            return True
        agent = self.agents.get(agent_id)
        place = self.access_points.get(access_point_id)
        if agent is None or place is None:
            return False
        return place.site in agent.sites or access_point_id in agent.access_points

    def find_access_point(
        self, agent_id: str, *, serial: str | None = None, mac: str | None = None, name: str | None = None
    ) -> str | None:
        """The access point at which a device hangs, by its serial, else its MAC, else its name, among those that the
        agent may speak for; None where the inventory does not know, or where a name fits several of them."""
        for kind, value in (("serial", serial), ("mac", mac), ("name", name)):
            known = self._places_of_devices.get((kind, value), ()) if value else ()
            places = [place for place in known if self.may_speak_for(agent_id, place)]
            if len(places) == 1:
                return places[0]
        return None

    @cached_property
    def _by_site(self) -> dict[str, tuple[AccessPoint, ...]]:
        grouped: dict[str, list[AccessPoint]] = {}
        for place in sorted(self.access_points.values(), key=lambda place: place.id):
            grouped.setdefault(place.site, []).append(place)
        return {site: tuple(places) for site, places in grouped.items()}

    @cached_property
    def _places_of_devices(self) -> dict[tuple[str, str], list[str]]:
        """Names repeat, as every site has its `AP-01`; serials and MACs do not."""
        places: dict[tuple[str, str], list[str]] = {}
        for device in self.devices:
            if device.access_point is None:
                continue
            for kind, value in (("serial", device.serial), ("mac", device.mac), ("name", device.name)):
                if value is not None:
                    places.setdefault((kind, value), []).append(device.access_point)
        return places
