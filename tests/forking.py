"""The process that forks for `forked_programs`: it has imported our programs once, and each of those that it forks runs
its own as `python -m` would, and ends as that does.

Run by itself, with one end of a socket of packets as its standard input. An order is a packet with three descriptors:
for standard output and error, and another such socket, on which it is told the id of the process, and how it ended.
"""

import faulthandler
import gc
import importlib
import json
import os
import runpy
import selectors
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_IMPORTED = (
    "agent.main",
    "agent.metrics",
    "alembic.command",
    "alembic.config",
    "amqtt.broker",
    "collector.backup.restoring",
    "collector.backup.saving",
    "collector.cli.command",
    "collector.enrolling",
    "collector.outward.client",
    "collector.renewing",
    "collector.stores.duckdb",
    "collector.stores.influx",
    "psycopg",
)
_MOST_BYTES = 200_000


class Order(NamedTuple):
    """What to run, where, and in which environment; whether it tells at a SIGABRT where its threads are."""

    module: str
    arguments: Sequence[str]
    folder: str
    environment: dict[str, str]
    tells_where_it_stands: bool


def _fork_as_told(orders: socket.socket) -> Order:
    """Returns in those that are forked; ends once nobody can order anything, whoever still runs."""
    with selectors.DefaultSelector() as selector:
        selector.register(orders, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.data is not None:
                    selector.unregister(key.fd)
                    _tell_how_it_ended(key.fd, *key.data)
                    continue
                order = _fork(orders, selector)
                if order is not None:
                    return order


def _fork(orders: socket.socket, selector: selectors.BaseSelector) -> Order | None:
    """The order, in the process that is forked for it."""
    text, descriptors, _, _ = socket.recv_fds(orders, _MOST_BYTES, 3)
    if not text:
        sys.exit()
    out, err, told = descriptors
    child = os.fork()
    if child == 0:
        _keep_nothing(orders, selector)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for descriptor, standard in ((nothing, 0), (out, 1), (err, 2)):
            os.dup2(descriptor, standard)
            os.close(descriptor)
        os.close(told)
        return Order(*json.loads(text))
    os.close(out)
    os.close(err)
    os.write(told, str(child).encode())
    selector.register(os.pidfd_open(child), selectors.EVENT_READ, (child, told))
    return None


def _keep_nothing(orders: socket.socket, selector: selectors.BaseSelector) -> None:
    """Of what is open for the others."""
    for key in [*selector.get_map().values()]:
        if key.data is not None:
            os.close(key.data[1])
            os.close(key.fd)
    selector.close()
    orders.close()


def _tell_how_it_ended(pidfd: int, child: int, told: int) -> None:
    _, status = os.waitpid(child, 0)
    with suppress(OSError):  # who asked for it may have ended
        os.write(told, str(os.waitstatus_to_exitcode(status)).encode())
    os.close(told)
    os.close(pidfd)


def _be(order: Order) -> None:
    """What `python -m` would be."""
    os.environ.clear()
    os.environ.update(order.environment)
    os.chdir(order.folder)
    sys.path[0] = order.folder
    if order.tells_where_it_stands:
        faulthandler.enable()
    sys.argv = [order.module, *order.arguments]
    runpy.run_module(order.module, run_name="__main__", alter_sys=True)


def main() -> None:
    """Import, fork, and be what was ordered."""
    sys.path[0] = str(Path.cwd())
    for name in _IMPORTED:
        importlib.import_module(name)
    del sys.modules["agent.main"]  # each runs its own
    gc.collect()
    gc.freeze()
    _be(_fork_as_told(socket.socket(fileno=os.dup(0))))


if __name__ == "__main__":
    main()
