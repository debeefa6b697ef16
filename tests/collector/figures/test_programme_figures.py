"""How far the programme has come, as figures: right, and read again only when it may have changed."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from judged_places import DAY, acceptance, add_run, keep_verification, see_replacement, told, verification
from sqlalchemy import Engine, event

from collector.figures.figure import Figure
from collector.figures.measurements import PROGRAMME, VERIFICATION, VERIFIED_PLACE, Measurement
from collector.figures.programme import Programme
from collector.legacy.documents import Standing, VerificationTold
from collector.legacy.settings import LegacySettings
from collector.replacement.book import Book
from inventory.models import AccessPoint, Inventory, Site, SiteKind

INVENTORY = Inventory(
    sites=(
        Site(id="yeouido", kind=SiteKind.PARK, name_ko="여의도한강공원", district="영등포구"),
        Site(id="hall", kind=SiteKind.LIBRARY, name_ko="가온도서관", district="중구"),
        Site(id="planned", kind=SiteKind.PARK, name_ko="새 공원", district="중구"),
    ),
    access_points=(
        *(AccessPoint(id=f"yeouido-{number}", site="yeouido") for number in (1, 2, 3)),
        AccessPoint(id="hall-1", site="hall"),
    ),
)
FIRST = datetime(2026, 3, 1, 3, tzinfo=UTC)
WORKS = (FIRST - DAY, FIRST + DAY)
NOW = datetime(2026, 5, 23, 0, tzinfo=UTC)
FIVE_MINUTES = timedelta(minutes=5)


@pytest.fixture
def source(state: Engine) -> Programme:
    return Programme(
        state=state, inventory=INVENTORY, book=Book(state, INVENTORY), settings=LegacySettings(programme_since=None)
    )


def of(measurement: Measurement, source: Programme, now: datetime = NOW) -> list[Figure]:
    found = [figure for figure in source.figures(now) if figure.measurement is measurement]
    assert all(figure.at == now for figure in found)
    return found


def yeouido(source: Programme, now: datetime = NOW) -> Mapping[str, float | None]:
    return next(figure.values for figure in of(PROGRAMME, source, now) if figure.tags["site"] == "yeouido")


def judge(state: Engine, standing: Standing) -> None:
    add_run(state, [told("yeouido-1", "yeouido", standing)])


def measured(**told: object) -> VerificationTold:
    made = verification(*WORKS, {"yeouido-2": 5.0})
    return made.model_copy(update=told)


def test_every_site_with_access_points_says_how_far_it_is(state: Engine, source: Programme) -> None:
    add_run(state, [told("yeouido-1", "yeouido"), told("yeouido-2", "yeouido", Standing.KEEP)], ranked=["yeouido-1"])
    see_replacement(state, "yeouido-2", FIRST)
    keep_verification(state, measured())
    found = {(figure.tags["site"], figure.tags["kind"]): figure.values for figure in of(PROGRAMME, source)}
    nothing = dict.fromkeys(PROGRAMME.fields, 0)
    assert found == {
        ("yeouido", "park"): nothing
        | {"access_points": 3, "replaced": 1, "verified": 1, "pending": 1, "kept": 1, "unjudged": 1},
        ("hall", "library"): nothing | {"access_points": 1, "unjudged": 1},
    }


def test_the_newest_acceptance_says_how_many_times_faster(state: Engine, source: Programme) -> None:
    keep_verification(state, measured(passive=acceptance(ratio=2.0)))
    keep_verification(state, measured(passive=acceptance(ratio=4.5)))
    assert {figure.tags["quantity"]: figure.values for figure in of(VERIFICATION, source)} == {
        "passive": {"times": 4.5, "times_low": 3.5, "times_high": 5.5, "promised_times": 4.0},
        "active": {"times": None, "times_low": None, "times_high": None, "promised_times": 4.0},
    }


def test_each_place_of_it_is_told_unless_it_has_left_the_inventory(state: Engine, source: Programme) -> None:
    keep_verification(state, verification(*WORKS, {"yeouido-2": 2.0, "yeouido-3": None, "left-1": 9.0}))
    assert [(figure.tags, figure.values) for figure in of(VERIFIED_PLACE, source)] == [
        (
            {"site": "yeouido", "access_point": "yeouido-2"},
            {"before_bits_per_second": 3_210_987.5, "after_bits_per_second": 6_421_975.0, "times": 2.0},
        ),
        (
            {"site": "yeouido", "access_point": "yeouido-3"},
            {"before_bits_per_second": 3_210_987.5, "after_bits_per_second": None, "times": None},
        ),
    ]


def test_before_anything_was_measured_nothing_is_said_of_it(source: Programme) -> None:
    assert of(VERIFICATION, source) == of(VERIFIED_PLACE, source) == []
    assert yeouido(source)["unjudged"] == 3


def test_a_new_judgement_shows_the_next_time(state: Engine, source: Programme) -> None:
    judge(state, Standing.REPLACE)
    assert yeouido(source)["pending"] == 1
    judge(state, Standing.KEEP)
    assert yeouido(source, NOW + FIVE_MINUTES)["pending"] == 0


def test_a_new_acceptance_shows_the_next_time(state: Engine, source: Programme) -> None:
    keep_verification(state, measured())
    assert of(VERIFICATION, source)[0].values["times"] == 4.5678
    keep_verification(state, measured(passive=acceptance(ratio=6.0)))
    assert of(VERIFICATION, source, NOW + FIVE_MINUTES)[0].values["times"] == 6.0


def test_a_device_that_is_replaced_shows_within_the_hour(state: Engine, source: Programme) -> None:
    assert yeouido(source)["replaced"] == 0
    see_replacement(state, "yeouido-2", NOW)
    assert yeouido(source, NOW + timedelta(hours=1))["replaced"] == 1


def test_a_clock_that_is_put_back_does_not_make_it_stand_still(state: Engine, source: Programme) -> None:
    assert yeouido(source, NOW + timedelta(days=9))["replaced"] == 0
    see_replacement(state, "yeouido-2", NOW)
    assert yeouido(source)["replaced"] == 1


def test_nothing_is_read_again_where_nothing_was_judged_or_measured(state: Engine, source: Programme) -> None:
    judge(state, Standing.REPLACE)
    keep_verification(state, measured())
    first = [figure._replace(at=NOW) for figure in source.figures(NOW - FIVE_MINUTES)]
    asked: list[str] = []
    event.listen(state, "before_cursor_execute", lambda *told: asked.append(told[2]))
    assert list(source.figures(NOW)) == first
    assert len(asked) == 2  # which is the newest of each
