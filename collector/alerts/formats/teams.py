"""Microsoft Teams, by a workflow of its template "Send webhook alerts to a channel" (or to a chat): an Adaptive Card.

https://support.microsoft.com/en-us/office/create-incoming-webhooks-with-workflows-for-microsoft-teams-8ae491c7-0394-4861-ba59-055e33f75498,
https://adaptivecards.io/explorer. Teams answers 202 before it posts, so that a card that it dislikes is lost without a
word: what is sent is held to the schema by tests, and well below the size at which it is refused. Text stands in
`TextRun`s, which unlike `TextBlock`s know no Markdown.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar, Literal

from collector.alerts.alert import Severity
from collector.alerts.endpoints.fitting import fitting
from collector.alerts.endpoints.settings import EndpointSettings, Outgoing, Secrets, Telling
from collector.alerts.notice import Notice, NoticeKind
from collector.alerts.telling.alerts import AlertTold, phrase
from collector.alerts.telling.notices import Told, tell

_MOST_BYTES = 24_000
"""Teams takes some 28 KB, by what it makes of a message."""
_MOST_ALERTS = 30
_STYLES = {Severity.CRITICAL: "attention", Severity.WARNING: "warning", Severity.INFO: "accent"}
_Element = dict[str, Any]


class Settings(EndpointSettings):
    """`url_file` holds the workflow's address, whose signature lets whoever knows it post."""

    is_url_secret: ClassVar[bool] = True

    kind: Literal["teams"] = "teams"


def compose(notice: Notice, settings: Settings, secrets: Secrets, telling: Telling, at: datetime) -> Outgoing:  # noqa: ARG001  # as all formats
    """One card for one notice."""

    def build(count: int) -> bytes:
        return _message(tell(notice, settings.language, telling.links, at_most=count), _style(notice))

    body = fitting(build, min(len(notice.alerts), _MOST_ALERTS), lambda body: len(body) <= _MOST_BYTES)
    return Outgoing(secrets.url, {"content-type": "application/json"}, body)


def _style(notice: Notice) -> str:
    return "good" if notice.kind is NoticeKind.ENDED else _STYLES[notice.severity]


def _message(told: Told, style: str) -> bytes:
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": told.title,
        "msteams": {"width": "Full"},
        "body": list(_body(told, style)),
        "actions": [{"type": "Action.OpenUrl", "title": link.label, "url": link.url} for link in told.links],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return json.dumps({"type": "message", "attachments": [attachment]}, ensure_ascii=False).encode()


def _body(told: Told, style: str) -> Iterator[_Element]:
    title = _line({"text": told.title, "weight": "Bolder", "size": "Medium"})
    yield {"type": "Container", "style": style, "bleed": True, "items": [title]}
    if len(told.alerts) != 1 or told.untold:
        yield _line({"text": told.summary})
    yield from (_alert(alert, told) for alert in told.alerts)
    if told.rest:
        yield _line({"text": told.rest})
    yield _fact(phrase("action", told.language), told.action)


def _alert(alert: AlertTold, told: Told) -> _Element:
    rows = [_fact(label, text) for label, text in alert.rows(told.language)]
    return {"type": "Container", "separator": True, "items": [_line({"text": alert.what}), *rows]}


def _fact(label: str, text: str) -> _Element:
    return _line({"text": f"{label}: ", "weight": "Bolder"}, {"text": text})


def _line(*runs: dict[str, str]) -> _Element:
    return {"type": "RichTextBlock", "spacing": "Small", "inlines": [{"type": "TextRun", **run} for run in runs]}
