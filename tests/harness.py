"""Clocks that stand still, and the real programs that tests run: brokers, agents, collectors."""

import asyncio
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

_DEBIAN_PACKAGES = {
    "amtool": "prometheus-alertmanager",
    "caddy": "caddy",
    "chromium": "chromium",
    "curl": "curl",
    "influxd": "influxdb",
    "mosquitto": "mosquitto",
    "mosquitto_pub": "mosquitto-clients",
    "mosquitto_sub": "mosquitto-clients",
    "nft": "nftables",
    "openssl": "openssl",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "prometheus-mqtt-exporter": "prometheus-mqtt-exporter",
    "prometheus-snmp-exporter": "prometheus-snmp-exporter",
    "promtool": "prometheus",
    "snmpd": "snmpd",
    "snmptrap": "snmp",
    "snmpinform": "snmp",
    "systemd-analyze": "systemd",
    "systemd-sysusers": "systemd",
    "victoria-metrics": "victoria-metrics",
    "vmalert": "victoria-metrics",
    "vmauth": "victoria-metrics",
}


_ports_told: set[int] = set()
_PROCESSES = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
_OF_THIS_PROCESS = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


class FrozenClock:
    """A clock that moves only when told to, wall and monotonic alike."""

    def __init__(self, now: datetime, epoch: str = "first") -> None:
        self.epoch = epoch
        self._now = now
        self._monotonic = 1000.0

    def wall(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds

    def set_wall(self, now: datetime) -> None:
        self._now = now


def program(name: str) -> str:
    """The path of a program that a test needs; without it the test is skipped, or fails where CI=true."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if path is not None:
        return path
    reason = f"{name} is not installed: apt-get install {_DEBIAN_PACKAGES[name]}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    """A port, of TCP and UDP alike, that is free, that nobody is given by chance while its program is down, and that is
    told once, to one of the processes that share the suite."""
    first_of_kernel = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    while True:
        port = random.randrange(10_000 + _OF_THIS_PROCESS, first_of_kernel, _PROCESSES)
        if port not in _ports_told and not is_listening(port) and not is_bound(port):
            _ports_told.add(port)
            return port


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def eventually(claim: Callable[[], bool], *, within_seconds: float = 30.0) -> None:
    """Wait until a claim about another process holds; fails with the claim's name when it does not in time. What takes
    long to find out, such as a page of metrics, is asked for less often: the other process has to answer it."""
    async with asyncio.timeout(within_seconds):
        while True:
            asked_at = time.monotonic()
            if claim():
                return
            await asyncio.sleep(min(0.25, max(0.02, 4 * (time.monotonic() - asked_at))))


class Mosquitto:
    """A real broker as a process of its own, without persistence: what it holds dies with it."""

    def __init__(self, folder: Path, access: str = "allow_anonymous true\n") -> None:
        self.port = free_port()
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self._configuration = folder / "mosquitto.conf"
        self._configuration.write_text(
            f"user root\nlistener {self.port} 127.0.0.1\npersistence false\nmax_queued_messages 10000\n{access}"
        )
        self._program = program("mosquitto")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self._program, "-c", str(self._configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(500):
            if is_listening(self.port):
                return
            try:
                code = self._process.wait(0.02)
            except subprocess.TimeoutExpired:
                continue
            pytest.fail(f"mosquitto ended with {code}")
        pytest.fail("mosquitto does not listen")

    def kill(self) -> None:
        """As a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


INVENTORY = """
[[sites]]
id = "lab"
kind = "other"
name_ko = "실험실"
name_en = "Lab"
district = "중구"

[[access_points]]
id = "lab-001"
site = "lab"

[[access_points]]
id = "lab-002"
site = "lab"

[[access_points]]
id = "other-001"
site = "jamsil"

[[devices]]
serial = "EX0002"
access_point = "lab-002"
mac = "02:00:00:00:00:02"

[[agents]]
id = "gw-lab"
sites = ["lab"]
"""


class Command:
    """One of our own commands as a process, its output in a file."""

    def __init__(self, folder: Path, name: str, module: str, *arguments: str) -> None:
        self.log = folder / f"{name}.log"
        self._command = [sys.executable, "-m", module, *arguments]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self, signal_number: int = signal.SIGTERM) -> int:
        """Ask it to end, and its exit code."""
        assert self._process is not None
        self._process.send_signal(signal_number)
        return self.wait()

    def wait(self) -> int:
        assert self._process is not None
        code = self._process.wait(30)
        self._process = None
        return code

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None


def write_agent(folder: Path, broker_url: str, *, agent: str = "lab-001", sources: str, protocol: str = "auto") -> Path:
    """An agent's configuration with times short enough for a test."""
    path = folder / f"{agent}.toml"
    path.write_text(
        f"""
[agent]
id = "{agent}"
[broker]
url = "{broker_url}"
protocol = "{protocol}"
[spool]
path = "{agent}.spool"
[uplink]
ack_timeout_seconds = 1.0
backlog_frames_per_second = 1000.0
backlog_delay_seconds = 0.0
reconnect_at_most_seconds = 0.5
{sources}
"""
    )
    return path


def write_collector(folder: Path, broker: str, *, web_port: int) -> Path:
    """A collector's configuration beside its inventory."""
    inventory = folder / "inventory"
    inventory.mkdir(exist_ok=True)
    (inventory / "lab.toml").write_text(INVENTORY, encoding="utf-8")
    path = folder / "collector.toml"
    path.write_text(f"{broker}\n[web]\nport = {web_port}\n")
    return path


def metric(port: int, name: str) -> float:
    """The sum of a metric's samples at a /metrics address here; 0 while nobody answers, or a label is not there yet."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            text: str = answer.read().decode()
    except OSError:
        return 0.0
    family = re.sub("_(total|sum|count)$", "", name.split("{", maxsplit=1)[0])
    assert f"# TYPE {family}" in text, f"there is no metric {name}"
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name))


def status(url: str) -> int:
    """The HTTP status an address answers with; 0 while nobody does."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            code: int = answer.status
            return code
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def is_bound(udp_port: int) -> bool:
    """Whether some process of this machine receives at a UDP port."""
    sockets = Path("/proc/net/udp").read_text(encoding="ascii").splitlines()[1:]
    return any(line.split()[1].endswith(f":{udp_port:04X}") for line in sockets)
