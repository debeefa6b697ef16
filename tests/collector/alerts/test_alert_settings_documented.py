"""docs/alerts.md has every key of alerts and of each kind of endpoint with its default, and its examples work."""

import json
import re
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import certifi
import pytest
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from collector.alerting.receivers import open_receivers
from collector.alerts.endpoints.prometheus_labels import annotations_of, labels_of
from collector.alerts.endpoints.settings import EndpointSettings, Secrets, Telling
from collector.alerts.formats import format_of, known_kinds
from collector.alerts.holding.held_back import Hold
from collector.alerts.planning.retrying import PAUSES
from collector.alerts.planning.routing import Route
from collector.alerts.settings import AlertSettings
from collector.alerts.telling.alerts import AlertTold, tell_alert
from collector.alerts.telling.links import Links
from collector.alerts.telling.notices import Told
from collector.alerts.telling.sample import SAMPLE_AT, sample_notice, sample_notices
from collector.config import load_settings
from collector.state.housekeeping import DELIVERIES_KEPT_FOR
from inventory import Inventory

DOCUMENT = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text(encoding="utf-8")
SECRETS = {
    "url": "https://receiver.example.org/hooks/1",
    "whsec": "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "token": "Bearer 0",
    "key": "0" * 32,
    "j2": "{{ told.title | tojson }}",
    "pem": Path(certifi.where()).read_text(encoding="utf-8"),
}
"""What stands in a file that an example names, by the name's ending."""


def section(heading: str) -> str:
    """What stands under a heading, up to the next of any level. A comment in an example is no heading."""
    parts = re.split(r"^(##+ .+)$", DOCUMENT, flags=re.MULTILINE)
    found = [text for name, text in zip(parts[1::2], parts[2::2], strict=True) if name.lstrip("#").strip() == heading]
    assert len(found) == 1, f"docs/alerts.md: {len(found)} headings {heading!r}"
    return found[0]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def rows(heading: str, first: str = "key") -> dict[str, list[str]]:
    """The table whose first column has this name: the first cell to the others."""
    tables = re.findall(rf"^\| {first} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", section(heading), re.MULTILINE)
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for table in tables for line in table.splitlines()]
    return {name.strip("`"): cells for name, *cells in lines}


def default_of(model: type[BaseModel], key: str) -> str:
    field = model.model_fields[key]
    if field.is_required() or key == "kind":
        return "required"
    default = field.get_default(call_default_factory=False)
    if key == "url" and issubclass(model, EndpointSettings) and model.default_url:
        default = model.default_url
    return "none" if default is None else f"`{json.dumps(to_jsonable_python(default))}`"


def range_of(model: type[BaseModel], key: str) -> str:
    schema = model.model_json_schema()["properties"][key]
    return f"{schema['minimum']:g} to {schema['maximum']:g}" if "minimum" in schema else ""


def documented(heading: str) -> dict[str, tuple[str, str]]:
    return {key: (cells[0], cells[1]) for key, cells in rows(heading).items()}


def told_of(model: type[BaseModel], keys: set[str]) -> dict[str, tuple[str, str]]:
    return {key: (default_of(model, key), range_of(model, key)) for key in keys}


def test_the_keys_of_alerts_are_documented() -> None:
    expected = told_of(AlertSettings, set(AlertSettings.model_fields) - {"rules"})
    assert documented("`[alerts]`") == {**expected, "rules": ("the table `[alerts.rules]`", "")}


def test_the_keys_of_routes_are_documented() -> None:
    assert documented("`[[alerts.routes]]`") == told_of(Route, set(Route.model_fields))


def test_the_keys_of_every_endpoint_are_documented() -> None:
    expected = told_of(EndpointSettings, set(EndpointSettings.model_fields))
    assert documented("`[[alerts.endpoints]]`") == expected


@pytest.mark.parametrize("kind", known_kinds())
def test_each_kind_is_documented_with_its_own_keys(kind: str) -> None:
    model = format_of(kind).settings
    shared = set(EndpointSettings.model_fields)
    own = {key for key in model.model_fields if key not in shared or (key == "url" and model.default_url)}
    assert documented(f"`{kind}`") == told_of(model, own)


@pytest.mark.parametrize("kind", known_kinds())
def test_each_kind_has_an_example(kind: str) -> None:
    assert [block for block in blocks(section(f"`{kind}`"), "toml") if f'kind = "{kind}"' in block] != []


@pytest.mark.parametrize("example", blocks(DOCUMENT, "toml"))
def test_every_example_is_accepted_with_its_secrets(example: str, tmp_path: Path) -> None:
    assert example.startswith("# collector.toml\n")
    for name in re.findall(r'^\w+_file = "(.+)"$', example, re.MULTILINE):
        (tmp_path / name).write_text(SECRETS[name.rpartition(".")[2]], encoding="utf-8")
    path = tmp_path / "collector.toml"
    path.write_text(example, encoding="utf-8")
    settings = load_settings(path)
    receivers = open_receivers(settings.alerts, Inventory(sites=(), access_points=()), settings.web.url)
    assert len(receivers) == example.count("[[alerts.endpoints]]")


# Formats


def request_of(kind: str, **table: Any) -> tuple[dict[str, str], bytes]:
    """What an endpoint would send now of a test."""
    now = datetime.now(UTC)
    settings = format_of(kind).settings.model_construct(name="ticketing", kind=kind, language="ko", **table)
    secrets = Secrets("https://tickets.example.org/", {"secret_file": SECRETS["whsec"]})
    notice = sample_notice("ticketing", "msg_1", now)
    outgoing = format_of(kind).compose(notice, settings, secrets, Telling(), now)
    return dict(outgoing.headers), outgoing.body


def test_the_receiver_of_the_document_verifies_and_knows_what_it_has_seen(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = blocks(section("`standard_webhooks`"), "python")
    headers, body = request_of("standard_webhooks")
    receiver: dict[str, Any] = {}
    exec(compile(code, "docs/alerts.md", "exec"), receiver)
    assert receiver["receive"](body, headers) == 401
    receiver["SECRET"] = SECRETS["whsec"]
    assert [receiver["receive"](body, headers) for _ in range(2)] == [204, 204]
    assert capsys.readouterr().out.count("alert.test [시험]") == 1


def test_labels_and_annotations_are_documented() -> None:
    notice = sample_notices("own", SAMPLE_AT)[1]
    alert = notice.alerts[0].model_copy(update={"is_flapping": True})
    links = Links("https://wifi.example.org", "https://grafana.example.org/")
    named = set(re.findall(r"`(\w+)`", section("`alertmanager`")))
    assert set(labels_of(alert, alert.where, Telling(links))) <= named
    assert set(annotations_of(alert, tell_alert(alert, "ko", links))) <= named


def test_what_templates_see_is_documented() -> None:
    seen = rows("`template`", "name")
    assert {name.removeprefix("told.") for name in seen} == {field.name for field in fields(Told)} | {"rest"}
    listed = set(re.findall(r"`(\w+)`", seen["told.alerts"][0]))
    assert listed == {field.name for field in fields(AlertTold)} | {"rows"}


def test_the_template_of_the_document_works() -> None:
    (template,) = blocks(section("`template`"), "jinja")
    form = format_of("template")
    settings = form.settings.model_construct(
        name="own", kind="template", language="ko", content_type="application/json"
    )
    assert not list(form.mistakes(settings, Secrets("https://own.example.org/", {"template_file": template})))


# How notices come


def test_every_reason_to_hold_back_is_documented() -> None:
    assert list(rows("What is held back", "reason")) == [hold.value for hold in Hold]


def test_the_schedule_of_retries_is_documented() -> None:
    text = " ".join(section("How notices come").split())
    (told,) = re.findall(r"After the first attempt (.+?) hours", text)
    units = {"seconds": 1, "minutes": 60}
    numbers: list[int] = []
    seconds: list[int] = []
    for word in [*re.findall(r"\w+", told.replace("and", "")), "hours"]:
        if word.isdigit():
            numbers.append(int(word))
        else:
            seconds += [number * units.get(word, 3600) for number in numbers]
            numbers = []
    assert seconds == [int(pause.total_seconds()) for pause in PAUSES]
    assert f"Deliveries are kept for {DELIVERIES_KEPT_FOR.days} days." in text
