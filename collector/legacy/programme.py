"""How far the replacement programme has come: by park, by district, by kind of facility, and in all. Pure."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from collector.legacy.documents import Standing
from inventory.models import SiteKind


class ProgrammePlace(NamedTuple):
    """An access point of the city. `standing` is None where nothing has been judged of it yet."""

    access_point: str
    site: str
    district: str
    kind: SiteKind
    standing: Standing | None


class ProgrammeRow(NamedTuple):
    """What is counted of some access points. `name` is a site's id, a district or a kind; of all together it is empty.

    `replaced` are places where a device was seen to take another's place, `verified` those of them of which it has been
    measured how much faster they became. The others are what is to become of the device that hangs there now: a place
    that was replaced once and is on the list again counts as `replaced` and as `pending`.
    """

    name: str
    access_points: int
    replaced: int
    verified: int
    pending: int
    to_mend: int
    kept: int
    insufficient: int
    unjudged: int


@dataclass(frozen=True, slots=True)
class ProgrammeReport:
    """`by_site` has every site, `by_park` those of them that are parks, both in the order in which they came; districts
    are in order of their names, kinds in their own."""

    total: ProgrammeRow
    by_site: tuple[ProgrammeRow, ...]
    by_park: tuple[ProgrammeRow, ...]
    by_district: tuple[ProgrammeRow, ...]
    by_kind: tuple[ProgrammeRow, ...]


def programme_report(
    places: Iterable[ProgrammePlace], replaced: Collection[str], verified: Collection[str]
) -> ProgrammeReport:
    """Of these places. `replaced` and `verified` are access points; who was not replaced is not verified either."""
    marked = [_Marked(place, place.access_point in replaced, place.access_point in verified) for place in places]
    by_district = _rows(marked, lambda place: place.district)
    by_kind = {row.name: row for row in _rows(marked, lambda place: place.kind)}
    return ProgrammeReport(
        total=_row("", marked),
        by_site=_rows(marked, lambda place: place.site),
        by_park=_rows((each for each in marked if each.place.kind is SiteKind.PARK), lambda place: place.site),
        by_district=tuple(sorted(by_district)),
        by_kind=tuple(by_kind[kind] for kind in SiteKind if kind in by_kind),
    )


class _Marked(NamedTuple):
    place: ProgrammePlace
    is_replaced: bool
    is_verified: bool


def _rows(marked: Iterable[_Marked], name_of: Callable[[ProgrammePlace], str]) -> tuple[ProgrammeRow, ...]:
    groups: dict[str, list[_Marked]] = {}
    for each in marked:
        groups.setdefault(name_of(each.place), []).append(each)
    return tuple(_row(name, group) for name, group in groups.items())


def _row(name: str, group: Collection[_Marked]) -> ProgrammeRow:
    standings = Counter(each.place.standing for each in group)
    return ProgrammeRow(
        name=str(name),
        access_points=len(group),
        replaced=sum(each.is_replaced for each in group),
        verified=sum(each.is_replaced and each.is_verified for each in group),
        pending=standings[Standing.REPLACE],
        to_mend=standings[Standing.MEND],
        kept=standings[Standing.KEEP],
        insufficient=standings[Standing.INSUFFICIENT],
        unjudged=standings[None],
    )
