"""What formats share: what an endpoint is configured with, its secrets, and the request that a notice becomes. Pure
but for reading secrets when the collector starts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from agent.settings import Contradiction, RelativePath, SettingsModel
from collector.alerts.alert import Severity
from collector.alerts.telling.links import Links
from collector.alerts.telling.shown import Language

_URL_LETTERS = 2000


def checked_url(url: str) -> str:
    """An address to call. Raises ValueError in words that do not show it: it may be a secret."""
    if len(url) > _URL_LETTERS or not url.isascii() or any(not letter.isprintable() or letter == " " for letter in url):
        raise ValueError(f"must be of at most {_URL_LETTERS} ASCII letters without spaces; encode others as %20 or so")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError("must look like https://host/path, with a port from 1 to 65535 if any") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise ValueError("must look like http://host/path or https://host/path")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user or password")
    if parts.fragment:
        raise ValueError("must not hold a #fragment, which is never sent")
    return url


Url = Annotated[str, AfterValidator(checked_url)]


def _must_be_readable(path: Path) -> Path:
    """Raises ValueError in words that do not show it: people write the secret itself where its file belongs."""
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise ValueError(
            f"names no file that can be read ({error.strerror}); write where the file is, not what it holds"
        ) from error


SecretFile = Annotated[RelativePath, AfterValidator(_must_be_readable)]
"""A file that holds a secret."""
EndpointName = Annotated[str, Field(pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38}[A-Za-z0-9])?$")]


class EndpointSettings(SettingsModel):
    """What every `[[alerts.endpoints]]` table has. Whoever knows the address of some receivers can write to them: it is
    in `url_file` then."""

    secret_files: ClassVar[tuple[str, ...]] = ()
    """The keys, beside `url_file`, that name a file to be read at the start."""
    is_url_secret: ClassVar[bool] = False
    default_url: ClassVar[str | None] = None

    name: EndpointName
    kind: str
    language: Language = "ko"
    timeout_seconds: Annotated[float, Field(ge=1, le=30)] = 15.0
    url: Annotated[Url | None, Field(repr=False)] = None
    url_file: SecretFile | None = None

    @classmethod
    def contradictions(cls, document: object) -> Iterator[Contradiction]:
        """One address and no other."""
        yield from super().contradictions(document)
        if not isinstance(document, dict):
            return
        if cls.is_url_secret and "url" in document:
            yield (
                ("url",),
                "is a secret: whoever knows it can write there; put it into a file and name that in url_file",
            )
        elif "url" in document and "url_file" in document:
            yield ("url",), "stands beside url_file; remove one of them"
        elif cls.default_url is None and not {"url", "url_file"} & document.keys():
            yield (), "url_file is required; add it" if cls.is_url_secret else "url or url_file is required; add one"


class ComposeError(Exception):
    """A notice cannot be written down in the endpoint's form. Trying again cannot help; the message says why."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the files of an endpoint hold, by key, and the address to call. Shown nowhere."""

    url: str = field(repr=False)
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A POST to be made. Address, headers and body may all hold secrets, so none of them shows in logs."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Telling:
    """What formats know beside the notice. `severities` are those that rules are configured with: unlike an alert's own
    they stay the same while it lasts."""

    links: Links = field(default_factory=Links)
    severities: Mapping[str, Severity] = field(default_factory=dict)
