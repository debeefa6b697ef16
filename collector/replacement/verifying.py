"""Measures whether replacements kept their promise. Reads weeks of a city from the store, so it takes a while and is
called in a thread."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Engine

from collector.legacy.acceptance import Acceptance, Place, accept
from collector.legacy.four_times import Capacity, capacity_of
from collector.legacy.verification import (
    DeviceChange,
    Sides,
    Verification,
    Works,
    choose_sides,
    phy_change,
    place_change,
)
from collector.legacy.weeks import WEEK, Hour, download, peak_hours, weekly_values
from collector.state.devices import SeenDevice
from collector.state.replacements import replacements
from collector.stores import ActiveThroughput, HourlyUsage, Store
from inventory.catalogue import Catalogue
from inventory.models import Inventory

PLACES_AT_ONCE = 500
"""Their hours of a week are held in memory at once, 40 MB of them."""
FEWEST_OF_TESTS = 0.15
"""Active tests are few, for each takes the air from somebody: a week with so many of the peak hours tested counts."""

Window = tuple[datetime, datetime]
Values = dict[str, list[float | None]]
Read = Callable[[Sequence[str], datetime, datetime], Mapping[str, Sequence[Hour]]]


def verify(works: Works, *, inventory: Inventory, catalogue: Catalogue, state: Engine, store: Store) -> Verification:
    """The programme's result for these works. Raises StoreError where the store does not answer."""
    kinds = {place.id: str(inventory.sites[place.site].kind) for place in inventory.access_points.values()}
    changes = device_changes(state, catalogue)
    sides = choose_sides(kinds, changes, works)
    windows, compared = works.windows, (*sides.replaced, *sides.controls)
    peak = peak_hours(_all_hours(store.hourly_usage, compared, windows.selection), windows.selection, download)

    def carried(hours: Sequence[HourlyUsage], week: Window) -> tuple[float | None, ...]:
        return weekly_values(hours, week, peak, download)

    def tested(hours: Sequence[ActiveThroughput], week: Window) -> tuple[float | None, ...]:
        return weekly_values(hours, week, peak, _moved, fewest_of_hours=FEWEST_OF_TESTS)

    before, after = windows.before, windows.after
    passive = tuple(_weekly(store.hourly_usage, compared, window, carried) for window in (before, after))
    active = tuple(_weekly(store.hourly_throughput, compared, window, tested) for window in (before, after))
    return Verification(
        works=works,
        sides=sides,
        peak=peak,
        passive=_accepted(passive, sides, kinds),
        active=_accepted(active, sides, kinds),
        phy=phy_change((change for change in changes if works.start <= change.at < works.end), sides.replaced),
        places=tuple(place_change(place, passive[0][place], passive[1][place]) for place in sides.replaced),
    )


def device_changes(state: Engine, catalogue: Catalogue) -> list[DeviceChange]:
    """All replacements that were seen, with what the catalogue knows of both devices' radios."""

    def radios(device: SeenDevice) -> Capacity | None:
        model = catalogue.find(device.vendor, device.model)
        return None if model is None else capacity_of(model, None)

    return [
        DeviceChange(each.access_point, each.replacing.first_seen, radios(each.replaced), radios(each.replacing))
        for each in replacements(state)
    ]


def _accepted(weeks: tuple[Values, ...], sides: Sides, kinds: Mapping[str, str]) -> Acceptance:
    before, after = weeks
    replaced = set(sides.replaced)
    return accept(Place(place, kinds[place], place in replaced, before[place], after[place]) for place in before)


def _weekly(
    read: Read[Hour],
    places: Sequence[str],
    window: Window,
    value_of: Callable[[Sequence[Hour], Window], tuple[float | None, ...]],
) -> Values:
    """Each place's value of every whole week, a week and so many places at a time: the store keeps hours in order of
    time, and all hours of a city do not fit into memory."""
    values: Values = {place: [] for place in places}
    for week in _weeks_of(window):
        for part in _parts(places):
            hours = read(part, *week)
            for place in part:
                values[place] += value_of(hours.get(place, ()), week)
    return values


def _all_hours(read: Read[Hour], places: Sequence[str], window: Window) -> Iterator[Sequence[Hour]]:
    for week in _weeks_of(window):
        for part in _parts(places):
            yield from read(part, *week).values()


def _weeks_of(window: Window) -> Iterator[Window]:
    start, end = window
    while start + WEEK <= end:
        yield start, start + WEEK
        start += WEEK


def _parts(places: Sequence[str]) -> Iterator[Sequence[str]]:
    return (places[start : start + PLACES_AT_ONCE] for start in range(0, len(places), PLACES_AT_ONCE))


def _moved(hour: ActiveThroughput) -> float | None:
    return hour.download_bits_per_second
