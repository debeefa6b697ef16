"""How a board says that we made it as it is: by the message of its version, which Grafana keeps beside each. Pure.

A tag or a uid says that a board was ours once; only the newest version's message says that nobody has changed it since.
"""

import hashlib
import json
import re

from dashboards.pushing.boards import Document, own_part

_MESSAGE = re.compile(r"hangang ([0-9a-f]{64})")


def message_of(document: Document) -> str:
    """What is left with a version that we make: `hangang` and the SHA-256 of the board, 72 of the 500 characters that
    Grafana allows."""
    canonical = json.dumps(own_part(document), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"hangang {hashlib.sha256(canonical.encode()).hexdigest()}"


def is_ours(message: str | None) -> bool:
    """Whether a version with that message was made by us."""
    return message is not None and _MESSAGE.fullmatch(message) is not None
