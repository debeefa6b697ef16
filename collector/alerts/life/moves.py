"""What a verdict makes of one alert. Pure; used by `life`, which goes through all of them."""

from dataclasses import replace
from datetime import datetime
from math import isnan
from typing import TypedDict

from collector.alerts.alert import Alert, End, Flaps, Identity, Phase, Severity
from collector.alerts.judging.verdicts import State, Told, Verdicts
from collector.alerts.life import flapping
from collector.alerts.rules import RuleSettings

_SEVERITIES = (Severity.INFO, Severity.WARNING, Severity.CRITICAL)


def begun(
    identity: Identity, verdicts: Verdicts, row: int, *, settings: RuleSettings, flaps: Flaps, now: datetime, name: str
) -> Alert:
    """An alert on what has just been seen to be bad, with the id `name`. It fires at once if its rule does not wait."""
    history = flapping.noted(flapping.rewound(flaps, now), now, is_bad=True)
    alert = Alert(
        id=name,
        rule=identity.rule,
        subject=verdicts.subjects.subject(row),
        severity=verdicts.severity(row) or settings.severity,
        phase=Phase.PENDING,
        since=now,
        changed_at=now,
        members=verdicts.members(row),
        is_flapping=flapping.is_flapping(history, now, was_flapping=False),
        flaps=history,
        **_facts(verdicts, row, now),
    )
    return _lasting(alert, settings, now)


def noted(alert: Alert, state: State, now: datetime) -> Flaps:
    """The history of an alert's state. What is between or unknown changes nothing; neither does a clock that has been
    put back, but to go on from there."""
    flaps = flapping.rewound(alert.flaps, now)
    if state is State.BAD or state is State.GOOD:
        return flapping.noted(flaps, now, is_bad=state is State.BAD)
    return flaps


def moved(alert: Alert, state: State, flaps: Flaps, *, settings: RuleSettings, now: datetime) -> Alert | None:
    """An open alert after what is now known; the very same where that is nothing new. None where it was pending and is
    bad no longer, or nothing is known of it."""
    has_turned = flaps is not alert.flaps
    if has_turned:
        alert = replace(alert, flaps=flaps)
    if alert.phase is Phase.PENDING:
        if state is not State.BAD:
            return None
        alert = _lasting(alert, settings, now)
        if alert.phase is Phase.PENDING:
            return alert
    if has_turned or alert.is_flapping:  # without a change a history can only fade
        is_flapping = flapping.is_flapping(flaps, now, was_flapping=alert.is_flapping)
        alert = alert if is_flapping is alert.is_flapping else replace(alert, is_flapping=is_flapping)
    return _firing(alert, state, settings, now)


def gone(alert: Alert, now: datetime) -> Alert | None:
    """An open alert after what it was about is there no longer, or watched no longer; None where it was pending."""
    return None if alert.phase is Phase.PENDING else _ended(alert, End.GONE, now)


def retold(alert: Alert, verdicts: Verdicts, row: int, *, settings: RuleSettings, now: datetime) -> Alert:
    """An alert whose row is bad, with its severity and members as they are now. The very same where they are as they
    were: members in another order are the same."""
    severity = verdicts.severity(row) or settings.severity
    members = verdicts.members(row)
    if members is alert.members or members == alert.members or set(members) == set(alert.members):
        members = alert.members
    if severity is alert.severity and members is alert.members:
        return alert
    is_worse = _SEVERITIES.index(severity) > _SEVERITIES.index(alert.severity)
    is_news = alert.phase is Phase.FIRING and (is_worse or members is not alert.members)
    return replace(alert, severity=severity, members=members, changed_at=now if is_news else alert.changed_at)


def refreshed(alert: Alert, verdicts: Verdicts, row: int, now: datetime) -> Alert:
    """An alert whose row is bad, with the value, people and detail of now."""
    return replace(alert, **_facts(verdicts, row, now))


def bad_seconds(alert: Alert, now: datetime) -> float:
    """For how long a pending alert has been bad."""
    return max(0.0, (now - alert.since).total_seconds())


class _Facts(TypedDict):
    value: float | None
    threshold: float | None
    people: int | None
    detail: Told
    refreshed_at: datetime


def _facts(verdicts: Verdicts, row: int, now: datetime) -> _Facts:
    value = None if verdicts.values is None else float(verdicts.values[row])
    return {
        "value": None if value is None or isnan(value) else value,
        "threshold": verdicts.threshold,
        "people": verdicts.people(row),
        "detail": verdicts.detail(row),
        "refreshed_at": now,
    }


def _lasting(alert: Alert, settings: RuleSettings, now: datetime) -> Alert:
    """A pending alert that is bad still: it fires once it has been so for long enough.

    What flapped when it began may never be, and is a trouble all the same. It fires once it has been bad for as long in
    all, within about the last hour. Flapping alone is not enough: rules that wait for long do so because what they
    judge has short peaks in its nature, and of these thousands of places would be told.
    """
    if alert.since > now:  # the clock has been put back
        alert = replace(alert, since=now)
    lasted = bad_seconds(alert, now)
    if alert.is_flapping:
        lasted += alert.flaps.bad_seconds
    if lasted < settings.raise_after_seconds:
        return alert
    return replace(alert, phase=Phase.FIRING, fired_at=now, changed_at=now)


def _firing(alert: Alert, state: State, settings: RuleSettings, now: datetime) -> Alert:
    well_since = unknown_since = None
    if state is State.UNKNOWN:
        unknown_since = min(alert.unknown_since or now, now)
    elif state is State.GOOD:
        well_since = min(alert.well_since or now, now)
    if well_since != alert.well_since or unknown_since != alert.unknown_since:
        alert = replace(alert, well_since=well_since, unknown_since=unknown_since)
    if well_since is None or alert.is_flapping:
        return alert
    needed = flapping.clearing_seconds(alert.flaps, settings.clear_after_seconds, now)
    return _ended(alert, End.WELL, now) if (now - well_since).total_seconds() >= needed else alert


def _ended(alert: Alert, end: End, now: datetime) -> Alert:
    ended_at = now if alert.fired_at is None else max(now, alert.fired_at)
    return replace(alert, phase=Phase.RESOLVED, ended_at=ended_at, end=end)
