"""Alerts in words, for pages: one by one, with where they are and what can be followed from there. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from collector.alerts.alert import Alert
from collector.alerts.planning.told_alerts import told
from collector.alerts.telling.alerts import AlertTold, tell_alert
from collector.alerts.telling.links import Links
from collector.alerts.telling.shown import Language as Told
from collector.alerts.telling.wording import wording_of
from collector.web.alerts.alerts_now import Standing
from collector.web.language import Language
from collector.web.services import Services
from inventory.models import AccessPoint, Inventory, Site


@dataclass(frozen=True, slots=True)
class Line:
    """An alert with its words. `name` is its rule's; `site` and `place` are where it is, as far as the inventory has
    it; `members` are the access points that it lists, by their ids, with what the inventory says of them."""

    standing: Standing
    told: AlertTold
    name: str
    site: Site | None
    place: AccessPoint | None
    members: tuple[tuple[str, AccessPoint | None], ...]

    @property
    def alert(self) -> Alert:
        """The alert itself."""
        return self.standing.alert


class Lines:
    """Makes lines in one language. Links to pages of ours have no host: whoever reads them is there."""

    def __init__(self, services: Services, language: Language) -> None:
        self._inventory: Inventory = services.inventory
        self._links = Links("", services.alert_settings.grafana_url, services.alert_settings.runbooks_url)
        self._language: Told = "ko" if language is Language.KOREAN else "en"

    def of(self, standing: Standing) -> Line:
        """One alert's."""
        alert, places = standing.alert, self._inventory.access_points
        return Line(
            standing=standing,
            told=tell_alert(told(alert, self._inventory), self._language, self._links),
            name=self.name(alert.rule),
            site=self._inventory.sites.get(alert.subject.site or ""),
            place=places.get(alert.subject.access_point or ""),
            members=tuple((member, places.get(member)) for member in alert.members),
        )

    def all_of(self, standing: Iterable[Standing]) -> tuple[Line, ...]:
        """One after the other."""
        return tuple(self.of(each) for each in standing)

    def name(self, rule: str) -> str:
        """What a rule is called."""
        return wording_of(rule).name[self._language]
