"""Where notices go and what arrived there, on the pages: to be seen by everybody, to be changed by who may, and nothing
of an address but its host anywhere."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from alert_notices import notice_of, told_alert
from made_alerts import alert as made_alert
from sqlalchemy import Engine
from web_browser import NAME, Pages
from web_city import NOW
from web_deliveries import RECEIVERS, REFUSAL, SETTINGS, fill_with_deliveries
from web_roles import NAMES, Everybody, let_everybody_in

from collector.access.roles import Role
from collector.alerting.receivers import Receiver, open_receivers
from collector.alerts.formats import known_kinds
from collector.alerts.telling.sample import sample_notice
from collector.config import load_settings
from collector.outward.call_errors import CallError
from collector.outward.calling import Caller
from collector.state import deliveries, endpoint_states
from collector.state.alerts import write_alerts
from collector.state.audit import Action, entries
from collector.state.delivery_desk import DeliveryState, delivery_of
from collector.state.outbox import put_in
from collector.web.language import Language, translator
from collector.web.pages.endpoints import EXAMPLE
from inventory import Inventory

ENDPOINTS, DELIVERIES = "/alerts/endpoints", "/alerts/deliveries"
SECRET = "pssst"  # a word that stands in all of them


@pytest.fixture
def full(pages: Pages) -> Pages:
    """The city with endpoints in every state and deliveries that came to every end."""
    fill_with_deliveries(pages.services.state)
    return pages.changed(receivers=RECEIVERS, alert_settings=SETTINGS)


def said(page: httpx.Response) -> str:
    """What a reader sees of a page, in one line."""
    text = re.sub(r"<[^>]+>", " ", page.text.partition("<main")[2])
    return " ".join(html.unescape(text).split())


def row_of(page: httpx.Response, endpoint: str) -> str:
    """The row of an endpoint."""
    found = re.search(rf'<tr id="endpoint-{endpoint}">.*?</tr>', page.text, re.DOTALL)
    assert found is not None
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found[0])).split())


async def get(pages: Pages, path: str, *, language: str = "en") -> httpx.Response:
    async with pages.reader(language=language) as reader:
        return await reader.get(path)


async def send(pages: Pages, path: str, *, shown_at: str | None = None, **fields: str) -> httpx.Response:
    """What a form of a page of ours sends."""
    async with pages.reader() as reader:
        shown = await reader.get(shown_at or path)
        token = re.search(r'name="csrf" value="([^"]+)"', shown.text)
        assert token is not None
        return await reader.post(path, data={"csrf": token[1], **fields})


def done(pages: Pages) -> list[tuple[str, Action, str, str]]:
    """What is in the log, the oldest first: by whom, what, whom about, and its detail."""
    kept = [each.entry for each in entries(pages.services.state, limit=50)]
    return [(entry.by, entry.action, entry.subject, entry.detail) for entry in reversed(kept)]


# Endpoints


async def test_each_endpoint_is_told_with_its_state_and_what_is_led_there(full: Pages) -> None:
    page = await get(full, ENDPOINTS)
    assert row_of(page, "ops") == (
        "ops Webhook as Alertmanager sends it · 한국어 ops.example.org Open "
        "Everything but the sign of life Rules: Alerting is alive 40 min ago 3 0 Send a test ops Pause ops"
    )
    assert row_of(page, "night") == (
        f"night Webhook as Alertmanager sends it · English night.example.org Failing {REFUSAL} · last tried 10 min ago "
        "Severity: Critical Sites: Yeouido Hangang Park , Mapo <script>alert(1)</script> Kinds of sites: Hangang park "
        "Rules: Site outage, Access point is silent Hours: Mon-Fri 18:00-09:00, Sat,Sun 00:00-24:00 "
        "Rules: Alerting is alive Nothing yet 1 3 Send a test night Pause night"
    )
    assert "Switched off: its receiver is gone 410 Gone: the receiver wants no more notices · 1 h ago" in row_of(
        page, "old"
    )
    assert "Hours: 22:00-06:00 Waits until 2026-05-23 22:00:00" in row_of(page, "old")
    assert "Paused by ops-oh · 20 min ago Nothing: no route leads here Nothing yet 1 0 Open again" in row_of(
        page, "quiet"
    )
    assert f'href="{DELIVERIES}?state=dead&amp;endpoint=night"' in page.text


async def test_hours_and_severities_are_told_in_korean_too(full: Pages) -> None:
    row = row_of(await get(full, ENDPOINTS, language="ko"), "night")
    assert "심각도: 긴급" in row
    assert "시간대: 월-금 18:00-09:00, 토,일 00:00-24:00" in row


async def test_without_a_route_everything_but_the_sign_of_life_is_sent_to_all(pages: Pages) -> None:
    page = await get(pages.changed(receivers=RECEIVERS), ENDPOINTS)
    assert [name for name in ("ops", "night", "old", "quiet") if "Everything but" not in row_of(page, name)] == []


async def test_who_has_no_endpoint_is_told_how_to_have_one(pages: Pages, tmp_path: Path) -> None:
    page = await get(pages, ENDPOINTS)
    assert "No endpoint is configured" in page.text
    shown = re.search(r"<pre[^>]*><code>(.*?)</code>", page.text, re.DOTALL)
    assert shown is not None
    assert html.unescape(shown[1]) == EXAMPLE
    for name in re.findall(r'_file = "(.+)"', EXAMPLE):
        (tmp_path / name).write_text("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
    (tmp_path / "ops-slack.url").write_text("https://hooks.slack.com/services/T/B/x")
    (tmp_path / "collector.toml").write_text(f"[embedded_broker]\n\n{EXAMPLE}")
    settings = load_settings(tmp_path / "collector.toml")
    assert len(open_receivers(settings.alerts, Inventory(sites=(), access_points=()), None)) == 2


async def test_an_endpoint_is_paused_and_opened_again(full: Pages) -> None:
    answer = await send(full, ENDPOINTS, endpoint="ops", change="pause")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{ENDPOINTS}?done=pause&endpoint=ops")
    page = await get(full, answer.headers["location"])
    assert "Nothing is sent to ops until it is opened again." in page.text
    assert f"Paused by {NAME} · just now" in row_of(page, "ops")
    again = await send(full, ENDPOINTS, endpoint="ops", change="pause")
    assert again.status_code == 409
    assert "ops is paused already." in said(again)
    assert "ops is sent to again." in said(
        await get(full, (await send(full, ENDPOINTS, endpoint="ops", change="open")).headers["location"])
    )
    assert endpoint_states.endpoint_state(full.services.state, "ops").is_open
    assert done(full) == [(NAME, Action.ENDPOINT_PAUSED, "ops", ""), (NAME, Action.ENDPOINT_OPENED, "ops", "")]


async def test_what_its_receiver_has_switched_off_is_opened_by_hand(full: Pages) -> None:
    await send(full, ENDPOINTS, endpoint="old", change="open")
    assert endpoint_states.endpoint_state(full.services.state, "old").is_open


async def test_a_test_leads_to_what_becomes_of_it(full: Pages) -> None:
    answer = await send(full, ENDPOINTS, endpoint="night", change="test")
    (entry,) = done(full)
    assert entry[:3] == (NAME, Action.ENDPOINT_TESTED, "night")
    assert answer.headers["location"] == f"{DELIVERIES}/{entry[3]}?done=test"
    page = await get(full, answer.headers["location"])
    assert "The test is on its way." in page.text
    assert "What Test" in said(page)
    refused = await send(full, ENDPOINTS, endpoint="quiet", change="test")
    assert refused.status_code == 409
    assert "Please open it first." in refused.text


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"endpoint": "nobody", "change": "pause"}, 404),
        ({"endpoint": "<b>", "change": "test"}, 404),
        ({"endpoint": "ops", "change": "remove"}, 400),
        ({"endpoint": "ops"}, 400),
    ],
)
async def test_what_no_page_of_ours_asks_changes_nothing(full: Pages, fields: dict[str, str], status: int) -> None:
    answer = await send(full, ENDPOINTS, **fields)
    assert answer.status_code == status
    assert "<b>" not in answer.text
    assert done(full) == []


async def test_who_may_only_look_sees_no_buttons(pages: Pages, everybody: Everybody, full: Pages) -> None:
    for role, may in ((Role.VIEWER, False), (Role.PLANNER, False), (Role.OPS, True)):
        async with everybody.reader(full, role) as reader:
            shown = [await reader.get(path) for path in (ENDPOINTS, f"{DELIVERIES}/dead", f"{DELIVERIES}/late")]
            assert [f'action="{ENDPOINTS}' in shown[0].text, 'value="replay"' in shown[1].text] == [may, may], role
            assert ("This cannot be tried again" in shown[2].text) is may


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> Everybody:
    return let_everybody_in(tmp_path_factory.mktemp("everybody") / "state.sqlite")


@pytest.fixture(scope="module")
def logged_in(everybody: Everybody) -> tuple[Path, str]:
    assert NAMES[Role.ADMIN] == NAME
    return everybody.path, everybody.sessions[Role.ADMIN]


# Deliveries


def listed(page: httpx.Response) -> list[str]:
    """The deliveries of a page, in its order."""
    return re.findall(rf'href="{DELIVERIES}/([\w-]+)"', page.text)


EVERYTHING = [
    "nowhere", "tried", "folded", "under-way", "held", "waiting", "retrying", "dead", "dead-end", "late", "ended",
    "arrived",
]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", sorted(EVERYTHING)),
        ("?state=waiting", ["held", "retrying", "tried", "under-way", "waiting"]),
        ("?state=dead", ["dead", "dead-end", "late", "nowhere"]),
        ("?state=folded&endpoint=", ["folded"]),
        ("?endpoint=night&state=dead", ["dead", "dead-end", "late"]),
        ("?endpoint=renamed", ["nowhere"]),
        ("?endpoint=nobody", []),
        ("?thread=t1", ["arrived", "ended"]),
    ],
)
async def test_deliveries_are_found_by_state_and_endpoint(full: Pages, query: str, found: list[str]) -> None:
    page = await get(full, DELIVERIES + query)
    assert page.status_code == 200
    assert sorted(listed(page)) == found


async def test_a_state_that_there_is_not_is_a_bad_question(full: Pages) -> None:
    assert (await get(full, f"{DELIVERIES}?state=lost")).status_code == 400
    assert (await get(full, f"{DELIVERIES}?cursor=nonsense")).status_code == 400


async def test_each_delivery_says_what_became_of_it_and_when_it_is_tried_next(full: Pages) -> None:
    page = await get(full, DELIVERIES)
    text = said(page)
    assert f"To be tried again {REFUSAL} night Begun Noise is high Yeouido Hangang Park 1 2026-05-23 19:29:05" in text
    assert "Waiting quiet Begun CPU is overloaded no site 0 once its endpoint is opened" in text
    assert "Waiting ops Begun CPU is overloaded Yeouido Hangang Park 0 as soon as it is its turn" in text
    assert "Being sent ops Begun Memory is running out Yeouido Hangang Park 1" in text
    assert f"Dead {REFUSAL} night Begun Channel is full Mapo <script>alert(1)</script> 1" in text
    assert "<script>alert" not in page.text


async def test_the_newest_come_first_a_page_at_a_time(pages: Pages) -> None:
    with pages.services.state.begin() as connection:
        for number in range(120):
            put_in(connection, sample_notice("ops", f"n-{number:03}", NOW), NOW)
    found: list[str] = []
    path = DELIVERIES
    async with pages.reader() as reader:
        for _ in range(3):
            page = await reader.get(path)
            found += listed(page)
            older = re.search(r'rel="next" href="([^"]+)"', page.text)
            path = "" if older is None else DELIVERIES + html.unescape(older[1])
    assert found == [f"n-{number:03}" for number in reversed(range(120))]
    assert path == ""


# One delivery


async def test_a_delivery_shows_the_notice_in_the_words_of_its_endpoint(full: Pages) -> None:
    text = said(await get(full, f"{DELIVERIES}/dead", language="ko"))
    assert "10번 중 1번" in text
    assert f"마지막 실패 사유 {REFUSAL}" in text
    assert "[Warning] Channel is full · Yeouido Hangang Park · yeouido-017" in text
    assert "How bad In use 82% (threshold 75%)" in text
    assert "채널 혼잡 · 여의도한강공원 · yeouido-017 진행 중 주의 2026-07-03 13:40:00" in text


async def test_of_many_alerts_the_rest_is_counted(full: Pages) -> None:
    text = said(await get(full, f"{DELIVERIES}/retrying"))
    assert "And 110 more." in text
    assert "20 more are not shown." in text
    assert text.count("Channel is full · Yeouido Hangang Park · yeouido-017 Firing") == 100


async def test_alerts_that_are_kept_still_have_a_link(full: Pages) -> None:
    path = f"{DELIVERIES}/arrived"
    assert 'href="/alerts/alert-1"' not in (await get(full, path)).text
    with full.services.state.begin() as connection:
        write_alerts(connection, [made_alert(id="alert-1")], [])
    assert 'href="/alerts/alert-1"' in (await get(full, path)).text


async def test_the_whole_conversation_stands_beside_it(full: Pages) -> None:
    page = await get(full, f"{DELIVERIES}/ended")
    assert listed(page) == ["ended", "arrived"]
    assert f'href="{DELIVERIES}?thread=t1"' in page.text
    assert "The conversation" not in (await get(full, f"{DELIVERIES}/tried")).text


async def test_one_that_there_is_not_is_not_found(full: Pages) -> None:
    assert (await get(full, f"{DELIVERIES}/nothing")).status_code == 404
    assert (await send(full, f"{DELIVERIES}/nothing", shown_at=ENDPOINTS, change="replay")).status_code == 404


async def test_a_dead_one_is_tried_again_from_the_beginning(full: Pages) -> None:
    answer = await send(full, f"{DELIVERIES}/dead", change="replay")
    assert answer.headers["location"] == f"{DELIVERIES}/dead?done=replay"
    again = delivery_of(full.services.state, "dead")
    assert again is not None
    assert (again.state, again.attempts, again.due_at) == (DeliveryState.WAITING, 0, NOW)
    page = await get(full, answer.headers["location"])
    assert "It is tried again." in page.text
    assert 'value="replay"' not in page.text
    assert done(full) == [(NAME, Action.DELIVERY_REPLAYED, "dead", "night")]
    assert (await send(full, f"{DELIVERIES}/dead", shown_at=ENDPOINTS, change="replay")).status_code == 409


async def test_an_end_that_is_dead_may_be_told_late(full: Pages) -> None:
    assert 'value="replay"' in (await get(full, f"{DELIVERIES}/dead-end")).text


@pytest.mark.parametrize(
    ("name", "words"), [("late", "what it would tell is over by now"), ("nowhere", "has no such endpoint any more")]
)
async def test_why_one_is_not_tried_again_is_said_before_anybody_asks(full: Pages, name: str, words: str) -> None:
    page = await get(full, f"{DELIVERIES}/{name}")
    assert words in page.text
    assert 'value="replay"' not in page.text
    before = delivery_of(full.services.state, name)
    answer = await send(full, f"{DELIVERIES}/{name}", shown_at=ENDPOINTS, change="replay")
    assert answer.status_code == 409
    assert words in answer.text
    assert delivery_of(full.services.state, name) == before
    assert done(full) == []


# Words and secrets


def test_every_kind_of_endpoint_has_a_name_in_both_languages() -> None:
    assert [
        (kind, language)
        for kind in known_kinds()
        for language in Language
        if not translator(language).has(f"endpoint_kind.{kind}")
    ] == []


def endpoint_tables(folder: Path) -> Iterator[str]:
    """An endpoint of every kind, with a secret wherever it may have one. Nobody listens where they lead."""
    address = f"http://127.0.0.1:1/{SECRET}-path?token={SECRET}"
    files = {
        "url": address,
        "secret": "whsec_cHNzc3Rwc3NzdHBzc3N0cHNzc3Rwc3NzdHBzc3N0cHM=",
        "header": f"Bearer {SECRET}",
        "key": f"{SECRET:x<32}",
        "template": "{{ told.title | tojson }}",
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    own = {
        "standard_webhooks": f'url = "{address}"\nsecret_file = "secret"',
        "alertmanager_webhook": f'url = "{address}"\nauthorization_file = "header"',
        "alertmanager": 'url_file = "url"\nauthorization_file = "header"',
        "slack": 'url_file = "url"',
        "teams": 'url_file = "url"',
        "pagerduty": f'url = "{address}"\nrouting_key_file = "key"',
        "template": 'url_file = "url"\ntemplate_file = "template"\nauthorization_file = "header"',
    }
    assert own.keys() == set(known_kinds())
    for kind, keys in own.items():
        name = kind.replace("_", "-")
        yield f'[[alerts.endpoints]]\nname = "{name}"\nkind = "{kind}"\n{keys}\n'


async def fail(state: Engine, receiver: Receiver, caller: Caller) -> None:
    """Try it in truth, and note why it has failed."""
    notice = notice_of(told_alert()).model_copy(
        update={"id": f"to-{receiver.name}", "endpoint": receiver.name, "thread": ""}
    )
    with state.begin() as connection:
        put_in(connection, notice, NOW)
    with pytest.raises(CallError) as failure:
        await caller.call(receiver.call_for(notice, NOW))
    deliveries.note_dead(state, notice, str(failure.value), NOW)
    endpoint_states.note_failure(state, receiver.name, str(failure.value), NOW)


async def test_no_page_shows_anything_of_a_secret(pages: Pages, tmp_path: Path) -> None:
    tables = "\n".join(endpoint_tables(tmp_path))
    path = tmp_path / "collector.toml"
    path.write_text(f'[embedded_broker]\n\n[alerts]\nallowed_networks = ["127.0.0.0/8"]\n\n{tables}')
    settings = load_settings(path).alerts
    receivers = open_receivers(settings, pages.services.inventory, None)
    caller = Caller(settings.allowed_networks)
    for receiver in receivers:
        await fail(pages.services.state, receiver, caller)
    await caller.aclose()
    full = pages.changed(receivers=receivers, alert_settings=settings)
    tried = [await send(full, ENDPOINTS, endpoint=each.name, change="test") for each in receivers]
    refused = [await send(full, ENDPOINTS, endpoint=each.name, change="open") for each in receivers]
    assert {answer.status_code for answer in tried} | {answer.status_code for answer in refused} == {303, 409}
    paths = [
        ENDPOINTS,
        DELIVERIES,
        "/audit",
        *(answer.headers["location"] for answer in tried),
        *(f"{DELIVERIES}/to-{each.name}" for each in receivers),
    ]
    shown = [await get(full, path, language=language) for path in paths for language in ("ko", "en")]
    assert {answer.status_code for answer in shown} == {200}
    assert shown[1].text.count("http://127.0.0.1:1 cannot be connected to") == len(receivers)
    whole = "".join(f"{answer.headers}{answer.text}" for answer in [*tried, *refused, *shown])
    assert SECRET not in whole + repr((settings, receivers))
    assert "cHNzc3R" not in whole
