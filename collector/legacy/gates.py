"""What makes a device due for replacement whatever else it does: nobody mends it any more, or it has served its time.

Pure. A gate is closed only on evidence; where there is none it says so, and that is neither open nor closed.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from inventory.catalogue import CatalogueModel, Confidence

SERVICE_LIFE_YEARS = 6
"""As the Ministry of Science and ICT counted in 2020; Guro-gu counted 7 in 2024. A setting."""
GateName = Literal["support_ended", "service_life_passed"]


class GateState(StrEnum):
    """What is known of a gate."""

    CLOSED = "closed"
    """The device is due."""
    OPEN = "open"
    INSUFFICIENT = "insufficient"
    """There is no evidence either way."""


class Why(StrEnum):
    """Why a gate is in its state; pages and reports have a phrase for each, in which `since` is filled in."""

    SUPPORT_ENDED = "support_ended"
    SUPPORTED = "supported"
    SUPPORT_UNKNOWN = "support_unknown"
    SUPPORT_UNCONFIRMED = "support_unconfirmed"
    SUPPORT_DISPUTED = "support_disputed"
    MODEL_UNKNOWN = "model_unknown"
    SERVED_BY_RECORD = "served_by_record"
    SERVED_AS_SEEN = "served_as_seen"
    SERVES = "serves"
    AGE_UNKNOWN = "age_unknown"


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate. `since` is the day that decides it: the end of support, or the day from which the device is known.
    `served_on` is the day on which its service life had passed."""

    name: GateName
    state: GateState
    why: Why
    since: date | None = None
    served_on: date | None = None

    @property
    def due_since(self) -> date | None:
        """The day from which the device is due by this gate; None where it is not."""
        return (self.served_on or self.since) if self.is_closed else None

    @property
    def is_closed(self) -> bool:
        """Whether the device is due by this gate."""
        return self.state is GateState.CLOSED


def support_gate(model: CatalogueModel | None, today: date) -> Gate:
    """Whether the vendor's security updates have ended: only when the latest day that the date can mean is past.
    Sources that disagree about a day that is past for all of them do not disagree about this."""
    if model is None:
        return Gate("support_ended", GateState.INSUFFICIENT, Why.MODEL_UNKNOWN)
    end = model.end_of_support
    if end is None:
        return Gate("support_ended", GateState.INSUFFICIENT, Why.SUPPORT_UNKNOWN)
    last = end.value.last
    if end.confidence is Confidence.UNCONFIRMED:
        return Gate("support_ended", GateState.INSUFFICIENT, Why.SUPPORT_UNCONFIRMED, last)
    if not end.closes_gates and len({day.last < today for day in end.all_named}) > 1:
        return Gate("support_ended", GateState.INSUFFICIENT, Why.SUPPORT_DISPUTED, last)
    if last < today:
        return Gate("support_ended", GateState.CLOSED, Why.SUPPORT_ENDED, last)
    return Gate("support_ended", GateState.OPEN, Why.SUPPORTED, last)


def service_gate(
    installed_on: date | None,
    first_seen: date | None,
    today: date,
    *,
    service_life_years: int = SERVICE_LIFE_YEARS,
) -> Gate:
    """Whether the device has served its time, by the inventory's record of the device itself, or by how long it has
    been seen anywhere. When its place was first put up is no evidence of the device.

    Who was seen for a shorter time may still be older: then nothing is known. A device that was seen before it is
    recorded to have been installed is as old as it was seen; a record of a day to come says nothing.
    """
    if installed_on is not None and installed_on <= today and (first_seen is None or first_seen >= installed_on):
        served_on = _years_later(installed_on, service_life_years)
        if served_on <= today:
            return Gate("service_life_passed", GateState.CLOSED, Why.SERVED_BY_RECORD, installed_on, served_on)
        return Gate("service_life_passed", GateState.OPEN, Why.SERVES, installed_on)
    if first_seen is not None and (served_on := _years_later(first_seen, service_life_years)) <= today:
        return Gate("service_life_passed", GateState.CLOSED, Why.SERVED_AS_SEEN, first_seen, served_on)
    return Gate("service_life_passed", GateState.INSUFFICIENT, Why.AGE_UNKNOWN, first_seen)


def _years_later(day: date, years: int) -> date:
    """The same day so many years on; of 29 February the 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
