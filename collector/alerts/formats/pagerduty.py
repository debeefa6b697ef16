"""PagerDuty's Events API v2: a notice triggers an alert or tells it again, the last one resolves it.

https://developer.pagerduty.com/docs/send-alert-event
"""

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

from collector.alerts.endpoints.fitting import fitting
from collector.alerts.endpoints.settings import EndpointSettings, Outgoing, SecretFile, Secrets, Telling
from collector.alerts.notice import Notice, NoticeKind, Where
from collector.alerts.telling.alerts import AlertTold
from collector.alerts.telling.notices import Told, tell
from collector.alerts.telling.plain_text import cut

_KEY_LETTERS = 255
_SUMMARY_LETTERS = 1024
_MOST_BYTES = 500_000
"""PagerDuty takes 512 KB."""
_MOST_ALERTS = 100
_CLIENT = "Hangang Wi-Fi"
_ROUTING_KEY = re.compile(r"[A-Za-z0-9]{32}")


class Settings(EndpointSettings):
    """`routing_key_file` holds the integration key of a service. In the EU, `url` is
    https://events.eu.pagerduty.com/v2/enqueue."""

    secret_files: ClassVar[tuple[str, ...]] = ("routing_key_file",)
    default_url: ClassVar[str | None] = "https://events.pagerduty.com/v2/enqueue"

    kind: Literal["pagerduty"] = "pagerduty"
    routing_key_file: SecretFile


def compose(notice: Notice, settings: Settings, secrets: Secrets, telling: Telling, at: datetime) -> Outgoing:  # noqa: ARG001  # as all formats
    """One event. The thread is what PagerDuty tells one alert from another by."""
    event: dict[str, Any] = {
        "routing_key": secrets.texts["routing_key_file"].strip(),
        "event_action": "resolve" if notice.kind is NoticeKind.ENDED else "trigger",
        "dedup_key": _short(notice.thread),
    }

    def build(count: int) -> bytes:
        told = tell(notice, settings.language, telling.links, at_most=count)
        return json.dumps(event | _trigger(notice, told, telling), ensure_ascii=False, allow_nan=False).encode()

    headers = {"content-type": "application/json"}
    if event["event_action"] == "resolve":
        return Outgoing(secrets.url, headers, json.dumps(event).encode())
    most = min(len(notice.alerts), _MOST_ALERTS)
    return Outgoing(secrets.url, headers, fitting(build, most, lambda body: len(body) <= _MOST_BYTES))


def mistakes(settings: Settings, secrets: Secrets) -> Iterator[tuple[str, str]]:  # noqa: ARG001  # as all formats
    """Of a key that PagerDuty would refuse."""
    if not _ROUTING_KEY.fullmatch(secrets.texts["routing_key_file"].strip()):
        yield "routing_key_file", "must hold an integration key of the Events API v2, which has 32 letters and digits"


def _trigger(notice: Notice, told: Told, telling: Telling) -> dict[str, Any]:
    alert = notice.alerts[0] if len(notice.alerts) == 1 else None
    where = alert.where if alert is not None and alert.where is not None else notice.where
    payload = {
        "summary": cut(f"{told.title} — {told.summary}", _SUMMARY_LETTERS),
        "source": _source(where),
        "severity": notice.severity.value,
        "timestamp": notice.made_at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "class": notice.rule,
        "custom_details": _details(told),
    }
    if where is not None:
        payload |= {"group": where.site, "component": where.access_point or where.site}
    shown = {"client": _CLIENT, "links": [{"href": link.url, "text": link.label} for link in told.links]}
    if telling.links.public_url is not None:
        shown["client_url"] = telling.links.public_url
    return {"payload": payload, **shown}


def _source(where: Where | None) -> str:
    return "collector" if where is None else where.access_point or where.site


def _details(told: Told) -> dict[str, Any]:
    return {
        "action": told.action,
        "alerts": [_detail(alert, told) for alert in told.alerts],
        "alerts_left_out": told.untold,
    }


def _detail(alert: AlertTold, told: Told) -> dict[str, str]:
    urls = {"url": alert.page_url, "map": alert.map_url, "grafana": alert.grafana_url, "runbook": alert.runbook_url}
    known = {name: url for name, url in urls.items() if url is not None}
    return {"what": alert.what, **dict(alert.rows(told.language)), **known}


def _short(key: str) -> str:
    return key if 0 < len(key) <= _KEY_LETTERS else hashlib.sha256(key.encode()).hexdigest()
