"""An alert: one rule's word on one thing, from the moment it was first seen to be bad to its end. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How bad it is: `critical` gets somebody up, `warning` is for the working day, `info` is to be known."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Phase(StrEnum):
    """Where an alert stands. A pending one has been bad for less long than its rule asks for, and nobody is told."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


class End(StrEnum):
    """Why an alert is over: it is `well` again, or what it was about is `gone` from the inventory or is watched no
    longer."""

    WELL = "well"
    GONE = "gone"


class Subject(NamedTuple):
    """What an alert is about. `key` tells it from everything else that its rule judges: an access point's id, with
    `/` and the radio's name for a radio; an agent's or a site's id; an unknown device's name; whose a certificate is;
    or nothing, for the collector itself. `site` and `access_point` are where it is, as far as that is known; `part` is
    the radio."""

    key: str
    site: str | None = None
    access_point: str | None = None
    part: str | None = None


class Identity(NamedTuple):
    """What tells one alert from every other that is open at the time."""

    rule: str
    key: str


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody has seen it and takes care."""

    by: str
    at: datetime
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Flaps:
    """How often a state has changed lately, by Icinga's method: see `flapping`. Bit 0 of `changes` is the slot that
    `slot` counts (from 1970, in slots), and says whether the state changed in it. `bad_seconds` is for how long it has
    been bad without firing, what is older counting less."""

    changes: int = 0
    slot: int = 0
    was_bad: bool = False
    bad_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Alert:
    """`since` is when it was first bad; `fired_at` and `ended_at` are when it began to fire and ended to.

    `value` is what was judged, against `threshold`, both in the rule's unit; `detail` are further facts for its words,
    as `Rule.detail` has them. `members` are the access points that it lists (a site outage's), `people` how many were
    connected there when it was last known. `unknown_since` says that nothing has been known of it since then;
    `well_since` that it has been well, though not for long enough.
    `changed_at` is when what is to be told of it last changed: it began to fire, its members grew or shrank, or it
    became worse. `refreshed_at` is when value, people and detail were last looked at.
    """

    id: str
    rule: str
    subject: Subject
    severity: Severity
    phase: Phase
    since: datetime
    changed_at: datetime
    fired_at: datetime | None = None
    ended_at: datetime | None = None
    end: End | None = None
    well_since: datetime | None = None
    unknown_since: datetime | None = None
    value: float | None = None
    threshold: float | None = None
    people: int | None = None
    members: tuple[str, ...] = ()
    detail: Mapping[str, str | float] = field(default_factory=dict)
    flaps: Flaps = Flaps()
    is_flapping: bool = False
    acknowledgement: Acknowledgement | None = None
    refreshed_at: datetime | None = None

    @property
    def identity(self) -> Identity:
        """What tells it from every other open alert."""
        return Identity(self.rule, self.subject.key)

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.phase is not Phase.RESOLVED
