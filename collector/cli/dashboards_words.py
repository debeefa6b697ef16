"""What `hangang dashboards` prints: a plan as a difference, what is missing, what came of it. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from collector.cli.dashboards_phrases import phrase
from collector.cli.terminal import printable
from dashboards.pushing.boards import Folder, panels_of
from dashboards.pushing.difference import Difference
from dashboards.pushing.planning import Fate, Plan, Step
from dashboards.pushing.requirements import Finding

if TYPE_CHECKING:  # which needs the client
    from dashboards.pushing.doing import Outcome

_SIGNS = {
    Fate.CREATE: "+",
    Fate.UPDATE: "~",
    Fate.OVERWRITE: "~",
    Fate.REMOVE: "-",
    Fate.UNCHANGED: "=",
    Fate.CHANGED_BY_HAND: "!",
    Fate.NO_MORE_BUT_CHANGED_BY_HAND: "!",
    Fate.PROVISIONED: "!",
}
_FIELDS_SHOWN = 6


def plan_told(language: str, plan: Plan) -> str:
    """Folders and boards with what changes in them, as a difference is read: + - ~, ! for what is left as it is."""
    return "\n".join([*_plan(language, plan), _counted(language, plan)])


def finding_told(language: str, finding: Finding) -> str:
    """What is missing, and what to do about it."""
    about = {name: printable(text) for name, text in finding.about.items()}
    told = phrase(language, finding.kind, **about)
    if about.get("others"):
        told += phrase(language, "data_source_others", **about)
    if about.get("board"):
        told += phrase(language, "permission_board", **about)
    return told


def error_told(language: str, reason: str, detail: str, url: str) -> str:
    """Why Grafana could not be asked, or did not do it, and what to do about it."""
    told = phrase(language, f"error_{reason}", url=url)
    return f"{told} ({printable(detail)})" if detail else told


def outcome_told(language: str, outcome: "Outcome", url: str) -> str:
    """What came of a folder or a board."""
    about, error = outcome.about, outcome.error
    name = f"{about.uid} ({printable(about.title)})"
    kind = "folder" if isinstance(about, Folder) else about.fate
    if error is None:
        return phrase(language, f"done_{kind}", name=name)
    if error.reason == "conflict":
        return phrase(language, f"conflict_{kind}", name=name)
    why = error_told(language, error.reason, error.detail, url)
    return phrase(language, "not_known" if error.reason == "unreachable" else "not_done", name=name, why=why)


def left_told(language: str, plan: Plan, done: Sequence[object]) -> str:
    """What of the plan is not done; nothing where all is."""
    all_of_it: tuple[Folder | Step, ...] = (*plan.folders, *plan.deeds)
    left = [each for each in all_of_it if not any(each is one for one in done)]
    if not left:
        return ""
    return phrase(language, "left", count=len(left), names=", ".join(each.uid for each in left))


def summed_up(language: str, outcomes: Sequence["Outcome"]) -> str:
    """How much was done."""
    return phrase(language, "done", count=sum(outcome.error is None for outcome in outcomes))


def _plan(language: str, plan: Plan) -> Iterator[str]:
    for folder in plan.folders:
        yield f"+ {phrase(language, 'folder', uid=folder.uid, title=printable(folder.title))}"
    for step in plan.steps:
        if step.fate is Fate.UNCHANGED:
            continue
        yield f"{_SIGNS[step.fate]} {step.uid} ({printable(step.title)}): {_what(language, step)}"
        if step.difference:
            yield from _differences(language, step.difference)


def _what(language: str, step: Step) -> str:
    either = step.wanted or step.found
    panels = sum(1 for _ in panels_of(either.document)) if either is not None else 0
    return phrase(language, f"fate_{step.fate}", panels=panels, version=0 if step.found is None else step.found.version)


def _differences(language: str, difference: Difference) -> Iterator[str]:
    if difference.fields:
        yield f"    ~ {phrase(language, 'board_itself')}: {_fields(language, difference.fields)}"
    yield from (f"    + {printable(title)}" for title in difference.added)
    yield from (f"    - {printable(title)}" for title in difference.removed)
    for panel in difference.changed:
        yield f"    ~ {printable(panel.title)}: {_fields(language, panel.fields)}"


def _fields(language: str, fields: Sequence[str]) -> str:
    shown = [printable(field) for field in fields[:_FIELDS_SHOWN]]
    more = len(fields) - len(shown)
    return ", ".join(shown) + (phrase(language, "more_fields", count=more) if more else "")


def _counted(language: str, plan: Plan) -> str:
    counts = Counter(step.fate for step in plan.steps)
    parts = [phrase(language, f"count_{fate}", count=counts[fate]) for fate in Fate if counts[fate]]
    return "; ".join(parts)
