"""Our own commands as processes that need not import everything anew, which is most of what a start costs: see
`forking`. For tests of what programs do once they run; that they start as a person starts them is `harness.Command`'s
to show.
"""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from forking import Order
from harness import Command

_ENDS_WITHIN_SECONDS = 30.0


class ForkedCommand(Command):
    """A command whose process is forked. Its output is in a file as well."""

    _tells_where_it_stands = False

    def __init__(self, folder: Path, name: str, module: str, *arguments: str) -> None:
        super().__init__(folder, name, module, *arguments)
        self._module, self._arguments = module, arguments

    def start(self) -> None:
        order = _order(self._module, self._arguments, tells_where_it_stands=self._tells_where_it_stands)
        with self.log.open("ab") as log:
            self._process = _Forked(order, log.fileno(), log.fileno())  # type: ignore[assignment]  # stands where it does


def run_forked(folder: Path, module: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command until it ends: its exit code and what it printed, by way of files in a folder."""
    paths = [folder / f"{name}.printed" for name in ("stdout", "stderr")]
    with paths[0].open("wb") as out, paths[1].open("wb") as err:
        process = _Forked(_order(module, arguments), out.fileno(), err.fileno())
    try:
        code = process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    printed = [path.read_text(encoding="utf-8") for path in paths]
    return subprocess.CompletedProcess([module, *arguments], code, *printed)


def _order(module: str, arguments: Sequence[str], *, tells_where_it_stands: bool = False) -> Order:
    return Order(module, arguments, str(Path.cwd()), dict(os.environ), tells_where_it_stands)


class _Forked:
    """As much of `subprocess.Popen` as a command needs. Its parent is the process that forks."""

    def __init__(self, order: Order, out: int, err: int) -> None:
        self._told, telling = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with telling:
            socket.send_fds(_orders(), [json.dumps(order).encode()], [out, err, telling.fileno()])
        self.pid = self._read()
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code once it has ended, or the signal that ended it, negative."""
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            self.returncode = self._read()
            self._told.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Nothing happens where it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9."""
        self.send_signal(signal.SIGKILL)

    def _read(self) -> int:
        told = self._told.recv(16)
        assert told, "the process that forks has ended"
        return int(told)


_begun: list[socket.socket] = []


def _orders() -> socket.socket:
    """Where the process that forks takes orders, which is begun by the first of them."""
    if not _begun:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            process = subprocess.Popen([sys.executable, str(Path(__file__).with_name("forking.py"))], stdin=theirs)
        atexit.register(_end, process, ours)
        _begun.append(ours)
    return _begun[0]


def _end(process: "subprocess.Popen[bytes]", orders: socket.socket) -> None:
    orders.close()
    process.wait(_ENDS_WITHIN_SECONDS)
