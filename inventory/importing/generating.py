"""The sites and access points that an import generates, and what the inventory would then say against itself. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from agent.settings import Mistake
from inventory.importing.clashes import Neighbours
from inventory.importing.drafting import Draft
from inventory.importing.sites import site_of
from inventory.models import AccessPoint, Site
from inventory.tables import Row, Tables, contradictions


@dataclass(frozen=True, slots=True)
class GeneratedRows:
    """What stands in the generated file, in order of ids."""

    sites: tuple[Site, ...]
    access_points: tuple[AccessPoint, ...]


def generated_path(folder: Path, kind: str) -> Path:
    """Where the generated file lies in an inventory's folder."""
    return folder / f"{kind}.toml"


def generated_rows(
    drafts: Mapping[str, Draft], neighbours: Neighbours, standing: Mapping[str, Site] | None = None
) -> GeneratedRows:
    """Those of all access points that are there after an import. Sites that other files have are left to them, and
    access points that somebody has written down.

    `standing` are sites that stay although none of these access points is there any more.
    """
    by_site: dict[str, list[Draft]] = {}
    for id_ in sorted(drafts):
        site = drafts[id_].site
        if not site.is_built_in and site.id not in neighbours.sites:
            by_site.setdefault(site.id, []).append(drafts[id_])
    sites = dict(standing or {}) | {
        id_: site_of([one.site for one in group], [one.position for one in group if one.position is not None])
        for id_, group in by_site.items()
    }
    generated = [drafts[id_] for id_ in sorted(drafts) if not neighbours.have_by_hand(drafts[id_])]
    access_points = tuple(draft.access_point for draft in generated)
    return GeneratedRows(tuple(sites[id_] for id_ in sorted(sites)), access_points)


def would_contradict(tables: Tables, rows: GeneratedRows, path: Path) -> list[Mistake]:
    """What would be wrong with the inventory if these rows stood at the path, beside the other files' tables.

    Such as an agent that speaks for a site whose access points are at another site now.
    """
    sites = [Row(site, path, f"sites[{position}]") for position, site in enumerate(rows.sites)]
    access_points = [
        Row(point, path, f"access_points[{position}]") for position, point in enumerate(rows.access_points)
    ]
    joined = replace(
        tables,
        sites=replace(tables.sites, rows=[*tables.sites.rows, *sites]),
        access_points=replace(tables.access_points, rows=[*tables.access_points.rows, *access_points]),
    )
    return contradictions(joined)
