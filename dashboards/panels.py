"""What a board is made of, whatever the engine and the language: panels in rows, variables, annotations. Pure.

Words are not here: a board's titles, descriptions and names of columns are in `words/`, under the keys that are here.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from dashboards.metrics import Unit
from dashboards.query import Query

Tone = Literal["good", "neutral", "warning", "bad"]
"""What a value means, which has one colour on every board."""
VariableName = Literal["kind", "site", "one_site", "access_point", "one_access_point", "band"]
"""`site` and `access_point` are several or all, `one_site` and `one_access_point` exactly one; in queries all of them
are told as `$site`, `$access_point` and so on, as `Variable` says. An access point is one of the chosen site, a site of
the chosen kind."""
BoardKey = Literal["city", "site", "access_point", "channels", "experience", "replacement", "itself"]
GRID_WIDTH = 24


@dataclass(frozen=True, slots=True)
class Threshold:
    """From this value on, in the query's own unit, a value means this."""

    value: float
    tone: Tone


@dataclass(frozen=True, slots=True)
class Link:
    """Where a click on a value leads: another board, with the value's own tags chosen there, or a built-in page."""

    to: BoardKey | Literal["site_page", "access_point_page"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table, a map or a bar chart with several bars: `key` is its word in the panel's phrases."""

    key: str
    query: Query
    thresholds: tuple[Threshold, ...] = ()


@dataclass(frozen=True, slots=True)
class Panel(ABC):
    """What all panels have. `key` names its phrases: title, description (how the value is made, in words), and what is
    said where there is no data.

    `lowest` is the tone below the first threshold. `unit` is that of the first query unless it is given, as where
    shares are multiplied. `width` is in 24ths of a board's width, `height` in Grafana's rows of 30 pixels.
    """

    key: str
    width: int = 12
    height: int = 8
    unit: Unit | None = None
    decimals: int | None = None
    least: float | None = None
    most: float | None = None
    lowest: Tone = "good"
    thresholds: tuple[Threshold, ...] = ()
    link: Link | None = None

    @property
    @abstractmethod
    def queries(self) -> tuple[Query, ...]:
        """All that it asks."""


@dataclass(frozen=True, slots=True)
class LinePanel(Panel):
    """What has a line, or a bar over time, for each series of its queries; they have a legend."""

    lines: tuple[Query, ...] = ()

    @property
    def queries(self) -> tuple[Query, ...]:
        """One or several lines each."""
        return self.lines


@dataclass(frozen=True, slots=True)
class ColumnPanel(Panel):
    """What has a row, a bar or a place for each value of tags, and something to say of it in each of its columns."""

    columns: tuple[Column, ...] = ()

    @property
    def queries(self) -> tuple[Query, ...]:
        """One a column."""
        return tuple(column.query for column in self.columns)


@dataclass(frozen=True, slots=True)
class ValuePanel(Panel):
    """What asks one question. Without it, it asks none."""

    value: Query | None = None

    @property
    def queries(self) -> tuple[Query, ...]:
        """That one."""
        return () if self.value is None else (self.value,)


@dataclass(frozen=True, slots=True)
class Course(LinePanel):
    """Lines over time. Its queries have a legend."""

    stacking: Literal["none", "normal", "percent"] = "none"


@dataclass(frozen=True, slots=True)
class States(LinePanel):
    """A coloured bar over time for each series, such as up and down."""


@dataclass(frozen=True, slots=True)
class Figure(ValuePanel):
    """One number, large, with its course behind it where the query's window is `interval`."""


@dataclass(frozen=True, slots=True)
class Table(ColumnPanel):
    """Rows that are told apart by the tags `by`; the answers of its columns are merged by those that they have."""

    by: tuple[str, ...] = ()
    sorted_by: str | None = None


@dataclass(frozen=True, slots=True)
class Bars(ColumnPanel):
    """A bar for each value of the one tag of its query, and for each column where it has several."""

    by: str = ""


@dataclass(frozen=True, slots=True)
class Map(ColumnPanel):
    """Sites on a map: the columns `latitude` and `longitude` say where, `size` how large, `colour` of which colour."""

    by: tuple[str, ...] = ()
    size: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Matrix(ValuePanel):
    """A value for every pair of two tags, in colours: `down` is the tag of the rows, `across` that of the columns.

    Where it `is_graded`, more is darker and nothing is meant by it; thresholds are not for it then.
    """

    down: str = ""
    across: str = ""
    is_graded: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Panels below one heading; `key` names the heading."""

    key: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Annotation:
    """Instants that are marked on every course in time: wherever the query has a value. `key` names its phrase."""

    key: str
    query: Query
    text_tag: str


@dataclass(frozen=True, slots=True)
class Board:
    """A board. `span` is the time that it shows at first, in Grafana's words, such as `24h`."""

    key: BoardKey
    variables: tuple[VariableName, ...]
    rows: tuple[Row, ...]
    annotations: tuple[Annotation, ...] = ()
    span: str = "24h"
    refresh: str = "1m"

    def panels(self) -> Iterator[Panel]:
        """All of them, in order."""
        for row in self.rows:
            yield from row.panels
