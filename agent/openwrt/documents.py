"""Opens the JSON that ubus prints. The edge of this package: what is inside is looked at key by key. Pure."""

import json
from typing import Any


def parse_document(text: str | None) -> dict[str, Any]:
    """The object in a text; an empty one where there is none."""
    try:
        document = json.loads(text or "")
    except (ValueError, RecursionError):
        return {}
    return table(document)


def table(value: object) -> dict[str, Any]:
    """The value where it is a table, else an empty one."""
    return value if isinstance(value, dict) else {}


def rows(value: object) -> list[Any]:
    """The value where it is a list, else an empty one."""
    return value if isinstance(value, list) else []
