"""The kind of a site by install type and name, from the rules in `taxonomy.toml`. Nothing is guessed."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from agent.settings import SettingsFile, SettingsModel, load
from inventory.models import SiteKind

TAXONOMY_FILE = Path(__file__).with_name("taxonomy.toml")
UNKNOWN_GROUP = "other"


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error
    return pattern


Pattern = Annotated[str, Field(min_length=1), AfterValidator(_compiles)]


class InstallType(SettingsModel):
    """What the install types that have the pattern are called here, and what kind of site they are by themselves."""

    group: Annotated[str, Field(pattern=r"^[a-z]+(?:-[a-z]+)*$", max_length=20)]
    pattern: Pattern
    kind: SiteKind = SiteKind.OTHER
    has_facilities: bool = True


class NameRule(SettingsModel):
    """What kind of site the names that have the pattern are. Of several rules the lowest rank counts."""

    rank: Annotated[int, Field(ge=0)]
    kind: SiteKind
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Judgement:
    """A site's kind and the group of its install type; `to_review` says why a person must look, where one must."""

    kind: SiteKind
    group: str
    to_review: str | None = None


class Taxonomy(SettingsFile):
    """The rules, in the order in which they are tried."""

    version: Annotated[int, Field(ge=1)]
    install_types: tuple[InstallType, ...]
    names: tuple[NameRule, ...]

    def judge(self, install_type: str, name: str) -> Judgement:
        """By the list's own word for the install type, empty where it has none, and the name of the place."""
        plain_type, plain_name = "".join(install_type.split()), "".join(name.split())
        rule = next((rule for rule in self.install_types if re.search(rule.pattern, plain_type)), None)
        if rule is not None and not rule.has_facilities:
            return Judgement(rule.kind, rule.group)
        group = rule.group if rule is not None else UNKNOWN_GROUP
        if plain_type and rule is None:
            return Judgement(SiteKind.OTHER, group, f"the taxonomy does not know the install type {install_type!r}")
        kinds = self._kinds_of(plain_name)
        by_type = rule.kind if rule is not None else SiteKind.OTHER
        if len(kinds) > 1:
            several = " and ".join(sorted(kinds))
            return Judgement(by_type, group, f"the name {name!r} is that of several kinds: {several}")
        if not kinds and rule is None:
            return Judgement(SiteKind.OTHER, group, f"neither install type nor name {name!r} says what it is")
        return Judgement(kinds.pop() if kinds else by_type, group)

    def _kinds_of(self, name: str) -> set[SiteKind]:
        fitting = [rule for rule in self.names if re.search(rule.pattern, name)]
        lowest = min((rule.rank for rule in fitting), default=0)
        return {rule.kind for rule in fitting if rule.rank == lowest}


@cache
def load_taxonomy(path: Path = TAXONOMY_FILE) -> Taxonomy:
    """The package's rules. Raises SettingsError with every mistake of the file."""
    return load(Taxonomy, path)
