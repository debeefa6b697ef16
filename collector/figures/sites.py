"""What the windows of access points come to for their sites. Pure; for `collector.figures.rollup`."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

from collector.figures.figure import Figure
from collector.figures.kinds import figures_of_kinds
from collector.figures.measurements import SITE, SITE_BAND, SITE_CHECK, SITE_HOUR, WINDOW_SECONDS
from collector.figures.site_tags import site_tags
from collector.figures.windows import AccessPointWindow, BandSums, CheckSums
from collector.korean_time import KST
from inventory.models import AccessPoint, Inventory, Site

_USAGE = ("clients", "download_bits_per_second", "upload_bits_per_second")

Sums = TypeVar("Sums", BandSums, CheckSums)


def site_figures(
    windows: Iterable[AccessPointWindow],
    begins: Iterable[datetime],
    *,
    inventory: Inventory,
    ever_seen: Collection[str],
    first_seen: Mapping[str, datetime] = MappingProxyType({}),
) -> Iterator[Figure]:
    """The figures of every site with access points in each of the windows that begin then, also where nothing was
    heard, and those of all sites of a kind. `windows` are all that access points told in them, `ever_seen` those that
    tell of themselves; before they were first seen, where that is known, they were not silent."""
    told: dict[datetime, dict[str, AccessPointWindow]] = defaultdict(dict)
    for window in windows:
        told[window.begins_at][window.access_point] = window
    sites = [(site, inventory.access_points_of(site.id)) for site in inventory.sites.values()]
    for at in begins:
        of_sites: list[Figure] = []
        for site, places in sites:
            if places:
                expected = [place for place in places if place.id in ever_seen and first_seen.get(place.id, at) <= at]
                of_sites += _of_site(site, places, at, told.get(at, {}), {place.id for place in expected})
        yield from of_sites
        yield from figures_of_kinds(of_sites)


def _of_site(
    site: Site,
    places: Sequence[AccessPoint],
    at: datetime,
    told: Mapping[str, AccessPointWindow],
    seen_before: Collection[str],
) -> Iterator[Figure]:
    windows = [told[place.id] for place in places if place.id in told]
    heard = {window.access_point for window in windows if window.reported_seconds}
    expected = sum(place.id in seen_before or place.id in heard for place in places)
    tags = site_tags(site)
    values: dict[str, float | None] = {"access_points": float(len(places))}
    if expected:  # a share of nothing is 0 to InfluxDB, and no share to PromQL
        values["expected_seconds"] = float(expected * WINDOW_SECONDS)
        values["reported_seconds"] = sum((_heard_seconds(window) for window in windows), 0.0)
    values |= {field: _weighted(windows, field) for field in _USAGE}
    yield Figure(SITE, tags, at, values)
    for band, of_band in sorted(_together(BandSums, (window.bands for window in windows)).items()):
        yield Figure(SITE_BAND, {**tags, "band": band}, at, _known(of_band))
    checks = _together(CheckSums, (window.checks for window in windows))
    for kind, of_kind in sorted(checks.items()):
        yield Figure(SITE_CHECK, {**tags, "check": kind}, at, _known(of_kind))
    if any(of_kind.checks for of_kind in checks.values()):
        in_korea = at.astimezone(KST)
        hour = {**tags, "weekday": f"{in_korea.isoweekday()}", "hour": f"{in_korea:%H}"}
        yield Figure(SITE_HOUR, hour, at, _of_all_kinds(checks.values()))


def _heard_seconds(window: AccessPointWindow) -> float:
    """Two that tell of one access point do not make it there twice."""
    return min(window.reported_seconds, float(WINDOW_SECONDS))


def _weighted(windows: Iterable[AccessPointWindow], field: str) -> float | None:
    """The means of a field, each weighted by the part of the window in which its access point was heard; None where
    none tells it."""
    means = [(getattr(window, field), _heard_seconds(window) / WINDOW_SECONDS) for window in windows]
    known = [mean * part for mean, part in means if mean is not None and part]
    return sum(known) if known else None


def _together(kind: type[Sums], parts: Iterable[Mapping[str, Sums]]) -> dict[str, Sums]:
    """What access points told, added up by band or kind of check."""
    by_name: dict[str, list[Sums]] = defaultdict(list)
    for part in parts:
        for name, sums in part.items():
            by_name[name].append(sums)
    return {name: kind(*map(sum, zip(*sums, strict=True))) for name, sums in by_name.items()}


def _known(sums: BandSums | CheckSums) -> dict[str, float | None]:
    """By the names of fields, without the sums and counts of what nobody told."""
    values: dict[str, float | None] = sums._asdict()
    for name in [
        name.removesuffix("_count") for name, value in values.items() if name.endswith("_count") and not value
    ]:
        del values[f"{name}_sum"], values[f"{name}_count"]
    if values.get("checks") == 0:
        del values["checks"], values["failed_checks"]
    return values


def _of_all_kinds(checks: Collection[CheckSums]) -> dict[str, float]:
    return {
        "checks": sum(of_kind.checks for of_kind in checks),
        "failed_checks": sum(of_kind.failed_checks for of_kind in checks),
    }
