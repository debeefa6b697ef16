"""The Grafana that tests push into notices what the API would not have taken."""

import json
from typing import Any

import pytest
from grafana_stand_in import TOKEN, GrafanaStandIn

HEADERS = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
BOARD = {"uid": "a", "title": "A"}


@pytest.mark.parametrize(
    ("method", "target", "headers", "sent", "fault"),
    [
        ("GET", "/api/dashboards/a", HEADERS, None, "the API has no such call"),
        ("PUT", "/api/dashboards/db", HEADERS, {"dashboard": BOARD}, "the API has no such call"),
        ("GET", "/api/search?tags=hangang", HEADERS, None, "no parameter tags"),
        ("GET", "/api/org", HEADERS, {"limit": 1}, "takes no body"),
        ("GET", "/api/org", {}, None, "without a bearer token"),
        ("POST", "/api/folders", HEADERS | {"content-type": "text/plain"}, {"title": "A", "uid": "a"}, "content type"),
        ("POST", "/api/dashboards/db", HEADERS, {"dashboard": BOARD, "folder": "a"}, "'folder' was unexpected"),
        ("POST", "/api/dashboards/db", HEADERS, {"dashboard": {"uid": "a"}}, '"title" is a required property'),
        ("POST", "/api/dashboards/db", HEADERS, {"dashboard": BOARD | {"uid": "a" * 41}}, "is not valid under any"),
        ("POST", "/api/dashboards/db", HEADERS, {"dashboard": BOARD, "message": "a" * 501}, "longer than 500"),
    ],
)
def test_what_the_api_does_not_know_is_a_fault(
    method: str, target: str, headers: dict[str, str], sent: Any, fault: str
) -> None:
    with GrafanaStandIn() as grafana:
        grafana.take(method, target, headers, b"" if sent is None else json.dumps(sent).encode())
    assert len(grafana.faults) == 1
    assert fault in grafana.faults[0]
