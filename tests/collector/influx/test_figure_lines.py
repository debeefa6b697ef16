"""The collector's own figures as lines."""

from collections.abc import Iterator
from datetime import UTC, datetime
from math import inf, nan

from collector.figures.figure import Figure
from collector.figures.measurements import ALERTS, SITE_STATE
from collector.influx.figure_lines import figure_batches, figure_line

AT = datetime(2026, 5, 2, 12, 0, 0, 1_999, tzinfo=UTC)


def site(tags: dict[str, str], values: dict[str, float | None]) -> Figure:
    return Figure(SITE_STATE, tags, AT, values)


def test_a_line_has_tags_in_order_floats_and_whole_milliseconds() -> None:
    figure = site({"site": "yeouido", "kind": "park"}, {"access_points": 12, "latitude": 37.5284})
    assert (
        figure_line(figure)
        == "wifi_site_state,kind=park,site=yeouido access_points=12.0,latitude=37.5284 1777723200001"
    )


def test_what_is_not_known_is_left_out() -> None:
    figure = site({"site": "a", "name_en": ""}, {"silent": None, "reporting": 0, "latitude": nan, "longitude": inf})
    assert figure_line(figure) == "wifi_site_state,site=a reporting=0.0 1777723200001"


def test_a_figure_without_a_known_value_has_no_line() -> None:
    assert figure_line(site({"site": "a"}, {"silent": None})) is None
    assert figure_line(site({"site": "a"}, {})) is None


def test_no_tags_are_no_tags() -> None:
    assert figure_line(Figure(ALERTS, {}, AT, {"firing": 2})) == "hangang_alerts firing=2.0 1777723200001"


def test_what_means_something_in_a_line_is_escaped() -> None:
    figure = site({"site": "a", "name_ko": "물빛 광장, 여의도 = \\"}, {"silent": 1})
    assert (
        figure_line(figure) == r"wifi_site_state,name_ko=물빛\ 광장\,\ 여의도\ \=\ \\\ ,site=a silent=1.0 1777723200001"
    )


def test_a_name_with_a_line_end_stays_in_its_line() -> None:
    line = figure_line(site({"site": "a", "name_ko": "여의도\nb c=1\t"}, {"silent": 1}))
    assert line == r"wifi_site_state,name_ko=여의도\ b\ c\=1\ ,site=a silent=1.0 1777723200001"


def test_batches_are_no_longer_than_asked_for_and_made_one_by_one() -> None:
    made: list[int] = []

    def figures() -> Iterator[Figure]:
        for number in range(5):
            made.append(number)
            yield site({"site": f"s-{number}"}, {"silent": None if number == 1 else 1})

    batches = figure_batches(figures(), 2)
    assert [line.split(" ")[0][-3:] for line in next(batches)] == ["s-0", "s-2"]
    assert made == [0, 1, 2]
    assert [len(batch) for batch in batches] == [2]
