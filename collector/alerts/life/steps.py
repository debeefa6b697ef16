"""The life of alerts: what the verdicts of one instant make of all that are open. Pure; called every second.

    (nothing) ── bad ──► pending ── bad for raise_after_seconds ──► firing ── well for clear_after_seconds ──► resolved
                            │                                          │
                            └── anything but bad: dropped              └── no longer there, or watched: resolved

- A pending alert must be bad without a break. To be between the thresholds is a break, and so is not to know: what was
  bad before and after may have been well meanwhile.
- A firing alert must be well without a break to end. Not to know never ends it; a rule that failed to judge knows
  nothing. While it flaps it does not end, and after many changes it ends later: see `flapping`.
- Of what is neither bad nor has an alert nothing is looked at, so that a city without trouble costs next to nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np

from collector.alerts.alert import Alert, Flaps, Identity
from collector.alerts.judging.verdicts import State, Verdicts
from collector.alerts.life import flapping, moves
from collector.alerts.rules import RuleSettings

REFRESH = timedelta(minutes=5)
"""How old the value of an alert may become. A value moves with each report, and to write thousands of them each minute
would be work for nobody; a page shows a number that is a few minutes old. A judgement of ours."""
REFRESHED_AT_ONCE = 200
"""How many are refreshed in one step: thousands that began together would otherwise be written together each time."""

_STATES = tuple(State)


@dataclass(frozen=True, slots=True)
class Step:
    """What has become of the alerts. `open` are all that are open now. `changed` must be written: what is new, what
    differs and what has ended. `dropped` are the ids of pending ones that went away without firing. `flaps` are the
    histories of what has no open alert, to be handed to the next step.

    Of an alert that is open and not among `changed`, only `refreshed_at` may differ.
    """

    open: dict[Identity, Alert]
    changed: tuple[Alert, ...]
    dropped: tuple[str, ...]
    flaps: dict[Identity, Flaps]


@dataclass(slots=True)
class _Outcome:
    now: datetime
    open: dict[Identity, Alert] = field(default_factory=dict)
    changed: list[Alert] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    flaps: dict[Identity, Flaps] = field(default_factory=dict)
    due: list[tuple[Identity, Verdicts, int]] = field(default_factory=list)

    def put(self, identity: Identity, before: Alert, after: Alert | None, flaps: Flaps) -> None:
        """An alert that was open, as it is now: None where it was pending and went away."""
        if after is None:
            self.dropped.append(before.id)
            self.flaps[identity] = flapping.with_bad(flaps, moves.bad_seconds(before, self.now), self.now)
            return
        if after is not before:
            self.changed.append(after)
        if after.is_open:
            self.open[identity] = after
        else:
            self.flaps[identity] = flaps


def step(
    alerts: Mapping[Identity, Alert],
    verdicts: Mapping[str, Verdicts],
    settings: Mapping[str, RuleSettings],
    *,
    flaps: Mapping[Identity, Flaps],
    now: datetime,
    new_id: Callable[[], str],
) -> Step:
    """Moves all alerts that are open, and begins those that are new.

    `verdicts` and `settings` are by rule; a rule without verdicts has failed, or is switched off, which its settings
    say. A rule without settings is one that there is no longer. `flaps` are those of the step before. It does not
    matter how many steps there are while nothing changes, nor whether `now` is earlier than it was.
    """
    outcome = _Outcome(now)
    rows: dict[str, set[int]] = {rule: set() for rule in verdicts}
    for identity, alert in alerts.items():
        row = _move(outcome, identity, alert, verdicts.get(identity.rule), settings.get(identity.rule))
        if row is not None:
            rows[identity.rule].add(row)
    _refresh(outcome)
    _remember(outcome, verdicts, flaps)
    _begin(outcome, verdicts, settings, rows=rows, new_id=new_id)
    return Step(outcome.open, tuple(outcome.changed), tuple(outcome.dropped), outcome.flaps)


def _move(
    outcome: _Outcome, identity: Identity, alert: Alert, judged: Verdicts | None, settings: RuleSettings | None
) -> int | None:
    """Moves one alert, and returns the row that stands for it."""
    now = outcome.now
    row = None if judged is None else judged.subjects.row(identity.key)
    is_there = judged is None or row is not None or judged.subjects.is_known(identity.key)
    if settings is None or not settings.is_enabled or not is_there:
        outcome.put(identity, alert, moves.gone(alert, now), alert.flaps)
        return row
    state = State.UNKNOWN if judged is None or row is None else _STATES[judged.states[row]]
    flaps = moves.noted(alert, state, now)
    after = moves.moved(alert, state, flaps, settings=settings, now=now)
    if after is not None and state is State.BAD and judged is not None and row is not None:
        after = moves.retold(after, judged, row, settings=settings, now=now)
        if after is not alert:
            after = moves.refreshed(after, judged, row, now)
        elif after.refreshed_at is None or abs(now - after.refreshed_at) >= REFRESH:
            outcome.due.append((identity, judged, row))
    outcome.put(identity, alert, after, flaps)
    return row


def _refresh(outcome: _Outcome) -> None:
    """What is the same still is not written again, but need not be looked at for a while either."""
    for identity, judged, row in outcome.due[:REFRESHED_AT_ONCE]:
        before = outcome.open[identity]
        after = moves.refreshed(before, judged, row, outcome.now)
        outcome.open[identity] = after
        if after != replace(before, refreshed_at=after.refreshed_at):
            outcome.changed.append(after)


def _begin(
    outcome: _Outcome,
    verdicts: Mapping[str, Verdicts],
    settings: Mapping[str, RuleSettings],
    *,
    rows: Mapping[str, set[int]],
    new_id: Callable[[], str],
) -> None:
    for rule, judged in verdicts.items():
        if rule not in settings or not settings[rule].is_enabled:
            continue
        for row in np.flatnonzero(judged.states == State.BAD).tolist():
            if row in rows[rule]:
                continue
            identity = Identity(rule, judged.subjects.subject(row).key)
            if identity in outcome.open:  # two rows for one thing
                continue
            outcome.open[identity] = alert = moves.begun(
                identity,
                judged,
                row,
                settings=settings[rule],
                flaps=outcome.flaps.pop(identity, Flaps()),
                now=outcome.now,
                name=new_id(),
            )
            outcome.changed.append(alert)


def _remember(outcome: _Outcome, verdicts: Mapping[str, Verdicts], flaps: Mapping[Identity, Flaps]) -> None:
    """Histories of what has no alert: one that went away while nothing was known of it, or between the thresholds, has
    not been seen to be well yet, which is a change."""
    for identity, before in flaps.items():
        if identity in outcome.open or identity in outcome.flaps or flapping.is_forgotten(before, outcome.now):
            continue
        after = before
        if before.was_bad and (judged := verdicts.get(identity.rule)) is not None:
            row = judged.subjects.row(identity.key)
            if row is not None and judged.states[row] == State.GOOD:
                after = flapping.noted(before, outcome.now, is_bad=False)
        outcome.flaps[identity] = after
