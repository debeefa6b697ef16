"""What commands do with an answer of the API beside telling it in words: print it as it is, or keep a file of it."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from collector.main import CollectorError


def as_json(answer: Mapping[str, Any]) -> str:
    """For people and programs: Korean stays as it is, and what may steer a terminal is escaped as JSON has it."""
    text = json.dumps(answer, indent=2, ensure_ascii=False)
    return "".join(sign if sign == "\n" or sign.isprintable() else json.dumps(sign)[1:-1] for sign in text)


def write_file(path: Path, content: bytes) -> None:
    """Write it, and say so on stderr. Raises CollectorError."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise CollectorError(f"{path}: {error.strerror}; name a file in a folder that is there") from error
    print(f"written: {path}", file=sys.stderr)


def terminal_language() -> str:
    """`ko` or `en`."""
    wish = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "ko" if wish.startswith("ko") else "en"
