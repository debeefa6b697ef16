"""Alerts over the API: what fires and why it is held back, who takes care, silences, works, endpoints, deliveries."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from web_alert_desk import ALERT, MINUTE, SECRET_URL, Evaluator, alert, ended, receivers
from web_browser import Pages
from web_city import BARE, EVIL_PLACE, FULL, NOW, SILENT
from web_roles import NAMES, Everybody, let_everybody_in

from collector.access.roles import Role
from collector.alerts.alert import Phase, Severity, Subject
from collector.alerts.rules import rules
from collector.alerts.settings import AlertSettings
from collector.state import endpoint_states
from collector.state.audit import Action, entries

OPS = NAMES[Role.OPS]
HOUR = timedelta(hours=1)
PARK = {"matcher": {"sites": ["yeouido"]}, "comment": "the river rises"}
ONCE = {"kind": "once", "starts_at": NOW.isoformat(), "ends_at": (NOW + HOUR).isoformat()}


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> Everybody:
    return let_everybody_in(tmp_path_factory.mktemp("everybody") / "state.sqlite")


@pytest.fixture(scope="module")
def logged_in(everybody: Everybody) -> tuple[Path, str]:
    return everybody.path, everybody.sessions[Role.ADMIN]


@pytest.fixture
def pages(pages: Pages) -> Pages:
    """With two endpoints, and Grafana."""
    settings = AlertSettings(grafana_url="https://grafana.example.kr/d/wifi?var-ap={access_point}")
    return pages.changed(
        receivers=receivers("ops", "pager"), alert_settings=settings, public_url="https://wifi.example.kr"
    )


@pytest.fixture
def evaluator(pages: Pages) -> Evaluator:
    return Evaluator(pages.services.state)


def told(at: Any) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def kind(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].removeprefix("urn:hangang-wifi:problem:")


def noted(pages: Pages) -> list[tuple[Action, str, str, str]]:
    """What stands in the audit log, the newest first."""
    kept = entries(pages.services.state, limit=10)
    return [(each.entry.action, each.entry.by, each.entry.subject, each.entry.detail) for each in kept]


async def listed(client: httpx.AsyncClient, path: str, member: str) -> list[str]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()[member]]


async def test_an_alert_has_its_facts_its_words_and_what_was_delivered(
    pages: Pages, everybody: Everybody, evaluator: Evaluator
) -> None:
    evaluator.tell("ops", alert())
    evaluator.tell("pager", alert())
    evaluator.deliver("ops")
    async with everybody.program(pages, Role.VIEWER) as viewer:
        answer = await viewer.get(f"/alerts/{ALERT}")
        listed_one = (await viewer.get("/alerts")).json()["alerts"][0]
    found = answer.json()
    deliveries = found.pop("deliveries")
    assert found == listed_one
    began = told(NOW - 30 * MINUTE)
    assert {name: found[name] for name in ("id", "rule", "severity", "is_firing", "since", "people")} == {
        "id": ALERT,
        "rule": "access_point_silent",
        "severity": "warning",
        "is_firing": True,
        "since": began,
        "people": 12,
    }
    assert (found["where"]["site"], found["where"]["access_point"]) == ("yeouido", SILENT)
    assert "물빛무대" in found["texts"]["ko"]["where"]
    assert found["texts"]["en"]["what"]
    assert found["url"] == f"https://wifi.example.kr/alerts/{ALERT}"
    assert found["grafana_url"] == f"https://grafana.example.kr/d/wifi?var-ap={SILENT}"
    assert found["runbook_url"] == "https://wifi.example.kr/runbooks/access_point_silent"
    assert (found["held_back"], found["acknowledgement"]) == (None, None)
    assert [(each["endpoint"], each["state"], each["attempts"]) for each in deliveries] == [
        ("pager", "waiting", 0),
        ("ops", "delivered", 1),
    ]


async def test_alerts_come_newest_first_a_page_at_a_time(
    pages: Pages, everybody: Everybody, evaluator: Evaluator
) -> None:
    at = [NOW - number * MINUTE for number in range(4)]
    evaluator.write(
        *(ended(f"a{number}", fired_at=at[number], since=at[number]) for number in (3, 1)),
        *(ended(f"b{number}", FULL, fired_at=at[1], since=at[1]) for number in (1, 2)),
    )
    async with everybody.program(pages, Role.VIEWER) as viewer:
        first = (await viewer.get("/alerts", params={"limit": 2})).json()
        evaluator.write(alert("a0", fired_at=at[0]))
        last = (await viewer.get("/alerts", params={"limit": 2, "cursor": first["next"]})).json()
    assert [each["id"] for each in first["alerts"]] == ["b2", "b1"]
    assert ([each["id"] for each in last["alerts"]], last["next"]) == (["a1", "a3"], None)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"silent", "full", "over", "elsewhere"}),
        ("is_open=true", {"silent", "full", "elsewhere"}),
        ("is_open=false", {"over"}),
        ("site=yeouido", {"silent", "full", "over"}),
        ("site=yeouido&is_open=true", {"silent", "full"}),
        (f"access_point={BARE}", {"over"}),
        ("rule=airtime_high", {"full"}),
        ("rule=watchdog", set()),
        ("severity=critical", {"elsewhere"}),
        ("site=&rule=", {"silent", "full", "over", "elsewhere"}),
    ],
)
async def test_alerts_can_be_narrowed(
    pages: Pages, everybody: Everybody, evaluator: Evaluator, query: str, found: set[str]
) -> None:
    radio = Subject(f"{FULL}/radio0", "yeouido", FULL, "radio0")
    evaluator.write(
        alert("silent"),
        alert("full", FULL, rule="airtime_high", subject=radio, value=0.9, threshold=0.75),
        ended("over", BARE),
        alert("elsewhere", EVIL_PLACE, severity=Severity.CRITICAL),
    )
    async with everybody.program(pages, Role.VIEWER) as viewer:
        assert set(await listed(viewer, f"/alerts?{query}", "alerts")) == found


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/alerts?cursor=W10", (400, "bad-cursor")),
        ("/alerts?cursor=WyJub3ciLCAiYTEiXQ", (400, "bad-cursor")),  # ["now", "a1"]
        ("/alerts?cursor=WyIyMDI2LTA1LTIzVDAwOjAwOjAwIiwgImExIl0", (400, "bad-cursor")),  # an instant of no zone
        ("/alerts?cursor=WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzE0OjAwIiwgImExIl0", (400, "bad-cursor")),  # before all time
        ("/alerts?severity=loud", (422, "bad-value")),
        ("/alerts?site=%07", (422, "bad-value")),
        ("/alerts?page=2", (422, "bad-value")),
        ("/alerts/nothing", (404, "no-such-alert")),
        ("/alerts/a%20b", (422, "bad-value")),
        ("/alerts/a%00", (400, "about:blank")),
        ("/deliveries?alert=nothing", (404, "no-such-alert")),
        ("/deliveries?state=lost", (422, "bad-value")),
        ("/deliveries/msg_1", (404, "no-such-delivery")),
        ("/silences/1", (404, "no-such-silence")),
        ("/maintenance/1", (404, "no-such-maintenance")),
    ],
)
async def test_what_cannot_be_asked_for_is_told(
    pages: Pages, everybody: Everybody, path: str, problem: tuple[int, str]
) -> None:
    async with everybody.program(pages, Role.VIEWER) as viewer:
        assert kind(await viewer.get(path)) == problem


async def test_one_that_has_not_fired_yet_is_nobodys_business(
    pages: Pages, everybody: Everybody, evaluator: Evaluator
) -> None:
    evaluator.write(alert(phase=Phase.PENDING, fired_at=None))
    async with everybody.program(pages, Role.OPS) as ops:
        assert await listed(ops, "/alerts", "alerts") == []
        assert kind(await ops.get(f"/alerts/{ALERT}")) == (404, "no-such-alert")
        assert kind(await ops.post(f"/alerts/{ALERT}/acknowledgement", json={})) == (409, "not-firing")


async def test_who_takes_care_of_an_alert_is_told_and_noted(
    pages: Pages, everybody: Everybody, evaluator: Evaluator
) -> None:
    evaluator.write(alert(), ended("over", FULL))
    path = f"/alerts/{ALERT}/acknowledgement"
    async with everybody.program(pages, Role.OPS) as ops:
        taken = await ops.post(path, json={"comment": " on my way "})
        assert taken.status_code == 200
        assert taken.json()["acknowledgement"] == {"by": OPS, "at": told(NOW), "comment": "on my way"}
        assert taken.json()["held_back"] == {"hold": "acknowledged", "by": OPS, "until": None}
        assert (await ops.get("/alerts?is_open=true")).json()["alerts"] == [taken.json()]
        assert kind(await ops.post(path, json={"comment": "\x07"})) == (422, "bad-value")
        assert kind(await ops.post("/alerts/over/acknowledgement", json={})) == (409, "not-firing")
        assert kind(await ops.post("/alerts/none/acknowledgement", json={})) == (404, "no-such-alert")
        assert (await ops.delete(path)).status_code == 204
        assert kind(await ops.delete(path)) == (409, "not-acknowledged")
        assert (await ops.get(f"/alerts/{ALERT}")).json()["acknowledgement"] is None
    assert noted(pages)[:2] == [
        (Action.ALERT_RELEASED, OPS, ALERT, ""),
        (Action.ALERT_ACKNOWLEDGED, OPS, ALERT, "on my way"),
    ]


async def test_a_silence_is_made_tells_what_it_holds_back_and_is_ended(
    pages: Pages, everybody: Everybody, evaluator: Evaluator
) -> None:
    evaluator.write(alert())
    until = told(NOW + HOUR)
    async with everybody.program(pages, Role.OPS) as ops:
        made = await ops.post("/silences", json=PARK | {"ends_at": until})
        silence = made.json()
        assert (made.status_code, silence["is_active"], silence["until"], silence["by"]) == (201, True, until, OPS)
        assert silence["starts_at"] == told(NOW)
        place = made.headers["location"].removeprefix("/api/v1")
        assert (await ops.get(place)).json() == silence
        held_back = (await ops.get(f"/alerts/{ALERT}")).json()["held_back"]
        assert held_back == {"hold": "silence", "by": silence["id"], "until": until}
        ended_now = (await ops.post(f"{place}/end")).json()
        assert (ended_now["is_over"], ended_now["until"], ended_now["ended_early_by"]) == (True, told(NOW), OPS)
        assert kind(await ops.post(f"{place}/end")) == (409, "silence-over")
        assert kind(await ops.post("/silences/99/end")) == (404, "no-such-silence")
        assert (await ops.get(f"/alerts/{ALERT}")).json()["held_back"] is None
        await ops.post("/silences", json=PARK | {"ends_at": until})
        assert await listed(ops, "/silences", "silences") == ["2", "1"]
        assert await listed(ops, "/silences?is_over=true", "silences") == ["1"]
        first = (await ops.get("/silences?limit=1")).json()
        assert await listed(ops, f"/silences?limit=1&cursor={first['next']}", "silences") == ["1"]
    assert [action for action, *_ in noted(pages)[:3]] == [
        Action.SILENCE_MADE,
        Action.SILENCE_ENDED,
        Action.SILENCE_MADE,
    ]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"matcher": {}}, ["body.matcher"]),
        ({"matcher": {"sites": ["lake"]}}, ["body.matcher.sites.0"]),
        ({"ends_at": told(NOW)}, ["body.ends_at"]),
        ({"ends_at": "2026-05-23T20:00:00"}, ["body.ends_at"]),
        ({"ends_at": "9999-12-31T23:59:59-12:00"}, ["body.ends_at"]),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, ["body.starts_at"]),
        ({"comment": ""}, ["body.comment"]),
        ({"by": "somebody else"}, ["body.by"]),
    ],
)
async def test_what_is_wrong_with_a_silence_is_told_with_its_place(
    pages: Pages, everybody: Everybody, changes: dict[str, Any], where: list[str]
) -> None:
    async with everybody.program(pages, Role.OPS) as ops:
        answer = await ops.post("/silences", json=PARK | {"ends_at": told(NOW + HOUR)} | changes)
        assert kind(answer) == (422, "bad-value")
        assert [mistake["where"] for mistake in answer.json()["mistakes"]] == where
        assert await listed(ops, "/silences", "silences") == []


async def test_works_are_planned_hold_back_and_are_taken_back(
    pages: Pages, everybody: Everybody, evaluator: Evaluator
) -> None:
    evaluator.write(alert())
    async with everybody.program(pages, Role.OPS) as ops:
        made = await ops.post("/maintenance", json=PARK | {"name": "케이블 교체", "when": ONCE})
        works, place = made.json(), made.headers["location"].removeprefix("/api/v1")
        assert made.status_code == 201
        window = {"starts_at": told(NOW), "ends_at": told(NOW + HOUR)}
        assert (works["now"], works["next"], works["is_over"]) == (window, None, False)
        assert (await ops.get(place)).json() == works
        assert (await ops.get(f"/alerts/{ALERT}")).json()["held_back"]["hold"] == "maintenance"
        weekly = {"kind": "recurring", "weekdays": ["sun"], "from_time": "02:00", "minutes": 60}
        weekly |= {"first_day": "2026-05-24"}
        nightly = (await ops.post("/maintenance", json=PARK | {"name": "restarts", "when": weekly})).json()
        assert nightly["next"] == {"starts_at": "2026-05-24T02:00:00+09:00", "ends_at": "2026-05-24T03:00:00+09:00"}
        taken_back = (await ops.post(f"{place}/take-back")).json()
        assert taken_back == works | {"is_over": True, "now": None}
        assert kind(await ops.post(f"{place}/take-back")) == (404, "no-such-maintenance")
        assert (await ops.get(f"/alerts/{ALERT}")).json()["held_back"] is None
        assert await listed(ops, "/maintenance", "maintenance") == ["2", "1"]
        assert await listed(ops, "/maintenance?is_over=false", "maintenance") == ["2"]
        last_year = ONCE | {"starts_at": "2025-01-01T00:00:00Z", "ends_at": "2025-01-02T00:00:00Z"}
        over = await ops.post("/maintenance", json=PARK | {"name": "too late", "when": last_year})
        assert kind(over) == (422, "bad-value")
    assert noted(pages)[0] == (Action.MAINTENANCE_TAKEN_BACK, OPS, "1", "케이블 교체")


async def test_the_rules_are_told_with_what_they_are_by_themselves_and_why(pages: Pages, everybody: Everybody) -> None:
    settings = AlertSettings.model_validate({"rules": {"airtime_high": {"raise_above_ratio": 0.9}}})
    async with everybody.program(pages.changed(alert_settings=settings), Role.VIEWER) as viewer:
        told_rules = {each["kind"]: each for each in (await viewer.get("/alert-rules")).json()["rules"]}
    assert list(told_rules) == sorted(rules())
    airtime = told_rules["airtime_high"]
    assert (airtime["scope"], airtime["unit"], airtime["severity"]) == ("radio", "ratio", "warning")
    assert airtime["runbook_url"] == "https://wifi.example.kr/runbooks/airtime_high"
    (key,) = [each for each in airtime["settings"] if each["key"] == "raise_above_ratio"]
    assert (key["value"], key["default"]) == (0.9, 0.75)
    assert key["source"] == rules()["airtime_high"].sources["raise_above_ratio"]


async def test_endpoints_are_paused_opened_and_tried(pages: Pages, everybody: Everybody, evaluator: Evaluator) -> None:
    async with everybody.program(pages, Role.OPS) as ops:
        paused = (await ops.post("/endpoints/ops/pause")).json()
        assert (paused["standing"], paused["paused_by"], paused["paused_at"]) == ("paused", OPS, told(NOW))
        assert kind(await ops.post("/endpoints/ops/pause")) == (409, "already-paused")
        assert kind(await ops.post("/endpoints/ops/test")) == (409, "endpoint-closed")
        assert (await ops.post("/endpoints/ops/open")).json()["standing"] == "open"
        assert kind(await ops.post("/endpoints/ops/open")) == (409, "endpoint-open")
        for act in ("pause", "open", "test"):
            assert kind(await ops.post(f"/endpoints/nobody/{act}")) == (404, "no-such-endpoint")
        tried = await ops.post("/endpoints/ops/test")
        assert tried.status_code == 202
        delivery = (await ops.get(tried.headers["location"].removeprefix("/api/v1"))).json()
        assert delivery["id"] == tried.json()["delivery"]
        assert (delivery["kind"], delivery["state"], delivery["thread"]) == ("test", "waiting", None)
        assert evaluator.deliver("ops").id == delivery["id"]
        endpoints = (await ops.get("/endpoints")).json()["endpoints"]
    assert [(each["name"], each["kind"], each["host"], each["waiting"]) for each in endpoints] == [
        ("ops", "alertmanager_webhook", "hooks.example.kr", 0),
        ("pager", "alertmanager_webhook", "hooks.example.kr", 0),
    ]
    assert [action for action, *_ in noted(pages)[:3]] == [
        Action.ENDPOINT_TESTED,
        Action.ENDPOINT_OPENED,
        Action.ENDPOINT_PAUSED,
    ]


async def test_a_delivery_is_told_with_its_notice_and_a_dead_one_tried_again(
    pages: Pages, everybody: Everybody, evaluator: Evaluator
) -> None:
    evaluator.tell("ops", alert())
    dead = evaluator.lose("ops", "status 400").id
    async with everybody.program(pages, Role.OPS) as ops:
        delivery = (await ops.get(f"/deliveries/{dead}")).json()
        assert (delivery["state"], delivery["problem"], delivery["site"]) == ("dead", "status 400", "yeouido")
        assert [each["id"] for each in delivery["notice"]["alerts"]] == [ALERT]
        assert "물빛무대" in delivery["notice"]["alerts"][0]["texts"]["ko"]["where"]
        assert await listed(ops, "/deliveries?state=dead", "deliveries") == [dead]
        assert await listed(ops, f"/deliveries?alert={ALERT}&endpoint=pager", "deliveries") == []
        again = await ops.post(f"/deliveries/{dead}/replay")
        assert (again.status_code, again.json()["state"], again.json()["attempts"]) == (200, "waiting", 0)
        assert kind(await ops.post(f"/deliveries/{dead}/replay")) == (409, "not-dead")
        assert kind(await ops.post("/deliveries/msg_none/replay")) == (404, "no-such-delivery")
        assert evaluator.deliver("ops").id == dead
    assert noted(pages)[0] == (Action.DELIVERY_REPLAYED, OPS, dead, "ops")


async def test_what_would_tell_of_a_trouble_that_is_over_is_not_sent_again(
    pages: Pages, everybody: Everybody, evaluator: Evaluator
) -> None:
    evaluator.tell("ops", alert())
    dead = evaluator.lose("ops", "status 400").id
    evaluator.tell("ops", ended(ALERT), at=NOW + MINUTE)
    evaluator.deliver("ops", NOW + MINUTE)
    async with everybody.program(pages, Role.OPS) as ops:
        assert kind(await ops.post(f"/deliveries/{dead}/replay")) == (409, "trouble-over")
        first = (await ops.get("/deliveries?limit=1")).json()
        assert [each["kind"] for each in first["deliveries"]] == ["ended"]
        assert await listed(ops, f"/deliveries?limit=1&cursor={first['next']}", "deliveries") == [dead]


async def test_no_answer_has_more_of_an_address_than_its_host(
    pages: Pages, everybody: Everybody, evaluator: Evaluator
) -> None:
    evaluator.tell("ops", alert())
    evaluator.lose("ops", "status 400")
    endpoint_states.note_gone(pages.services.state, "pager", "status 410", NOW)
    async with everybody.program(pages, Role.ADMIN) as admin:
        for path in ("/endpoints", "/deliveries", f"/alerts/{ALERT}", "/alert-rules", "/audit"):
            answer = await admin.get(path)
            assert answer.status_code == 200
            for part in SECRET_URL.removeprefix("https://hooks.example.kr/").replace("?", "/").split("/"):
                assert part not in answer.text
