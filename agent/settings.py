"""Reads a TOML file into a settings model, whole, and says every mistake at once.

A leaf that agent, collector and inventory share: nobody starts, and nothing is opened, before this has passed.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, ValidationInfo, model_validator

M = TypeVar("M", bound=BaseModel)

_REMEDIES = {
    "extra_forbidden": "unknown key; remove it or correct its spelling",
    "missing": "required; add it",
}


def _beside_the_file(path: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder", Path())
    return Path(folder, path.expanduser())


def _must_be_readable(path: Path) -> Path:
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error


RelativePath = Annotated[Path, AfterValidator(_beside_the_file)]
"""A path that is relative to the folder of the file it stands in."""
ReadableFile = Annotated[RelativePath, AfterValidator(_must_be_readable)]


class SettingsModel(BaseModel):
    """What all settings share: frozen, an unknown key is a mistake, a default is checked like what people write."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)


class SettingsFile(SettingsModel):
    """A whole file. A table that it does not have is an empty one, so that its defaults and its required keys count."""

    @model_validator(mode="before")
    @classmethod
    def _missing_tables_are_empty(cls, document: object) -> object:
        if not isinstance(document, dict):
            return document
        tables: dict[object, object] = {
            name: {}
            for name, field in cls.model_fields.items()
            if isinstance(field.annotation, type) and issubclass(field.annotation, SettingsModel)
        }
        return tables | document


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong in one file. `key` is dotted, with list positions in brackets; empty for the file itself."""

    file: Path
    key: str
    problem: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.problem}" if self.key else f"{self.file}: {self.problem}"


class SettingsError(Exception):
    """All that is wrong with the settings. Trying again cannot help; `str()` has a line for each mistake."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


def read_toml(path: Path) -> dict[str, Any]:
    """The document in a TOML file; raises SettingsError where it cannot be read or is no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError([Mistake(path, "", f"cannot be read: {error.strerror}")]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError([Mistake(path, "", f"is not TOML: {error}")]) from error


def load(model: type[M], path: Path) -> M:
    """Read the file into the model; raises SettingsError naming every mistake.

    A `RelativePath` in the model is resolved against the file's folder.
    """
    return check(model, read_toml(path), path)


def check(model: type[M], document: object, path: Path, *, below: str = "") -> M:
    """Validate a document (or the part of one that stands at the key `below`); raises SettingsError."""
    try:
        return model.model_validate(document, context={"folder": path.parent})
    except ValidationError as error:
        raise SettingsError(mistakes_in(error, path, below=below)) from error


def mistakes_in(error: ValidationError, path: Path, *, below: str = "") -> list[Mistake]:
    """What pydantic found, in the words of whoever edits the file. Values are left out: one may be a secret."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [
        Mistake(path, dotted([below, *mistake["loc"]]), _REMEDIES.get(mistake["type"], _plain(mistake["msg"])))
        for mistake in found
    ]


def dotted(parts: Iterable[str | int]) -> str:
    """A key's place as people write it: `sources[1].interval_seconds`."""
    key = ""
    for part in parts:
        if isinstance(part, int):
            key += f"[{part}]"
        elif part:
            key += f".{part}" if key else part
    return key


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")
