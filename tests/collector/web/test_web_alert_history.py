"""What has fired: the newest first, in pages, narrowed, and counted by day."""

import re
from datetime import date, timedelta

import pytest
from test_web_alerts import read
from test_web_pages import text_of
from web_alerts import DAY, HOUR, MINUTE, PENDING, WATCHDOG, alert, ended, fill_with_alerts, keep
from web_browser import Pages
from web_city import EVIL, FULL

from collector.alerts.alert import Severity
from collector.web.drawing.alert_days import HEIGHT, draw_alert_days

PATH = "/alerts/history"


def rows(html: str) -> list[str]:
    return re.findall(r'<th scope="row" class="words"><a class="target" href="/alerts/([\w-]+)">', html)


async def test_what_fired_last_comes_first_with_how_long_it_lasted(pages: Pages) -> None:
    fill_with_alerts(pages)
    html = await read(pages, PATH)
    assert rows(html)[:7] == ["airtime-too", "airtime", "silent", "outage", "unknown", "past-01", "evil"]
    assert not {PENDING.id, WATCHDOG.id} & set(rows(html))
    text = text_of(html)
    assert "DNS is failing Warning Ttukseom Hangang Park · ttukseom-001 1 d ago (05-22 18:04) 14 min Ended" in text
    assert "Unknown device Info gw-1/XJ-9 1 d ago (05-22 19:04) 1 d Firing, held back Acknowledged: ops-oh" in text
    assert EVIL not in html
    assert rows(await read(pages, f"{PATH}?rule=watchdog")) == [WATCHDOG.id]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("course=open", {"airtime-too", "airtime", "silent", "outage", "unknown", "evil"}),
        ("course=ended&severity=warning&district=광진구", {"past-01", "past-07", "past-13", "past-19", "past-25"}),
        ("kind=library", {"evil"}),
        ("site=yeouido&rule=airtime_high", {"airtime", "airtime-too"}),
        ("site=yeouido&district=광진구", set()),
    ],
)
async def test_conditions_narrow_the_list_and_the_days(pages: Pages, query: str, found: set[str]) -> None:
    fill_with_alerts(pages)
    html = await read(pages, f"{PATH}?{query}")
    assert set(rows(html)) == found
    counted = re.findall(r'<td class="number">(\d+)</td></tr>', html)
    assert sum(map(int, counted)) == len(found)


async def test_each_day_is_counted_in_korea_and_stands_in_a_table(pages: Pages) -> None:
    keep(
        pages.services.state,
        ended("late", "cpu_high", FULL, age=19 * HOUR + 5 * MINUTE, lasted=HOUR),  # fired at two seconds past midnight
        ended("before", "cpu_high", FULL, age=19 * HOUR + 6 * MINUTE, lasted=HOUR, severity=Severity.CRITICAL),
        ended("long-ago", "cpu_high", FULL, age=31 * DAY, lasted=HOUR),
    )
    text = text_of(await read(pages, PATH))
    assert "Critical Warning Info In all" in text
    assert "2026-05-23 0 1 0 1 2026-05-22 1 0 0 1 2026-05-21 0 0 0 0" in text
    assert "2026-04-24 0 0 0 0" in text
    assert "2026-04-23" not in text


async def test_a_long_history_comes_in_pages_without_a_gap(pages: Pages) -> None:
    keep(
        pages.services.state,
        *(ended(f"a-{n:03}", "cpu_high", FULL, age=DAY + n // 3 * MINUTE, lasted=MINUTE) for n in range(120)),
    )
    path, seen = PATH, []
    for _ in range(3):
        html = await read(pages, path)
        seen += rows(html)
        following = re.search(r'rel="next" href="([^"]+)"', html)
        path = PATH + following[1].replace("&amp;", "&") if following else ""
    assert path == ""
    assert sorted(seen) == [f"a-{n:03}" for n in range(120)]
    assert len(seen) == 120


async def test_nothing_found_is_said(pages: Pages) -> None:
    text = text_of(await read(pages, f"{PATH}?site=yeouido", language="ko"))
    assert "조건에 맞는 알림이 없습니다." in text
    assert "최근 30일 동안 조건에 맞는 알림이 없었습니다." in text


@pytest.mark.parametrize("query", ["before=x", "before=2026-05-23T00:00:00 a", "before=9999-99-99", "course=never"])
async def test_what_cannot_be_asked_is_refused(pages: Pages, query: str) -> None:
    async with pages.reader() as reader:
        assert (await reader.get(f"{PATH}?{query}")).status_code == 400


def test_bars_are_on_one_scale_the_worst_at_their_foot() -> None:
    days = [date(2026, 5, 1) + timedelta(days=n) for n in range(3)]
    drawn = draw_alert_days(days, [{}, {Severity.INFO: 1, Severity.CRITICAL: 2}, {Severity.WARNING: 4}])
    assert drawn.top == 5
    assert drawn.total == 7
    assert drawn.days[0].parts == ()
    assert [(part.severity, part.y, part.height) for part in drawn.days[1].parts] == [
        (Severity.CRITICAL, HEIGHT - 48.0, 48.0),
        (Severity.INFO, HEIGHT - 72.0, 24.0),
    ]
    assert drawn.days[2].x + drawn.days[2].width <= 100
    assert [day.has_date for day in drawn.days] == [False, False, True]


@pytest.mark.parametrize(("most", "top"), [(0, 2), (1, 2), (2, 2), (3, 5), (6, 10), (11, 20), (499, 500), (501, 1000)])
def test_a_scale_ends_at_a_round_number(most: int, top: int) -> None:
    assert draw_alert_days([date(2026, 5, 1)], [{Severity.INFO: most}]).top == top


async def test_alerts_without_a_place_are_found_without_conditions_only(pages: Pages) -> None:
    keep(pages.services.state, alert("behind", "collector_behind"))
    assert rows(await read(pages, PATH)) == ["behind"]
    assert rows(await read(pages, f"{PATH}?kind=park")) == []
