"""A work list as a table: a row an order, in the order in which one goes round, and what is on hold last. Pure."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from collector.fieldwork.work_list import Entry, WorkList
from collector.replacement.files.sheets import Cell, Sheet
from collector.replacement.files.words import Words
from collector.web.language import Language, Translator, translator


class _Said(NamedTuple):
    """In which words, and where the pages are."""

    words: Words
    phrase: Translator
    base_url: str

    def of(self, family: str, word: str | None) -> str | None:
        """The phrase of a word that may not be known."""
        return None if word is None else self.phrase(f"{family}.{word}")


def work_sheet(work: WorkList, language: Language, base_url: str) -> Sheet:
    """All of it; `base_url` is where orders are opened, without a slash at its end."""
    said = _Said(Words("en" if language is Language.ENGLISH else "ko"), translator(language), base_url)
    return Sheet(
        title=said.phrase("work.title"),
        header=[said.phrase(f"work_column.{name}") for name in COLUMNS],
        rows=([cell(entry, said) for cell in COLUMNS.values()] for entry in work.entries),
    )


def _old_device(entry: Entry) -> str | None:
    return " ".join(filter(None, (entry.order.old.vendor, entry.order.old.model))) or None


def _new_device(entry: Entry) -> str | None:
    return " ".join(filter(None, (entry.order.vendor, entry.order.model))) or None


def _megabits(entry: Entry) -> float | None:
    needed = entry.order.uplink_bits_per_second
    return None if needed is None else round(needed / 1e6, 1)


COLUMNS: Mapping[str, Callable[[Entry, _Said], Cell]] = MappingProxyType(
    {
        "number": lambda entry, _: entry.number,
        "order": lambda entry, _: entry.order.id,
        "status": lambda entry, said: said.of("order_status", entry.order.status),
        "reason": lambda entry, _: entry.order.reason,
        "planned_on": lambda entry, _: entry.order.planned_on,
        "technician": lambda entry, _: entry.order.technician,
        "site": lambda entry, said: said.words.site(entry.site),
        "district": lambda entry, said: said.words.district(entry.site.district),
        "access_point": lambda entry, _: entry.place.id,
        "name": lambda entry, _: entry.place.name,
        "floor": lambda entry, _: entry.place.floor,
        "placement": lambda entry, said: said.of("work_placement", entry.place.placement),
        "list_number": lambda entry, _: entry.place.number,
        "latitude": lambda entry, _: entry.place.latitude,
        "longitude": lambda entry, _: entry.place.longitude,
        "old_device": lambda entry, _: _old_device(entry),
        "old_serial": lambda entry, _: entry.order.old.serial,
        "old_mac": lambda entry, _: entry.order.old.mac,
        "new_device": lambda entry, _: _new_device(entry),
        "firmware": lambda entry, _: entry.order.firmware,
        "poe": lambda entry, said: said.of("poe", entry.order.poe),
        "cable": lambda entry, said: said.of("cable", entry.order.cable),
        "uplink": lambda entry, _: _megabits(entry),
        "changes": lambda entry, said: ", ".join(said.phrase(f"change.{each}") for each in entry.order.changes) or None,
        "note": lambda entry, _: entry.order.note or None,
        "contact": lambda entry, _: (entry.note and entry.note.contact) or None,
        "access_note": lambda entry, _: (entry.note and entry.note.access_note) or None,
        "why": lambda entry, said: said.words.sentences(entry.order.why),
        "kakao": lambda entry, _: entry.links.kakao if entry.links else None,
        "naver": lambda entry, _: entry.links.naver if entry.links else None,
        "address": lambda entry, said: f"{said.base_url}/orders/{entry.order.id}",
    }
)
"""A column's name among the phrases, and what stands in it."""
