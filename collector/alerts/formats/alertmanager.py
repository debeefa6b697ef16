"""Prometheus' Alertmanager, which is pushed to as Prometheus does it, and then groups, silences and tells by itself.

https://prometheus.io/docs/alerting/latest/alerts_api/ and the OpenAPI document that it names. Alertmanager forgets: an
alert that nobody repeats ends by itself when its `endsAt` is over. `refresh` therefore tells of everything again.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from collector.alerts.endpoints.authorization import authorization_mistake, authorized
from collector.alerts.endpoints.prometheus_labels import annotations_of, instant, labels_of
from collector.alerts.endpoints.settings import EndpointSettings, Outgoing, SecretFile, Secrets, Telling
from collector.alerts.notice import Notice, ToldAlert, Where
from collector.alerts.telling.alerts import tell_alert

_PATH = "/api/v2/alerts"
_BETWEEN = b", "
HOLDS_FOR = timedelta(minutes=5)
"""For so long what fires is said to fire, unless it is said again: Alertmanager's own `resolve_timeout`. One that has
lost its memory is right again within a minute, and one that has lost us within five."""
REPEATS_ENDED_FOR = timedelta(minutes=5)
"""For so long it is said again that something has ended, should the first time have been lost on the way."""
MOST_BYTES = 1_000_000
"""Of one push, some 700 alerts: just below what the collector sends at most."""


class Settings(EndpointSettings):
    """`url` is Alertmanager's own, such as http://127.0.0.1:9093. `authorization_file` holds the value of the
    Authorization header, if a proxy before it asks for one."""

    secret_files: ClassVar[tuple[str, ...]] = ("authorization_file",)

    kind: Literal["alertmanager"] = "alertmanager"
    authorization_file: SecretFile | None = None


def compose(notice: Notice, settings: Settings, secrets: Secrets, telling: Telling, at: datetime) -> Outgoing:
    """The alerts of a notice, as many as one push holds: Alertmanager cuts for its own receivers. What is left out
    comes with the next `refresh`."""
    alerts = (_alert(alert, notice.where, settings, telling, at) for alert in notice.alerts)
    return _push(next(_batches(alerts), ()), secrets)


def refresh(
    alerts: Iterable[ToldAlert], settings: Settings, secrets: Secrets, telling: Telling, at: datetime
) -> Sequence[Outgoing]:
    """What fires, and what ended within the last minutes, in as many pushes as it takes; none where there is neither.
    To be sent every minute."""
    worth_it = (each for each in alerts if each.ended_at is None or at - each.ended_at <= REPEATS_ENDED_FOR)
    pushed = (_alert(alert, None, settings, telling, at) for alert in worth_it)
    return [_push(batch, secrets) for batch in _batches(pushed)]


def mistakes(settings: Settings, secrets: Secrets) -> Iterator[tuple[str, str]]:  # noqa: ARG001  # as all formats
    """Of a header that cannot be sent."""
    yield from authorization_mistake(secrets)


def _alert(alert: ToldAlert, where: Where | None, settings: Settings, telling: Telling, at: datetime) -> bytes:
    """One alert as JSON. Alertmanager refuses what ends before it starts, as it would seem where a clock was set
    back."""
    words = tell_alert(alert, settings.language, telling.links, where=where)
    ends_at = at + HOLDS_FOR if alert.ended_at is None else alert.ended_at
    pushed: dict[str, Any] = {
        "labels": labels_of(alert, alert.where or where, telling),
        "annotations": annotations_of(alert, words),
        "startsAt": instant(min(alert.since, ends_at)),
        "endsAt": instant(ends_at),
    }
    if words.page_url is not None:
        pushed["generatorURL"] = words.page_url
    return json.dumps(pushed, ensure_ascii=False, allow_nan=False).encode()


def _batches(alerts: Iterable[bytes]) -> Iterator[Sequence[bytes]]:
    """These alerts, as many at once as one push holds."""
    batch: list[bytes] = []
    length = 0
    for alert in alerts:
        if batch and length + len(alert) > MOST_BYTES:
            yield batch
            batch, length = [], 0
        batch.append(alert)
        length += len(alert) + len(_BETWEEN)
    if batch:
        yield batch


def _push(alerts: Sequence[bytes], secrets: Secrets) -> Outgoing:
    url = secrets.url.rstrip("/").removesuffix(_PATH) + _PATH
    headers = {"content-type": "application/json", **authorized(secrets)}
    return Outgoing(url, headers, b"[" + _BETWEEN.join(alerts) + b"]")
