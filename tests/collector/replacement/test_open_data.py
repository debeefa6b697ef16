"""The file that everybody may read: what is in it, and that nothing else can be."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from judged_places import DAY, add_run, keep_verification, see_replacement, told, verification
from sqlalchemy import Engine, select
from state_files import open_state

from collector.legacy.documents import AssessmentTold, Standing, VerificationTold
from collector.legacy.reasons import ReasonLanguage
from collector.legacy.settings import LegacySettings
from collector.replacement.book import Book
from collector.replacement.files.comma_separated import write_csv
from collector.replacement.files.open_data import open_data_sheet
from collector.replacement.files.programme import Programme
from collector.replacement.files.words import Words
from collector.replacement.reporting import report
from collector.state.accounts import add_user
from collector.state.columns import metadata
from inventory.models import AccessPoint, Agent, Device, Inventory, Site, SiteKind

MARK = "-XsecretX"
CHANGED_AT = datetime(2026, 3, 1, 3, tzinfo=UTC)
PUBLIC = {"name_ko", "name_en", "district", "kind"}
"""The fields of a site that are in the file."""
INVENTORY = Inventory(
    sites=(
        Site(
            id="yeouido-xsecretx",
            kind=SiteKind.PARK,
            name_ko="여의도한강공원",
            name_en="Yeouido Hangang Park",
            district="영등포구",
            latitude=37.528558,
            longitude=126.932714,
            outline=((37.51111, 126.91111), (37.52222, 126.92222), (37.53333, 126.93333)),
        ),
        Site(id="jung-xsecretx", kind=SiteKind.SENIOR, name_ko="중구노인복지관", district="중구"),
    ),
    access_points=tuple(
        AccessPoint(
            id=f"place-{number}-xsecretx",
            site="yeouido-xsecretx" if number < 3 else "jung-xsecretx",
            name=f"name{MARK}",
            placement="outdoor",
            installed="2015-07",
            floor=f"floor{MARK}",
            number=f"number{MARK}",
            latitude=37.543211,
            longitude=126.976543,
            port_bits_per_second=987_654_321,
            port_poe="802.3bt-3",
            cable="cat5e",
        )
        for number in range(1, 5)
    ),
    devices=(
        Device(
            serial=f"serial{MARK}",
            access_point="place-1-xsecretx",
            vendor=f"vendor{MARK}",
            model=f"model{MARK}",
            mac="02:5e:c2:e7:00:01",
            name=f"device{MARK}",
            installed_on=date(2016, 8, 9),
        ),
    ),
    agents=(Agent(id="agent-xsecretx", sites=("yeouido-xsecretx",)),),
)
PLACES = [place.id for place in INVENTORY.access_points.values()]


def judged(number: int, standing: Standing) -> AssessmentTold:
    place = INVENTORY.access_points[PLACES[number]]
    return told(place.id, place.site, standing, number=35.15625, mark=MARK)


ASSESSMENTS = [
    judged(0, Standing.REPLACE),
    judged(1, Standing.MEND),
    judged(2, Standing.REPLACE),
    judged(3, Standing.KEEP),
]
MEASURED = verification(CHANGED_AT - DAY, CHANGED_AT + DAY, {PLACES[1]: 5.4321, PLACES[2]: None})


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Engine]:
    engine = open_state(tmp_path / "state.sqlite")
    for place in PLACES[1:3]:
        see_replacement(engine, place, CHANGED_AT, mark=MARK)
    yield engine
    engine.dispose()


@pytest.fixture
def filled(state: Engine) -> Engine:
    add_run(state, ASSESSMENTS, ranked=[PLACES[2], PLACES[0]])
    keep_verification(state, MEASURED)
    add_user(state, f"user{MARK}", f"password{MARK}", CHANGED_AT)
    return state


def text_of(state: Engine, language: ReasonLanguage = "en") -> str:
    book = Book(state, INVENTORY)
    listing = book.listing(limit=0)
    programme = Programme(
        report=report(book, INVENTORY, state, LegacySettings()),
        run=None if listing is None else listing.run,
        verifications=book.verifications(),
        since=None,
        on=date(2026, 5, 24),
    )
    return b"".join(write_csv(open_data_sheet(programme, INVENTORY, Words(language)))).decode("utf-8-sig")


def test_it_tells_how_far_the_programme_has_come_at_each_site(filled: Engine) -> None:
    header, *rows = text_of(filled).splitlines()
    assert header == (
        "Site (Korean),Site (English),District,Kind of site,Access points,Replaced,"
        '"Replaced, effect measured","Replaced, effect not measured",Planned,Judged on,Date of the data'
    )
    assert rows == [
        "여의도한강공원,Yeouido Hangang Park,Yeongdeungpo-gu,Hangang park,2,1,1,0,1,2026-05-23,2026-05-24",
        "중구노인복지관,,Jung-gu,Senior facility,2,1,0,1,1,2026-05-23,2026-05-24",
    ]


def test_it_is_in_korean_as_well(filled: Engine) -> None:
    header, first, _ = text_of(filled, "ko").splitlines()
    assert header.startswith("시설명(한국어),시설명(영어),자치구,시설 종류,전체 AP 수")
    assert first == "여의도한강공원,Yeouido Hangang Park,영등포구,한강공원,2,1,1,0,1,2026-05-23,2026-05-24"


def test_before_anything_was_judged_nothing_is_said_of_what_is_planned(state: Engine) -> None:
    assert text_of(state).splitlines()[2] == "중구노인복지관,,Jung-gu,Senior facility,2,1,0,1,,,2026-05-24"


@pytest.mark.parametrize("language", ["ko", "en"])
def test_nothing_else_that_is_known_can_be_in_it(filled: Engine, language: ReasonLanguage) -> None:
    """Every value of the inventory, of the judgements and of the state database is looked for, but for what is meant to
    be in it, and for numbers so short that any count could be one of them."""
    text = text_of(filled, language)
    secrets = set(_secrets(filled))
    assert {"SN-place-1-xsecretx-XsecretX", "02:5e:c2:e7:00:01", "2024-09-30", "35.15625", f"user{MARK}"} <= secrets
    assert [secret for secret in secrets if secret in text] == []
    assert "secret" not in text.casefold()


def _secrets(state: Engine) -> Iterator[str]:
    for site in INVENTORY.sites.values():
        yield from _leaves(site.model_dump(mode="json", exclude=PUBLIC))
    for known in (*INVENTORY.access_points.values(), *INVENTORY.devices, *INVENTORY.agents.values()):
        yield from _leaves(known.model_dump(mode="json"))
    documents: list[AssessmentTold | VerificationTold] = [*ASSESSMENTS, MEASURED]
    for document in documents:
        yield from _leaves(document.model_dump(mode="json"))
    with state.connect() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)):
                yield from (value for value in row if isinstance(value, str) and len(value) > 3)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for part in value.values():
            yield from _leaves(part)
    elif isinstance(value, list):
        for part in value:
            yield from _leaves(part)
    elif value is not None and len(str(value)) > 3:
        yield str(value)
