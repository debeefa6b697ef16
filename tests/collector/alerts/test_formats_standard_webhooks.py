"""Signatures, as the package that receivers use checks them."""

import base64
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alert_notices import notice_of, told_alert
from standardwebhooks import Webhook, WebhookVerificationError

from agent.settings import SettingsError
from collector.alerts.endpoints.settings import Outgoing, Telling
from collector.alerts.endpoints.tables import check_endpoints, read_secrets
from collector.alerts.formats import format_of

OLD, NEW = ("whsec_" + base64.b64encode(letter * 32).decode() for letter in (b"o", b"n"))
KST = timezone(timedelta(hours=9))


def signed(folder: Path, secrets: str, at: datetime) -> Outgoing:
    file = folder / "webhook.secret"
    file.write_text(secrets, encoding="utf-8")
    table = {
        "name": "ops",
        "kind": "standard_webhooks",
        "url": "https://ops.example.org/hook",
        "secret_file": str(file),
    }
    (endpoint,) = check_endpoints([table], folder / "collector.toml")
    notice = notice_of(told_alert(), made_at=at)
    return format_of("standard_webhooks").compose(notice, endpoint, read_secrets(endpoint), Telling(), at)


@pytest.mark.parametrize("zone", [UTC, KST])
@pytest.mark.parametrize("known", [OLD, NEW])
def test_during_a_rotation_either_secret_verifies(tmp_path: Path, known: str, zone: timezone) -> None:
    outgoing = signed(tmp_path, f"# since July\n{NEW}\n\n{OLD}\n", datetime.now(zone))
    body = Webhook(known).verify(outgoing.body, dict(outgoing.headers))
    assert body["type"] == "alert.begun"
    assert (
        body["data"]["alerts"][0]["texts"]["ko"]["where"]
        == "영등포구 여의도한강공원 · 물빛광장 17 (yeouido-017) · 옥상 · radio0"
    )


def test_after_a_rotation_the_old_secret_does_not(tmp_path: Path) -> None:
    outgoing = signed(tmp_path, NEW, datetime.now(UTC))
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(outgoing.body, dict(outgoing.headers))


def test_what_was_changed_on_the_way_does_not_verify(tmp_path: Path) -> None:
    outgoing = signed(tmp_path, NEW, datetime.now(UTC))
    changed = outgoing.body.replace(b"alert.begun", b"alert.ended")
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(changed, dict(outgoing.headers))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "holds no secret"),
        ("# nothing\n", "holds no secret"),
        ("secret-of-ours-that-is-long-enough", "line 1 must be whsec_"),
        (f"{NEW}\nwhsec_short", "line 2 must be whsec_"),
        ("whsec_" + base64.b64encode(b"x" * 23).decode(), "24 to 64 random bytes"),
        ("whsec_" + base64.b64encode(b"x" * 65).decode(), "24 to 64 random bytes"),
        ("whsec_!" + base64.b64encode(b"x" * 32).decode(), "in base64"),
    ],
)
def test_a_secret_that_is_none_is_told_without_showing_it(tmp_path: Path, content: str, problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        signed(tmp_path, content, datetime.now(UTC))
    assert problem in str(caught.value)
    assert str(tmp_path / "webhook.secret") in str(caught.value)
    assert not content or content.splitlines()[-1] not in str(caught.value)


def test_everything_that_is_known_is_there(tmp_path: Path) -> None:
    data = json.loads(signed(tmp_path, NEW, datetime.now(UTC)).body)["data"]
    (alert,) = data["alerts"]
    assert {
        key: data[key] for key in ("id", "thread", "kind", "rule", "firing_count", "ended_count", "alerts_left_out")
    } == {
        "id": "notice-1",
        "thread": "thread-1",
        "kind": "begun",
        "rule": "airtime_high",
        "firing_count": 1,
        "ended_count": 0,
        "alerts_left_out": 0,
    }
    assert {key: alert[key] for key in ("subject", "part", "since", "value", "threshold", "people", "detail")} == {
        "subject": "yeouido-017/radio0",
        "part": "radio0",
        "since": "2026-07-03T04:40:00Z",
        "value": 0.82,
        "threshold": 0.75,
        "people": 31,
        "detail": {"channel": 36.0, "own_ratio": 0.6},
    }
