"""The programme's report from what was judged, seen and measured."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from judged_places import DAY, add_run, keep_verification, see_replacement, told, verification
from sqlalchemy import Engine
from state_files import open_state

from collector.legacy.documents import Standing
from collector.legacy.programme import ProgrammeRow
from collector.legacy.settings import LegacySettings
from collector.replacement.book import Book
from collector.replacement.reporting import report
from inventory.models import AccessPoint, Inventory, Site, SiteKind

INVENTORY = Inventory(
    sites=(Site(id="yeouido", kind=SiteKind.PARK, name_ko="여의도한강공원", district="영등포구"),),
    access_points=tuple(AccessPoint(id=f"yeouido-{number}", site="yeouido") for number in (1, 2, 3)),
)
FIRST = datetime(2026, 3, 1, 3, tzinfo=UTC)
WORKS = (FIRST - DAY, FIRST + DAY)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Engine]:
    engine = open_state(tmp_path / "state.sqlite")
    yield engine
    engine.dispose()


def total(state: Engine, since: date | None = None) -> ProgrammeRow:
    settings = LegacySettings(programme_since=since)
    return report(Book(state, INVENTORY), INVENTORY, state, settings).total


def test_it_brings_together_what_was_judged_seen_and_measured(state: Engine) -> None:
    places = [told("yeouido-1", "yeouido"), told("yeouido-2", "yeouido", Standing.KEEP)]
    add_run(state, places, ranked=["yeouido-1"])
    see_replacement(state, "yeouido-2", FIRST)
    keep_verification(state, verification(*WORKS, {"yeouido-2": 5.0}))
    assert total(state) == ProgrammeRow("", 3, 1, 1, 1, 0, 1, 0, 1)


def test_before_anything_was_judged_nothing_is_said_of_it(state: Engine) -> None:
    assert total(state) == ProgrammeRow("", 3, 0, 0, 0, 0, 0, 0, 3)


@pytest.mark.parametrize(("since", "replaced"), [(date(2026, 3, 1), 1), (date(2026, 3, 2), 0), (None, 1)])
def test_the_programme_counts_from_the_midnight_of_its_first_day_in_korea(
    state: Engine, since: date | None, replaced: int
) -> None:
    see_replacement(state, "yeouido-2", datetime(2026, 2, 28, 15, tzinfo=UTC))
    assert total(state, since).replaced == replaced


def test_a_place_of_which_no_ratio_is_known_is_not_verified(state: Engine) -> None:
    see_replacement(state, "yeouido-2", FIRST)
    keep_verification(state, verification(*WORKS, {"yeouido-2": None}))
    assert (total(state).replaced, total(state).verified) == (1, 0)


def test_what_was_measured_of_an_earlier_replacement_says_nothing_of_this_one(state: Engine) -> None:
    see_replacement(state, "yeouido-2", FIRST + 90 * DAY)
    keep_verification(state, verification(*WORKS, {"yeouido-2": 5.0}))
    assert (total(state).replaced, total(state).verified) == (1, 0)


def test_an_older_result_that_is_kept_counts_too(state: Engine) -> None:
    for place, at in (("yeouido-1", FIRST), ("yeouido-2", FIRST + 90 * DAY)):
        see_replacement(state, place, at)
        keep_verification(state, verification(at - DAY, at + DAY, {place: 5.0}))
    assert (total(state).replaced, total(state).verified) == (2, 2)
