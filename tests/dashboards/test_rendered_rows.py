"""What people see of answers in rows: tables, bars, maps and matrices, after Grafana's own transformations."""

import re

import pytest
from all_documents import NAMES, Document, document, drawn, panel_in, panels_in
from grafana_transformations import Answer, Frame, influxdb_tables, prometheus_tables, transformed

from dashboards.engines import ENGINES, Engine

AT = 1_795_824_000.0
in_both_engines = pytest.mark.parametrize("engine", ENGINES)


def seen(engine: Engine, panel: Document, *answers: Answer) -> Frame:
    """The one table that is left when targets answer this, one after the other."""
    by_letter = {target["refId"]: answer for target, answer in zip(panel["targets"], answers, strict=True)}
    if engine == "victoriametrics":
        frames = prometheus_tables(by_letter, AT)
    else:
        columns = [re.findall(r'^SELECT .*? AS "(\w+)"', target["query"])[0] for target in panel["targets"]]
        frames = influxdb_tables(by_letter, [AT - 180 * at for at in range(len(answers))], columns)
    (left,) = transformed(frames, panel["transformations"])
    return left


@in_both_engines
def test_a_table_is_one_row_a_site_with_headings_that_say_units(engine: Engine) -> None:
    silent = [({"site": "b", "name_ko": "나"}, 0.0), ({"site": "a", "name_ko": "가"}, 2.0)]
    failed = [({"site": "a"}, 12.5), ({"site": "c"}, 50.0)]
    assert seen(engine, panel_in(drawn(engine), "sites"), silent, failed) == {
        "Site": ["b", "a", "c"],
        "Name": ["나", "가", None],
        "Silent ones": [0.0, 2.0, None],
        "Failed checks (%)": [None, 12.5, 50.0],
    }


@in_both_engines
def test_bars_are_in_the_order_of_their_names(engine: Engine) -> None:
    answer = [({"district": "중구"}, 1.0), ({"district": "강남구"}, 4.0)]
    panel = panel_in(drawn(engine), "districts")
    assert seen(engine, panel, answer) == {"District": ["강남구", "중구"], "Silent ones": [4.0, 1.0]}
    assert panel["options"]["xField"] == "District"


@in_both_engines
def test_a_map_finds_its_fields_by_their_headings(engine: Engine) -> None:
    one = {"site": "a", "name_ko": "가"}
    answers = [[(one, number)] for number in (37.5, 127.0, 100.0, 3.0)]
    panel = panel_in(drawn(engine), "map")
    assert seen(engine, panel, *answers) == {
        "Site": ["a"],
        "Name": ["가"],
        "Latitude (°)": [37.5],
        "Longitude (°)": [127.0],
        "How many": [100.0],
        "Silent ones": [3.0],
    }
    (layer,) = panel["options"]["layers"]
    assert (layer["location"]["latitude"], layer["location"]["longitude"]) == ("Latitude (°)", "Longitude (°)")
    style = layer["config"]["style"]
    assert (style["size"]["field"], style["color"]["field"]) == ("How many", "Silent ones")


@in_both_engines
def test_a_matrix_has_hours_down_and_weekdays_across_both_in_order(engine: Engine) -> None:
    answer = [
        ({"hour": "10", "weekday": "7"}, 1.0),
        ({"hour": "09", "weekday": "7"}, 2.0),
        ({"hour": "09", "weekday": "1"}, 3.0),
    ]
    assert seen(engine, panel_in(drawn(engine), "hours"), answer) == {
        "Hour (%)": ["09", "10"],
        "Mon": [3.0, None],
        "Sun": [2.0, 1.0],
    }


@in_both_engines
def test_ratios_in_rows_are_percent_with_bounds_and_thresholds_to_match(engine: Engine) -> None:
    hours = panel_in(drawn(engine), "hours")
    question = hours["targets"][0]["expr" if engine == "victoriametrics" else "query"]
    assert " * 100" in question
    assert hours["fieldConfig"]["defaults"]["thresholds"]["steps"] == [
        {"color": "#228738", "value": None},
        {"color": "#de3412", "value": 10},
    ]
    assert hours["fieldConfig"]["defaults"]["unit"] == "locale"


@in_both_engines
def test_only_columns_with_thresholds_have_colours(engine: Engine) -> None:
    panel = panel_in(drawn(engine), "sites")
    (override,) = panel["fieldConfig"]["overrides"]
    assert override["matcher"] == {"id": "byNames", "options": {"mode": "include", "names": ["Silent ones"]}}
    told = {each["id"]: each["value"] for each in override["properties"]}
    assert told["thresholds"]["steps"][-1] == {"color": "#de3412", "value": 1}
    assert told["custom.cellOptions"] == {"type": "color-text"}


@in_both_engines
def test_a_table_is_sorted_by_the_heading_that_it_has(engine: Engine) -> None:
    options = panel_in(drawn(engine), "sites")["options"]
    assert options["sortBy"] == [{"displayName": "Failed checks (%)", "desc": True}]


@in_both_engines
def test_an_empty_cell_is_a_dash_and_tags_are_words_and_numbers_stay(engine: Engine) -> None:
    kinds = panel_in(drawn(engine), "hours")["fieldConfig"]["defaults"]["mappings"]
    assert kinds == [{"type": "special", "options": {"match": "null", "result": {"text": "–"}}}]
    for panel in panels_in(document(f"{engine} ko experience")):
        for mapping in panel["fieldConfig"]["defaults"]["mappings"]:
            assert mapping["type"] in {"special", "regex"}, "a value that is mapped would map equal numbers, too"


@pytest.mark.parametrize("name", NAMES)
def test_headings_that_options_name_are_there(name: str) -> None:
    for panel in panels_in(document(name)):
        renamed = [each["options"].get("renameByName", {}) for each in panel.get("transformations", ())]
        headings = {heading for names in renamed for heading in names.values()}
        options = panel["options"]
        asked = {order["displayName"] for order in options.get("sortBy", ())}
        asked |= {options["xField"]} if "xField" in options else set()
        for override in panel["fieldConfig"]["overrides"]:
            asked |= set(override["matcher"]["options"]["names"])
        assert asked <= headings, panel["title"]
