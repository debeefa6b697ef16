"""The form by which maintenance is planned: once, or every week. Pure."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from collector.alerts.holding.hours import WEEK
from collector.alerts.holding.maintenance import LONGEST_WORKS
from collector.alerts.holding.remarks import MOST_TITLE_LETTERS
from collector.korean_time import KST
from collector.web.alerts.holding_forms import Problem, Typed, comment_in, instant_in, matcher_in
from inventory.models import Inventory

ONCE, WEEKLY = "once", "recurring"
DESK_FIELDS: Mapping[str, str] = {
    "name": "name",
    "matcher": "everything",
    "matcher.sites": "site",
    "matcher.access_points": "access_points",
    "matcher.rules": "rule",
    "when": "when",
    "comment": "comment",
}
"""Which field has what the alert desk may find wrong."""
_DAY_MINUTES = 24 * 60


def maintenance_in(typed: Typed, inventory: Inventory, now: datetime) -> tuple[dict[str, Any], dict[str, Problem]]:
    """The maintenance that was typed, and what is wrong with it."""
    matcher, problems = matcher_in(typed, inventory)
    when, about_when = _when(typed, now)
    name = typed.text("name")
    if not name:
        problems["name"] = Problem("missing")
    elif len(name) > MOST_TITLE_LETTERS:
        problems["name"] = Problem("too_long", str(MOST_TITLE_LETTERS))
    elif not name.isprintable():
        problems["name"] = Problem("unprintable")
    document = {"name": name, "matcher": matcher, "when": when, "comment": typed.text("comment")}
    return document, {**problems, **about_when, **comment_in(typed)}


def _when(typed: Typed, now: datetime) -> tuple[dict[str, Any], dict[str, Problem]]:
    if typed.text("when") == ONCE:
        return _once(typed, now)
    if typed.text("when") == WEEKLY:
        return _weekly(typed, now)
    return {}, {"when": Problem("missing")}


def _once(typed: Typed, now: datetime) -> tuple[dict[str, Any], dict[str, Problem]]:
    starts, ends = instant_in(typed.text("starts")), instant_in(typed.text("ends"))
    problems = {name: Problem("no_time") for name, at in (("starts", starts), ("ends", ends)) if at is None}
    if starts is not None and ends is not None:
        if ends <= starts:
            problems["ends"] = Problem("before_start")
        elif ends <= now:
            problems["ends"] = Problem("past")
        elif ends - starts > LONGEST_WORKS:
            problems["ends"] = Problem("too_far", str(LONGEST_WORKS.days))
    return {"kind": ONCE, "starts_at": starts, "ends_at": ends}, problems


def _weekly(typed: Typed, now: datetime) -> tuple[dict[str, Any], dict[str, Problem]]:
    """Works that end at an earlier time of the day than they begin last past midnight; at the same, for a day."""
    weekdays = [day for day in typed.ticked.get("weekday", ()) if day in WEEK]
    begin, end = _clock(typed.text("from_time")), _clock(typed.text("to_time"))
    first = _day(typed.text("first_day")) if typed.text("first_day") else now.astimezone(KST).date()
    last = _day(typed.text("last_day")) if typed.text("last_day") else None
    problems = {name: Problem("no_time") for name, at in (("from_time", begin), ("to_time", end)) if at is None}
    if not weekdays:
        problems["weekday"] = Problem("missing")
    if first is None:
        problems["first_day"] = Problem("no_day")
    if typed.text("last_day") and last is None:
        problems["last_day"] = Problem("no_day")
    if first is not None and last is not None and last < first:
        problems["last_day"] = Problem("before_start")
    length = 0 if begin is None or end is None else (_minutes(end) - _minutes(begin)) % _DAY_MINUTES or _DAY_MINUTES
    return {
        "kind": WEEKLY,
        "weekdays": weekdays,
        "from_time": "" if begin is None else f"{begin:%H:%M}",
        "minutes": length,
        "first_day": first,
        "last_day": last,
    }, problems


def _clock(text: str) -> time | None:
    return time.fromisoformat(text[:5]) if re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?", text) else None


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _day(text: str) -> date | None:
    if not re.fullmatch(r"2\d{3}-\d\d-\d\d", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
