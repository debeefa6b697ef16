"""What access points told in windows, added up for their sites while it is read. Pure; for `rollup`, which has a reader
fill it, and `sites`.

Only what must be put together when all is known is kept of each access point, and that in an array: as objects, what a
city of 25,000 tells in one window would take a hundred megabytes.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import isnan, nan

from collector.figures.measurements import SITE_BAND, SITE_CHECK, Measurement
from collector.figures.windows import USAGE
from inventory import Inventory

_HEARD_SECONDS = 0
_MEANS = {name: column for column, name in enumerate(USAGE, 1)}
_UNTOLD = array("d", [0.0, *(nan for _ in USAGE)])


class SumsBySite:
    """Sums of the fields of a measurement: of every site by one more tag, a band or a kind of checks."""

    def __init__(self, measurement: Measurement) -> None:
        self._columns = {name: column for column, name in enumerate(measurement.fields)}
        self._zeros = array("d", (0.0 for _ in self._columns))
        self._sums: dict[str, dict[str, array[float]]] = {}

    def __bool__(self) -> bool:
        return bool(self._sums)

    def add(self, site: str, tag: str, field: str, value: float) -> None:
        """So much more."""
        of_site = self._sums.setdefault(site, {})
        sums = of_site.get(tag)
        if sums is None:
            sums = of_site[tag] = self._zeros[:]
        sums[self._columns[field]] += value

    def of(self, site: str) -> Iterator[tuple[str, Mapping[str, float]]]:
        """Each tag of a site, in order, and the sums by their fields."""
        for tag, sums in sorted(self._sums.get(site, {}).items()):
            yield tag, dict(zip(self._columns, sums, strict=True))


@dataclass(slots=True)
class SitesWindow:
    """All sites in one window. `usage` is by access point: for how many seconds it was heard, and its means of the
    fields of `USAGE`, NaN where there is none."""

    usage: "dict[str, array[float]]" = field(default_factory=dict)
    bands: SumsBySite = field(default_factory=lambda: SumsBySite(SITE_BAND))
    checks: SumsBySite = field(default_factory=lambda: SumsBySite(SITE_CHECK))
    has_more_elsewhere: bool = False
    """Whether access points that the inventory does not know told of radios or checks."""

    @property
    def is_heard(self) -> bool:
        """Whether anything was told in it."""
        has_usage = (any(value and not isnan(value) for value in usage) for usage in self.usage.values())
        return bool(self.bands or self.checks) or self.has_more_elsewhere or any(has_usage)

    def heard_seconds(self, access_point: str) -> float:
        """For how long an access point was heard; 0 where it was not."""
        return self.usage.get(access_point, _UNTOLD)[_HEARD_SECONDS]

    def mean(self, access_point: str, name: str) -> float | None:
        """Its mean of a field of `USAGE`; None where none was told."""
        mean = self.usage.get(access_point, _UNTOLD)[_MEANS[name]]
        return None if isnan(mean) else mean


class SiteTally:
    """A `Tally` for the sites of an inventory. One thread at a time may fill or read it."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self._windows: defaultdict[datetime, SitesWindow] = defaultdict(SitesWindow)

    def window(self, at: datetime) -> SitesWindow:
        """What was told in the window that begins then."""
        return self._windows.get(at, SitesWindow())

    def heard(self) -> set[datetime]:
        """The windows in which anything was told, also by access points that the inventory does not know."""
        return {at for at, window in self._windows.items() if window.is_heard}

    def add_heard_seconds(self, access_point: str, at: datetime, seconds: float) -> None:
        """See Tally."""
        self._usage(access_point, at)[_HEARD_SECONDS] += seconds

    def take_lost_seconds(self, access_point: str, at: datetime, seconds: float) -> None:
        """See Tally."""
        usage = self._usage(access_point, at)
        usage[_HEARD_SECONDS] = max(0.0, usage[_HEARD_SECONDS] - seconds)

    def put_mean(self, access_point: str, at: datetime, field: str, mean: float) -> None:
        """See Tally."""
        self._usage(access_point, at)[_MEANS[field]] = mean

    def add_to_band(self, access_point: str, at: datetime, band: str, field: str, value: float) -> None:
        """See Tally."""
        window = self._windows[at]
        place = self.inventory.access_points.get(access_point)
        if place is None:
            window.has_more_elsewhere = True
        else:
            window.bands.add(place.site, band, field, value)

    def add_to_check(self, access_point: str, at: datetime, kind: str, field: str, value: float) -> None:
        """See Tally."""
        window = self._windows[at]
        place = self.inventory.access_points.get(access_point)
        if place is None:
            window.has_more_elsewhere = True
        else:
            window.checks.add(place.site, kind, field, value)

    def _usage(self, access_point: str, at: datetime) -> "array[float]":
        """What is kept of an access point in a window, to be changed."""
        usages = self._windows[at].usage
        usage = usages.get(access_point)
        if usage is None:
            place = self.inventory.access_points.get(access_point)
            usage = usages[access_point if place is None else place.id] = _UNTOLD[:]  # whose name is there already
        return usage
