"""The audit log: who did what, when, and from where. The newest first."""

from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import Response
from starlette.routing import BaseRoute

from collector.access.identity import COMMAND
from collector.access.roles import Permission
from collector.state.accounts import people
from collector.state.audit import Action, KeptEntry, entries
from collector.web.api.cursors import number_from_cursor, to_cursor
from collector.web.reader import Reader
from collector.web.rendering import Renderer
from collector.web.routing import Page
from collector.web.services import Services

PAGE_SIZE = 100
MOST_LETTERS = 1_000


@dataclass(frozen=True, slots=True)
class Log:
    """One page of the log. `by` and `action` are what is looked for; `older` is the cursor of the next page."""

    entries: tuple[KeptEntry, ...]
    by: str
    action: Action | None
    is_newest: bool
    older: str | None


def audit_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """`/audit`."""

    async def show(request: Request) -> Response:
        asked = request.query_params
        before = number_from_cursor(asked.get("cursor") or None)
        by = asked.get("by", "").strip()[:MOST_LETTERS]
        action = next((action for action in Action if action == asked.get("action")), None)

        def values(_: Reader) -> dict[str, object]:
            found = entries(services.state, before=before, limit=PAGE_SIZE + 1, by=by or None, action=action)
            shown = tuple(found[:PAGE_SIZE])
            older = to_cursor(shown[-1].id) if len(found) > PAGE_SIZE else None
            return {
                "view": Log(shown, by, action, before is None, older),
                "actions": tuple(Action),
                "names": [COMMAND.name, *(person.name for person in people(services.state))],
            }

        return await renderer.respond(request, "audit.html", values)

    return [Page("/audit", show, needs=Permission.AUDIT)]
