"""All that is rendered: a board with a panel of every kind, and every board that people see, for each engine and in
each language."""

import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from drawn_board import BOARD, words_in

from dashboards.boards import BOARDS
from dashboards.engines import ENGINES, LANGUAGES, Engine
from dashboards.rendering import render

Document = dict[str, Any]
PAGES = "https://wifi.example.org"
NAMES = [
    *(f"{engine} en drawn" for engine in ENGINES),
    *(f"{engine} {language} {board.key}" for engine in ENGINES for language in LANGUAGES for board in BOARDS),
]


@cache
def drawn(engine: Engine) -> Document:
    with tempfile.TemporaryDirectory() as folder:
        return render(BOARD, engine, "en", PAGES, words=words_in(Path(folder)))


@cache
def document(name: str) -> Document:
    engine, language, key = name.split()
    if key == "drawn":
        return drawn(engine)
    board = next(each for each in BOARDS if each.key == key)
    return render(board, engine, language, PAGES)


def panels_in(told: Document) -> Iterator[Document]:
    """All but the headings of rows."""
    return (panel for panel in told["panels"] if panel["type"] != "row")


def panel_in(told: Document, key: str) -> Document:
    """Of the drawn board."""
    return next(panel for panel in panels_in(told) if panel["title"] == f"Title of {key}")
