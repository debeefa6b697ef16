"""An access point, a gateway, a broker and a collector on hosts of their own, over lines that lose, delay and are cut:
nothing is lost, nothing doubled, the present comes first after a cut, and only what is silent is told to be.

With `CHAOS_ROUNDS` of more than five, so many more cuts, and one that outlasts the patience with a gateway.
"""

import os
import random
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from harness import Command, eventually, metric, program, status, write_collector
from separate_hosts import Host, Network
from spooled_ever import begin_counting
from stored_frames import must_be_stored_once
from webhook_receiver import SECRET, WebhookReceiver

from collector.cli.command import run
from collector.enrolment.authority import key_pem_of, make_key
from collector.enrolment.folders import Folders

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "5"))
AP, GATEWAY = "lab-001", "gw-park"
WEB_PORT, METRICS_PORT, BROKER_PORT = 8080, 9101, 8883
LOSS_RATIO, DELAY_SECONDS = 0.02, 0.02
SILENT, OUTAGE, HOT = "access_point_silent", "site_outage", "temperature_high"
ORDINARY_CELSIUS, HOT_CELSIUS = 45, 99

PARK = """
[[sites]]
id = "park"
kind = "park"
name_ko = "공원"
district = "마포구"
[[access_points]]
id = "park-001"
site = "park"
[[access_points]]
id = "park-002"
site = "park"
[[agents]]
id = "gw-park"
sites = ["park"]
"""
COLLECTOR = """
[broker]
url = "mqtts://{broker}:8883"
ca_file = "data/enrolment/authority.crt"
certificate_file = "data/enrolment/collector.crt"
key_file = "data/enrolment/collector.key"
keepalive_seconds = 5
[enrolment]
broker_url = "mqtts://{broker}:8883"
[alerts]
allowed_networks = ["127.0.0.0/8"]
wait_seconds = 0.5
[alerts.rules.access_point_silent]
clear_after_seconds = 1
[alerts.rules.site_outage]
clear_after_seconds = 1
[alerts.rules.temperature_high]
raise_after_seconds = 0
clear_after_seconds = 1
[[alerts.endpoints]]
name = "ops"
kind = "standard_webhooks"
url = "{hook}"
secret_file = "secret"
"""
AGENT = """
[agent]
id = "{agent}"
[broker]
url = "mqtts://{broker}:8883"
ca_file = "data/enrolment/authority.crt"
certificate_file = "{agent}.crt"
key_file = "{agent}.key"
keepalive_seconds = 5
[spool]
path = "{agent}.spool"
[uplink]
ack_timeout_seconds = 3.0
backlog_frames_per_second = 1000.0
backlog_delay_seconds = 1.0
live_seconds = 2.0
reconnect_at_most_seconds = 1.0
[metrics]
"""
SOURCES = {
    AP: '[[sources]]\nkind = "host"\nroot = "ap"\ninterval_seconds = 0.25\n',
    GATEWAY: """
[[sources]]
kind = "simulated"
site = "park"
setting = "riverside"
interval_seconds = 0.25
access_points = [{ id = "park-001", generation = "wifi6" }, { id = "park-002", generation = "wifi5" }]
""",
}


@dataclass
class City:
    """Four hosts, what runs on them, and who is told of alerts."""

    folder: Path
    hosts: dict[str, Host]
    collector: Command
    agents: dict[str, Command]
    receiver: WebhookReceiver

    @property
    def broker_told(self) -> str:
        """The broker's log."""
        return (self.folder / "mosquitto.log").read_text(errors="replace")

    def published(self, agent: str, after: int) -> list[str]:
        """On which of its topics the agent has published, from this place of the broker's log on."""
        line = rf"Received PUBLISH from {agent} .*'wifi/v1/{agent}/(frame|backlog)'"
        return re.findall(line, self.broker_told[after:])

    def line_of(self, agent: str) -> Host:
        return self.hosts["ap" if agent == AP else "gw"]

    def counted(self, agent: str, name: str) -> float:
        return self.line_of(agent).inside(metric, METRICS_PORT, f"hangang_agent_{name}")

    def stored(self) -> float:
        return self.hosts["co"].inside(metric, WEB_PORT, 'hangang_collector_frames_total{outcome="stored"')

    async def until_read(self, agent: str, frames: int) -> None:
        """Until so many more wait for an acknowledgement than now."""
        enough = self.counted(agent, "spool_frames") + frames
        await eventually(lambda: self.counted(agent, "spool_frames") >= enough)

    async def until_nothing_waits(self) -> None:
        """Until all agents are connected, and their spools as good as empty."""
        for agent in self.agents:
            await eventually(lambda: self.counted(agent, "spool_frames") <= 4, within_seconds=60)  # noqa: B023

    async def until_told(self, *expected: tuple[str, str], within_seconds: float = 45.0) -> None:
        """Until this, and nothing else, has been told."""

        def is_told() -> bool:
            told = self.receiver.told()
            assert told == list(expected)[: len(told)], self.receiver.came[-1].body
            return len(told) == len(expected)

        await eventually(is_told, within_seconds=within_seconds)

    def heat(self, celsius: int) -> None:
        """What the access point's sensor says from now on."""
        (self.folder / "ap" / "sys/class/thermal/thermal_zone0/temp").write_text(f"{celsius}000\n")


def write_access_point(folder: Path) -> None:
    for name, text in {
        "proc/uptime": "86400.50 170000.00\n",
        "proc/loadavg": "0.42 0.30 0.20 1/100 4242\n",
        "proc/meminfo": "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 600 kB\n",
        "sys/class/thermal/thermal_zone0/type": "cpu-thermal\n",
        "sys/class/thermal/thermal_zone0/temp": f"{ORDINARY_CELSIUS}000\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def certify(folder: Path, *agents: str) -> None:
    authority = Folders(folder / "data" / "enrolment", Path()).load_authority()
    for agent in agents:
        key = make_key()
        issued = authority.certify_client(agent, key.public_key(), datetime.now(UTC), timedelta(days=1))
        (folder / f"{agent}.crt").write_text(issued.certificate_pem)
        (folder / f"{agent}.key").write_bytes(key_pem_of(key))


def start_broker(folder: Path, host: Host) -> "subprocess.Popen[bytes]":
    """As enrolment configures it."""
    made = (folder / "data" / "enrolment" / "broker" / "mosquitto.conf").read_text()
    (folder / "mosquitto.conf").write_text(f"user root\nlog_type all\n{made}")
    with (folder / "mosquitto.log").open("wb") as log:
        command = [*host.prefix, program("mosquitto"), "-c", str(folder / "mosquitto.conf")]
        return subprocess.Popen(command, stdout=log, stderr=log)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with Network() as network:
        hosts = {name: network.host(name) for name in ("ap", "gw", "br", "co")}
        for name in ("ap", "gw"):
            hosts[name].line.loss_ratio, hosts[name].line.delay_seconds = LOSS_RATIO, DELAY_SECONDS
        broker = hosts["br"].address
        with hosts["co"].inside(WebhookReceiver, SECRET) as receiver:
            (tmp_path / "secret").write_text(SECRET)
            tables = COLLECTOR.format(broker=broker, hook=receiver.url)
            path = write_collector(tmp_path, tables, web_port=WEB_PORT)
            (tmp_path / "inventory" / "park.toml").write_text(PARK, encoding="utf-8")
            assert run(["enroll", "init", "--config", str(path), "--broker-host", broker]) == 0
            certify(tmp_path, AP, GATEWAY)
            write_access_point(tmp_path / "ap")
            agents = {}
            for agent, host in ((AP, hosts["ap"]), (GATEWAY, hosts["gw"])):
                file = tmp_path / f"{agent}.toml"
                file.write_text(AGENT.format(agent=agent, broker=broker) + SOURCES[agent])
                begin_counting(tmp_path / f"{agent}.spool")
                agents[agent] = host.command(tmp_path, agent, "agent.main", "run", "--config", str(file))
            collector = hosts["co"].command(
                tmp_path, "collector", "collector.cli.main", "collector", "--config", str(path)
            )
            mosquitto = start_broker(tmp_path, hosts["br"])
            try:
                yield City(tmp_path, hosts, collector, agents, receiver)
            finally:
                for command in (*agents.values(), collector):
                    command.kill()
                mosquitto.kill()
                mosquitto.wait()


async def start(city: City) -> None:
    city.collector.start()
    await eventually(lambda: city.hosts["co"].inside(status, f"http://127.0.0.1:{WEB_PORT}/readyz") == 200)
    for agent in city.agents.values():
        agent.start()
    for agent in city.agents:
        await eventually(lambda: city.counted(agent, "frames_stored_total") >= 3)  # noqa: B023


async def the_access_point_is_cut_off(city: City) -> None:
    """It is told of, and nothing else. What was read meanwhile comes behind the present, and raises nothing."""
    line = city.hosts["ap"].line
    line.is_cut = True
    await city.until_told(("begun", SILENT))
    (alert,) = city.receiver.came[0].alerts
    assert (alert["subject"], alert["detail"]["reason"]) == (AP, "goodbye")
    city.heat(HOT_CELSIUS)
    await city.until_read(AP, 4)
    city.heat(ORDINARY_CELSIUS)
    await city.until_read(AP, 12)
    await eventually(lambda: city.counted(AP, "connected") == 0)
    before = len(city.broker_told)
    line.is_cut = False
    await city.until_told(("begun", SILENT), ("ended", SILENT))
    await eventually(lambda: "backlog" in city.published(AP, before))
    await city.until_nothing_waits()
    assert city.published(AP, before)[0] == "frame", "the present goes first"
    assert city.counted(AP, "bundled_frames_sent_total") >= 8
    assert line.lost > 0


async def a_line_is_cut(city: City, name: str, *, frames: int = 8) -> None:
    """Until the agents have read so many frames more that wait; nobody is silent yet."""
    line = city.hosts[name].line
    line.is_cut = True
    for agent in city.agents if name in {"br", "co"} else [GATEWAY]:
        await city.until_read(agent, frames)
    line.is_cut = False
    await city.until_nothing_waits()


@pytest.mark.timeout(7200 if ROUNDS > 5 else 240)
async def test_nothing_is_lost_doubled_or_told_in_vain_between_separate_hosts(city: City) -> None:
    await start(city)
    await the_access_point_is_cut_off(city)
    told = [("begun", SILENT), ("ended", SILENT)]
    await a_line_is_cut(city, "gw")
    await a_line_is_cut(city, "co")
    drawn = random.Random(ROUNDS)
    for _ in range(ROUNDS if ROUNDS > 5 else 0):
        await a_line_is_cut(city, drawn.choice(("gw", "co")), frames=drawn.randrange(4, 60))
    await city.until_told(*told)
    if ROUNDS > 5:
        city.hosts["gw"].line.is_cut = True
        told.append(("begun", OUTAGE))
        await city.until_told(*told, within_seconds=120)
        city.hosts["gw"].line.is_cut = False
        told.append(("ended", OUTAGE))
        await city.until_told(*told, within_seconds=120)
        await city.until_nothing_waits()
    city.heat(HOT_CELSIUS)  # which is told of where it is no backlog
    await city.until_told(*told, ("begun", HOT))
    for agent in city.agents.values():
        assert agent.stop() == 0
    assert city.collector.stop() == 0
    points = city.folder / "data" / "points.duckdb"
    for agent in city.agents:
        assert must_be_stored_once(agent, spool=city.folder / f"{agent}.spool", points=points) > 30
    logs = city.collector.log, *(agent.log for agent in city.agents.values())
    assert "Traceback" not in "".join(log.read_text() for log in logs)
