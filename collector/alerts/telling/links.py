"""Where a notice points to: pages of ours, maps, Grafana, the runbook. Pure; called by `telling` and by formats."""

import string
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from collector.alerts.notice import ToldAlert, Where
from collector.alerts.telling.plain_text import plain
from collector.orders.distances import Position
from collector.orders.map_links import map_links

_GRAFANA_PLACEHOLDERS = {"site", "access_point"}
_RUNBOOK_PLACEHOLDERS = {"rule"}


def checked_grafana_url(template: str) -> str:
    """For settings: a board's address with `{site}` and `{access_point}` where their ids belong; raises ValueError."""
    return _checked(template, _GRAFANA_PLACEHOLDERS)


def checked_runbooks_url(template: str) -> str:
    """For settings: a folder's address, or an address with `{rule}` where the rule's name belongs; raises
    ValueError."""
    return _checked(template, _RUNBOOK_PLACEHOLDERS)


def _checked(template: str, allowed: set[str]) -> str:
    names = ", ".join(f"{{{name}}}" for name in sorted(allowed))
    try:
        found = list(string.Formatter().parse(template))
    except ValueError as error:
        raise ValueError(f"has a brace that is never closed; placeholders are {names}") from error
    for _, name, spec, conversion in found:
        if name is not None and (name not in allowed or spec or conversion):
            raise ValueError(f"knows no placeholder but {names}")
    parts = urlsplit(template.format(**dict.fromkeys(allowed, "x")))
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.password:
        raise ValueError("must be an address such as https://wiki.example.org/wifi, without a user or a password")
    if any(letter.isspace() or letter in '<>|"' for letter in template):
        raise ValueError("must not hold spaces, quotes, <, > or |; write them as %20 and the like")
    return template.rstrip("/")


@dataclass(frozen=True, slots=True)
class Links:
    """`public_url` is where people reach the pages, if that is known; `grafana_url` and `runbooks_url` are as
    configured. Runbooks are pages of ours too, unless they are said to be elsewhere."""

    public_url: str | None = None
    grafana_url: str | None = None
    runbooks_url: str | None = None

    def alert(self, alert: ToldAlert) -> str | None:
        """The alert's own page."""
        return self._page("alerts", alert.id)

    def access_point(self, where: Where | None) -> str | None:
        """The access point's page."""
        return None if where is None or where.access_point is None else self._page("access-points", where.access_point)

    def site(self, where: Where | None) -> str | None:
        """The site's page."""
        return None if where is None else self._page("sites", where.site)

    def map(self, where: Where | None) -> str | None:
        """Kakao Map at the place, which it calls by the site's name."""
        if where is None or where.latitude is None or where.longitude is None:
            return None
        name = plain(where.site_name_ko) or where.site
        return map_links(name, Position(where.latitude, where.longitude)).kakao

    def grafana(self, where: Where | None) -> str | None:
        """The board. Without an access point its place in the address stays empty."""
        if where is None or self.grafana_url is None:
            return None
        return self.grafana_url.format(site=_quoted(where.site), access_point=_quoted(where.access_point or ""))

    def runbook(self, rule: str) -> str | None:
        """The rule's runbook."""
        if self.runbooks_url is not None and "{" in self.runbooks_url:
            return self.runbooks_url.format(rule=_quoted(rule))
        if self.runbooks_url is not None:
            return f"{self.runbooks_url}/{_quoted(rule)}"
        return self._page("runbooks", rule)

    def _page(self, area: str, name: str) -> str | None:
        return None if self.public_url is None else f"{self.public_url}/{area}/{_quoted(name)}"


def _quoted(name: str) -> str:
    return quote(name, safe="", errors="replace")
