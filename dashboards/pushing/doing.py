"""Carrying a plan out, a folder or a board at a time. What has been done stays done, so that the next push begins where
this one ended."""

from collections.abc import Iterator
from dataclasses import dataclass

from dashboards.pushing.boards import Folder
from dashboards.pushing.grafana import Grafana, GrafanaError
from dashboards.pushing.planning import Fate, Plan, Step

_ENDING = frozenset({"unreachable", "certificate", "redirected", "not_grafana", "unauthorized"})
"""Where the next would end in the same way."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a folder or a board; done where there is no error."""

    about: Folder | Step
    error: GrafanaError | None = None

    @property
    def ends(self) -> bool:
        """Whether nothing more was tried."""
        return self.error is not None and self.error.reason in _ENDING


def carry_out(plan: Plan, grafana: Grafana) -> Iterator[Outcome]:
    """Do it, and tell of each as it is done. Ends early where Grafana is no more to be reached; a board that is refused
    hinders no other, but for those whose folder could not be made: they are left out."""
    without = set()
    for folder in plan.folders:
        outcome = _make(folder, grafana)
        yield outcome
        if outcome.ends:
            return
        if outcome.error is not None:
            without.add(folder.uid)
    for step in plan.deeds:
        if step.wanted is not None and step.wanted.folder.uid in without:
            continue
        outcome = _do(step, grafana)
        yield outcome
        if outcome.ends:
            return


def _make(folder: Folder, grafana: Grafana) -> Outcome:
    try:
        grafana.make_folder(folder)
    except GrafanaError as error:
        return Outcome(folder, error)
    return Outcome(folder)


def _do(step: Step, grafana: Grafana) -> Outcome:
    try:
        if step.wanted is not None:
            grafana.save(step.wanted, None if step.found is None else step.found.version)
        elif step.fate is Fate.REMOVE:
            _remove(step, grafana)
    except GrafanaError as error:
        return Outcome(step, error)
    return Outcome(step)


def _remove(step: Step, grafana: Grafana) -> None:
    """Grafana removes whatever version there is, so it is looked at once more. Raises GrafanaError."""
    now = grafana.board(step.uid)
    if now is None:
        return
    if step.found is None or (now.version, now.message) != (step.found.version, step.found.message):
        raise GrafanaError("conflict")
    grafana.remove(step.uid)
