"""Programs under test as a machine would run them: started again when they end, however they ended; and killed, frozen
and kept down when a test says so."""

import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from forked_programs import ForkedCommand
from harness import Command

_RESTART_SECONDS = 0.3


class Process(Protocol):
    """What all programs of the tests can do."""

    def start(self) -> None:
        """Start it; returns when it has begun."""
        ...

    def kill(self) -> None:
        """kill -9, and wait until it is gone. Nothing happens where it does not run."""
        ...


class PostMortemCommand(ForkedCommand):
    """One of our commands, which tells at a SIGABRT where its threads are."""

    _tells_where_it_stands = True


class PostMortemCommandWith(Command):
    """The same with variables of the environment, some of which a program must have from its beginning."""

    def __init__(self, folder: Path, name: str, module: str, *arguments: str, environment: Sequence[str]) -> None:
        super().__init__(folder, name, module, *arguments)
        self._command = ["env", "PYTHONFAULTHANDLER=1", *environment, *self._command]


class Supervisor:
    """Starts one of our commands, and starts it again when it has ended by itself, for as long as it is wanted."""

    def __init__(self, command: Command) -> None:
        self.exits = 0
        self.command = command
        self._watch: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start it, and look after it."""
        self.command.start()
        self._watch = asyncio.get_running_loop().create_task(self._restart_when_ended())

    def kill(self) -> None:
        """kill -9, and leave it down."""
        self._look_away()
        self.command.kill()

    def tell_where_it_stands(self) -> None:
        """Let it end with the stacks of all its threads in its log."""
        self._look_away()
        if self.command.is_running:
            os.kill(self.command.pid, signal.SIGABRT)

    def freeze(self) -> None:
        """Let it do nothing, as on a machine that swaps or a virtual one that is being moved."""
        if self.command.is_running:
            os.kill(self.command.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        if self.command.is_running:
            os.kill(self.command.pid, signal.SIGCONT)

    async def stop(self) -> int:
        """Ask it to end, and its exit code."""
        self._look_away()
        return await asyncio.to_thread(self.command.stop)

    def _look_away(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def _restart_when_ended(self) -> None:
        while True:
            await asyncio.sleep(_RESTART_SECONDS)
            if not self.command.is_running:
                self.exits += 1
                self.command.start()
