"""The city at one instant, as rules judge it: columns, with a row an access point of the inventory, or a radio. Pure.

What is absent is NaN. Made by `collector.alerts.looking.looking`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from agent.wire import Device
from collector.alerts.alert import Subject
from collector.alerts.judging.verdicts import Flags, Floats
from collector.certificates.known import KnownCertificates
from collector.vital_signs import is_in_use
from inventory import Inventory

Rows = NDArray[np.int32]


class Layout:
    """The inventory in rows: access points in order of their ids, sites likewise. `site_of` has each access point's row
    among the sites. `port_bits_per_second` is of the switch's port that it is wired to."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.ids = tuple(sorted(inventory.access_points))
        self.rows: Mapping[str, int] = {name: row for row, name in enumerate(self.ids)}
        self.sites = tuple(sorted(inventory.sites))
        self.site_rows: Mapping[str, int] = {name: row for row, name in enumerate(self.sites)}
        places = [inventory.access_points[name] for name in self.ids]
        self.site_of: Rows = np.array([self.site_rows[place.site] for place in places], dtype=np.int32)
        self.port_bits_per_second: Floats = np.array(
            [place.port_bits_per_second or np.nan for place in places], dtype=np.float64
        )

    def subject(self, row: int) -> Subject:
        """An access point as what an alert is about."""
        name = self.ids[row]
        return Subject(name, self.sites[self.site_of[row]], name)

    def row(self, key: str) -> int | None:
        """The row of an access point."""
        return self.rows.get(key)

    def is_known(self, key: str) -> bool:
        """Whether the inventory has this access point."""
        return key in self.rows

    def site_of_agent(self, agent: str) -> str | None:
        """The site of an agent on an access point, or of one that speaks for one site only."""
        place = self.inventory.access_points.get(agent)
        if place is not None:
            return place.site
        known = self.inventory.agents.get(agent)
        if known is None:
            return None
        sites = {*known.sites, *(self.inventory.access_points[name].site for name in known.access_points)}
        return sites.pop() if len(sites) == 1 else None


@dataclass(frozen=True, slots=True)
class Places:
    """A row an access point, in the layout's order.

    `is_heard` says that it reports now, and only of those the figures are to be believed; `is_silent` that it was heard
    of before and is not now, although the collector listens. Of others nothing is known: they have never been seen, or
    the collector has not listened for long enough. `has_said_goodbye` says that the broker itself told of the end.
    `is_checked_only` says that nothing but probes tells of it, which are made from elsewhere.

    `clients` were connected when it was last heard of. `best_uplink_bits_per_second` is the most that its uplink can,
    by the device itself, by its catalogue and the port it is wired to, the least of them; `usual_clients` is what it
    usually has at this hour of the week; `restarts` how often it started anew within the last hour.
    """

    is_heard: Flags
    is_silent: Flags
    has_said_goodbye: Flags
    is_checked_only: Flags
    is_controller: Flags
    observed_at_seconds: Floats
    clients: Floats
    uptime_seconds: Floats
    cpu_ratio: Floats
    memory_used_ratio: Floats
    temperature_celsius: Floats
    uplink_is_up: Floats
    uplink_bits_per_second: Floats
    uplink_is_full_duplex: Floats
    best_uplink_bits_per_second: Floats
    download_bits_per_second: Floats
    upload_bits_per_second: Floats
    usual_clients: Floats
    restarts: Floats


class Radios:
    """A row a radio, of all access points that have reported any, in the layout's order. `place` is the row of its
    access point; `first` and `counts` are, for each access point, where its radios begin and how many there are.

    A radio that its device has told of before and leaves out now has a row without figures, and is not `is_reported`.
    `worked_at_seconds` is when a radio was last seen to be up or in use, `used_at_seconds` when it last had clients,
    airtime or traffic; NaN where it has not been since it is watched. A device that returns begins anew with both.
    """

    def __init__(
        self,
        layout: Layout,
        names: Sequence[tuple[str, ...]],
        figures: NDArray[np.void],
        *,
        is_reported: Flags,
        worked_at_seconds: Floats,
        used_at_seconds: Floats,
    ) -> None:
        self._layout = layout
        self._names = names
        self.is_reported = is_reported
        self.worked_at_seconds = worked_at_seconds
        self.used_at_seconds = used_at_seconds
        self.counts: Rows = np.fromiter(map(len, names), dtype=np.int32, count=len(names))
        self.first: Rows = np.cumsum(self.counts, dtype=np.int32) - self.counts
        self.place: Rows = np.repeat(np.arange(len(names), dtype=np.int32), self.counts)
        self._figures = figures

    def __getitem__(self, field: str) -> Floats:
        """A column of `collector.vital_signs.RADIO`, not copied: each rule would copy megabytes of a city."""
        column: Floats = self._figures[field]
        return column

    def __len__(self) -> int:
        return len(self.place)

    @property
    def is_in_use(self) -> Flags:
        """Which of them show clients, airtime or traffic."""
        return is_in_use(self._figures)

    def name(self, row: int) -> str:
        """What the device calls this radio."""
        place = int(self.place[row])
        return self._names[place][row - int(self.first[place])]

    def subject(self, row: int) -> Subject:
        """A radio as what an alert is about."""
        at = self._layout.subject(int(self.place[row]))
        name = self.name(row)
        return Subject(f"{at.key}/{name}", at.site, at.access_point, name)

    def row(self, key: str) -> int | None:
        """The row of a radio; None where its access point has none of that name."""
        place_id, _, name = key.partition("/")
        place = self._layout.rows.get(place_id)
        if place is None or name not in self._names[place]:
            return None
        return int(self.first[place]) + self._names[place].index(name)

    def is_known(self, key: str) -> bool:
        """Whether it is there, or its access point has told of no radios now, so that nobody can say."""
        place = self._layout.rows.get(key.partition("/")[0])
        return place is not None and (not self._names[place] or self.row(key) is not None)


@dataclass(frozen=True, slots=True)
class ProbeColumn:
    """The newest checks of one kind at each access point. `is_ok` is 1 where all of them went well, 0 where one did
    not, NaN where there is none that is recent; `made_at_seconds` is when the oldest of them was made.
    `download_bits_per_second` is what the best of those that measure it moved."""

    is_ok: Floats
    made_at_seconds: Floats
    download_bits_per_second: Floats
    failures: Mapping[int, str]
    """What went wrong, by row, in the words of the check."""


@dataclass(frozen=True, slots=True)
class AgentWord:
    """What is known of an agent beside its reports. `clock_offset` is by how much its clock is wrong, behind the
    collector's where it is positive, by a frame received at `clock_measured_at`. `dropped` counts frames that its spool
    gave up within the last hour, `refused_places` the reports for others' places in the same time, with the newest
    detail."""

    agent: str
    is_online: bool | None = None
    clock_offset: timedelta | None = None
    clock_measured_at: datetime | None = None
    dropped: int = 0
    dropped_at: datetime | None = None
    foreign_reports: int = 0
    foreign_at: datetime | None = None
    foreign_detail: str = ""


@dataclass(frozen=True, slots=True)
class UnknownThing:
    """A device that reports and has no place."""

    key: str
    agent: str
    device: Device
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class CollectorHealth:
    """How the collector itself is: how long the oldest of what it has received and not stored has waited, bundles of
    backlog behind the present, frames deferred within the last minutes, what stands in its way, in words. The
    certificates that it goes by, or has given, are None before they were looked at."""

    commit_delay_seconds: float = 0.0
    pending_frames: int = 0
    deferred_frames: int = 0
    problems: tuple[str, ...] = ()
    certificates: KnownCertificates | None = None


@dataclass(frozen=True)
class Snapshot:
    """Everything that rules see. `listening_since` is when the collector began to hear what it hears now; None while it
    hears nothing, of which nothing follows for anybody."""

    now: datetime
    listening_since: datetime | None
    layout: Layout
    places: Places
    radios: Radios
    probes: Mapping[str, ProbeColumn]
    agents: Mapping[str, AgentWord]
    unknown: Mapping[str, UnknownThing]
    collector: CollectorHealth

    @property
    def now_seconds(self) -> float:
        """The instant as seconds since 1970."""
        return self.now.timestamp()

    @cached_property
    def radio_is_heard(self) -> Flags:
        """For each radio, whether its access point reports now."""
        return self.places.is_heard[self.radios.place]
