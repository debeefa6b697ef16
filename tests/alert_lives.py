"""Alerts of one rule over time, for tests: what is seen of each thing is said by hand, and the clock moves by hand.

    lives = Lives(raise_after_seconds=60)
    lives.see(BAD)                    # of the one thing called "ap"
    lives.see(BAD, after=60)
    assert lives.phases == [PENDING, FIRING]

`written` is the database: what every step gave to be written, by id.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import numpy as np

from collector.alerts import documents
from collector.alerts.alert import Alert, Flaps, Identity, Phase, Subject
from collector.alerts.judging.verdicts import Listed, State, Verdicts
from collector.alerts.life import steps as life
from collector.alerts.rules import RuleSettings

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
"""Where a span of flapping begins."""
RULE = "uplink_down"
GOOD, BETWEEN, BAD, UNKNOWN = State


def verdicts(states: Mapping[str, State], *, known: frozenset[str] = frozenset(), **told: Any) -> Verdicts:
    """One rule's word on things by their keys. `known` are those that are to be had although nothing is said of them;
    what is `told` are fields of `Verdicts`, and values may be one number for all."""
    values = told.pop("values", None)
    subjects = Listed([Subject(key, "park", key) for key in states], lambda key: key in states or key in known)
    column = None if values is None else np.full(len(states), values, dtype=np.float64)
    return Verdicts(subjects, np.array(list(states.values()), dtype=np.int8), column, **told)


class Lives:
    """`alerts` and `flaps` are what the last step left."""

    def __init__(self, **settings: Any) -> None:
        self.settings = RuleSettings(**{"raise_after_seconds": 0, "clear_after_seconds": 120, **settings})
        self.now = NOW
        self.alerts: Mapping[Identity, Alert] = {}
        self.flaps: Mapping[Identity, Flaps] = {}
        self.written: dict[str, Alert] = {}
        self.history: list[Alert] = []
        self._ids = count(1)

    def see(self, state: State | Mapping[str, State], *, after: float = 0, **told: Any) -> life.Step:
        """A step `after` so many seconds, with verdicts on "ap" or on several things."""
        states = {"ap": state} if isinstance(state, State) else state
        return self.judge({RULE: verdicts(states, **told)}, after=after)

    def judge(self, judged: Mapping[str, Verdicts], *, after: float = 0) -> life.Step:
        """A step with the verdicts of all rules."""
        self.now += timedelta(seconds=after)
        step = life.step(
            self.alerts,
            judged,
            {RULE: self.settings},
            flaps=self.flaps,
            now=self.now,
            new_id=lambda: f"alert-{next(self._ids)}",
        )
        self.alerts, self.flaps = step.open, step.flaps
        for alert in step.changed:
            self.written[alert.id] = alert
        for name in step.dropped:
            del self.written[name]
        self.history += step.changed
        return step

    def watch(self, seconds: int, state: State, *, every: int = 1) -> None:
        """The same verdict for a while, judged every second or so."""
        for _ in range(0, seconds, every):
            self.see(state, after=every)

    def restart(self) -> None:
        """All alerts come back from what was written, and the histories of what has none are lost."""
        kept = json.loads(json.dumps([documents.to_document(alert) for alert in self.written.values()]))
        restored = [documents.from_document(document) for document in kept]
        self.alerts = {alert.identity: alert for alert in restored if alert.is_open}
        self.flaps = {}

    @property
    def alert(self) -> Alert:
        """The one that is open."""
        (alert,) = self.alerts.values()
        return alert

    @property
    def phases(self) -> list[Phase]:
        """What became of the one thing: each phase that was written, without repetitions."""
        phases = [alert.phase for alert in self.history]
        return [phase for before, phase in zip([None, *phases], phases, strict=False) if phase is not before]

    def told(self) -> tuple[int, int]:
        """How many alerts have fired, and how many of these have ended."""
        fired = {alert.id for alert in self.history if alert.fired_at is not None}
        return len(fired), len({alert.id for alert in self.history if alert.phase is Phase.RESOLVED})
