"""Adds up what the access points of a site, or of the city, say right now. Pure; used by the overview and site pages.

Sums hold what is reporting now. What an access point said before it fell silent is its own page's business.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from collector.fleet import Fleet
from collector.readings import Presence, Reading
from inventory.models import AccessPoint, Inventory, Site


class SiteState(StrEnum):
    """How many of a site's access points are heard of."""

    ALL_REPORTING = "all_reporting"
    SOME_SILENT = "some_silent"
    ALL_SILENT = "all_silent"
    NEVER_SEEN = "never_seen"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Sum:
    """A total, and over how many access points. Absent where not one of them counts."""

    value: float | None = None
    sample: int = 0

    def __add__(self, other: "Sum") -> "Sum":
        if other.value is None:
            return self
        return Sum((self.value or 0) + other.value, self.sample + other.sample)


@dataclass(frozen=True, slots=True)
class Totals:
    """A set of access points together. `silent_since` is the last report of the one that has been silent longest,
    `clients_cut_off` what the silent ones counted in their last reports."""

    access_points: int = 0
    reporting: int = 0
    silent: int = 0
    never_seen: int = 0
    clients: Sum = Sum()
    download_bits_per_second: Sum = Sum()
    upload_bits_per_second: Sum = Sum()
    silent_since: datetime | None = None
    clients_cut_off: Sum = Sum()

    @property
    def not_reporting(self) -> int:
        """How many are silent now or were never heard of."""
        return self.silent + self.never_seen

    @property
    def state(self) -> SiteState:
        """A place that was never heard of counts as missing as soon as a neighbour has been."""
        if self.access_points == 0:
            return SiteState.EMPTY
        if self.never_seen == self.access_points:
            return SiteState.NEVER_SEEN
        if self.reporting == 0:
            return SiteState.ALL_SILENT
        return SiteState.ALL_REPORTING if self.reporting == self.access_points else SiteState.SOME_SILENT


@dataclass(frozen=True, slots=True)
class SiteSummary:
    """A site and its access points together."""

    site: Site
    totals: Totals


@dataclass(frozen=True, slots=True)
class AccessPointNow:
    """A place and what is known of it: whether it is heard of, and its newest reading, however old."""

    place: AccessPoint
    presence: Presence
    reading: Reading | None


def look_at(places: Iterable[AccessPoint], fleet: Fleet, now: datetime) -> list[AccessPointNow]:
    """Each place with its newest reading. The pipeline may write meanwhile: each reading is looked up once."""
    readings = fleet.readings
    seen = []
    for place in places:
        reading = readings.get(place.id)
        seen.append(AccessPointNow(place, reading.presence(now) if reading else Presence.NEVER_SEEN, reading))
    return seen


def add_up(access_points: Iterable[AccessPointNow]) -> Totals:
    """What they are together."""
    number = reporting = never_seen = 0
    clients: list[float] = []
    cut_off: list[float] = []
    download: list[float] = []
    upload: list[float] = []
    silent_since: datetime | None = None
    for each in access_points:
        number += 1
        if each.reading is None:
            never_seen += 1
        elif each.presence is Presence.SILENT:
            observed_at = each.reading.observed_at
            silent_since = observed_at if silent_since is None else min(silent_since, observed_at)
            _append_known(cut_off, each.reading.clients)
        else:
            reporting += 1
            _append_known(clients, each.reading.clients)
            _append_known(download, each.reading.traffic.download_bits_per_second)
            _append_known(upload, each.reading.traffic.upload_bits_per_second)
    return Totals(
        access_points=number,
        reporting=reporting,
        silent=number - reporting - never_seen,
        never_seen=never_seen,
        clients=_sum(clients),
        download_bits_per_second=_sum(download),
        upload_bits_per_second=_sum(upload),
        silent_since=silent_since,
        clients_cut_off=_sum(cut_off),
    )


def combine(parts: Iterable[Totals]) -> Totals:
    """The totals of all the parts together."""
    whole = Totals()
    for part in parts:
        since = [instant for instant in (whole.silent_since, part.silent_since) if instant is not None]
        whole = Totals(
            access_points=whole.access_points + part.access_points,
            reporting=whole.reporting + part.reporting,
            silent=whole.silent + part.silent,
            never_seen=whole.never_seen + part.never_seen,
            clients=whole.clients + part.clients,
            download_bits_per_second=whole.download_bits_per_second + part.download_bits_per_second,
            upload_bits_per_second=whole.upload_bits_per_second + part.upload_bits_per_second,
            silent_since=min(since, default=None),
            clients_cut_off=whole.clients_cut_off + part.clients_cut_off,
        )
    return whole


def summarise_sites(inventory: Inventory, fleet: Fleet, now: datetime) -> list[SiteSummary]:
    """Every site of the inventory, in its order, in one pass over the access points."""
    return [
        SiteSummary(site, add_up(look_at(inventory.access_points_of(site.id), fleet, now)))
        for site in inventory.sites.values()
    ]


def _append_known(values: list[float], value: float | None) -> None:
    if value is not None:
        values.append(value)


def _sum(values: list[float]) -> Sum:
    return Sum(sum(values), len(values)) if values else Sum()
