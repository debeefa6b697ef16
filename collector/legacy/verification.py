"""Was the promise kept: who counts as replaced, who stays a control, over which weeks, and what that gave. Pure.

Three things are told apart, for each of them can be four times while another is not: what flowed (passive throughput),
what the active tests moved, and what the radios can by the catalogue (PHY capacity). The first two have a verdict with
an interval; of single places they only describe.
"""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.legacy import PROMISED_RATIO
from collector.legacy.acceptance import Acceptance
from collector.legacy.four_times import Capacity
from collector.legacy.weeks import Windows

FEWEST_DAYS = 28
CONTROLS_TO_A_REPLACED = 3
FEWEST_CONTROLS = 30
"""Of a kind of site, as far as there are so many: more would narrow the interval by little."""


@dataclass(frozen=True, slots=True)
class Works:
    """When devices were replaced, from the first instant to the end, and for how many days each side is measured.

    Devices are taken to have been selected by the days before those they are measured by. Raises ValueError.
    """

    start: datetime
    end: datetime
    days: int = FEWEST_DAYS

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError("works end after they begin")
        if self.days < FEWEST_DAYS:
            raise ValueError(f"fewer than {FEWEST_DAYS} days a side say nothing about how weeks differ")

    @property
    def windows(self) -> Windows:
        """Selection, before and after."""
        side = timedelta(days=self.days)
        before = self.start - side
        return Windows((before - side, before), (before, self.start), (self.end, self.end + side))


@dataclass(frozen=True, slots=True)
class DeviceChange:
    """At a place a device took another's place. Capacities are those of the radios; None where they are unknown."""

    access_point: str
    at: datetime
    before: Capacity | None
    after: Capacity | None


@dataclass(frozen=True, slots=True)
class Sides:
    """Who is compared with whom, each in order of name. `disturbed` are places whose devices changed while they were
    to be measured, or more than once: they are on neither side."""

    replaced: tuple[str, ...]
    controls: tuple[str, ...]
    disturbed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PhyChange:
    """What the radios can, after against before: over the places where both are `known`, the geometric mean, and at how
    many it `reached` what is promised. At `unconfirmed` of them a value that counts has no source."""

    known: int
    reached: int
    unconfirmed: int
    ratio: float | None


@dataclass(frozen=True, slots=True)
class PlaceChange:
    """What was seen at one replaced place, to describe it: geometric means of the weeks, in bits a second."""

    access_point: str
    before: float | None
    after: float | None

    @property
    def ratio(self) -> float | None:
        """How many times the one is the other."""
        return self.after / self.before if self.before and self.after else None


@dataclass(frozen=True, slots=True)
class Verification:
    """The result for the programme."""

    works: Works
    sides: Sides
    peak: frozenset[int]
    passive: Acceptance
    active: Acceptance
    phy: PhyChange
    places: tuple[PlaceChange, ...]


def choose_sides(kinds: Mapping[str, str], changes: Iterable[DeviceChange], works: Works) -> Sides:
    """Of all places, by the kind of their sites. Replaced is where exactly one device came while the works went on, and
    none in the weeks that are measured. Controls are drawn by their names alone, so that nobody can choose them."""
    windows = works.windows
    from_, until = windows.before[0], windows.after[1]
    times: dict[str, list[datetime]] = defaultdict(list)
    for change in changes:
        if change.access_point in kinds and from_ <= change.at < until:
            times[change.access_point].append(change.at)
    replaced = {place for place, at in times.items() if len(at) == 1 and works.start <= at[0] < works.end}
    wanted = Counter(kinds[place] for place in replaced)
    controls = [
        place
        for kind, number in wanted.items()
        for place in _drawn(
            (place for place, of_kind in kinds.items() if of_kind == kind and place not in times),
            max(FEWEST_CONTROLS, CONTROLS_TO_A_REPLACED * number),
        )
    ]
    return Sides(tuple(sorted(replaced)), tuple(sorted(controls)), tuple(sorted(times.keys() - replaced)))


def phy_change(
    changes: Iterable[DeviceChange], replaced: Iterable[str], *, promised_ratio: float = PROMISED_RATIO
) -> PhyChange:
    """Of the replaced places, by what the catalogue knows of both models."""
    wanted = set(replaced)
    pairs = [(each.before, each.after) for each in changes if each.access_point in wanted]
    known = [(before, after) for before, after in pairs if before is not None and after is not None]
    ratios = [after.radios_bits_per_second / before.radios_bits_per_second for before, after in known]
    return PhyChange(
        known=len(ratios),
        reached=sum(ratio >= promised_ratio for ratio in ratios),
        unconfirmed=sum(not (before.is_confirmed and after.is_confirmed) for before, after in known),
        ratio=_geometric_mean(ratios),
    )


def place_change(access_point: str, before: Sequence[float | None], after: Sequence[float | None]) -> PlaceChange:
    """Of one place's weeks."""
    return PlaceChange(access_point, _geometric_mean(before), _geometric_mean(after))


def _geometric_mean(values: Iterable[float | None]) -> float | None:
    logarithms = [math.log(value) for value in values if value is not None and value > 0]
    return math.exp(sum(logarithms) / len(logarithms)) if logarithms else None


def _drawn(places: Iterable[str], number: int) -> list[str]:
    return sorted(places, key=lambda place: hashlib.sha256(place.encode()).digest())[:number]
