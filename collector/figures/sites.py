"""What windows come to for sites. Pure; for `collector.figures.rollup`."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from collector.figures.figure import Figure
from collector.figures.kinds import followed_by_kinds
from collector.figures.measurements import SITE, SITE_BAND, SITE_CHECK, SITE_HOUR, WINDOW_SECONDS
from collector.figures.site_tags import site_tags
from collector.figures.site_tally import SitesWindow, SiteTally
from collector.figures.windows import USAGE
from collector.korean_time import KST
from inventory.models import AccessPoint, Site

_CHECKS = ("checks", "failed_checks")


def site_figures(
    told: SiteTally,
    begins: Iterable[datetime],
    *,
    ever_seen: Collection[str],
    first_seen: Mapping[str, datetime] = MappingProxyType({}),
) -> Iterator[Figure]:
    """The figures of every site with access points in each of the windows that begin then, also where nothing was
    heard, and behind them those of all sites of a kind. `told` has all that access points told in them; `ever_seen` are
    those that tell of themselves; before they were first seen, where that is known, they were not silent."""
    for at in begins:
        yield from followed_by_kinds(_of_sites(told, at, ever_seen, first_seen))


def _of_sites(
    told: SiteTally, at: datetime, ever_seen: Collection[str], first_seen: Mapping[str, datetime]
) -> Iterator[Figure]:
    window = told.window(at)
    for site in told.inventory.sites.values():
        places = told.inventory.access_points_of(site.id)
        if places:
            expected = {place.id for place in places if place.id in ever_seen and first_seen.get(place.id, at) <= at}
            yield from _of_site(site, places, at, window, expected)


def _of_site(
    site: Site, places: Sequence[AccessPoint], at: datetime, window: SitesWindow, seen_before: Collection[str]
) -> Iterator[Figure]:
    heard = {place.id: seconds for place in places if (seconds := _heard_seconds(window, place.id))}
    expected = sum(place.id in seen_before or place.id in heard for place in places)
    tags = site_tags(site)
    values: dict[str, float | None] = {"access_points": float(len(places))}
    if expected:  # a share of nothing is 0 to InfluxDB, and no share to PromQL
        values["expected_seconds"] = float(expected * WINDOW_SECONDS)
        values["reported_seconds"] = sum(heard.values(), 0.0)
    values |= {field: _weighted(window, heard, field) for field in USAGE}
    checks = list(window.checks.of(site.id))
    of_all_kinds: dict[str, float] = {}
    if any(of_kind["checks"] for _, of_kind in checks):
        of_all_kinds = {name: sum(of_kind[name] for _, of_kind in checks) for name in _CHECKS}
    yield Figure(SITE, tags, at, values | of_all_kinds)
    for band, of_band in window.bands.of(site.id):
        yield Figure(SITE_BAND, {**tags, "band": band}, at, _known(of_band))
    for kind, of_kind in checks:
        yield Figure(SITE_CHECK, {**tags, "check": kind}, at, _known(of_kind))
    if of_all_kinds or values["clients"] is not None:
        in_korea = at.astimezone(KST)
        hour = {**tags, "weekday": f"{in_korea.isoweekday()}", "hour": f"{in_korea:%H}"}
        yield Figure(SITE_HOUR, hour, at, {"clients": values["clients"], **of_all_kinds})


def _heard_seconds(window: SitesWindow, access_point: str) -> float:
    """Two that tell of one access point do not make it there twice."""
    return min(window.heard_seconds(access_point), float(WINDOW_SECONDS))


def _weighted(window: SitesWindow, heard: Mapping[str, float], field: str) -> float | None:
    """The means of a field, each weighted by the part of the window in which its access point was heard; None where
    none tells it."""
    means = [(window.mean(access_point, field), seconds / WINDOW_SECONDS) for access_point, seconds in heard.items()]
    known = [mean * part for mean, part in means if mean is not None]
    return sum(known) if known else None


def _known(sums: Mapping[str, float]) -> dict[str, float | None]:
    """By the names of fields, without the sums and counts of what nobody told."""
    values: dict[str, float | None] = dict(sums)
    for name in [name.removesuffix("_count") for name, value in sums.items() if name.endswith("_count") and not value]:
        del values[f"{name}_sum"], values[f"{name}_count"]
    if values.get("checks") == 0:
        del values["checks"], values["failed_checks"]
    return values
