"""Whether the words of a board and its keys fit each other. Pure; tests call this for every board and language."""

import re
from collections.abc import Iterable, Iterator

from dashboards.panels import Bars, Board, Column, Map, Panel, Table
from dashboards.words import Words

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def mistakes(board: Board, words: Words) -> list[str]:
    """What is missing, and what nobody reads. Raises WordsError where a file is not of the form that it ought to be."""
    phrases, panels = words.board(board.key), tuple(board.panels())
    told = [
        *_differences("rows", (row.key for row in board.rows), phrases.rows),
        *_differences("panels", (panel.key for panel in panels), phrases.panels),
        *_differences("annotations", (each.key for each in board.annotations), phrases.annotations),
    ]
    for panel in panels:
        if panel.key in phrases.panels:
            own = phrases.panels[panel.key].columns
            wanted = [key for key in phrases_of(panel) if key in own or key not in words.shared.columns]
            told += _differences(f"panels.{panel.key}.columns", wanted, own)
    return [f"{board.key}.{words.language}.toml: {each}" for each in told]


def phrases_of(panel: Panel) -> tuple[str, ...]:
    """The keys that a panel asks for among its columns: those of columns, and what its legends have in braces that is
    no tag."""
    columns = [column.key for column in columns_of(panel)]
    for query in panel.queries:
        columns += [key for key in _PLACEHOLDER.findall(query.legend or "") if key not in query.by]
    return tuple(dict.fromkeys(columns))


def columns_of(panel: Panel) -> tuple[Column, ...]:
    """The columns of a panel that has some."""
    return panel.columns if isinstance(panel, Table | Bars | Map) else ()


def _differences(where: str, wanted: Iterable[str], told: Iterable[str]) -> Iterator[str]:
    asked, there = list(wanted), set(told)
    yield from (f"{where}: {key} is missing" for key in asked if key not in there)
    yield from (f"{where}: {key} is asked for by nobody" for key in sorted(there - set(asked)))
