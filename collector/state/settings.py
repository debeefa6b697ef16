"""The `[state]` table of the collector's configuration: which database holds its state."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import AfterValidator, model_validator

from agent.settings import Contradiction, ReadableFile, SettingsModel

_SCHEME = "postgresql://"
_DEFAULT_PORT = 5432


def _check_url(url: str) -> str:
    parts = _split(url)
    if url != url.strip() or not url.startswith(_SCHEME) or not parts.hostname:
        raise ValueError("must look like postgresql://user@host:5432/database")
    try:
        parts.hostname.encode("idna")
    except UnicodeError as error:
        raise ValueError("the host's name cannot be looked up") from error
    if parts.password is not None:
        raise ValueError("must not hold a password; put it into a file and name that in password_file")
    if not parts.username:
        raise ValueError("must name the user before the host, as in postgresql://user@host:5432/database")
    if not parts.path.strip("/") or "/" in parts.path[1:]:
        raise ValueError("must name the database after the host, as in postgresql://user@host:5432/database")
    if parts.query or parts.fragment:
        raise ValueError("must end after the database")
    _port_of(parts)
    return url


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise ValueError("must look like postgresql://user@host:5432/database") from error


def _port_of(parts: SplitResult) -> int:
    try:
        port = _DEFAULT_PORT if parts.port is None else parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError("the port must be a number from 1 to 65535")
    return port


class StateSettings(SettingsModel):
    """The `[state]` table. Without a url, the state is in a SQLite file in the data folder."""

    url: Annotated[str, AfterValidator(_check_url)] | None = None
    password_file: ReadableFile | None = None

    @classmethod
    def contradictions(cls, document: object) -> Iterator[Contradiction]:
        """A password is that of a server's user."""
        yield from super().contradictions(document)
        if isinstance(document, dict) and "password_file" in document and "url" not in document:
            yield ("password_file",), "needs url; add the database that the password belongs to"

    @model_validator(mode="after")
    def _check_password(self) -> "StateSettings":
        """A mistake in the file is told at the start, not at every connection."""
        if self.password_file is not None and not _read_password(self.password_file):
            raise ValueError(f"{self.password_file} is empty; write the password into it")
        return self

    @property
    def host(self) -> str:
        """The server's host name or address."""
        return self._parts.hostname or ""

    @property
    def port(self) -> int:
        """The server's TCP port."""
        return _port_of(self._parts)

    @property
    def user(self) -> str:
        """The user at the server."""
        return unquote(self._parts.username or "")

    @property
    def database(self) -> str:
        """The name of the database at the server."""
        return unquote(self._parts.path[1:])

    @property
    def password(self) -> str | None:
        """What the password file holds."""
        return None if self.password_file is None else _read_password(self.password_file)

    @property
    def _parts(self) -> SplitResult:
        return urlsplit(self.url or "")


def _read_password(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
