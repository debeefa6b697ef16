"""How far the programme has come, counted."""

from collector.legacy.documents import Standing
from collector.legacy.programme import ProgrammePlace, ProgrammeRow, programme_report
from inventory.models import SiteKind

PARK, SENIOR = SiteKind.PARK, SiteKind.SENIOR
PLACES = [
    ProgrammePlace("y-1", "yeouido", "영등포구", PARK, Standing.REPLACE),
    ProgrammePlace("y-2", "yeouido", "영등포구", PARK, Standing.KEEP),
    ProgrammePlace("s-1", "jung-senior", "중구", SENIOR, Standing.MEND),
    ProgrammePlace("s-2", "jung-senior", "중구", SENIOR, None),
    ProgrammePlace("d-1", "mangwon", "마포구", PARK, Standing.INSUFFICIENT),
]


def row(name: str, access_points: int, **counts: int) -> ProgrammeRow:
    nothing = dict.fromkeys(ProgrammeRow._fields[2:], 0)
    return ProgrammeRow(name=name, access_points=access_points, **{**nothing, **counts})


def test_every_place_counts_once_in_each_table_and_as_all_that_it_is() -> None:
    report = programme_report(PLACES, replaced={"y-1", "y-2", "s-1"}, verified={"y-2"})
    yeouido = row("yeouido", 2, replaced=2, verified=1, pending=1, kept=1)
    mangwon = row("mangwon", 1, insufficient=1)
    senior = row("jung-senior", 2, replaced=1, to_mend=1, unjudged=1)
    assert report.total == row("", 5, replaced=3, verified=1, pending=1, to_mend=1, kept=1, insufficient=1, unjudged=1)
    assert report.by_site == (yeouido, senior, mangwon)
    assert report.by_park == (yeouido, mangwon)
    assert report.by_district == (
        mangwon._replace(name="마포구"),
        yeouido._replace(name="영등포구"),
        senior._replace(name="중구"),
    )
    assert report.by_kind == (
        row("park", 3, replaced=2, verified=1, pending=1, kept=1, insufficient=1),
        senior._replace(name="senior"),
    )


def test_a_place_that_was_replaced_and_is_on_the_list_again_counts_as_both() -> None:
    total = programme_report(PLACES[:1], replaced={"y-1"}, verified=()).total
    assert (total.replaced, total.pending) == (1, 1)


def test_what_was_not_replaced_is_not_verified() -> None:
    assert programme_report(PLACES, replaced=(), verified={"y-1"}).total.verified == 0


def test_what_is_not_in_the_inventory_does_not_count() -> None:
    assert programme_report(PLACES, replaced={"gone"}, verified={"gone"}).total.replaced == 0


def test_of_no_places_there_are_no_rows() -> None:
    report = programme_report([], (), ())
    assert report.total == row("", 0)
    assert (report.by_site, report.by_park, report.by_district, report.by_kind) == ((), (), (), ())
