"""What ops must do now, in groups: one for each rule at each site, the worst first and of these the oldest. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from collector.alerts.alert import Severity
from collector.alerts.holding.held_back import Hold
from collector.alerts.planning.case import GRAVITY
from collector.web.alerts.alert_lines import Line, Lines
from collector.web.alerts.alerts_now import Standing


@dataclass(frozen=True, slots=True)
class Group:
    """Alerts of one rule at one site that fire, the oldest first; or of an agent, a device or the collector, whose site
    is not known."""

    rule: str
    site: str | None
    standing: tuple[Standing, ...]

    @property
    def severity(self) -> Severity:
        """That of the worst."""
        return min((each.alert.severity for each in self.standing), key=GRAVITY.__getitem__)

    @property
    def since(self) -> datetime:
        """When it began."""
        return min(each.alert.since for each in self.standing)

    @property
    def people(self) -> int | None:
        """How many were connected there in all; None where nothing is known of it."""
        known = [each.alert.people for each in self.standing if each.alert.people is not None]
        return sum(known) if known else None


@dataclass(frozen=True, slots=True)
class Card:
    """A group in words. `causes` are the likely ones, each with how many it may be of, the most frequent first."""

    group: Group
    lines: tuple[Line, ...]
    causes: tuple[tuple[str, int], ...]

    @property
    def first(self) -> Line:
        """The oldest."""
        return self.lines[0]


@dataclass(frozen=True, slots=True)
class HeldBackFor:
    """What is held back for one reason: how many there are, and the oldest of them."""

    hold: Hold
    count: int
    lines: tuple[Line, ...]


def grouped(standing: Iterable[Standing]) -> tuple[Group, ...]:
    """All groups."""
    found: dict[tuple[str, str | None], list[Standing]] = {}
    for each in sorted(standing, key=_oldest_first):
        found.setdefault((each.alert.rule, each.alert.subject.site), []).append(each)
    groups = (Group(rule, site, tuple(each)) for (rule, site), each in found.items())
    return tuple(sorted(groups, key=lambda group: (GRAVITY[group.severity], group.since, group.rule, group.site or "")))


def build_cards(groups: Iterable[Group], lines: Lines) -> tuple[Card, ...]:
    """The groups in words."""
    return tuple(_card(group, lines) for group in groups)


def held_back_for(standing: Sequence[Standing], lines: Lines, *, most: int) -> tuple[HeldBackFor, ...]:
    """What is held back by its reasons, of each the oldest `most`."""
    found: dict[Hold, list[Standing]] = {hold: [] for hold in Hold}
    for each in sorted(standing, key=_oldest_first):
        if each.held_back is not None:
            found[each.held_back.hold].append(each)
    return tuple(HeldBackFor(hold, len(each), lines.all_of(each[:most])) for hold, each in found.items() if each)


def _card(group: Group, lines: Lines) -> Card:
    told = lines.all_of(group.standing)
    causes = Counter(line.told.cause for line in told if line.told.cause is not None)
    return Card(group, told, tuple(causes.most_common()))


def _oldest_first(standing: Standing) -> tuple[datetime, str]:
    return standing.alert.since, standing.alert.id
