"""Brings together what a technician carries: the orders, where they are, in which order one goes round, and whom to
call there. For pages, files and API alike. Blocks; is called in threads."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import Engine

from collector.access.identity import Identity
from collector.fieldwork.work_list import Entry, Visit, Wanted, WorkList
from collector.orders.distances import Position
from collector.orders.map_links import map_links
from collector.orders.order import Order, Status
from collector.orders.permitting import may_see_contacts
from collector.orders.rounds import driving_order, middle_of, natural_key, position_of, walking_order
from collector.state.orders import OrderFilter, find_orders
from collector.state.site_notes import SiteNote, notes_of
from inventory.models import AccessPoint, Inventory, Site

MOST_READ = 1_000
"""More orders no choice may have: they would have to be read to say which of them are due."""
MOST_LISTED = 200
"""Nobody carries more; those that were planned first are listed."""
_TO_BE_DONE = frozenset({Status.ASSIGNED, Status.IN_PROGRESS, Status.REJECTED, Status.ON_HOLD})


class TooManyOrdersError(Exception):
    """So many orders fit that it is no list to carry. The message says what to do."""

    def __init__(self) -> None:
        super().__init__(
            f"more than {MOST_READ} orders fit; choose a technician, a site or a district, or leave out what is overdue"
        )


class WorkDesk:
    """Makes work lists of one inventory. `depot` is where technicians set out from, where that is known."""

    def __init__(self, *, inventory: Inventory, state: Engine, depot: Position | None) -> None:
        self._inventory = inventory
        self._state = state
        self._depot = depot

    def list_for(self, identity: Identity, wanted: Wanted) -> WorkList:
        """What is wanted, with the notes that they may see. Raises TooManyOrdersError."""
        fitting = sorted((order for order in self._found(wanted) if wanted.is_due(order)), key=_by_day)
        orders, left_out = fitting[:MOST_LISTED], len(fitting) - MOST_LISTED
        places = self._inventory.access_points
        known = [order for order in orders if order.access_point in places]
        visible = {order.id for order in known if may_see_contacts(identity, order)}
        notes = notes_of(self._state, {places[order.access_point].site for order in known if order.id in visible})
        entries = {order.access_point: self._entry(order, notes if order.id in visible else {}) for order in known}
        held = [entry for entry in entries.values() if entry.order.status is Status.ON_HOLD]
        return WorkList(
            wanted=wanted,
            visits=tuple(self._visits(entry for entry in entries.values() if entry.order.status is not Status.ON_HOLD)),
            held=tuple(sorted(held, key=lambda entry: (entry.site.id, natural_key(entry.place.id)))),
            gone=tuple(order for order in orders if order.access_point not in places),
            left_out=max(0, left_out),
        )

    def _found(self, wanted: Wanted) -> list[Order]:
        """Those of the technician, and what is planned: that has no technician yet."""
        sites = self._sites(wanted)
        if sites is not None and not sites:
            return []
        day = None if wanted.has_overdue else wanted.day
        asked = [
            (_TO_BE_DONE, wanted.technician),
            *([(frozenset({Status.PLANNED}), None)] if wanted.has_planned else []),
        ]
        found: list[Order] = []
        for statuses, technician in asked:
            orders = OrderFilter(
                statuses=statuses, sites=sites, technician=technician, planned_from=day, planned_to=day
            )
            found += find_orders(self._state, orders, limit=MOST_READ + 1)
        if len(found) > MOST_READ:
            raise TooManyOrdersError
        return found

    def _sites(self, wanted: Wanted) -> frozenset[str] | None:
        if wanted.site is None and wanted.district is None:
            return None
        return frozenset(
            site.id
            for site in self._inventory.sites.values()
            if wanted.site in {None, site.id} and wanted.district in {None, site.district}
        )

    def _entry(self, order: Order, notes: Mapping[str, SiteNote]) -> Entry:
        place = self._inventory.access_points[order.access_point]
        site = self._inventory.sites[place.site]
        at_place, at_site = position_of(place), _position_of_site(site, ())
        position = at_place or at_site
        return Entry(
            number=None,
            order=order,
            place=place,
            site=site,
            links=None if position is None else map_links(f"{site.name_ko} {place.name or place.id}", position),
            is_at_site=at_place is None and at_site is not None,
            note=notes.get(site.id),
        )

    def _visits(self, entries: Iterable[Entry]) -> Iterator[Visit]:
        at_sites: dict[str, dict[str, Entry]] = defaultdict(dict)
        for entry in entries:
            at_sites[entry.site.id][entry.place.id] = entry
        positions = {
            site: _position_of_site(self._inventory.sites[site], [entry.place for entry in listed.values()])
            for site, listed in at_sites.items()
        }
        number = 0
        for site in driving_order(positions, self._depot):
            walked = [
                at_sites[site][place.id] for place in walking_order(each.place for each in at_sites[site].values())
            ]
            numbered = tuple(replace(entry, number=number + at) for at, entry in enumerate(walked, 1))
            number += len(numbered)
            yield Visit(self._inventory.sites[site], numbered, has_position=positions[site] is not None)


def _position_of_site(site: Site, places: Sequence[AccessPoint]) -> Position | None:
    """Its own, else the middle of where one goes there."""
    if site.latitude is not None and site.longitude is not None:
        return Position(site.latitude, site.longitude)
    return middle_of([position for place in places if (position := position_of(place)) is not None])


def _by_day(order: Order) -> tuple[date, int]:
    """What was planned first comes first, what has no day last."""
    return order.planned_on or date.max, order.id
