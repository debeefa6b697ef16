"""What is worth an alert, one file per rule; the file's name is its `kind`, in the configuration and everywhere.

A rule's module offers:

- `Settings`, a `RuleSettings` with the keys of its `[alerts.rules.KIND]` table. Each default has its source in
  `SOURCES`, by key, in a sentence; docs/alerts.md says the same.
- `SCOPE`, of which access points are what it judges: it tells whether the subject is a place, a site, an agent ...
- `UNIT`, the unit of its values: a word of `Unit`, or None where there are none.
- `judge(snapshot, settings)`, pure, which returns `Verdicts`.

Its words are in `collector/alerts/telling/wording/KIND.toml`, its runbook in `docs/runbooks/KIND.md`. Rules never
import each other; what several share is in `collector.alerts.judging`.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import ModuleType
from typing import Annotated, ClassVar, Protocol

from pydantic import Field

from agent.settings import Contradiction, SettingsModel
from collector.alerts.alert import Severity
from collector.alerts.judging.snapshot import Snapshot
from collector.alerts.judging.verdicts import Verdicts

Wait = Annotated[float, Field(ge=0, le=7 * 86_400)]


class Scope(StrEnum):
    """What a rule judges."""

    ACCESS_POINT = "access_point"
    RADIO = "radio"
    SITE = "site"
    AGENT = "agent"
    DEVICE = "device"
    COLLECTOR = "collector"
    CERTIFICATE = "certificate"


class Unit(StrEnum):
    """What a rule's values count, which is how they are written."""

    RATIO = "ratio"
    SECONDS = "seconds"
    BITS_PER_SECOND = "bits_per_second"
    DBM = "dbm"
    CELSIUS = "celsius"
    CLIENTS = "clients"
    COUNT = "count"


class RuleSettings(SettingsModel):
    """What every rule's table has. It begins to fire once it has been bad for `raise_after_seconds`, and ends once it
    has been well for `clear_after_seconds`."""

    pairs: ClassVar[tuple[tuple[str, str, bool], ...]] = ()
    """(raising key, clearing key, whether more is worse): between the two, what was goes on."""

    is_enabled: bool = True
    severity: Severity = Severity.WARNING
    raise_after_seconds: Wait = 300.0
    clear_after_seconds: Wait = 300.0

    @classmethod
    def contradictions(cls, document: object) -> Iterator[Contradiction]:
        """What clears is on the good side of what raises."""
        yield from super().contradictions(document)
        if not isinstance(document, dict):
            return
        for raising, clearing, is_more_worse in cls.pairs:
            values = [document.get(key, cls.model_fields[key].default) for key in (raising, clearing)]
            if not all(isinstance(value, int | float) for value in values):
                continue
            if (values[0] < values[1]) if is_more_worse else (values[0] > values[1]):
                side = "below" if is_more_worse else "above"
                yield (clearing,), f"must be {side} {raising}, which is {values[0]:g}; choose another"


class Judge(Protocol):
    """A rule's function."""

    def __call__(self, snapshot: Snapshot, settings: RuleSettings) -> Verdicts:
        """What it says of everything that it judges."""
        ...


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with what its file offers."""

    kind: str
    scope: Scope
    unit: Unit | None
    settings: type[RuleSettings]
    sources: Mapping[str, str]
    judge: Judge


@cache
def rules() -> Mapping[str, Rule]:
    """All rules by their kind, in order."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: _rule(name, importlib.import_module(f"{__name__}.{name}")) for name in names}


def _rule(kind: str, module: ModuleType) -> Rule:
    return Rule(kind, module.SCOPE, module.UNIT, module.Settings, module.SOURCES, module.judge)
