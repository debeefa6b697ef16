import re
import string
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment

import collector.web
from agent.wire import Reason
from collector.readings import Presence
from collector.web.city.summaries import SiteState
from collector.web.language import Language, Translator, choose_language, translator
from inventory.models import SiteKind

WEB = Path(collector.web.__file__).parent
TEMPLATES = sorted((WEB / "templates").glob("*.html"))
KOREAN, ENGLISH = translator(Language.KOREAN), translator(Language.ENGLISH)
SPOKEN_ATTRIBUTES = {"title", "aria-label", "alt", "placeholder", "label"}


def test_both_languages_have_the_same_phrases_with_the_same_gaps() -> None:
    assert gaps(KOREAN) == gaps(ENGLISH)


@pytest.mark.parametrize("translate", [KOREAN, ENGLISH])
def test_every_word_that_pages_are_made_of_has_a_phrase(translate: Translator) -> None:
    keys = [
        *(f"state.{state}" for state in SiteState),
        *(f"presence.{presence}" for presence in Presence),
        *(f"kind.{kind}" for kind in SiteKind),
        *(f"band.{band}" for band in ("2.4", "5", "6")),
        *(f"reason.{reason}" for reason in Reason),
        *(f"overview.{state}" for state in SiteState if state is not SiteState.SOME_SILENT),
    ]
    assert [key for key in keys if not translate.has(key)] == []


def test_templates_use_no_phrase_that_is_missing_and_none_is_left_over() -> None:
    sources = [path.read_text(encoding="utf-8") for path in [*TEMPLATES, *WEB.rglob("*.py")]]
    asked = {key for source in sources for key in re.findall(r'\bt\("([a-z_0-9.]+)"[,)]', source)}
    assert sorted(key for key in asked if not KOREAN.has(key)) == []

    mentioned = {key for source in sources for key in re.findall(r'"([a-z_]+\.[a-z_0-9]+)"', source)}
    families = {family for source in sources for family in re.findall(r'\("([a-z_]+\.)" ~|f"([a-z_]+\.)\{', source)}
    prefixes = tuple(part for family in families for part in family if part)
    unused = [key for key in KOREAN.phrases if key not in mentioned and not key.startswith(prefixes)]
    assert unused == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_text_stands_in_a_template_itself(template: Path) -> None:
    words = SpokenText()
    words.feed("".join(markup_of(template.read_text(encoding="utf-8"))))
    assert words.found == []


@pytest.mark.parametrize(
    ("asked", "remembered", "accept_language", "language"),
    [
        (None, None, None, "ko"),
        ("en", "ko", "ko", "en"),
        ("xx", "en", "ko", "en"),
        (None, None, "en-GB,en;q=0.9,ko;q=0.8", "en"),
        (None, None, "en;q=0.5, ko-KR", "ko"),
        (None, None, "de, fr;q=0.9", "ko"),
        (None, None, "en;q=0", "ko"),
        (None, None, "en;q=high,;;=,", "ko"),
    ],
)
def test_a_reader_gets_the_language_wanted_most(
    asked: str | None, remembered: str | None, accept_language: str | None, language: str
) -> None:
    assert choose_language(asked=asked, remembered=remembered, accept_language=accept_language) == language


def gaps(translate: Translator) -> dict[str, set[str]]:
    return {
        key: {name for _, name, _, _ in string.Formatter().parse(phrase) if name}
        for key, phrase in translate.phrases.items()
    }


def markup_of(source: str) -> Iterable[str]:
    """The template without what Jinja fills in."""
    return (value for _, kind, value in Environment(autoescape=True).lex(source) if kind == "data")


class SpokenText(HTMLParser):
    """Collects what a reader would see or hear."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self._note(data)

    def handle_starttag(self, _: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in SPOKEN_ATTRIBUTES:
                self._note(value or "")

    def _note(self, text: str) -> None:
        if any(letter.isalpha() for letter in text):
            self.found.append(text.strip())
