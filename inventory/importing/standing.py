"""Sites of a generated file that stay because another generated file has access points there.

A site stands in one file only. The import that made it may no longer have access points there while another one's has:
neither could be written any more, as one would leave the other's access points without a site.
"""

from pathlib import Path

from agent.settings import SettingsError, check, read_toml
from inventory.importing.kept import kept_path
from inventory.models import Site
from inventory.tables import Tables


def standing_sites(folder: Path, path: Path, tables: Tables) -> dict[str, Site]:
    """Those of the generated file at the path, by id, that the tables of the others need. None where it is damaged."""
    defined = {row.item.id for row in tables.sites.rows}
    files = {row.file for row in tables.access_points.rows}
    generated = {file for file in files if kept_path(folder, file.stem).exists()}
    needed = {row.item.site for row in tables.access_points.rows if row.file in generated} - defined
    if not needed or not path.exists():
        return {}
    try:
        sites = [check(Site, entry, path) for entry in read_toml(path).get("sites", []) if entry["id"] in needed]
    except (SettingsError, KeyError, TypeError):
        return {}
    return {site.id: site for site in sites}
