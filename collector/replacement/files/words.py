"""The words of the files in both languages. They lie in `words.toml`, each with both beside each other."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from collector.legacy.documents import Sentence
from collector.legacy.reasons import ReasonLanguage
from inventory.districts import ENGLISH_DISTRICTS
from inventory.models import Site


class Words:
    """In one language. An unknown word is a mistake of ours and raises KeyError."""

    def __init__(self, language: ReasonLanguage) -> None:
        self._language: ReasonLanguage = language

    def __call__(self, group: str, word: str) -> str:
        """Such as `cause`, `heat`; headers are of the group `column`."""
        return _table()[group][word][self._language]

    def of(self, group: str, word: str | None) -> str | None:
        """The same of a word that may not be known."""
        return None if word is None else self(group, word)

    def all_of(self, group: str, words: Iterable[str]) -> str | None:
        """Several of them in one cell; None for none."""
        return ", ".join(self(group, word) for word in words) or None

    def site(self, site: Site) -> str:
        """Its name, in Korean where it has no other."""
        return site.name_ko if self._language == "ko" else site.name_en or site.name_ko

    def district(self, name: str) -> str:
        """One that is not Seoul's stays as the inventory has it."""
        return name if self._language == "ko" else ENGLISH_DISTRICTS.get(name, name)

    def sentences(self, told: Iterable[Sentence]) -> str | None:
        """Several of them in one cell; None for none."""
        return " ".join(each.ko if self._language == "ko" else each.en for each in told) or None


@cache
def _table() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))
