"""What a module of `inventory.importers` offers."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Protocol

from inventory.importing.columns import Columns
from inventory.importing.listing import Entry, Listing
from inventory.importing.positions import Area


class Importer(Protocol):
    """A module of `inventory.importers`."""

    AREA: Area | None
    """Where the list's positions must lie; None for a list of anywhere."""
    COLUMNS: Columns
    """What its headers mean, in the words of `Entry` where that says it."""

    def read(self, path: Path, today: date) -> Listing:
        """The rows of a list. Raises ListingError, and SettingsError where the file is settings."""
        ...

    def entry(self, values: Mapping[str, str]) -> Entry:
        """What a row says, whichever year's headers it has. Pure: rows that are kept come here again."""
        ...
