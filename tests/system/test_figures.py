"""The collector's own figures with real processes: within a minute or so an engine has what boards ask it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiomqtt import Client
from engines import VictoriaMetrics
from forked_programs import ForkedCommand
from harness import Mosquitto, eventually, free_port, status, write_collector

from agent.wire import Frame, Probe, Radio, Report, Status, encode, topic_for
from collector.figures.measurements import (
    AGENT,
    ALERTS,
    COLLECTOR,
    COLLECTOR_FRAMES,
    MINUTE_SECONDS,
    QUARANTINE,
    SITE,
    SITE_BAND,
    SITE_CHECK,
    SITE_HOUR,
    SITE_STATE,
    Measurement,
)

A_WINDOW_THAT_IS_OVER = timedelta(minutes=12)
OF_THE_FIRST_MINUTE = (COLLECTOR, COLLECTOR_FRAMES, QUARANTINE, ALERTS, AGENT, SITE_STATE)
OF_WHAT_CAME_LATE = (SITE, SITE_BAND, SITE_CHECK, SITE_HOUR)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[VictoriaMetrics]:
    engine = VictoriaMetrics(tmp_path)
    engine.start()
    yield engine
    engine.kill()


def frame(sequence: int, observed_at: datetime) -> bytes:
    radio = Radio(name="radio0", band="5", channel=36, is_up=True, clients=4, busy_ratio=0.5, retry_ratio=0.1)
    check = Probe(kind="portal", target="https://portal.example", is_ok=False, latency_seconds=0.5)
    report = Report(
        access_point="lab-001", observed_at=observed_at, interval_seconds=60, radios=(radio,), probes=(check,)
    )
    sent = Frame(
        version=1, agent="gw-lab", boot_id="00c0ffee", sequence=sequence, sent_at=datetime.now(UTC), reports=(report,)
    )
    return encode(sent)


def asked(engine: VictoriaMetrics, measurement: Measurement) -> dict[str, float]:
    """The fields of a measurement that are there, each summed over its series and its instants."""
    found: dict[str, float] = {}
    for line in engine.series(f'{{__name__=~"{measurement.name}_({"|".join(measurement.fields)})"}}'):
        series = json.loads(line)
        field = series["metric"]["__name__"].removeprefix(f"{measurement.name}_")
        found[field] = found.get(field, 0) + sum(series["values"])
    return found


@pytest.mark.timeout(240)
async def test_a_collector_writes_how_its_city_and_it_itself_fare(
    tmp_path: Path, mosquitto: Mosquitto, engine: VictoriaMetrics
) -> None:
    port = free_port()
    tables = (
        f'[broker]\nurl = "{mosquitto.url}"\n[store]\nkind = "influx"\nengine = "victoriametrics"\nurl = "{engine.url}"'
    )
    path = write_collector(tmp_path, tables, web_port=port)
    collector = ForkedCommand(tmp_path, "collector", "collector.cli.main", "collector", "--config", str(path))
    await eventually(engine.is_told_apart)
    collector.start()
    try:
        await eventually(lambda: status(f"http://127.0.0.1:{port}/readyz") == 200)
        now = datetime.now(UTC)
        online = Status(version=1, agent="gw-lab", boot_id="00c0ffee", is_online=True, since=now)
        async with Client("127.0.0.1", mosquitto.port) as client:
            await client.publish(topic_for("gw-lab", "status"), encode(online), qos=1, retain=True)
            for sequence, observed_at in enumerate((now - A_WINDOW_THAT_IS_OVER, now), start=1):
                await client.publish(topic_for("gw-lab", "frame"), frame(sequence, observed_at), qos=1)
            await client.publish(topic_for("gw-lab", "frame"), b"no frame", qos=1)
        for wanted in (*OF_THE_FIRST_MINUTE, *OF_WHAT_CAME_LATE):
            await eventually(lambda wanted=wanted: bool(asked(engine, wanted)), within_seconds=1.5 * MINUTE_SECONDS)
        await eventually(lambda: asked(engine, COLLECTOR_FRAMES) == {"frames": 2}, within_seconds=1.5 * MINUTE_SECONDS)
        assert collector.stop() == 0
    finally:
        collector.kill()
    engine.flush()
    assert "Traceback" not in collector.log.read_text()
    assert asked(engine, QUARANTINE) == {"quarantined": 1}
    assert asked(engine, COLLECTOR)["reports_stored"] == 2
    assert asked(engine, AGENT)["is_online"] >= 1
    assert asked(engine, SITE_STATE)["reporting"] >= 1
    assert asked(engine, SITE)["reported_seconds"] == 60
    assert asked(engine, SITE_CHECK)["failed_checks"] == 1
