"""The `[store]` table of kind `influx`. Without heavy imports: every command that checks the configuration reads it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from agent.settings import Contradiction, ReadableFile, SettingsModel

Engine = Literal["victoriametrics", "influxdb"]

_VICTORIAMETRICS_SETTLES_WITHIN_SECONDS = 15.0
"""kill -9 loses what was written up to 12 s before, measured on 1.79.5; the rest is margin."""
_SAMPLE = "http://host:8428"


def _check_url(url: str) -> str:
    parts = urlsplit(url)
    if url != url.strip() or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"must look like {_SAMPLE} or https://host/path")
    if parts.username or parts.password:
        raise ValueError("must not hold a user or password; use token_file")
    if parts.query or parts.fragment:
        raise ValueError("must end after the path; org and bucket are keys of their own")
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError("the port must be a number from 1 to 65535")
    return url.rstrip("/")


Url = Annotated[str, AfterValidator(_check_url)]


class InfluxSettings(SettingsModel):
    """Where to write and where to ask. A path in front of the API's own, as of a cluster's tenant, is part of a url."""

    kind: Literal["influx"] = "influx"
    engine: Engine
    url: Url
    query_url: Url | None = None
    org: str = ""
    bucket: Annotated[str, Field(min_length=1)] = "wifi"
    token_file: ReadableFile | None = None
    batch_lines: Annotated[int, Field(ge=1, le=100_000)] = 4000
    requests_at_once: Annotated[int, Field(ge=1, le=64)] = 4
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 30.0
    settle_seconds: Annotated[float, Field(ge=0, le=600)] | None = None
    watch: tuple[Url, ...] | None = None

    @classmethod
    def contradictions(cls, document: object) -> Iterator[Contradiction]:
        """A cluster is written, asked and watched at three addresses; InfluxDB 2 has organisations and tokens."""
        yield from super().contradictions(document)
        if not isinstance(document, dict):
            return
        url = document.get("url")
        is_victoriametrics = document.get("engine") == "victoriametrics"
        if is_victoriametrics and isinstance(url, str) and "/insert/" in url:
            if "query_url" not in document:
                yield (
                    ("url",),
                    "is a vminsert, which answers no questions; add query_url, such as …/select/0/prometheus",
                )
            if "watch" not in document:
                yield ("url",), "is a vminsert, which stores nothing; add watch, the /metrics of every vmstorage"
        if is_victoriametrics and document.get("watch") == [] and document.get("settle_seconds") != 0:
            yield ("watch",), "names nobody, so that a restart would go unseen; name the /metrics of every storage"
        if is_victoriametrics and document.get("org"):
            yield ("org",), "means nothing to VictoriaMetrics; remove it, or name the tenant in the url's path"
        if document.get("org") and "token_file" not in document:
            yield ("org",), "needs token_file: who has organisations asks for a token"

    @model_validator(mode="after")
    def _check_token(self) -> "InfluxSettings":
        """A token that cannot be sent is told at the start."""
        self.token()
        return self

    @property
    def asked_at(self) -> str:
        """Where questions go."""
        return self.query_url or self.url

    @property
    def settles_within_seconds(self) -> float:
        """How long a written point may still be lost: InfluxDB answers when it is on disk."""
        if self.settle_seconds is not None:
            return self.settle_seconds
        return _VICTORIAMETRICS_SETTLES_WITHIN_SECONDS if self.engine == "victoriametrics" else 0.0

    @property
    def watched(self) -> tuple[str, ...]:
        """The /metrics addresses that tell a restart."""
        if self.watch is not None:
            return self.watch
        return (f"{self.url}/metrics",) if self.engine == "victoriametrics" else ()

    def token(self) -> str | None:
        """The token, read anew. Raises ValueError where the file holds none."""
        if self.token_file is None:
            return None
        return _read_token(self.token_file)


def _read_token(path: Path) -> str:
    try:
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read as a token: plain ASCII text is needed") from error
    if not token or not token.isprintable() or " " in token:
        raise ValueError(f"{path} must hold one token and nothing else")
    return token
