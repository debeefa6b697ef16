"""Hosts of their own on one machine: network namespaces, joined by lines that lose, delay and can be cut.

A line is a TUN device whose packets this process carries: tc's netem, which would do it, is a module that many kernels
do not have. Addresses are of the networks for benchmarks (RFC 2544, RFC 5180). Nothing leaves the namespaces.

    with Network() as network:
        broker, agent = network.host("br"), network.host("ap")
        agent.line.loss_ratio = 0.02
        agent.line.is_cut = True
        agent.inside(metric, 9101, "hangang_agent_connected")
"""

import ctypes
import fcntl
import heapq
import itertools
import os
import random
import selectors
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, Self, TypeVar

import pytest
from harness import Command

P = ParamSpec("P")
T = TypeVar("T")
_TUNSETIFF, _TUN_WITHOUT_HEAD = 0x400454CA, 0x1001
_CLONE_NEWNET = 0x40000000
_MOST_BYTES = 65_536
_QUEUE_PACKETS = 1000
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass
class Line:
    """Between a host and all others, the same both ways. What has been on it is counted in packets."""

    loss_ratio: float = 0.0
    delay_seconds: float = 0.0
    is_cut: bool = False
    carried: int = 0
    lost: int = 0


class Host:
    """A network namespace with one address of each family, and whoever runs there."""

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self.address, self.address_of_6 = f"198.18.77.{number}", f"2001:2:0:77::{number:x}"
        self.line = Line()
        self.device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(self.device, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _TUN_WITHOUT_HEAD))
        self._threads: ThreadPoolExecutor | None = None

    def settle(self) -> None:
        """Move in. To be called once; skips the test where that is not permitted."""
        _ip(f"netns add {self.name}")
        _ip(f"link set {self.name} netns {self.name}")
        for command in (
            "link set lo up",
            f"addr add {self.address}/32 dev {self.name}",
            f"addr add {self.address_of_6}/128 dev {self.name} nodad",
            f"link set {self.name} up txqueuelen {_QUEUE_PACKETS}",
            f"route add default dev {self.name}",
            f"-6 route add default dev {self.name}",
        ):
            _ip(f"-n {self.name} {command}")
        self._threads = ThreadPoolExecutor(1, initializer=self._enter)

    def inside(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What a function comes to whose sockets are this host's."""
        assert self._threads is not None
        return self._threads.submit(work, *args, **kwargs).result(60)

    def command(self, folder: Path, name: str, module: str, *arguments: str) -> Command:
        """One of our own commands, to be run here."""
        command = Command(folder, name, module, *arguments)
        command._command = [*self.prefix, *command._command]
        return command

    def run(self, *command: str, text: str | None = None) -> str:
        """What a program prints that runs here."""
        done = subprocess.run([*self.prefix, *command], input=text, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def is_listening(self, port: int) -> bool:
        """Whether somebody here takes connections."""
        return self.inside(_connects, self.address, port)

    @property
    def prefix(self) -> tuple[str, ...]:
        """Before a command that is to run here."""
        return "ip", "netns", "exec", self.name

    def leave(self) -> None:
        """Take it all away. Whoever runs here has ended before."""
        if self._threads is not None:
            self._threads.shutdown()
        os.close(self.device)
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True)

    def _enter(self) -> None:
        with Path(f"/run/netns/{self.name}").open() as namespace:
            if _libc.setns(namespace.fileno(), _CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")


class Network:
    """Carries packets between hosts, in a thread of its own, until it is left."""

    def __init__(self, seed: int = 0) -> None:
        self._hosts: dict[bytes, Host] = {}
        self._numbers = itertools.count(1)
        self._random = random.Random(seed)
        self._selector = selectors.DefaultSelector()
        self._on_the_way: list[tuple[float, int, Host, bytes]] = []
        self._order = itertools.count()
        self._ended = False
        self._thread = threading.Thread(target=self._carry, name="network", daemon=True)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        if os.geteuid() != 0 or shutil.which("ip") is None or not Path("/dev/net/tun").exists():
            pytest.skip("network namespaces are made by root, with iproute2 and /dev/net/tun")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self._thread.join()
        self._selector.close()
        self._stack.close()

    def host(self, name: str) -> Host:
        """A new one. Names are short: a device's has 15 letters at most."""
        try:
            host = Host(f"hg{os.getpid()}{name}", next(self._numbers))
        except OSError as error:
            pytest.skip(f"no TUN device can be made here: {error.strerror}")
        self._stack.callback(host.leave)
        host.settle()
        for address, family in ((host.address, socket.AF_INET), (host.address_of_6, socket.AF_INET6)):
            self._hosts[socket.inet_pton(family, address)] = host
        self._selector.register(host.device, selectors.EVENT_READ, host)
        return host

    def _carry(self) -> None:
        while not self._ended:
            wait = self._on_the_way[0][0] - time.monotonic() if self._on_the_way else 0.1
            for key, _ in self._selector.select(min(0.1, max(0.0, wait))):
                self._take(key.data)
            while self._on_the_way and self._on_the_way[0][0] <= time.monotonic():
                _, _, host, packet = heapq.heappop(self._on_the_way)
                _write(host, packet)

    def _take(self, host: Host) -> None:
        try:
            packet = os.read(host.device, _MOST_BYTES)
        except OSError:
            return
        target = self._hosts.get(packet[16:20] if packet[0] >> 4 == 4 else packet[24:40])
        if target is None:
            return
        delay = 0.0
        for line in (host.line, target.line):
            if line.is_cut or self._random.random() < line.loss_ratio:
                line.lost += 1
                return
            line.carried += 1
            delay += line.delay_seconds
        heapq.heappush(self._on_the_way, (time.monotonic() + delay, next(self._order), target, packet))


def _write(host: Host, packet: bytes) -> None:
    try:
        os.write(host.device, packet)
    except OSError:
        host.line.lost += 1


def _connects(address: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((address, port)) == 0


def _ip(command: str) -> None:
    done: Any = subprocess.run(["ip", *command.split()], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"ip {command}: {done.stderr.strip()}")
