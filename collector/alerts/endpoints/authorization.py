"""The Authorization header that a receiver, or a proxy before it, may ask for. Pure."""

from collections.abc import Iterator

from collector.alerts.endpoints.settings import Secrets

_KEY = "authorization_file"


def authorized(secrets: Secrets) -> dict[str, str]:
    """The header, if the endpoint has one."""
    value = secrets.texts.get(_KEY, "").strip()
    return {"authorization": value} if value else {}


def authorization_mistake(secrets: Secrets) -> Iterator[tuple[str, str]]:
    """What no header may hold."""
    value = secrets.texts.get(_KEY)
    if value is not None and not (value.strip().isascii() and value.strip().isprintable() and value.strip()):
        yield _KEY, "must hold one line of ASCII, the whole value, such as: Bearer TOKEN"
