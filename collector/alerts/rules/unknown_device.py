"""A device reports, and nobody has said where it hangs: its readings are kept, and counted at no place."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Annotated

import numpy as np
from pydantic import Field

from collector.alerts.alert import Severity, Subject
from collector.alerts.judging.snapshot import Snapshot, UnknownThing
from collector.alerts.judging.verdicts import Flags, Floats, Listed, Told, Verdicts, states_of
from collector.alerts.rules import RuleSettings, Scope, Unit

SCOPE = Scope.DEVICE
UNIT = Unit.SECONDS
SOURCES = {
    "severity": "A judgement of ours: people are served; what is wrong is the inventory.",
    "raise_after_seconds": "A judgement of ours: `raise_above_seconds` has been waited for already.",
    "clear_after_seconds": "A judgement of ours: `gone_after_seconds` has been waited for already.",
    "raise_above_seconds": "A judgement of ours: who hangs a device up and who enters it are two people, and both have "
    "done it within a working day.",
    "gone_after_seconds": "An agent reads at least once an hour; three times that is how long an access point may be "
    "missed before it counts as silent.",
}
Span = Annotated[float, Field(ge=0, le=30 * 86_400)]
MOST_OF_AN_AGENT = 1_000
"""A judgement of ours: twice the access points of the largest site that is to be expected. An agent that makes devices
up makes no more alerts than that; the page of unknown devices has the others."""


class Settings(RuleSettings):
    """A device without a place has been reporting for more than `raise_above_seconds`. One that has not been seen for
    `gone_after_seconds` has been taken away."""

    severity: Severity = Severity.INFO
    raise_after_seconds: float = 0.0
    clear_after_seconds: float = 0.0
    raise_above_seconds: Span = 86_400.0
    gone_after_seconds: Span = 10_800.0


def judge(snapshot: Snapshot, settings: Settings) -> Verdicts:
    """Of each device without a place, by how long it has been without one: of each agent the first ones. That it has
    been taken away is known only where its agent is online and the collector has listened for as long; once it has a
    place, it is not here."""
    things = tuple(_first_of_each_agent(snapshot.unknown.values()))
    known_for = _seconds((snapshot.now - thing.first_seen for thing in things), len(things))
    is_seen = _seconds((snapshot.now - thing.last_seen for thing in things), len(things)) < settings.gone_after_seconds
    is_old = known_for > settings.raise_above_seconds

    return Verdicts(
        Listed([_subject(snapshot, thing) for thing in things]),
        states_of(
            bad=is_seen & is_old, good=~is_seen | ~is_old, known=is_seen | _could_be_seen(snapshot, things, settings)
        ),
        known_for,
        settings.raise_above_seconds,
        detail=lambda row: _detail(things[row]),
    )


def _first_of_each_agent(things: Iterable[UnknownThing]) -> Iterator[UnknownThing]:
    """Those that have been known for longest, so that none gives way to a newer one."""
    by_agent: dict[str, list[UnknownThing]] = defaultdict(list)
    for thing in things:
        by_agent[thing.agent].append(thing)
    for its in by_agent.values():
        if len(its) > MOST_OF_AN_AGENT:
            its.sort(key=lambda thing: (thing.first_seen, thing.key))
        yield from its[:MOST_OF_AN_AGENT]


def _seconds(spans: Iterable[timedelta], count: int) -> Floats:
    return np.fromiter((span.total_seconds() for span in spans), dtype=np.float64, count=count)


def _could_be_seen(snapshot: Snapshot, things: Iterable[UnknownThing], settings: Settings) -> Flags:
    """Whether each would have been seen if it still reported."""
    since = snapshot.listening_since
    is_listening = since is not None and (snapshot.now - since).total_seconds() >= settings.gone_after_seconds
    online = {name for name, word in snapshot.agents.items() if word.is_online is True} if is_listening else set()
    return np.array([thing.agent in online for thing in things], dtype=bool)


def _subject(snapshot: Snapshot, thing: UnknownThing) -> Subject:
    return Subject(thing.key, snapshot.layout.site_of_agent(thing.agent))


def _detail(thing: UnknownThing) -> Told:
    device = thing.device
    told = {"vendor": device.vendor, "model": device.model, "serial": device.serial, "name": device.name}
    return {"agent": thing.agent, **{key: value for key, value in told.items() if value}}
