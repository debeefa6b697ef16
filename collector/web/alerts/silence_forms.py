"""The forms by which a silence is made: freely, or for what one alert is about. Pure."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from collector.alerts.alert import Alert, Subject
from collector.web.alerts.holding_forms import Problem, Typed, comment_in, end_in, matcher_in, start_in
from inventory.models import Inventory

DESK_FIELDS: Mapping[str, str] = {
    "matcher": "everything",
    "matcher.sites": "site",
    "matcher.access_points": "access_points",
    "matcher.rules": "rule",
    "starts_at": "starts",
    "ends_at": "until",
    "comment": "comment",
}
"""Which field has what the alert desk may find wrong."""


class Reach(StrEnum):
    """How much like an alert is to be silenced with it."""

    RULE_AT_PLACE = "rule_at_place"
    RULE_AT_SITE = "rule_at_site"
    PLACE = "place"
    SITE = "site"
    RULE = "rule"


def reaches_of(subject: Subject) -> tuple[Reach, ...]:
    """What can be chosen for something, the narrowest first."""
    if subject.site is None:
        return (Reach.RULE,)
    if subject.access_point is None:
        return (Reach.RULE_AT_SITE, Reach.SITE)
    return (Reach.RULE_AT_PLACE, Reach.RULE_AT_SITE, Reach.PLACE, Reach.SITE)


def matcher_of(reach: Reach, alert: Alert) -> dict[str, Any]:
    """Which alerts are meant by that."""
    subject = alert.subject
    of_place = reach in {Reach.RULE_AT_PLACE, Reach.PLACE}
    of_site = reach in {Reach.RULE_AT_SITE, Reach.SITE}
    of_rule = reach in {Reach.RULE_AT_PLACE, Reach.RULE_AT_SITE, Reach.RULE}
    return {
        "access_points": [subject.access_point] if of_place else [],
        "sites": [subject.site] if of_site else [],
        "rules": [alert.rule] if of_rule else [],
    }


def silence_in(typed: Typed, inventory: Inventory, now: datetime) -> tuple[dict[str, Any], dict[str, Problem]]:
    """The silence that was typed freely, and what is wrong with it."""
    matcher, problems = matcher_in(typed, inventory)
    starts, about_start = start_in(typed, now)
    ends, about_end = end_in(typed, now)
    if starts is not None and ends is not None and ends <= starts:
        about_end = {"until": Problem("before_start")}
    document = {"matcher": matcher, "starts_at": starts, "ends_at": ends, "comment": typed.text("comment")}
    return document, {**problems, **about_end, **about_start, **comment_in(typed)}


def silence_of_alert(typed: Typed, alert: Alert, now: datetime) -> tuple[dict[str, Any], dict[str, Problem]]:
    """The silence that was typed beside an alert, and what is wrong with it."""
    ends, problems = end_in(typed, now)
    reach = typed.text("reach")
    if reach not in reaches_of(alert.subject):
        return {}, {**problems, "reach": Problem("missing"), **comment_in(typed)}
    document = {"matcher": matcher_of(Reach(reach), alert), "ends_at": ends, "comment": typed.text("comment")}
    return document, {**problems, **comment_in(typed)}
