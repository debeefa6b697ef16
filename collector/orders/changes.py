"""What is to change of an order: by somebody, or by what telemetry has seen. What becomes of it: see `life`. Pure."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from collector.orders.order import CheckTold, Confirmation, Line, Lines, Mac, Serial, Status, Technician
from inventory.catalogue.entries import Poe
from inventory.wiring import Cable, speed_of_a_port


class Change(BaseModel):
    """What is to change of an order: the fields that are given, and no others. An empty text or null takes one away."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    status: Status | None = None
    vendor: Line | None = None
    model: Line | None = None
    firmware: Line | None = None
    uplink_bits_per_second: Annotated[int, Field(le=10**12), AfterValidator(speed_of_a_port)] | None = None
    poe: Poe | None = None
    cable: Cable | None = None
    planned_on: Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))] | None = None
    technician: Technician | None = None
    note: Lines | None = None
    reason: Lines | None = None
    new_serial: Serial | None = None
    new_mac: Mac = None
    confirmed: tuple[Confirmation, ...] | None = None

    @property
    def given(self) -> Mapping[str, object]:
        """The fields that are given but for the status, as an order has them."""
        return {name: _as_kept(name, getattr(self, name)) for name in _given(self)}


class Seen(BaseModel):
    """What telemetry changes of an order, beside its status."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    status: Status | None = None
    new_serial: str | None = None
    new_mac: str | None = None
    installed_at: datetime | None = None
    first_report_at: datetime | None = None
    is_silent: bool | None = None
    checks: tuple[CheckTold, ...] | None = None
    reason: str | None = None

    @property
    def given(self) -> Mapping[str, object]:
        """The fields that are given but for the status."""
        return {name: getattr(self, name) for name in _given(self)}


def _given(change: Change | Seen) -> list[str]:
    """The fields that are given but for the status, in the order in which they are told."""
    return [name for name in type(change).model_fields if name in change.model_fields_set and name != "status"]


def _as_kept(name: str, value: object) -> object:
    """Nothing is null, but for a note, which is empty, and confirmations, which are none."""
    if name == "note":
        return value or ""
    if name == "confirmed":
        return tuple(value) if value else ()  # type: ignore[arg-type]  # a tuple of theirs
    return None if value == "" else value
