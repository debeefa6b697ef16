"""Which numbers of a row there are, and how they are read off it quickly.

The columns are those of `collector.points`: what is a number or a flag there is a field here. A standard is written as
its generation, so that it can be compared.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from agent.wire import WifiStandard
from collector.points import TABLES

GENERATIONS: Mapping[WifiStandard, int] = {
    "802.11b": 1,
    "802.11a": 2,
    "802.11g": 3,
    "802.11n": 4,
    "802.11ac": 5,
    "802.11ax": 6,
    "802.11be": 7,
}
"""Wi-Fi 4 to 7 by the numbers that the Wi-Fi Alliance gave them, and those before in the order of their making."""
_STANDARDS = {"standard": "standard_generation", "capability": "capability_generation"}
DISTRIBUTIONS = ("client_signal_dbm", "client_rx_phy_rate_bits_per_second", "client_tx_phy_rate_bits_per_second")
GROUPS = frozenset({"clients_by_standard", *DISTRIBUTIONS})
_MAX_COMBINATIONS = 4096

_FLAGS: Mapping[bool, int] = {False: 0, True: 1}

Values = Mapping[str, Any]
Lookup = Callable[[Any], int | None]


def _reads_nothing(_: Values) -> Sequence[Any]:
    return ()


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """One combination of fields. `read` takes their values, in the order of `names`, out of a row's dictionary.
    `has_groups` says that the row tells a distribution besides, or clients by their standard."""

    names: tuple[str, ...]
    read: Callable[[Values], Sequence[Any]] = _reads_nothing
    has_groups: bool = False


class Combinations:
    """The combinations that the rows of a table come in; the newest is tried first, for most rows are like the last.

    `names` are of fields that are numbers; `lookups` of those that have to be looked up to become one.
    """

    def __init__(self, names: Sequence[str], lookups: Mapping[str, Lookup]) -> None:
        self._names = names
        self._lookups = lookups
        self._known: dict[frozenset[str], Fields] = {}
        self._newest_told: frozenset[str] = frozenset()
        self._newest = Fields(())

    def of(self, told: set[str]) -> Fields:
        """The fields of a row that tells these, and others that are no numbers."""
        if told != self._newest_told:
            self._newest_told = frozenset(told)
            self._newest = self._known.get(self._newest_told) or self._make(self._newest_told)
        return self._newest

    def _make(self, told: frozenset[str]) -> Fields:
        if len(self._known) >= _MAX_COMBINATIONS:
            self._known.clear()
        plain = [name for name in self._names if name in told]
        looked_up = [(name, lookup) for name, lookup in self._lookups.items() if name in told]
        names = (*plain, *(_STANDARDS.get(name, name) for name, _ in looked_up))
        fields = self._known[told] = Fields(names, _reader(plain, looked_up), not told.isdisjoint(GROUPS))
        return fields


def combinations_of(table: str) -> Combinations:
    """For a table of `collector.points` whose columns are fields of the wire."""
    columns = next(one.columns for one in TABLES if one.name == table)
    flags: dict[str, Lookup] = {column.name: _FLAGS.get for column in columns if column.kind == "flag"}
    standards: dict[str, Lookup] = {column.name: GENERATIONS.get for column in columns if column.name in _STANDARDS}
    return Combinations([column.name for column in columns if column.kind in {"whole", "number"}], flags | standards)


def _reader(plain: Sequence[str], looked_up: Sequence[tuple[str, Lookup]]) -> Callable[[Values], Sequence[Any]]:
    """Reads the plain ones, then those that are looked up; without a loop where there are few of these."""
    read = _plain_reader(plain)
    if not looked_up:
        return read
    (first, look), *others = looked_up
    if not others:
        return lambda values: (*read(values), look(values[first]))
    (second, look_too), *others = others
    if not others:
        return lambda values: (*read(values), look(values[first]), look_too(values[second]))
    return lambda values: (*read(values), *(lookup(values[name]) for name, lookup in looked_up))


def _plain_reader(names: Sequence[str]) -> Callable[[Values], Sequence[Any]]:
    if len(names) > 1:
        return itemgetter(*names)
    if names:
        name = names[0]
        return lambda values: (values[name],)
    return _reads_nothing
