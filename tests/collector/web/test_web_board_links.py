"""From the pages of the city, a site and an access point there is one way to the board of the same."""

import re

import pytest
from web_browser import Pages
from web_city import FULL

from collector.web.board_links import BoardLinks

GRAFANA = "https://grafana.example.org/boards"
IN_WORDS = {"ko": "Grafana에서 보기", "en": "Open in Grafana"}


async def links(pages: Pages, path: str, language: str) -> list[tuple[str, str]]:
    """Where links to Grafana lead, and what they are called."""
    async with pages.reader(language=language) as reader:
        html = (await reader.get(path)).text
    found = re.findall(r'<a href="([^"]*)"[^>]*>([^<]*Grafana[^<]*)</a>', html)
    assert len(found) == html.count("Grafana")
    return [(url.replace("&amp;", "&"), words) for url, words in found]


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize(
    ("path", "board", "chosen"),
    [
        ("/", "city", ""),
        ("/sites/yeouido", "site", "?var-site=yeouido"),
        (f"/access-points/{FULL}", "access-point", f"?var-site=yeouido&var-access_point={FULL}"),
    ],
)
async def test_a_page_leads_to_its_board_in_the_readers_language(
    pages: Pages, path: str, board: str, chosen: str, language: str
) -> None:
    with_boards = pages.changed(boards=BoardLinks(GRAFANA, "victoriametrics"))
    expected = f"{GRAFANA}/d/hangang-vm-{board}-{language}{chosen}"
    assert await links(with_boards, path, language) == [(expected, IN_WORDS[language])]


async def test_the_board_is_of_the_engine_that_is_used(pages: Pages) -> None:
    with_boards = pages.changed(boards=BoardLinks(GRAFANA, "influxdb"))
    assert await links(with_boards, "/", "ko") == [(f"{GRAFANA}/d/hangang-influx-city-ko", IN_WORDS["ko"])]


@pytest.mark.parametrize("path", ["/", "/sites/yeouido", f"/access-points/{FULL}"])
async def test_without_grafana_nothing_leads_there(pages: Pages, path: str) -> None:
    assert await links(pages, path, "en") == []
