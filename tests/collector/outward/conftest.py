"""Ports that swallow."""

import contextlib
import socket
from collections.abc import Iterator

import pytest


@pytest.fixture
def swallowing_port() -> Iterator[int]:
    """A port that answers no attempt to connect: its queue is full, and Linux drops what does not fit."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        while True:
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0.3)
            try:
                waiting.connect(listener.getsockname())
            except TimeoutError:
                break
        yield listener.getsockname()[1]
