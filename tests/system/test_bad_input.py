"""Bad input over a real broker into a real collector: each told apart and counted, and the flow goes on."""

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from aiomqtt import Client
from forked_programs import ForkedCommand
from harness import Mosquitto, eventually, free_port, metric, status, write_collector

from agent.wire import decode_ack


def frame(sequence: int, **changes: object) -> bytes:
    now = datetime.now(UTC).isoformat()
    report = {"access_point": "lab-001", "observed_at": now}
    base = {"version": 1, "agent": "gw-lab", "boot_id": "00c0ffee", "sequence": sequence, "sent_at": now}
    return json.dumps(base | {"reports": [report]} | changes).encode()


def reports(**changes: object) -> list[dict[str, object]]:
    return [{"access_point": "lab-001", "observed_at": datetime.now(UTC).isoformat()} | changes]


async def test_each_is_quarantined_or_corrected_and_the_flow_goes_on(tmp_path: Path, mosquitto: Mosquitto) -> None:
    port = free_port()
    path = write_collector(tmp_path, f'[broker]\nurl = "{mosquitto.url}"', web_port=port)
    collector = ForkedCommand(tmp_path, "collector", "collector.cli.main", "collector", "--config", str(path))
    collector.start()
    quarantined = {
        "not_json": b'{"version": 1, "agent":',
        "unsupported_version": frame(100, version=7),
        "too_large": b"[" + b"0," * 5_000_000 + b"0]",
        "not_utf8": b'{"agent": "\xff\xfe"}',
        "not_allowed": frame(101, reports=reports(access_point="other-001")),
        "wrong_agent": frame(102, agent="other-001"),
        "invalid": frame(103, reports=reports(system={"cpu_ratio": float("nan")})),
        "unplaceable": frame(104, reports=reports(observed_at="2100-01-01T00:00:00Z")),
        "retained": frame(105),
    }
    corrected = {
        "unknown_field": frame(200, mood="good"),
        "clock": frame(201, sent_at="1970-01-01T00:01:00Z", reports=reports(observed_at="1970-01-01T00:00:59Z")),
    }
    try:
        async with Client("127.0.0.1", mosquitto.port) as client:
            # Retained before the collector first subscribes, or it would arrive as an ordinary live message.
            await client.publish("wifi/v1/gw-lab/frame", quarantined["retained"], qos=1, retain=True)
            await eventually(lambda: status(f"http://127.0.0.1:{port}/readyz") == 200)
            await client.subscribe("wifi/v1/gw-lab/ack", qos=1)
            for sequence, (reason, payload) in enumerate(quarantined.items(), start=1):
                if reason != "retained":
                    await client.publish("wifi/v1/gw-lab/frame", payload, qos=1)
                await client.publish("wifi/v1/gw-lab/frame", frame(sequence), qos=1)
            for payload in corrected.values():
                await client.publish("wifi/v1/gw-lab/frame", payload, qos=1)
            stored, refused = await acknowledged(client, {*range(1, 10), 200, 201, 100, 101, 103, 104, 102})
        assert stored == {*range(1, 10), 200, 201}
        assert refused == {100, 101, 102, 103, 104}
        for reason in quarantined:
            assert metric(port, f'hangang_collector_quarantined_total{{reason="{reason}"}}') == 1, reason
        for reason in corrected:
            assert metric(port, f'hangang_collector_corrected_total{{reason="{reason}"}}') == 1, reason
        assert collector.stop() == 0
    finally:
        collector.kill()
    with sqlite3.connect(tmp_path / "data" / "state.sqlite") as state:
        rows = dict(state.execute("SELECT reason, payload_bytes FROM quarantine").fetchall())
    state.close()
    assert set(rows) == set(quarantined)
    assert rows["too_large"] == len(quarantined["too_large"])
    with duckdb.connect(tmp_path / "data" / "points.duckdb", read_only=True) as points:
        (count, oldest, marked) = points.execute(
            "SELECT count(*), min(observed_at), count(*) FILTER (WHERE is_clock_corrected) FROM reports"
        ).fetchall()[0]
    assert (count, marked) == (11, 1)
    assert (datetime.now(UTC).replace(tzinfo=None) - oldest).total_seconds() < 300
    assert "Traceback" not in collector.log.read_text()


async def acknowledged(client: Client, awaited: set[int]) -> tuple[set[int], set[int]]:
    """The sequences that acks have named as stored and as refused, once they are all that are awaited."""
    stored: set[int] = set()
    refused: set[int] = set()
    async for message in client.messages:
        assert isinstance(message.payload, bytes)
        ack = decode_ack(message.payload)
        stored |= {number for span in ack.stored for number in range(span.first, span.last + 1)}
        refused |= {number for span in ack.refused for number in range(span.first, span.last + 1)}
        if stored | refused == awaited:
            break
    return stored, refused
