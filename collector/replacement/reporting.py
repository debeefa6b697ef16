"""How far the programme has come, from what was judged, seen and measured. Blocks; is called in threads."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, time

from sqlalchemy import Engine

from collector.korean_time import KST
from collector.legacy.documents import Standing
from collector.legacy.programme import ProgrammePlace, ProgrammeReport, programme_report
from collector.legacy.settings import LegacySettings
from collector.replacement.book import Book
from collector.state.replacements import replacements
from inventory.models import Inventory


def report(book: Book, inventory: Inventory, state: Engine, settings: LegacySettings) -> ProgrammeReport:
    """Of all places of the inventory. Without a day from which the programme counts, whatever was ever seen is a part
    of it. A replacement is verified by a result that covers the works in which it was made."""
    begins = None if settings.programme_since is None else datetime.combine(settings.programme_since, time(), KST)
    changed_at: dict[str, list[datetime]] = defaultdict(list)
    for each in replacements(state):
        if begins is None or each.replacing.first_seen >= begins:
            changed_at[each.access_point].append(each.replacing.first_seen)
    return programme_report(_places(book, inventory), changed_at.keys(), _verified(book, changed_at))


def _places(book: Book, inventory: Inventory) -> Iterator[ProgrammePlace]:
    standings = {row.access_point: Standing(row.standing) for row in book.rows()}
    for site in inventory.sites.values():
        for place in inventory.access_points_of(site.id):
            yield ProgrammePlace(place.id, site.id, site.district, site.kind, standings.get(place.id))


def _verified(book: Book, changed_at: Mapping[str, Sequence[datetime]]) -> Collection[str]:
    return {
        place.access_point
        for told in book.verifications()
        for place in told.places
        if place.ratio is not None
        and any(told.works_start <= at < told.works_end for at in changed_at.get(place.access_point, ()))
    }
