"""A city of 2,000 access points as the engines behind boards hold it after 30 days: the collector's figures of every
site, and raw reports of two sites. Lines are made by templates; the values are drawn, and tell nothing.

What no board asks for is left out, as are raw reports of other sites: a board asks for those of one site only, by
name, and an engine reads no more. What boards ask of this moment only is there for the last day.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product

from drawn_rows import DRAWN, asked_by_boards, drawn_rows

from collector.figures.measurements import MEASUREMENTS
from inventory.demo_fleet import demo_fleet
from inventory.models import SiteKind

_CHECKS = ("dns", "gateway", "portal", "throughput")
_BANDS = ("2.4", "5", "6")
_CHANNELS = (*product(("2.4",), ("1", "6", "11")), *product(("5",), ("36", "52", "100", "149")))


@dataclass(frozen=True, slots=True)
class Place:
    """A site and the names of its access points."""

    site: str
    kind: SiteKind
    access_points: tuple[str, ...]

    @property
    def tags(self) -> str:
        """As a line has them."""
        return f"kind={self.kind},site={self.site}"


def board_city(access_points: int, sites: int) -> tuple[Place, ...]:
    """The parks with as many access points as they have in the demo, and facilities that share the others evenly."""
    parks = [each for each in demo_fleet() if each.site.kind is SiteKind.PARK]
    made = [
        Place(park.site.id, park.site.kind, tuple(point.place.id for point in park.access_points)) for park in parks
    ]
    left, others = access_points - sum(len(park.access_points) for park in parks), sites - len(parks)
    kinds = [kind for kind in SiteKind if kind is not SiteKind.PARK]
    for number in range(others):
        site = f"facility-{number + 1:03}"
        size = left // others + (number < left % others)
        made.append(Place(site, kinds[number % len(kinds)], tuple(f"{site}-{ap + 1:02}" for ap in range(size))))
    return tuple(made)


class BoardCity:
    """Makes the lines. `long_site` has raw reports for all of the time, `large_site` for the last day."""

    def __init__(self, places: Sequence[Place], *, until: datetime, days: int) -> None:
        self._places = places
        self.until = until
        self.days = days
        by_name = sorted(places, key=lambda place: place.site)
        self.long_site = by_name[0]  # which boards show at first
        self.large_site = max(by_name, key=lambda place: len(place.access_points))
        self._rows = {name: drawn_rows(metrics) for name, metrics in asked_by_boards().items()}
        self._every_seconds = {each.name: each.every_seconds for each in MEASUREMENTS}

    def lines(self) -> Iterator[str]:
        """All of them, a day after another."""
        for day in range(self.days, 0, -1):
            since = self.until - timedelta(days=day)
            for place in self._places:
                yield from self._of_site(place, since)
            for kind in sorted({place.kind for place in self._places}):
                yield from self._of_kind(f"kind={kind}", since)
            yield from self._of_the_system(since)
            yield from self._reports(self.long_site, since)
        yield from self._reports(self.large_site, since)
        yield from self._known_now(since)

    def _of_site(self, place: Place, since: datetime) -> Iterator[str]:
        yield from self._series("wifi_site", place.tags, since)
        yield from self._series("wifi_programme", place.tags, since)
        for check in _CHECKS:
            yield from self._series("wifi_site_check", f"check={check},{place.tags}", since)
        yield from self._hours("wifi_site_hour", place.tags, since)

    def _of_kind(self, kind: str, since: datetime) -> Iterator[str]:
        yield from self._series("wifi_kind", kind, since)
        yield from self._series("wifi_kind_state", kind, since)
        for band in _BANDS:
            yield from self._series("wifi_kind_band", f"band={band},{kind}", since)
        for check in _CHECKS:
            yield from self._series("wifi_kind_check", f"check={check},{kind}", since)
        yield from self._hours("wifi_kind_hour", kind, since)

    def _hours(self, measurement: str, tags: str, since: datetime) -> Iterator[str]:
        """A day of what is kept apart by hour of the week; `tags` begin with the kind."""
        hour = since.replace(minute=0, second=0, microsecond=0)
        while hour < self.until and hour < since + timedelta(days=1):
            of_hour = f"hour={hour:%H},{tags},weekday={hour.isoweekday()}"
            yield from self._series(measurement, of_hour, hour, timedelta(hours=1))
            hour += timedelta(hours=1)

    def _of_the_system(self, since: datetime) -> Iterator[str]:
        yield from self._series("hangang_alerts", "", since)
        for collector in ("collector=collector-1", "collector=collector-2"):
            yield from self._series("hangang_agents", collector, since)
            yield from self._series("hangang_collector", collector, since)
            for outcome in ("deferred", "lost_by_engine", "refused", "repeated", "stored"):
                yield from self._series("hangang_collector_frames", f"{collector},outcome={outcome}", since)
            for reason in ("schema", "store", "unreadable"):
                yield from self._series("hangang_quarantine", f"{collector},reason={reason}", since)
            for result in ("again", "delivered", "refused"):
                yield from self._series("hangang_deliveries", f"{collector},endpoint=ops,result={result}", since)

    def _known_now(self, since: datetime) -> Iterator[str]:
        """What boards ask of this moment only."""
        for quantity in ("active", "passive"):
            yield from self._series("wifi_verification", f"quantity={quantity}", since)
        for place in self._places:
            name_ko = place.tags.replace(",", f",name_ko={place.site},")
            yield from self._series("wifi_site_state", f"district=중구,{name_ko}", since)
            for name in place.access_points:
                yield from self._series("wifi_place", f"access_point={name},{place.tags}", since)
            changed = f"access_point={place.access_points[0]},{place.tags}"
            yield from self._series("wifi_device_change", changed, since, timedelta(minutes=1))
        for name in self.large_site.access_points:
            yield from self._series("wifi_verified_place", f"access_point={name},site={self.large_site.site}", since)

    def _reports(self, place: Place, since: datetime) -> Iterator[str]:
        """Of how clients spread only one access point tells: one alone is asked about it."""
        for band in _BANDS:
            yield from self._series("wifi_site_band", f"band={band},{place.tags}", since)
        for band, channel in _CHANNELS:
            yield from self._series("wifi_site_channel", f"band={band},channel={channel},{place.tags}", since)
        radios = [("radio0", "2.4"), ("radio1", "5"), ("radio2", "6")][: 3 if place.kind is SiteKind.PARK else 2]
        for name in place.access_points:
            tag = f"access_point={name}"
            yield from self._series("wifi_report", tag, since)
            yield from self._series("wifi_interface", f"{tag},interface=eth0,role=uplink", since)
            for check in _CHECKS[:3]:
                yield from self._series("wifi_probe", f"{tag},kind={check}", since)
            for radio, band in radios:
                yield from self._series("wifi_radio", f"{tag},band={band},radio={radio}", since)
        tag = f"access_point={place.access_points[0]}"
        for radio, _ in radios:
            for bound in ("-75", "-65", "+Inf"):
                tags = f"{tag},quantity=client_signal_dbm,radio={radio},upper_bound={bound}"
                yield from self._series("wifi_client_distribution", tags, since)
            for standard in ("802.11ac", "802.11ax"):
                yield from self._series("wifi_client_standard", f"{tag},radio={radio},standard={standard}", since)

    def _series(
        self, measurement: str, tags: str, since: datetime, length: timedelta = timedelta(days=1)
    ) -> Iterator[str]:
        """One series: reports at a second of their own, figures at whole steps."""
        rows = self._rows.get(measurement)
        if rows is None:  # no board asks for it
            return
        name = f"{measurement},{tags}" if tags else measurement
        seed = zlib.crc32(name.encode())
        step = self._every_seconds.get(measurement, 60)
        own_second = 0 if measurement in self._every_seconds else seed % 60
        begin = -(-int(since.timestamp()) // step) * step + own_second
        end = min(since + length, self.until).timestamp()
        at = begin
        while at <= end:
            yield f"{name} {rows[(at // step + seed) % DRAWN]} {at}000"
            at += step
