"""The runbooks as pages: every rule has one, what links there leads somewhere, and nothing in them is run."""

import re

import pytest
from test_web_alerts import read
from test_web_pages import Outline, text_of
from web_browser import Pages

from collector.alerts.rules import rules
from collector.web.alerts.runbooks import runbook_of, runbooks

NAMES = {"README", "one", "two"}


@pytest.mark.parametrize("path", ["/runbooks", *(f"/runbooks/{kind}" for kind in rules())])
async def test_every_rule_has_a_page_that_is_whole_and_leads_to_pages_only(lasting_pages: Pages, path: str) -> None:
    html = await read(lasting_pages, path, language="ko")
    outline = Outline(html.replace("<hr />", ""))
    assert (outline.open, outline.mistakes) == ([], [])
    assert outline.headings.count("h1") == 1
    main = html.partition("<main")[2]
    ids = set(re.findall(r'id="([^"]+)"', html))
    for target in re.findall(r'href="([^"]+)"', main.partition("<article")[2]):
        if target.startswith("#"):
            assert target[1:] in ids, target
        elif not target.startswith("https://"):
            page, _, anchor = target.partition("#")
            assert f'id="{anchor}"' in await read(lasting_pages, page) if anchor else await read(lasting_pages, page)


async def test_the_list_names_all_rules_in_the_readers_language(lasting_pages: Pages) -> None:
    html = await read(lasting_pages, "/runbooks", language="ko")
    assert "장소 전체 장애" in text_of(html)
    assert all(f'href="/runbooks/{kind}"' in html for kind in rules())


@pytest.mark.parametrize("name", ["nothing", "README", "..%2Falerts", "site_outage.md"])
async def test_what_is_no_rule_has_no_runbook(lasting_pages: Pages, name: str) -> None:
    async with lasting_pages.reader() as reader:
        assert (await reader.get(f"/runbooks/{name}")).status_code == 404


def test_links_lead_to_pages_and_what_no_page_shows_is_no_link() -> None:
    text = "# A\n[one](one.md), [there](two.md#b-c), [all](README.md), [no](../alerts.md#x), [here](#h), [out](https://x.org/)"
    assert str(runbook_of(text, NAMES).body) == (
        '<p><a href="/runbooks/one">one</a>, <a href="/runbooks/two#b-c">there</a>, <a href="/runbooks">all</a>, no, '
        '<a href="#h">here</a>, <a href="https://x.org/">out</a></p>\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "<javascript:alert(1)>",
    ],
)
def test_html_and_script_are_shown_and_not_run(text: str) -> None:
    body = str(runbook_of(text, NAMES).body)
    assert "<script" not in body
    assert "<img" not in body
    assert "href" not in body


def test_headings_can_be_led_to_and_the_korean_summary_is_marked() -> None:
    page = runbook_of(
        "# `a_b`: *x*\n\n**요약.** 한국어\n\n## What it isn't, by `x_y`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n", NAMES
    )
    assert str(page.title) == "<code>a_b</code>: <em>x</em>"
    assert '<p lang="ko" class="summary"><strong>요약.</strong> 한국어</p>' in page.body
    assert '<h2 id="what-it-isnt-by-x_y">' in page.body
    assert '<th scope="col">a</th>' in page.body
    assert "<h1" not in page.body


def test_all_runbooks_are_found() -> None:
    assert runbooks().keys() == {"README", *rules()}
