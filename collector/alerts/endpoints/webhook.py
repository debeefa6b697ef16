"""A notice as JSON, its facts and its texts in both languages: what Standard Webhooks carry and templates see. Pure.

Published as docs/webhook.schema.json, which `python -m collector.alerts.endpoints.webhook` prints.
"""

import json
from datetime import datetime
from math import isfinite
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from collector.alerts.alert import End, Severity
from collector.alerts.notice import Notice, NoticeKind, ToldAlert, Where
from collector.alerts.telling.alerts import AlertTold, tell_alert
from collector.alerts.telling.links import Links
from collector.alerts.telling.notices import Told, tell
from collector.alerts.telling.plain_text import plain


class _Published(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class AlertTexts(_Published):
    """An alert in one language; what is not known is null."""

    what: str
    where: str
    since: str
    how_long: str | None
    how_bad: str | None
    cause: str | None
    people: str | None
    note: str | None


class NoticeTexts(_Published):
    """The whole in one language."""

    title: str
    summary: str
    action: str


class InTwoLanguages(_Published):
    """The whole in Korean and English."""

    ko: NoticeTexts
    en: NoticeTexts


class AlertInTwoLanguages(_Published):
    """An alert in Korean and English."""

    ko: AlertTexts
    en: AlertTexts


class AlertFacts(_Published):
    """One alert. `value` and `threshold` are in the unit of its rule, as docs/alerts.md has it."""

    id: str = Field(description="The same from begun to ended.")
    rule: str
    subject: str = Field(description="What the rule judges: an access point's id, with / and a name for a radio, ...")
    part: str | None = Field(description="The radio, where it is about one.")
    severity: Severity
    is_firing: bool = Field(description="False: it has ended.")
    is_flapping: bool
    end: End | None = Field(description="Why it is over: well again, or gone from what is watched.")
    where: Where | None
    since: datetime = Field(description="When it was first bad.")
    fired_at: datetime
    ended_at: datetime | None
    value: float | None
    threshold: float | None
    people: int | None = Field(description="How many were connected there when it was last known.")
    members: tuple[str, ...] = Field(description="The access points that it lists, all of them.")
    detail: dict[str, str | float] = Field(description="Further facts of its rule.")
    url: str | None
    map_url: str | None
    grafana_url: str | None
    runbook_url: str | None
    texts: AlertInTwoLanguages


class NoticeFacts(_Published):
    """What one endpoint is told. `alerts` are cut where they would make the whole too large."""

    id: str = Field(description="The same at each retry, as webhook-id.")
    thread: str = Field(description="The same from begun to ended.")
    endpoint: str
    kind: NoticeKind
    rule: str
    severity: Severity
    where: Where | None
    firing_count: int
    ended_count: int
    alerts: tuple[AlertFacts, ...]
    alerts_left_out: int
    texts: InTwoLanguages


class Webhook(_Published):
    """The body of a Standard Webhooks request. `timestamp` is when the notice was made."""

    type: Literal["alert.begun", "alert.changed", "alert.ended", "alert.test", "alert.alive"]
    timestamp: datetime
    data: NoticeFacts


def webhook_of(notice: Notice, links: Links, at_most: int) -> Webhook:
    """A notice with `at_most` so many of its alerts."""
    korean, english = (tell(notice, language, links, at_most=at_most) for language in ("ko", "en"))
    told = zip(notice.alerts[:at_most], korean.alerts, english.alerts, strict=True)
    facts = NoticeFacts(
        id=notice.id,
        thread=notice.thread,
        endpoint=notice.endpoint,
        kind=notice.kind,
        rule=notice.rule,
        severity=notice.severity,
        where=_clean(notice.where),
        firing_count=len(notice.firing),
        ended_count=len(notice.ended),
        alerts=tuple(_alert(alert, ko, en) for alert, ko, en in told),
        alerts_left_out=korean.untold,
        texts=InTwoLanguages(ko=_texts(korean), en=_texts(english)),
    )
    return Webhook.model_validate({"type": f"alert.{notice.kind}", "timestamp": notice.made_at, "data": facts})


def facts_of_alert(alert: ToldAlert, links: Links) -> AlertFacts:
    """One alert by itself, as the API tells of it too."""
    return _alert(alert, tell_alert(alert, "ko", links), tell_alert(alert, "en", links))


def _alert(alert: ToldAlert, korean: AlertTold, english: AlertTold) -> AlertFacts:
    return AlertFacts(
        **alert.model_dump(exclude={"where", "value", "threshold", "detail", "subject", "part"}),
        subject=plain(alert.subject),
        part=None if alert.part is None else plain(alert.part),
        where=_clean(alert.where),
        value=_finite(alert.value),
        threshold=_finite(alert.threshold),
        detail=dict(_known(alert)),
        url=korean.page_url,
        map_url=korean.map_url,
        grafana_url=korean.grafana_url,
        runbook_url=korean.runbook_url,
        texts=AlertInTwoLanguages(ko=_alert_texts(korean), en=_alert_texts(english)),
    )


def _known(alert: ToldAlert) -> list[tuple[str, str | float]]:
    cleaned = ((key, plain(fact) if isinstance(fact, str) else _finite(fact)) for key, fact in alert.detail.items())
    return [(plain(key), fact) for key, fact in cleaned if fact is not None]


def _clean(where: Where | None) -> Where | None:
    """A place without control characters in its names, and with a position only where it is one."""
    if where is None:
        return None
    texts = {
        key: plain(text) for key, text in where.model_dump().items() if isinstance(text, str) and key != "site_kind"
    }
    position = {"latitude": _finite(where.latitude), "longitude": _finite(where.longitude)}
    return where.model_copy(update={**texts, **position})


def _finite(number: float | None) -> float | None:
    return number if number is not None and isfinite(number) else None


def _texts(told: Told) -> NoticeTexts:
    return NoticeTexts(title=told.title, summary=told.summary, action=told.action)


def _alert_texts(told: AlertTold) -> AlertTexts:
    return AlertTexts(**{name: getattr(told, name) for name in AlertTexts.model_fields})


def document() -> str:
    """The schema of the webhook's body, as indented JSON with a newline at its end."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Webhook.model_json_schema(mode="serialization"),
        "title": "Hangang Wi-Fi, the body of an alert's webhook",
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(document(), end="")
