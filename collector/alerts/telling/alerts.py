"""Puts one alert into words. Pure; called by `telling`, and by formats that tell of alerts without a notice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from collector.alerts.alert import End
from collector.alerts.notice import ToldAlert, Where
from collector.alerts.rules import Unit, rules
from collector.alerts.telling.links import Links
from collector.alerts.telling.plain_text import cut, plain
from collector.alerts.telling.shown import Language, length, moment
from collector.alerts.telling.wording import Facts, RuleWording, Variant, facts_of, phrases, said, wording_of
from inventory.districts import ENGLISH_DISTRICTS

_NAME_LETTERS = 80
_SENTENCE_LETTERS = 400
_MEMBER_LETTERS = 8000
"""So that the 500 access points of a large site are listed by ids of up to 14 letters, and a message for people stays
within what its receivers take."""


@dataclass(frozen=True, slots=True)
class AlertTold:
    """One alert in words; what is not known is None. `how_long` is said of what has ended, `members` lists ids, `note`
    says that it flaps."""

    id: str
    is_firing: bool
    title: str
    what: str
    where: str
    since: str
    how_long: str | None
    how_bad: str | None
    cause: str | None
    people: str | None
    members: str | None
    note: str | None
    action: str
    page_url: str | None
    map_url: str | None
    grafana_url: str | None
    runbook_url: str | None

    def rows(self, language: Language) -> Iterator[tuple[str, str]]:
        """What is known, each with its label, in the order in which people ask."""
        known = {
            "where": self.where,
            "since": self.since,
            "lasted": self.how_long,
            "how_bad": self.how_bad,
            "cause": self.cause,
            "people": self.people,
            "members": self.members,
            "note": self.note,
        }
        yield from ((phrase(name, language), text) for name, text in known.items() if text)


def tell_alert(alert: ToldAlert, language: Language, links: Links, *, where: Where | None = None) -> AlertTold:
    """An alert in words; `where` is where it is, if it does not say so itself."""
    where = alert.where or where
    wording = wording_of(alert.rule)
    facts = facts_of(alert, _unit(alert.rule), language)
    ended_at = alert.ended_at
    return AlertTold(
        id=alert.id,
        is_firing=alert.is_firing,
        title=f"{wording.name[language]} · {' · '.join(place_of(alert, where, language))}",
        what=_what(alert, wording, facts, language),
        where=_where(alert, where, language),
        since=moment(alert.since),
        how_long=None if ended_at is None else _how_long(alert.since, ended_at, language),
        how_bad=_said(wording.bad, facts, language) if alert.is_firing else None,
        cause=_said(wording.cause, facts, language) if alert.is_firing else None,
        people=people_of(alert.people, language) if alert.people and alert.is_firing else None,
        members=_members(alert.members, language),
        note=phrase("flapping", language) if alert.is_flapping and alert.is_firing else None,
        action=wording.action[language] if alert.is_firing else phrase("nothing_to_do", language),
        page_url=links.alert(alert),
        map_url=links.map(where),
        grafana_url=links.grafana(where),
        runbook_url=links.runbook(alert.rule),
    )


def phrase(name: str, language: Language, **filling: str) -> str:
    """One of the phrases that all notices share. An unknown one is a mistake of ours and raises KeyError."""
    return phrases()[name][language].format(**filling)


def people_of(number: int, language: Language) -> str:
    """How many may be affected."""
    name = "one_affected" if number == 1 else "people_affected"
    return phrase(name, language, number=f"{number:,}")


def site_of(where: Where, language: Language) -> str:
    """What the site is called."""
    name = where.site_name_ko if language == "ko" else where.site_name_en
    return plain(name, _NAME_LETTERS) or where.site


def place_of(alert: ToldAlert, where: Where | None, language: Language) -> Iterator[str]:
    """Where it is, in few words. An agent or a device whose place nobody knows, or the collector, stands for itself."""
    if where is None:
        yield plain(alert.subject, _NAME_LETTERS) or phrase("where_collector", language)
        return
    yield site_of(where, language)
    if where.access_point is not None:
        yield where.access_point


def _where(alert: ToldAlert, where: Where | None, language: Language) -> str:
    if where is None:
        return next(place_of(alert, where, language))
    known = [_site_in_district(where, language)]
    if where.access_point is not None:
        name = plain(where.access_point_name or "", _NAME_LETTERS)
        known.append(f"{name} ({where.access_point})" if name and name != where.access_point else where.access_point)
    known += [plain(text, _NAME_LETTERS) for text in (where.floor, alert.part) if text]
    return " · ".join(text for text in known if text)


def _site_in_district(where: Where, language: Language) -> str:
    """`영등포구 여의도한강공원`, `Yeouido Hangang Park, Yeongdeungpo-gu`."""
    site, district = site_of(where, language), plain(where.district, _NAME_LETTERS)
    if language == "en":
        return ", ".join(text for text in (site, ENGLISH_DISTRICTS.get(district, district)) if text)
    return f"{district} {site}".strip()


def _how_long(since: datetime, ended_at: datetime, language: Language) -> str:
    return phrase("lasted_until", language, length=length(ended_at - since, language), at=moment(ended_at))


def _what(alert: ToldAlert, wording: RuleWording, facts: Facts, language: Language) -> str:
    """What is gone has not become well, and nobody may say so."""
    if alert.end is End.GONE:
        return phrase("gone", language)
    return _said(wording.what if alert.is_firing else wording.ended, facts, language) or ""


def _said(variants: Sequence[Variant], facts: Facts, language: Language) -> str | None:
    sentence = said(variants, facts, language)
    return None if sentence is None else cut(sentence, _SENTENCE_LETTERS)


def _unit(rule: str) -> Unit | None:
    known = rules().get(rule)
    return None if known is None else known.unit


def _members(members: Sequence[str], language: Language) -> str | None:
    """Their ids, as many as there is room for."""
    listed = ", ".join(members)
    if len(listed) <= _MEMBER_LETTERS:
        return listed or None
    fitting = cut(listed, _MEMBER_LETTERS).rpartition(", ")[0]
    rest = len(members) - fitting.count(", ") - 1
    return f"{fitting} {phrase('more_members', language, number=f'{rest:,}')}"
