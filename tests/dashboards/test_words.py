"""Words are there for all that boards show, in both languages, and for nothing else."""

from pathlib import Path

import pytest
from drawn_board import BOARD, board_text, words_in

from dashboards.boards import BOARDS
from dashboards.engines import LANGUAGES, Language
from dashboards.metrics import metrics
from dashboards.panels import Board, BoardKey
from dashboards.rendering import render
from dashboards.words import Words, WordsError
from dashboards.words.mistakes import mistakes
from inventory.models import SiteKind

in_both_languages = pytest.mark.parametrize("language", LANGUAGES)


@in_both_languages
@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.key)
def test_every_board_has_its_words_and_no_others(board: Board, language: Language) -> None:
    assert mistakes(board, Words(language)) == []


@in_both_languages
def test_shared_words_are_those_that_are_asked_for(language: Language) -> None:
    shared = Words(language).shared
    assert set(shared.tags) == {tag for metric in metrics().values() for tag in metric.tags}
    assert set(shared.variables) == {"datasource", "kind", "site", "access_point", "band", "pages"}
    assert set(shared.boards) == set(BoardKey.__args__)
    assert set(shared.pages) == {"all", "site_page", "access_point_page"}
    assert set(shared.flags) == {"yes", "no"}
    assert set(shared.values) <= set(shared.tags)
    assert set(shared.values["kind"]) == {kind.value for kind in SiteKind}
    assert set(shared.values["weekday"]) == set("1234567")


def test_both_languages_have_the_same_shared_words() -> None:
    korean, english = (Words(language).shared for language in LANGUAGES)
    assert korean.values.keys() == english.values.keys()
    for tag, words in korean.values.items():
        assert words.keys() == english.values[tag].keys()
    assert korean.columns.keys() == english.columns.keys()


def test_words_that_fit_have_no_mistakes(tmp_path: Path) -> None:
    assert mistakes(BOARD, words_in(tmp_path)) == []


def test_what_is_missing_and_what_nobody_asks_for_is_told_with_its_place(tmp_path: Path) -> None:
    text = board_text().replace("[panels.hours]", "[panels.minutes]").replace('failed = "', 'passed = "')
    text = text.replace('second = "', 'third = "').replace('all = "All"', 'some = "Some"')
    assert mistakes(BOARD, words_in(tmp_path, text)) == [
        "site.en.toml: rows: second is missing",
        "site.en.toml: rows: third is asked for by nobody",
        "site.en.toml: panels: hours is missing",
        "site.en.toml: panels: minutes is asked for by nobody",
        "site.en.toml: panels.busy.columns: all is missing",
        "site.en.toml: panels.busy.columns: some is asked for by nobody",
        "site.en.toml: panels.sites.columns: failed is missing",
        "site.en.toml: panels.sites.columns: passed is asked for by nobody",
    ]


@pytest.mark.parametrize(
    ("replaced", "by", "told"),
    [
        ('first = "First row"', "", "site.en.toml: rows: first is missing"),
        ('changes = "Device changed"', "", "site.en.toml: annotations: changes is missing"),
        ("[panels.kinds]", "[panels.others]", "site.en.toml: panels: kinds is missing"),
        ('failed = "Failed checks"', "", "site.en.toml: panels.sites: columns: failed is missing"),
        ('title = "A board"', "", "site.en.toml: title is missing, or no text"),
        ('title = "A board"', "title = 3", "site.en.toml: title is missing, or no text"),
        ('no_data = "No map."', "", "site.en.toml: panels.map: no_data is missing, or no text"),
        ('no_data = "No map."', 'no_date = ""', "site.en.toml: panels.map has no_date, which nobody reads"),
        ("[annotations]", "[remarks]", "site.en.toml has remarks, which nobody reads"),
        ("[rows]", "[rows", "site.en.toml: Expected"),
    ],
)
def test_a_board_is_not_drawn_without_its_words(tmp_path: Path, replaced: str, by: str, told: str) -> None:
    words = words_in(tmp_path, board_text().replace(replaced, by))
    with pytest.raises(WordsError, match=r"site\.en\.toml") as caught:
        render(BOARD, "influxdb", "en", "https://wifi.example.org", words=words)
    assert told in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WordsError, match=r"city\.ko\.toml is not there"):
        Words("ko", tmp_path).board("city")
