"""What an import would change: new, changed, unseen and refused rows, and why a list as a whole looks wrong."""

from datetime import date

import pytest
from small_list import DRAFTER, JUNE, MAY, NOBODY, draft, listing, plan, row

from inventory.importing import Refusal
from inventory.importing.clashes import Neighbours, clashes
from inventory.importing.kept import Kept, KeptRow
from inventory.importing.planning import plan_import
from inventory.importing.scatter import scattered

KEPT = plan(row("WF1"), row("WF2"), row("WF3")).kept


def test_a_first_list_is_all_new() -> None:
    first = plan(row("WF2"), row("-WF1"))
    assert (first.new, first.changed, first.unseen, first.refused, first.objections) == (("wf2", "wf1"), {}, {}, (), ())
    assert first.kept == Kept(
        "seoul",
        MAY,
        2,
        rows={"wf1": KeptRow("wf1", MAY, MAY, row("-WF1")), "wf2": KeptRow("wf2", MAY, MAY, row("WF2"))},
    )


def test_a_second_list_is_held_against_the_first() -> None:
    moved = row("-WF2", LAT="37.57")
    second = plan(row("WF1"), moved, row("WF4"), kept=KEPT, as_of=JUNE)
    assert second.new == ("wf4",)
    assert second.changed == {"wf2": ["latitude: 37.56 -> 37.57"]}
    assert list(second.unseen) == ["wf3"]
    assert list(second.drafts) == ["wf3", "wf1", "wf2", "wf4"]
    assert second.kept.rows == {
        "wf1": KeptRow("wf1", MAY, JUNE, row("WF1")),
        "wf2": KeptRow("wf2", MAY, JUNE, moved),
        "wf3": KeptRow("wf3", MAY, MAY, row("WF3")),
        "wf4": KeptRow("wf4", JUNE, JUNE, row("WF4")),
    }


def test_what_was_not_seen_for_long_comes_back_as_itself() -> None:
    second = plan(row("WF1"), row("WF2"), kept=KEPT, as_of=JUNE)
    third = plan(row("WF1"), row("WF2"), row("WF3"), kept=second.kept, as_of=date(2024, 7, 31))
    assert (third.new, third.unseen) == ((), {})
    assert third.kept.rows["wf3"].first_seen == MAY


def test_rows_of_one_number_are_all_refused_and_name_each_other() -> None:
    rows = [row("WF1"), row("-WF1", LAT="37.57"), row("WF2"), row("DDM_1"), row("DDM-1")]
    found = plan(*rows)
    assert list(found.seen) == ["wf2"]
    assert found.refused == (
        Refusal(1, "comes to the id wf1, as row 2; tell them apart in the list"),
        Refusal(2, "comes to the id wf1, as row 1; tell them apart in the list"),
        Refusal(4, "comes to the id ddm-1, as row 5; tell them apart in the list"),
        Refusal(5, "comes to the id ddm-1, as row 4; tell them apart in the list"),
    )


def test_many_rows_of_one_number_are_told_in_short() -> None:
    found = plan(*[row("WF1")] * 8)
    assert (
        found.refused[0].problem == "comes to the id wf1, as rows 2, 3, 4, 5, 6 and 2 more; tell them apart in the list"
    )


def test_a_refused_row_that_was_seen_before_stays_as_it_was() -> None:
    second = plan(row("WF1"), row("WF1"), row("WF2"), row("WF3"), kept=KEPT, as_of=JUNE)
    assert list(second.unseen) == ["wf1"]
    assert second.kept.rows["wf1"].last_seen == MAY


def test_access_points_that_share_a_position_stay_apart() -> None:
    found = plan(*(row(f"WF{number}") for number in range(201)))
    assert len(found.drafts) == 201
    assert {one.site.id for one in found.drafts.values()} == {"library-mapo-mapodoseogwan"}


def test_an_id_of_another_file_is_a_conflict() -> None:
    found = plan(row("WF1"), row("WF2"), neighbours=Neighbours(access_points={"wf1": "places.toml"}))
    assert found.refused == (Refusal(1, "the access point wf1 stands in places.toml already; remove it there"),)
    assert list(found.seen) == ["wf2"]


def test_an_access_point_that_somebody_has_written_down_is_left_to_them_where_it_is_at_the_same_site() -> None:
    files = {"wf1": "places.toml"}
    same = Neighbours(files, by_hand={"wf1": draft("WF1").site.id})
    assert (plan(row("WF1"), neighbours=same).refused, list(plan(row("WF1"), neighbours=same).seen)) == ((), ["wf1"])
    elsewhere = plan(row("WF1"), neighbours=Neighbours(files, by_hand={"wf1": "yeouido"}))
    assert elsewhere.refused == (Refusal(1, "the access point wf1 stands in places.toml already; remove it there"),)


def test_a_site_of_another_file_is_used_where_it_is_the_same_and_refused_where_not() -> None:
    site = draft().site
    same = Neighbours(sites={site.id: site.identity})
    other = Neighbours(sites={site.id: ("중구", "마포도서관")})
    assert plan(row("WF1"), neighbours=same).refused == ()
    told = "its site '마포도서관' comes to the id library-mapo-mapodoseogwan, as does '마포도서관' in 중구; rename one"
    assert plan(row("WF1"), neighbours=other).refused == (Refusal(1, told),)


def test_sites_of_different_names_and_one_id_are_refused_but_for_the_one_that_was_there() -> None:
    rows = [row("WF1", X_SWIFI_MAIN_NM="각도서관"), row("WF2", X_SWIFI_MAIN_NM="갘도서관")]
    ids = {draft(X_SWIFI_MAIN_NM=name).site.id for name in ("각도서관", "갘도서관")}
    assert ids == {"library-mapo-gakdoseogwan"}
    assert [refusal.row for refusal in plan(*rows).refused] == [1, 2]
    kept = plan(rows[0]).kept
    assert [refusal.row for refusal in plan(*rows, kept=kept, as_of=JUNE).refused] == [2]


def test_a_row_that_clashes_twice_is_refused_once() -> None:
    neighbours = Neighbours(access_points={"wf1": "places.toml"})
    assert len(list(clashes([(1, draft()), (2, draft())], {}, neighbours))) == 2


@pytest.mark.parametrize(("rows", "is_told"), [(95, False), (94, True)])
def test_a_list_with_far_fewer_rows_may_be_cut(rows: int, *, is_told: bool) -> None:
    kept = plan(*(row(f"WF{number}") for number in range(100))).kept
    found = plan(*(row(f"WF{number}") for number in range(rows)), kept=kept, as_of=JUNE)
    told = f"the last list had 100 rows that were taken, and this one has {rows}: it may be cut"
    assert found.objections == ((told,) if is_told else ())


def test_an_older_list_is_told_and_does_not_turn_back_the_dates() -> None:
    june = plan(row("WF1"), kept=plan(row("WF1"), as_of=JUNE).kept, as_of=MAY)
    assert june.objections == ("the list is of 2024-05-31, and one of 2024-06-30 was imported already",)
    assert june.kept.as_of == JUNE
    assert june.kept.rows["wf1"] == KeptRow("wf1", MAY, JUNE, row("WF1"))


def test_a_part_of_a_list_is_told() -> None:
    part = listing(row("WF1"), lacks="the answer has 1 of 2 rows")
    found = plan_import(part, Kept("seoul"), NOBODY, drafter=DRAFTER, as_of=MAY)
    assert found.objections == ("the answer has 1 of 2 rows",)


def test_a_kept_row_that_the_rules_of_today_refuse_is_told_and_kept() -> None:
    kept = Kept("seoul", MAY, 1, rows={"wf9": KeptRow("wf9", MAY, MAY, row("WF9", X_SWIFI_WRDOFC=""))})
    found = plan(row("WF1"), kept=kept, as_of=JUNE)
    assert found.refused == (Refusal(None, "wf9, kept from 2024-05-31, names no district; add it"),)
    assert list(found.kept.rows) == ["wf1", "wf9"]
    assert list(found.drafts) == ["wf1"]


def test_a_facility_that_is_wider_than_any_is_told() -> None:
    drafts = [draft("WF1"), draft("WF2", LAT="37.57")]
    assert [(site, round(width)) for site, _, width in scattered(drafts)] == [("library-mapo-mapodoseogwan", 1112)]
    streets = [draft(f"WF{number}", LAT=f"37.5{number}", X_SWIFI_INSTL_TY="주요거리") for number in (1, 2)]
    assert list(scattered([*streets, draft("WF3"), draft("WF4", LAT="0.0")])) == []


def test_a_column_that_is_called_otherwise_now_is_told() -> None:
    renamed = [{("Y" if name == "LAT" else name): value for name, value in row(f"WF{n}").items()} for n in (1, 2, 3)]
    found = plan(*renamed, kept=KEPT, as_of=JUNE)
    told = "the last list had a column for latitude, and in this one none is known: is it called otherwise?"
    assert found.objections == (told,)
    assert plan(*renamed, kept=found.kept, as_of=date(2024, 7, 31)).objections == ()


def test_an_older_list_leaves_newer_rows_and_the_count_as_they_are() -> None:
    newer = [row("WF1", LAT="37.57"), row("WF2"), row("WF3")]
    june = plan(*newer, as_of=JUNE).kept
    found = plan(row("WF1", LAT="37.55"), row("WF4"), kept=june, as_of=MAY)
    assert found.drafts["wf1"].access_point.latitude == 37.57
    assert (found.changed, found.new) == ({}, ("wf4",))
    assert (found.kept.as_of, found.kept.rows_taken) == (JUNE, 3)
    assert found.kept.rows["wf1"] == KeptRow("wf1", MAY, JUNE, newer[0])
    assert found.kept.rows["wf4"] == KeptRow("wf4", MAY, MAY, row("WF4"))


def test_kept_access_points_are_not_given_to_a_site_of_another_name() -> None:
    kept, site = plan(row("WF1")).kept, draft().site
    other, same = Neighbours(sites={site.id: ("중구", "서울도서관")}), Neighbours(sites={site.id: site.identity})
    found = plan(row("WF4", X_SWIFI_MAIN_NM="서강도서관"), kept=kept, as_of=JUNE, neighbours=other)
    ours, theirs = f"'마포도서관' in 마포구, the site {site.id}", "'서울도서관' in 중구"
    told = f"kept access points hang at {ours}; another file gives its id to {theirs}: rename that"
    assert found.objections == (told,)
    assert plan(row("WF4"), kept=kept, as_of=JUNE, neighbours=same).objections == ()


def test_a_row_that_has_lost_its_position_stays_in_its_park() -> None:
    kept = plan(row("WF1", LAT="37.528", LNT="126.933")).kept
    for as_of in (JUNE, date(2024, 7, 31)):
        found = plan(row("WF1", LAT="0.0", LNT=""), kept=kept, as_of=as_of)
        assert found.drafts["wf1"].site.id == "yeouido"
        assert found.changed == {}
        kept = found.kept
    assert plan(row("WF1"), kept=kept, as_of=date(2024, 8, 31)).kept.rows["wf1"].position is None


def test_a_corrected_name_is_taken_although_its_site_keeps_the_id() -> None:
    rows = [row(f"WF{number}", X_SWIFI_MAIN_NM="각도서관") for number in (1, 2)]
    kept = plan(*rows).kept
    corrected = [values | {"X_SWIFI_MAIN_NM": "갘도서관"} for values in rows]
    found = plan(*corrected, kept=kept, as_of=JUNE)
    assert found.refused == ()
    assert {one.site.name for one in found.drafts.values()} == {"갘도서관"}
    assert [refusal.row for refusal in plan(corrected[0], rows[1], kept=kept, as_of=JUNE).refused] == [1]
    assert [refusal.row for refusal in plan(corrected[0], kept=kept, as_of=JUNE).refused] == [1]


def test_a_kept_row_that_fails_today_is_not_told_where_the_list_has_it() -> None:
    kept = Kept("seoul", MAY, 1, rows={"wf9": KeptRow("wf9", MAY, MAY, row("WF9", X_SWIFI_WRDOFC=""))})
    found = plan(row("WF9"), kept=kept, as_of=JUNE)
    assert (list(found.seen), found.refused) == (["wf9"], ())
