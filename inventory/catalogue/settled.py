"""From what sources say to what is taken as known: one value for each property, how sure it is, and who says otherwise.

Pure. The sources that know best decide: the vendor or a regulator before a library, that before a community, and all of
them before nobody. Those of equal standing that disagree leave the value disputed.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from inventory.catalogue.dates import Partial
from inventory.catalogue.entries import UNCONFIRMED, Claims, Source

T = TypeVar("T")
_STANDING = {"vendor": 3, "regulator": 3, "library": 2, "community": 1}
_NO_STANDING = 0


class Confidence(StrEnum):
    """How sure a value is."""

    CONFIRMED = "confirmed"
    """The vendor or a regulator says so."""
    REPORTED = "reported"
    """Others say so, and can be named."""
    DISPUTED = "disputed"
    """Sources of equal standing disagree."""
    UNCONFIRMED = "unconfirmed"
    """Nobody can be named who says so."""


@dataclass(frozen=True, slots=True)
class Statement(Generic[T]):
    """A value, and the id of the source that gives it."""

    value: T
    source: str


@dataclass(frozen=True, slots=True)
class Value(Generic[T]):
    """What is taken as known of one property. `sources` are the ids of those who say so, `others` what else is said."""

    value: T
    confidence: Confidence
    sources: tuple[str, ...]
    others: tuple[Statement[T], ...] = field(default=())

    @property
    def all_named(self) -> tuple[T, ...]:
        """The value, and all else that somebody says who can be named."""
        return (self.value, *(other.value for other in self.others if other.source != UNCONFIRMED))

    @property
    def closes_gates(self) -> bool:
        """Whether a decision may stand on it."""
        return self.confidence in {Confidence.CONFIRMED, Confidence.REPORTED}


def settle_claims(says: Mapping[str, Claims], sources: Mapping[str, Source]) -> dict[str, Value[Any]]:
    """The properties of a model by name (`placement`, `radios.5.streams`), of what its sources say."""
    said: dict[str, list[Statement[Any]]] = defaultdict(list)
    for source, claims in says.items():
        for name, value in _flat(claims):
            said[name].append(Statement(value, source))
    standings = {name: _STANDING[source.kind] for name, source in sources.items()} | {UNCONFIRMED: _NO_STANDING}
    return {name: _settle(statements, standings) for name, statements in said.items()}


def _flat(claims: Claims) -> Iterator[tuple[str, Any]]:
    for name in Claims.model_fields:
        value = getattr(claims, name)
        if name == "radios":
            for band, radio in value.items():
                for property_ in type(radio).model_fields:
                    if getattr(radio, property_) is not None:
                        yield f"radios.{band}.{property_}", getattr(radio, property_)
        elif value is not None:
            yield name, value


def _settle(statements: Sequence[Statement[T]], standings: Mapping[str, int]) -> Value[T]:
    highest = max(standings[statement.source] for statement in statements)
    best = [statement for statement in statements if standings[statement.source] == highest]
    taken = max(best, key=lambda one: (_precision(one.value), sum(_agree(one, other) for other in best)))
    for_it = tuple(statement.source for statement in statements if _agree(statement, taken))
    against = tuple(statement for statement in statements if not _agree(statement, taken))
    if highest == _NO_STANDING:
        confidence = Confidence.UNCONFIRMED
    elif any(standings[statement.source] == highest for statement in against):
        confidence = Confidence.DISPUTED
    else:
        confidence = Confidence.CONFIRMED if highest == _STANDING["vendor"] else Confidence.REPORTED
    return Value(taken.value, confidence, for_it, against)


def _precision(value: object) -> int:
    return sum(part is not None for part in value) if isinstance(value, Partial) else 0


def _agree(one: Statement[T], other: Statement[T]) -> bool:
    if isinstance(one.value, Partial) and isinstance(other.value, Partial):
        return one.value.agrees(other.value)
    return one.value == other.value
