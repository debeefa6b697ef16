"""The boards: each is whole and bounded, leads on, and says the same in both languages."""

import re
from collections.abc import Iterator
from itertools import chain

import pytest

from collector.figures.measurements import MEASUREMENTS
from dashboards.boards import BOARDS
from dashboards.engines import ENGINES, Engine, board_uid
from dashboards.influxql import influxql
from dashboards.panels import GRID_WIDTH, Bars, Board, Course, Map, Matrix, States, Table
from dashboards.promql import promql
from dashboards.query import Query
from dashboards.rendering import render
from dashboards.words import Words

OWN = {measurement.name for measurement in MEASUREMENTS}
FEWEST, MOST = 8, 17
OF_ONE = {"site": "one_site", "access_point": "one_access_point"}
every_board = pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.key)


def queries_of(board: Board) -> Iterator[Query]:
    """All of its panels, and of what it marks."""
    annotations = (annotation.query for annotation in board.annotations)
    return chain(annotations, *(panel.queries for panel in board.panels()))


def chosen_in(query: Query) -> dict[str, str]:
    """The variables that it asks by, by the tag."""
    return {each.tag: each.value for each in query.where if each.is_variable}


def can_choose(board: Board, tag: str) -> bool:
    return tag in board.variables or OF_ONE.get(tag) in board.variables


@every_board
def test_a_board_fits_a_morning(board: Board) -> None:
    panels = list(board.panels())
    assert FEWEST <= len(panels) <= MOST
    assert len({panel.key for panel in panels}) == len(panels)
    assert len({row.key for row in board.rows}) == len(board.rows)
    for row in board.rows:
        assert sum(panel.width for panel in row.panels) % GRID_WIDTH == 0, f"{row.key} has a hole at its end"


@every_board
def test_no_panel_asks_what_another_one_shows(board: Board) -> None:
    courses = [panel for panel in board.panels() if isinstance(panel, Course | States)]
    asked = [(query.of, query.along, query.across, query.by, query.where) for each in courses for query in each.lines]
    assert len(set(asked)) == len(asked)


@every_board
def test_every_query_is_of_what_can_be_chosen(board: Board) -> None:
    for query in queries_of(board):
        for tag, variable in chosen_in(query).items():
            assert variable == f"${tag}"
            assert can_choose(board, tag), f"{query.of} is asked by {variable}, which the board does not have"


@every_board
def test_raw_points_are_asked_for_chosen_access_points_only(board: Board) -> None:
    """Boards of the whole city cannot choose one, so that they ask for the collector's own figures only."""
    for query in queries_of(board):
        if query.metric.measurement not in OWN:
            assert chosen_in(query).get("access_point") == "$access_point", f"{query.of} is without bound"
            assert can_choose(board, "site"), f"{query.of} is asked for the access points of a whole city"


@every_board
def test_every_variable_of_a_board_chooses_something(board: Board) -> None:
    """What is to be seen, or what there is to choose from in the next variable: sites of a kind, access points of a
    site."""
    chain_of = ("kind", "site", "access_point")
    asked = {tag for query in queries_of(board) for tag in chosen_in(query)}
    for name in board.variables:
        tag = name.removeprefix("one_")
        narrows = tag in chain_of and any(can_choose(board, later) for later in chain_of[chain_of.index(tag) + 1 :])
        assert tag in asked or narrows, f"{name} chooses nothing"


@every_board
def test_lines_are_few(board: Board) -> None:
    """Of sites and agents there are as many as a city has: they are rows of a table, points of a map, or nowhere."""
    for panel in board.panels():
        for query in panel.queries:
            assert "agent" not in query.by
            if not isinstance(panel, Table | Map):
                assert not {"site", "name_ko", "name_en"} & set(query.by), f"{panel.key} has a line for every site"


@every_board
def test_every_query_is_bounded_in_time(board: Board) -> None:
    for query in queries_of(board):
        spans = re.findall(r"\[([^\]]*)\]", promql(query))
        assert spans
        assert all(re.fullmatch(r"\$__interval|\$__range|\d+s", span) for span in spans), spans
        statement = influxql(query)
        bounds = statement.count("$timeFilter") + statement.count("time > ${__to}ms")
        assert bounds == statement.count("SELECT"), statement


@every_board
def test_what_is_told_of_now_is_no_course_and_the_other_way_round(board: Board) -> None:
    for panel in board.panels():
        windows = {query.window for query in panel.queries}
        if isinstance(panel, Course | States):
            assert windows == {"interval"}, panel.key
        elif isinstance(panel, Table | Bars | Map | Matrix):
            assert "interval" not in windows, panel.key


@every_board
def test_lines_of_a_panel_are_told_apart(board: Board) -> None:
    for panel in board.panels():
        if isinstance(panel, Course | States):
            legends = [query.legend for query in panel.lines]
            assert len(set(legends)) == len(legends), panel.key
            for query in panel.lines:
                told = set(re.findall(r"\{(\w+)\}", query.legend or ""))
                fixed = {tag for tag in query.by if can_choose(board, tag) and OF_ONE.get(tag) in board.variables}
                assert set(query.by) - fixed <= told, f"{panel.key}: {query.legend} leaves out a tag of {query.by}"


@every_board
def test_one_axis_has_one_unit(board: Board) -> None:
    for panel in board.panels():
        if isinstance(panel, Course | Bars) and panel.unit is None:
            units = {(query.metric.unit, query.divider is None) for query in panel.queries}
            assert len(units) == 1, f"{panel.key} has {units}"


@every_board
@pytest.mark.parametrize("engine", ENGINES)
def test_a_board_leads_to_all_others(board: Board, engine: Engine) -> None:
    document = render(board, engine, "ko", "https://wifi.example.org")
    links = [link["url"] for link in document["links"]]
    for other in BOARDS:
        is_linked = any(url.split("?")[0].endswith(board_uid(other.key, engine, "ko")) for url in links)
        assert is_linked is (other is not board), other.key


@every_board
def test_every_panel_leads_on(board: Board) -> None:
    for panel in board.panels():
        assert panel.link is not None, f"{panel.key} leads nowhere"
        assert panel.link.to != board.key, f"{panel.key} leads to where one is"


@every_board
def test_both_languages_state_the_same_values(board: Board) -> None:
    """Thresholds and intervals in a description are facts: 65 % in one language is 65% in the other."""
    korean, english = Words("ko").board(board.key), Words("en").board(board.key)
    for key, panel in korean.panels.items():
        assert _values(panel.description) == _values(english.panels[key].description), key


def _values(text: str) -> list[str]:
    return sorted(re.findall(r"(-?\d[\d.,]*)\s?(?:%|dBm|°C|Mb/s|GHz)", text))


@every_board
@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_description_is_read_in_a_breath(board: Board, language: str) -> None:
    for key, panel in Words(language).board(board.key).panels.items():
        sentences = len(re.findall(r"\.(?:\s|$)", panel.description))
        assert 1 <= sentences <= 3, f"{key} has {sentences} sentences"
        assert re.search(r"\.$", panel.no_data), key
