"""What a rule says of everything that it judges. Pure; made by `rules`, read by `life`.

Rules judge a city at once, in columns: NumPy's comparisons over 25,000 places take a thousandth of what a loop would.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from collector.alerts.alert import Severity, Subject

Floats = NDArray[np.floating[Any]]
"""Instants are in double precision; what devices measure is in single, as `collector.vital_signs` keeps it."""
Flags = NDArray[np.bool_]
States = NDArray[np.int8]


class State(IntEnum):
    """`BETWEEN` is under the threshold that raises and over the one that clears: whatever was, goes on. `UNKNOWN` is
    not known, and never taken for good."""

    GOOD = 0
    BETWEEN = 1
    BAD = 2
    UNKNOWN = 3


class Subjects(Protocol):
    """The things that rows of verdicts stand for."""

    def subject(self, row: int) -> Subject:
        """What a row stands for."""
        ...

    def row(self, key: str) -> int | None:
        """Which row stands for a thing; None where none does."""
        ...

    def is_known(self, key: str) -> bool:
        """Whether such a thing is still to be had at all, though no row may stand for it now: a radio of an access
        point that is in the inventory. What is not ends its alerts."""
        ...


Told = Mapping[str, str | float]


def _no_detail(_: int) -> Told:
    return {}


@dataclass(frozen=True, slots=True)
class Verdicts:
    """`states` and `values` have an entry a row; `threshold` is what the values are measured against. What is told of a
    row beside that is asked for only where it is bad: `detail`, `members`, `people`, and a `severity` where it is not
    the rule's."""

    subjects: Subjects
    states: States
    values: Floats | None = None
    threshold: float | None = None
    detail: Callable[[int], Told] = _no_detail
    members: Callable[[int], tuple[str, ...]] = lambda _: ()
    people: Callable[[int], int | None] = lambda _: None
    severity: Callable[[int], Severity | None] = lambda _: None


class Listed:
    """Subjects that are counted one by one: agents, sites, unknown devices."""

    def __init__(self, subjects: Sequence[Subject], known: Callable[[str], bool] | None = None) -> None:
        self._subjects = subjects
        self._rows = {subject.key: row for row, subject in enumerate(subjects)}
        self._known = known

    def subject(self, row: int) -> Subject:
        """What a row stands for."""
        return self._subjects[row]

    def row(self, key: str) -> int | None:
        """Which row stands for a thing."""
        return self._rows.get(key)

    def is_known(self, key: str) -> bool:
        """Whether it is to be had at all: in the list, unless it was said otherwise."""
        return key in self._rows if self._known is None else self._known(key)


def states_of(*, bad: Flags, good: Flags, known: Flags) -> States:
    """A state for each row: what is not `known` is unknown, what is neither bad nor good is between."""
    states = np.full(len(known), State.BETWEEN, dtype=np.int8)
    states[good] = State.GOOD
    states[bad] = State.BAD
    states[~known] = State.UNKNOWN
    return states


def above(values: Floats, raise_above: float, clear_below: float, *, known: Flags) -> States:
    """Bad above one threshold, good at or below another; unknown where there is no value (NaN)."""
    with np.errstate(invalid="ignore"):
        bad, good = values > _kept(raise_above), values <= _kept(clear_below)
        return states_of(bad=bad, good=good, known=known & ~np.isnan(values))


def below(values: Floats, raise_below: float, clear_above: float, *, known: Flags) -> States:
    """Bad below one threshold, good at or above another; unknown where there is no value (NaN)."""
    with np.errstate(invalid="ignore"):
        bad, good = values < _kept(raise_below), values >= _kept(clear_above)
        return states_of(bad=bad, good=good, known=known & ~np.isnan(values))


def _kept(threshold: float) -> float:
    """A threshold as figures are kept, in half the digits: a device that tells 30 % is to be just at one of 0.3."""
    return float(np.float32(threshold))


def listed(states: Iterable[State]) -> States:
    """States that were found one by one."""
    return np.fromiter(states, dtype=np.int8)
