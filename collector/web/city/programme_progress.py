"""How far the replacement programme has come, as one bar with its numbers. Pure; for the overview and the API."""

from dataclasses import dataclass
from typing import Literal

from collector.legacy.programme import ProgrammeRow

PartName = Literal["verified", "replaced", "pending"]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of all access points, and from where to where it goes in the bar, in percent of its width."""

    name: PartName
    number: int
    ratio: float
    start_percent: float
    width_percent: float


@dataclass(frozen=True, slots=True)
class Progress:
    """Of so many access points: where the new device is proven, where it hangs without proof yet, and what is on the
    list. They do not overlap in the bar; a place that was replaced and is on the list again is drawn as replaced."""

    access_points: int
    parts: tuple[Part, ...]


def build_progress(row: ProgrammeRow) -> Progress:
    """The bar of the whole city."""
    numbers: dict[PartName, int] = {
        "verified": row.verified,
        "replaced": row.replaced - row.verified,
        "pending": row.pending,
    }
    parts, start = [], 0.0
    for name, number in numbers.items():
        ratio = number / row.access_points if row.access_points else 0.0
        width = min(100 * ratio, 100 - start)
        parts.append(Part(name, number, ratio, round(start, 2), round(width, 2)))
        start += width
    return Progress(row.access_points, tuple(parts))
