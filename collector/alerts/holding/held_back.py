"""Why nobody is told of an alert, for planning and for the pages. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Hold(StrEnum):
    """What keeps notices back that something began or changed. It never keeps back that something ended."""

    SILENCE = "silence"
    """Somebody does not want to hear of it for a while."""
    MAINTENANCE = "maintenance"
    """Works are under way."""
    OUTAGE = "outage"
    """Most of its site is silent, which is told in its place."""
    PARENT = "parent"
    """It is connected through an access point that is silent."""
    ACKNOWLEDGED = "acknowledged"
    """Somebody takes care of it."""
    RECOVERING = "recovering"
    """It is well again, though not for long enough to be over: nothing of it begins now."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """`by` is the id of the silence, of the maintenance, of the outage's alert, or of the access point that is the
    parent, or who acknowledged it; nothing for what is recovering. `until` is when that ends, as far as it is known."""

    hold: Hold
    by: str = ""
    until: datetime | None = None
