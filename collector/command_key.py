"""What commands on the collector's machine show to its API instead of a session: a key in a file that only the
collector's user may read. A new one is drawn at every start."""

import os
import secrets
from pathlib import Path

_BYTES = 32


def make_command_key(path: Path) -> str:
    """Draw a key and put it into the file, whole or not at all. Raises OSError."""
    key = secrets.token_urlsafe(_BYTES)
    written = path.with_name(f"{path.name}.{os.getpid()}")
    written.unlink(missing_ok=True)
    written.touch(mode=0o600)
    written.write_text(f"{key}\n", encoding="ascii")
    written.replace(path)
    return key


def read_command_key(path: Path) -> str:
    """The key of the running collector. Raises OSError."""
    return path.read_text(encoding="ascii").strip()
