"""Whatever happens, each format writes down what its receiver's documentation says it takes, within its limits."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from alert_notices import NOW, YEOUIDO, notice_of, notices, told_alert
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.alerts.alert import Severity
from collector.alerts.endpoints import webhook
from collector.alerts.endpoints.settings import EndpointSettings, Secrets, Telling
from collector.alerts.endpoints.tables import check_endpoints, read_secrets
from collector.alerts.formats import format_of, known_kinds
from collector.alerts.notice import Notice
from collector.alerts.telling.links import Links

SHAPES = Path(__file__).parent / "shapes"
PUBLISHED = Path(__file__).resolve().parents[3] / "docs" / "webhook.schema.json"
TELLINGS = (
    Telling(),
    Telling(
        Links("https://wifi.example.org", "https://grafana.example.org/d/x?var-site={site}&var-ap={access_point}"),
        {"airtime_high": Severity.INFO},
    ),
)
TEMPLATE = (
    '{"title": {{ told.title | tojson }}, "data": {{ webhook.data | tojson }}, "alerts": ['
    "{% for alert in told.alerts %}{{ [alert.what, alert.rows] | tojson }}{{ ',' if not loop.last }}{% endfor %}]}"
)
FILES = {
    "secret_file": "whsec_" + "QUJD" * 8,
    "routing_key_file": "R0123456789abcdef0123456789abcde",
    "url_file": "https://receiver.example.org/services/T0/B0/secret",
    "template_file": TEMPLATE,
}
TABLES: Mapping[str, dict[str, str]] = {
    "standard_webhooks": {"url_file": "", "secret_file": ""},
    "alertmanager_webhook": {"url_file": ""},
    "alertmanager": {"url_file": ""},
    "slack": {"url_file": ""},
    "teams": {"url_file": ""},
    "pagerduty": {"routing_key_file": ""},
    "template": {"url_file": "", "template_file": ""},
}
MOST_BYTES = {"teams": 28 * 1000, "pagerduty": 512 * 1000, "template": 300 * 1000}


@pytest.fixture(scope="module")
def endpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], tuple[EndpointSettings, Secrets]]:
    folder = tmp_path_factory.mktemp("secrets")
    for key, text in FILES.items():
        (folder / key).write_text(text, encoding="utf-8")
    found = {}
    for language in ("ko", "en"):
        tables = [
            {"name": f"to-{kind.replace('_', '-')}", "kind": kind, "language": language}
            | {key: str(folder / key) for key in keys}
            for kind, keys in TABLES.items()
        ]
        for endpoint in check_endpoints(tables, folder / "collector.toml"):
            found[endpoint.kind, language] = endpoint, read_secrets(endpoint)
    return found


def validate(shape: Path, body: bytes) -> Any:
    document = json.loads(body.decode("utf-8"))
    schema = json.loads(shape.read_text(encoding="utf-8"))
    jsonschema_rs.validator_for(schema, validate_formats=True).validate(document)
    return document


def test_every_format_is_tried() -> None:
    assert set(known_kinds()) == TABLES.keys()


@pytest.mark.parametrize("kind", TABLES)
@settings(max_examples=40, deadline=None)
@given(notice=notices(), language=st.sampled_from(["ko", "en"]), telling=st.sampled_from(TELLINGS))
def test_any_notice(kind: str, notice: Notice, language: str, telling: Telling, endpoints: dict[Any, Any]) -> None:
    endpoint, secrets = endpoints[kind, language]
    form = format_of(kind)
    if kind == "alertmanager" and not notice.alerts:
        return  # it is told of alerts, and of nothing else
    outgoing = form.compose(notice, endpoint, secrets, telling, NOW)
    assert outgoing == form.compose(notice, endpoint, secrets, telling, NOW)
    shape = SHAPES / f"{kind}.json"
    document = validate(shape, outgoing.body) if shape.exists() else json.loads(outgoing.body)
    assert len(outgoing.body) <= MOST_BYTES.get(kind, 10**9)
    assert all(
        name == name.lower() and text.isascii() and text.isprintable() for name, text in outgoing.headers.items()
    )
    if kind == "standard_webhooks":
        validate(PUBLISHED, outgoing.body)
        assert len(outgoing.body) <= 20_000 or len(document["data"]["alerts"]) == 1
    if kind == "slack":
        assert len(json.dumps(document["blocks"], ensure_ascii=False)) <= 13_000
    if kind == "alertmanager":
        assert all(each["startsAt"] <= each["endsAt"] for each in document)


def test_the_published_schema_is_up_to_date() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == webhook.document(), (
        "run: python -m collector.alerts.endpoints.webhook > docs/webhook.schema.json"
    )


@pytest.mark.parametrize("kind", TABLES)
def test_a_site_of_500_is_listed_whole(kind: str, endpoints: dict[Any, Any]) -> None:
    members = tuple(f"yeouido-{place:03}" for place in range(500))
    outage = told_alert(rule="site_outage", subject="yeouido", part=None, members=members, detail={})
    endpoint, secrets = endpoints[kind, "ko"]
    body = format_of(kind).compose(notice_of(outage), endpoint, secrets, TELLINGS[1], NOW).body
    assert all(member.encode() in body for member in members)


@pytest.mark.parametrize(
    ("kind", "left_out"),
    [
        ("standard_webhooks", lambda body: body["data"]["alerts_left_out"] + len(body["data"]["alerts"])),
        ("alertmanager_webhook", lambda body: body["truncatedAlerts"] + len(body["alerts"])),
        (
            "pagerduty",
            lambda body: (
                body["payload"]["custom_details"]["alerts_left_out"] + len(body["payload"]["custom_details"]["alerts"])
            ),
        ),
    ],
)
def test_what_is_left_out_is_counted(kind: str, left_out: Any, endpoints: dict[Any, Any]) -> None:
    many = notice_of(*(told_alert(id=f"alert-{number}") for number in range(1234)))
    endpoint, secrets = endpoints[kind, "en"]
    assert left_out(json.loads(format_of(kind).compose(many, endpoint, secrets, TELLINGS[1], NOW).body)) == 1234


@pytest.mark.parametrize(("kind", "alert"), [("slack", '"Radio'), ("teams", '"Radio')])
def test_people_are_told_how_many_more_there_are(kind: str, alert: str, endpoints: dict[Any, Any]) -> None:
    many = notice_of(*(told_alert(id=f"alert-{number}", subject=f"a/{number}") for number in range(1234)))
    endpoint, secrets = endpoints[kind, "en"]
    body = format_of(kind).compose(many, endpoint, secrets, TELLINGS[1], NOW).body.decode()
    shown = body.count("물빛광장 17 (yeouido-017)")
    assert shown > 5
    assert f"And {1234 - shown:,} more." in body


@pytest.mark.parametrize("kind", TABLES)
def test_nothing_shows_a_secret_in_its_repr(kind: str, endpoints: dict[Any, Any]) -> None:
    endpoint, secrets = endpoints[kind, "ko"]
    outgoing = format_of(kind).compose(notice_of(told_alert()), endpoint, secrets, TELLINGS[1], NOW)
    shown = repr((endpoint, secrets, outgoing))
    assert not any(secret in shown for secret in ("QUJD", "R0123456789", "services/T0", "told.title"))


def test_what_is_sent_again_is_signed_anew_under_the_same_id(endpoints: dict[Any, Any]) -> None:
    endpoint, secrets = endpoints["standard_webhooks", "ko"]
    form, notice = format_of("standard_webhooks"), notice_of(told_alert())
    first = form.compose(notice, endpoint, secrets, TELLINGS[1], NOW)
    second = form.compose(notice, endpoint, secrets, TELLINGS[1], NOW + timedelta(minutes=5))
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == "notice-1"
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


def test_slack_is_never_handed_more_than_it_takes(endpoints: dict[Any, Any]) -> None:
    names = dict.fromkeys(("district", "site_name_ko", "access_point_name", "floor"), "이름이 아주 긴 곳 " * 10)
    many = notice_of(
        *(told_alert(id=f"alert-{number}", where=YEOUIDO.model_copy(update=names)) for number in range(40))
    )
    endpoint, secrets = endpoints["slack", "ko"]
    blocks = json.loads(format_of("slack").compose(many, endpoint, secrets, TELLINGS[1], NOW).body)["blocks"]
    assert 10_000 < len(json.dumps(blocks, ensure_ascii=False)) <= 13_000
