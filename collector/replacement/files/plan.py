"""The replacement plan as a table: a row a place. Reads the book a part at a time: a city's would fill the memory."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from collector.legacy.documents import FitTold, GateTold, Sentence
from collector.replacement.book import Book, Entry, Listing, Selection
from collector.replacement.files.sheets import Cell, Sheet
from collector.replacement.files.words import Words
from collector.state.assessments import Run

PLACES_AT_ONCE = 500


class PlanChangedError(Exception):
    """The city was judged anew while the plan was read; it is to be read again from its beginning."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The places that were asked for, of one run. They come one by one, and only once; PlanChangedError may come
    among them."""

    run: Run
    entries: Iterator[Entry]


def open_plan(book: Book, selection: Selection, *, places_at_once: int = PLACES_AT_ONCE) -> Plan | None:
    """None before anything was judged. Blocks, as its entries do."""
    first = book.listing(selection, limit=places_at_once)
    return None if first is None else Plan(first.run, _entries(book, selection, first, places_at_once))


def plan_sheet(plan: Plan, words: Words) -> Sheet:
    """All of it, in these words."""
    return Sheet(
        title=words("sheet", "plan"),
        header=[words("column", name) for name in _COLUMNS],
        rows=([cell(entry, words) for cell in _COLUMNS.values()] for entry in plan.entries),
    )


def _entries(book: Book, selection: Selection, first: Listing, places_at_once: int) -> Iterator[Entry]:
    part, begins = first, 0
    while part.entries:
        yield from part.entries
        begins += len(part.entries)
        if begins >= part.total:
            return
        following = book.listing(selection, offset=begins, limit=places_at_once)
        if following is None or following.run != first.run:
            raise PlanChangedError
        part = following


def _generation(entry: Entry, words: Words) -> str | None:
    device = entry.told.device
    if device.generation is not None:
        return words("generation", device.generation)
    return words.of("generation_at_least", device.generation_at_least)


def _gate(entry: Entry, name: str) -> GateTold | None:
    return next((gate for gate in entry.told.gates if gate.name == name), None)


def _state(entry: Entry, name: str, words: Words) -> str | None:
    gate = _gate(entry, name)
    return words.of("gate", None if gate is None else gate.state)


def _since(entry: Entry, name: str) -> date | None:
    gate = _gate(entry, name)
    return None if gate is None else gate.since


def _megabits(entry: Entry) -> float | None:
    capacity = entry.told.capacity
    return None if capacity is None else round(capacity.bits_per_second / 1e6, 1)


def _limit(entry: Entry) -> str | None:
    capacity = entry.told.capacity
    return None if capacity is None else capacity.limited_by


def _of_best(entry: Entry, read: Callable[[FitTold], Cell]) -> Cell:
    return read(entry.told.fits[0]) if entry.told.fits else None


def _reasons(entry: Entry) -> Iterator[Sentence]:
    told, score = entry.told, entry.told.score
    yield from (gate.reason for gate in told.gates)
    yield from (sentence for cause in told.causes for sentence in cause.reasons)
    yield from (part.reason for part in score.need.parts)
    yield from (*score.need.reasons, *score.benefit.reasons, *score.weight.reasons)
    yield from told.missing


_COLUMNS: Mapping[str, Callable[[Entry, Words], Cell]] = MappingProxyType(
    {
        "rank": lambda entry, _: entry.rank,
        "access_point": lambda entry, _: entry.place.id,
        "site": lambda entry, words: words.site(entry.site),
        "district": lambda entry, words: words.district(entry.site.district),
        "kind": lambda entry, words: words("kind", entry.site.kind),
        "floor": lambda entry, _: entry.place.floor,
        "name": lambda entry, _: entry.place.name,
        "standing": lambda entry, words: words("standing", entry.told.standing),
        "vendor": lambda entry, _: entry.told.device.vendor,
        "model": lambda entry, _: entry.told.device.model,
        "serial": lambda entry, _: entry.told.device.serial,
        "generation": _generation,
        "proven_by": lambda entry, words: words.of("proven_by", entry.told.device.generation_proven_by),
        "support_ended": lambda entry, words: _state(entry, "support_ended", words),
        "support_ends_on": lambda entry, _: _since(entry, "support_ended"),
        "service_life_passed": lambda entry, words: _state(entry, "service_life_passed", words),
        "in_service_since": lambda entry, _: _since(entry, "service_life_passed"),
        "need": lambda entry, _: entry.told.score.need.value,
        "benefit": lambda entry, _: entry.told.score.benefit.value,
        "weight": lambda entry, _: entry.told.score.weight.value,
        "score": lambda entry, _: entry.told.score.number,
        "capacity": lambda entry, _: _megabits(entry),
        "limited_by": lambda entry, words: words.of("limited_by", _limit(entry)),
        "best_model": lambda entry, _: _of_best(entry, lambda fit: f"{fit.vendor} {fit.model}"),
        "times_now": lambda entry, _: _of_best(entry, lambda fit: round(fit.ratio_now, 2)),
        "times_changed": lambda entry, _: _of_best(entry, lambda fit: round(fit.ratio_changed, 2)),
        "changes": lambda entry, words: _of_best(entry, lambda fit: words.all_of("change", fit.changes)),
        "unknowns": lambda entry, words: _of_best(entry, lambda fit: words.all_of("unknown", fit.unknowns)),
        "causes": lambda entry, words: words.all_of("cause", (each.cause for each in entry.told.causes)),
        "reasons": lambda entry, words: words.sentences(_reasons(entry)),
    }
)
"""A column's name among the words, and what stands in it."""
