"""docs/alerts.md says of every rule what it judges, and of every key its default and where that comes from."""

import json
import re
from pathlib import Path

import pytest
from pydantic_core import to_jsonable_python

from collector.alerts.rules import Rule, RuleSettings, Scope, rules

DOCUMENT = Path(__file__).parents[3] / "docs" / "alerts.md"
SCOPES = {
    Scope.ACCESS_POINT: "access point",
    Scope.RADIO: "radio",
    Scope.SITE: "site",
    Scope.AGENT: "agent",
    Scope.DEVICE: "device without a place",
    Scope.COLLECTOR: "the collector",
    Scope.CERTIFICATE: "certificate",
}
UNITS = {
    "_bits_per_second": "bit/s",
    "_seconds": "s",
    "_ratio": "share",
    "_dbm": "dBm",
    "_celsius": "°C",
    "_clients": "clients",
    "_usual": "clients",
    "severity": "",
}
each_rule = pytest.mark.parametrize("rule", rules().values(), ids=rules())


def section(heading: str, text: str) -> str:
    """What stands under a heading, up to the next one of its level or above."""
    level = heading.partition(" ")[0]
    _, found, rest = f"\n{text}\n".partition(f"\n{heading}\n")
    assert found, f"docs/alerts.md: no heading {heading!r}"
    return re.split(rf"^#{{1,{len(level)}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def tables(text: str) -> list[list[list[str]]]:
    """The tables of a text: rows of cells, their first row the header."""
    found = re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    rows = [[[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()] for table in found]
    return [[header, *body] for header, _, *body in rows]


def under_rules() -> str:
    """What is said of rules, without examples, whose comments look like headings."""
    text = re.sub(r"^```.*?^```$", "", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return section("## Rules", text)


def unit_of(key: str) -> str:
    return next((unit for ending, unit in UNITS.items() if key.endswith(ending)), "count")


def keys_of(rule: Rule) -> list[str]:
    return [key for key in rule.settings.model_fields if key != "is_enabled"]


@each_rule
def test_every_key_is_documented_with_its_default_its_unit_and_its_source(rule: Rule) -> None:
    defaults = to_jsonable_python(rule.settings().model_dump())
    (documented,) = tables(section(f"### `{rule.kind}`", under_rules()))
    assert documented == [
        ["key", "default", "unit", "source"],
        *([f"`{key}`", f"`{json.dumps(defaults[key])}`", unit_of(key), rule.sources[key]] for key in keys_of(rule)),
    ]


@each_rule
def test_every_default_has_a_source_and_nothing_else_has(rule: Rule) -> None:
    assert sorted(rule.sources) == sorted(keys_of(rule))
    for source in rule.sources.values():
        assert re.fullmatch(r"[A-Z`][^|\n]+\.", source), source


@each_rule
def test_it_is_told_in_words_what_a_rule_judges(rule: Rule) -> None:
    words = section(f"### `{rule.kind}`", under_rules()).partition("\n|")[0].strip()
    assert words.endswith(".")


def test_one_table_lists_all_rules() -> None:
    (listed,) = [table for table in tables(under_rules()) if table[0][0] == "rule"]
    assert listed[0] == ["rule", "judges", "what is told"]
    documented = {row[0]: row[1] for row in listed[1:]}
    assert len(documented) == len(listed) - 1
    assert documented == {f"[`{kind}`](#{kind})": SCOPES[rule.scope] for kind, rule in rules().items()}
    assert all(row[2] for row in listed)


def test_no_rule_is_documented_that_there_is_not() -> None:
    assert sorted(re.findall(r"^### `(\w+)`$", under_rules(), re.MULTILINE)) == list(rules())


def test_the_keys_that_every_rule_has_are_documented() -> None:
    common = next(table for table in tables(under_rules()) if table[0] == ["key", "meaning"])
    assert [row[0].strip("`") for row in common[1:]] == list(RuleSettings.model_fields)
