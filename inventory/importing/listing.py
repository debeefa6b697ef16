"""A list of access points as it came: its rows, what of each row means what, and what cannot be taken."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


class ListingError(Exception):
    """A list cannot be imported. The message names the thing and the remedy."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as it came, by the headers that it came with. `row` counts from 1, the header of a CSV file included."""

    row: int
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that is not taken, and why, with the remedy. `row` is None for one that is kept from earlier lists."""

    row: int | None
    problem: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An access point in our words. Texts are as the list has them, and empty where it says nothing.

    `id` is None where nothing in the row identifies it. `place` is the name of what it hangs in or at, `detail` where
    there. `site_kind` is a word of `SiteKind`, from lists that say it themselves.
    """

    id: str | None
    place: str
    district: str
    number: str = ""
    detail: str = ""
    install_type: str = ""
    latitude: str = ""
    longitude: str = ""
    floor: str = ""
    installed: str = ""
    placement: str = ""
    site_kind: str = ""
    port_bits_per_second: str = ""
    port_poe: str = ""
    cable: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that was read. `as_of` is the newest date that it gives itself; `lacks` says why it is only a part."""

    rows: tuple[RawRow, ...]
    refused: tuple[Refusal, ...] = ()
    as_of: date | None = None
    lacks: str | None = None
