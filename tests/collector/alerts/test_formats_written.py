"""Whole messages as their receivers see them. The alert is of a rule that there is no more, whose words stay."""

import json
from pathlib import Path
from typing import Any

import pytest
from alert_notices import ended_alert, notice_of, told_alert

from collector.alerts.alert import End
from collector.alerts.endpoints.settings import Secrets, Telling
from collector.alerts.endpoints.tables import check_endpoints
from collector.alerts.formats import format_of
from collector.alerts.notice import Notice, NoticeKind
from collector.alerts.telling.links import Links
from collector.alerts.telling.sample import SAMPLE_AT, sample_notice

TELLING = Telling(Links("https://wifi.example.org"))
MAP = "https://map.kakao.com/link/map/%EC%97%AC%EC%9D%98%EB%8F%84%ED%95%9C%EA%B0%95%EA%B3%B5%EC%9B%90,37.528500,126.932700"
KEY = "R0123456789abcdef0123456789abcde"


def old_alert(**changes: Any) -> Notice:
    return notice_of(told_alert(rule="gone_rule", **changes))


def written(kind: str, notice: Notice, language: str = "ko") -> Any:
    table = {"name": "ops", "kind": kind, "language": language}
    table |= {"routing_key_file": __file__} if kind == "pagerduty" else {"url_file": __file__}
    (endpoint,) = check_endpoints([table], Path(__file__))
    secrets = Secrets("https://receiver.example.org", {"routing_key_file": KEY})
    return json.loads(format_of(kind).compose(notice, endpoint, secrets, TELLING, SAMPLE_AT).body)


def test_slack() -> None:
    message = written("slack", old_alert(part="<!channel> & co"))
    texts = [block["text"]["text"] for block in message["blocks"]]
    assert message["text"] == "[주의] 기타 이상 · 여의도한강공원 · yeouido-017\n이상이 감지되었습니다."
    assert texts == [
        "[주의] 기타 이상 · 여의도한강공원 · yeouido-017",
        "\n".join(
            (
                "이상이 감지되었습니다.",
                "위치: 영등포구 여의도한강공원 · 물빛광장 17 (yeouido-017) · 옥상 · &lt;!channel&gt; &amp; co",
                "시작: 2026-07-03 13:40 KST",
                "정도: 값 0.8, 기준 0.8",
                "추정 원인: 원인을 알 수 없습니다.",
                "영향: 접속 기기 31대",
            )
        ),
        "조치: 알림 화면에서 자세한 내용을 확인해 주십시오.",
        " · ".join(
            (
                "<https://wifi.example.org/alerts/alert-1|알림>",
                "<https://wifi.example.org/access-points/yeouido-017|AP 화면>",
                "<https://wifi.example.org/sites/yeouido|장소 화면>",
                f"<{MAP}|지도>",
                "<https://wifi.example.org/runbooks/gone_rule|대응 안내>",
            )
        ),
    ]
    assert [block["text"]["type"] for block in message["blocks"]] == ["plain_text"] * 3 + ["mrkdwn"]


def test_teams() -> None:
    message = written("teams", notice_of(ended_alert(rule="gone_rule"), kind=NoticeKind.ENDED), "en")
    card = message["attachments"][0]["content"]
    title, alert, action = card["body"]
    lines = ["".join(run["text"] for run in line["inlines"]) for line in (*title["items"], *alert["items"], action)]
    assert (title["style"], card["fallbackText"]) == ("good", lines[0])
    assert lines == [
        "[Ended] Other trouble · Yeouido Hangang Park · yeouido-017",
        "It is well again.",
        "Where: Yeouido Hangang Park, Yeongdeungpo-gu · 물빛광장 17 (yeouido-017) · 옥상 · radio0",
        "Since: 2026-07-03 13:40 KST",
        "Lasted: 25 min (until 2026-07-03 14:05 KST)",
        "What to do: Nothing is left to do.",
    ]
    assert [(action["title"], action["url"]) for action in card["actions"]] == [
        ("Alert", "https://wifi.example.org/alerts/alert-1"),
        ("Access point", "https://wifi.example.org/access-points/yeouido-017"),
        ("Site", "https://wifi.example.org/sites/yeouido"),
        ("Map", MAP),
        ("Runbook", "https://wifi.example.org/runbooks/gone_rule"),
    ]


def test_pagerduty() -> None:
    event = written("pagerduty", old_alert(), "en")
    assert event == {
        "routing_key": KEY,
        "event_action": "trigger",
        "dedup_key": "thread-1",
        "client": "Hangang Wi-Fi",
        "client_url": "https://wifi.example.org",
        "links": [
            {"href": "https://wifi.example.org/alerts/alert-1", "text": "Alert"},
            {"href": "https://wifi.example.org/access-points/yeouido-017", "text": "Access point"},
            {"href": "https://wifi.example.org/sites/yeouido", "text": "Site"},
            {"href": MAP, "text": "Map"},
            {"href": "https://wifi.example.org/runbooks/gone_rule", "text": "Runbook"},
        ],
        "payload": {
            "summary": "[Warning] Other trouble · Yeouido Hangang Park · yeouido-017 — Something is wrong.",
            "source": "yeouido-017",
            "component": "yeouido-017",
            "group": "yeouido",
            "class": "gone_rule",
            "severity": "warning",
            "timestamp": "2026-07-03T05:05:00.000+00:00",
            "custom_details": {
                "action": "Look at the alert's page for what is known.",
                "alerts": [
                    {
                        "what": "Something is wrong.",
                        "Where": "Yeouido Hangang Park, Yeongdeungpo-gu · 물빛광장 17 (yeouido-017) · 옥상 · radio0",
                        "Since": "2026-07-03 13:40 KST",
                        "How bad": "Value 0.8; threshold 0.8",
                        "Likely cause": "Not known.",
                        "Affected": "31 connected devices",
                        "url": "https://wifi.example.org/alerts/alert-1",
                        "map": MAP,
                        "runbook": "https://wifi.example.org/runbooks/gone_rule",
                    }
                ],
                "alerts_left_out": 0,
            },
        },
    }


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        (NoticeKind.BEGUN, "trigger"),
        (NoticeKind.CHANGED, "trigger"),
        (NoticeKind.ALIVE, "trigger"),
        (NoticeKind.TEST, "trigger"),
        (NoticeKind.ENDED, "resolve"),
    ],
)
def test_pagerduty_resolves_what_it_triggered(kind: NoticeKind, action: str) -> None:
    event = written("pagerduty", notice_of(told_alert(), kind=kind))
    assert (event["event_action"], event["dedup_key"]) == (action, "thread-1")


def test_long_threads_stay_apart_at_pagerduty() -> None:
    keys = {written("pagerduty", notice_of(told_alert(), thread="t" * 300 + end))["dedup_key"] for end in "abc"}
    assert len(keys) == 3
    assert all(len(key) <= 255 for key in keys)


def test_alertmanagers_webhook() -> None:
    firing, over = (
        told_alert(rule="gone_rule", part=None),
        ended_alert(id="alert-2", rule="gone_rule", part=None, subject="b"),
    )
    group = written("alertmanager_webhook", notice_of(firing, over, kind=NoticeKind.CHANGED), "en")
    labels = {
        "alertname": "gone_rule",
        "severity": "warning",
        "site": "yeouido",
        "site_kind": "park",
        "district": "영등포구",
        "access_point": "yeouido-017",
    }
    first, second = group.pop("alerts")
    common = group.pop("commonAnnotations")
    assert group == {
        "version": "4",
        "groupKey": "thread-1",
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "ops",
        "groupLabels": {"alertname": "gone_rule", "site": "yeouido"},
        "commonLabels": labels,
        "externalURL": "https://wifi.example.org",
    }
    assert "description" not in common
    assert common["runbook_url"] == "https://wifi.example.org/runbooks/gone_rule"
    assert first["labels"] == {**labels, "subject": "yeouido-017/radio0"}
    assert (first["status"], first["startsAt"], first["endsAt"]) == (
        "firing",
        "2026-07-03T04:40:00.000Z",
        "0001-01-01T00:00:00Z",
    )
    assert (second["status"], second["endsAt"]) == ("resolved", "2026-07-03T05:05:00.000Z")
    assert second["annotations"]["description"] == "It is well again."


@pytest.mark.parametrize("kind", ["slack", "teams", "pagerduty", "alertmanager_webhook"])
def test_a_test_says_that_it_is_one(kind: str) -> None:
    for language, words in (
        ("ko", "시험입니다. 실제 장애가 아닙니다."),
        ("en", "This is a test of whether notices arrive. Nothing is wrong."),
    ):
        written_down = json.dumps(written(kind, sample_notice("ops", "n-1", SAMPLE_AT), language), ensure_ascii=False)
        assert words in written_down


@pytest.mark.parametrize("kind", ["slack", "teams", "alertmanager_webhook"])
def test_what_is_gone_is_not_said_to_be_well(kind: str) -> None:
    gone = ended_alert(rule="gone_rule").model_copy(update={"end": End.GONE})
    body = json.dumps(written(kind, notice_of(gone, kind=NoticeKind.ENDED), "en"))
    assert "watched no longer" in body
    assert "well again" not in body
