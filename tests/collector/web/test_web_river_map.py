import random
from dataclasses import replace
from itertools import combinations

import pytest
from web_city import YEOUIDO, site

from collector.web.city.summaries import SiteState, SiteSummary, Sum, Totals
from collector.web.drawing.river_map import Frame, RiverMap, draw_river_map, shape_path
from collector.web.pages.overview import PHONE_MAP, WIDE_MAP
from inventory.reading import load_parks
from inventory.river import RIVER

WIDE_LINES = ("접속 5,333", "일부 응답 없음 104/105")
LINES = {WIDE_MAP: 2, PHONE_MAP: 1}


def parks(seed: int) -> list[SiteSummary]:
    crowd = random.Random(seed)
    return [
        SiteSummary(park, Totals(access_points=23, reporting=23, clients=Sum(crowd.choice((0, 9, 900, 5000)), 23)))
        for park in load_parks()
    ]


def draw(sites: list[SiteSummary], frame: Frame, english: bool) -> RiverMap:
    def lines(park: SiteSummary) -> tuple[str, ...]:
        name = park.site.name_en.split()[0] if english else park.site.name_ko.removesuffix("한강공원")
        return (name, *WIDE_LINES)[: LINES.get(frame, 3)]

    return draw_river_map(sites, RIVER, frame, lines)


@pytest.mark.parametrize("frame", [WIDE_MAP, PHONE_MAP], ids=["wide", "phone"])
@pytest.mark.parametrize("english", [True, False])
@pytest.mark.parametrize("seed", range(5))
def test_all_eleven_parks_are_drawn_and_no_two_labels_meet(frame: Frame, english: bool, seed: int) -> None:
    drawing = draw(parks(seed), frame, english)
    assert len(drawing.marks) == 11
    boxes = []
    for mark in drawing.marks:
        if mark.label is not None:
            # Narrower than what was reserved: the letters' true widths are the browser's secret.
            half_width = max(map(len, mark.label.lines)) * frame.font_size * 0.3
            top, bottom = mark.label.baselines[0] - frame.font_size * 0.8, mark.label.baselines[-1]
            boxes.append((mark.label.x - half_width, top, mark.label.x + half_width, bottom))
    assert len(boxes) >= 10
    assert not any(
        one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
        for one, other in combinations(boxes, 2)
    )


def test_the_largest_crowd_comes_first_and_has_the_largest_mark() -> None:
    small = SiteSummary(YEOUIDO, Totals(access_points=1, reporting=1, clients=Sum(25, 1)))
    large = SiteSummary(
        site("large", latitude=37.53, longitude=127.07), Totals(access_points=1, reporting=1, clients=Sum(100, 1))
    )
    drawing = draw([small, large], WIDE_MAP, english=True)
    assert [mark.park.site.id for mark in drawing.marks] == ["large", "yeouido"]
    # The least radius is 6 and the most 14; a quarter of the crowd is half of what lies between.
    assert "a14.0 14.0" in drawing.marks[0].path
    assert "a10.0 10.0" in drawing.marks[1].path


def test_a_park_without_a_position_or_far_from_the_river_is_not_on_the_map() -> None:
    nowhere, busan = site("nowhere"), site("busan", latitude=35.1, longitude=129.0)
    totals = Totals(access_points=1, reporting=1)
    assert draw([SiteSummary(nowhere, totals), SiteSummary(busan, totals)], WIDE_MAP, english=False).marks == ()


def test_north_is_up_and_east_is_right() -> None:
    frame = replace(WIDE_MAP, margin_x=0, margin_y=0)
    [mark] = draw([SiteSummary(YEOUIDO, Totals(access_points=1, never_seen=1))], frame, english=False).marks
    start, end = mark.path, draw_river_map([], RIVER, frame, lambda _: ()).river.split("L")[-1]
    x, y = (float(number) for number in start[1:].split("a")[0].split())
    mouth_x, mouth_y = (float(number) for number in end.split())
    assert mouth_x < x
    assert mouth_y < y


def test_states_have_shapes_of_their_own() -> None:
    assert {state: shape_path(state, 10, 10, 5).count("L") for state in SiteState} == {
        SiteState.ALL_REPORTING: 0,
        SiteState.SOME_SILENT: 2,
        SiteState.ALL_SILENT: 3,
        SiteState.NEVER_SEEN: 0,
        SiteState.EMPTY: 0,
    }
