"""How long an evaluation of all rules takes over a city."""

import contextlib
import gc
import os
import statistics
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alert_delivery import alert_settings, webhook_endpoint
from large_city import CitySize, make_inventory
from measuring import Note
from processes import memory_megabytes
from rig import COLLECTOR_CORE, IS_QUICK, need_two_cores
from sqlalchemy import Engine
from watched_city import ONE_IN, WatchedCity
from webhook_receiver import SECRET

from collector.alerting.evaluation import Evaluation
from collector.alerting.eyes import Eyes
from collector.alerts.alert import Phase
from collector.alerts.judging.snapshot import CollectorHealth
from collector.fleet import Newest
from collector.metrics import Metrics
from collector.readings import Presence
from collector.state.database import open_database
from collector.state.deliveries import claim, due, note_delivered
from collector.state.leadership import begin_epoch
from collector.state.settings import StateSettings
from collector.stores.duckdb import open_store
from inventory import Inventory
from inventory.catalogue import load_catalogue

SIZE = CitySize(access_points=2_500, sites=300, orders=0) if IS_QUICK else CitySize(25_000, 3_000, 0)
BEGINS = datetime(2026, 7, 15, 3, tzinfo=UTC)
LOOKS_EVERY = timedelta(seconds=2)
LOOKS = 20 if IS_QUICK else 150
EVALUATED_WITHIN_SECONDS = 1.0


class Watch:
    """What the collector watches with, step by step, of a city that reports. How long each look takes, and each
    evaluation, and how much of a processor both together."""

    def __init__(self, city: WatchedCity, eyes: Eyes, evaluation: Evaluation, state: Engine, epoch: int) -> None:
        self.city, self.now = city, BEGINS
        self.evaluation = evaluation
        self.looks: list[float] = []
        self.evaluations: list[float] = []
        self.of_processor: list[float] = []
        self._eyes = eyes
        self._state = state
        self._epoch = epoch

    def step(self, span: timedelta) -> None:
        """The time of so much later. All that is to be told arrives."""
        self.now += span
        newest = Newest(self.city.report(self.now, span), {}, {})
        began, used = time.perf_counter(), time.thread_time()
        snapshot = self._eyes.look(newest, self.now)
        looked = time.perf_counter()
        self.evaluation.evaluate(snapshot)
        self.looks.append(looked - began)
        self.evaluations.append(time.perf_counter() - looked)
        self.of_processor.append(time.thread_time() - used)
        while found := due(self._state, "ops", self.now, 100):
            for each in found:
                assert claim(self._state, each.notice, self._epoch, self.now)
                note_delivered(self._state, each.notice, self.now)

    def forget_times(self) -> None:
        """Of what was only to come to here."""
        for times in (self.looks, self.evaluations, self.of_processor):
            times.clear()

    @property
    def together(self) -> list[float]:
        """Each look with its evaluation."""
        return [sum(each) for each in zip(self.looks, self.evaluations, strict=True)]


@contextlib.asynccontextmanager
async def watch(folder: Path, inventory: Inventory, city: WatchedCity) -> AsyncIterator[Watch]:
    """One that tells an endpoint, over databases of its own."""
    settings = alert_settings(folder, [webhook_endpoint(folder, "ops", "https://ops.test", SECRET)])
    state, store = open_database(StateSettings(), folder / "state.sqlite"), open_store(folder / "points.duckdb")
    with state.begin() as connection:
        epoch = begin_epoch(connection, BEGINS)
    eyes = Eyes(
        inventory=inventory,
        catalogue=load_catalogue(),
        store=store,
        state=state,
        listening_since=lambda: BEGINS - timedelta(days=1),
        health=CollectorHealth,
    )
    evaluation = Evaluation(state=state, inventory=inventory, settings=settings, metrics=Metrics(), epoch=epoch)
    evaluation.begin(BEGINS)
    try:
        yield Watch(city, eyes, evaluation, state, epoch)
    finally:
        eyes.close()
        await store.close()
        state.dispose()


@pytest.mark.timeout(900)
async def test_all_rules_over_a_city(tmp_path: Path, note: Note, on_core: Callable[[int], None]) -> None:
    """Looked at every other second, after an hour in which what must last has lasted. The first time all is read that
    is kept afterwards, and the store is asked, as it is once an hour. What counts is processor time, which a busy
    neighbour disturbs least."""
    need_two_cores()
    on_core(COLLECTOR_CORE)
    inventory = make_inventory(SIZE)
    city = WatchedCity(tuple(inventory.access_points), BEGINS)
    gc.collect()
    gc.freeze()
    async with watch(tmp_path, inventory, city) as watching:
        before = memory_megabytes(os.getpid())
        watching.step(LOOKS_EVERY)
        note("alerts_first_look_and_evaluation_cpu_seconds", watching.of_processor[0])
        for _ in range(60):
            watching.step(timedelta(minutes=1))
        watching.forget_times()
        for _ in range(LOOKS):
            watching.step(LOOKS_EVERY)
        firing = sum(alert.phase is Phase.FIRING for alert in watching.evaluation.open_alerts.values())
        gc.collect()
        note("alerts_memory_megabytes", memory_megabytes(os.getpid()) - before)
    gc.unfreeze()
    note("alerts_firing", firing)
    note("alerts_look_p50_seconds", statistics.median(watching.looks))
    note("alerts_evaluation_p50_seconds", statistics.median(watching.evaluations))
    note("alerts_look_and_evaluation_p50_seconds", statistics.median(watching.together))
    note("alerts_look_and_evaluation_max_seconds", max(watching.together))
    note("alerts_look_and_evaluation_p50_cpu_seconds", statistics.median(watching.of_processor))
    note("alerts_look_and_evaluation_max_cpu_seconds", max(watching.of_processor))
    note("alerts_reference_presence_seconds", presence_seconds(city, watching.now))
    note("alerts_reference_reports_read_anew_seconds", reports_seconds(city))
    assert firing >= 0.9 * SIZE.access_points / ONE_IN
    assert max(watching.of_processor) < EVALUATED_WITHIN_SECONDS


def presence_seconds(city: WatchedCity, now: datetime) -> float:
    """What it takes to ask every reading in turn for nothing but whether it is overdue, as pages do."""
    began = time.perf_counter()
    silent = sum(reading.presence(now) is Presence.SILENT for reading in city.readings.values())
    assert silent
    return time.perf_counter() - began


def reports_seconds(city: WatchedCity) -> float:
    """What it takes to read every report anew and to judge nothing of it, by every tenth of them."""
    some = list(city.readings.values())[::10]
    began = time.perf_counter()
    radios = sum(len(reading.report.radios) for reading in some)
    assert radios
    return 10 * (time.perf_counter() - began)
