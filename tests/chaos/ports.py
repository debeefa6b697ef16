"""Ports for programs that are not running all the time. What the kernel gives to others meanwhile is not among them."""

import random
import socket
from pathlib import Path

_LOWEST = 10_000
_taken: set[int] = set()


def port_to_keep() -> int:
    """A port that is free, that no connection is given by chance while its program is down, and that is told once."""
    first_of_kernel = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    while True:
        port = random.randrange(_LOWEST, first_of_kernel)
        with socket.socket() as probe:
            if port not in _taken and probe.connect_ex(("127.0.0.1", port)) != 0:
                _taken.add(port)
                return port
