"""A board with a panel of every kind as the JSON that Grafana reads."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from all_documents import PAGES, Document, drawn, panel_in
from drawn_board import BOARD, COURSE, MATRIX, STATES, TABLE, words_in

from dashboards.boards import BOARDS
from dashboards.engines import ENGINES, LANGUAGES, Engine, board_uid, folder_title, folder_uid
from dashboards.panels import Board, BoardKey, Column, Panel, Row, Table
from dashboards.query import Query
from dashboards.rendering import render
from dashboards.rendering.links import ONE_ACCESS_POINT, ONE_SITE
from dashboards.rendering.units import unit_of

in_both_engines = pytest.mark.parametrize("engine", ENGINES)


def link_of(panel: Document) -> Document:
    (link,) = panel["fieldConfig"]["defaults"]["links"]
    return link


def variable(told: Document, name: str) -> Document:
    return next(each for each in told["templating"]["list"] if each["name"] == name)


def with_panel(panel: Panel, folder: Path) -> Document:
    board = replace(BOARD, rows=(Row("first", (panel,)),))
    return render(board, "influxdb", "en", PAGES, words=words_in(folder))


def test_the_same_board_is_the_same_text(tmp_path: Path) -> None:
    again = render(BOARD, "influxdb", "en", PAGES, words=words_in(tmp_path))
    assert json.dumps(again) == json.dumps(drawn("influxdb"))


def test_uids_and_folders_are_those_that_links_and_files_rely_on() -> None:
    assert board_uid("access_point", "victoriametrics", "ko") == "hangang-vm-access-point-ko"
    assert board_uid("itself", "influxdb", "en") == "hangang-influx-itself-en"
    assert folder_uid("influxdb", "ko") == "hangang-influx-ko"
    folders = {(engine, language): folder_title(engine, language) for engine in ENGINES for language in LANGUAGES}
    assert folders["victoriametrics", "ko"] == "한강 공공와이파이"
    assert len(set(folders.values())) == 4


@in_both_engines
def test_panels_lie_from_left_to_right_below_their_headings(engine: Engine) -> None:
    told = [(panel["type"], *(panel["gridPos"][side] for side in "xywh")) for panel in drawn(engine)["panels"]]
    assert told == [
        ("row", 0, 0, 24, 1),
        ("stat", 0, 1, 6, 4),
        ("timeseries", 6, 1, 18, 6),
        ("timeseries", 0, 7, 12, 8),
        ("state-timeline", 12, 7, 12, 8),
        ("row", 0, 15, 24, 1),
        ("table", 0, 16, 12, 8),
        ("barchart", 12, 16, 12, 8),
        ("geomap", 0, 24, 12, 10),
        ("table", 0, 34, 24, 12),
    ]


def test_legends_are_in_the_data_sources_own_words() -> None:
    prometheus = [target["legendFormat"] for target in panel_in(drawn("victoriametrics"), "busy")["targets"]]
    assert prometheus == ["{{access_point}} {{band}}", "All together"]
    influxdb = [target["alias"] for target in panel_in(drawn("influxdb"), "busy")["targets"]]
    assert influxdb == ["[[tag_access_point]] [[tag_band]]", "All together"]


@in_both_engines
def test_series_that_are_called_by_a_known_value_are_called_in_words(engine: Engine) -> None:
    renamed = {
        each["options"]["regex"]: each["options"]["renamePattern"]
        for each in panel_in(drawn(engine), "kinds")["transformations"]
    }
    assert renamed["^park$"] == "Park"
    assert panel_in(drawn(engine), "busy")["transformations"] == []


@in_both_engines
def test_the_least_interval_is_that_of_the_slowest_query(engine: Engine) -> None:
    intervals = {key: panel_in(drawn(engine), key)["interval"] for key in ("busy", "clients", "sites", "up")}
    assert intervals == {"busy": "120s", "clients": "300s", "sites": "300s", "up": "120s"}


@in_both_engines
def test_a_click_on_a_row_chooses_its_site_and_keeps_time_and_kind(engine: Engine) -> None:
    url = link_of(panel_in(drawn(engine), "sites"))["url"]
    assert url == (
        f"/d/{board_uid('site', engine, 'en')}"
        "?${kind:queryparam}&var-site=${__data.fields.site}&${band:queryparam}&${__url_time_range}"
    )


def test_the_kind_of_a_check_is_not_taken_for_that_of_a_site(tmp_path: Path) -> None:
    checks = Query("wifi_probe.latency_seconds", by=("kind",), legend="{kind}")
    told = with_panel(replace(COURSE, lines=(checks,)), tmp_path)
    assert "var-kind" not in link_of(panel_in(told, "busy"))["url"]


def test_several_sites_are_not_handed_to_a_board_of_one() -> None:
    told = drawn("victoriametrics")
    assert link_of(panel_in(told, "clients"))["url"] == (
        "/d/hangang-vm-site-en?${kind:queryparam}&${access_point:queryparam}&${band:queryparam}&${__url_time_range}"
    )
    urls = {link["title"]: link["url"] for link in told["links"]}
    assert "${site:queryparam}" in urls["City"]
    assert "site" not in urls["Access point"].partition("?")[2]
    assert "access_point" not in urls["Access point"].partition("?")[2]


def test_one_site_is_handed_on_everywhere(tmp_path: Path) -> None:
    board = replace(BOARD, variables=("kind", "one_site", "one_access_point"))
    told = render(board, "victoriametrics", "en", PAGES, words=words_in(tmp_path))
    boards = [link["url"] for link in told["links"] if link["url"].startswith("/d/")]
    assert all("${site:queryparam}&${access_point:queryparam}" in url for url in boards)
    assert told["links"][-1]["url"] == "${pages:raw}/sites/${site}"
    assert variable(told, "site").items() >= {"multi": False, "includeAll": False}.items()
    assert "allValue" not in variable(told, "site")


@in_both_engines
def test_every_other_board_is_linked_above_with_the_time(engine: Engine) -> None:
    above = [link for link in drawn(engine)["links"] if link["url"].startswith("/d/")]
    others = [key for key in BoardKey.__args__ if key != "site"]
    assert [link["url"].split("?")[0] for link in above] == [f"/d/{board_uid(key, engine, 'en')}" for key in others]
    assert all(link["keepTime"] for link in above)


@in_both_engines
def test_built_in_pages_are_reached_at_their_own_paths(engine: Engine) -> None:
    told = drawn(engine)
    assert variable(told, "pages").items() >= {"type": "constant", "hide": 2, "query": PAGES}.items()
    assert link_of(panel_in(told, "up"))["url"] == "${pages:raw}/access-points/${__field.labels.access_point}"
    assert link_of(panel_in(told, "map"))["url"] == "${pages:raw}/sites/${__data.fields.site}"


def test_variables_chain_and_all_is_what_engines_can_bear() -> None:
    told = drawn("victoriametrics")
    queries = {each["name"]: each["query"] for each in told["templating"]["list"] if each["type"] == "query"}
    assert queries == {
        "kind": "label_values(wifi_site_state_access_points, kind)",
        "site": 'label_values(wifi_site_state_access_points{kind=~"$kind"}, site)',
        "access_point": 'label_values(wifi_place_access_points{kind=~"$kind",site=~"$site"}, access_point)',
        "band": 'label_values(wifi_radio_clients{access_point=~"$access_point"}, band)',
    }
    assert {name: variable(told, name).get("allValue") for name in queries} == {
        "kind": ".*",
        "site": ".*",
        "access_point": None,
        "band": ".*",
    }
    assert all(variable(told, name)["refresh"] == 2 for name in queries)


def test_variables_chain_in_influxql_too() -> None:
    told = drawn("influxdb")
    assert variable(told, "access_point")["query"] == (
        'SHOW TAG VALUES FROM "wifi_place" WITH KEY = "access_point" WHERE "kind" =~ /^$kind$/ AND "site" =~ /^$site$/'
    )
    assert variable(told, "access_point")["refresh"] == 1


def test_changes_of_devices_are_marked_with_their_access_point() -> None:
    (prometheus,) = drawn("victoriametrics")["annotations"]["list"]
    assert prometheus["expr"] == prometheus["target"]["expr"]
    assert 'wifi_device_change_changes{site=~"$site"}[$__interval]' in prometheus["expr"]
    assert (prometheus["titleFormat"], prometheus["textFormat"]) == ("{{access_point}}", "Device changed")
    (influxdb,) = drawn("influxdb")["annotations"]["list"]
    assert influxdb["target"]["query"] == (
        'SELECT "access_point", "changes" FROM "wifi_device_change" WHERE "site" =~ /^$site$/ AND $timeFilter'
    )
    assert influxdb["target"]["textColumn"] == "access_point"


@in_both_engines
def test_thresholds_rise_from_what_is_lowest(engine: Engine) -> None:
    thresholds = panel_in(drawn(engine), "clients")["fieldConfig"]["defaults"]["thresholds"]
    assert thresholds["steps"] == [
        {"color": "#228738", "value": None},
        {"color": "#c78500", "value": 50},
        {"color": "#de3412", "value": 90},
    ]


@in_both_engines
def test_a_flag_is_a_word_and_not_being_so_is_bad(engine: Engine) -> None:
    defaults = panel_in(drawn(engine), "up")["fieldConfig"]["defaults"]
    assert defaults["mappings"] == [{"type": "value", "options": {"1": {"text": "Yes"}, "0": {"text": "No"}}}]
    assert [step["color"] for step in defaults["thresholds"]["steps"]] == ["#de3412", "#228738"]


@pytest.mark.parametrize(
    ("query", "unit"),
    [
        (Query("wifi_report.clients"), "count"),
        (Query("wifi_report.clients", "count"), "count"),
        (Query("wifi_radio.noise_dbm"), "dbm"),
        (Query("wifi_site.reported_seconds", "sum", divided_by="expected_seconds"), "ratio"),
        (Query("wifi_site_check.failed_checks", "sum", divided_by="checks"), "ratio"),
        (Query("wifi_site_check.latency_seconds_sum", "sum", divided_by="latency_seconds_count"), "seconds"),
        (Query("wifi_site_band.busy_ratio_sum", "sum", divided_by="busy_ratio_count"), "ratio"),
        (Query("hangang_collector.reports_stored", across="count"), "count"),
    ],
)
def test_the_unit_of_an_answer_is_known_from_its_question(query: Query, unit: str) -> None:
    assert unit_of(query) == unit


def _with_column(column: Column) -> Table:
    return replace(TABLE, columns=(column,), sorted_by=None)


@pytest.mark.parametrize(
    ("panel", "told"),
    [
        (_with_column(Column("silent", Query("wifi_site_state.silent", by=("site",)))), "course in time"),
        (_with_column(Column("site", Query("wifi_site_state.silent", by=("site",), window="now"))), "is a tag"),
        (_with_column(Column("silent", Query("wifi_site_state.silent", by=("kind",), window="now"))), "told apart"),
        (replace(TABLE, columns=()), "has no column"),
        (replace(TABLE, sorted_by="nobody"), "no column"),
        (replace(MATRIX, across="kind"), "one value for each hour and kind"),
        (replace(COURSE, lines=(Query("wifi_site.clients", by=("site",)),)), "no legend"),
    ],
)
def test_what_cannot_be_drawn_is_told(panel: Panel, told: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=told):
        with_panel(panel, tmp_path)


def test_one_series_needs_no_legend(tmp_path: Path) -> None:
    panel = replace(STATES, lines=(Query("wifi_report.is_up", "min", "min"),))
    told = with_panel(panel, tmp_path)
    assert panel_in(told, "up")["targets"][0]["alias"] == "Title of up"


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.key)
def test_links_know_which_boards_ask_for_exactly_one(board: Board) -> None:
    assert ("one_site" in board.variables) == (board.key in ONE_SITE)
    assert ("one_access_point" in board.variables) == (board.key in ONE_ACCESS_POINT)
