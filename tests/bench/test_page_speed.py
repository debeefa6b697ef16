"""How soon each page's HTML is there in a city of 25,000 access points, and a table of that.

The application is asked as a server would ask it, without a network between. The garbage collector is out of the way,
as the collector itself has it, and what pages hold for a while has been asked for once before.
"""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from large_city import CitySize, fill_state, fill_store, make_fleet, make_inventory
from rig import IS_QUICK
from web_services import services_over

from collector.housekeeping import collect_garbage
from collector.state.accounts import add_user
from collector.state.database import open_database
from collector.state.login_sessions import log_in
from collector.state.settings import StateSettings
from collector.stores.duckdb import open_store
from collector.web.application import create_application
from collector.web.guard import SESSION_COOKIE

SIZE = CitySize(access_points=2_500, sites=300, orders=500) if IS_QUICK else CitySize(25_000, 3_000, 5_000)
WITHIN_SECONDS = 0.3
TIMES = 5
SITE = "yeouido"
PLACE = "yeouido-001"
PAGES = {
    "overview": "/",
    "access_points": "/access-points",
    "access_points_filtered": "/access-points?state=silent&text=facility",
    "access_points_sorted": "/access-points?sort=-clients",
    "access_points_last_page": "/access-points?sort=device&page=1000000",
    "search": "/search?q=facility-1",
    "search_for_a_serial": "/search?q=EX0000",
    "site": f"/sites/{SITE}",
    "access_point": f"/access-points/{PLACE}",
    "plan": "/plan",
    "programme": "/programme",
    "orders": "/orders",
    "orders_of_a_status": "/orders?status=assigned",
    "order": "/orders/2",
    "work": "/work-lists?technician=technician-02",
}
"""A name for the figures, and the address."""


@dataclass(frozen=True, slots=True)
class RunningClock:
    """A clock that began at `now` when it was made: what pages hold grows old as it does in service."""

    now: datetime
    began: float

    def __call__(self) -> datetime:
        return self.now + timedelta(seconds=time.monotonic() - self.began)


@pytest.fixture
async def reader(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who is logged in, and reads the pages of the city."""
    now = datetime.now(UTC)
    inventory = make_inventory(SIZE)
    state = open_database(StateSettings(), tmp_path / "state.sqlite")
    fill_state(state, inventory, SIZE, now)
    path = tmp_path / "points.duckdb"
    await open_store(path).close()
    fill_store(path, SITE, inventory, now)
    fleet = make_fleet(inventory, now)
    add_user(state, "reader", "a password of theirs", now)
    token = log_in(state, "reader", "a password of theirs", now)
    assert token is not None
    store = open_store(path)
    clock = RunningClock(now, time.monotonic())
    application = create_application(
        services_over(inventory=inventory, fleet=fleet, store=store, state=state, clock=clock)
    )
    garbage = asyncio.create_task(collect_garbage(), name="garbage")
    try:
        async with (
            application.router.lifespan_context(application),
            httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://city.test") as client,
        ):
            client.cookies.set(SESSION_COOKIE, token)
            await application.state.city.has_read.wait()
            yield client
    finally:
        garbage.cancel()
        await store.close()
        state.dispose()


@pytest.mark.timeout(1200)
async def test_pages_of_a_large_city(reader: httpx.AsyncClient, note: Callable[[str, float], None]) -> None:
    too_slow = {}
    for name, path in PAGES.items():
        first = await seconds_of(reader, path)
        times = [await seconds_of(reader, path) for _ in range(TIMES)]
        note(f"page_{name}_first_milliseconds", first * 1000)
        note(f"page_{name}_p50_milliseconds", statistics.median(times) * 1000)
        if max(first, statistics.median(times)) >= WITHIN_SECONDS:
            too_slow[path] = [first, *times]
    assert IS_QUICK or too_slow == {}


async def seconds_of(reader: httpx.AsyncClient, path: str) -> float:
    began = time.perf_counter()
    answer = await reader.get(path)
    seconds = time.perf_counter() - began
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    assert answer.text.rstrip().endswith("</html>")
    return seconds
