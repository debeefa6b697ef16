"""The files that a Grafana reads at its start: as the code has them, and of a piece with the boards."""

import re
from pathlib import Path
from typing import Any

import yaml
from grafana_schemas import mistakes, with_schemas

from dashboards.engines import DATA_SOURCE_TYPES, DATA_SOURCE_UIDS, ENGINES, LANGUAGES, folder_uid
from dashboards.provisioning import BOARDS_AT, provisioning_files

DEPLOYED = Path(__file__).parents[2] / "deploy" / "grafana"
FILES: dict[str, Any] = {name: yaml.safe_load(text) for name, text in provisioning_files().items()}


def test_what_is_deployed_is_what_the_code_says() -> None:
    deployed = {
        str(path.relative_to(DEPLOYED)): path.read_text(encoding="utf-8")
        for path in DEPLOYED.rglob("*")
        if path.is_file()
    }
    assert deployed == dict(provisioning_files()), "deploy/grafana is stale: run make dashboards"


def test_each_engine_has_its_data_source_under_the_uid_that_the_boards_ask_for() -> None:
    for engine in ENGINES:
        (source,) = FILES[f"{engine}/datasources/hangang.yaml"]["datasources"]
        assert (source["uid"], source["type"]) == (DATA_SOURCE_UIDS[engine], DATA_SOURCE_TYPES[engine])
        assert source["editable"] is False


def test_folders_are_those_that_are_pushed_to_and_hold_what_is_generated() -> None:
    generated = Path(__file__).parents[2] / "dashboards" / "generated"
    for engine in ENGINES:
        providers = FILES[f"{engine}/dashboards/hangang.yaml"]["providers"]
        assert [each["folderUid"] for each in providers] == [folder_uid(engine, language) for language in LANGUAGES]
        for provider in providers:
            below = Path(provider["options"]["path"]).relative_to(BOARDS_AT)
            assert list((generated / below).glob("*.json")), f"{below} has no boards"


@with_schemas
def test_the_contact_point_is_one_that_grafana_knows() -> None:
    for engine in ENGINES:
        for point in FILES[f"{engine}/alerting/hangang.yaml"]["contactPoints"]:
            for receiver in point["receivers"]:
                assert mistakes("alerting", receiver, "ContactPoint") == []


def test_no_secret_is_in_a_file_and_every_variable_is_told_at_its_head() -> None:
    for name, text in provisioning_files().items():
        head = "".join(line for line in text.splitlines(keepends=True) if line.startswith("#"))
        for variable in re.findall(r"\$\{(\w+)\}", text):
            assert f"{variable}:" in head, f"{name} does not tell {variable}"
        for word in ("TOKEN", "WEBHOOK_URL"):
            assert f"{word}=" not in text
