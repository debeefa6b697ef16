"""Where a click leads: to other boards, keeping the time that is shown and what is chosen, and to the built-in pages.
Pure.
"""

from collections.abc import Iterator
from typing import get_args

from grafana_foundation_sdk.builders.dashboard import DashboardLink
from grafana_foundation_sdk.models.dashboard import DashboardLinkType

from dashboards.engines import board_uid
from dashboards.panels import BoardKey, Link, Panel
from dashboards.query import Query
from dashboards.rendering.canvas import Canvas

_CHOSEN = ("kind", "site", "access_point", "band")
"""All variables that boards have; each is also the tag whose value a link chooses."""
ONE_SITE: frozenset[BoardKey] = frozenset({"site", "access_point", "channels"})
"""Boards of exactly one site. `all` and several sites cannot be chosen there, and are not handed on."""
ONE_ACCESS_POINT: frozenset[BoardKey] = frozenset({"access_point"})
_BOARDS: tuple[BoardKey, ...] = get_args(BoardKey)
_PAGES = {"site_page": "sites", "access_point_page": "access-points"}


def series_link(canvas: Canvas, panel: Panel) -> DashboardLink | None:
    """Of a value in a series: what is chosen are the series' own tags."""
    return _down(canvas, panel, "${{__field.labels.{}}}")


def row_link(canvas: Canvas, panel: Panel) -> DashboardLink | None:
    """Of a value in a row: what is chosen are the tags in that row."""
    return _down(canvas, panel, "${{__data.fields.{}}}")


def links_of_board(canvas: Canvas) -> Iterator[DashboardLink]:
    """Above a board: all other boards, and the built-in pages."""
    for key in _BOARDS:
        if key != canvas.board.key:
            yield _above(canvas.shared.boards[key], _board_url(canvas, key, {})).keep_time(keep_time=True)
    site = _page_url(canvas, "site_page", {}) if canvas.board.key in ONE_SITE else "${pages:raw}/"
    yield _above(canvas.shared.pages["all"], site).icon("external link").target_blank(target_blank=True)


def _above(title: str, url: str) -> DashboardLink:
    return DashboardLink(title).type(DashboardLinkType.LINK).icon("dashboard").url(url)


def _down(canvas: Canvas, panel: Panel, told: str) -> DashboardLink | None:
    if panel.link is None:
        return None
    tags = {tag: told.format(tag) for tag in _CHOSEN if all(_tells(query, tag) for query in panel.queries)}
    return panel_link(canvas, panel.link, tags)


def _tells(query: Query, tag: str) -> bool:
    """Whether an answer says which one it is of. The kind of a check is no kind of a site."""
    return tag in query.by and (tag != "kind" or "site" in query.metric.tags)


def panel_link(canvas: Canvas, link: Link, tags: dict[str, str]) -> DashboardLink:
    """`tags` are what the place that is clicked on tells of itself: what the target shows is chosen by them first, and
    by what is chosen here where they do not say."""
    if link.to == "site_page" or link.to == "access_point_page":  # noqa: PLR1714  # mypy narrows by these, and not by `in`
        url = _page_url(canvas, link.to, tags)
        return DashboardLink(canvas.shared.pages[link.to]).url(url).target_blank(target_blank=True)
    url = _board_url(canvas, link.to, tags)
    parting = "&" if "?" in url else "?"
    return DashboardLink(canvas.shared.boards[link.to]).url(f"{url}{parting}${{__url_time_range}}")


def _board_url(canvas: Canvas, key: BoardKey, tags: dict[str, str]) -> str:
    chosen = [
        f"var-{name}={tags[name]}" if name in tags else f"${{{name}:queryparam}}"
        for name in _CHOSEN
        if name in tags or _is_handed_on(canvas, name, key, tags)
    ]
    path = f"/d/{board_uid(key, canvas.engine, canvas.language)}"
    return f"{path}?{'&'.join(chosen)}" if chosen else path


def _is_handed_on(canvas: Canvas, name: str, key: BoardKey, tags: dict[str, str]) -> bool:
    if name == "access_point" and ("site" in tags or "kind" in tags):
        return False  # those that are chosen here are not of the site that is clicked on
    if f"one_{name}" in canvas.board.variables:
        return True
    asks_for_one = (name == "site" and key in ONE_SITE) or (name == "access_point" and key in ONE_ACCESS_POINT)
    return name in canvas.board.variables and not asks_for_one


def _page_url(canvas: Canvas, page: str, tags: dict[str, str]) -> str:
    tag = page.removesuffix("_page")
    if tag in tags:
        return f"${{pages:raw}}/{_PAGES[page]}/{tags[tag]}"
    if f"one_{tag}" in canvas.board.variables:
        return f"${{pages:raw}}/{_PAGES[page]}/${{{tag}}}"
    return "${pages:raw}/"
