"""What Grafana's schemas and its dashboard linter ask of every board."""

import json

import pytest
from all_documents import NAMES, Document, document, panels_in
from grafana_schemas import mistakes, with_schemas

from dashboards.engines import DATA_SOURCE_TYPES, DATA_SOURCE_UIDS
from dashboards.panels import GRID_WIDTH

OF_PANELS = ("stat", "table", "timeseries")
CHOICE = "${datasource}"

every_document = pytest.mark.parametrize("name", NAMES)


def engine_of(told: Document) -> str:
    return told["tags"][1]


@every_document
@with_schemas
def test_it_is_a_dashboard_by_the_schema(name: str) -> None:
    assert mistakes("dashboard", document(name)) == []


@every_document
@with_schemas
def test_options_of_panels_and_targets_are_of_their_schemas(name: str) -> None:
    for panel in panels_in(document(name)):
        if panel["type"] in OF_PANELS:
            assert mistakes(panel["type"], panel["options"], "Options") == [], panel["title"]
        if panel["type"] in {"table", "timeseries"}:
            assert mistakes(panel["type"], panel["fieldConfig"]["defaults"]["custom"], "FieldConfig") == []
        if panel["type"] == "geomap":
            for layer in (panel["options"]["basemap"], *panel["options"]["layers"]):
                assert mistakes("common", layer, "MapLayerOptions") == []
        for target in panel["targets"]:
            if target["datasource"]["type"] == "prometheus":
                assert mistakes("prometheus", target) == [], target


@every_document
def test_the_data_source_is_chosen_above_and_begins_with_ours(name: str) -> None:
    told = document(name)
    first = told["templating"]["list"][0]
    engine = engine_of(told)
    assert (first["name"], first["type"], first["query"]) == ("datasource", "datasource", DATA_SOURCE_TYPES[engine])
    assert first["current"]["value"] == DATA_SOURCE_UIDS[engine]
    holders = [*panels_in(told), *(target for panel in panels_in(told) for target in panel["targets"])]
    holders += [each for each in told["templating"]["list"] if each["type"] == "query"]
    holders += told["annotations"]["list"]
    assert {(each["datasource"]["type"], each["datasource"]["uid"]) for each in holders} == {
        (DATA_SOURCE_TYPES[engine], CHOICE)
    }


@every_document
def test_every_panel_says_what_it_shows_and_how_it_is_made(name: str) -> None:
    for panel in panels_in(document(name)):
        assert panel["title"].strip()
        assert panel["description"].strip()
        defaults = panel["fieldConfig"]["defaults"]
        assert defaults["unit"]
        assert defaults["noValue"].strip()
        assert panel["targets"]
        assert panel["interval"].removesuffix("s").isdigit()


@every_document
def test_a_board_is_not_edited_by_hand_and_has_the_time_of_the_city(name: str) -> None:
    told = document(name)
    assert told["editable"] is False
    assert told["timezone"] == "Asia/Seoul"
    assert told["graphTooltip"] == 1
    assert told["schemaVersion"] >= 36
    assert told["tags"][0] == "hangang"
    assert told["uid"].startswith("hangang-")
    assert len(told["uid"]) <= 40
    assert told.get("id") is None


@every_document
def test_numbers_are_unique_and_nothing_lies_on_anything_else(name: str) -> None:
    told = document(name)
    numbers = [panel["id"] for panel in told["panels"]]
    assert len(set(numbers)) == len(numbers)
    taken: set[tuple[int, int]] = set()
    for panel in told["panels"]:
        place = panel["gridPos"]
        squares = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not squares & taken, panel["title"]
        assert place["x"] + place["w"] <= GRID_WIDTH
        taken |= squares


@every_document
def test_nothing_is_hidden_in_a_menu(name: str) -> None:
    assert "inControlsMenu" not in json.dumps(document(name))


@every_document
def test_targets_of_a_panel_are_told_apart(name: str) -> None:
    for panel in panels_in(document(name)):
        letters = [target["refId"] for target in panel["targets"]]
        assert len(set(letters)) == len(letters)


@every_document
def test_headings_of_a_panel_are_told_apart(name: str) -> None:
    for panel in panels_in(document(name)):
        for transformation in panel.get("transformations", ()):
            headings = list(transformation["options"].get("renameByName", {}).values())
            assert len(set(headings)) == len(headings), panel["title"]
