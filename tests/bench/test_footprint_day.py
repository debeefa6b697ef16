"""What a day of an agent costs: an access point that is read every minute, a machine, and a gateway of fifty devices.

Measured over ten minutes at the real interval, with TLS to a real broker, and told as a day; docs/footprint.md has the
figures. What is written to a disk of one access point is measured of a whole day's readings, made one after another:
SQLite writes its log back into its file but every 256 pages, and ten minutes see none of it.
"""

import asyncio
import shutil
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from aiomqtt import Client
from footprint import DAY_SECONDS, Disk, flash, memory, memory_of, taken
from harness import Command, Mosquitto, eventually
from rig import IS_QUICK
from test_snmp_polling import Receiver, snmpd_port  # noqa: F401  # the fixture

MEASURED_SECONDS = 6.0 if IS_QUICK else 600.0
INTERVAL_SECONDS = 2.0 if IS_QUICK else 60.0
SETTLES_SECONDS = 3.0 if IS_QUICK else 90.0
DEVICES = 5 if IS_QUICK else 50
READINGS_OF_A_DAY = 50 if IS_QUICK else 1440
RECORDED = Path(__file__).parents[1] / "agent" / "openwrt" / "recorded" / "three_band_ax"
Note = Callable[[str, float], None]

pytestmark = [
    pytest.mark.skipif(shutil.which("ss") is None, reason="ss is not installed: apt-get install iproute2"),
    pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's"),
]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """With TLS, by a certificate of this run."""
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost"
    files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "broker.key", "-out", "broker.crt"]
    subprocess.run([*command.split(), *files], cwd=tmp_path, check=True, capture_output=True)
    tls = f"certfile {tmp_path}/broker.crt\nkeyfile {tmp_path}/broker.key\nallow_anonymous true\n"
    started = Mosquitto(tmp_path, tls)
    started.start()
    yield started
    started.kill()


def openwrt(name: str, interval_seconds: float) -> str:
    """An access point, of what its commands printed once."""
    return f'[[sources]]\nkind = "openwrt"\nroot = "{RECORDED}"\naccess_point = "{name}"\n' + _every(interval_seconds)


def host(name: str, interval_seconds: float) -> str:
    """This machine."""
    return f'[[sources]]\nkind = "host"\naccess_point = "{name}"\n' + _every(interval_seconds)


def gateway(name: str, interval_seconds: float, port: int) -> str:
    """So many devices, for all of which one snmpd answers."""
    source = (
        f'[[sources]]\nkind = "snmp"\nhost = "127.0.0.1"\nport = {port}\ncommunity = "public"\nprofile = "generic"\n'
    )
    return "".join(f'{source}access_point = "{name}-{n:02}"\n' + _every(interval_seconds) for n in range(DEVICES))


def _every(interval_seconds: float) -> str:
    return f"interval_seconds = {interval_seconds}\n"


def agent_on(disk: Disk, folder: Path, broker: Mosquitto, name: str, sources: str) -> Command:
    """An agent with the usual settings, whose spool is on this disk."""
    path = folder / f"{name}.toml"
    path.write_text(
        f'[agent]\nid = "{name}"\n[broker]\nurl = "mqtts://127.0.0.1:{broker.port}"\nca_file = "broker.crt"\n'
        f'[spool]\npath = "{disk.folder}/{name}.db"\n{sources}'
    )
    return Command(folder, name, "agent.main", "run", "--config", str(path))


def collector_beside(folder: Path, broker: Mosquitto) -> Client:
    """The connection of one who acknowledges."""
    return Client("127.0.0.1", broker.port, tls_context=ssl.create_default_context(cafile=folder / "broker.crt"))


@pytest.mark.timeout(1800)
async def test_a_day_on_memory_and_on_flash(
    tmp_path: Path,
    broker: Mosquitto,
    snmpd_port: int,  # noqa: F811
    note: Note,
) -> None:
    """Each alone on its disk, all at one time."""
    kinds: dict[str, Callable[[str], str]] = {
        "openwrt": lambda name: openwrt(name, INTERVAL_SECONDS),
        "host": lambda name: host(name, INTERVAL_SECONDS),
        "gateway": lambda name: gateway(name, INTERVAL_SECONDS, snmpd_port),
    }
    receiver = Receiver()
    with ExitStack() as stack:
        agents: dict[str, tuple[Command, Disk]] = {}
        for kind, sources in kinds.items():
            for place in ("tmpfs", "flash"):
                name = f"{kind}-{place}"
                (tmp_path / name).mkdir()
                disk = stack.enter_context(memory() if place == "tmpfs" else flash(tmp_path / name))
                agents[name] = agent_on(disk, tmp_path, broker, name, sources(name)), disk
                stack.callback(agents[name][0].kill)
        expected = 2 * (2 + DEVICES)
        async with collector_beside(tmp_path, broker) as client:
            await client.subscribe("wifi/v1/+/frame", qos=1)
            receiving = asyncio.create_task(receiver.run(client))
            for agent, _ in agents.values():
                agent.start()
            await eventually(lambda: len(receiver.reports) == expected, within_seconds=200)
            await asyncio.sleep(SETTLES_SECONDS)  # each has found its turn, and SQLite and TLS have had their firsts
            before = {name: taken(*each) for name, each in agents.items()}
            reports_before = dict(receiver.reports)
            await asyncio.sleep(MEASURED_SECONDS)
            after = {name: taken(*each) for name, each in agents.items()}
            for name, each in agents.items():
                for figure, value in {**after[name].a_day_since(before[name]), **memory_of(each[0])}.items():
                    note(f"day_{name.replace('-', '_')}_{figure}", value)
            receiving.cancel()
        silent = [place for place, count in receiver.reports.items() if count <= reports_before[place]]
        assert silent == []
        assert all(after[name].device_bytes == 0 for name in agents if name.endswith("-tmpfs"))
        assert all(agent.stop() == 0 for agent, _ in agents.values())


@pytest.mark.timeout(1800)
async def test_a_days_readings_on_flash(tmp_path: Path, broker: Mosquitto, note: Note) -> None:
    """As many readings as a day has minutes, each acknowledged, with what SQLite writes back into its file."""
    receiver = Receiver()
    with flash(tmp_path) as disk, ExitStack() as stack:
        agent = agent_on(disk, tmp_path, broker, "busy", openwrt("busy", 0.1))
        stack.callback(agent.kill)
        async with collector_beside(tmp_path, broker) as client:
            await client.subscribe("wifi/v1/+/frame", qos=1)
            receiving = asyncio.create_task(receiver.run(client))
            agent.start()
            await eventually(lambda: receiver.reports.get("busy", 0) >= 3, within_seconds=100)
            before, first = taken(agent, disk), receiver.reports["busy"]
            await eventually(lambda: receiver.reports["busy"] >= first + READINGS_OF_A_DAY, within_seconds=1500)
            after, last = taken(agent, disk), receiver.reports["busy"]
            receiving.cancel()
        assert agent.stop() == 0
    share = DAY_SECONDS / 60 / (last - first)
    note("day_openwrt_readings_page_bytes", (after.written_bytes - before.written_bytes) * share)
    note("day_openwrt_readings_flash_bytes", (after.device_bytes - before.device_bytes) * share)
    assert after.device_bytes > before.device_bytes
