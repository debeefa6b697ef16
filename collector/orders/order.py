"""What an order is: one access point whose device is to be replaced. In the form in which it is kept and shown."""

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from collector.access.names import MOST_NAME_LETTERS
from collector.legacy.documents import Sentence
from inventory.catalogue.entries import Poe
from inventory.wiring import Cable

MAX_TEXT = 1_000


class Status(StrEnum):
    """Where an order is in its life."""

    OPEN = "open"
    """Somebody wants the device replaced."""
    PLANNED = "planned"
    """By which model, and on which day."""
    ASSIGNED = "assigned"
    """By whom."""
    IN_PROGRESS = "in_progress"
    """They are at it."""
    INSTALLED = "installed"
    """Another device hangs there, by what was typed or by what it reports."""
    VERIFYING = "verifying"
    """It reports, and is being checked by its own reports."""
    ACCEPTED = "accepted"
    """It has passed."""
    ON_HOLD = "on_hold"
    """Something is in the way; it goes on from where it was."""
    REJECTED = "rejected"
    """It has not passed, and goes back to a technician."""
    CANCELLED = "cancelled"
    """It is not to be done."""


CLOSED = frozenset({Status.ACCEPTED, Status.CANCELLED})
"""What has come to its end. A place has one order beside those at most."""


class Check(StrEnum):
    """What is looked at before a device is accepted, in the order in which it is shown."""

    MODEL = "model"
    FIRMWARE = "firmware"
    SERIAL = "serial"
    UPLINK = "uplink"
    GATEWAY = "gateway"
    DNS = "dns"
    PORTAL = "portal"
    THROUGHPUT = "throughput"
    CLIENTS = "clients"


class Outcome(StrEnum):
    """What a check has come to. Waiting is neither good nor bad: nothing has been reported of it yet."""

    PASSED = "passed"
    FAILED = "failed"
    WAITING = "waiting"


class Confirmation(StrEnum):
    """What only somebody on site can say."""

    MOUNTED = "mounted"
    """It is fastened, and sealed where it hangs outdoors."""
    CABLED = "cabled"
    """Cable and plug are sound, and of the class that was asked for."""
    LABELLED = "labelled"
    """The label of the place is on it."""
    OLD_TAKEN = "old_taken"
    """The old device is taken along."""


def _one_line(text: str) -> str:
    stripped = text.strip()
    if any(not sign.isprintable() for sign in stripped):
        raise ValueError("has signs in it that cannot be printed; leave them out")
    return stripped


def _lines(text: str) -> str:
    stripped = text.replace("\r\n", "\n").strip()
    if any(not (sign.isprintable() or sign in "\n\t") for sign in stripped):
        raise ValueError("has signs in it that cannot be printed; leave them out")
    return stripped


_TWELVE_DIGITS = re.compile(r"[0-9a-f]{12}")


def normal_mac(text: object) -> object:
    """`AA-BB-CC-00-11-22`, `aabb.cc00.1122` and the like as `aa:bb:cc:00:11:22`. Raises ValueError."""
    if not isinstance(text, str):
        return text
    digits = re.sub(r"[\s:.\-]", "", text).lower()
    if not digits:
        return None
    if not _TWELVE_DIGITS.fullmatch(digits):
        raise ValueError("is no MAC address: twelve digits of 0 to 9 and a to f, such as 00:1a:2b:3c:4d:5e")
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def is_same_serial(one: str | None, other: str | None) -> bool:
    """Whether two serials are one, however they are written; none is the same as nothing."""
    return one is not None and other is not None and one.strip().casefold() == other.strip().casefold()


Line = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]
Lines = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(_lines)]
Technician = Annotated[str, Field(max_length=MOST_NAME_LETTERS), AfterValidator(_one_line)]
Serial = Annotated[str, Field(max_length=128), AfterValidator(_one_line)]
Mac = Annotated[str | None, BeforeValidator(normal_mac)]


class OrderDocument(BaseModel):
    """A part of an order. Fields that are not known are an error: this is our own word."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CheckTold(OrderDocument):
    """What one check has come to: what was asked for, and what was reported, both as people read them; null where
    nothing was. `seen_at` is when it was reported, `since` when it was first found as it is."""

    check: Check
    outcome: Outcome
    expected: str | None = None
    found: str | None = None
    seen_at: datetime | None = None
    since: datetime


class OldDevice(OrderDocument):
    """What hung there when the order was opened, as it reported itself or else as the inventory has it."""

    vendor: str | None = None
    model: str | None = None
    serial: str | None = None
    mac: str | None = None


class Order(OrderDocument):
    """One replacement at one access point. `version` counts its changes; who changes it says which one they saw."""

    id: int
    version: int
    access_point: str
    site: str
    status: Status
    held_from: Status | None = Field(None, description="Where an order on hold goes on")
    rank: int | None = Field(None, description="On the replacement plan when it was opened, from 1; null by hand")
    why: tuple[Sentence, ...] = ()
    old: OldDevice = OldDevice()
    vendor: str | None = Field(None, description="Of the device that is to come")
    model: str | None = None
    firmware: str | None = Field(None, description="The version that it is to run; null where any will do")
    uplink_bits_per_second: int | None = Field(None, description="What its uplink has to negotiate at least")
    poe: Poe | None = Field(None, description="The class of power that it asks of the port")
    cable: Cable | None = Field(None, description="The class of cable that it needs")
    changes: tuple[str, ...] = Field((), description="What must change beside the device: switch_port, cable, power")
    planned_on: date | None = None
    technician: str | None = Field(None, description="The name by which they log in")
    note: str = ""
    reason: str | None = Field(None, description="Why it is on hold, rejected, cancelled, or accepted by hand")
    new_serial: str | None = Field(None, description="As typed or scanned on site, else as the device reports it")
    new_mac: str | None = None
    confirmed: tuple[Confirmation, ...] = ()
    installed_at: datetime | None = None
    watch_from: datetime = Field(description="A device that reports is a new one if it was first seen after that")
    first_report_at: datetime | None = Field(None, description="The first one of the new device")
    is_silent: bool = Field(default=False, description="Nothing is heard of the new device, 30 minutes and more")
    checks: tuple[CheckTold, ...] = ()
    opened_at: datetime
    opened_by: str
    changed_at: datetime
    changed_by: str

    @property
    def is_closed(self) -> bool:
        """Whether it has come to its end."""
        return self.status in CLOSED

    def check(self, check: Check) -> CheckTold | None:
        """What one of the checks has come to; None before it was looked at."""
        return next((each for each in self.checks if each.check is check), None)


class OrderChange(OrderDocument):
    """One change of an order, kept for good: who, when and what. `fields` has each that changed, before and after."""

    order: int
    version: int = Field(description="Of the order after it")
    at: datetime
    by: str = Field(description="A person, or `telemetry`")
    from_status: Status | None
    to_status: Status
    fields: dict[str, tuple[object, object]]
    reason: str | None = None
