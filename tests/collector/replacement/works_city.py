"""A city in which devices were replaced: hours of twelve weeks, with an effect that is known."""

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, insert

from collector.legacy.verification import Works
from collector.state.tables import devices_seen
from collector.stores.duckdb import DuckDBStore, open_store
from inventory.models import AccessPoint, Inventory, Site, SiteKind

WORKS = Works(datetime(2026, 7, 26, 15, tzinfo=UTC), datetime(2026, 8, 9, 15, tzinfo=UTC))
"""Two weeks from a Monday on, in Korea."""
REPLACED, KEPT = 20, 24
DISTURBED = "lib-40"
OLD, NEW = ("MikroTik", "cAP ac"), ("HPE Aruba Networking", "AP-575")

INVENTORY = Inventory(
    sites=(
        Site(id="lib", kind=SiteKind.LIBRARY, name_ko="도서관", district="중구"),
        Site(id="sen", kind=SiteKind.SENIOR, name_ko="경로당", district="중구"),
    ),
    access_points=tuple(
        AccessPoint(id=f"{site}-{number:02}", site=site)
        for number in range(REPLACED + KEPT + 1)
        for site in (("lib", "sen")[number % 2],)
    ),
)


def is_replaced(place: str) -> bool:
    return int(place[4:]) < REPLACED


def note_devices(state: Engine) -> None:
    """One device at each place; another one where it was replaced. At one place they changed before the works."""

    def row(place: str, device: tuple[str, str], serial: str, first: datetime, last: datetime) -> dict[str, object]:
        vendor, model = device
        return {
            "access_point": place,
            "serial": serial,
            "vendor": vendor,
            "model": model,
            "mac": None,
            "first_seen": first,
            "last_seen": last,
        }

    begin, end = WORKS.windows.selection[0], WORKS.windows.after[1]
    rows = []
    for place in INVENTORY.access_points:
        replaced_at = WORKS.start + timedelta(days=3)
        if place == DISTURBED:
            replaced_at = WORKS.start - timedelta(days=9)
        if is_replaced(place) or place == DISTURBED:
            rows.append(row(place, OLD, f"old-{place}", begin, replaced_at))
            rows.append(row(place, NEW, f"new-{place}", replaced_at, end))
        else:
            rows.append(row(place, OLD, f"old-{place}", begin, end))
    with state.begin() as connection:
        connection.execute(insert(devices_seen), rows)


def open_city(path: Path, effect: float) -> DuckDBStore:
    """Hours that were rolled up: busy in the evening, different from place to place and week to week, `effect` times as
    much where a device was replaced, and a fifth more for everybody after the works. Each evening one active test
    moved ten times what flows."""
    store = open_store(path)
    cursor = store._connection.cursor()
    begin, end = (at.replace(tzinfo=None) for at in (WORKS.windows.selection[0], WORKS.windows.after[1]))
    hours = round((end - begin).total_seconds() / 3600)
    after = round((WORKS.end - WORKS.windows.selection[0]).total_seconds() / 3600)
    cursor.execute("CREATE TEMP TABLE places (name VARCHAR, level DOUBLE, effect DOUBLE)")
    places = [
        (name, 1e6 * (2 + math.sin(number)), effect if is_replaced(name) else 1.0)
        for number, name in enumerate(INVENTORY.access_points)
    ]
    cursor.executemany("INSERT INTO places VALUES (?, ?, ?)", places)
    cursor.execute(
        f"""CREATE TEMP TABLE flows AS SELECT name, TIMESTAMP '{begin}' + to_hours(h::INTEGER) AS hour,
        level * (CASE WHEN (h + 15 + 9) % 24 BETWEEN 18 AND 21 THEN 10 ELSE 1 END)
        * (1 + 0.1 * sin(h // 168 * 3 + level)) * (CASE WHEN h >= {after} THEN 1.2 * effect ELSE 1 END) AS flow,
        (h + 15 + 9) % 24 = 19 AS is_tested
        FROM places, range({hours}) hours(h)"""
    )
    cursor.execute(
        "INSERT INTO hourly_reports (access_point, hour, reports, download_bits_per_second,"
        " download_bits_per_second_count) SELECT name, hour, 60, flow, 60 FROM flows"
    )
    cursor.execute(
        "INSERT INTO hourly_probes (access_point, hour, kind, direction, checks, good_checks, bad_checks,"
        " good_throughput_bits_per_second, good_throughput_count)"
        " SELECT name, hour, 'throughput', 'download', 1, 1, 0, 10 * flow, 1 FROM flows"
        " WHERE is_tested"
    )
    cursor.close()
    return store
