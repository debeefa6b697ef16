"""Puts a notice into words: what is wrong, where, since when, how bad, why, who is affected, what to do. Pure.

Called by formats, which escape what their receiver takes for markup: all text here is plain, a line each.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from collector.alerts.notice import Notice, NoticeKind
from collector.alerts.telling.alerts import AlertTold, people_of, phrase, place_of, site_of, tell_alert
from collector.alerts.telling.links import Links
from collector.alerts.telling.shown import Language
from collector.alerts.telling.wording import wording_of


@dataclass(frozen=True, slots=True)
class Link:
    """An address, and what it leads to."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Told:
    """A notice in words. `state` is how bad it is, or that it is over; `untold` counts the alerts that are left out."""

    language: Language
    state: str
    title: str
    summary: str
    action: str
    alerts: tuple[AlertTold, ...]
    untold: int
    links: tuple[Link, ...]

    @property
    def rest(self) -> str | None:
        """How many more alerts there are."""
        return phrase("more_alerts", self.language, number=f"{self.untold:,}") if self.untold else None


def tell(notice: Notice, language: Language, links: Links, *, at_most: int | None = None) -> Told:
    """A notice in words, with `at_most` so many of its alerts."""
    chosen = notice.alerts if at_most is None else notice.alerts[:at_most]
    alerts = tuple(tell_alert(alert, language, links, where=notice.where) for alert in chosen)
    state = phrase(_state(notice), language)
    return Told(
        language=language,
        state=state,
        title=f"[{state}] {' · '.join(_title(notice, language))}",
        summary=_summary(notice, alerts, language),
        action=_action(notice, language),
        alerts=alerts,
        untold=len(notice.alerts) - len(chosen),
        links=tuple(_links(notice, language, links)),
    )


def _state(notice: Notice) -> str:
    if notice.kind in {NoticeKind.TEST, NoticeKind.ENDED}:
        return notice.kind.value
    return notice.severity.value


def _title(notice: Notice, language: Language) -> Iterator[str]:
    yield wording_of(notice.rule).name[language]
    if len(notice.alerts) == 1:
        alert = notice.alerts[0]
        yield from place_of(alert, alert.where or notice.where, language)
        return
    yield phrase("where_collector", language) if notice.where is None else site_of(notice.where, language)
    yield from _counts(notice, language)


def _counts(notice: Notice, language: Language) -> Iterator[str]:
    for name, counted in (("alerts_firing", notice.firing), ("alerts_ended", notice.ended)):
        if counted:
            yield phrase(name, language, number=f"{len(counted):,}")


def _summary(notice: Notice, alerts: Sequence[AlertTold], language: Language) -> str:
    """The first alert in a sentence, and of several how many are affected in all."""
    people = sum(alert.people or 0 for alert in notice.firing)
    parts = [alert.what for alert in alerts[:1]]
    if len(notice.alerts) > 1 and people:
        parts.append(f"{phrase('people', language)}: {people_of(people, language)}.")
    return " ".join(parts) or wording_of(notice.rule).what[-1][language]


def _action(notice: Notice, language: Language) -> str:
    if notice.kind is NoticeKind.ENDED:
        return phrase("nothing_to_do", language)
    return wording_of(notice.rule).action[language]


def _links(notice: Notice, language: Language, links: Links) -> Iterator[Link]:
    alert = notice.alerts[0] if len(notice.alerts) == 1 else None
    where = notice.where if alert is None else alert.where or notice.where
    is_test = notice.kind is NoticeKind.TEST
    known = {
        "link_alert": None if alert is None or is_test else links.alert(alert),
        "link_access_point": links.access_point(where),
        "link_site": links.site(where),
        "link_map": links.map(where),
        "link_grafana": links.grafana(where),
        "link_runbook": None if is_test else links.runbook(notice.rule),
    }
    yield from (Link(phrase(name, language), url) for name, url in known.items() if url)
