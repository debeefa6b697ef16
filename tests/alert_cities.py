"""Cities for tests of rules: a few places, of which only what a test says is known.

    seen = city({"park": 13}).silent("park-001").radio("park-002", "wlan0", busy_ratio=0.9)
    verdicts = airtime_high.judge(seen.snapshot(), airtime_high.Settings())
    assert states(verdicts) == {"park-002/wlan0": State.BAD}

`city({"park": 2, "hall": 1})` has the access points park-001, park-002 and hall-001, each heard of ten seconds ago, and
nothing else is known of them: every figure is NaN until a test gives it. Each method returns the city, to be chained.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import numpy as np

from agent.wire import Device
from collector.alerts.judging.snapshot import (
    AgentWord,
    CollectorHealth,
    Layout,
    Places,
    ProbeColumn,
    Radios,
    Snapshot,
    UnknownThing,
)
from collector.alerts.judging.verdicts import State, Verdicts
from collector.vital_signs import RADIO
from inventory import Inventory
from inventory.models import AccessPoint, Agent, Site, SiteKind

NOON = datetime(2026, 7, 15, 3, tzinfo=UTC)
"""A Wednesday's, in Korea."""
LONG_AGO = NOON - timedelta(days=1)
_FLAGS = ("is_heard", "is_silent", "has_said_goodbye", "is_checked_only", "is_controller")
FIGURES = tuple(field.name for field in fields(Places) if field.name not in _FLAGS)


def inventory_of(sites: Mapping[str, int], agents: tuple[Agent, ...] = (), **of_places: Any) -> Inventory:
    """Sites with so many access points each, which are called after them: park-001. `of_places` are fields of all."""
    return Inventory(
        sites=tuple(Site(id=site, kind=SiteKind.PARK, name_ko=site, district="mapo") for site in sites),
        access_points=tuple(
            AccessPoint(id=f"{site}-{number:03}", site=site, **of_places)
            for site, count in sites.items()
            for number in range(1, count + 1)
        ),
        agents=agents,
    )


def city(sites: Mapping[str, int], *, agents: tuple[Agent, ...] = (), now: datetime = NOON) -> "City":
    """Places of which all are heard of, and nothing more is known. Each site has an agent gw-SITE that speaks for it,
    unless `agents` are given."""
    gateways = tuple(Agent(id=f"gw-{site}", sites=(site,)) for site in sites)
    return City(Layout(inventory_of(sites, agents or gateways)), now)


class City:
    """What a snapshot is made of, by name instead of by row."""

    def __init__(self, layout: Layout, now: datetime) -> None:
        self.layout = layout
        self._now = now
        self._listening_since: datetime | None = LONG_AGO
        count = len(layout.ids)
        self._flags = {name: np.full(count, name == "is_heard") for name in _FLAGS}
        self._figures = {name: np.full(count, np.nan) for name in FIGURES}
        self._figures["observed_at_seconds"][:] = now.timestamp() - 10
        self._radios: dict[str, dict[str, dict[str, float]]] = {}
        self._checks: dict[str, dict[str, tuple[float, float, float, str | None]]] = {}
        self._agents: dict[str, AgentWord] = {}
        self._unknown: dict[str, UnknownThing] = {}
        self._collector = CollectorHealth()

    def place(self, *names: str, **columns: float) -> Self:
        """What is known of these access points, or of all of a site: columns of `Places`, flags or figures."""
        for name in names:
            for row in self._rows(name):
                for column, value in columns.items():
                    (self._flags if column in _FLAGS else self._figures)[column][row] = value
        return self

    def silent(self, *names: str, for_seconds: float = 600, **columns: float) -> Self:
        """These were heard of, or all of a site, and are not now."""
        last = self._now.timestamp() - for_seconds
        return self.place(*names, is_heard=False, is_silent=True, observed_at_seconds=last, **columns)

    def never_seen(self, *names: str) -> Self:
        """These have never been heard of, or all of a site."""
        return self.place(*names, is_heard=False, observed_at_seconds=np.nan)

    def not_known(self, *names: str, for_seconds: float = 600, **columns: float) -> Self:
        """These were heard of before the collector began to listen, and not since: nobody can say how they are."""
        return self.place(*names, is_heard=False, observed_at_seconds=self._now.timestamp() - for_seconds, **columns)

    def radio(
        self,
        place: str,
        name: str,
        *,
        is_reported: bool = True,
        worked_for_seconds: float = np.nan,
        used_for_seconds: float = np.nan,
        **figures: float,
    ) -> Self:
        """A radio with these columns of `vital_signs.RADIO`. When its place last told of it, it had last been at work
        and in use so many seconds before."""
        told_at = float(self._figures["observed_at_seconds"][self.layout.rows[place]])
        memory = {
            "is_reported": float(is_reported),
            "worked_at_seconds": told_at - worked_for_seconds,
            "used_at_seconds": told_at - used_for_seconds,
        }
        self._radios.setdefault(place, {})[name] = {**figures, **memory}
        return self

    def check(
        self,
        kind: str,
        place: str,
        *,
        is_ok: float = np.nan,
        age_seconds: float = 30,
        download_bits_per_second: float = np.nan,
        failure: str | None = None,
    ) -> Self:
        """The newest checks of a kind at an access point: see `ProbeColumn`."""
        made_at = self._now.timestamp() - age_seconds
        self._checks.setdefault(kind, {})[place] = (is_ok, made_at, download_bits_per_second, failure)
        return self

    def agent(self, name: str, **word: Any) -> Self:
        """What is known of an agent: fields of `AgentWord`."""
        self._agents[name] = AgentWord(name, **word)
        return self

    def unknown_device(
        self, key: str, agent: str, *, known_for_seconds: float = 3600, age_seconds: float = 10, **device: Any
    ) -> Self:
        """A device that reports and has no place."""
        first, last = (self._now - timedelta(seconds=seconds) for seconds in (known_for_seconds, age_seconds))
        self._unknown[key] = UnknownThing(key, agent, Device(**device), first, last)
        return self

    def collector(self, **health: Any) -> Self:
        """How the collector is: fields of `CollectorHealth`."""
        self._collector = CollectorHealth(**health)
        return self

    def listening_since(self, instant: datetime | None) -> Self:
        """When the collector began to listen; the day before, unless said otherwise."""
        self._listening_since = instant
        return self

    def snapshot(self) -> Snapshot:
        """The city as rules see it."""
        return Snapshot(
            now=self._now,
            listening_since=self._listening_since,
            layout=self.layout,
            places=Places(**{name: column.copy() for name, column in {**self._flags, **self._figures}.items()}),
            radios=self._radio_rows(),
            probes={kind: self._checks_of(checks) for kind, checks in self._checks.items()},
            agents=dict(self._agents),
            unknown=dict(self._unknown),
            collector=self._collector,
        )

    def _rows(self, name: str) -> list[int]:
        if name in self.layout.rows:
            return [self.layout.rows[name]]
        return [self.layout.rows[place.id] for place in self.layout.inventory.access_points_of(name)]

    def _radio_rows(self) -> Radios:
        of_places = [self._radios.get(place, {}) for place in self.layout.ids]
        told = [radio for radios in of_places for radio in radios.values()]
        figures = np.array(
            [tuple(radio.get(field, np.nan) for field in RADIO.names or ()) for radio in told], dtype=RADIO
        )
        return Radios(
            self.layout,
            [tuple(radios) for radios in of_places],
            figures,
            is_reported=np.array([radio["is_reported"] == 1 for radio in told], dtype=bool),
            worked_at_seconds=np.array([radio["worked_at_seconds"] for radio in told], dtype=np.float64),
            used_at_seconds=np.array([radio["used_at_seconds"] for radio in told], dtype=np.float64),
        )

    def _checks_of(self, checks: Mapping[str, tuple[float, float, float, str | None]]) -> ProbeColumn:
        columns = np.full((3, len(self.layout.ids)), np.nan)
        failures: dict[int, str] = {}
        for place, (*figures, failure) in checks.items():
            columns[:, self.layout.rows[place]] = figures
            if failure is not None:
                failures[self.layout.rows[place]] = failure
        return ProbeColumn(columns[0], columns[1], columns[2], failures)


def states(verdicts: Verdicts) -> dict[str, State]:
    """A rule's whole answer: the state of everything that it judges, by its key."""
    return {verdicts.subjects.subject(row).key: State(state) for row, state in enumerate(verdicts.states.tolist())}


def row_of(verdicts: Verdicts, key: str) -> int:
    """The row that stands for this, where one does."""
    row = verdicts.subjects.row(key)
    assert row is not None
    return row
