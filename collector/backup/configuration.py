"""The configuration file, and the files that it names: passwords, tokens, keys and certificates."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from agent.settings import dotted, read_toml

_NAMES_A_FILE = "_file"
_OPEN_TO_ALL = frozenset({"ca_file", "certificate_file"})
"""Certificates, which are shown to whoever connects; everything else that a key names is a secret."""


class NamedFile(NamedTuple):
    """A file that the configuration names: at which key, such as `broker.password_file`, and where it lies."""

    key: str
    path: Path

    @property
    def is_secret(self) -> bool:
        """Whether a backup without keys leaves it out."""
        return self.key.rpartition(".")[2] not in _OPEN_TO_ALL


def named_files(configuration: Path) -> list[NamedFile]:
    """In the order of the file. Raises SettingsError where that is no TOML."""
    return [
        NamedFile(dotted(place), configuration.parent / Path(path).expanduser())
        for place, path in _found(read_toml(configuration), ())
    ]


def _found(document: object, place: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text at a key that names a file."""
    if isinstance(document, dict):
        for key, value in document.items():
            if isinstance(value, str) and key.endswith(_NAMES_A_FILE):
                yield (*place, key), value
            yield from _found(value, (*place, key))
    elif isinstance(document, list):
        for position, value in enumerate(document):
            yield from _found(value, (*place, position))
