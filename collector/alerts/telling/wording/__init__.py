"""The words of rules: one file each, both languages of a sentence beside each other.

A sentence has variants, and the first that fits is told. One fits when its conditions hold and every placeholder in
it is known, so that nothing that is missing ever breaks a sentence; the last has neither, and always fits.
`_general.toml` has the phrases that all notices share.
"""

import string
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from collector.alerts.notice import ToldAlert
from collector.alerts.rules import Unit
from collector.alerts.telling.shown import Language, by_name, in_unit

TEST = "test"
"""The rule of a notice that somebody tries an endpoint with."""
_FOLDER = Path(__file__).parent
_SAMPLE, _OTHER = "_test", "_other"
_FORMATTER = string.Formatter()
_Sentence = Annotated[str, Field(min_length=1, max_length=400, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Words(BaseModel):
    """A sentence in both languages, with the same placeholders in each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ko: _Sentence
    en: _Sentence

    def __getitem__(self, language: Language) -> str:
        """The sentence in a language."""
        return self.ko if language == "ko" else self.en

    @cached_property
    def placeholders(self) -> frozenset[str]:
        """The names of what is to be filled in."""
        return _placeholders(self.ko)

    @model_validator(mode="after")
    def _same_placeholders(self) -> Self:
        if _placeholders(self.ko) != _placeholders(self.en):
            raise ValueError(f"the placeholders of the two languages differ: {self.ko!r}, {self.en!r}")
        return self


class Variant(Words):
    """A sentence with the conditions under which it is told, all of which must hold: a figure is known; it is at least,
    or below, so much; a figure or a word is exactly this."""

    knows: tuple[str, ...] = ()
    at_least: Mapping[str, float] = {}
    below: Mapping[str, float] = {}
    equals: Mapping[str, float | str] = {}

    @cached_property
    def is_plain(self) -> bool:
        """Whether it always fits."""
        return not (self.placeholders or self.knows or self.at_least or self.below or self.equals)


def _ends_plain(variants: tuple[Variant, ...]) -> tuple[Variant, ...]:
    if not variants[-1].is_plain:
        raise ValueError("the last variant must fit always: without conditions and placeholders")
    return variants


class RuleWording(BaseModel):
    """What is said of a rule's alerts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Words
    what: Annotated[tuple[Variant, ...], Field(min_length=1)]
    ended: Annotated[tuple[Variant, ...], Field(min_length=1)]
    bad: tuple[Variant, ...] = ()
    cause: Annotated[tuple[Variant, ...], Field(min_length=1)]
    action: Words

    @model_validator(mode="after")
    def _always_says_something(self) -> Self:
        for variants in (self.what, self.ended, self.cause):
            _ends_plain(variants)
        if self.name.placeholders or self.action.placeholders:
            raise ValueError("name and action have no placeholders")
        return self


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an alert: `raw` as conditions look at it, `shown` as sentences say it."""

    raw: Mapping[str, str | float] = field(default_factory=dict)
    shown: Mapping[str, str] = field(default_factory=dict)


def facts_of(alert: ToldAlert, unit: Unit | None, language: Language) -> Facts:
    """What an alert says of itself beside where it is and since when; what is not known is absent."""
    raw: dict[str, str | float | None] = {
        **alert.detail,
        "value": alert.value,
        "threshold": alert.threshold,
        "people": alert.people,
        "members": len(alert.members) or None,
        "part": alert.part,
        "subject": alert.subject,
    }
    shown: dict[str, str] = {}
    for name, figure in raw.items():
        if name in {"value", "threshold"}:
            text = in_unit(alert.value if name == "value" else alert.threshold, unit, language)
        else:
            text = None if figure is None else by_name(name, figure, language)
        if text is not None:
            shown[name] = text
    return Facts({name: figure for name, figure in raw.items() if name in shown and figure is not None}, shown)


def said(variants: Sequence[Variant], facts: Facts, language: Language) -> str | None:
    """The first variant that fits, filled in; None where none does."""
    fitting = (variant for variant in variants if _fits(variant, facts))
    first = next(fitting, None)
    return None if first is None else first[language].format_map(facts.shown)


def _fits(variant: Variant, facts: Facts) -> bool:
    raw = facts.raw
    return (
        variant.placeholders <= facts.shown.keys()
        and all(name in raw for name in variant.knows)
        and all(_number(raw.get(name)) >= least for name, least in variant.at_least.items())
        and all(_number(raw.get(name)) < limit for name, limit in variant.below.items())
        and all(raw.get(name) == wanted for name, wanted in variant.equals.items())
    )


def _number(figure: str | float | None) -> float:
    return float("nan") if figure is None or isinstance(figure, str) else figure


def _placeholders(sentence: str) -> frozenset[str]:
    """Raises ValueError where the braces are wrong, or say how something is to be shown, which is not theirs."""
    found = []
    for _, name, spec, conversion in _FORMATTER.parse(sentence):
        if name is None:
            continue
        if not name.isidentifier() or spec or conversion:
            raise ValueError(f"a placeholder is a name in braces: {sentence!r}")
        found.append(name)
    return frozenset(found)


@cache
def wording_of(kind: str) -> RuleWording:
    """The words of a rule; of one that there is no more, those of any."""
    name = _SAMPLE if kind == TEST else kind if kind in _kinds() else _OTHER
    path = _FOLDER / f"{name}.toml"
    return RuleWording.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


@cache
def _kinds() -> frozenset[str]:
    names = (path.stem for path in _FOLDER.glob("*.toml"))
    return frozenset(name for name in names if not name.startswith("_"))


@cache
def phrases() -> Mapping[str, Words]:
    """The phrases that all notices share."""
    document = tomllib.loads((_FOLDER / "_general.toml").read_text(encoding="utf-8"))
    return TypeAdapter(dict[str, Words]).validate_python(document)
