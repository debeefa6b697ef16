"""The course of alerts: what one look makes of those that are open, and of what is to be told. Pure.

Walked a step at a time by `collector.alerting.evaluation`, which keeps in the state database what comes of it, and by
`collector.simulating`, which keeps it in memory. What they know beside the snapshot, they tell when they are asked.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from collector.alerts.alert import Acknowledgement, Alert, Flaps, Identity, Phase
from collector.alerts.holding.matching import WATCHDOG
from collector.alerts.holding.suppression import Suppression
from collector.alerts.judging.snapshot import Snapshot
from collector.alerts.judging.verdicts import Verdicts
from collector.alerts.life import steps as life
from collector.alerts.planning.planner import Pace, Plan, Planner
from collector.alerts.planning.routing import Route, routes_for
from collector.alerts.planning.threads import Conversation, Group, Thread
from collector.alerts.rules import RuleSettings, rules
from collector.alerts.settings import AlertSettings
from inventory import Inventory


class Known(Protocol):
    """What has been kept of the steps before, and what people have said meanwhile."""

    def acknowledgements(self) -> Mapping[str, Acknowledgement]:
        """Those of open alerts, by the alert's id."""
        ...

    def threads(self) -> Sequence[Thread]:
        """All that are not over."""
        ...

    def wanted(self, alerts: Iterable[Alert], now: datetime) -> Mapping[Conversation, tuple[Alert, ...]]:
        """See `who_hears`; `alerts` are all that are open."""
        ...

    def alerts_of(self, ids: Collection[str]) -> Mapping[str, Alert]:
        """The alerts of these ids, by id, as they were kept."""
        ...


@dataclass(frozen=True, slots=True)
class Walked:
    """What comes of a step. `spoken_of` are the ended alerts of which some thread still speaks, by id; `failures` are
    what rules have raised, by rule."""

    step: life.Step
    plan: Plan
    spoken_of: Mapping[str, Alert]
    failures: Mapping[str, Exception] = field(default_factory=dict)


class Course:
    """The alerts of one inventory and configuration. `new_alert_id` and `new_id` draw ids."""

    def __init__(
        self,
        inventory: Inventory,
        settings: AlertSettings,
        *,
        new_alert_id: Callable[[], str],
        new_id: Callable[[str], str],
    ) -> None:
        self._settings: Mapping[str, RuleSettings] = settings.rules.by_kind()
        self._planner = Planner(inventory, pace_of(settings), new_id)
        self._new_alert_id = new_alert_id
        self._spoken_of: Mapping[str, Alert] = {}
        self._flaps: Mapping[Identity, Flaps] = {}
        self.open: Mapping[Identity, Alert] = {}
        """All that have not ended."""

    def begin(self, alerts: Iterable[Alert], flaps: Mapping[Identity, Flaps]) -> None:
        """These are open, and the others have these histories."""
        self.open = {alert.identity: alert for alert in alerts}
        self._flaps = flaps

    def walk(self, snapshot: Snapshot, known: Known) -> Walked:
        """A step from where it stands; whoever has kept what comes of it says so by `go_on`."""
        now = snapshot.now
        acknowledged = _acknowledged(self.open, known.acknowledgements())
        verdicts, failures = self._judged(snapshot)
        step = life.step(acknowledged, verdicts, self._settings, flaps=self._flaps, now=now, new_id=self._new_alert_id)
        threads = known.threads()
        alerts = self._all_spoken_of(step, threads, known)
        wanted = known.wanted(step.open.values(), now)
        plan = self._planner.plan(wanted=wanted, threads=threads, alerts=alerts, now=now)
        ended = {id_: alert for id_, alert in alerts.items() if not alert.is_open}
        return Walked(step, plan, ended, failures)

    def go_on(self, walked: Walked) -> None:
        """From here the next step is made."""
        self.open, self._flaps, self._spoken_of = walked.step.open, walked.step.flaps, walked.spoken_of

    def _judged(self, snapshot: Snapshot) -> tuple[dict[str, Verdicts], dict[str, Exception]]:
        """What each rule says. One that fails says nothing, and stops no other."""
        verdicts: dict[str, Verdicts] = {}
        failures: dict[str, Exception] = {}
        for kind, rule in rules().items():
            if not self._settings[kind].is_enabled:
                continue
            try:
                verdicts[kind] = rule.judge(snapshot, self._settings[kind])
            except Exception as error:  # noqa: BLE001  # the runner of rules: the next one is asked all the same
                failures[kind] = error
        return verdicts, failures

    def _all_spoken_of(self, step: life.Step, threads: Sequence[Thread], known: Known) -> dict[str, Alert]:
        """All that fire, and all of which an endpoint has been told, or is to be."""
        firing = {alert.id: alert for alert in step.open.values() if alert.phase is Phase.FIRING}
        ended = {alert.id: alert for alert in step.changed if not alert.is_open}
        spoken_of = {id_ for thread in threads for id_ in thread.believed | thread.believed_in_the_end}
        at_hand = {**self._spoken_of, **ended, **firing}
        missing = spoken_of - at_hand.keys()
        return {
            **firing,
            **{id_: at_hand[id_] for id_ in spoken_of & at_hand.keys()},
            **(known.alerts_of(missing) if missing else {}),
        }


def who_hears(
    firing: Iterable[Alert], routes: Sequence[Route], suppression: Suppression, now: datetime, inventory: Inventory
) -> dict[Conversation, tuple[Alert, ...]]:
    """The firing alerts that each endpoint is to hear of now, by what it hears of them: by the routes, but for what is
    held back."""
    wanted: dict[Conversation, list[Alert]] = {}
    for alert in firing:
        endpoints = routes_for(alert, routes, now, inventory)
        if not endpoints or suppression.held_back(alert) is not None:
            continue
        for endpoint in endpoints:
            wanted.setdefault(Conversation(endpoint, Group(alert.rule, alert.subject.site)), []).append(alert)
    return {conversation: tuple(each) for conversation, each in wanted.items()}


def pace_of(settings: AlertSettings) -> Pace:
    """How the configuration spaces notices."""
    return Pace(
        wait=timedelta(seconds=settings.wait_seconds),
        hold_at_most=timedelta(seconds=settings.hold_at_most_seconds),
        update_every=timedelta(seconds=settings.update_every_seconds),
        repeated={WATCHDOG: timedelta(seconds=settings.watchdog_every_seconds)},
    )


def _acknowledged(alerts: Mapping[Identity, Alert], said: Mapping[str, Acknowledgement]) -> dict[Identity, Alert]:
    """The alerts with what people have said of them meanwhile."""
    return {
        identity: alert
        if alert.acknowledgement == said.get(alert.id)
        else replace(alert, acknowledgement=said.get(alert.id))
        for identity, alert in alerts.items()
    }
