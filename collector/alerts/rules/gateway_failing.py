"""The gateway of an access point does not answer its checks, or loses too much: nothing gets through to the network."""

from collector.alerts.judging.checks_failing import DEFAULT_CLEAR, DEFAULT_SEVERITY, DEFAULT_WAIT, judge_checks
from collector.alerts.judging.snapshot import Snapshot
from collector.alerts.judging.verdicts import Verdicts
from collector.alerts.rules import RuleSettings, Scope

SCOPE = Scope.ACCESS_POINT
UNIT = None
SOURCES = {
    "severity": DEFAULT_SEVERITY,
    "raise_after_seconds": DEFAULT_WAIT,
    "clear_after_seconds": DEFAULT_CLEAR,
}


class Settings(RuleSettings):
    """The checks of kind "gateway" fail."""

    raise_after_seconds: float = 600.0
    clear_after_seconds: float = 300.0


def judge(snapshot: Snapshot, settings: Settings) -> Verdicts:  # noqa: ARG001  # every rule's signature
    """Of each access point that checks its gateway."""
    return judge_checks(snapshot, "gateway")
