"""How far the replacement programme has come, and whether the newest works that were verified kept their promise. Pure
functions, and a source that reads what they tell of when it may have changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from collector.figures.figure import Figure, Figures
from collector.figures.measurements import PROGRAMME, VERIFICATION, VERIFIED_PLACE
from collector.figures.site_tags import site_tags
from collector.legacy import PROMISED_RATIO
from collector.legacy.documents import VerificationTold
from collector.legacy.programme import ProgrammeReport
from collector.legacy.settings import LegacySettings
from collector.replacement.book import Book
from collector.replacement.reporting import report
from collector.state.assessments import Run, newest_run, newest_verification
from inventory.models import Inventory

READ_EVERY = timedelta(hours=1)
"""Devices are replaced also between two judgements, and to count them takes the better part of a second."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What was read when, and what was the newest then: of the judgements, and of the acceptances by its id."""

    at: datetime
    newest: tuple[Run | None, int | None]
    report: ProgrammeReport
    verification: VerificationTold | None


class Programme:
    """How far it has come, every five minutes."""

    every_seconds = PROGRAMME.every_seconds
    is_only_for_elected = True

    def __init__(self, *, state: Engine, inventory: Inventory, book: Book, settings: LegacySettings) -> None:
        self._state = state
        self._inventory = inventory
        self._book = book
        self._settings = settings
        self._read: _Reading | None = None

    def figures(self, now: datetime) -> Figures:
        """Asks the state database whether something was judged or measured since the last time; raises
        SQLAlchemyError."""
        newest = newest_run(self._state), newest_verification(self._state)
        if self._read is None or self._read.newest != newest or abs(now - self._read.at) >= READ_EVERY:
            told = report(self._book, self._inventory, self._state, self._settings)
            verification = None if newest[1] is None else self._book.verifications()[0]
            self._read = _Reading(now, newest, told, verification)
        yield from programme(self._inventory, self._read.report, now)
        if self._read.verification is not None:
            yield from verification_of(self._read.verification, now)
            yield from verified_places(self._inventory, self._read.verification, now)


def programme(inventory: Inventory, told: ProgrammeReport, now: datetime) -> Iterator[Figure]:
    """How far it has come at each site."""
    for row in told.by_site:
        values: Mapping[str, float] = {field: getattr(row, field) for field in PROGRAMME.fields}
        yield Figure(PROGRAMME, site_tags(inventory.sites[row.name]), now, values)


def verification_of(told: VerificationTold, now: datetime) -> Iterator[Figure]:
    """What an acceptance says of each quantity. Where it could not say how many times faster, only what was
    promised."""
    for quantity, accepted in (("passive", told.passive), ("active", told.active)):
        values = {
            "times": accepted.ratio,
            "times_low": accepted.low,
            "times_high": accepted.high,
            "promised_times": PROMISED_RATIO,
        }
        yield Figure(VERIFICATION, {"quantity": quantity}, now, values)


def verified_places(inventory: Inventory, told: VerificationTold, now: datetime) -> Iterator[Figure]:
    """Each place of an acceptance; one that has left the inventory since then is left out."""
    for change in told.places:
        place = inventory.access_points.get(change.access_point)
        if place is not None:
            values = {
                "before_bits_per_second": change.before_bits_per_second,
                "after_bits_per_second": change.after_bits_per_second,
                "times": change.ratio,
            }
            yield Figure(VERIFIED_PLACE, {"site": place.site, "access_point": place.id}, now, values)
