"""Looking at a Grafana before anything is done there: what it lacks, and what of ours is in it. Only reads."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.engines import Engine
from dashboards.pushing.boards import Wanted
from dashboards.pushing.grafana import Grafana
from dashboards.pushing.planning import Plan, plan
from dashboards.pushing.requirements import Finding, judge_permissions, judge_surroundings, judge_version


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen, and what is to be done. Without a plan, what was found stood in the way of looking on."""

    version: str | None
    organisation: str | None
    findings: tuple[Finding, ...]
    plan: Plan | None

    @property
    def stops(self) -> bool:
        """Whether nothing can be done as long as that is so."""
        return self.plan is None or any(finding.stops for finding in self.findings)


def look(grafana: Grafana, engine: Engine, wanted: Sequence[Wanted], *, overwrites: bool) -> Sight:
    """Raises GrafanaError."""
    version = grafana.version()
    judged = judge_version(version)
    if judged is not None and judged.kind == "version_too_old":
        return Sight(version, None, (judged,), None)
    organisation = grafana.organisation()  # the first question that needs the token
    settings = grafana.settings()
    plugins = None if settings is not None and settings.get("panels") else grafana.plugins()
    permissions = grafana.permissions()
    folders = {each.folder for each in wanted}
    present = {folder.uid for folder in folders if grafana.has_folder(folder.uid)}
    uids = {each.uid for each in wanted}
    uids |= {uid for uid in grafana.uids_of_tagged_boards() if any(folder.is_for(uid) for folder in folders)}
    boards = {uid: board for uid in sorted(uids) if (board := grafana.board(uid)) is not None}
    planned = plan(wanted, boards, present, overwrites=overwrites)
    findings = [] if judged is None else [judged]
    findings += judge_surroundings(engine, wanted, settings, plugins)
    findings += judge_permissions(planned, permissions)
    return Sight(version, organisation, tuple(findings), planned)
