"""Reads an inventory from a folder of TOML files, and says everything that is wrong with it at once.

Called by the collector and the commands when they start, and by imports for what is there already. Each `*.toml` in the
folder may hold `[[sites]]`, `[[access_points]]`, `[[devices]]` and `[[agents]]`; how they are spread over files is up
to whoever keeps them.
"""

from pathlib import Path
from typing import Any

from agent.settings import Mistake, SettingsError, check, read_toml
from inventory.models import Inventory, Site
from inventory.slimming import slim
from inventory.tables import Item, Row, Table, Tables, contradictions

PARKS_FILE = Path(__file__).with_name("parks.toml")


def load_inventory(folder: Path) -> Inventory:
    """The inventory in a folder, together with the Hangang parks, which every inventory has and none may redefine.

    Raises SettingsError with every mistake of every file. Files whose name begins with a dot are an editor's.
    """
    tables, mistakes = _read_files([PARKS_FILE, *_files_in(folder)])
    mistakes += contradictions(tables)
    if mistakes:
        raise SettingsError(mistakes)
    return Inventory(
        sites=tuple(row.item for row in tables.sites.rows),
        access_points=slim(row.item for row in tables.access_points.rows),
        devices=slim(row.item for row in tables.devices.rows),
        agents=tuple(row.item for row in tables.agents.rows),
    )


def load_tables(folder: Path, *, without: str) -> Tables:
    """The rows of the parks and of all files in a folder but one, not yet held against each other.

    Raises SettingsError with every mistake of each file by itself.
    """
    tables, mistakes = _read_files([PARKS_FILE, *(path for path in _files_in(folder) if path.name != without)])
    if mistakes:
        raise SettingsError(mistakes)
    return tables


def load_parks() -> tuple[Site, ...]:
    """The 11 Hangang parks in river order, from upstream to downstream.

    Their outlines are approximate, drawn by hand for assigning points to parks and for the map, and not surveyed;
    `parks.toml` says from what.
    """
    tables = Tables()
    mistakes = _add_file(tables, PARKS_FILE)
    if mistakes:
        raise SettingsError(mistakes)
    return tuple(row.item for row in tables.sites.rows)


def _read_files(paths: list[Path]) -> tuple[Tables, list[Mistake]]:
    tables = Tables()
    return tables, [mistake for path in paths for mistake in _add_file(tables, path)]


def _files_in(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".toml" and not path.name.startswith("."))
    except FileNotFoundError as error:
        problem = "there is no such folder; create it, or correct the path"
        raise SettingsError([Mistake(folder, "", problem)]) from error
    except NotADirectoryError as error:
        problem = "is a file; name the folder that holds the inventory's files"
        raise SettingsError([Mistake(folder, "", problem)]) from error
    except OSError as error:
        problem = f"cannot be read: {error.strerror}; let this user list the folder"
        raise SettingsError([Mistake(folder, "", problem)]) from error


def _add_file(tables: Tables, path: Path) -> list[Mistake]:
    """Put the file's valid rows into the tables; returns what is wrong with the others."""
    try:
        document = read_toml(path)
    except SettingsError as error:
        return list(error.mistakes)
    mistakes = [
        *_add_rows(tables.sites, document, path),
        *_add_rows(tables.access_points, document, path),
        *_add_rows(tables.devices, document, path),
        *_add_rows(tables.agents, document, path),
    ]
    known = (tables.sites.name, tables.access_points.name, tables.devices.name, tables.agents.name)
    expected = ", ".join(f"[[{name}]]" for name in known)
    mistakes += [
        Mistake(path, key, f"unknown key; an inventory holds {expected}") for key in document if key not in known
    ]
    return mistakes


def _add_rows(table: Table[Item], document: dict[str, Any], path: Path) -> list[Mistake]:
    entries = document.get(table.name, [])
    if not isinstance(entries, list):
        return [Mistake(path, table.name, f"is not a list of tables; write [[{table.name}]] above each")]
    mistakes: list[Mistake] = []
    for position, entry in enumerate(entries):
        key = f"{table.name}[{position}]"
        try:
            table.rows.append(Row(check(table.model, entry, path, below=key), path, key))
        except SettingsError as error:
            mistakes += error.mistakes
            if isinstance(entry, dict):
                table.flawed_ids.add(str(entry.get("id")))
    return mistakes
