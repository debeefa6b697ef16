"""Standard Webhooks: signed JSON with all facts and the texts in both languages, for programs.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md; the body's schema is
docs/webhook.schema.json.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar, Literal

from collector.alerts.endpoints.fitting import fitting
from collector.alerts.endpoints.settings import EndpointSettings, Outgoing, SecretFile, Secrets, Telling
from collector.alerts.endpoints.webhook import webhook_of
from collector.alerts.notice import Notice

_PREFIX = "whsec_"
_KEY_BYTES = range(24, 65)
_MOST_BYTES = 20_000
"""What Standard Webhooks advises to stay below. One alert is written whole, whatever it lists."""
_MOST_ALERTS = 100


class Settings(EndpointSettings):
    """`secret_file` holds a `whsec_` secret a line, the newest first. While secrets are changed it holds both: each
    signs, so that the receiver finds the one that it knows."""

    secret_files: ClassVar[tuple[str, ...]] = ("secret_file",)

    kind: Literal["standard_webhooks"] = "standard_webhooks"
    secret_file: SecretFile


def compose(notice: Notice, settings: Settings, secrets: Secrets, telling: Telling, at: datetime) -> Outgoing:  # noqa: ARG001  # as all formats
    """The signed request. It is signed anew for each attempt, under the same id."""

    def build(count: int) -> bytes:
        return webhook_of(notice, telling.links, count).model_dump_json().encode()

    body = fitting(build, min(len(notice.alerts), _MOST_ALERTS), lambda body: len(body) <= _MOST_BYTES)
    timestamp = str(int(at.timestamp()))
    content = b".".join((notice.id.encode(), timestamp.encode(), body))
    headers = {
        "content-type": "application/json",
        "webhook-id": notice.id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(key, content) for key in _keys(secrets)),
    }
    return Outgoing(secrets.url, headers, body)


def mistakes(settings: Settings, secrets: Secrets) -> Iterator[tuple[str, str]]:  # noqa: ARG001  # as all formats
    """Of secrets that sign nothing."""
    try:
        keys = _keys(secrets)
    except ValueError as error:
        yield "secret_file", str(error)
    else:
        if not keys:
            yield "secret_file", f"holds no secret; write one {_PREFIX}... a line, the newest first"


def _keys(secrets: Secrets) -> list[bytes]:
    lines = [line.strip() for line in secrets.texts["secret_file"].splitlines()]
    return [_key(line, number) for number, line in enumerate(lines, start=1) if line and not line.startswith("#")]


def _key(line: str, number: int) -> bytes:
    try:
        key = base64.b64decode(line.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not line.startswith(_PREFIX) or len(key) not in _KEY_BYTES:
        raise ValueError(
            f"line {number} must be {_PREFIX} and 24 to 64 random bytes in base64; make one with: "
            "echo whsec_$(head -c 32 /dev/urandom | base64 -w 0)"
        )
    return key


def _signature(key: bytes, content: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
