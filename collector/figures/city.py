"""The city as the collector knows it now: how each site fares, which channels its radios share, and which places there
are. Pure functions, and around each a source that asks for what is known at the moment."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from math import isnan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from collector.figures.figure import Figure, Figures
from collector.figures.kinds import followed_by_kinds
from collector.figures.measurements import PLACE, SITE_CHANNEL, SITE_STATE
from collector.figures.site_tags import site_tags
from collector.fleet import Fleet, Newest
from collector.readings import Presence
from collector.state.alerts import firing_by_site
from collector.vital_signs import VitalSigns, unpacked
from inventory.models import Inventory, Site

Floats = NDArray[np.float64]


class SiteStates:
    """How each site fares, and all of a kind together, every minute."""

    every_seconds = SITE_STATE.every_seconds
    is_only_for_elected = True

    def __init__(self, state: Engine, inventory: Inventory, fleet: Fleet) -> None:
        self._state = state
        self._inventory = inventory
        self._fleet = fleet

    def figures(self, now: datetime) -> Figures:
        """Asks the state database for the alerts; raises SQLAlchemyError."""
        states = site_states(self._inventory, self._fleet.newest(), firing_by_site(self._state), now)
        return list(followed_by_kinds(states))


class SiteChannels:
    """Which channels each site uses, every five minutes."""

    every_seconds = SITE_CHANNEL.every_seconds
    is_only_for_elected = True

    def __init__(self, inventory: Inventory, fleet: Fleet) -> None:
        self._inventory = inventory
        self._fleet = fleet

    def figures(self, now: datetime) -> Figures:
        """Of the readings that are the newest at the moment."""
        return site_channels(self._inventory, self._fleet.newest(), now)


class Places:
    """Which access points there are, every five minutes."""

    every_seconds = PLACE.every_seconds
    is_only_for_elected = True

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory

    def figures(self, now: datetime) -> Figures:
        """The inventory's."""
        return places(self._inventory, now)


def site_states(inventory: Inventory, newest: Newest, firing: Mapping[str, int], now: datetime) -> Iterator[Figure]:
    """How each site fares. `firing` are how many alerts fire, by site."""
    for site in _sites(inventory):
        access_points = inventory.access_points_of(site.id)
        readings = (newest.readings.get(place.id) for place in access_points)
        presences = Counter(reading.presence(now) for reading in readings if reading is not None)
        tags = site_tags(site) | {"district": site.district, "name_ko": site.name_ko, "name_en": site.name_en or ""}
        values = {
            "access_points": len(access_points),
            "reporting": presences[Presence.REPORTING],
            "silent": presences[Presence.SILENT],
            "never_seen": len(access_points) - presences.total(),
            "alerts_firing": firing.get(site.id, 0),
            "latitude": site.latitude,
            "longitude": site.longitude,
        }
        yield Figure(SITE_STATE, tags, now, values)


def site_channels(inventory: Inventory, newest: Newest, now: datetime) -> Iterator[Figure]:
    """Which channels each site uses, by the newest readings of the access points that are heard of."""
    sites = tuple(_sites(inventory))
    rows: list[int] = []
    signs: list[VitalSigns] = []
    for row, site in enumerate(sites):
        for place in inventory.access_points_of(site.id):
            reading = newest.readings.get(place.id)
            if reading is not None and reading.presence(now) is Presence.REPORTING:
                rows.append(row)
                signs.append(reading.signs)
    for channel in _channels(rows, signs):
        tags = site_tags(sites[channel.row]) | {"band": f"{channel.band:g}", "channel": f"{channel.number:g}"}
        told = (channel.radios, channel.clients, channel.busy_ratio, channel.own_ratio)
        values = (None if isnan(value) else value for value in told)
        yield Figure(SITE_CHANNEL, tags, now, dict(zip(SITE_CHANNEL.fields, values, strict=True)))


def places(inventory: Inventory, now: datetime) -> Iterator[Figure]:
    """Every access point of the inventory."""
    for site in _sites(inventory):
        for place in inventory.access_points_of(site.id):
            yield Figure(PLACE, site_tags(site) | {"access_point": place.id}, now, {"access_points": 1})


class _Channel(NamedTuple):
    """A channel of the site in this row, and the radios on it. NaN where none of them tells something."""

    row: int
    band: float
    number: float
    radios: float
    clients: float
    busy_ratio: float
    own_ratio: float


def _channels(rows: Sequence[int], signs: Sequence[VitalSigns]) -> Iterator[_Channel]:
    """The channels that are in use, of the site's row that is told for each of `signs`. A radio that is off, or of
    which band or channel is not known, is on none."""
    if not signs:
        return
    _, radios, counts = unpacked(signs)
    is_on = ~np.isnan(radios["band"]) & ~np.isnan(radios["channel"]) & (radios["is_up"] != 0)
    radios, row_of = radios[is_on], np.repeat(np.array(rows), counts)[is_on]
    order = np.lexsort((radios["channel"], radios["band"], row_of))
    radios = radios[order]
    keys = np.column_stack((row_of[order], radios["band"], radios["channel"]))
    # Those on one channel now follow each other: a channel starts wherever a key differs from the one before.
    starts = np.flatnonzero(np.any(np.diff(keys, axis=0, prepend=np.nan) != 0, axis=1))
    sizes = np.diff(starts, append=len(keys))
    clients, _ = _together(radios["clients"], starts)
    _, busy_ratio = _together(radios["busy_ratio"], starts)
    _, own_ratio = _together(radios["own_ratio"], starts)
    columns = np.column_stack((sizes, clients, busy_ratio, own_ratio))
    for key, values in zip(keys[starts].tolist(), columns.tolist(), strict=True):
        yield _Channel(int(key[0]), *key[1:], *values)


def _together(values: Floats, starts: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """The sum and the mean of what is known, from each start to the next; NaN where nothing is."""
    is_known = ~np.isnan(values)
    known = np.add.reduceat(is_known, starts, dtype=np.float64)
    sums = np.add.reduceat(np.where(is_known, values, 0.0), starts, dtype=np.float64)
    sums[known == 0] = np.nan
    return sums, sums / np.maximum(known, 1.0)


def _sites(inventory: Inventory) -> Iterator[Site]:
    """Those that have access points."""
    return (site for site in inventory.sites.values() if inventory.access_points_of(site.id))
