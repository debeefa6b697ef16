"""All figures of one collector, from what it knows into a real engine."""

import asyncio
import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from engines import VictoriaMetrics
from harness import eventually, write_collector
from judged_places import keep_verification, see_replacement, verification
from sqlalchemy import Engine
from writing import write

from agent.wire import AgentHealth, Probe, Radio, Report, Status
from collector.config import WithInflux, load_settings
from collector.election import Election
from collector.figures.joining import join_figures
from collector.figures.measurements import MEASUREMENTS
from collector.fleet import Fleet, HeardHealth
from collector.metrics import Metrics
from collector.readings import Reading
from collector.replacement.book import Book
from collector.stores import FrameKey, StoredFrame, StoredReport
from collector.stores.influx import InfluxStore, open_store
from collector.subscriber import utc_now
from dashboards.metrics import metrics as metrics_of_boards
from inventory import load_inventory

DAY = timedelta(days=1)
A_WINDOW_THAT_IS_OVER = timedelta(minutes=12)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[VictoriaMetrics]:
    engine = VictoriaMetrics(tmp_path)
    engine.start()
    yield engine
    engine.kill()


def report(at: datetime) -> Report:
    radio = Radio(name="radio0", band="5", channel=36, is_up=True, clients=4, busy_ratio=0.5, retry_ratio=0.1)
    check = Probe(kind="portal", target="https://portal.example", is_ok=True, latency_seconds=0.05)
    return Report(observed_at=at, interval_seconds=60, clients=4, radios=(radio,), probes=(check,))


async def store_one(store: InfluxStore, at: datetime) -> None:
    stored = StoredReport("lab-001", at, False, report(at))
    assert not await write(store, [StoredFrame(FrameKey("gw-lab", "00c0ffee", 1), at, (stored,), ())])


def fleet_of(now: datetime) -> Fleet:
    fleet = Fleet([("lab-001", Reading.of(report(now), now, now, "gw-lab"))])
    fleet.remember_status(Status(version=1, agent="gw-lab", boot_id="00c0ffee", is_online=True, since=now))
    fleet.remember_health("gw-lab", HeardHealth(now, AgentHealth(spooled_frames=1, dropped_frames=0)))
    return fleet


def some_metrics() -> Metrics:
    metrics = Metrics()
    metrics.quarantined.labels("not_json").inc()
    metrics.deliveries.labels("ops", "delivered").inc()
    return metrics


def replace_one(state: Engine, now: datetime) -> None:
    """At a place that is measured to have become faster."""
    see_replacement(state, "lab-002", now)
    keep_verification(state, verification(now - DAY, now, {"lab-002": 4.5}))


def measurements_in(engine: VictoriaMetrics) -> set[str]:
    engine.flush()
    with urllib.request.urlopen(f"{engine.url}/api/v1/label/__name__/values", timeout=30) as answer:
        names = set(json.load(answer)["data"])
    told = {metric.measurement for metric in metrics_of_boards().values() if metric.prometheus_name in names}
    return told & {measurement.name for measurement in MEASUREMENTS}


async def test_every_measurement_of_the_list_comes_into_the_engine(
    tmp_path: Path, state: Engine, engine: VictoriaMetrics
) -> None:
    """Every second instead of every minute or five."""
    store_table = f'[store]\nkind = "influx"\nengine = "victoriametrics"\nurl = "{engine.url}"'
    path = write_collector(tmp_path, f"[embedded_broker]\n{store_table}", web_port=8080)
    settings = load_settings(path)
    assert isinstance(settings, WithInflux)
    inventory = load_inventory(settings.collector.inventory)
    store = open_store(settings.store)
    now = datetime.now(UTC)
    await store_one(store, now - A_WINDOW_THAT_IS_OVER)
    engine.flush()
    replace_one(state, now)
    election = Election(state)
    steps = join_figures(
        settings=settings,
        inventory=inventory,
        fleet=fleet_of(now),
        store=store,
        state=state,
        book=Book(state, inventory),
        metrics=some_metrics(),
        election=election,
        clock=utc_now,
        at_least_every_seconds=1,
    )
    tasks = [asyncio.create_task(election.run())]
    await election.elected()
    tasks += [asyncio.create_task(step(), name=name) for name, step in steps.items()]
    wanted = {measurement.name for measurement in MEASUREMENTS}
    try:
        await eventually(lambda: measurements_in(engine) == wanted or any(task.done() for task in tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await store.close()
    assert measurements_in(engine) == wanted
