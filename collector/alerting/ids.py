"""Ids that nobody else has drawn."""

import secrets


def new_alert_id() -> str:
    """An alert's."""
    return secrets.token_hex(8)


def new_id(kind: str) -> str:
    """A thread's; or a `notice`'s, as receivers of Standard Webhooks know them."""
    drawn = secrets.token_hex(12)
    return f"msg_{drawn}" if kind == "notice" else drawn
