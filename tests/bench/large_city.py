"""A city of 25,000 access points at 3,000 sites with 5,000 orders, for the measurements of the pages.

All of it is put where the collector would have put it: readings into the fleet, devices, orders and a judgement into
the state database, a day of one park's reports into the store.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import duckdb
from believable_reports import TIMESTAMP, mac, report_json, serial
from judged_places import add_run, told
from sqlalchemy import Engine, insert

from agent.wire import Report
from collector.fleet import Fleet
from collector.legacy.documents import Standing
from collector.orders.order import CLOSED, OldDevice, Order, OrderChange, Status
from collector.readings import Reading
from collector.state.order_tables import order_changes, orders
from collector.state.tables import devices_seen
from inventory.districts import DISTRICTS
from inventory.models import AccessPoint, Inventory, Site, SiteKind
from inventory.reading import load_parks

_PARK_PLACES = 114
"""Yeouido's number."""
_OLD_MODEL = "EX-2000"
_STANDINGS = (Standing.REPLACE, Standing.MEND, Standing.KEEP, Standing.INSUFFICIENT)
_FACILITY_KINDS = tuple(kind for kind in SiteKind if kind is not SiteKind.PARK)
_REPORTS = """
INSERT INTO reports BY NAME
SELECT access_point, bucket AS observed_at, 600.0 AS interval_seconds, true AS is_up,
       floor(60 * random())::BIGINT AS clients,
       floor(2e8 * random()) AS download_bits_per_second, floor(4e7 * random()) AS upload_bits_per_second
FROM (SELECT unnest(range($since::TIMESTAMP, $until::TIMESTAMP, INTERVAL 10 MINUTE)) AS bucket),
     (SELECT unnest($places) AS access_point)
"""


@dataclass(frozen=True, slots=True)
class CitySize:
    """How large it is. The parks are the real ones."""

    access_points: int
    sites: int
    orders: int


def make_inventory(size: CitySize) -> Inventory:
    """The parks with as many access points as Yeouido has, and facilities that share the others evenly."""
    parks = load_parks()
    facilities = [_facility(number) for number in range(size.sites - len(parks))]
    of_parks = [
        AccessPoint(id=f"{park.id}-{number + 1:03}", site=park.id) for park in parks for number in range(_PARK_PLACES)
    ]
    of_facilities = [
        AccessPoint(
            id=f"{facilities[number % len(facilities)].id}-{number // len(facilities) + 1:02}",
            site=facilities[number % len(facilities)].id,
            name=f"{number // len(facilities) + 1}층 로비",
        )
        for number in range(size.access_points - len(of_parks))
    ]
    return Inventory(sites=(*parks, *facilities), access_points=(*of_parks, *of_facilities))


def make_fleet(inventory: Inventory, now: datetime) -> Fleet:
    """Every hundredth place is silent since some hours, every two-hundredth was never heard of."""
    draw = Random(6)
    return Fleet(
        (place, _reading(place, number, now, draw))
        for number, place in enumerate(inventory.access_points)
        if number % 200 != 150
    )


def fill_state(state: Engine, inventory: Inventory, size: CitySize, now: datetime) -> None:
    """A device at every place and another one before it at every tenth, a judgement of all, and the orders."""
    places = list(inventory.access_points.values())
    with state.begin() as connection:
        connection.execute(insert(devices_seen), list(_devices(places, now)))
        wanted = [_order(number + 1, place, now) for number, place in enumerate(_spread(places, size.orders))]
        connection.execute(insert(orders), [_order_row(order) for order in wanted])
        connection.execute(insert(order_changes), [_change_row(order) for order in wanted])
    documents = [
        told(place.id, place.site, _STANDINGS[number % len(_STANDINGS)], number=35.2)
        for number, place in enumerate(places)
    ]
    add_run(state, documents, ranked=[each.access_point for each in documents if each.standing is Standing.REPLACE])


def fill_store(path: Path, site: str, inventory: Inventory, now: datetime) -> None:
    """A day of the access points of one site, a report every ten minutes, into a store's file that is there already."""
    until = now.replace(tzinfo=None, second=0, microsecond=0)
    span = {"since": until - timedelta(days=1), "until": until}
    with duckdb.connect(path) as connection:
        connection.execute(_REPORTS, span | {"places": [place.id for place in inventory.access_points_of(site)]})


def _facility(number: int) -> Site:
    district = DISTRICTS[number % len(DISTRICTS)]
    return Site(
        id=f"facility-{number + 1:04}",
        kind=_FACILITY_KINDS[number % len(_FACILITY_KINDS)],
        name_ko=f"{district.name_ko} 시설 {number + 1}",
        name_en=f"{district.name_en} facility {number + 1}",
        district=district.name_ko,
        latitude=district.latitude,
        longitude=district.longitude,
    )


def _reading(place: str, number: int, now: datetime, draw: Random) -> Reading:
    silent_for = timedelta(hours=1 + number % 7) if number % 100 == 50 else timedelta(0)
    observed_at = now - timedelta(seconds=number % 60) - silent_for
    document = report_json(place, number, draw).replace(TIMESTAMP, observed_at.isoformat())
    return Reading.of(Report.model_validate_json(document), observed_at, observed_at, f"gw-{number % 40:02}")


def _devices(places: list[AccessPoint], now: datetime) -> Iterator[dict[str, object]]:
    for number, place in enumerate(places):
        model = ("EX-6000", "EX-5000", _OLD_MODEL)[number % 3]
        row = {"access_point": place.id, "vendor": "Example", "first_seen": now - timedelta(days=30), "last_seen": now}
        yield row | {"serial": serial(number), "model": model, "mac": mac(number)}
        if number % 10 == 0:
            before = {"first_seen": now - timedelta(days=400), "last_seen": now - timedelta(days=31)}
            yield row | before | {"serial": f"OLD{number:08}", "model": _OLD_MODEL, "mac": None}


def _spread(places: list[AccessPoint], number: int) -> list[AccessPoint]:
    """So many places from all over the city."""
    return [places[at * len(places) // number] for at in range(number)]


def _order(number: int, place: AccessPoint, now: datetime) -> Order:
    status = tuple(Status)[number % len(Status)]
    opened_at = now - timedelta(days=20, minutes=number)
    return Order(
        id=number,
        version=1,
        access_point=place.id,
        site=place.site,
        status=status,
        held_from=Status.ASSIGNED if status is Status.ON_HOLD else None,
        rank=number,
        old=OldDevice(vendor="Example", model=_OLD_MODEL),
        vendor="Bravo",
        model="B-7",
        planned_on=now.date(),
        technician=f"technician-{number % 20:02}",
        reason="as it was" if status in {Status.ON_HOLD, Status.REJECTED, Status.CANCELLED} else None,
        new_serial=f"NEW{number:08}" if status in {Status.INSTALLED, Status.VERIFYING, Status.ACCEPTED} else None,
        watch_from=opened_at,
        opened_at=opened_at,
        opened_by="planner",
        changed_at=opened_at,
        changed_by="planner",
    )


def _order_row(order: Order) -> dict[str, object]:
    columns = (
        "id",
        "version",
        "access_point",
        "site",
        "technician",
        "planned_on",
        "is_silent",
        "new_serial",
        "new_mac",
    )
    return {name: getattr(order, name) for name in columns} | {
        "status": str(order.status),
        "is_closed": order.status in CLOSED,
        "opened_at": order.opened_at,
        "changed_at": order.changed_at,
        "document": json.dumps({"format": 1, "order": order.model_dump(mode="json")}, ensure_ascii=False),
    }


def _change_row(order: Order) -> dict[str, object]:
    change = OrderChange(
        order=order.id,
        version=1,
        at=order.opened_at,
        by=order.opened_by,
        from_status=None,
        to_status=order.status,
        fields={},
    )
    document = json.dumps({"format": 1, "change": change.model_dump(mode="json")}, ensure_ascii=False)
    return {"order_id": order.id, "version": 1, "at": change.at, "by": change.by, "document": document}
