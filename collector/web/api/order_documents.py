"""What calls of orders take and answer, beside the order itself."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from collector.orders.changes import Change
from collector.orders.order import Line, Order, OrderChange, Status
from collector.state.orders import OrderFilter
from collector.web.pages.order_search import sought_in
from collector.web.problems import Problem
from inventory.models import Inventory

MOST_LISTED = 1_000
MOST_CHANGED_AT_ONCE = 500
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))]
Number = Annotated[int, Field(ge=1, lt=10**18)]
AccessPointId = Annotated[str, Field(min_length=1, max_length=63, examples=["yeouido-001"])]


class OrdersAsked(BaseModel):
    """Which orders, how many at once, and from where on. What is left out does not matter."""

    model_config = ConfigDict(extra="forbid")
    status: list[Status] = Field([], description="One or several")
    access_point: Line | None = None
    site: Line | None = None
    district: Annotated[Line | None, Field(description="In Korean, such as 영등포구")] = None
    technician: Annotated[Line | None, Field(description="The name by which they log in")] = None
    text: Annotated[Line | None, Field(description="Looked for in numbers, ids, names, technicians, serials")] = None
    planned_from: Day | None = None
    planned_to: Day | None = None
    is_assigned: bool | None = None
    is_silent: bool | None = None
    is_closed: bool | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = 50
    cursor: Annotated[str | None, Field(max_length=200)] = None

    def filter_in(self, inventory: Inventory) -> OrderFilter:
        """As the state takes it: a district is its sites."""
        return OrderFilter(
            statuses=frozenset(self.status),
            is_closed=self.is_closed,
            access_points=(self.access_point,) if self.access_point else None,
            sites=self._sites(inventory),
            technician=self.technician or None,
            is_assigned=self.is_assigned,
            planned_from=self.planned_from,
            planned_to=self.planned_to,
            is_silent=self.is_silent,
            sought=sought_in(inventory, self.text) if self.text else None,
        )

    def _sites(self, inventory: Inventory) -> frozenset[str] | None:
        if not self.district:
            return frozenset({self.site}) if self.site else None
        there = {site.id for site in inventory.sites.values() if site.district == self.district}
        return frozenset(there & {self.site} if self.site else there)


class OrderPage(BaseModel):
    """Orders, the newest first. `counts` are by status, of all that were asked for."""

    counts: dict[Status, int]
    orders: list[Order]
    next: str | None


class OrderAsked(Change):
    """Where a device is to be replaced, and what is known of it already. What is not said is taken from the plan."""

    access_point: AccessPointId

    @property
    def change(self) -> Change | None:
        """What is said beside the place; None where nothing is."""
        said = self.model_fields_set - {"access_point"}
        return Change.model_validate({name: getattr(self, name) for name in said}) if said else None


class PlacesAsked(BaseModel):
    """Where devices are to be replaced."""

    model_config = ConfigDict(extra="forbid")
    access_points: Annotated[list[AccessPointId], Field(min_length=1, max_length=MOST_CHANGED_AT_ONCE)]


class OrdersOpened(BaseModel):
    """The orders that were opened, and the places that had one that has not ended, with its number."""

    opened: list[Order]
    already: Mapping[str, int]


class ChangeAsked(BaseModel):
    """A change of one order, by who saw that version of it."""

    model_config = ConfigDict(extra="forbid")
    id: Number
    version: Annotated[int, Field(ge=1, lt=2**31)]
    change: Change


class ChangesAsked(BaseModel):
    """Changes of several orders, each of which is made or refused by itself, one after the other."""

    model_config = ConfigDict(extra="forbid")
    changes: Annotated[list[ChangeAsked], Field(min_length=1, max_length=MOST_CHANGED_AT_ONCE)]
    is_merging: StrictBool = False


class ChangeOutcome(BaseModel):
    """What came of one of the changes: the order as it is now, or the problem that the call for it alone would have
    told. One of both is null."""

    id: int
    order: Order | None
    problem: Problem | None


class ChangesMade(BaseModel):
    """What came of each of the changes, in the order in which they were sent."""

    outcomes: list[ChangeOutcome]


class OrderHistory(BaseModel):
    """All changes of an order, oldest first."""

    changes: list[OrderChange]


class StaleProblem(Problem):
    """Somebody was faster: the order as it is now, and what was changed of it since the version that was named."""

    order: Order
    changes: list[OrderChange]
