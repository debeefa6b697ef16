"""Orders over the API: opened, listed, changed by who may, with the version that was seen, and nothing lost."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from web_browser import Pages
from web_city import BARE, EVIL_PLACE, FULL, NEVER, NOW, SILENT
from web_plan import judge
from web_roles import NAMES, Everybody, api_token, let_everybody_in, with_token

from collector.access.roles import Permission, Role
from collector.orders.changes import Seen
from collector.orders.life import TELEMETRY, changed
from collector.state.orders import change_order

PATCH = {"Content-Type": "application/merge-patch+json"}
TECHNICIAN = NAMES[Role.TECHNICIAN]


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> Everybody:
    return let_everybody_in(tmp_path_factory.mktemp("everybody") / "state.sqlite")


@pytest.fixture(scope="module")
def logged_in(everybody: Everybody) -> tuple[Path, str]:
    return everybody.path, everybody.sessions[Role.ADMIN]


async def opened(client: httpx.AsyncClient, access_point: str = FULL, **said: object) -> Any:
    answer = await client.post("/orders", json={"access_point": access_point, **said})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def patched(client: httpx.AsyncClient, number: int, seen: str, change: object, **query: str) -> httpx.Response:
    return await client.patch(f"/orders/{number}", json=change, headers={"If-Match": seen, **PATCH}, params=query)


def kind(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].removeprefix("urn:hangang-wifi:problem:")


async def test_an_order_begins_with_what_the_plan_knows_and_what_is_said(pages: Pages, everybody: Everybody) -> None:
    judge(pages.services.state)
    async with everybody.program(pages, Role.PLANNER) as planner:
        said = {"status": "planned", "planned_on": "2026-06-01", "model": "B-6"}
        answer = await planner.post("/orders", json={"access_point": FULL, **said})
        order = answer.json()
        assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
        found = await planner.get(answer.headers["location"].removeprefix("/api/v1"))
        assert (found.status_code, found.headers["etag"], found.json()) == (200, '"1"', order)
    assert {name: order[name] for name in said} == said
    assert (order["vendor"], order["rank"], order["opened_by"]) == ("Bravo", 1, NAMES[Role.PLANNER])
    assert order["old"] == {"vendor": "Acme", "model": "AX-6", "serial": "SN-1", "mac": "02:00:00:00:00:01"}


async def test_a_place_has_one_order_that_has_not_ended(pages: Pages, everybody: Everybody) -> None:
    async with everybody.program(pages, Role.PLANNER) as planner:
        order = await opened(planner)
        answer = await planner.post("/orders", json={"access_point": FULL})
        assert (kind(answer), answer.json()["order"]) == ((409, "already-open"), order["id"])
        reason = {"status": "cancelled", "reason": "the pole is gone"}
        assert (await patched(planner, order["id"], '"1"', reason)).status_code == 200
        assert (await opened(planner))["id"] != order["id"]


@pytest.mark.parametrize(
    ("said", "problem", "words"),
    [
        ({"access_point": "zz-1"}, (422, "unknown-place"), "no access point 'zz-1'"),
        ({}, (422, "bad-value"), "body.access_point: Field required"),
        ({"access_point": FULL, "price": 3}, (422, "bad-value"), "body.price: Extra inputs"),
        ({"access_point": FULL, "status": "assigned"}, (422, "missing"), "needs technician to become assigned"),
        ({"access_point": FULL, "status": "accepted"}, (409, "illegal-move"), "that is open cannot become accepted"),
        ({"access_point": FULL, "new_mac": "12"}, (422, "bad-value"), "body.new_mac: Value error, is no MAC address"),
        ({"access_point": FULL, "note": "a\0b"}, (422, "bad-value"), "body.note: Value error, has signs in it"),
        ({"access_point": FULL, "uplink_bits_per_second": 1000}, (422, "bad-value"), "is slower than any port"),
        (
            {"access_point": FULL, "uplink_bits_per_second": 10**30},
            (422, "bad-value"),
            "should be less than or equal to",
        ),
        (
            {"access_point": FULL, "technician": "x" * 65},
            (422, "bad-value"),
            "body.technician: String should ",
        ),
        *(
            ({"access_point": FULL, "technician": name}, (422, "unknown-technician"), "may work on orders; name")
            for name in ("nobody", "telemetry", "command", NAMES[Role.OPS], NAMES[Role.VIEWER])
        ),
        ({"access_point": FULL, "status": "installed", "new_serial": "SN-1"}, (422, "old-serial"), "read the label"),
        ({"access_point": FULL, "planned_on": "1999-12-31"}, (422, "bad-value"), "body.planned_on: "),
    ],
)
async def test_an_order_that_cannot_be_is_refused_and_none_is_opened(
    pages: Pages, everybody: Everybody, said: object, problem: tuple[int, str], words: str
) -> None:
    async with everybody.program(pages, Role.PLANNER) as planner:
        answer = await planner.post("/orders", json=said)
        assert (kind(answer), words in answer.json()["detail"]) == (problem, True)
        assert (await planner.get("/orders")).json()["orders"] == []


async def test_several_are_opened_at_once_and_what_has_one_is_told(pages: Pages, everybody: Everybody) -> None:
    async with everybody.program(pages, Role.PLANNER) as planner:
        first = await opened(planner, SILENT)
        answer = await planner.post("/orders/batch", json={"access_points": [FULL, SILENT, BARE, FULL]})
        assert answer.status_code == 200
        assert [order["access_point"] for order in answer.json()["opened"]] == [FULL, BARE]
        assert answer.json()["already"] == {SILENT: first["id"]}
        unknown = await planner.post("/orders/batch", json={"access_points": [NEVER, "zz-1"]})
        assert kind(unknown) == (422, "unknown-place")
        places = [order["access_point"] for order in (await planner.get("/orders")).json()["orders"]]
        assert places == [BARE, FULL, SILENT]


async def test_the_list_comes_a_page_at_a_time_and_what_is_opened_meanwhile_does_not_shift_it(
    pages: Pages, everybody: Everybody
) -> None:
    async with everybody.program(pages, Role.PLANNER) as planner:
        places = [FULL, SILENT, BARE]
        for place in places:
            await opened(planner, place)
        first = (await planner.get("/orders", params={"limit": 2})).json()
        await opened(planner, NEVER)
        last = (await planner.get("/orders", params={"limit": 2, "cursor": first["next"]})).json()
    assert [order["access_point"] for order in [*first["orders"], *last["orders"]]] == places[::-1]
    assert (first["counts"]["open"], last["counts"]["open"], last["next"]) == (3, 4, None)


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("", [EVIL_PLACE, SILENT, FULL]),
        ("status=assigned", [SILENT]),
        ("status=assigned&status=cancelled", [EVIL_PLACE, SILENT]),
        (f"access_point={FULL}", [FULL]),
        ("site=yeouido", [SILENT, FULL]),
        ("district=마포구", [EVIL_PLACE]),
        ("district=마포구&site=yeouido", []),
        ("district=nowhere", []),
        (f"technician={TECHNICIAN}", [SILENT]),
        ("text=물빛무대", [SILENT]),
        ("text=mapo", [EVIL_PLACE]),
        ("text=%20", [EVIL_PLACE, SILENT, FULL]),
        ("technician=", [EVIL_PLACE, SILENT, FULL]),
        ("planned_from=2026-06-02", [SILENT]),
        ("planned_to=2026-06-02", [FULL]),
        ("planned_from=2026-06-01&planned_to=2026-06-03", [SILENT, FULL]),
        ("is_assigned=false&is_closed=false", [FULL]),
        ("is_silent=true", []),
        ("is_closed=true", [EVIL_PLACE]),
    ],
)
async def test_the_list_can_be_narrowed(pages: Pages, everybody: Everybody, query: str, places: list[str]) -> None:
    async with everybody.program(pages, Role.PLANNER) as planner:
        await opened(planner, FULL, planned_on="2026-06-01")
        await opened(planner, SILENT, planned_on="2026-06-03", status="assigned", technician=TECHNICIAN)
        await opened(planner, EVIL_PLACE, status="cancelled", reason="a wish of nobody")
        answer = (await planner.get(f"/orders?{query}")).json()
    assert [order["access_point"] for order in answer["orders"]] == places
    assert sum(answer["counts"].values()) == len(places)


@pytest.mark.parametrize(
    "query", ["status=broken", "site=%07", "planned_from=soon", "limit=1001", "order=1", "is_silent=perhaps"]
)
async def test_a_list_that_cannot_be_asked_for_is_told(pages: Pages, everybody: Everybody, query: str) -> None:
    async with everybody.program(pages, Role.VIEWER) as viewer:
        assert kind(await viewer.get(f"/orders?{query}")) == (422, "bad-value")
        assert kind(await viewer.get("/orders?cursor=W10")) == (400, "bad-cursor")


async def test_a_change_takes_the_fields_that_are_sent_and_no_others(pages: Pages, everybody: Everybody) -> None:
    async with everybody.program(pages, Role.PLANNER) as planner:
        order = await opened(planner, vendor="Bravo", model="B-7", note="behind the stage")
        answer = await patched(planner, order["id"], '"1"', {"model": None, "note": "", "technician": TECHNICIAN})
        after = answer.json()
        assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
        expected = order | {"model": None, "note": "", "technician": TECHNICIAN, "version": 2}
        assert after == expected
        history = (await planner.get(f"/orders/{order['id']}/changes")).json()["changes"]
    assert [(change["version"], change["from_status"], change["to_status"]) for change in history] == [
        (1, None, "open"),
        (2, "open", "open"),
    ]
    assert history[1]["fields"] == {
        "model": ["B-7", None],
        "note": ["behind the stage", ""],
        "technician": [None, TECHNICIAN],
    }


async def test_a_change_names_the_version_that_was_seen(pages: Pages, everybody: Everybody) -> None:
    async with everybody.program(pages, Role.PLANNER) as planner:
        number = (await opened(planner))["id"]
        without = await planner.patch(f"/orders/{number}", json={"note": "x"}, headers=PATCH)
        assert kind(without) == (428, "version-needed")
        assert kind(await patched(planner, number, "1", {"note": "x"})) == (400, "bad-version")
        assert (await planner.get(f"/orders/{number}")).headers["etag"] == '"1"'


@pytest.mark.parametrize("seen", ['"2"', '"1", "2"', ' "2" , W/"7"', '"2","elsewhere"', "*"])
async def test_a_version_that_is_named_among_others_is_named(pages: Pages, everybody: Everybody, seen: str) -> None:
    async with everybody.program(pages, Role.PLANNER) as planner:
        number = (await opened(planner))["id"]
        await patched(planner, number, '"1"', {"note": "second"})
        assert (await patched(planner, number, seen, {"note": "third"})).json()["note"] == "third"


@pytest.mark.parametrize(
    ("seen", "since"),
    [('"1"', [2, 3]), ('"2"', [3]), ('W/"3"', [1, 2, 3]), ('"03"', [1, 2, 3]), ('"4", "2"', [3]), ('""', [1, 2, 3])],
)
async def test_who_was_slower_sees_what_was_changed_and_nothing_is_written(
    pages: Pages, everybody: Everybody, seen: str, since: list[int]
) -> None:
    async with everybody.program(pages, Role.PLANNER) as planner, everybody.program(pages, Role.ADMIN) as admin:
        number = (await opened(planner))["id"]
        await patched(planner, number, '"1"', {"note": "second"})
        await patched(admin, number, '"2"', {"firmware": "2.0"})
        answer = await patched(planner, number, seen, {"note": "mine"})
        now = (await planner.get(f"/orders/{number}")).json()
    assert (kind(answer), answer.headers["etag"]) == ((412, "stale"), '"3"')
    assert answer.json()["order"] == now
    assert now["note"] == "second"
    assert [change["version"] for change in answer.json()["changes"]] == since
    assert NAMES[Role.ADMIN] in answer.json()["detail"]


async def test_who_merges_goes_over_telemetry_and_over_nobody_else(pages: Pages, everybody: Everybody) -> None:
    async with everybody.program(pages, Role.PLANNER) as planner:
        number = (await opened(planner))["id"]
        silent = Seen(is_silent=True)
        change_order(pages.services.state, number, None, lambda order: changed(order, silent, by=TELEMETRY, at=NOW))
        assert (await patched(planner, number, '"1"', {"note": "x"})).status_code == 412
        assert (await patched(planner, number, '"1"', {"note": "x"}, is_merging="true")).json()["version"] == 3
        assert (await patched(planner, number, '"1"', {"note": "y"}, is_merging="true")).status_code == 412


async def test_a_move_that_may_not_follow_is_refused_with_those_that_may(pages: Pages, everybody: Everybody) -> None:
    async with everybody.program(pages, Role.PLANNER) as planner:
        number = (await opened(planner))["id"]
        answer = await patched(planner, number, '"1"', {"status": "verifying"})
        assert kind(answer) == (409, "illegal-move")
        assert answer.json()["possible"] == ["planned", "assigned", "in_progress", "installed", "on_hold", "cancelled"]
        answer = await patched(planner, number, '"1"', {"status": "on_hold"})
        assert (kind(answer), answer.json()["field"]) == ((422, "missing"), "reason")


async def test_technicians_change_what_is_theirs_and_of_it_what_they_do(pages: Pages, everybody: Everybody) -> None:
    async with everybody.program(pages, Role.PLANNER) as planner, everybody.program(pages, Role.TECHNICIAN) as they:
        others = await opened(planner, SILENT, status="assigned", technician=NAMES[Role.PLANNER])
        own = await opened(planner, FULL, status="assigned", technician=TECHNICIAN)
        assert kind(await patched(they, others["id"], '"1"', {"note": "mine"})) == (403, "not-yours")
        assert kind(await patched(they, own["id"], '"1"', {"planned_on": "2026-07-01"})) == (403, "not-yours")
        begun = await patched(they, own["id"], '"1"', {"status": "in_progress"})
        assert begun.status_code == 200
        assert kind(await patched(they, own["id"], '"2"', {"status": "rejected"})) == (403, "not-yours")
        done = {"status": "installed", "new_serial": " SN-9 ", "new_mac": "AA-BB-CC-00-11-22", "confirmed": ["mounted"]}
        finished = (await patched(they, own["id"], '"2"', done)).json()
        back = await patched(they, own["id"], '"3"', {"status": "assigned"})
    assert finished == own | {
        "version": 3,
        "status": "installed",
        "new_serial": "SN-9",
        "new_mac": "aa:bb:cc:00:11:22",
        "confirmed": ["mounted"],
        "installed_at": f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
        "changed_by": TECHNICIAN,
    }
    assert (kind(back), back.json()["possible"]) == ((409, "illegal-move"), ["in_progress", "on_hold"])


async def test_a_token_may_what_its_scopes_say(pages: Pages, everybody: Everybody) -> None:
    state = pages.services.state
    planning = api_token(state, NAMES[Role.PLANNER], Permission.READ, Permission.PLAN)
    working = api_token(state, NAMES[Role.PLANNER], Permission.WORK)
    async with with_token(pages, planning) as planner, with_token(pages, working) as worker:
        number = (await opened(planner))["id"]
        assert (await patched(planner, number, '"1"', {"note": "by plan"})).status_code == 200
        assert kind(await worker.get(f"/orders/{number}")) == (403, "permission")
        assert kind(await patched(worker, number, '"2"', {"note": "by work"})) == (403, "not-yours")


async def test_several_are_changed_at_once_each_by_itself(pages: Pages, everybody: Everybody) -> None:
    async with everybody.program(pages, Role.PLANNER) as planner:
        first, second = await opened(planner, FULL), await opened(planner, SILENT)
        changes = [
            {"id": first["id"], "version": 1, "change": {"status": "assigned", "technician": TECHNICIAN}},
            {"id": second["id"], "version": 7, "change": {"note": "of a version that is not"}},
            {"id": second["id"], "version": 1, "change": {"status": "accepted"}},
            {"id": 999, "version": 1, "change": {}},
            {"id": second["id"], "version": 1, "change": {"note": "taken"}},
        ]
        answer = await planner.patch("/orders", json={"changes": changes})
    assert answer.status_code == 200
    outcomes = answer.json()["outcomes"]
    assert [outcome["id"] for outcome in outcomes] == [change["id"] for change in changes]
    assert [outcome["order"] and outcome["order"]["version"] for outcome in outcomes] == [2, None, None, None, 2]
    assert [outcome["problem"] and outcome["problem"]["status"] for outcome in outcomes] == [None, 412, 409, 404, None]
    assert outcomes[1]["problem"]["order"]["version"] == 1
    assert "planned" in outcomes[2]["problem"]["possible"]


@pytest.mark.parametrize("path", ["/orders/999", "/orders/999/changes", "/orders/0", "/orders/999999999999999999"])
async def test_an_order_that_is_not_there_is_told(pages: Pages, everybody: Everybody, path: str) -> None:
    async with everybody.program(pages, Role.VIEWER) as viewer:
        assert kind(await viewer.get(path)) == (404, "no-such-order")


@pytest.mark.parametrize("number", ["x", "-1", "1.0", "9" * 19, "9" * 5000])
async def test_what_is_no_number_of_an_order_is_no_path(pages: Pages, everybody: Everybody, number: str) -> None:
    async with everybody.program(pages, Role.VIEWER) as viewer:
        assert kind(await viewer.get(f"/orders/{number}")) == (404, "about:blank")


async def test_whom_to_call_is_in_no_order(pages: Pages, everybody: Everybody) -> None:
    async with everybody.program(pages, Role.ADMIN) as admin:
        order = await opened(admin)
    assert not {name for name in order if "contact" in name or "access_note" in name}
