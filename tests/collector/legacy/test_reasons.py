"""Sentences in two languages: all there, with the same figures, and filled in with units."""

import tomllib
from datetime import date
from pathlib import Path
from string import Formatter

import pytest

import collector.legacy.reasons as reasons_module
from collector.legacy.gates import Why
from collector.legacy.reasons import reason

WORDING = Path(reasons_module.__file__).parent / "wording"
SENTENCES = {
    f"{path.stem}.{code}": sentences
    for path in WORDING.glob("*.toml")
    for code, sentences in tomllib.loads(path.read_text(encoding="utf-8")).items()
}


def figures(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("code", SENTENCES)
def test_a_sentence_says_the_same_in_both_languages(code: str) -> None:
    sentences = SENTENCES[code]
    assert set(sentences) == {"ko", "en"}
    assert figures(sentences["ko"]) == figures(sentences["en"])
    assert any("가" <= letter <= "힣" for letter in sentences["ko"])
    assert not any("가" <= letter <= "힣" for letter in sentences["en"])


@pytest.mark.parametrize("why", Why)
def test_every_state_of_a_gate_has_its_sentence(why: Why) -> None:
    assert f"gate.{why}" in SENTENCES


def test_figures_are_told_with_their_units(monkeypatch: pytest.MonkeyPatch) -> None:
    sentence = "{busy_ratio}, {speed_bits_per_second}, {since}, {name}, {clients}, {wait_milliseconds}, {gain_times}"
    monkeypatch.setattr(reasons_module, "_sentences", lambda: {"test.all": {"en": sentence}})
    told = reason(
        "test.all",
        busy_ratio=0.834,
        speed_bits_per_second=94.1e6,
        since=date(2020, 3, 1),
        name="radio0",
        clients=41.04,
        wait_milliseconds=12.0,
        gain_times=4.26,
    ).told("en")
    assert told == "83%, 94.1 Mb/s, 2020-03-01, radio0, 41, 12 ms, 4.3"


def test_a_sentence_that_is_not_there_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        reason("gate.nothing").told("en")
