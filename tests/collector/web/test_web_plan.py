"""The pages of the replacement programme: the plan, one place of it explained, and how far it has come."""

import re
from typing import get_args

import pytest
from judged_places import keep_verification
from test_web_pages import Outline, text_of
from web_browser import Pages
from web_city import EVIL_PLACE, FULL, INVENTORY, NEVER, NOW, SILENT, site
from web_plan import (
    CAPACITY,
    CITY,
    FITS,
    NEED,
    NO_SCORE,
    OLD,
    ON_LIST,
    RESULT,
    SCORE,
    TO_MEND,
    assessment,
    judge,
)
from web_plan import (
    told as sentence,
)

from collector.legacy.acceptance import Verdict
from collector.legacy.causes_judgement import Cause
from collector.legacy.documents import FactorTold, Standing
from collector.legacy.four_times import Change, Unknown
from collector.legacy.gates import GateName, GateState
from collector.legacy.generation import ORDER, Evidence
from collector.legacy.score_settings import PartName
from collector.replacement.book import Book, Selection
from collector.web.drawing.times_axis import TimesAxis, axis_for
from collector.web.language import Language, Translator, translator
from collector.web.pages.plan import MOST_FACILITIES, PAGE_SIZE, build_choices, first_reason
from collector.web.pages.plan_entry import judgement_of
from collector.web.pages.programme import DayHours, build_result, day_hours
from inventory.districts import DISTRICTS
from inventory.models import AccessPoint, Inventory, SiteKind

PATHS = [
    "/plan",
    "/plan?standing=mend",
    "/plan?standing=keep",
    "/plan?standing=insufficient",
    "/plan?text=nothing+like+it",
    f"/plan/{FULL}",
    f"/plan/{SILENT}",
    f"/plan/{EVIL_PLACE}",
    "/plan/ttukseom-001",
    f"/plan/{NEVER}",
    "/programme",
]
KOREAN, ENGLISH = translator(Language.KOREAN), translator(Language.ENGLISH)


@pytest.fixture
def judged(pages: Pages) -> Pages:
    """The pages of a city that was judged and measured."""
    judge(pages.services.state)
    keep_verification(pages.services.state, RESULT)
    return pages


async def read(pages: Pages, path: str, *, language: str = "en") -> str:
    async with pages.reader(language=language) as reader:
        answer = await reader.get(path)
    assert answer.status_code == 200, path
    return answer.text


@pytest.mark.parametrize("is_judged", [True, False])
@pytest.mark.parametrize("language", ["ko", "en"])
async def test_every_page_in_both_languages_is_whole_and_names_stay_text(
    pages: Pages, language: str, is_judged: bool
) -> None:
    if is_judged:
        judge(pages.services.state)
        keep_verification(pages.services.state, RESULT)
    for path in PATHS:
        html = await read(pages, path, language=language)
        outline = Outline(html)
        assert (outline.open, outline.mistakes) == ([], []), path
        assert outline.headings[0] == "h1"
        assert outline.headings.count("h1") == 1
        assert "style" not in outline.elements
        assert all((script["src"] or "").startswith("/static/") for script in outline.scripts)
        assert not {name for name in outline.attributes if name == "style" or name.startswith("on")}
        assert all("scope=" in head for head in re.findall(r"<th\b[^>]*>", html))
        labelled = re.findall(r'<label for="([a-z]+)"', html)
        assert labelled == re.findall(r'<(?:select|input) id="([a-z]+)"', html)


async def test_nobody_reads_the_plan_without_a_session(judged: Pages) -> None:
    for path in ("/plan", f"/plan/{FULL}", "/programme"):
        async with judged.browser() as browser:
            answer = await browser.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={path}")


async def test_before_anything_was_judged_the_page_says_so_and_when_it_will_be(pages: Pages) -> None:
    for path in ("/plan", f"/plan/{FULL}"):
        html = await read(pages, path)
        assert "Nothing has been judged yet" in html
        assert "every day at 4:00 Korean time" in html
        assert "<table" not in html


async def test_why_there_is_no_judgement_of_today_is_told(judged: Pages) -> None:
    judged.services.desk.problem = "the store does not answer"
    text = text_of(await read(judged, "/plan"))
    assert "could not be made. The collector tries again every minute. Why: the store does not answer" in text


async def test_the_plan_says_who_is_next_and_why(judged: Pages) -> None:
    text = text_of(await read(judged, "/plan"))
    for fact in (
        "Judged 2026-05-23 04:00:00 (15 h ago) Evidence from 2026-04-25 ~ 2026-05-22",
        "Replace 2 Mend first 1 Keep 1 Too little known 1",
        "Replace: 1 to 2 of 2",
        "1 yeouido-001 Yeouido Hangang Park Acme AN-4 Wi-Fi 4 proven by the model Security updates: over 2020-04-30",
        "over 2020-04-30 0.663 0.75 0.88 43.8 100 Mb/s → ×8 Bravo B-7 · ×5 before changes In busy hours radio1",
        "2 mapo-library-01",
        "unknown unknown 0.88 unknown 100 Mb/s → ×8",
    ):
        assert fact in text


async def test_the_plan_in_korean(judged: Pages) -> None:
    text = text_of(await read(judged, "/plan", language="ko"))
    for fact in (
        "교체 대상 2 먼저 정비 1 유지 1 자료 부족 1",
        "1 yeouido-001 여의도한강공원 Acme AN-4 Wi-Fi 4 모델의 제원으로 확인 보안 업데이트: 기한 지남 2020-04-30",
        "바쁜 시간대에 radio1 (5 GHz)의 채널 사용률은 70%이고",
    ):
        assert fact in text


LISTS = {
    "mend": ["yeouido-002 Yeouido Hangang Park · 물빛무대", "Heat It reaches 71 °C in its hottest hours"],
    "keep": ["ttukseom-001", "Wi-Fi 6 proven by all radios The present device is proven to be Wi-Fi 6."],
    "insufficient": [
        "jung-senior-01",
        "Wi-Fi 4 or newer which one is unconfirmed",
        "Too little is known of its restarts to judge its power. How busy",
        "and beside these: 1",
    ],
}


async def test_each_standing_has_its_own_list(judged: Pages) -> None:
    for standing, facts in LISTS.items():
        text = text_of(await read(judged, f"/plan?standing={standing}"))
        assert [fact for fact in facts if fact not in text] == []
        assert FULL not in text


CONDITIONS = {
    "": {FULL, EVIL_PLACE},
    "?site=yeouido": {FULL},
    "?district=마포구": {EVIL_PLACE},
    "?kind=library": {EVIL_PLACE},
    "?text=YEOUIDO": {FULL},
    "?text=한강공원": {FULL},
    "?text=+++&site=&district=&kind=": {FULL, EVIL_PLACE},
    "?kind=park&district=마포구": set(),
    "?site=has-left": set(),
}


async def test_conditions_choose_and_stay_in_the_form(judged: Pages) -> None:
    for query, places in CONDITIONS.items():
        html = await read(judged, f"/plan{query}")
        assert set(re.findall(r'<th scope="row"><a href="/plan/([a-z0-9-]+)">', html)) == places, query
        assert ("No access point meets the conditions." in html) == (not places)
        for value in re.findall(r"(?:site|district|kind)=([^&]+)", query):
            assert f'<option value="{value}" selected>' in html or value == "has-left"
    assert 'type="search" maxlength="100" value="YEOUIDO"' in await read(judged, "/plan?text=YEOUIDO")


async def test_files_and_other_lists_are_linked_under_the_same_conditions(judged: Pages) -> None:
    html = await read(judged, "/plan?kind=park&text=%22%3E%3Cscript%3E")
    assert all((script["src"] or "").startswith("/static/") for script in Outline(html).scripts)
    html = await read(judged, "/plan?kind=park&page=1")
    assert 'href="/plan.csv?kind=park&amp;page=1&amp;standing=replace&amp;lang=en" download' in html
    assert 'href="/plan.xlsx?kind=park&amp;page=1&amp;standing=replace&amp;lang=en" download' in html
    assert 'href="?kind=park&amp;standing=mend&amp;page=1"' in html
    assert '<input type="hidden" name="standing" value="replace">' in html


async def test_what_cannot_be_understood_is_refused(judged: Pages) -> None:
    async with judged.reader() as reader:
        for query in ("standing=nope", "kind=nope", "page=-1", "page=x", "page=99999999999999999999"):
            assert (await reader.get(f"/plan?{query}")).status_code == 400, query


async def test_a_long_list_is_turned_page_by_page(pages: Pages) -> None:
    number = 2 * PAGE_SIZE + 1
    places = tuple(AccessPoint(id=f"ap-{each:03}", site="yeouido") for each in range(number))
    inventory = Inventory(sites=(site("yeouido"),), access_points=places)
    long = pages.changed(inventory=inventory, book=Book(pages.services.state, inventory))
    names = [place.id for place in places]
    judge(pages.services.state, [assessment(name, "yeouido", Standing.REPLACE) for name in names], names[::-1])
    for query, shown, caption in (
        ("", names[::-1][:PAGE_SIZE], "Replace: 1 to 50 of 101"),
        ("?page=0", names[::-1][:PAGE_SIZE], "Replace: 1 to 50 of 101"),
        ("?page=2", names[::-1][PAGE_SIZE : 2 * PAGE_SIZE], "Replace: 51 to 100 of 101"),
        ("?page=3", names[:1], "Replace: 101 to 101 of 101"),
        ("?page=77", names[:1], "Replace: 101 to 101 of 101"),
    ):
        html = await read(long, f"/plan{query}")
        assert re.findall(r'<th scope="row"><a href="/plan/([a-z0-9-]+)">', html) == shown
        assert caption in text_of(html)
    html = await read(long, "/plan?page=2&kind=park")
    assert 'rel="prev" href="?kind=park&amp;page=1"' in html
    assert 'rel="next" href="?kind=park&amp;page=3"' in html
    assert "Page 2 of 3" in html
    assert 'rel="next"' not in await read(long, "/plan?page=3")


async def test_a_place_is_explained_with_all_that_is_judged_of_it(judged: Pages) -> None:
    html = await read(judged, f"/plan/{FULL}")
    text = text_of(html)
    for fact in (
        "To be replaced. What is over: Security updates rank 1 of 2",
        "Security updates: over The vendor's security updates ended on 2020-04-30.",
        "Service life: not over Installed on 2024-03-01: its service life has not passed.",
        "Vendor Acme Model AN-4 Serial number SN-1 Catalogue's model Acme AN-4 Wi-Fi generation Wi-Fi 4 proven by",
        "Installed on 2014-03-01 First seen 2025-01-02",
        "score = 100 × need × benefit × place weight 100 × 0.663 × 0.75 × 0.88 = 43.8",
        "Need 0.663 (3 × 0.8 + 1 × 0.25) / 4 = 0.663",
        "Airtime 3 0.8 In busy hours radio1 (5 GHz) has a channel utilisation of 70%",
        "Clients 3 unknown The number of clients is not known.",
        "Failures 1 0.25 Of the frames sent, 15% are sent again.",
        "Benefit 0.75 How many times as much a replacement could carry, on a scale from 0 (1 times) to 1 (16 times",
        "Place weight 0.88 1.5 × 1.1 / 1.875 = 0.88",
        "A facility for digitally vulnerable people: it weighs 1.5 times any other site.",
        "Radios (payload) 195 Mb/s Uplink, as negotiated 100 Mb/s Can carry now 100 Mb/s (limited by its uplink)",
        "Needed (4 times) 400 Mb/s",
        "Models that reach four times: 7. Shown are 2",
        "Bravo B-7 ×5 ×8 Cable PoE class of the switch port",
        "Bravo B-6 unconfirmed ×4.5 ×4.5 none nothing",
    ):
        assert fact in text
    assert f'href="/access-points/{FULL}"' in html
    assert f'href="/plan/{FULL}"' in await read(judged, f"/access-points/{FULL}")


EXPLAINED = {
    SILENT: ["To be mended before the device is replaced: Heat", "Heat It reaches 71 °C"],
    "ttukseom-001": ["To be kept: the device is proven to be Wi-Fi 6 or newer, and is not due."],
    NEVER: [
        "Too little is known: the device's Wi-Fi generation is unconfirmed.",
        "Need or benefit is not known, so there is no score.",
        "What the present device can carry there is not known",
        "Too few checks of DNS were made.",
    ],
    EVIL_PLACE: ["Score unknown", "Some of the specifications of the present device have no source"],
}


async def test_what_is_missing_is_told_and_no_zero_stands_for_it(judged: Pages) -> None:
    for place, facts in EXPLAINED.items():
        text = text_of(await read(judged, f"/plan/{place}"))
        assert [fact for fact in facts if fact not in text] == []
        assert not re.search(r"(Score|Need|Benefit) 0 ", text) or place == "ttukseom-001"


async def test_a_place_that_is_not_there_has_no_page_and_a_new_one_waits_for_its_judgement(judged: Pages) -> None:
    async with judged.reader() as reader:
        assert (await reader.get("/plan/nope")).status_code == 404
        waiting = await reader.get("/plan/yeouido-003")
    assert (waiting.status_code, "Nothing has been judged yet" in waiting.text) == (200, True)


async def test_the_programme_says_how_far_it_has_come_and_whether_the_promise_was_kept(judged: Pages) -> None:
    html = await read(judged, "/programme")
    text = text_of(html)
    for fact in (
        "Replace 2 on the list now Mend first 1",
        "Was the promise of 4 times kept? Measured 2026-05-23 17:04:05 (2 h ago)",
        "No conclusion The interval is too wide to say whether it is 4 times",
        "×3.9 95% interval ×2.95 ~ ×5.2",
        "11 left out: 1 40 left out: 5",
        "Met It can be 4 times, and is hardly less than 3.2 times. ×4.6 95% interval ×3.9 ~ ×5.4",
        "10 of 12 places reach 4 times. Of these, values without a source that can be named: 2.",
        "Works 2026-03-02 ~ 2026-03-31 Before 2026-02-02 ~ 2026-03-01 (28 days) After 2026-04-01 ~ 2026-04-28",
        "Mon 18:00~21:00 Tue 18:00~19:00 Sat 18:00~19:00, 20:00~21:00",
        "On neither side 3",
        "To describe only: of a single place nobody can say",
        "yeouido-001 Yeouido Hangang Park 10 Mb/s 42 Mb/s ×4.2",
        "<script>alert(1)</script> unknown 9 Mb/s unknown",
        "hangang legacy verify --config FILE --first-day DATE --last-day DATE",
        "Yeouido Hangang Park 3 0 0 1 1 0 0 1",
        "Mapo-gu 1 0 0 1 0 0 0 0",
        "Senior facility 1 0 0 0 0 0 1 0",
    ):
        assert fact in text
    for address in ("/programme.csv?lang=en", "/programme.xlsx?lang=en", "/open-data/replacement.csv"):
        assert f'href="{address}"' in html


async def test_what_could_not_be_concluded_says_why_and_earlier_results_stay(judged: Pages) -> None:
    reason = sentence("acceptance.weeks_before", weeks=3, fewest=4)
    nothing = RESULT.passive.model_copy(update={"ratio": None, "low": None, "high": None, "reason": reason})
    keep_verification(
        judged.services.state,
        RESULT.model_copy(update={"passive": nothing, "verified_at": NOW, "peak_hours": (), "places": ()}),
    )
    text = text_of(await read(judged, "/programme"))
    assert f"No conclusion There is too little for a verdict. ({reason.en}) unknown" in text
    assert "Earlier results" in text
    assert "2026-03-02 ~ 2026-03-31 No conclusion ×3.9 Met ×4.6 05-23 17:04" in text


async def test_an_empty_city_has_a_programme_too(pages: Pages) -> None:
    html = await read(pages.changed(inventory=Inventory(sites=(), access_points=())), "/programme")
    assert "Nothing has been measured yet." in html
    assert "There are no such access points." in html


@pytest.mark.parametrize("translate", [KOREAN, ENGLISH])
def test_every_word_of_a_judgement_has_a_phrase(translate: Translator) -> None:
    keys = [
        *(f"standing.{standing}" for standing in Standing),
        *(f"standing_note.{standing}" for standing in Standing),
        *(f"gate.{name}" for name in get_args(GateName)),
        *(f"gate_state.{state}" for state in GateState),
        *(f"generation.{generation}" for generation in ORDER),
        *(f"proven_by.{evidence}" for evidence in get_args(Evidence)),
        *(f"part.{name}" for name in get_args(PartName)),
        *(f"cause.{cause}" for cause in Cause),
        *(f"change.{change}" for change in Change),
        *(f"look_at.{unknown}" for unknown in Unknown),
        *(f"limited_by.{limit}" for limit in ("radios", "uplink")),
        *(f"acceptance.{verdict}" for verdict in Verdict),
        *(f"acceptance_note.{verdict}" for verdict in Verdict),
        *(f"weekday.{weekday}" for weekday in range(7)),
        *(f"judgement.{judgement_of(told)}" for told in CITY),
        "judgement.replace_old",
        "judgement.insufficient_score",
    ]
    assert [key for key in keys if not translate.has(key)] == []


def test_the_first_reason_is_what_raises_the_need_most_else_the_gate() -> None:
    assert first_reason(ON_LIST) == NEED.parts[0].reason
    assert first_reason(ON_LIST.model_copy(update={"score": NO_SCORE})) == ON_LIST.gates[0].reason
    idle = NEED.model_copy(update={"parts": (NEED.parts[0].model_copy(update={"value": 0.0}),), "value": 0.0})
    assert first_reason(ON_LIST.model_copy(update={"score": SCORE.model_copy(update={"need": idle})})) == (
        ON_LIST.gates[0].reason
    )
    assert first_reason(TO_MEND) == TO_MEND.causes[0].reasons[0]


def test_an_old_device_without_a_score_says_what_is_missing_for_it() -> None:
    of_need = assessment(FULL, "yeouido", Standing.INSUFFICIENT, device=OLD)
    assert judgement_of(of_need) == "insufficient_score"
    assert first_reason(of_need) == NO_SCORE.need.parts[0].reason
    unlifted = FactorTold(value=None, reasons=NO_SCORE.benefit.reasons)
    of_benefit = of_need.model_copy(update={"score": SCORE.model_copy(update={"benefit": unlifted, "number": None})})
    assert first_reason(of_benefit) == NO_SCORE.benefit.reasons[1]


def test_a_device_that_is_not_due_is_on_the_list_for_its_generation() -> None:
    told = assessment(FULL, "yeouido", Standing.REPLACE, device=OLD, score=SCORE, capacity=CAPACITY, fits=FITS)
    assert judgement_of(told) == "replace_old"


def test_of_many_facilities_those_of_the_chosen_district_are_offered() -> None:
    facilities = [
        site(f"f-{number:03}", SiteKind.WELFARE, district=DISTRICTS[number % 2].name_ko)
        for number in range(MOST_FACILITIES + 1)
    ]
    inventory = Inventory(sites=(site("park"), *facilities), access_points=())
    everywhere = build_choices(inventory, Selection())
    assert (len(everywhere.parks), everywhere.facilities, everywhere.has_all_facilities) == (1, (), False)
    chosen = build_choices(inventory, Selection(district=DISTRICTS[0].name_ko))
    assert {each.district for each in chosen.facilities} == {DISTRICTS[0].name_ko}
    kept = build_choices(inventory, Selection(site="f-001"))
    assert [each.id for each in kept.facilities] == ["f-001"]
    few = build_choices(INVENTORY, Selection())
    assert ([each.id for each in few.facilities], few.has_all_facilities) == (["mapo-library", "jung-senior"], True)


def test_hours_of_the_week_are_told_by_day_and_run_on() -> None:
    assert day_hours([20, 18, 19, 23, 24, 167]) == (
        DayHours(0, ((18, 21), (23, 24))),
        DayHours(1, ((0, 1),)),
        DayHours(6, ((23, 24),)),
    )
    assert day_hours([]) == ()


def test_an_axis_of_times_gives_each_doubling_the_same_width() -> None:
    axis = axis_for([3.0, 5.0])
    assert axis == TimesAxis(-1, 4)
    assert [tick.times for tick in axis.ticks] == [0.5, 1, 2, 4, 8, 16]
    widths = {round(b.percent - a.percent, 1) for a, b in zip(axis.ticks, axis.ticks[1:], strict=False)}
    assert widths == {18.4}
    assert axis_for([0.2, 20.0]) == TimesAxis(-3, 5)
    assert axis_for([1e-9, 1e9]) == TimesAxis(-4, 6)
    assert axis_for([0.0, -1.0]) == TimesAxis(-1, 4)
    assert (axis.at(0.0), axis.at(1e9), axis.at_or_none(None)) == (4.0, 96.0, None)


def test_what_is_drawn_lies_within_the_axis() -> None:
    result = build_result(RESULT)
    drawn = [(each.low_percent, each.ratio_percent, each.high_percent) for each in result.measured]
    assert all(
        low is not None and ratio is not None and high is not None and 0 < low < ratio < high < 100
        for low, ratio, high in drawn
    )
    assert result.phy_percent == result.axis.at(6.2)
