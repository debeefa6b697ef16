"""The two languages of the pages: which one a reader gets, and the phrases in it.

The phrases lie in `translations/`, one file for each area and language, with the same keys in both.
"""

import tomllib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

_TRANSLATIONS = Path(__file__).parent / "translations"


class Language(StrEnum):
    """The languages there are; the first is what a reader gets who asks for none of them."""

    KOREAN = "ko"
    ENGLISH = "en"


class Translator:
    """Gives the phrase for a key in one language. An unknown key is a mistake of ours and raises KeyError."""

    def __init__(self, language: Language, phrases: Mapping[str, str]) -> None:
        self.language = language
        self.phrases = phrases

    def __call__(self, key: str, **values: object) -> str:
        """The phrase, its `{names}` filled in. The result is plain text, to be escaped like any other."""
        phrase = self.phrases[key]
        return phrase.format(**values) if values else phrase

    def has(self, key: str) -> bool:
        """Whether there is such a phrase."""
        return key in self.phrases


@cache
def translator(language: Language) -> Translator:
    """The translator of a language."""
    phrases: dict[str, str] = {}
    for path in sorted(_TRANSLATIONS.glob(f"*.{language}.toml")):
        of_area = dict(_flatten(tomllib.loads(path.read_text(encoding="utf-8"))))
        twice = phrases.keys() & of_area.keys()
        if twice:
            raise ValueError(f"{path.name} has phrases that another file has: {', '.join(sorted(twice))}")
        phrases |= of_area
    return Translator(language, phrases)


def choose_language(*, asked: str | None, remembered: str | None, accept_language: str | None) -> Language:
    """What was asked for in the address, else the cookie's, else the browser's, else Korean."""
    for wish in (asked, remembered):
        if wish in tuple(Language):
            return Language(wish)
    for tag in _by_preference(accept_language or ""):
        primary = tag.partition("-")[0].lower()
        if primary in tuple(Language):
            return Language(primary)
    return Language.KOREAN


def _by_preference(accept_language: str) -> list[str]:
    """The tags of an Accept-Language header, most wanted first (RFC 9110, 12.5.4); what cannot be read is left out."""
    wishes = []
    for item in accept_language.split(","):
        tag, _, parameter = item.partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if weight > 0:
            wishes.append((weight, tag.strip()))
    return [tag for _, tag in sorted(wishes, key=lambda wish: -wish[0])]


def _flatten(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, str):
            yield above + key, value
        else:
            yield from _flatten(value, f"{above}{key}.")
