"""Slack's incoming webhooks: blocks, with a text for notifications.

https://docs.slack.dev/reference/block-kit/blocks and https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks.
What strangers may have named stands in `plain_text`, in which Slack looks for no markup, mentions or emoji; `mrkdwn` is
only used for our links.
"""

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal

from collector.alerts.endpoints.fitting import fitting
from collector.alerts.endpoints.outcome import Outcome, in_words
from collector.alerts.endpoints.outcome import judge as judge_any
from collector.alerts.endpoints.settings import EndpointSettings, Outgoing, Secrets, Telling
from collector.alerts.notice import Notice
from collector.alerts.telling.alerts import AlertTold, phrase
from collector.alerts.telling.notices import Told, tell
from collector.alerts.telling.plain_text import cut

_HEADER_LETTERS = 150
_SECTION_LETTERS = 3000
_MOST_BLOCKS = 50
_MOST_LETTERS = 12_500
"""Of all blocks as JSON: Slack refuses more than some 13,000 (https://github.com/slackapi/bolt-js/issues/2509)."""
_MOST_ALERTS = 20
_SUMMARY_LETTERS = 600
_ALERT_LETTERS = 2000
_Block = dict[str, Any]
_ERROR = re.compile(rb"[a-z_]{1,60}")


class Settings(EndpointSettings):
    """`url_file` holds the webhook's address: whoever knows it can write to the channel."""

    is_url_secret: ClassVar[bool] = True

    kind: Literal["slack"] = "slack"


def compose(notice: Notice, settings: Settings, secrets: Secrets, telling: Telling, at: datetime) -> Outgoing:  # noqa: ARG001  # as all formats
    """One message for one notice."""

    def build(count: int) -> list[_Block]:
        return list(_blocks(tell(notice, settings.language, telling.links, at_most=count)))

    blocks = fitting(build, min(len(notice.alerts), _MOST_ALERTS), _fits)
    told = tell(notice, settings.language, telling.links, at_most=1)
    text = f"{_escaped(told.title, _SUMMARY_LETTERS)}\n{_escaped(told.summary, _SUMMARY_LETTERS)}"
    body = json.dumps({"text": text, "blocks": blocks}, ensure_ascii=False)
    return Outgoing(secrets.url, {"content-type": "application/json; charset=utf-8"}, body.encode())


def judge(status: int, headers: Mapping[str, str], body: bytes, at: datetime) -> Outcome:
    """Slack names what it dislikes in a word, such as `invalid_blocks`."""
    outcome = judge_any(status, headers, body, at)
    word = body.strip()
    if status < 400 or not _ERROR.fullmatch(word):
        return outcome
    return Outcome(outcome.result, f"{in_words(status)}: {word.decode()}", outcome.wait_seconds)


def _blocks(told: Told) -> Iterator[_Block]:
    yield {"type": "header", "text": _text(told.title, _HEADER_LETTERS)}
    if len(told.alerts) != 1 or told.untold:
        yield _section(told.summary, _SUMMARY_LETTERS)
    for alert in told.alerts:
        yield from _alert(alert, told)
    if told.rest:
        yield _section(told.rest, _SUMMARY_LETTERS)
    yield _section(f"{phrase('action', told.language)}: {told.action}", _SUMMARY_LETTERS)
    if told.links:
        shown = " · ".join(f"<{_escape(link.url)}|{_escape(link.label)}>" for link in told.links)
        yield {"type": "section", "text": {"type": "mrkdwn", "text": shown}}


def _alert(alert: AlertTold, told: Told) -> Iterator[_Block]:
    """Its lines, and the access points that it lists, which may take several sections."""
    lines = [alert.what]
    lines += [f"{label}: {text}" for label, text in alert.rows(told.language) if text != alert.members]
    yield _section("\n".join(lines), _ALERT_LETTERS)
    if alert.members:
        label = phrase("members", told.language)
        listed = textwrap.wrap(f"{label}: {alert.members}", _SECTION_LETTERS - 1, break_on_hyphens=False)
        yield from (_section(part, _SECTION_LETTERS) for part in listed)


def _section(text: str, most_letters: int) -> _Block:
    return {"type": "section", "text": _text(text, most_letters)}


def _text(text: str, most_letters: int) -> _Block:
    return {"type": "plain_text", "text": _escaped(text, most_letters), "emoji": False}


def _escaped(text: str, most_letters: int) -> str:
    """At most so many letters once it is escaped."""
    most = most_letters
    while len(escaped := _escape(cut(text, most))) > most_letters:
        most -= (len(escaped) - most_letters + 4) // 5
    return escaped


def _escape(text: str) -> str:
    """The three signs that Slack reads markup by: https://docs.slack.dev/messaging/formatting-message-text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _fits(blocks: list[_Block]) -> bool:
    return len(blocks) <= _MOST_BLOCKS and len(json.dumps(blocks, ensure_ascii=False)) <= _MOST_LETTERS
