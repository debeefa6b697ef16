"""The alerts of one site or access point, for its page; and how many there are in the city, for the overview."""

from collections.abc import Mapping
from dataclasses import dataclass

from collector.alerts.alert import Severity
from collector.state.alerts import AlertFilter, find_alerts
from collector.web.alerts.alert_lines import Line, Lines
from collector.web.alerts.alerts_now import concerns, read_alerts_now, read_standing, worst_first
from collector.web.alerts.cards import Card, build_cards, grouped
from collector.web.services import Services

MOST_OPEN = 200
MOST_ENDED = 5
MOST_CRITICAL = 5


@dataclass(frozen=True, slots=True)
class PlaceAlerts:
    """What fires there, the worst first; and what ended last, the newest first."""

    open: tuple[Line, ...]
    ended: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class CityAlerts:
    """How many alerts ops have to know, by severity; how many are held back; and the critical ones, of which
    `critical_left_out` groups are not among the cards."""

    counts: Mapping[Severity, int]
    held_back: int
    critical: tuple[Card, ...]
    critical_left_out: int

    @property
    def total(self) -> int:
        """How many in all."""
        return sum(self.counts.values())


def read_place_alerts(services: Services, lines: Lines, site: str, access_point: str | None = None) -> PlaceAlerts:
    """Those of a site and of all in it; or of an access point, with those that list it. Blocks."""
    found = find_alerts(services.state, AlertFilter(is_open=True, site=site), limit=MOST_OPEN)
    ended = AlertFilter(is_open=False, site=site, access_point=access_point)
    if access_point is not None:
        found = [alert for alert in found if concerns(alert, access_point)]
    over = find_alerts(services.state, ended, limit=MOST_ENDED)
    standing = read_standing(services, [*found, *over])
    return PlaceAlerts(lines.all_of(worst_first(standing[: len(found)])), lines.all_of(standing[len(found) :]))


def read_city_alerts(services: Services, lines: Lines) -> CityAlerts:
    """Those of the whole city. Blocks."""
    now = read_alerts_now(services)
    told = now.told
    critical = grouped(each for each in told if each.alert.severity is Severity.CRITICAL)
    return CityAlerts(
        counts={severity: sum(each.alert.severity is severity for each in told) for severity in Severity},
        held_back=len(now.held_back),
        critical=build_cards(critical[:MOST_CRITICAL], lines),
        critical_left_out=max(0, len(critical) - MOST_CRITICAL),
    )
