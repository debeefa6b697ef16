"""What a Grafana must have for our boards, and what of it one lacks. Pure.

A finding is a kind and what it is about, without words: who shows it has them.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dashboards.engines import DATA_SOURCE_TYPES, DATA_SOURCE_UIDS, Engine
from dashboards.pushing.boards import Wanted, panel_types
from dashboards.pushing.planning import Fate, Plan

OLDEST = (10, 0)
"""Matrices tell an empty cell from 0 by `emptyValue` of the transformation `groupingToMatrix`, which no Grafana had at
the end of 2022 (#55591 of its repository), when 9.3 was the newest; that all of 10 have it, and that the later 9 are
not looked into, is a judgement of ours. All else that we use is older: state timeline, geomap, links with the values of
a row and folders by uid came with 8.1 or before, `groupingToMatrix` itself with 8.5, the versions of a board by its
uid, which a push reads, with 9.0, and tokens of service accounts with 9.1."""

Kind = Literal[
    "version_too_old",
    "permission_missing",
    "version_unknown",
    "permissions_unknown",
    "data_sources_unknown",
    "plugins_unknown",
    "data_source_missing",
    "data_source_of_other_type",
    "plugins_missing",
]
_STOPPING: frozenset[Kind] = frozenset({"version_too_old", "permission_missing"})


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is missing, or that could not be looked at. `about` are the names that the words need."""

    kind: Kind
    about: Mapping[str, str]

    @property
    def stops(self) -> bool:
        """Whether nothing can be pushed as long as it is so. Boards without data, or with a panel that cannot be drawn,
        can be pushed, and are well as soon as what they lack is there."""
        return self.kind in _STOPPING


def judge_version(version: str | None) -> Finding | None:
    """None where it will do."""
    numbers = re.match(r"([0-9]+)\.([0-9]+)", version or "")
    if numbers is None:
        return Finding("version_unknown", {"oldest": oldest()})
    if (int(numbers[1]), int(numbers[2])) < OLDEST:
        return Finding("version_too_old", {"version": version or "", "oldest": oldest()})
    return None


def oldest() -> str:
    """As people write it."""
    return ".".join(map(str, OLDEST))


def judge_surroundings(
    engine: Engine, wanted: Sequence[Wanted], settings: Mapping[str, Any] | None, plugins: Collection[str] | None
) -> Iterator[Finding]:
    """By what Grafana tells its own pages, and by the list of plugins where that has no panels."""
    sources = None if settings is None else settings.get("datasources")
    yield from _judge_data_sources(engine, None if sources is None else list(sources.values()))
    panels = None if settings is None else settings.get("panels")
    installed = panels or plugins
    if installed is None:
        yield Finding("plugins_unknown", {"plugins": ", ".join(sorted(panel_types(wanted)))})
    elif missing := panel_types(wanted) - set(installed):
        yield Finding("plugins_missing", {"plugins": ", ".join(sorted(missing))})


def judge_permissions(plan: Plan, permissions: Collection[str] | None) -> Iterator[Finding]:
    """By what the token may do anywhere, and by what Grafana says of each board: whether it may in a folder that is not
    there yet is only known when it is tried."""
    if permissions is None:
        yield Finding("permissions_unknown", {})
    else:
        creates = any(step.fate is Fate.CREATE for step in plan.steps)
        needed = ["dashboards:read"]
        needed += ["folders:create"] if plan.folders else []
        needed += ["dashboards:create"] if creates else []
        yield from (_missing(action, "") for action in needed if action not in permissions)
    for step in plan.deeds:
        if step.is_forbidden:
            yield _missing("dashboards:delete" if step.fate is Fate.REMOVE else "dashboards:write", step.uid)


def _missing(action: str, board: str) -> Finding:
    return Finding("permission_missing", {"action": action, "board": board})


def _judge_data_sources(engine: Engine, sources: Sequence[Mapping[str, Any]] | None) -> Iterator[Finding]:
    uid, type_ = DATA_SOURCE_UIDS[engine], DATA_SOURCE_TYPES[engine]
    if sources is None:
        yield Finding("data_sources_unknown", {"uid": uid, "type": type_})
        return
    ours = next((each for each in sources if each.get("uid") == uid), None)
    if ours is None:
        others = sorted(str(each.get("name", each.get("uid"))) for each in sources if each.get("type") == type_)
        yield Finding("data_source_missing", {"uid": uid, "type": type_, "others": ", ".join(others)})
    elif ours.get("type") != type_:
        yield Finding("data_source_of_other_type", {"uid": uid, "type": type_, "is": str(ours.get("type"))})
