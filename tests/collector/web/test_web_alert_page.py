"""One alert's page: what is known, what became of it, who was told, and what ops do about it."""

import re
from dataclasses import replace

import httpx
import pytest
from test_web_pages import text_of
from web_alerts import AIRTIME, EVIL_ALERT, HOUR, MINUTE, OUTAGE, PAST, PENDING, SILENCE_OF_ONE, UNKNOWN, alert, keep
from web_browser import NAME, Pages
from web_city import EVIL, FULL, INVENTORY, NOW, SILENT
from web_people import reader_of

from collector.access.roles import Role
from collector.alerts.alert import Alert, Severity
from collector.alerts.notice import Notice, NoticeKind
from collector.alerts.planning.told_alerts import told
from collector.state.alerts import open_acknowledgements
from collector.state.audit import Action, entries
from collector.state.outbox import put_in
from collector.state.suppressions import silences_until


async def csrf(reader: httpx.AsyncClient, path: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', (await reader.get(path)).text)
    assert found is not None
    return found[1]


async def send(reader: httpx.AsyncClient, alert: Alert, **fields: str) -> httpx.Response:
    path = f"/alerts/{alert.id}"
    return await reader.post(path, data={"csrf": await csrf(reader, path), **fields})


def silences(pages: Pages) -> list[tuple[dict[str, object], object, str]]:
    found = silences_until(pages.services.state, NOW)
    return [(each.matcher.model_dump(exclude_defaults=True), each.ends_at, each.comment) for each in found]


async def test_all_that_is_known_of_an_alert(pages: Pages) -> None:
    keep(pages.services.state, AIRTIME, OUTAGE, SILENCE_OF_ONE)
    async with pages.reader() as reader:
        html = (await reader.get(f"/alerts/{AIRTIME.id}")).text
    text = text_of(html)
    for fact in (
        f"Channel is full · Yeouido Hangang Park · {FULL}",
        "Firing",
        "Lasted 2 h",
        "How bad In use 91% (threshold 75%)",
        "Affected 30 connected devices",
        "2026-05-23 17:04:05 First bad 2026-05-23 17:05:05 Alert began to fire",
        "Nobody has been told of this alert.",
        "What else fires at this site",
        "Site outage Silent 67% (threshold 50%) Critical",
    ):
        assert fact in text, fact
    assert 'href="/runbooks/airtime_high"' in html


async def test_what_became_of_an_alert_that_is_over_and_nothing_can_be_done_about_it(pages: Pages) -> None:
    keep(pages.services.state, PAST[1])
    async with pages.reader(language="ko") as reader:
        html = (await reader.get(f"/alerts/{PAST[1].id}")).text
        text = text_of(html)
        answer = await reader.post(
            f"/alerts/{PAST[1].id}", data={"csrf": await csrf(reader, "/"), "deed": "acknowledge"}
        )
    assert "이상 시작" in text
    verdict = re.search(r'<div class="verdict good">.*?</div>', html, re.DOTALL)
    assert verdict is not None
    assert text_of(verdict[0]).split()[0] == "해소"
    assert "<textarea" not in html
    assert answer.status_code == 409
    assert "이미 해소된 알림" in answer.text


async def test_the_course_tells_what_is_known_of_an_open_alert(pages: Pages) -> None:
    seen = replace(AIRTIME, changed_at=NOW - 30 * MINUTE, unknown_since=NOW - 20 * MINUTE, well_since=NOW - 10 * MINUTE)
    keep(pages.services.state, seen)
    pages.services.alert_desk.acknowledge(seen.id, "ops-oh", f"a\n{EVIL}")
    async with pages.reader() as reader:
        html = (await reader.get(f"/alerts/{seen.id}")).text
    moments = re.findall(r"<strong>(.*?)</strong>", html.partition('class="history"')[2].partition("</ol>")[0])
    assert [moment.split()[0] for moment in moments] == ["First", "Alert", "What", "Nothing", "Well", "Acknowledged:"]
    assert f"Acknowledged: ops-oh a {EVIL}" in text_of(html)
    assert EVIL not in html


async def test_who_was_told_and_what_came_of_it(pages: Pages) -> None:
    keep(pages.services.state, AIRTIME)
    state, its = pages.services.state, told(AIRTIME, INVENTORY)
    notice = Notice(
        id="msg_1",
        thread="t1",
        endpoint="ops-chat",
        kind=NoticeKind.BEGUN,
        rule=AIRTIME.rule,
        where=its.where,
        severity=Severity.WARNING,
        made_at=NOW,
        alerts=(its,),
    )
    with state.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO threads (id, endpoint, rule, site, opened_at, believed) "
            "VALUES ('t1', 'ops-chat', 'airtime_high', 'yeouido', '2026-05-23 09:00:00.000000', '[]')"
        )
        put_in(connection, notice, NOW)
    async with pages.reader() as reader:
        html = (await reader.get(f"/alerts/{AIRTIME.id}")).text
    assert "Waiting ops-chat Begun Channel is full" in text_of(html)
    assert 'href="/alerts/deliveries/msg_1"' in html


async def test_who_takes_care_is_noted_shown_replaced_and_released(pages: Pages) -> None:
    keep(pages.services.state, AIRTIME)
    async with pages.reader() as reader:
        answer = await send(reader, AIRTIME, deed="acknowledge", comment=" 현장 확인 중\r\n내일 \r\n")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/alerts/{AIRTIME.id}")
        html = (await reader.get(f"/alerts/{AIRTIME.id}")).text
        assert f"{NAME} takes care of it. just now" in text_of(html)
        assert "Firing, held back" in html
        assert open_acknowledgements(pages.services.state)[AIRTIME.id].comment == "현장 확인 중\n내일"
        assert (await send(reader, AIRTIME, deed="acknowledge")).status_code == 303
        assert open_acknowledgements(pages.services.state)[AIRTIME.id].comment == ""
        assert (await send(reader, AIRTIME, deed="release")).status_code == 303
        assert open_acknowledgements(pages.services.state) == {}
        again = await send(reader, AIRTIME, deed="release")
    assert again.status_code == 409
    assert "somebody else has taken that back already" in again.text
    noted = [(each.entry.action, each.entry.subject) for each in entries(pages.services.state, limit=10)]
    assert noted == [
        (Action.ALERT_RELEASED, AIRTIME.id),
        (Action.ALERT_ACKNOWLEDGED, AIRTIME.id),
        (Action.ALERT_ACKNOWLEDGED, AIRTIME.id),
    ]


@pytest.mark.parametrize(
    ("made", "reach", "matcher"),
    [
        (AIRTIME, "rule_at_place", {"rules": ("airtime_high",), "access_points": (FULL,)}),
        (AIRTIME, "rule_at_site", {"rules": ("airtime_high",), "sites": ("yeouido",)}),
        (AIRTIME, "place", {"access_points": (FULL,)}),
        (AIRTIME, "site", {"sites": ("yeouido",)}),
        (OUTAGE, "rule_at_site", {"rules": ("site_outage",), "sites": ("yeouido",)}),
        (UNKNOWN, "rule", {"rules": ("unknown_device",)}),
    ],
)
async def test_what_is_like_it_is_silenced(pages: Pages, made: Alert, reach: str, matcher: dict[str, object]) -> None:
    keep(pages.services.state, made)
    async with pages.reader() as reader:
        answer = await send(reader, made, deed="silence", reach=reach, span="4h", until="", comment="공사")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/alerts/{made.id}")
        text = text_of((await reader.get(f"/alerts/{made.id}")).text)
    assert silences(pages) == [(matcher, NOW + 4 * HOUR, "공사")]
    assert "Firing, held back Silenced no. 1 until 05-23 23:04" in text
    assert entries(pages.services.state, limit=1)[0].entry.action is Action.SILENCE_MADE


@pytest.mark.parametrize(
    ("fields", "problem", "field"),
    [
        ({"comment": ""}, "This is needed.", "silence-comment"),
        ({"comment": "x" * 1_001}, "It may have 1,000 letters.", "silence-comment"),
        ({"comment": "bell\x07"}, "There are signs in it", "silence-comment"),
        ({"span": "until", "until": ""}, "Please write a time", "silence-until"),
        ({"span": "until", "until": "2026-05-23T19:04"}, "This is over by now.", "silence-until"),
        ({"span": "until", "until": "2026-09-23T19:04"}, "It must end within 90 days", "silence-until"),
        ({"span": "for ever"}, "This is needed.", "silence-span"),
        ({"reach": "the_world"}, "This is needed.", "silence-reach"),
    ],
)
async def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    pages: Pages, fields: dict[str, str], problem: str, field: str
) -> None:
    keep(pages.services.state, AIRTIME)
    typed = {"deed": "silence", "reach": "site", "span": "7d", "until": "2026-05-25T09:00", "comment": "why"} | fields
    async with pages.reader() as reader:
        answer = await send(reader, AIRTIME, **typed)
    assert answer.status_code == 400
    beside = re.search(rf'id="problem-{field}" role="alert">(.*?)</p>', answer.text)
    assert beside is not None
    assert problem in beside[1]
    assert f'aria-describedby="problem-{field}"' in answer.text
    assert f'value="{typed["until"]}"' in answer.text
    assert f"{typed['comment']}</textarea>" in answer.text
    assert silences(pages) == []


async def test_a_remark_that_is_too_long_is_said_beside_its_own_field(pages: Pages) -> None:
    keep(pages.services.state, AIRTIME)
    async with pages.reader() as reader:
        answer = await send(reader, AIRTIME, deed="acknowledge", comment="x" * 1_001)
    assert answer.status_code == 400
    assert 'id="problem-care-comment"' in answer.text
    assert 'id="problem-silence-comment"' not in answer.text
    assert open_acknowledgements(pages.services.state) == {}


async def test_what_the_alert_is_about_may_have_left_the_inventory(pages: Pages) -> None:
    gone = alert("gone", "cpu_high", "closed-park")
    keep(pages.services.state, gone)
    async with pages.reader() as reader:
        answer = await send(reader, gone, deed="silence", reach="site", span="4h", comment="x")
    assert answer.status_code == 400
    assert 'id="problem-silence-reach"' in answer.text


@pytest.mark.parametrize("role", [Role.VIEWER, Role.TECHNICIAN, Role.PLANNER])
async def test_who_only_looks_has_no_forms(pages: Pages, role: Role) -> None:
    keep(pages.services.state, EVIL_ALERT)
    async with reader_of(pages, role) as reader:
        html = (await reader.get(f"/alerts/{EVIL_ALERT.id}")).text
        assert "<textarea" not in html
        answer = await reader.post(f"/alerts/{EVIL_ALERT.id}", data={"csrf": "x", "deed": "acknowledge"})
    assert answer.status_code == 403


async def test_what_has_not_fired_or_is_not_ours_has_no_page(pages: Pages) -> None:
    keep(pages.services.state, PENDING, SILENCE_OF_ONE)
    async with pages.reader() as reader:
        assert (await reader.get(f"/alerts/{PENDING.id}")).status_code == 404
        assert (await reader.get("/alerts/nothing")).status_code == 404
        assert (await send(reader, SILENCE_OF_ONE, deed="forget")).status_code == 400
        assert (await reader.post(f"/alerts/{SILENCE_OF_ONE.id}", data={"deed": "release"})).status_code == 403
        assert f"/access-points/{SILENT}" in (await reader.get(f"/alerts/{SILENCE_OF_ONE.id}")).text
