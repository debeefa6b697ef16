"""A gateway of a site: a cluster read by SNMP, a probe, a trap, all the way into the database."""

import asyncio
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import duckdb
from forked_programs import ForkedCommand, run_forked
from harness import (
    Mosquitto,
    eventually,
    free_port,
    is_bound,
    metric,
    program,
    status,
    write_agent,
    write_collector,
)

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "agent" / "snmp"))
from recordings import Records, responder, write

AP, RADIO = "1.3.6.1.4.1.14823.2.3.3.1.2.1.1", "1.3.6.1.4.1.14823.2.3.3.1.2.2.1"
DEVICES = "SELECT DISTINCT access_point, serial, model FROM reports WHERE serial IS NOT NULL ORDER BY access_point"
KNOWN, UNKNOWN = "2.0.0.0.0.2", "2.0.0.0.0.9"


def cluster() -> Records:
    """Two access points of Aruba Instant, made up: one whose serial the inventory has, and one that nobody knows."""
    records = {
        "1.3.6.1.2.1.1.1.0": "4|ArubaOS (MODEL: 515), Version 8.6.0.0",
        "1.3.6.1.2.1.1.2.0": "6|1.3.6.1.4.1.14823.1.2.107",
        "1.3.6.1.2.1.1.3.0": "67|8640000",
    }
    for mac, name, serial in ((KNOWN, "lab", "EX0002"), (UNKNOWN, "stray", "EX0009")):
        records |= {
            f"{AP}.1.{mac}": "4x|" + bytes(map(int, mac.split("."))).hex(),
            f"{AP}.2.{mac}": f"4|{name}",
            f"{AP}.4.{mac}": f"4|{serial}",
            f"{AP}.6.{mac}": "4|515",
            f"{AP}.9.{mac}": "67|360000",
            f"{AP}.11.{mac}": "2|1",
            f"{RADIO}.4.{mac}.0": "4|36E",
            f"{RADIO}.20.{mac}.0": "2|1",
            f"{RADIO}.21.{mac}.0": "2|7",
        }
    return records


@asynccontextmanager
async def login_page() -> AsyncIterator[int]:
    """A portal that sends everybody to its login page."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://login.example/?mac=02-00-00-00-00-aa\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_a_gateways_whole_site_lands_in_the_database(tmp_path: Path, mosquitto: Mosquitto) -> None:
    snmptrap = program("snmptrap")
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    write(cluster(), recordings / "public.snmprec")
    web_port, trap_port = free_port(), free_port()
    collector_file = write_collector(tmp_path, f'[broker]\nurl = "{mosquitto.url}"', web_port=web_port)
    collector = ForkedCommand(tmp_path, "collector", "collector.cli.main", "collector", "--config", str(collector_file))
    with responder(recordings) as snmp_port:
        async with login_page() as portal_port:
            tables = f"""
[traps]
address = "127.0.0.1"
port = {trap_port}
communities = ["public"]
[[sources]]
kind = "snmp"
host = "127.0.0.1"
port = {snmp_port}
community = "public"
interval_seconds = 0.5
[[probes]]
kind = "portal"
access_point = "lab-001"
url = "http://127.0.0.1:{portal_port}/generate_204"
interval_seconds = 1
"""
            agent = ForkedCommand(
                tmp_path,
                "agent",
                "agent.main",
                "run",
                "--config",
                str(write_agent(tmp_path, mosquitto.url, agent="gw-lab", sources=tables)),
            )
            try:
                collector.start()
                await eventually(lambda: status(f"http://127.0.0.1:{web_port}/readyz") == 200)
                agent.start()
                await eventually(lambda: is_bound(trap_port))
                link_down = ["1.3.6.1.6.3.1.1.5.3", "1.3.6.1.2.1.31.1.1.1.1.3", "s", "eth0"]
                address = f"127.0.0.1:{trap_port}"
                sending = await asyncio.create_subprocess_exec(snmptrap, "-v2c", "-cpublic", address, "", *link_down)
                assert await sending.wait() == 0
                await eventually(lambda: metric(web_port, "hangang_collector_reports_stored_total") >= 8)
                assert agent.stop() == 0
                assert collector.stop() == 0
            finally:
                agent.kill()
                collector.kill()
    logs = collector.log.read_text() + agent.log.read_text()
    assert "Traceback" not in logs
    assert "02-00-00-00-00-aa" not in logs
    with duckdb.connect(tmp_path / "data" / "points.duckdb", read_only=True) as points:
        ask = points.execute
        assert ask(
            "SELECT DISTINCT access_point, serial, model FROM reports WHERE serial IS NOT NULL ORDER BY 1"
        ).fetchall() == [
            ("lab-002", "EX0002", "515"),
            ("unknown/gw-lab/EX0009", "EX0009", "515"),
        ]
        assert ask("SELECT DISTINCT band, channel, width_mhz, clients FROM radios").fetchall() == [("5", 36, 80, 7)]
        assert ask("SELECT DISTINCT access_point, kind, is_ok, outcome FROM probes").fetchall() == [
            ("lab-001", "portal", False, "captive")
        ]
    with closing(sqlite3.connect(tmp_path / "data" / "state.sqlite")) as state:
        query = "SELECT access_point, kind, subject FROM events WHERE kind != 'agent_started'"
        assert state.execute(query).fetchall() == [(None, "link_down", "eth0")]


def test_a_trap_port_that_is_taken_is_told_and_ends_the_agent(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        tables = f'[traps]\naddress = "127.0.0.1"\nport = {port}\ncommunities = ["c"]\n[[sources]]\nkind = "host"'
        path = write_agent(tmp_path, f"mqtt://127.0.0.1:{free_port()}", sources=tables)
        done = run_forked(tmp_path, "agent.main", "run", "--config", str(path))
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert f"UDP port {port} of 127.0.0.1: is taken" in last
    assert "Traceback" not in done.stderr
