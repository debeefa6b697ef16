"""A template of one's own, for receivers that want something else: Jinja2, in its sandbox.

What a template sees: `webhook`, the body that Standard Webhooks would have (docs/webhook.schema.json), as plain lists,
tables and texts; and `told`, its words in the endpoint's language. What is not there is a mistake, not nothing.

The sandbox keeps templates to the data that they are given. What they make is bounded in size, and, for there are no
ranges and no variables that outlive a turn, their loops by what a notice has: against mistakes, that is. Whoever writes
templates writes the collector's configuration too, and a process cannot be kept from itself by more than that.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import Field

from agent.settings import ReadableFile
from collector.alerts.endpoints.authorization import authorization_mistake, authorized
from collector.alerts.endpoints.fitting import fitting
from collector.alerts.endpoints.settings import ComposeError, EndpointSettings, Outgoing, SecretFile, Secrets, Telling
from collector.alerts.endpoints.webhook import webhook_of
from collector.alerts.notice import Notice
from collector.alerts.telling.links import Links
from collector.alerts.telling.notices import tell
from collector.alerts.telling.sample import SAMPLE_AT, sample_notices

_MOST_ALERTS = 100
_MOST_LETTERS = 256 * 1024
_SAMPLE_TELLING = Telling(Links("https://wifi.example.org", "https://grafana.example.org/{site}/{access_point}"))
_JSON = "application/json"


class Settings(EndpointSettings):
    """`template_file` is Jinja2, whose outcome is sent as `content_type`; `authorization_file` holds the value of the
    Authorization header, if the receiver asks for one."""

    secret_files: ClassVar[tuple[str, ...]] = ("template_file", "authorization_file")

    kind: Literal["template"] = "template"
    template_file: ReadableFile
    content_type: Annotated[str, Field(pattern=r"^[a-z]+/[a-z0-9.+-]+(; charset=utf-8)?$")] = _JSON
    authorization_file: SecretFile | None = None


_environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)
for _name in ("range", "lipsum", "cycler", "joiner", "namespace"):
    del _environment.globals[_name]
del _environment.filters["random"]


def compose(notice: Notice, settings: Settings, secrets: Secrets, telling: Telling, at: datetime) -> Outgoing:  # noqa: ARG001  # as all formats
    """What the template makes of a notice. Raises ComposeError where it makes nothing of it."""

    def build(count: int) -> str | None:
        return _rendered(secrets.texts["template_file"], _seen(notice, settings, telling, count))

    text = fitting(build, min(len(notice.alerts), _MOST_ALERTS), lambda text: text is not None)
    if text is None:
        raise ComposeError(f"makes more than {_MOST_LETTERS:,} letters of a single alert")
    headers = {"content-type": settings.content_type, **authorized(secrets)}
    return Outgoing(secrets.url, headers, text.encode())


def _seen(notice: Notice, settings: Settings, telling: Telling, count: int) -> dict[str, Any]:
    told = tell(notice, settings.language, telling.links, at_most=count)
    alerts = [{**asdict(alert), "rows": list(alert.rows(settings.language))} for alert in told.alerts]
    webhook = webhook_of(notice, telling.links, count).model_dump(mode="json")
    return {"webhook": webhook, "told": {**asdict(told), "rest": told.rest, "alerts": alerts}}


def mistakes(settings: Settings, secrets: Secrets) -> Iterator[tuple[str, str]]:
    """Of a template that cannot write down each sort of notice, or whose JSON is none."""
    yield from authorization_mistake(secrets)
    for notice in sample_notices(settings.name, SAMPLE_AT):
        try:
            body = compose(notice, settings, secrets, _SAMPLE_TELLING, SAMPLE_AT).body
        except ComposeError as error:
            yield "template_file", f"{error} (for a notice of kind {notice.kind})"
            return
        problem = _not_json(body) if settings.content_type.startswith(_JSON) else None
        if problem is not None:
            yield (
                "template_file",
                f"{problem}; write texts as {{{{ text | tojson }}}} (for a notice of kind {notice.kind})",
            )
            return


def _rendered(template: str, seen: dict[str, Any]) -> str | None:
    """What comes of it; None where that is too long."""
    pieces: list[str] = []
    letters = 0
    try:
        for piece in _template(template).generate(seen):
            letters += len(piece)
            if letters > _MOST_LETTERS:
                return None
            pieces.append(piece)
    except TemplateSyntaxError as error:
        raise ComposeError(f"line {error.lineno}: {error.message}") from error
    except (TemplateError, ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise ComposeError(f"{type(error).__name__}: {error}") from error
    return "".join(pieces).encode("utf-8", "replace").decode()


@lru_cache(maxsize=64)
def _template(text: str) -> Template:
    return _environment.from_string(text)


def _not_json(body: bytes) -> str | None:
    try:
        json.loads(body)
    except ValueError as error:
        return f"makes no JSON: {error}"
    return None
