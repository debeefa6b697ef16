"""The forms by which notices are held back: what was typed in them, what is wrong with it, and the document that the
alert desk takes. Pure.

Times are typed in Korean Standard Time, without a zone.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from agent.settings import Contradiction
from collector.alerts.alert import Severity
from collector.alerts.holding.remarks import MOST_REMARK_LETTERS
from collector.alerts.holding.silences import LONGEST_SILENCE
from collector.korean_time import KST
from collector.web.forms import Form
from inventory.models import Inventory, SiteKind

MORNING_HOUR = 9
LISTS = ("rule", "severity", "kind", "weekday")
MATCHER_FIELDS = ("site", "access_points", "rule", "severity", "kind", "everything")


class Span(StrEnum):
    """For how long a silence is to last, as forms offer it."""

    HOUR = "1h"
    FOUR_HOURS = "4h"
    MORNING = "morning"
    DAY = "24h"
    WEEK = "7d"
    UNTIL = "until"


_LENGTHS = {
    Span.HOUR: timedelta(hours=1),
    Span.FOUR_HOURS: timedelta(hours=4),
    Span.DAY: timedelta(hours=24),
    Span.WEEK: timedelta(days=7),
}


class Problem(NamedTuple):
    """What is wrong with a field, as the phrases `alert_problem.*` say it."""

    kind: str
    what: str = ""


@dataclass(frozen=True, slots=True)
class Typed:
    """The texts of a form's fields, and what was ticked of those that are lists; what is wrong with which of them."""

    texts: Mapping[str, str] = field(default_factory=dict)
    ticked: Mapping[str, Sequence[str]] = field(default_factory=dict)
    problems: Mapping[str, Problem] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """What a field has; empty where it has nothing."""
        return self.texts.get(name, "")

    def has(self, name: str, value: str) -> bool:
        """Whether this was ticked."""
        return value in self.ticked.get(name, ())

    def with_problems(self, problems: Mapping[str, Problem]) -> "Typed":
        """The same, with what is wrong with it."""
        return Typed(self.texts, self.ticked, {**self.problems, **problems})


def typed_in(form: Form) -> Typed:
    """What was typed. Browsers end lines as the network does, which would count twice."""
    return Typed(
        {name: form.text(name).replace("\r\n", "\n") for name in form if name not in LISTS},
        {name: tuple(filter(None, form.all_of(name))) for name in LISTS},
    )


def matcher_in(typed: Typed, inventory: Inventory) -> tuple[dict[str, Any], dict[str, Problem]]:
    """Which alerts are meant, and what is wrong with that."""
    places = (
        tuple(re.split(r"[\s,]+", typed.text("access_points").strip(", \n\t"))) if typed.text("access_points") else ()
    )
    document: dict[str, Any] = {
        "sites": [typed.text("site")] if typed.text("site") else [],
        "access_points": list(dict.fromkeys(places)),
        "rules": list(typed.ticked.get("rule", ())),
        "severities": [word for word in typed.ticked.get("severity", ()) if word in list(Severity)],
        "site_kinds": [word for word in typed.ticked.get("kind", ()) if word in list(SiteKind)],
    }
    is_everything = bool(typed.text("everything"))
    problems = {}
    unknown = [place for place in document["access_points"] if place not in inventory.access_points]
    if unknown:
        problems["access_points"] = Problem("no_access_point", ", ".join(unknown[:5]))
    if document["sites"] and document["sites"][0] not in inventory.sites:
        problems["site"] = Problem("not_possible")
    if is_everything == any(document.values()):
        problems["everything"] = Problem("everything_alone" if is_everything else "names_nothing")
    return {**document, "is_everything": is_everything}, problems


def end_in(typed: Typed, now: datetime) -> tuple[datetime | None, dict[str, Problem]]:
    """When a silence is to end, by its length or as it was typed."""
    span = typed.text("span")
    if span not in list(Span):
        return None, {"span": Problem("missing")}
    if span != Span.UNTIL:
        return end_of(Span(span), now), {}
    until = instant_in(typed.text("until"))
    if until is None:
        return None, {"until": Problem("no_time")}
    if until <= now:
        return None, {"until": Problem("past")}
    if until > (instant_in(typed.text("starts")) or now) + LONGEST_SILENCE:
        return None, {"until": Problem("too_far", str(LONGEST_SILENCE.days))}
    return until, {}


def end_of(span: Span, now: datetime) -> datetime:
    """When a span from now ends; the morning is the next one."""
    if span is not Span.MORNING:
        return now + _LENGTHS[span]
    morning = now.astimezone(KST).replace(hour=MORNING_HOUR, minute=0, second=0, microsecond=0)
    return morning if morning > now else morning + timedelta(days=1)


def start_in(typed: Typed, now: datetime) -> tuple[datetime | None, dict[str, Problem]]:
    """When a silence is to begin; None where that is now."""
    text = typed.text("starts")
    if not text:
        return None, {}
    starts = instant_in(text)
    if starts is None:
        return None, {"starts": Problem("no_time")}
    if typed.text("span") != Span.UNTIL:
        return None, {"span": Problem("needs_end")}
    return (None if starts <= now else starts), {}


def comment_in(typed: Typed, *, is_needed: bool = True) -> dict[str, Problem]:
    """What is wrong with a comment."""
    comment = typed.text("comment")
    if not comment:
        return {"comment": Problem("missing")} if is_needed else {}
    if len(comment) > MOST_REMARK_LETTERS:
        return {"comment": Problem("too_long", f"{MOST_REMARK_LETTERS:,}")}
    if any(not (sign.isprintable() or sign in "\n\t") for sign in comment):
        return {"comment": Problem("unprintable")}
    return {}


def instant_in(text: str) -> datetime | None:
    """What a field of date and time has, `2026-05-24T09:00`; None for what is no time of a year that may be meant."""
    if not re.fullmatch(r"2\d{3}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?", text):
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=KST)
    except ValueError:
        return None


def refused_fields(mistakes: Iterable[Contradiction], names: Mapping[str, str]) -> dict[str, Problem]:
    """What the desk finds wrong beyond all this, at the fields that it is about: by the first word of its place, or by
    the two first."""
    problems = {}
    for place, _ in mistakes:
        words = [str(part) for part in place[:2]]
        known = (names.get(".".join(words)), names.get(words[0] if words else ""))
        problems[next((name for name in known if name is not None), "comment")] = Problem("not_possible")
    return problems
