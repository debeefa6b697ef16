"""Which alerts are meant: by where they are, what rule they come from and how bad they are. Pure.

Used by silences, maintenance and routes, and kept with the first two as JSON.
"""

from collections.abc import Collection, Iterator
from functools import cached_property
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from agent.settings import Contradiction
from agent.wire import AccessPointId
from collector.alerts.alert import Alert, Severity
from inventory import Inventory, SiteKind
from inventory.models import SiteId

WATCHDOG = "watchdog"
"""The rule that always fires, so that whoever hears nothing of it knows. It is not meant by whoever means everything:
to hold it back, or to send it to all, would be to break it."""
MOST_NAMES = 1_000
"""A judgement of ours: twice the access points of the largest site that is to be expected; beyond that, name sites."""

RuleName = Annotated[str, Field(min_length=1, max_length=63)]


class Matcher(BaseModel):
    """An alert is meant if each of these has it; what is empty has all. `is_everything` is nothing to match by, but the
    word that all alerts are meant indeed: see `Restricted`. A name that is unknown matches nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sites: Annotated[tuple[SiteId, ...], Field(max_length=MOST_NAMES)] = ()
    access_points: Annotated[tuple[AccessPointId, ...], Field(max_length=MOST_NAMES)] = ()
    rules: Annotated[tuple[RuleName, ...], Field(max_length=MOST_NAMES)] = ()
    severities: Annotated[tuple[Severity, ...], Field(max_length=len(Severity))] = ()
    site_kinds: Annotated[tuple[SiteKind, ...], Field(max_length=len(SiteKind))] = ()
    is_everything: bool = False

    @field_validator("is_everything")
    @classmethod
    def _is_everything_alone(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001  # pydantic's
        if value and any(info.data.values()):
            raise ValueError("is said although something is named; remove it, or what is named")
        return value

    @property
    def names_nothing(self) -> bool:
        """Whether it has all alerts, but the watchdog's."""
        return not (self.sites or self.access_points or self.rules or self.severities or self.site_kinds)

    def matches(self, alert: Alert, inventory: Inventory) -> bool:
        """Whether an alert is meant, by what it is now."""
        if alert.rule == WATCHDOG and WATCHDOG not in self.rules:
            return False
        return (
            (not self.rules or alert.rule in self.rules)
            and (not self.severities or alert.severity in self.severities)
            and (not self.sites or alert.subject.site in self._sites)
            and (not self.access_points or self._has_places_of(alert))
            and (not self.site_kinds or self._has_kind_of(alert.subject.site, inventory))
        )

    def _has_places_of(self, alert: Alert) -> bool:
        """An alert that lists access points is about these: works at ten of them are the reason for their outage, and
        for no longer than no eleventh is in it."""
        if alert.subject.access_point is not None:
            return alert.subject.access_point in self._access_points
        return bool(alert.members) and self._access_points.issuperset(alert.members)

    def _has_kind_of(self, site_id: str | None, inventory: Inventory) -> bool:
        site = None if site_id is None else inventory.sites.get(site_id)
        return site is not None and site.kind in self.site_kinds

    @cached_property
    def _sites(self) -> frozenset[str]:
        return frozenset(self.sites)

    @cached_property
    def _access_points(self) -> frozenset[str]:
        return frozenset(self.access_points)


def _restricted(matcher: Matcher) -> Matcher:
    if matcher.names_nothing and not matcher.is_everything:
        raise ValueError(
            "names nothing, and would hold back the whole city; name sites, access points, rules, severities or kinds "
            "of sites, or say is_everything"
        )
    return matcher


Restricted = Annotated[Matcher, AfterValidator(_restricted)]
"""A matcher that holds something back: it names something, or says that everything is meant."""


def unknown_names(matcher: Matcher, *, rules: Collection[str], inventory: Inventory) -> Iterator[Contradiction]:
    """What a matcher names that is not there, and would match nothing, each with its place in the matcher."""
    named: tuple[tuple[str, str, tuple[str, ...], Collection[str]], ...] = (
        ("sites", "site", matcher.sites, inventory.sites),
        ("access_points", "access point", matcher.access_points, inventory.access_points),
        ("rules", "rule", matcher.rules, rules),
    )
    for key, what, names, known in named:
        for position, name in enumerate(names):
            if name not in known:
                yield (key, position), f"there is no {what} {name!r}; {_remedy(what, rules)}"


def _remedy(what: str, rules: Collection[str]) -> str:
    if what == "rule":
        return f"choose of {', '.join(sorted(rules))}"
    return "add it to the inventory, or correct the spelling"
