"""Reads a TOML file into a settings model, whole, and says every mistake at once.

A leaf that agent, collector and inventory share: nobody starts, and nothing is opened, before this has passed.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, ValidationInfo, model_validator

Contradiction = tuple[tuple[str | int, ...], str]
"""Where in a document something is wrong (keys and list positions, none for all of it), and what."""

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

    @classmethod
    def contradictions(cls, document: object) -> Iterator[Contradiction]:
        """What in a raw document, correct key by key or not, cannot be meant together; here that of its tables.

        A model whose keys depend on each other says so by overriding this, and yields from `super()` as well. A
        validator of the whole model would be silent for as long as any one key is wrong. Values may be of any type:
        what is wrong with one by itself has been told.
        """
        if not isinstance(document, dict):
            return
        for name, (model, are_named) in _tables_of(cls).items():
            for place, table in _tables_at(name, document.get(name, []), are_named=are_named):
                for below, problem in model.contradictions(table):
                    yield (*place, *below), problem


@cache
def _tables_of(settings: type[SettingsModel]) -> Mapping[str, tuple[type[SettingsModel], bool]]:
    """The keys that hold tables, with the model of each, and whether it holds several that have names. Looked up once:
    a catalogue has thousands of tables."""
    models = {name: (_table_in(field.annotation), field) for name, field in settings.model_fields.items()}
    return {
        name: (model, get_origin(field.annotation) is dict)
        for name, (model, field) in models.items()
        if model is not None
    }


def _table_in(annotation: Any) -> type[SettingsModel] | None:
    """The model of a key that holds a table, or a list of them, or several with names."""
    if isinstance(annotation, type) and issubclass(annotation, SettingsModel):
        return annotation
    inner = (_table_in(part) for part in get_args(annotation))
    return next((model for model in inner if model is not None), None)


def _tables_at(name: str, value: object, *, are_named: bool) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """The table of a key, or each of its list, or of those that have names of their own below it."""
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield (name, position), item
    elif are_named:
        for key, item in value.items() if isinstance(value, dict) else ():
            yield (name, key), item
    else:
        yield (name,), value


M = TypeVar("M", bound=SettingsModel)


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
    """Validate a document (or the part of one that stands at the key `below`); raises SettingsError.

    The mistakes come in the order of the document; what a table lacks comes before what it has.
    """
    found = list(model.contradictions(document))
    cause = None
    try:
        settings = model.model_validate(document, context={"folder": path.parent})
    except ValidationError as error:
        cause = error
        found += _found_by_pydantic(error)
    else:
        if not found:
            return settings
    found.sort(key=lambda mistake: _position(mistake[0], document))
    raise SettingsError(Mistake(path, dotted([below, *place]), problem) for place, problem in found) from cause


def _found_by_pydantic(error: ValidationError) -> Iterator[Contradiction]:
    """In the words of whoever edits the file. Values are left out: one may be a secret."""
    for mistake in error.errors(include_url=False, include_context=False, include_input=False):
        yield mistake["loc"], _REMEDIES.get(mistake["type"], _plain(mistake["msg"]))


def _position(place: Sequence[str | int], document: object) -> tuple[int, ...]:
    """Where a place stands in the document, as numbers that sort: of each of its keys the position within its table."""
    positions: list[int] = []
    for part in place:
        if isinstance(document, dict) and part in document:
            positions.append(list(document).index(part))
            document = document[part]
        elif isinstance(document, list) and isinstance(part, int) and part < len(document):
            positions.append(part)
            document = document[part]
        else:
            return (*positions, -1)
    return tuple(positions)


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
