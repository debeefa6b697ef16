"""The page that ops work from: what must be done now, in which order, and what is held back, and why."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from test_web_pages import text_of
from web_alerts import (
    AIRTIME,
    AIRTIME_TOO,
    DAY,
    EVIL_ALERT,
    HOUR,
    OUTAGE,
    PAST,
    PENDING,
    SILENCE_OF_ONE,
    UNKNOWN,
    WATCHDOG,
    alert,
    fill_with_alerts,
    keep,
)
from web_browser import Pages
from web_city import BARE, EVIL, FULL, NOW, SILENT

from collector.alerts.alert import Severity, Subject
from collector.state.evaluations import note_evaluation


async def read(pages: Pages, path: str = "/alerts", language: str = "en") -> str:
    async with pages.reader(language=language) as reader:
        answer = await reader.get(path)
    assert answer.status_code == 200
    return answer.text


def headings(html: str) -> list[str]:
    """Of the cards, from top to bottom."""
    return [text_of(each).strip() for each in re.findall(r'<li class="alert [^"]*">\s*(<h3>.*?</h3>)', html, re.DOTALL)]


def held_back(html: str) -> str:
    return text_of(re.split(r'<details class="held-back"[^>]*>', html)[1].partition("</details>")[0])


async def test_alerts_are_grouped_and_the_worst_come_first_and_of_these_the_oldest(pages: Pages) -> None:
    older = alert("older", "uplink_slow", BARE, age=9 * DAY, value=0.1, threshold=1.0)
    keep(pages.services.state, AIRTIME_TOO, AIRTIME, older, OUTAGE, EVIL_ALERT)
    html = await read(pages)
    assert headings(html) == [
        f"Critical Portal is failing Mapo {EVIL}",
        "Critical Site outage Yeouido Hangang Park",
        "Warning Uplink is slow Yeouido Hangang Park",
        "Warning Channel is full 2 Yeouido Hangang Park",
    ]
    text = text_of(html)
    assert "Critical 2 · Warning 3 The oldest: 9 d ago (05-14 19:04)" in text
    assert EVIL not in html


async def test_a_site_outage_is_one_card_that_lists_what_is_silent(pages: Pages) -> None:
    keep(pages.services.state, OUTAGE, SILENCE_OF_ONE)
    html = await read(pages)
    assert headings(html) == ["Critical Site outage Yeouido Hangang Park"]
    text = text_of(html)
    for fact in (
        "Silent at once here: 2 of 3 access points.",
        "Since 3 h ago (05-23 16:04)",
        "How bad Silent 67% (threshold 50%)",
        "Affected 12 connected devices",
        "Likely cause Something that they share",
        "What to do Try the gateway first",
        f"Silent access points: 2 {SILENT} 물빛무대 {BARE}",
    ):
        assert fact in text, fact
    for link in ("/alerts/outage", "/sites/yeouido", f"/access-points/{BARE}", "/runbooks/site_outage"):
        assert f'href="{link}"' in html
    assert 'href="https://map.kakao.com/link/map/' in html
    assert "Held back: 1" in text
    assert f"Part of a site outage 1 Warning Access point is silent Yeouido Hangang Park · {SILENT}" in held_back(html)


async def test_a_group_tells_each_of_its_alerts_and_all_people_that_it_affects(pages: Pages) -> None:
    keep(pages.services.state, AIRTIME_TOO, AIRTIME)
    text = text_of(await read(pages))
    assert "Since 2 h ago (05-23 17:04) Affected 35 connected devices" in text
    assert f"{FULL} · wlan0 In use 91% (threshold 75%)" in text
    assert f"{FULL} · wlan1 In use 80% (threshold 75%) · It keeps changing between bad and well." in text


async def test_what_is_at_no_place_is_one_group_and_each_says_what_it_is(pages: Pages) -> None:
    keep(pages.services.state, *(replace(UNKNOWN, id=f"u{n}", subject=Subject(f"gw-1/{n}")) for n in range(7)))
    html = await read(pages)
    assert headings(html) == ["Info Unknown device 7"]
    assert [f"gw-1/{n}" in text_of(html) for n in range(7)] == [True] * 7
    assert "2 more" in text_of(html)


async def test_what_is_held_back_says_why_and_until_when(pages: Pages) -> None:
    fill_with_alerts(pages)
    matcher = {"rules": ["portal_failing"]}
    pages.services.alert_desk.make_silence({"matcher": matcher, "ends_at": NOW + HOUR, "comment": "x"}, "ops-oh")
    keep(pages.services.state, alert("works", "dns_failing", "ttukseom-001"))
    keep(pages.services.state, alert("better", "uplink_slow", BARE, well_since=NOW))
    html = await read(pages)
    text = held_back(html)
    assert f'<a href="/alerts/{OUTAGE.id}">Part of a site outage</a>' in html
    for reason in (
        "Silenced no. 4 until 05-23 20:04",
        "Maintenance no. 1 until 05-23 20:04",
        f"Acknowledged: ops-oh: 창고에 있는 기기 {EVIL}",
        "Well again, being watched",
    ):
        assert reason in text, reason
    assert "Held back: 5" in text_of(html)
    assert 'href="/alerts/silences#silence-4"' in html
    assert "Channel is full" not in text


def judge(pages: Pages, at: datetime) -> None:
    with pages.services.state.begin() as connection:
        note_evaluation(connection, at)


async def test_the_watchdog_is_no_trouble(pages: Pages) -> None:
    keep(pages.services.state, WATCHDOG, PENDING)
    judge(pages, NOW - timedelta(seconds=20))
    text = text_of(await read(pages))
    assert "Nothing has to be done now. Looked at 2026-05-23 19:04:05" in text
    assert "Bad, but not yet for long enough: 1" in text
    assert "Last judged: 20 s ago" in text
    assert "No collector judges the city" not in text
    assert "Held back" not in text


async def test_a_calm_that_nobody_watches_over_is_told(pages: Pages) -> None:
    assert "No collector judges the city just now" in text_of(await read(pages))
    judge(pages, NOW - timedelta(minutes=3))
    text = text_of(await read(pages))
    assert "No collector judges the city just now" in text
    assert "Last judged: 3 min ago" in text


async def test_without_any_alert_it_is_calm(pages: Pages) -> None:
    text = text_of(await read(pages, language="ko"))
    assert "지금 조치할 알림이 없습니다. 확인한 시각 2026-05-23 19:04:05" in text


@pytest.mark.parametrize(
    ("query", "rules"),
    [
        ("severity=critical", ["Portal is failing", "Site outage"]),
        ("site=yeouido", ["Site outage", "Channel is full"]),
        ("kind=library", ["Portal is failing"]),
        ("district=영등포구", ["Site outage", "Channel is full"]),
        ("kind=library&district=영등포구", []),
        ("rule=airtime_high", ["Channel is full"]),
        ("site=nowhere", []),
        ("severity=&site=&kind=&district=&rule=", ["Portal is failing", "Site outage", "Channel is full"]),
    ],
)
async def test_conditions_narrow_the_list(pages: Pages, query: str, rules: list[str]) -> None:
    keep(pages.services.state, OUTAGE, AIRTIME, EVIL_ALERT)
    html = await read(pages, f"/alerts?{query}")
    found = headings(html)
    assert len(found) == len(rules)
    assert all(rule in heading for rule, heading in zip(rules, found, strict=True))
    assert ("Nothing of what is asked for has to be done now." in html) == (not rules)


@pytest.mark.parametrize("query", ["severity=bad", "kind=pub", "page=x", "page=-1"])
async def test_what_cannot_be_asked_is_refused(pages: Pages, query: str) -> None:
    async with pages.reader() as reader:
        assert (await reader.get(f"/alerts?{query}")).status_code == 400


async def test_many_groups_come_in_pages(pages: Pages) -> None:
    many = [f"rule_{n:02}" for n in range(60)]
    keep(pages.services.state, *(alert(rule, rule, FULL, age=HOUR * (n + 1)) for n, rule in enumerate(many)))
    first, second = await read(pages), await read(pages, "/alerts?page=2")
    assert (len(headings(first)), len(headings(second))) == (50, 10)
    assert 'rel="next"' in first
    assert 'rel="next"' not in second
    assert len(headings(await read(pages, "/alerts?page=9"))) == 10


async def test_the_overview_counts_what_must_be_done_and_names_what_is_critical(pages: Pages) -> None:
    fill_with_alerts(pages)
    html = await read(pages, "/")
    text = text_of(html)
    assert "Critical 2 Warning 2 Info 0 Held back: 2" in text
    assert f"Portal is failing · Mapo {EVIL} Since 1 d ago" in text
    assert 'href="/alerts/evil"' in html
    assert "Alerts that need somebody" in text


async def test_a_site_and_an_access_point_show_what_fires_there_and_what_ended_last(pages: Pages) -> None:
    fill_with_alerts(pages)
    site_html, quiet = await read(pages, "/sites/yeouido"), await read(pages, "/sites/ttukseom")
    site = text_of(site_html)
    assert "Site outage Silent 67% (threshold 50%) Critical The whole site 3 h ago (05-23 16:04) 3 h Firing" in site
    assert "Channel is full In use 91% (threshold 75%), of which its own traffic is 20% Warning" in site
    fires = re.findall(r'<th scope="row".*?href="/alerts/(.*?)"', site_html)
    assert fires == [OUTAGE.id, AIRTIME.id, AIRTIME_TOO.id, SILENCE_OF_ONE.id]  # the worst first, then the oldest
    assert "No alert fires here. Those that ended last" in text_of(quiet)
    assert "DNS is failing Warning ttukseom-001 1 d ago (05-22 18:04) 14 min Ended" in text_of(quiet)
    assert quiet.count('href="/alerts/past-') == 5
    assert f'href="/alerts/{PAST[0].id}"' in quiet
    assert 'href="/alerts/silences/new?site=ttukseom"' in quiet

    here = text_of(await read(pages, f"/access-points/{SILENT}"))
    assert "Access point is silent No report for 3 h Warning" in here
    assert "Site outage Silent 67% (threshold 50%) Critical" in here
    assert "Channel is full" not in here


async def test_the_menu_leads_to_the_alerts(pages: Pages) -> None:
    html = await read(pages, "/plan")
    assert '<a href="/alerts">Alerts</a>' in html
    assert 'aria-current="true">Alerts</a>' in await read(pages, "/alerts/history")


async def test_an_alert_of_a_place_that_is_gone_still_shows(pages: Pages) -> None:
    keep(pages.services.state, alert("gone", "cpu_high", "closed-park", severity=Severity.CRITICAL, age=DAY))
    html = await read(pages)
    assert "closed-park" in headings(html)[0]
    assert 'href="/sites/closed-park"' not in html
