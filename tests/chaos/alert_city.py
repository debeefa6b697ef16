"""The city that the tests of alerts live in, and the configuration by which it is watched: see `chaos.alert_world`."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alert_cities import City
from chaos.alert_receivers import SECRET

from collector.alerts.endpoints.tables import check_endpoints
from collector.alerts.judging.snapshot import Layout, Snapshot
from collector.alerts.rules import rules
from collector.alerts.settings import AlertSettings
from inventory import Inventory
from inventory.models import AccessPoint, Site, SiteKind

START = datetime(2026, 7, 15, 3, 0, tzinfo=UTC)
"""A Wednesday's noon in Korea."""
PLACES = ("hall-1", "hall-2", "park-1", "park-2", "park-3")
ENDPOINTS = ("ops", "office", "hall")
WAIT_SECONDS, HOLD_SECONDS, UPDATE_SECONDS, CLEAR_SECONDS = 2.0, 10.0, 20.0, 3.0
_JUDGED = ("access_point_silent", "site_outage", "uplink_down", "watchdog")


def inventory() -> Inventory:
    """Two sites; park-3 hangs on park-1."""
    sites = {place.partition("-")[0] for place in PLACES}
    return Inventory(
        sites=tuple(Site(id=name, kind=SiteKind.PARK, name_ko=name, district="마포구") for name in sorted(sites)),
        access_points=tuple(
            AccessPoint(id=name, site=name.partition("-")[0], parent="park-1" if name == "park-3" else None)
            for name in PLACES
        ),
    )


def alert_settings(
    folder: Path,
    *,
    urls: Mapping[str, str] = {},
    judged: Sequence[str] = _JUDGED,
    clears_after: float = CLEAR_SECONDS,
    **keys: Any,
) -> AlertSettings:
    """Three endpoints: for everything, for office hours, and for one site with the watchdog. `urls` are their addresses
    where they are real, `judged` the rules that are switched on; `keys` are others of the `[alerts]` table."""
    secret = folder / "secret"
    secret.write_text(SECRET)
    tables = [
        {
            "name": name,
            "kind": "standard_webhooks",
            "url": urls.get(name, f"https://{name}.test/hook"),
            "secret_file": str(secret),
        }
        for name in urls or ENDPOINTS
    ]
    routes: list[dict[str, Any]] = [
        {"endpoints": ["ops"]},
        {"endpoints": ["office"], "hours": ["09:00-18:00"]},
        {"endpoints": ["hall"], "sites": ["hall"]},
        {"endpoints": ["hall"], "rules": ["watchdog"]},
    ]
    table = {
        "wait_seconds": WAIT_SECONDS,
        "hold_at_most_seconds": HOLD_SECONDS,
        "update_every_seconds": UPDATE_SECONDS,
        "watchdog_every_seconds": 600.0,
        "rules": {kind: {"is_enabled": kind in judged, "clear_after_seconds": clears_after} for kind in rules()},
        "routes": [] if urls else routes,
        "endpoints": tables,
    }
    path = folder / "collector.toml"
    return AlertSettings.model_validate(table | keys).with_endpoints(check_endpoints(tables, path), path)


class Ailments:
    """What ails the places of the city, and how that is seen."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._silent: set[str] = set()
        self._unknown: set[str] = set()
        self._cut: set[str] = set()

    def fall_silent(self, places: Sequence[str]) -> None:
        self._silent |= set(places)
        self._unknown -= set(places)

    def become_unknown(self, places: Sequence[str]) -> None:
        """Nobody can say how they are."""
        self._unknown |= set(places)
        self._silent -= set(places)

    def cut_uplink(self, place: str) -> None:
        self._cut.add(place)

    def turn(self, place: str) -> None:
        """Silent if it was not, and heard of if it was."""
        self._silent ^= {place}

    def come_back(self, places: Sequence[str]) -> None:
        """Nothing ails them any more."""
        for ailing in (self._silent, self._unknown, self._cut):
            ailing -= set(places)

    def look(self, now: datetime) -> Snapshot:
        """The city as it is."""
        city = City(self._layout, now).place(*PLACES, uplink_is_up=1.0).place(*self._cut, uplink_is_up=0.0)
        return city.silent(*self._silent).not_known(*self._unknown).snapshot()
