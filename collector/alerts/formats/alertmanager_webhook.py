"""What Alertmanager itself sends to webhooks, version 4, for receivers that know no other.

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar, Literal

from collector.alerts.endpoints.authorization import authorization_mistake, authorized
from collector.alerts.endpoints.prometheus_labels import (
    NOT_ENDED,
    annotations_of,
    fingerprint,
    instant,
    labels_of,
    shared,
)
from collector.alerts.endpoints.settings import EndpointSettings, Outgoing, SecretFile, Secrets, Telling
from collector.alerts.notice import Notice, ToldAlert
from collector.alerts.telling.alerts import AlertTold
from collector.alerts.telling.notices import tell

_MOST_ALERTS = 100
"""A judgement of ours: what stands beyond it is counted in `truncatedAlerts`, as Alertmanager does by `max_alerts`."""


class Settings(EndpointSettings):
    """`authorization_file` holds the value of the Authorization header, if the receiver asks for one."""

    secret_files: ClassVar[tuple[str, ...]] = ("authorization_file",)

    kind: Literal["alertmanager_webhook"] = "alertmanager_webhook"
    authorization_file: SecretFile | None = None


def compose(notice: Notice, settings: Settings, secrets: Secrets, telling: Telling, at: datetime) -> Outgoing:  # noqa: ARG001  # as all formats
    """One group of Alertmanager's for one notice; the thread is its key."""
    told = tell(notice, settings.language, telling.links, at_most=_MOST_ALERTS)
    alerts = [
        _alert(alert, words, notice, telling)
        for alert, words in zip(notice.alerts[:_MOST_ALERTS], told.alerts, strict=True)
    ]
    body = {
        "version": "4",
        "groupKey": notice.thread,
        "truncatedAlerts": told.untold,
        "status": "firing" if notice.firing else "resolved",
        "receiver": settings.name,
        "groupLabels": _group(notice),
        "commonLabels": shared([alert["labels"] for alert in alerts]),
        "commonAnnotations": shared([alert["annotations"] for alert in alerts]),
        "externalURL": telling.links.public_url or "",
        "alerts": alerts,
    }
    headers = {"content-type": "application/json", **authorized(secrets)}
    return Outgoing(secrets.url, headers, json.dumps(body, ensure_ascii=False, allow_nan=False).encode())


def mistakes(settings: Settings, secrets: Secrets) -> Iterator[tuple[str, str]]:  # noqa: ARG001  # as all formats
    """Of a header that cannot be sent."""
    yield from authorization_mistake(secrets)


def _group(notice: Notice) -> dict[str, str]:
    site = {} if notice.where is None else {"site": notice.where.site}
    return {"alertname": notice.rule, **site}


def _alert(alert: ToldAlert, words: AlertTold, notice: Notice, telling: Telling) -> dict[str, Any]:
    labels = labels_of(alert, alert.where or notice.where, telling)
    return {
        "status": "firing" if alert.is_firing else "resolved",
        "labels": labels,
        "annotations": annotations_of(alert, words),
        "startsAt": instant(alert.since),
        "endsAt": NOT_ENDED if alert.ended_at is None else instant(alert.ended_at),
        "generatorURL": words.page_url or "",
        "fingerprint": fingerprint(labels),
    }
