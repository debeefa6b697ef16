"""kill -9 of collector, broker and agent in turn, while frames flow: every frame is stored exactly once."""

import sqlite3
from pathlib import Path

import duckdb
from forked_programs import ForkedCommand
from harness import Mosquitto, eventually, free_port, metric, write_agent, write_collector
from spooled_ever import begin_counting, ever_spooled

SOURCE = """
[metrics]
port = {metrics_port}
[[sources]]
kind = "simulated"
site = "lab"
setting = "indoor"
interval_seconds = {interval}
access_points = [{{ id = "lab-001", generation = "wifi5" }}]
"""
STORED = 'hangang_collector_frames_total{outcome="stored"}'


async def test_every_sequence_number_is_stored_exactly_once(tmp_path: Path, mosquitto: Mosquitto) -> None:
    web_port, metrics_port = free_port(), free_port()
    collector_file = write_collector(tmp_path, f'[broker]\nurl = "{mosquitto.url}"', web_port=web_port)
    collector = ForkedCommand(tmp_path, "collector", "collector.cli.main", "collector", "--config", str(collector_file))

    def agent_reporting_every(seconds: float) -> ForkedCommand:
        sources = SOURCE.format(metrics_port=metrics_port, interval=seconds)
        path = write_agent(tmp_path, mosquitto.url, sources=sources)
        return ForkedCommand(tmp_path, "agent", "agent.main", "run", "--config", str(path))

    def stored() -> float:
        return metric(web_port, STORED)

    async def until_more_is_stored() -> None:
        before = stored()
        await eventually(lambda: stored() >= before + 50)

    def spooled() -> float:
        return metric(metrics_port, "hangang_agent_spool_frames")

    begin_counting(tmp_path / "lab-001.spool")
    agent = agent_reporting_every(0.02)
    try:
        collector.start()
        agent.start()
        await eventually(lambda: stored() >= 50)
        for _ in range(2):
            collector.kill()
            await eventually(lambda: spooled() >= 40)
            collector.start()
            await eventually(lambda: stored() >= 50)

            mosquitto.kill()
            await eventually(lambda: spooled() >= 40)
            mosquitto.start()
            await until_more_is_stored()

            agent.kill()
            agent.start()
            await until_more_is_stored()
        agent.kill()
        agent = agent_reporting_every(3600)
        agent.start()
        await eventually(lambda: metric(metrics_port, "hangang_agent_frames_stored_total") >= 1 and spooled() == 0)
        assert metric(metrics_port, "hangang_agent_spool_dropped_frames_total") == 0
        assert metric(metrics_port, "hangang_agent_frames_refused_total") == 0
        assert agent.stop() == 0
        assert collector.stop() == 0
    finally:
        agent.kill()
        collector.kill()
    _assert_all_is_stored_once(tmp_path)


def _assert_all_is_stored_once(folder: Path) -> None:
    with sqlite3.connect(folder / "lab-001.spool") as spool:
        ever = ever_spooled(spool)
        assert spool.execute("SELECT count(*) FROM frames").fetchone() == (0,)
    spool.close()
    with duckdb.connect(folder / "data" / "points.duckdb", read_only=True) as points:
        boots = points.execute(
            "SELECT boot_id, count(*), count(DISTINCT last_sequence), min(first_sequence), max(last_sequence)"
            " FROM frames GROUP BY ALL"
        ).fetchall()
        reports, distinct = points.execute(
            "SELECT count(*), count(DISTINCT (access_point, observed_at)) FROM reports"
        ).fetchall()[0]
        (reported,) = points.execute("SELECT sum(reports) FROM frames").fetchone()
    assert len(boots) == 4
    assert all(rows == distinct_rows == last and first == 1 for _, rows, distinct_rows, first, last in boots)
    assert sum(rows for _, rows, *_ in boots) == ever
    assert reports == distinct == reported
    assert ever > 350
