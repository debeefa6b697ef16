"""The words of the boards, in Korean and English: `{board}.{language}.toml` for a board, `shared.{language}.toml` for
what all have. Who renders boards reads them here; a board itself has keys only.

A board's file has `title`, `description`, `[rows]`, `[panels.KEY]` with `title`, `description`, `no_data` and, where
the panel has columns or phrases in its legends, `columns`, and `[annotations]`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dashboards.engines import Language
from dashboards.panels import BoardKey

FOLDER = Path(__file__).parent


class WordsError(ValueError):
    """A phrase is missing, is no text, or is asked for by nobody; says in which file, and which."""


@dataclass(frozen=True, slots=True)
class PanelPhrases:
    """What a panel says. `columns` are the headings of its columns, and the phrases in its legends."""

    title: str
    description: str
    no_data: str
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BoardPhrases:
    """What a board says."""

    title: str
    description: str
    rows: Mapping[str, str]
    panels: Mapping[str, PanelPhrases]
    annotations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SharedPhrases:
    """What all boards say: the names of variables, of boards in links, of built-in pages, of tags as headings, of
    columns that mean the same everywhere, and of what tags and flags may be."""

    variables: Mapping[str, str]
    boards: Mapping[str, str]
    pages: Mapping[str, str]
    tags: Mapping[str, str]
    columns: Mapping[str, str]
    flags: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]


class Words:
    """All words of one language. Files are read when they are asked for."""

    def __init__(self, language: Language, folder: Path = FOLDER) -> None:
        self.language: Language = language
        self._folder = folder

    def board(self, key: BoardKey) -> BoardPhrases:
        """The phrases of a board. Raises WordsError where the file is not there or not of that form."""
        return _board(self._folder / f"{key}.{self.language}.toml")

    @property
    def shared(self) -> SharedPhrases:
        """The phrases of all boards. Raises WordsError likewise."""
        return _shared(self._folder / f"shared.{self.language}.toml")


@cache
def _board(file: Path) -> BoardPhrases:
    told = _read(file, allowed={"title", "description", "rows", "panels", "annotations"})
    panels = {key: _panel(panel, f"{file.name}: panels.{key}") for key, panel in told.get("panels", {}).items()}
    return BoardPhrases(
        title=_phrase(told, "title", file.name),
        description=_phrase(told, "description", file.name),
        rows=_phrases(told, "rows", file.name),
        panels=panels,
        annotations=_phrases(told, "annotations", file.name),
    )


@cache
def _shared(file: Path) -> SharedPhrases:
    plain = ("variables", "boards", "pages", "tags", "columns", "flags")
    told = _read(file, allowed={*plain, "values"})
    values = told.get("values", {})
    return SharedPhrases(
        **{name: _phrases(told, name, file.name) for name in plain},
        values={tag: _phrases(values, tag, f"{file.name}: values") for tag in values},
    )


def _read(file: Path, allowed: set[str]) -> dict[str, Any]:
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise WordsError(f"{file.name} is not there") from error
    except tomllib.TOMLDecodeError as error:
        raise WordsError(f"{file.name}: {error}") from error
    if unknown := told.keys() - allowed:
        raise WordsError(f"{file.name} has {', '.join(sorted(unknown))}, which nobody reads")
    return told


def _panel(told: Mapping[str, Any], where: str) -> PanelPhrases:
    if unknown := told.keys() - {"title", "description", "no_data", "columns"}:
        raise WordsError(f"{where} has {', '.join(sorted(unknown))}, which nobody reads")
    return PanelPhrases(
        title=_phrase(told, "title", where),
        description=_phrase(told, "description", where),
        no_data=_phrase(told, "no_data", where),
        columns=_phrases(told, "columns", where),
    )


def _phrases(told: Mapping[str, Any], key: str, where: str) -> Mapping[str, str]:
    found = told.get(key, {})
    if not isinstance(found, dict):
        raise WordsError(f"{where}: {key} is not a table")
    return {name: _phrase(found, name, f"{where}: {key}") for name in found}


def _phrase(told: Mapping[str, Any], key: str, where: str) -> str:
    found = told.get(key)
    if not isinstance(found, str) or not found.strip():
        raise WordsError(f"{where}: {key} is missing, or no text")
    return found
