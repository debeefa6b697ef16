"""Silences and maintenance on the pages: what is in force, to come and over; made, ended, planned, taken back."""

import re
from datetime import timedelta

import httpx
import pytest
from test_web_alert_page import csrf, silences
from test_web_pages import text_of
from web_alerts import HOUR, fill_with_alerts
from web_browser import NAME, Pages
from web_city import EVIL, FULL, NOW, SILENT
from web_people import reader_of

from collector.access.roles import Role
from collector.alerts.holding.maintenance import Once, Recurring
from collector.state.audit import Action, entries
from collector.state.suppressions import planned_maintenance, silences_until

SILENCE, WORKS = "/alerts/silences/new", "/alerts/maintenance/new"
A_SILENCE = {"site": "yeouido", "span": "4h", "comment": "행사"}
ONCE = {"when": "once", "starts": "2026-05-24T01:00", "ends": "2026-05-24T05:00"}
WEEKLY = {"when": "recurring", "weekday": ["sun", "wed"], "from_time": "23:30", "to_time": "01:00"}
SOME_WORKS = {"name": "점검", "site": "yeouido", "comment": "정기"}


async def send(reader: httpx.AsyncClient, path: str, fields: dict[str, str | list[str]]) -> httpx.Response:
    return await reader.post(path, data={"csrf": await csrf(reader, path), **fields})


def problems(html: str) -> dict[str, str]:
    return dict(re.findall(r'id="problem-(\w+)" role="alert">(.*?)</p>', html))


def in_force(html: str, heading: str) -> str:
    return text_of(html.partition(f'<h2 id="{heading}">')[2].partition("</section>")[0])


async def test_silences_stand_by_whether_they_hold_anything_back(pages: Pages) -> None:
    fill_with_alerts(pages)
    async with pages.reader() as reader:
        html = (await reader.get("/alerts/silences")).text
    active = in_force(html, "active")
    assert "no. 1 Access points: mapo-library-01 Rule: DNS is failing Severity: Warning" in active
    assert f"05-23 19:04 05-23 23:04 회선 공사 {EVIL} ops-oh 05-23 19:04 End it now" in active
    assert "no. 2 Site: Ttukseom Hangang Park 05-24 19:04 05-25 19:04 행사" in in_force(html, "coming")
    over = in_force(html, "over")
    assert "no. 3 All alerts 05-23 19:04 05-23 19:04 ended early by 관리자 시험" in over
    assert "End it now" not in over
    assert EVIL not in html


async def test_a_silence_is_made_and_ended(pages: Pages) -> None:
    async with pages.reader() as reader:
        made = await send(reader, SILENCE, {**A_SILENCE, "severity": ["warning", "info"], "rule": ["cpu_high"]})
        assert (made.status_code, made.headers["location"]) == (303, "/alerts/silences#silence-1")
        matcher = {"sites": ("yeouido",), "severities": ("warning", "info"), "rules": ("cpu_high",)}
        assert silences(pages) == [(matcher, NOW + 4 * HOUR, "행사")]
        token = await csrf(reader, "/alerts/silences")
        for _ in range(2):  # somebody else may have been faster
            ended = await reader.post("/alerts/silences/1/end", data={"csrf": token})
            assert (ended.status_code, ended.headers["location"]) == (303, "/alerts/silences#silence-1")
        assert (await reader.post("/alerts/silences/9/end", data={"csrf": token})).status_code == 404
        assert (await reader.post("/alerts/silences/1/end", data={})).status_code == 403
    assert silences_until(pages.services.state, NOW) == []
    noted = [(each.entry.action, each.entry.subject, each.entry.by) for each in entries(pages.services.state, limit=9)]
    assert noted == [(Action.SILENCE_ENDED, "1", NAME), (Action.SILENCE_MADE, "1", NAME)]


@pytest.mark.parametrize(
    ("fields", "hours"),
    [
        ({"span": "1h"}, 1),
        ({"span": "24h"}, 24),
        ({"span": "7d"}, 168),
        ({"span": "until", "until": "2026-05-24T00:04:05"}, 5),
    ],
)
async def test_a_silence_lasts_as_long_as_was_chosen(pages: Pages, fields: dict[str, str], hours: int) -> None:
    async with pages.reader() as reader:
        assert (await send(reader, SILENCE, {**A_SILENCE, **fields})).status_code == 303
    [(_, ends_at, _)] = silences(pages)
    assert ends_at == NOW + hours * HOUR


async def test_until_the_morning_is_until_nine_in_korea(pages: Pages) -> None:
    pages.watch.now = NOW.replace(hour=0, minute=0, second=0)  # nine o'clock
    async with pages.reader() as reader:
        assert (await send(reader, SILENCE, {**A_SILENCE, "span": "morning"})).status_code == 303
        pages.watch.now -= timedelta(minutes=1)
        assert (await send(reader, SILENCE, {**A_SILENCE, "span": "morning"})).status_code == 303
    ends = [each.ends_at.isoformat() for each in silences_until(pages.services.state, pages.watch.now)]
    assert sorted(ends) == ["2026-05-23T09:00:00+09:00", "2026-05-24T09:00:00+09:00"]


async def test_a_silence_may_begin_later_and_name_several_access_points_or_everything(pages: Pages) -> None:
    later = {"starts": "2026-05-24T09:00", "span": "until", "until": "2026-05-24T18:00", "comment": "행사"}
    async with pages.reader() as reader:
        assert (
            await send(reader, SILENCE, {**later, "access_points": f" {FULL},\n{SILENT} {FULL}"})
        ).status_code == 303
        assert (await send(reader, SILENCE, {**later, "everything": "yes"})).status_code == 303
    first, second = silences_until(pages.services.state, NOW)
    assert first.matcher.access_points == (FULL, SILENT)
    assert first.starts_at.isoformat() == "2026-05-24T09:00:00+09:00"
    assert second.matcher.is_everything


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"site": ""}, {"everything": "Please name a site"}),
        ({"everything": "yes"}, {"everything": "Please keep only one of them."}),
        ({"access_points": "yeouido-001 nowhere-9"}, {"access_points": "no such access point: nowhere-9"}),
        ({"site": "nowhere"}, {"site": "Please choose again."}),
        ({"rule": ["no_rule"]}, {"rule": "Please choose again."}),
        ({"comment": " "}, {"comment": "This is needed."}),
        ({"span": ""}, {"span": "This is needed."}),
        ({"span": "until", "until": "tomorrow"}, {"until": "Please write a time"}),
        ({"span": "until", "until": "2026-13-01T00:00"}, {"until": "Please write a time"}),
        ({"starts": "2026-05-24T09:00"}, {"span": "needs an end of its own"}),
        ({"starts": "soon", "span": "until", "until": "2026-05-24T09:00"}, {"starts": "Please write a time"}),
        (
            {"starts": "2026-05-25T09:00", "span": "until", "until": "2026-05-24T09:00"},
            {"until": "not after the beginning"},
        ),
        (
            {"starts": "2027-05-25T09:00", "span": "until", "until": "2027-05-26T09:00"},
            {"starts": "Please choose again."},
        ),
        ({"comment": "", "span": ""}, {"comment": "This is needed.", "span": "This is needed."}),
    ],
)
async def test_every_mistake_stands_beside_its_field(
    pages: Pages, fields: dict[str, str | list[str]], wrong: dict[str, str]
) -> None:
    async with pages.reader() as reader:
        answer = await send(
            reader, SILENCE, {**A_SILENCE, "severity": ["info"] if "site" not in fields else [], **fields}
        )
    assert answer.status_code == 400
    found = problems(answer.text)
    assert found.keys() == wrong.keys()
    assert all(said in found[name] for name, said in wrong.items())
    assert silences(pages) == []


async def test_a_form_begins_with_what_the_address_names(pages: Pages) -> None:
    async with pages.reader() as reader:
        html = (await reader.get(f"{SILENCE}?site=yeouido&access_points={FULL}&rule=cpu_high&severity=info")).text
        works = (await reader.get(f"{WORKS}?site=ttukseom")).text
    assert '<option value="yeouido" selected>' in html
    assert f'value="{FULL}"' in html
    assert 'value="cpu_high" checked' in html
    assert 'value="info" checked' in html
    assert '<option value="ttukseom" selected>' in works


async def test_maintenance_stands_by_when_it_comes(pages: Pages) -> None:
    fill_with_alerts(pages)
    async with pages.reader() as reader:
        html = (await reader.get("/alerts/maintenance")).text
    under_way = in_force(html, "under-way")
    assert f"전기 점검 {EVIL} no. 1 Site: Ttukseom Hangang Park 05-23 18:04 – 05-23 20:04" in under_way
    assert "under way until 05-23 20:04 한전 ops-oh" in under_way
    coming = in_force(html, "coming")
    assert "주말 재시작 no. 2 Kind of facility: Library Sat, Sun at 23:00 for 3 h from 2026-05-01" in coming
    assert "05-23 23:00 – 05-24 02:00" in coming
    assert EVIL not in html


async def test_maintenance_is_planned_once_and_taken_back(pages: Pages) -> None:
    async with pages.reader() as reader:
        made = await send(reader, WORKS, {**SOME_WORKS, **ONCE})
        assert (made.status_code, made.headers["location"]) == (303, "/alerts/maintenance#maintenance-1")
        [works] = planned_maintenance(pages.services.state)
        assert isinstance(works.when, Once)
        assert works.when.starts_at.isoformat() == "2026-05-24T01:00:00+09:00"
        assert (works.name, works.comment, works.by, works.matcher.sites) == ("점검", "정기", NAME, ("yeouido",))
        token = await csrf(reader, "/alerts/maintenance")
        for _ in range(2):
            answer = await reader.post("/alerts/maintenance/1/take-back", data={"csrf": token})
            assert answer.status_code == 303
        assert (await reader.post("/alerts/maintenance/9/take-back", data={"csrf": token})).status_code == 404
        html = (await reader.get("/alerts/maintenance")).text
    assert planned_maintenance(pages.services.state) == []
    assert "점검 no. 1" in in_force(html, "over")
    noted = [(each.entry.action, each.entry.detail) for each in entries(pages.services.state, limit=9)]
    assert noted == [(Action.MAINTENANCE_TAKEN_BACK, "점검"), (Action.MAINTENANCE_PLANNED, "점검")]


@pytest.mark.parametrize(
    ("fields", "minutes", "first", "last"),
    [
        ({}, 90, "2026-05-23", None),
        ({"to_time": "23:30"}, 24 * 60, "2026-05-23", None),
        ({"from_time": "09:00", "to_time": "18:30"}, 570, "2026-05-23", None),
        ({"first_day": "2026-06-01", "last_day": "2026-07-01"}, 90, "2026-06-01", "2026-07-01"),
    ],
)
async def test_maintenance_is_planned_for_every_week(
    pages: Pages, fields: dict[str, str], minutes: int, first: str, last: str | None
) -> None:
    async with pages.reader() as reader:
        assert (await send(reader, WORKS, {**SOME_WORKS, **WEEKLY, **fields})).status_code == 303
    [works] = planned_maintenance(pages.services.state)
    when = works.when
    assert isinstance(when, Recurring)
    assert (when.weekdays, when.minutes, str(when.first_day)) == (("wed", "sun"), minutes, first)
    assert (None if when.last_day is None else str(when.last_day)) == last


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({**ONCE, "name": ""}, {"name": "This is needed."}),
        ({**ONCE, "name": "x" * 101}, {"name": "It may have 100 letters."}),
        ({**ONCE, "name": "bell\x07"}, {"name": "There are signs in it"}),
        ({**ONCE, "site": ""}, {"everything": "Please name a site"}),
        ({**ONCE, "comment": ""}, {"comment": "This is needed."}),
        ({**ONCE, "when": "never"}, {"when": "This is needed."}),
        ({**ONCE, "starts": "", "ends": ""}, {"starts": "Please write a time", "ends": "Please write a time"}),
        ({**ONCE, "ends": "2026-05-24T01:00"}, {"ends": "not after the beginning"}),
        ({**ONCE, "starts": "2026-05-01T01:00", "ends": "2026-05-02T01:00"}, {"ends": "This is over by now."}),
        ({**ONCE, "ends": "2028-05-02T01:00"}, {"ends": "within 366 days"}),
        ({**WEEKLY, "weekday": []}, {"weekday": "This is needed."}),
        ({**WEEKLY, "from_time": "25:00", "to_time": ""}, {"from_time": "Please write", "to_time": "Please write"}),
        ({**WEEKLY, "first_day": "x", "last_day": "2026-02-30"}, {"first_day": "a date", "last_day": "a date"}),
        ({**WEEKLY, "first_day": "2026-06-02", "last_day": "2026-06-01"}, {"last_day": "not after the beginning"}),
        ({**WEEKLY, "first_day": "2026-06-01", "last_day": "2026-06-01"}, {"when": "Please choose again."}),
    ],
)
async def test_what_is_wrong_with_works_stands_beside_its_field(
    pages: Pages, fields: dict[str, str | list[str]], wrong: dict[str, str]
) -> None:
    async with pages.reader() as reader:
        answer = await send(reader, WORKS, {**SOME_WORKS, **fields})
    assert answer.status_code == 400
    found = problems(answer.text)
    assert found.keys() == wrong.keys()
    assert all(said in found[name] for name, said in wrong.items())
    assert "정기</textarea>" in answer.text or "comment" in wrong
    assert planned_maintenance(pages.services.state) == []


async def test_what_is_over_comes_in_pages(pages: Pages) -> None:
    desk = pages.services.alert_desk
    for _ in range(51):
        made = desk.make_silence({"matcher": {"sites": ["yeouido"]}, "ends_at": NOW + HOUR, "comment": "x"}, "ops-oh")
        desk.end_silence(made.id, "ops-oh")
    async with pages.reader() as reader:
        first = (await reader.get("/alerts/silences")).text
        second = (await reader.get("/alerts/silences?before=2")).text
        assert (await reader.get("/alerts/silences?before=x")).status_code == 400
        assert (await reader.get("/alerts/maintenance?before=-1")).status_code == 400
    assert re.findall(r'<tr id="silence-(\d+)">', first) == [str(number) for number in range(51, 1, -1)]
    assert 'rel="next" href="?before=2"' in first
    assert re.findall(r'<tr id="silence-(\d+)">', second) == ["1"]


@pytest.mark.parametrize("path", [SILENCE, WORKS])
async def test_who_may_not_hold_anything_back_sees_what_is_and_no_buttons(pages: Pages, path: str) -> None:
    fill_with_alerts(pages)
    async with reader_of(pages, Role.VIEWER) as reader:
        listed = (await reader.get(path.removesuffix("/new"))).text
        assert (await reader.get(path)).status_code == 403
    assert "회선 공사" in listed or "전기 점검" in listed
    assert 'method="post"' not in listed.partition("<main")[2]
    assert f'href="{path}"' not in listed
