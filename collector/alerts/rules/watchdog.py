"""Always fires, so that whoever is told of it regularly, and one day is not, knows that alerting itself is dead."""

from collector.alerts.alert import Severity, Subject
from collector.alerts.judging.snapshot import Snapshot
from collector.alerts.judging.verdicts import Listed, State, Verdicts, listed
from collector.alerts.rules import RuleSettings, Scope

SCOPE = Scope.COLLECTOR
UNIT = None
SOURCES = {
    "severity": "A judgement of ours: it says that all is well with alerting.",
    "raise_after_seconds": "It is as Prometheus users know it (the alert Watchdog of kube-prometheus): always there.",
    "clear_after_seconds": "It never ends.",
}


class Settings(RuleSettings):
    """Nothing but what every rule has."""

    severity: Severity = Severity.INFO
    raise_after_seconds: float = 0.0
    clear_after_seconds: float = 0.0


def judge(snapshot: Snapshot, settings: Settings) -> Verdicts:  # noqa: ARG001  # every rule's signature
    """Bad, whatever is."""
    return Verdicts(Listed([Subject("")]), listed([State.BAD]))
