"""Two that evaluate and send on one PostgreSQL, of which one was elected later: the other writes nothing any more, and
calls nobody; what it was calling when it was stopped arrives once or twice, with the same id, and that is all."""

import dataclasses
import os
import signal
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alert_cities import City
from chaos.alert_child import NOT_ELECTED, Order
from chaos.alert_children import Children, Receiver
from chaos.alert_city import START, alert_settings, inventory
from postgres import Postgres
from sqlalchemy import Engine, select, text

from collector.alerting.evaluation import Evaluation, NotElectedError
from collector.alerts.judging.snapshot import Layout
from collector.metrics import Metrics
from collector.state import deliveries
from collector.state.alert_tables import alerts, endpoint_states, threads
from collector.state.alert_tables import deliveries as deliveries_table
from collector.state.columns import metadata
from collector.state.database import open_database
from collector.state.leadership import begin_epoch
from collector.state.settings import StateSettings

SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, Engine]]:
    running = Postgres()
    try:
        running.start()
        url = running.url(running.new_database())
        engine = open_database(StateSettings(url=url), Path("unused"))
        yield url, engine
        engine.dispose()
    finally:
        running.remove()


@pytest.fixture
def state(server: tuple[str, Engine]) -> Engine:
    _, engine = server
    with engine.begin() as connection:
        names = ", ".join(table.name for table in metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    return engine


@pytest.fixture(scope="module")
def two_children() -> Iterator[tuple[Children, Children]]:
    both = Children(), Children()
    yield both
    for each in both:
        each.close()


def everything(engine: Engine) -> list[Any]:
    """All that is kept of alerts and of what is told of them."""
    with engine.connect() as connection:
        tables = (alerts, threads, deliveries_table, endpoint_states)
        return [connection.execute(select(table).order_by(*table.primary_key)).all() for table in tables]


def test_who_was_elected_before_writes_nothing_and_calls_nobody(state: Engine, tmp_path: Path) -> None:
    places, ops = inventory(), {"ops": "https://ops.test/hook"}
    settings = alert_settings(tmp_path, urls=ops, judged=["access_point_silent"], wait_seconds=0.0)
    layout = Layout(places)

    def begun() -> tuple[int, Evaluation]:
        with state.begin() as connection:
            epoch = begin_epoch(connection, START)
        evaluation = Evaluation(state=state, inventory=places, settings=settings, metrics=Metrics(), epoch=epoch)
        evaluation.begin(START)
        return epoch, evaluation

    old_epoch, old = begun()
    assert old.evaluate(City(layout, START).silent("park-1").snapshot()).notices == 1
    (due,) = deliveries.due(state, "ops", START, 10)
    epoch, new = begun()
    before = everything(state)
    with pytest.raises(NotElectedError):
        old.evaluate(City(layout, START + SECOND).silent("park-1", "hall-1").snapshot())
    with pytest.raises(NotElectedError):
        old.evaluate(City(layout, START + 60 * SECOND).snapshot())
    assert not deliveries.claim(state, due.notice, old_epoch, START)
    assert everything(state) == before
    assert new.evaluate(City(layout, START + SECOND).silent("park-1", "hall-1").snapshot()).notices == 1
    assert deliveries.claim(state, due.notice, epoch, START)


@pytest.mark.parametrize("status", [204, 400, 410, 503])
def test_stopped_in_the_middle_of_a_call(
    server: tuple[str, Engine], state: Engine, two_children: tuple[Children, Children], tmp_path: Path, status: int
) -> None:
    """Whatever it was answered, the word of who was elected meanwhile counts."""
    url, _ = server
    first, second = two_children
    are_called, is_stopped = threading.Event(), threading.Event()
    calls: list[str] = []

    def before_answer(notice_id: str) -> int:
        calls.append(notice_id)
        if len(calls) > 2:
            return 204
        if len(calls) == 2:
            are_called.set()
        assert is_stopped.wait(30)
        return status

    receiver = Receiver(None, before_answer)
    try:
        order = Order(url, str(tmp_path), receiver.url, str(tmp_path / "is_well"))
        stopped = first.begin(dataclasses.replace(order, stays=True))
        assert are_called.wait(30)
        os.kill(stopped, signal.SIGSTOP)
        is_stopped.set()
        second.begin(order)
        assert second.end() == 0
        before = everything(state)
        os.kill(stopped, signal.SIGCONT)
        assert first.end() == NOT_ELECTED
        assert everything(state) == before
    finally:
        is_stopped.set()
        receiver.close()
    assert receiver.problems == []
    assert {row.state for row in before[2]} == {"delivered"}
    assert [row.paused_at or row.disabled_at for row in before[3]] == [None]
    assert receiver.record.believed() == set()
    assert len(receiver.record.taken) == 4, "two beginnings and two ends"
    assert set(receiver.sent) == set(receiver.record.taken)
    assert all(receiver.sent.count(notice_id) <= 2 for notice_id in receiver.sent)
