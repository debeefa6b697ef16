"""What Alertmanager is pushed, again and again: see the tests of the whole for a real one."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from alert_notices import NOW, YEOUIDO, ended_alert, notice_of, told_alert

from collector.alerts.alert import Severity
from collector.alerts.endpoints.prometheus_labels import fingerprint
from collector.alerts.endpoints.settings import Telling
from collector.alerts.endpoints.tables import check_endpoints, read_secrets
from collector.alerts.formats import format_of
from collector.alerts.notice import ToldAlert
from collector.alerts.telling.links import Links
from collector.alerts.telling.sample import sample_notice
from collector.outward.target import check_message

TELLING = Telling(Links("https://wifi.example.org"), {"airtime_high": Severity.INFO})
MINUTE = timedelta(minutes=1)


def endpoint(url: str = "http://127.0.0.1:9093") -> Any:
    (found,) = check_endpoints([{"name": "am", "kind": "alertmanager", "url": url}], Path(__file__))
    return found


def pushed(*alerts: ToldAlert, at: Any = NOW) -> list[dict[str, Any]]:
    settings = endpoint()
    outgoing = format_of("alertmanager").refresh(alerts, settings, read_secrets(settings), TELLING, at)
    return [alert for each in outgoing for alert in json.loads(each.body)]


def test_the_address_is_alertmanagers_own_with_or_without_the_path() -> None:
    for url in ("http://am:9093", "http://am:9093/", "http://am:9093/api/v2/alerts"):
        settings = endpoint(url)
        outgoing = format_of("alertmanager").compose(
            notice_of(told_alert()), settings, read_secrets(settings), TELLING, NOW
        )
        assert outgoing.url == "http://am:9093/api/v2/alerts"


def test_a_proxys_header_is_sent(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("Bearer s3cret\n", encoding="utf-8")
    table = {
        "name": "am",
        "kind": "alertmanager",
        "url": "https://am.example.org/prefix",
        "authorization_file": "token",
    }
    (settings,) = check_endpoints([table], tmp_path / "collector.toml")
    outgoing = format_of("alertmanager").compose(
        notice_of(told_alert()), settings, read_secrets(settings), TELLING, NOW
    )
    assert outgoing.url == "https://am.example.org/prefix/api/v2/alerts"
    assert outgoing.headers["authorization"] == "Bearer s3cret"


def test_what_fires_is_said_to_fire_for_five_more_minutes() -> None:
    (alert,) = pushed(told_alert())
    assert (alert["startsAt"], alert["endsAt"]) == ("2026-07-03T04:40:00.000Z", "2026-07-03T05:10:00.000Z")
    assert alert["generatorURL"] == "https://wifi.example.org/alerts/alert-1"


def test_what_has_ended_is_repeated_for_five_minutes() -> None:
    assert [alert["endsAt"] for alert in pushed(ended_alert(), at=NOW + 5 * MINUTE)] == ["2026-07-03T05:05:00.000Z"]
    assert pushed(ended_alert(), at=NOW + 5 * MINUTE + timedelta(seconds=1)) == []


def test_a_clock_that_was_set_back_ends_nothing_before_it_starts() -> None:
    ahead = told_alert(since=NOW + timedelta(hours=1), fired_at=NOW + timedelta(hours=1))
    (alert,) = pushed(ahead)
    assert alert["startsAt"] == alert["endsAt"] == "2026-07-03T05:10:00.000Z"
    (over,) = pushed(ended_alert(since=NOW + timedelta(hours=1)))
    assert over["startsAt"] == over["endsAt"] == "2026-07-03T05:05:00.000Z"


def test_labels_stay_while_everything_else_of_an_alert_changes() -> None:
    begun = told_alert()
    later = told_alert(
        severity=Severity.CRITICAL,
        value=0.99,
        people=200,
        is_flapping=True,
        members=("a", "b"),
        detail={"channel": 100.0},
        fired_at=NOW,
    )
    over = later.model_copy(update={"is_firing": False, "ended_at": NOW})
    first, second, third = (pushed(alert)[0] for alert in (begun, later, over))
    assert first["labels"] == second["labels"] == third["labels"]
    assert first["labels"] == {
        "alertname": "airtime_high",
        "severity": "info",
        "subject": "yeouido-017/radio0",
        "site": "yeouido",
        "site_kind": "park",
        "district": "영등포구",
        "access_point": "yeouido-017",
        "radio": "radio0",
    }
    assert second["annotations"]["current_severity"] == "critical"
    assert second["annotations"]["value"] == "0.99"


def test_radios_of_one_access_point_are_two_alerts() -> None:
    one, other = pushed(told_alert(), told_alert(subject="yeouido-017/radio1", part="radio1"))
    assert one["labels"] != other["labels"]


def test_what_a_notice_pushes_and_what_is_pushed_again_is_the_same_alert() -> None:
    settings = endpoint()
    alert = told_alert(where=YEOUIDO)
    outgoing = format_of("alertmanager").compose(notice_of(alert), settings, read_secrets(settings), TELLING, NOW)
    assert json.loads(outgoing.body) == pushed(alert)


def test_a_city_of_alerts_is_told_again_in_pushes_that_can_be_sent() -> None:
    settings = endpoint()
    city = [told_alert(id=f"alert-{number}", subject=f"yeouido-{number}/radio0") for number in range(2_000)]
    told = format_of("alertmanager").refresh(city, settings, read_secrets(settings), TELLING, NOW)
    assert len(told) > 1
    for each in told:
        check_message(each.headers, each.body, "http://127.0.0.1:9093")
    pushed = [alert["labels"]["subject"] for each in told for alert in json.loads(each.body)]
    assert pushed == [alert.subject for alert in city]


def test_a_notice_of_too_many_alerts_is_sent_all_the_same_and_the_rest_is_told_again() -> None:
    settings = endpoint()
    city = [told_alert(id=f"alert-{number}", subject=f"yeouido-{number}/radio0") for number in range(2_000)]
    outgoing = format_of("alertmanager").compose(notice_of(*city), settings, read_secrets(settings), TELLING, NOW)
    check_message(outgoing.headers, outgoing.body, "http://127.0.0.1:9093")
    assert len(json.loads(outgoing.body)) >= 500


def test_a_test_ends_by_itself() -> None:
    settings = endpoint()
    notice = sample_notice("am", "n-1", NOW)
    (alert,) = json.loads(
        format_of("alertmanager").compose(notice, settings, read_secrets(settings), TELLING, NOW).body
    )
    assert alert["labels"] == {"alertname": "test", "severity": "info"}
    assert alert["endsAt"] == "2026-07-03T05:10:00.000Z"


def test_fingerprints_are_those_of_prometheus() -> None:
    """Vectors of prometheus/common, model/signature_test.go."""
    assert int(fingerprint({}), 16) == 14695981039346656037
    assert int(fingerprint({"name": "garland, briggs", "fear": "love is not enough"}), 16) == 5799056148416392346
