"""The importers on the lists that Seoul and the state have published, where these are at hand."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from inventory import load_inventory
from inventory.importers import importer_of, national
from inventory.importing.clashes import Neighbours
from inventory.importing.drafting import Drafter
from inventory.importing.floors import read_floor
from inventory.importing.generating import generated_rows
from inventory.importing.installed import read_installed
from inventory.importing.kept import Kept
from inventory.importing.planning import Plan, plan_import
from inventory.importing.sites import Parks
from inventory.importing.taxonomy import load_taxonomy
from inventory.importing.texts import decoded, read_csv
from inventory.importing.writing import digests, write_import
from inventory.reading import load_parks

LISTS = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "seoul"
JULY_2021 = LISTS / "seoul_public_wifi_2021-07.utf8.csv"
SAMPLE = LISTS / "TbPublicWifiInfo_sample_rows.json"
TODAY = date(2026, 11, 28)
NATIONAL_2016 = LISTS / "national_free_wifi_2016.csv"
NATIONAL_2020 = LISTS / "national_free_wifi_seoul_2020-2022.cp949.csv"

pytestmark = pytest.mark.skipif(not LISTS.is_dir(), reason=f"the lists are not at {LISTS}")


def plan(kind: str, path: Path, as_of: date, kept: Kept | None = None) -> Plan:
    importer = importer_of(kind)
    drafter = Drafter(importer, Parks(load_parks()), load_taxonomy())
    return plan_import(importer.read(path, TODAY), kept or Kept(kind), Neighbours(), drafter=drafter, as_of=as_of)


def remarks(found: Plan, beginning: str) -> int:
    return sum(remark.what.startswith(beginning) for _, remark in found.remarks())


@pytest.fixture(scope="module")
def july_2021() -> Plan:
    return plan("seoul", JULY_2021, date(2021, 7, 31))


def test_the_list_of_july_2021_is_taken_whole(july_2021: Plan) -> None:
    assert (len(july_2021.new), july_2021.refused) == (19207, ())
    assert sum(remark.what.endswith("is no district of Seoul") for _, remark in july_2021.remarks()) == 105
    assert Counter(draft.site.id for draft in july_2021.drafts.values() if draft.site.is_built_in) == {
        "gwangnaru": 3,
        "jamsil": 5,
        "ttukseom": 17,
        "jamwon": 3,
        "banpo": 2,
        "ichon": 5,
        "yeouido": 27,
        "yanghwa": 3,
        "mangwon": 3,
        "nanji": 10,
        "gangseo": 3,
    }


def test_most_facilities_have_a_kind_and_few_are_to_be_reviewed(july_2021: Plan) -> None:
    kinds = Counter(str(draft.site.kind) for draft in july_2021.drafts.values())
    assert kinds == {
        "other": 15843,
        "welfare": 1240,
        "senior": 681,
        "children": 585,
        "library": 480,
        "disability": 297,
        "park": 81,
    }
    to_review = Counter(seen.draft.site.name for seen, remark in july_2021.remarks() if remark.kind == "to review")
    assert to_review == {"서울시장애아동사회적응지원센터": 9, "서울시농아노인지원센터": 1}


def test_each_spelling_of_a_floor_is_a_floor_or_a_remark() -> None:
    _, rows, _ = read_csv(decoded(JULY_2021.read_bytes()))
    spellings = {row.values["설치위치(층)"] for row in rows}
    floors = {read_floor(spelling)[0] for spelling in spellings}
    assert len(spellings) == 214
    assert floors == {None, *map(str, range(1, 22)), *(f"B{number}" for number in range(1, 8))}


def test_the_answers_of_several_years_follow_on_the_list(july_2021: Plan) -> None:
    found = plan("seoul", SAMPLE, date(2024, 7, 10), july_2021.kept)
    assert (len(found.new), len(found.unseen), len(found.refused)) == (4, 19188, 6)
    assert remarks(found, "latitude and longitude were swapped") == 7
    assert remarks(found, "no position: 0.0") == 1
    assert remarks(found, "the number -") == 16
    assert {"seoul-6047-2", "seoul-9091", "seoul-10553", "sc22180001"} == set(found.new)
    # No site is another one because the taxonomy has changed, but for places that changed their type themselves.
    moved = {id_ for id_, said in found.changed.items() if any(text.startswith("site:") for text in said)}
    assert moved == {"wf171018", "wf171019", "wf171020", "wf171021"}


@pytest.mark.parametrize(
    ("path", "as_of", "taken", "refused"),
    [(NATIONAL_2016, date(2016, 10, 26), 1768, 1306), (NATIONAL_2020, date(2022, 2, 9), 4949, 3915)],
)
def test_the_national_list(path: Path, as_of: date, taken: int, refused: int) -> None:
    assert national.read(path, TODAY).as_of == as_of
    found = plan("national", path, as_of)
    assert (len(found.seen), len(found.refused)) == (taken, refused)
    assert all("comes to the id" in refusal.problem for refusal in found.refused)


def test_every_month_of_the_national_list_is_read_or_told() -> None:
    """Those of the whole country, for Seoul's part has not all of the forms."""
    _, rows, _ = read_csv(decoded(NATIONAL_2016.read_bytes()))
    said = [read_installed(row.values["설치년월"], newest_year=2016) for row in rows]
    told = Counter(remark.kind for _, about in said for remark in about)
    assert len(rows) == 14828
    assert sum(found is None and not about for found, about in said) == 4297
    assert told == {"repaired": 1017 + 1, "noted": 1}  # 2013-Sep beside those of two digits; 190001


def test_a_list_is_imported_and_another_beside_it(tmp_path: Path) -> None:
    july_2021 = plan("seoul", JULY_2021, date(2021, 7, 31))
    write_import(tmp_path, july_2021, generated_rows(july_2021.drafts, Neighbours()), before=digests(tmp_path, "seoul"))
    neighbours = Neighbours({}, {draft.site.id: draft.site.identity for draft in july_2021.drafts.values()})
    drafter = Drafter(national, Parks(load_parks()), load_taxonomy())
    listing = national.read(NATIONAL_2020, TODAY)
    found = plan_import(listing, Kept("national"), neighbours, drafter=drafter, as_of=date(2022, 2, 9))
    write_import(tmp_path, found, generated_rows(found.drafts, neighbours), before=digests(tmp_path, "national"))
    assert len(load_inventory(tmp_path).access_points) == 19207 + len(found.seen)
