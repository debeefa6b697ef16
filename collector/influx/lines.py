"""From a report to lines of the line protocol. Called for every report on its way into the store.

Numbers only, and every one a float: a flag is 1 or 0, a standard its generation, and text is the state database's.
What is absent has no field, and what has no field has no line. Instants are whole milliseconds.

This is the collector's hottest path. A report's numbers are put into decimals all at once, by pydantic's writer of
JSON, which takes an eighth of the time of Python's own, and then filled into a template that is kept for every
combination of rows and fields. All access points share templates and names: what is remembered is bounded and small.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter

from pydantic import BaseModel
from pydantic_core import to_json

from collector.influx.rows import RowReader, Rows
from collector.influx.series import escaped, parts, told_apart
from collector.stores import StoredReport

_MAX_TEMPLATES = 8192
_told = attrgetter("__pydantic_fields_set__")
"""The fields that were given. What was not is absent: that is the default of every number of the wire."""
_PLACE = "\x01"
"""Where a template is cut for the access point: no text of the wire holds a control character."""


@dataclass(frozen=True, slots=True)
class ReportLines:
    """A report as lines, in one text, and which series of its access point each is of, by its position in `series`.

    `series` may name more than there are lines for: a range that no client is in has a series and no line.
    """

    series: tuple[str, ...]
    text: str
    positions: Sequence[int]

    @property
    def lines(self) -> list[str]:
        """The lines one by one, without line ends."""
        return self.text.split("\n")


@dataclass(frozen=True, slots=True)
class _Template:
    """What reports of one shape share: the text of their rows, cut where the access point belongs and with a gap for
    each number; the names of their series, those of the rows first; and what of a line stands before and behind the
    access point where the series is one of a group."""

    pieces: tuple[str, ...]
    series: tuple[str, ...]
    rows: range
    of_groups: tuple[tuple[str, str], ...]


class LineFormatter:
    """Formats reports, and remembers how. For one thread."""

    def __init__(self) -> None:
        self._reader = RowReader()
        self._templates: dict[tuple[object, ...], _Template] = {}
        self._series: dict[tuple[str, ...], tuple[str, ...]] = {}

    def format(self, stored: StoredReport) -> ReportLines:
        """All lines of a report."""
        rows = self._reader.read(stored, _told)
        decimals = to_json(rows.numbers).decode()
        if "null" in decimals:  # a field was given as null, which is rare
            rows = self._reader.read(stored, _told_and_known)
            decimals = to_json(rows.numbers).decode()
        template = self._template(rows)
        place = escaped(stored.access_point)
        text = place.replace("%", "%%").join(template.pieces) % tuple(decimals[1:-1].split(","))
        if not rows.counts:
            return ReportLines(template.series, text, template.rows)
        lines, positions = [text], list(template.rows)
        for position, ((before, behind), count) in enumerate(
            zip(template.of_groups, rows.counts, strict=True), len(positions)
        ):
            if count:
                lines.append(f"{before}{place}{behind} clients={count} {rows.time}")
                positions.append(position)
        return ReportLines(template.series, "\n".join(lines), positions)

    def _template(self, rows: Rows) -> _Template:
        key = (*rows.shape, *rows.groups)
        return self._templates.get(key) or self._make_template(key, rows)

    def _make_template(self, key: tuple[object, ...], rows: Rows) -> _Template:
        if len(self._templates) >= _MAX_TEMPLATES:
            self._templates.clear()
            self._series.clear()
        named = told_apart([*rows.shape[1::2], *chain.from_iterable(rows.groups)])
        series = self._series.setdefault(named, named)
        text = "\n".join(_row(name, fields.names) for fields, name in zip(rows.shape[::2], series, strict=False))
        pieces = tuple(text.split(_PLACE))
        of_rows = range(len(rows.shape) // 2)
        of_groups = tuple(
            (f"{measurement},access_point=", tags) for measurement, tags in map(parts, series[of_rows.stop :])
        )
        template = self._templates[key] = _Template(pieces, series, of_rows, of_groups)
        return template


def _row(series: str, fields: Sequence[str]) -> str:
    """The text of one row; literal percent signs are doubled, for the numbers are put in by `%`."""
    measurement, tags = parts(series)
    gaps = ",".join(f"{field}=%s" for field in fields)
    return f"{measurement},access_point={_PLACE}{tags.replace('%', '%%')} {gaps} %s"


def _told_and_known(model: BaseModel) -> set[str]:
    values = model.__dict__
    return {name for name in model.__pydantic_fields_set__ if values[name] is not None}
