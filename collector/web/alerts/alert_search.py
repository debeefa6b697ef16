"""Which alerts the pages are asked for, as their addresses say it. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from starlette.datastructures import QueryParams

from collector.alerts.alert import Alert, Severity
from collector.alerts.holding.matching import WATCHDOG
from collector.state.alerts import AlertFilter
from collector.web.selection import BadQueryError
from inventory.models import Inventory, SiteKind

Word = TypeVar("Word", bound=StrEnum)
_MOST_LETTERS = 100


class Course(StrEnum):
    """Whether alerts of the past go on."""

    OPEN = "open"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class AlertSearch:
    """What is asked for; None does not matter. `before` is where a page of the history begins: the instant at which an
    alert fired, and its id."""

    severity: Severity | None = None
    site: str | None = None
    kind: SiteKind | None = None
    district: str | None = None
    rule: str | None = None
    course: Course | None = None
    before: tuple[datetime, str] | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether there are conditions that can be cleared."""
        return any((self.severity, self.site, self.kind, self.district, self.rule, self.course))

    def filter(self, inventory: Inventory) -> AlertFilter:
        """The same, as the state database is asked. The watchdog's is a sign of life, and for who asks for it."""
        return AlertFilter(
            is_open=None if self.course is None else self.course is Course.OPEN,
            sites=self.sites(inventory),
            rule=self.rule,
            but_rule=WATCHDOG if self.rule is None else None,
            severity=self.severity,
        )

    def sites(self, inventory: Inventory) -> frozenset[str] | None:
        """Those that it may be; None where that does not matter."""
        if self.kind is None and self.district is None:
            return None if self.site is None else frozenset({self.site})
        return frozenset(
            site.id
            for site in inventory.sites.values()
            if self.site in {None, site.id}
            and self.kind in {None, site.kind}
            and self.district in {None, site.district}
        )

    def has(self, alert: Alert, sites: frozenset[str] | None) -> bool:
        """Whether an alert is asked for, of which `sites` has the sites."""
        return (
            self.severity in {None, alert.severity}
            and self.rule in {None, alert.rule}
            and (sites is None or alert.subject.site in sites)
        )


def search_of(query: QueryParams) -> AlertSearch:
    """`severity`, `site`, `kind`, `district`, `rule`, `course`, `before`. Raises BadQueryError."""
    return AlertSearch(
        severity=_word(query, "severity", Severity),
        site=_text(query, "site"),
        kind=_word(query, "kind", SiteKind),
        district=_text(query, "district"),
        rule=_text(query, "rule"),
        course=_word(query, "course", Course),
        before=_before(query),
    )


def page_after(alert: Alert) -> str:
    """The `before` of the page that follows an alert which has fired."""
    return f"{(alert.fired_at or alert.since).astimezone(UTC).isoformat()} {alert.id}"


def _text(query: QueryParams, name: str) -> str | None:
    return (query.get(name) or "").strip()[:_MOST_LETTERS] or None


def _word(query: QueryParams, name: str, words: type[Word]) -> Word | None:
    text = query.get(name)
    if not text:
        return None
    try:
        return words(text)
    except ValueError as error:
        raise BadQueryError(f"{name} is {text!r}; it is one of {', '.join(words)}") from error


def _before(query: QueryParams) -> tuple[datetime, str] | None:
    text = query.get("before")
    if not text:
        return None
    word, _, alert = text.partition(" ")
    try:
        at = datetime.fromisoformat(word)
        if at.tzinfo is not None:
            return at.astimezone(UTC), alert
    except (ValueError, OverflowError):
        pass  # told below
    raise BadQueryError(f"before is {text!r}; it is what a page of the history leads on with")
