"""What polling by SNMP costs: 5,000 access points from one agent, and a value beside what Debian's exporter takes.

One snmpd answers for all of them, on a processor of its own where there are two.
"""

import asyncio
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from aiomqtt import Client
from harness import (
    Command,
    Mosquitto,
    eventually,
    free_port,
    is_bound,
    is_listening,
    program,
    write_agent,
)
from processes import memory_megabytes, processor_seconds
from rig import IS_QUICK

from agent.clock import SystemClock
from agent.settings import check
from agent.snmp.profiles import load_profile
from agent.sources.snmp import Settings, SnmpSource
from agent.wire import Ack, SequenceRange, decode_frame, encode, topic_for

ACCESS_POINTS = 250 if IS_QUICK else 5_000
INTERVAL_SECONDS = 2.0 if IS_QUICK else 60.0
SCRAPES = 50 if IS_QUICK else 500
WALKED_AFTER_SECONDS = 2.0 if IS_QUICK else 4.0
COMPARED_SECONDS = 2.0 if IS_QUICK else 20.0
DEAD_EACH = 50
"""One access point in so many is dead: it must delay none of the others."""


@pytest.fixture
def snmpd_port(tmp_path: Path) -> Iterator[int]:
    """A real net-snmp agent that tells of this machine."""
    port = free_port()
    configuration = tmp_path / "snmpd.conf"
    configuration.write_text(f"agentaddress udp:127.0.0.1:{port}\nrocommunity public 127.0.0.1\n")
    environment = {**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": str(tmp_path / "snmpd")}
    command = [program("snmpd"), "-f", "-C", "-I", "-smux", "-c", str(configuration), "-Lf", str(tmp_path / "log")]
    process = subprocess.Popen([*command, "-p", str(tmp_path / "pid")], env=environment)
    while not is_bound(port):
        assert process.poll() is None, (tmp_path / "log").read_text()
    yield port
    process.kill()
    process.wait()


def sources(port: int, number: int, interval_seconds: float) -> str:
    """Tables of so many access points; of the dead nobody answers at their port."""
    dead = free_port()
    return "\n".join(
        f'[[sources]]\nkind = "snmp"\nhost = "127.0.0.1"\nport = {dead if n % DEAD_EACH == 0 else port}\n'
        f'community = "public"\nprofile = "generic"\naccess_point = "lab-{n:05}"\n'
        f"interval_seconds = {interval_seconds}\ntimeout_seconds = 1"
        for n in range(number)
    )


def agent_of(folder: Path, mosquitto: Mosquitto, tables: str) -> Command:
    configuration = write_agent(folder, mosquitto.url, sources=tables)
    return Command(folder, "agent", "agent.main", "run", "--config", str(configuration))


async def values_of_a_reading(port: int) -> int:
    """How many values the agent asks this device for, once it has walked it."""
    table = {"kind": "snmp", "host": "127.0.0.1", "port": port, "community": "public", "profile": "generic"}
    source = SnmpSource(check(Settings, table, Path("agent.toml")), SystemClock())
    await source.read()
    walked = source._client.varbinds_received
    await source.read()
    return source._client.varbinds_received - walked


class Receiver:
    """A collector that acknowledges at once and counts what each access point has sent."""

    def __init__(self) -> None:
        self.reports: dict[str, int] = {}

    async def run(self, client: Client) -> None:
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            frame = decode_frame(message.payload).frame
            for report in frame.reports:
                place = str(report.access_point)
                self.reports[place] = self.reports.get(place, 0) + 1
            span = SequenceRange(boot_id=frame.boot_id, first=frame.sequence, last=frame.sequence)
            await client.publish(topic_for(frame.agent, "ack"), encode(Ack(version=1, stored=(span,))))


@pytest.mark.timeout(600)
async def test_five_thousand_access_points_a_minute(
    tmp_path: Path, mosquitto: Mosquitto, snmpd_port: int, note: Callable[[str, float], None]
) -> None:
    values_each = await values_of_a_reading(snmpd_port)
    agent = agent_of(tmp_path, mosquitto, sources(snmpd_port, ACCESS_POINTS, INTERVAL_SECONDS))
    receiver = Receiver()
    alive = ACCESS_POINTS - ACCESS_POINTS // DEAD_EACH
    async with Client("127.0.0.1", mosquitto.port) as client:
        await client.subscribe("wifi/v1/+/frame", qos=1)
        receiving = asyncio.create_task(receiver.run(client))
        agent.start()
        try:
            await eventually(lambda: len(receiver.reports) == alive, within_seconds=200)
            await asyncio.sleep(INTERVAL_SECONDS)  # the walks are over, each has found its turn
            before, used = dict(receiver.reports), processor_seconds(agent.pid)
            await asyncio.sleep(2 * INTERVAL_SECONDS)
            used = processor_seconds(agent.pid) - used
            readings = sum(receiver.reports.values()) - sum(before.values())
            late = [place for place, count in receiver.reports.items() if count - before[place] < 1]
            resident = memory_megabytes(agent.pid, "VmRSS")
        finally:
            agent.kill()
            receiving.cancel()
    note(f"snmp_{ACCESS_POINTS}_access_points_cores", used / (2 * INTERVAL_SECONDS))
    note(f"snmp_{ACCESS_POINTS}_access_points_values_each", values_each)
    note(f"snmp_{ACCESS_POINTS}_access_points_readings_a_minute", readings / (2 * INTERVAL_SECONDS) * 60)
    note(f"snmp_{ACCESS_POINTS}_access_points_rss_megabytes", resident)
    note("snmp_agent_cpu_microseconds_per_varbind", used / readings / values_each * 1e6)
    assert late == []
    assert readings >= 2 * alive * 0.97
    assert used / (2 * INTERVAL_SECONDS) < 0.5


@contextmanager
def exporter(folder: Path) -> Iterator[tuple[int, int]]:
    """Debian's prometheus-snmp-exporter set to walk what the generic profile reads; its process and its port."""
    profile, port = load_profile("generic"), free_port()
    columns = sorted(f"{profile.tables[table]}.{column}" for table, column in profile.columns())
    scalars = sorted(profile.scalars())
    metrics = [
        {"name": f"m{oid.replace('.', '_')}", "oid": oid, "type": "gauge", "help": oid} for oid in (*columns, *scalars)
    ]
    for each in metrics[: len(columns)]:
        each["indexes"] = [{"labelname": "row", "type": "gauge"}]  # type: ignore[assignment]
    module = {"walk": columns, "get": scalars, "version": 2, "auth": {"community": "public"}, "metrics": metrics}
    configuration = folder / "snmp.yml"
    configuration.write_text(json.dumps({"generic": module}))  # JSON is YAML
    command = [program("prometheus-snmp-exporter"), f"--config.file={configuration}"]
    with (folder / "exporter.log").open("w") as log:
        process = subprocess.Popen(
            [*command, f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        while not is_listening(port):
            assert process.poll() is None, (folder / "exporter.log").read_text()
        yield process.pid, port
    finally:
        process.kill()
        process.wait()


def exporters_microseconds(folder: Path, snmpd_port: int) -> tuple[float, int]:
    """Processor time that the exporter takes for a varbind, and the varbinds of a scrape."""
    with exporter(folder) as (pid, port):
        url = f"http://127.0.0.1:{port}/snmp?target=127.0.0.1:{snmpd_port}&module=generic"

        def scrape() -> int:
            with urlopen(url, timeout=10) as answer:
                text = answer.read().decode()
            found = re.search(r"^snmp_scrape_pdus_returned (\d+)", text, re.MULTILINE)
            assert found is not None, text[-500:]
            return int(found[1])

        for _ in range(20):
            varbinds = scrape()
        used = processor_seconds(pid)
        for _ in range(SCRAPES):
            scrape()
        return (processor_seconds(pid) - used) / SCRAPES / varbinds * 1e6, varbinds


@pytest.mark.timeout(300)
async def test_a_value_costs_at_most_half_of_what_it_costs_the_exporter(
    tmp_path: Path, mosquitto: Mosquitto, snmpd_port: int, note: Callable[[str, float], None]
) -> None:
    """The agent does more for it: it derives rates, makes reports of them, keeps them on disk and sends them."""
    theirs, varbinds = exporters_microseconds(tmp_path, snmpd_port)
    assert varbinds == await values_of_a_reading(snmpd_port)  # both read the same
    number = 200
    agent = agent_of(tmp_path, mosquitto, sources(snmpd_port, number, 2.0))
    receiver = Receiver()
    async with Client("127.0.0.1", mosquitto.port) as client:
        await client.subscribe("wifi/v1/+/frame", qos=1)
        receiving = asyncio.create_task(receiver.run(client))
        agent.start()
        try:
            await eventually(lambda: len(receiver.reports) >= number - number // DEAD_EACH - 1, within_seconds=60)
            await asyncio.sleep(WALKED_AFTER_SECONDS)  # the walks are over
            used, readings = processor_seconds(agent.pid), sum(receiver.reports.values())
            await asyncio.sleep(COMPARED_SECONDS)
            used = processor_seconds(agent.pid) - used
            readings = sum(receiver.reports.values()) - readings
        finally:
            agent.kill()
            receiving.cancel()
    ours = used / readings / varbinds * 1e6
    note("snmp_exporter_cpu_microseconds_per_varbind", theirs)
    note("snmp_exporter_varbinds_a_scrape", varbinds)
    note("snmp_whole_agent_cpu_microseconds_per_varbind", ours)
    note("snmp_whole_agent_to_exporter_ratio", ours / theirs)
    assert ours <= theirs / 2
