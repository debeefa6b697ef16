"""What has fired: the newest first, and how many on each of the last days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import Request
from fastapi.responses import Response
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.alerts.alert import Severity
from collector.korean_time import KST
from collector.state.alert_counts import fired_by_day
from collector.state.alerts import find_alerts
from collector.web.alerts.alert_lines import Line, Lines
from collector.web.alerts.alert_search import AlertSearch, Course, page_after
from collector.web.alerts.alerts_now import read_standing
from collector.web.drawing.alert_days import AlertDays, draw_alert_days
from collector.web.pages.alerts import asked_in, filter_choices
from collector.web.reader import Reader
from collector.web.rendering import Renderer
from collector.web.routing import Page
from collector.web.services import Services

PAGE_SIZE = 50
DAYS = 30


@dataclass(frozen=True, slots=True)
class AlertHistory:
    """A page of alerts, the newest first. `next_before` is where the next one begins; None on the last."""

    search: AlertSearch
    lines: tuple[Line, ...]
    next_before: str | None
    days: AlertDays


def last_days(today: date) -> Sequence[date]:
    """The days that are counted, today the last."""
    return [today - timedelta(days=back) for back in reversed(range(DAYS))]


def read_history(services: Services, search: AlertSearch, lines: Lines, today: date) -> AlertHistory:
    """Read what is asked for. Blocks."""
    wanted, days = search.filter(services.inventory), last_days(today)
    found = find_alerts(services.state, wanted, before=search.before, limit=PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    fired: Sequence[Mapping[Severity, int]] = fired_by_day(services.state, wanted, days)
    return AlertHistory(
        search=search,
        lines=lines.all_of(read_standing(services, shown)),
        next_before=page_after(shown[-1]) if len(found) > PAGE_SIZE else None,
        days=draw_alert_days(days, fired),
    )


def alert_history_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """`/alerts/history`."""

    async def show(request: Request) -> Response:
        search = asked_in(request)

        def values(reader: Reader) -> dict[str, object]:
            lines = Lines(services, reader.language)
            return {
                "view": read_history(services, search, lines, reader.now.astimezone(KST).date()),
                "courses": tuple(Course),
                **filter_choices(services, search, lines),
            }

        return await renderer.respond(request, "alert_history.html", values)

    return [Page("/alerts/history", show, needs=Permission.READ)]
