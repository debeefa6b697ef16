"""Has Mosquitto read its access list, passwords, certificates and revocations again, by SIGHUP or through systemd, or
has systemd start it again."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

from collector.main import CollectorError

SYSTEMD = Path("/run/systemd/system")
"""Is there where systemd runs the machine."""
_WITHIN_SECONDS = 20.0
_BY_HAND = "until it has read its files again, it goes by the old ones: `systemctl reload mosquitto`, or SIGHUP to it"
_TO_START = (
    "start it again, by `systemctl restart mosquitto`: it goes by its old files, and who was revoked may be connected"
)


def reload_broker(pid_file: Path | None) -> None:
    """Tell the broker whose number is in the file, or the one that systemd runs. Raises CollectorError where it cannot
    be told, with what to do."""
    if pid_file is not None:
        _signal(pid_file)
        return
    _ask_systemd("reload", _BY_HAND)


def restart_broker(pid_file: Path | None) -> bool:
    """The same, and have it end all connections; False where it was but told to read, for whoever started it is not
    known. Raises CollectorError, also where what runs is not systemd's."""
    if pid_file is not None:
        _signal(pid_file)
        return False
    _ask_systemd("is-active", _TO_START)
    _ask_systemd("restart", _TO_START)
    return True


def _ask_systemd(what: str, by_hand: str) -> None:
    program = shutil.which("systemctl")
    if program is None or not SYSTEMD.exists():
        raise CollectorError(f"the broker was not told, for there is no systemd here: name --broker-pid; {by_hand}")
    command = [program, "--no-ask-password", what, "mosquitto.service"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_WITHIN_SECONDS)  # noqa: S603  # no stranger's words
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", b"") or b""
        why = said.decode(errors="replace").strip() or str(error)
        raise CollectorError(f"the broker was not told ({why}); {by_hand}") from error


def _signal(pid_file: Path) -> None:
    try:
        text = pid_file.read_text(encoding="ascii", errors="replace").strip()
        number = int(text) if text.isdecimal() else 0
        if number == 0:  # which would be everybody of this group of processes
            raise CollectorError(f"{pid_file} holds no process's number; {_BY_HAND}")
        program = _program_of(number)
        if program not in {None, "mosquitto"}:  # the number of a broker that crashed is somebody else's by and by
            raise CollectorError(f"{pid_file}: {number} is {program}, and not the broker; {_BY_HAND}")
        os.kill(number, signal.SIGHUP)
    except (OSError, OverflowError) as error:
        raise CollectorError(f"the broker of {pid_file} was not told ({error}); {_BY_HAND}") from error


def _program_of(number: int) -> str | None:
    """What a process is called, or None where that is not to be seen."""
    try:
        return Path(f"/proc/{number}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None
