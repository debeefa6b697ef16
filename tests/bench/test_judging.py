"""How long it takes to judge and rank a city of 25,000 access points, and to show the list.

Evidence of 28 days is drawn straight into DuckDB's hours, and everything goes the way it goes in service: the desk asks
the store, a process judges, the state database keeps, a page is asked for over ASGI.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import httpx
import pytest
from rig import IS_QUICK
from web_services import services_over

from agent.wire import Device, Interface, Radio, Report
from collector.evidence import Evidence
from collector.fleet import Fleet
from collector.legacy.assessing import in_order
from collector.legacy.settings import LegacySettings
from collector.readings import Reading
from collector.replacement.desk import ReplacementDesk
from collector.replacement.judging import judge
from collector.replacement.messages import Task
from collector.replacement.subjects import Subjects
from collector.state.accounts import add_user
from collector.state.database import open_database
from collector.state.login_sessions import log_in
from collector.state.settings import StateSettings
from collector.stores.duckdb import DuckDBStore, open_store
from collector.web.application import create_application
from collector.web.guard import SESSION_COOKIE
from collector.web.services import Services
from inventory.catalogue import load_catalogue
from inventory.models import AccessPoint, Inventory, Site, SiteKind

PLACES = 1_000 if IS_QUICK else 25_000
DAYS = 28
NOW = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 19, 15, tzinfo=UTC)
JUDGED_WITHIN_SECONDS = 10.0
SHOWN_WITHIN_SECONDS = 1.0
_LOAD = "((0.2 + 0.8 * ((h + 15 + 9) % 24 BETWEEN 12 AND 21)::INTEGER) * (hash(p) % 1000) / 1000.0)"
_HOURS = {
    "hourly_reports": {
        "reports": "60",
        "download_bits_per_second": f"6e7 * {_LOAD}",
        "upload_bits_per_second": f"1e7 * {_LOAD}",
        "peak_download_bits_per_second": f"9e7 * {_LOAD}",
        "clients": f"80 * {_LOAD}",
        "cpu_ratio": "0.2",
        "peak_temperature_celsius": "45",
        "least_uptime_seconds": "1e6 + 3600 * h",
    },
    "hourly_radios": {
        "name": "'radio' || x",
        "band": "CASE x WHEN 0 THEN '2.4' ELSE '5' END",
        "reports": "60",
        "busy_ratio": f"0.05 + 0.9 * {_LOAD}",
        "rx_ratio": f"0.3 * {_LOAD}",
        "tx_ratio": f"0.5 * {_LOAD}",
        "retry_ratio": f"0.2 * {_LOAD}",
        "clients": f"40 * {_LOAD}",
        "noise_dbm": "-92",
    },
    "hourly_interfaces": {
        "is_uplink": "true",
        "name": "'eth0'",
        "reports": "60",
        "up_ratio": "1",
        "least_speed_bits_per_second": "1e9",
        "max_speed_bits_per_second": "1e9",
        "rx_bits_per_second": f"6e7 * {_LOAD}",
        "tx_bits_per_second": f"1e7 * {_LOAD}",
        "rx_errors_per_second": "0",
        "tx_errors_per_second": "0",
    },
    "hourly_probes": {
        "kind": "['gateway', 'dns', 'portal'][x + 1]",
        "checks": "12",
        "good_checks": "12",
        "bad_checks": "0",
        "latency_seconds": "0.005",
        "loss_ratio": "0",
    },
}
_SERIES = {"hourly_radios": 2, "hourly_probes": 3}


def fill(store: DuckDBStore) -> None:
    cursor = store._connection.cursor()
    since = (MIDNIGHT - timedelta(days=DAYS)).replace(tzinfo=None)
    for table, columns in _HOURS.items():
        given = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
        for day in range(DAYS):
            cursor.execute(
                f"INSERT INTO {table} BY NAME SELECT format('ap-{{:05d}}', p) AS access_point,"
                f" TIMESTAMP '{since}' + to_hours(h::INTEGER) AS hour, {given}"
                f" FROM range({24 * day}, {24 * day + 24}) hours(h), range({PLACES}) places(p),"
                f" range({_SERIES.get(table, 1)}) series(x)"
            )
    cursor.execute("CHECKPOINT")
    cursor.close()


def city() -> Inventory:
    kinds = list(SiteKind)
    sites = tuple(
        Site(id=f"site-{number}", kind=kinds[number % len(kinds)], name_ko=f"시설 {number}", district="중구")
        for number in range(PLACES // 10)
    )
    places = tuple(AccessPoint(id=f"ap-{n:05}", site=f"site-{n // 10}") for n in range(PLACES))
    return Inventory(sites=sites, access_points=places)


def readings(inventory: Inventory) -> Fleet:
    """Devices of all models whose capacity the catalogue knows."""
    draw, models = Random(1), [m for m in load_catalogue().models if m.capacity_bits_per_second is not None]

    def reading(number: int) -> Reading:
        model = draw.choice(models)
        report = Report(
            observed_at=NOW,
            device=Device(vendor=model.vendor, model=model.model, serial=f"S{number}"),
            uplink=Interface(name="eth0", speed_bits_per_second=1e9),
            radios=(Radio(name="radio0", band="2.4"), Radio(name="radio1", band="5")),
        )
        return Reading.of(report, NOW, NOW, "gw")

    return Fleet((place, reading(number)) for number, place in enumerate(inventory.access_points))


class EvidenceKept:
    """The store, and what it answered."""

    def __init__(self, store: DuckDBStore) -> None:
        self._store = store
        self.kept: dict[str, Evidence] = {}
        self.seconds = 0.0

    def evidence(self, access_points: list[str], since: datetime, until: datetime) -> dict[str, Evidence]:
        began = time.perf_counter()
        answer = self._store.evidence(access_points, since, until)
        self.seconds += time.perf_counter() - began
        self.kept |= answer
        return answer


@pytest.mark.timeout(900)
async def test_a_city_is_judged_and_shown(tmp_path: Path, note: Callable[[str, float], None]) -> None:
    inventory, state = city(), open_database(StateSettings(), tmp_path / "state.sqlite")
    fleet, store = readings(inventory), open_store(tmp_path / "points.duckdb")
    fill(store)
    kept = EvidenceKept(store)
    desk = ReplacementDesk(
        inventory=inventory,
        fleet=fleet,
        store=kept,  # type: ignore[arg-type]  # of a store the desk asks for evidence only
        state=state,
        settings=LegacySettings(),
        clock=lambda: NOW,
    )
    began = time.perf_counter()
    await desk.judge()
    note("judging_whole_city_seconds", time.perf_counter() - began)
    note("judging_evidence_seconds", kept.seconds)
    subjects = Subjects(inventory, fleet, {}).of(inventory.access_points.values(), kept.kept)
    task, catalogue = Task(LegacySettings(), MIDNIGHT.date()), load_catalogue()
    began = time.perf_counter()
    ranked = in_order(judge(subjects, catalogue, task))
    flagged = time.perf_counter() - began
    note("flagging_and_ranking_seconds", flagged)
    assert len(ranked) > PLACES / 10
    services = replace(
        services_over(inventory=inventory, fleet=fleet, store=store, state=state, clock=lambda: NOW), desk=desk
    )
    shown = await page_seconds(services)
    note("plan_page_first_seconds", shown[0])
    note("plan_page_seconds", shown[1])
    await store.close()
    state.dispose()
    if not IS_QUICK:
        assert flagged < JUDGED_WITHIN_SECONDS
        assert max(shown) < SHOWN_WITHIN_SECONDS


async def page_seconds(services: Services) -> list[float]:
    """The first page of the list, by itself and once more."""
    add_user(services.state, "reader", "password", NOW)
    token = log_in(services.state, "reader", "password", NOW)
    assert token is not None
    transport = httpx.ASGITransport(create_application(services))
    taken = []
    async with httpx.AsyncClient(transport=transport, base_url="http://wifi.test") as client:
        client.cookies.set(SESSION_COOKIE, token)
        for _ in range(2):
            began = time.perf_counter()
            answer = await client.get("/plan")
            taken.append(time.perf_counter() - began)
            assert (answer.status_code, "ap-" in answer.text) == (200, True)
    return taken
