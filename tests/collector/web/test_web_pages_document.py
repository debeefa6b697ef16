"""The list of pages in docs/collector.md is that of the application, and so are the permissions in it."""

import re
from pathlib import Path

from web_browser import Pages

from collector.web.routing import Page

DOCUMENT = Path(__file__).parents[3] / "docs" / "collector.md"
PAGE = re.compile(r"\| `(/[^`]*)` \| `(\w+)` \| (.*) \|")
OPEN_TO_ALL = re.compile(r"\| `(/[^`]*)` \| [^|]+ \|")
FILES = (".csv", ".xlsx")


def test_every_page_is_in_the_list_with_the_permission_it_takes(pages: Pages) -> None:
    told: dict[str, str | None] = {}
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if page := PAGE.fullmatch(line):
            told[page[1]] = page[2]
            told |= {page[1] + ending: page[2] for ending in FILES if f"`{ending}`" in page[3]}
        elif page := OPEN_TO_ALL.fullmatch(line):
            told[page[1]] = None
    assert told == {
        re.sub(r"{(\w+):\w+}", r"{\1}", route.path): route.needs
        for route in pages.application.routes
        if isinstance(route, Page) and "GET" in (route.methods or ())
    }
