"""One reading of a device as a profile's values see it: scalars, rows, and what is remembered of earlier readings."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agent.rates import Counters
from agent.snmp.meaning import Index, Raw, plain
from agent.snmp.restarts import Restarts

Columns = Mapping[int, Raw]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table as the device has it now."""

    index: Index
    columns: Columns


NO_ROW = Row((), {})


@dataclass(slots=True)
class Moment:
    """One reading of a device: what it answered, and when; and what is remembered of the readings before."""

    scalars: Mapping[str, Raw]
    tables: Mapping[str, Mapping[Index, Columns]]
    counters: Counters
    restarts: Restarts
    at_seconds: float
    epoch: Hashable = None
    problems: list[str] = field(default_factory=list)
    _begins: dict[tuple[str, int], dict[Index, list[Row]]] = field(default_factory=dict)
    _by_columns: dict[tuple[str, tuple[int, ...]], dict[tuple[object, ...], list[Row]]] = field(default_factory=dict)

    def begin(self, key: Hashable, uptime_seconds: object) -> None:
        """What is read from here on belongs to `key`, the device or an access point, which has run for so long."""
        self.restarts.epoch(key, uptime_seconds)
        self.continue_with(key)

    def continue_with(self, key: Hashable) -> None:
        """What is read from here on belongs to `key` again."""
        self.epoch = (key, self.restarts.epoch(key, None))

    def rows(self, table: str) -> Iterable[Row]:
        """All rows of a table."""
        return [Row(index, columns) for index, columns in self.tables.get(table, {}).items()]

    def rows_under(self, table: str, beginning: Index) -> Sequence[Row]:
        """The rows whose index begins so."""
        key = (table, len(beginning))
        if key not in self._begins:
            groups: dict[Index, list[Row]] = defaultdict(list)
            for row in self.rows(table):
                groups[row.index[: len(beginning)]].append(row)
            self._begins[key] = groups
        return self._begins[key].get(beginning, ())

    def rows_where(self, table: str, columns: tuple[int, ...], values: tuple[object, ...]) -> Sequence[Row]:
        """The rows that have these values in these columns; none where one of the values is not known."""
        if None in values:
            return ()
        key = (table, columns)
        if key not in self._by_columns:
            groups: dict[tuple[object, ...], list[Row]] = defaultdict(list)
            for row in self.rows(table):
                groups[tuple(plain(row.columns.get(column)) for column in columns)].append(row)
            self._by_columns[key] = groups
        return self._by_columns[key].get(values, ())
