"""What a technician carries: orders at their sites, in the order in which one goes round. Made by `work_desk`. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from collector.orders.map_links import MapLinks
from collector.orders.order import Order
from collector.orders.rounds import is_walked_by_floor, position_of
from collector.state.site_notes import SiteNote
from inventory.models import AccessPoint, Site


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders a list is to have; None does not matter. `has_overdue` adds to a day what was planned for an earlier
    one, or for none; `has_planned` adds what is planned and has no technician yet."""

    technician: str | None = None
    district: str | None = None
    site: str | None = None
    day: date | None = None
    has_overdue: bool = False
    has_planned: bool = False

    def is_due(self, order: Order) -> bool:
        """Whether an order is one of the day."""
        if self.day is None:
            return True
        if order.planned_on is None:
            return self.has_overdue
        return order.planned_on == self.day or (self.has_overdue and order.planned_on < self.day)


@dataclass(frozen=True, slots=True)
class Entry:
    """One order on the list. `number` counts from 1 in the order in which one goes round; what is on hold has none.
    `note` is None where nobody has written one, and for whoever may not see it. `links` lead to the place, or to its
    site where that alone has a position (`is_at_site`), and are None where neither has."""

    number: int | None
    order: Order
    place: AccessPoint
    site: Site
    links: MapLinks | None
    is_at_site: bool
    note: SiteNote | None

    @property
    def is_off_the_way(self) -> bool:
        """Whether it hangs outdoors, and nobody has written down where: it stands at the end of its site."""
        return position_of(self.place) is None and not is_walked_by_floor(self.place)


@dataclass(frozen=True, slots=True)
class Visit:
    """A site with what is to be done there, in walking order."""

    site: Site
    entries: tuple[Entry, ...]
    has_position: bool

    @property
    def note(self) -> SiteNote | None:
        """The site's note, for who may see it of one of these orders at least."""
        return next((entry.note for entry in self.entries if entry.note is not None), None)


@dataclass(frozen=True, slots=True)
class WorkList:
    """The sites in driving order, and apart from them what is on hold (`held`) and orders at places that have left the
    inventory since (`gone`). `left_out` orders fit as well, and were planned later than these."""

    wanted: Wanted
    visits: tuple[Visit, ...]
    held: tuple[Entry, ...]
    gone: tuple[Order, ...]
    left_out: int

    @property
    def entries(self) -> Iterator[Entry]:
        """All that is listed: round the sites, then what is on hold."""
        for visit in self.visits:
            yield from visit.entries
        yield from self.held

    @property
    def count(self) -> int:
        """How many orders there are to go round."""
        return sum(len(visit.entries) for visit in self.visits)
