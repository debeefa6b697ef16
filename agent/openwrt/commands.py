"""The seam to the device: runs the few commands that a reading takes, or replays what they once said.

For `agent.openwrt.reading`. No answer is no error: a command that is not installed, fails, hangs, says too much or
was not recorded is `None`, and costs the values that it would have told.
"""

import asyncio
import contextlib
import os
import re
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from agent.procfs import is_interface_name
from agent.threads import in_own_thread

MAX_OUTPUT_BYTES = 1024 * 1024
_MAX_RECORDED_FILES = 10_000
_KILL_SECONDS = 1.0
_SUFFIXES = (".txt", ".json", ".out", ".log")
_WORDS_LEFT_OUT = frozenset({"ubus", "call", "dev", "device"})
_WHOSE = re.compile(
    r"(?:iw_(?:dev_)?|iwinfo_)(.+)_(?:info|survey_dump|station_dump|assoclist)"
    r"|(?:.*_)?hostapd.(.+)_get_(?:clients|status)"
    r"|(?:.*_)?iwinfo_(?:info|assoclist)_(?:device_)?(.+)"
)


class Commands(Protocol):
    """Answers to commands for the length of one reading."""

    async def run(self, *argv: str) -> str | None:
        """What the command prints; None where it does not answer."""
        ...


class DeviceCommands:
    """The device's own programs, without a shell, one at a time, each within a time limit.

    A program that hangs in the kernel cannot be killed. It is left to the event loop, which collects it when it ends
    at last, and the same command is not started again before.
    """

    def __init__(self, *, time_limit_seconds: float, max_output_bytes: int = MAX_OUTPUT_BYTES) -> None:
        self._time_limit_seconds = time_limit_seconds
        self._max_output_bytes = max_output_bytes
        self._hanging: dict[tuple[str, ...], Process] = {}

    async def run(self, *argv: str) -> str | None:
        """See `Commands.run`; waits no longer than the time limit, and a second for a kill to work."""
        if argv in self._hanging and self._hanging[argv].returncode is None:
            return None
        self._hanging.pop(argv, None)
        try:
            process = await asyncio.create_subprocess_exec(
                *argv, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, start_new_session=True
            )
        except (OSError, ValueError):
            return None  # not installed, not allowed, no memory; or a NUL in a name, which no program takes
        try:
            async with asyncio.timeout(self._time_limit_seconds):
                output = await self._output_of(process)
                code = await process.wait() if output is not None else None
        except TimeoutError:
            return None
        finally:
            if process.returncode is None:
                await self._kill(argv, process)
        return output.decode(errors="replace") if output is not None and code == 0 else None

    async def _output_of(self, process: Process) -> bytes | None:
        """All that it prints; None where that is too much."""
        output = bytearray()
        while process.stdout is not None:
            chunk = await process.stdout.read(64 * 1024)
            if not chunk:
                break
            output += chunk
            if len(output) > self._max_output_bytes:
                return None
        return bytes(output)

    async def _kill(self, argv: tuple[str, ...], process: Process) -> None:
        self._hanging[argv] = process
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # and what it started: the session is its own
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_KILL_SECONDS):
                await self._output_of(process)  # what fills the pipe would keep the end of the program from us
                await process.wait()
                del self._hanging[argv]


class RecordedCommands:
    """What commands printed, a file for each, in `commands/` below a folder or in the folder itself.

    The folders are listed anew at each reading. `interfaces` are those that the files' names speak of.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: Mapping[tuple[str, ...], Path] = {}
        self.interfaces: tuple[str, ...] = ()

    async def open(self) -> None:
        """Look at what there is; to be called before a reading."""
        paths = await in_own_thread(self._list, name="recorded commands")
        names = [_canonical(path.stem if path.suffix in _SUFFIXES else path.name) for path in paths]
        self._files = {_words(name): path for name, path in zip(names, paths, strict=True)}
        told = [next(filter(None, match.groups())) for name in names if (match := _WHOSE.fullmatch(name))]
        self.interfaces = tuple(sorted({name for name in told if is_interface_name(name)}))

    async def run(self, *argv: str) -> str | None:
        """See `Commands.run`."""
        path = self._files.get(_words(file_name(argv)))
        return None if path is None else await in_own_thread(lambda: _text(path), name="recorded command")

    def _list(self) -> list[Path]:
        """The files; of two for one command, the one in `commands/` comes last, and then the one with the full name."""
        found: list[Path] = []
        for folder in (self._root, self._root / "commands"):
            with contextlib.suppress(OSError):
                paths = (path for path in folder.iterdir() if path.is_file())
                found += sorted(paths, key=lambda path: (len(path.name), path.name))[:_MAX_RECORDED_FILES]
        return found


def file_name(argv: tuple[str, ...]) -> str:
    """The name under which a command's output is recorded: its words, with one `_` for all that stands between.

    What is no letter, digit, dot or hyphen stands between: `ubus call iwinfo info {"device":"wlan0"}` is recorded as
    `ubus_call_iwinfo_info_device_wlan0`.
    """
    return _canonical(" ".join(argv))


def _canonical(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]+", "_", text).strip("_")


def _words(name: str) -> tuple[str, ...]:
    """What two names of one recording have in common, whoever gave them: `iw list` prints what `iw phy` does."""
    words = tuple(word for word in re.findall(r"[a-z0-9]+", name.lower()) if word not in _WORDS_LEFT_OUT)
    return ("iw", "phy") if words == ("iw", "list") else words


def _text(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            output = file.read(MAX_OUTPUT_BYTES + 1)
    except OSError:
        return None
    if len(output) > MAX_OUTPUT_BYTES:
        return None
    return output.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")  # it may have passed through a PC
