"""Lists that access points can be imported from, one file per kind; the file's name is its kind.

An importer's module offers the names of `inventory.importing.importer.Importer`: `AREA`, `COLUMNS`, `read` and `entry`.
It only reads: normal forms, comparison and writing are those of `inventory.importing`.
"""

import pkgutil
from importlib import import_module
from typing import cast

from inventory.importing.importer import Importer


def known_kinds() -> list[str]:
    """The kinds there are: the modules of this package."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def importer_of(kind: str) -> Importer:
    """The importer of a known kind."""
    return cast("Importer", import_module(f"{__name__}.{kind}"))
