"""Every route for everybody: who is let in, and who is refused. The table stands by itself: it is not made of the code
that it checks, and a route that is not in it fails the tests."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount
from state_files import open_state
from web_browser import Pages
from web_city import FULL, INVENTORY, SILENT, Watch, city_readings
from web_plan import judge
from web_roles import API, NAMES, Everybody, let_everybody_in, with_token
from web_services import services_over

from collector.access.identity import COMMAND
from collector.access.roles import Role
from collector.fleet import Fleet
from collector.orders.changes import Change
from collector.orders.order import Status
from collector.state.people_tables import users
from collector.stores import Store
from collector.web.guard import CSRF_HEADER, ENROLMENT_PATHS

WHO = ("nobody", *Role, "a token that reads")
TABLE = """
method path and an example of it                                  nobody viewer technician planner ops admin token

GET    /                                                          303    200    200        200     200 200   303
GET    /sites/{id} yeouido                                        303    200    200        200     200 200   303
GET    /access-points                                             303    200    200        200     200 200   303
GET    /access-points.csv                                         303    200    200        200     200 200   303
GET    /access-points.xlsx                                        303    200    200        200     200 200   303
GET    /access-points/{id} yeouido-001                            303    200    200        200     200 200   303
GET    /search                                                    303    200    200        200     200 200   303
GET    /plan                                                      303    200    200        200     200 200   303
GET    /plan/{access_point} yeouido-001                           303    200    200        200     200 200   303
GET    /plan.csv                                                  303    200    200        200     200 200   303
GET    /plan.xlsx                                                 303    200    200        200     200 200   303
GET    /programme                                                 303    200    200        200     200 200   303
GET    /programme.csv                                             303    200    200        200     200 200   303
GET    /programme.xlsx                                            303    200    200        200     200 200   303
GET    /orders                                                    303    200    200        200     200 200   303
GET    /orders/{number} 1                                         303    200    200        200     200 200   303
GET    /work-lists                                                303    200    200        200     200 200   303
GET    /work-lists/print                                          303    200    200        200     200 200   303
GET    /work-lists.csv                                            303    200    200        200     200 200   303
GET    /work-lists.xlsx                                           303    200    200        200     200 200   303
GET    /account                                                   303    200    200        200     200 200   303
GET    /account/password                                          303    200    200        200     200 200   303
GET    /events                                                    303    400    400        400     400 400   303

GET    /sites/{id}/note yeouido                                   303    403    403        200     403 200   303
POST   /sites/{id}/note yeouido                                   303    403    403        400     403 400   303
POST   /plan                                                      303    403    403        400     403 400   303
GET    /orders/new                                                303    403    403        200     403 200   303
POST   /orders/new                                                303    403    403        400     403 400   303
POST   /orders/change                                             303    403    403        400     403 400   303
GET    /orders/{number}/change 1                                  303    403    403        200     403 200   303
GET    /orders/{number}/change 2                                  303    403    200        200     403 200   303
GET    /orders/{number}/finish 1                                  303    403    403        200     403 200   303
GET    /orders/{number}/finish 2                                  303    403    200        200     403 200   303
POST   /orders/{number}/change 2                                  303    403    400        400     403 400   303
POST   /orders/{number}/finish 2                                  303    403    400        400     403 400   303
GET    /alerts                                                    303    200    200        200     200 200   303
GET    /alerts/history                                            303    200    200        200     200 200   303
GET    /alerts/{id} nowhere                                       303    404    404        404     404 404   303
POST   /alerts/{id} nowhere                                       303    403    403        403     404 404   303
GET    /alerts/silences                                           303    200    200        200     200 200   303
GET    /alerts/silences/new                                       303    403    403        403     200 200   303
POST   /alerts/silences/new                                       303    403    403        403     400 400   303
POST   /alerts/silences/{number}/end 9                            303    403    403        403     404 404   303
GET    /alerts/maintenance                                        303    200    200        200     200 200   303
GET    /alerts/maintenance/new                                    303    403    403        403     200 200   303
POST   /alerts/maintenance/new                                    303    403    403        403     400 400   303
POST   /alerts/maintenance/{number}/take-back 9                   303    403    403        403     404 404   303
GET    /runbooks                                                  303    200    200        200     200 200   303
GET    /runbooks/{rule} site_outage                               303    200    200        200     200 200   303
GET    /alerts/endpoints                                          303    200    200        200     200 200   303
POST   /alerts/endpoints                                          303    403    403        403     400 400   303
GET    /alerts/deliveries                                         303    200    200        200     200 200   303
GET    /alerts/deliveries/{id} msg_1                              303    404    404        404     404 404   303
POST   /alerts/deliveries/{id} msg_1                              303    403    403        403     400 400   303
GET    /unknown-devices                                           303    403    403        200     200 200   303
GET    /audit                                                     303    403    403        403     200 200   303
GET    /people                                                    303    403    403        403     403 200   303
POST   /people                                                    303    403    403        403     403 400   303
GET    /people/{name} ops-oh                                      303    403    403        403     403 200   303
POST   /people/{name} ops-oh                                      303    403    403        403     403 400   303
POST   /account                                                   303    400    400        400     400 400   303
POST   /account/password                                          303    400    400        400     400 400   303

GET    /login                                                     200    303    303        303     303 303   200
POST   /login                                                     403    403    403        403     403 403   403
GET    /open-data/replacement.csv                                 200    200    200        200     200 200   200
GET    /metrics                                                   200    200    200        200     200 200   200
GET    /healthz                                                   200    200    200        200     200 200   200
GET    /readyz                                                    200    200    200        200     200 200   200
GET    /static/style.css                                          200    200    200        200     200 200   200
GET    /api/v1/openapi.json                                       200    200    200        200     200 200   200

GET    /api/v1/overview                                           401    200    200        200     200 200   200
GET    /api/v1/overview/day                                       401    200    200        200     200 200   200
GET    /api/v1/sites                                              401    200    200        200     200 200   200
GET    /api/v1/sites/{site_id} yeouido                            401    200    200        200     200 200   200
GET    /api/v1/sites/{site_id}/day yeouido                        401    200    200        200     200 200   200
GET    /api/v1/access-points                                      401    200    200        200     200 200   200
GET    /api/v1/access-points.csv                                  401    200    200        200     200 200   200
GET    /api/v1/access-points.xlsx                                 401    200    200        200     200 200   200
GET    /api/v1/access-points/{access_point_id} yeouido-001        401    200    200        200     200 200   200
GET    /api/v1/access-points/{access_point_id}/day yeouido-001    401    200    200        200     200 200   200
GET    /api/v1/search                                             401    422    422        422     422 422   422
GET    /api/v1/legacy/plan                                        401    200    200        200     200 200   200
GET    /api/v1/legacy/access-points/{access_point} yeouido-001    401    200    200        200     200 200   200
GET    /api/v1/legacy/plan.csv                                    401    200    200        200     200 200   200
GET    /api/v1/legacy/plan.xlsx                                   401    200    200        200     200 200   200
GET    /api/v1/legacy/programme.csv                               401    200    200        200     200 200   200
GET    /api/v1/legacy/programme.xlsx                              401    200    200        200     200 200   200
GET    /api/v1/legacy/verifications                               401    200    200        200     200 200   200
GET    /api/v1/work-lists                                         401    200    200        200     200 200   200
GET    /api/v1/work-lists.csv                                     401    200    200        200     200 200   200
GET    /api/v1/work-lists.xlsx                                    401    200    200        200     200 200   200
GET    /api/v1/orders                                             401    200    200        200     200 200   200
GET    /api/v1/orders/{number} 1                                  401    200    200        200     200 200   200
GET    /api/v1/orders/{number}/changes 1                          401    200    200        200     200 200   200
GET    /api/v1/account                                            401    200    200        200     200 200   200
GET    /api/v1/alerts                                             401    200    200        200     200 200   200
GET    /api/v1/alerts/{alert_id} a1                               401    404    404        404     404 404   404
GET    /api/v1/alert-rules                                        401    200    200        200     200 200   200
GET    /api/v1/silences                                           401    200    200        200     200 200   200
GET    /api/v1/silences/{number} 9                                401    404    404        404     404 404   404
GET    /api/v1/maintenance                                        401    200    200        200     200 200   200
GET    /api/v1/maintenance/{number} 9                             401    404    404        404     404 404   404
GET    /api/v1/endpoints                                          401    200    200        200     200 200   200
GET    /api/v1/deliveries                                         401    200    200        200     200 200   200
GET    /api/v1/deliveries/{delivery_id} msg_1                     401    404    404        404     404 404   404
PUT    /api/v1/account/password                                   401    422    422        422     422 422   422
GET    /api/v1/tokens                                             401    200    200        200     200 200   200
POST   /api/v1/tokens                                             401    422    422        422     422 422   422
DELETE /api/v1/tokens/{number} 999                                401    404    404        404     404 404   404

GET    /api/v1/sites/{site_id}/note yeouido                       401    403    403        200     200 200   403
PUT    /api/v1/sites/{site_id}/note yeouido                       401    403    403        428     403 428   403
POST   /api/v1/legacy/verifications                               401    403    403        422     403 422   403
POST   /api/v1/orders                                             401    403    403        422     403 422   403
POST   /api/v1/orders/batch                                       401    403    403        422     403 422   403
PATCH  /api/v1/orders                                             401    403    422        422     403 422   403
PATCH  /api/v1/orders/{number} 1                                  401    403    428        428     403 428   403
POST   /api/v1/alerts/{alert_id}/acknowledgement a1               401    403    403        403     404 404   403
DELETE /api/v1/alerts/{alert_id}/acknowledgement a1               401    403    403        403     404 404   403
POST   /api/v1/silences                                           401    403    403        403     422 422   403
POST   /api/v1/silences/{number}/end 9                            401    403    403        403     404 404   403
POST   /api/v1/maintenance                                        401    403    403        403     422 422   403
POST   /api/v1/maintenance/{number}/take-back 9                   401    403    403        403     404 404   403
POST   /api/v1/endpoints/{name}/pause ops                         401    403    403        403     404 404   403
POST   /api/v1/endpoints/{name}/open ops                          401    403    403        403     404 404   403
POST   /api/v1/endpoints/{name}/test ops                          401    403    403        403     404 404   403
POST   /api/v1/deliveries/{delivery_id}/replay msg_1              401    403    403        403     404 404   403
GET    /api/v1/people                                             401    403    403        403     403 200   403
POST   /api/v1/people                                             401    403    403        403     403 422   403
PATCH  /api/v1/people/{name} ops-oh                               401    403    403        403     403 200   403
GET    /api/v1/people/{name}/tokens ops-oh                        401    403    403        403     403 200   403
DELETE /api/v1/people/{name}/tokens/{number} ops-oh 999           401    403    403        403     403 404   403
GET    /api/v1/audit                                              401    403    403        403     200 200   403
GET    /api/v1/backup/points                                      401    403    403        403     403 403   403

GET    /api/v1/enrolment/authority                                404    404    404        404     404 404   404
POST   /api/v1/enrolment/certificates                             422    422    422        422     422 422   422

POST   /logout                                                    303    303    303        303     303 303   303
"""
"""What is sent is empty, but for what proves that a page of ours has sent it: 422, 428 and 400 tell who was let in and
then said nothing, so that nothing is changed. Pages know no tokens. Logging out comes last, for it ends the session."""


class Row(NamedTuple):
    method: str
    template: str
    path: str
    statuses: tuple[int, ...]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_api(self) -> bool:
        return self.path.startswith(API)


def rows() -> Iterator[Row]:
    for line in TABLE.strip().splitlines()[1:]:
        if line:
            method, template, *rest = line.split()
            examples, statuses = rest[: -len(WHO)], rest[-len(WHO) :]
            path = re.sub(r"{\w+}", "{}", template).format(*examples)
            yield Row(method, template, path, tuple(int(status) for status in statuses))


ROWS = tuple(rows())


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> Everybody:
    return let_everybody_in(tmp_path_factory.mktemp("everybody") / "state.sqlite")


@pytest.fixture(scope="module")
def logged_in(everybody: Everybody, day: Store) -> tuple[Path, str]:
    """There is something to be seen: a judgement, order number 1, and number 2, which is the technician's."""
    state = open_state(everybody.path)
    judge(state)
    desk = services_over(
        inventory=INVENTORY, fleet=Fleet(city_readings()), store=day, state=state, clock=Watch()
    ).order_desk
    desk.open(SILENT, COMMAND)
    desk.open(FULL, COMMAND, Change(status=Status.ASSIGNED, technician=NAMES[Role.TECHNICIAN]))
    state.dispose()
    return everybody.path, everybody.sessions[Role.ADMIN]


def routes_of(application: Starlette) -> set[str]:
    """Every method and path that the application answers, HEAD and what is in a folder aside."""

    def walk(routes: list[BaseRoute], prefix: str = "") -> Iterator[str]:
        for route in routes:
            inner = getattr(route, "original_router", None) or getattr(route, "app", None)
            if isinstance(route, Mount) or hasattr(route, "original_router"):
                yield from walk(getattr(inner, "routes", []), prefix + getattr(route, "path", ""))
            else:
                path = re.sub(r"{(\w+):\w+}", r"{\1}", prefix + route.path)  # type: ignore[attr-defined]
                yield from (f"{method} {path}" for method in route.methods - {"HEAD"})  # type: ignore[attr-defined]

    return set(walk(application.routes))


def test_every_route_is_in_the_table(pages: Pages) -> None:
    assert len(ROWS) == len({row.name for row in ROWS})
    assert {f"{row.method} {row.template}" for row in ROWS} - {"GET /static/style.css"} == routes_of(pages.application)


async def answer(client: httpx.AsyncClient, row: Row, csrf_token: str = "") -> httpx.Response:
    if row.method == "GET":
        return await client.get(row.path)
    if row.is_api:
        headers = {CSRF_HEADER: csrf_token} if csrf_token else {}
        json = None if row.method == "DELETE" else {}
        return await client.request(row.method, row.path, json=json, headers=headers)
    return await client.post(row.path, data={"csrf": csrf_token})


@pytest.mark.parametrize("role", list(Role))
async def test_every_role_is_let_in_where_it_may_and_nowhere_else(
    pages: Pages, everybody: Everybody, role: Role
) -> None:
    async with everybody.reader(pages, role) as reader:
        found = {row.name: (await answer(reader, row, everybody.csrf_tokens[role])).status_code for row in ROWS}
    assert found == {row.name: row.statuses[WHO.index(role)] for row in ROWS}


async def test_nobody_is_let_in_where_that_is_not_for_everybody(pages: Pages) -> None:
    async with pages.browser() as browser:
        found = {row.name: (await answer(browser, row)).status_code for row in ROWS}
    assert found == {row.name: row.statuses[0] for row in ROWS}


async def test_a_token_opens_what_its_scope_says_and_no_page(pages: Pages, everybody: Everybody) -> None:
    async with with_token(pages, everybody.reading) as program:
        program.base_url = httpx.URL("http://wifi.test")
        found = {row.name: (await answer(program, row)).status_code for row in ROWS}
    assert found == {row.name: row.statuses[-1] for row in ROWS}


@pytest.mark.parametrize("token", ["", "wrong", "틀림"])
async def test_nothing_is_changed_by_a_session_without_its_token(
    pages: Pages, everybody: Everybody, token: str
) -> None:
    async with pages.reader() as reader:
        for row in ROWS:
            if row.method != "GET" and row.path not in ENROLMENT_PATHS:
                headers = {CSRF_HEADER: token.encode()} if row.is_api else {}
                sent = await reader.request(row.method, row.path, data={"csrf": token}, headers=headers)
                assert (row.name, sent.status_code) == (row.name, 403)
        assert (await reader.get("/")).status_code == 200


async def test_who_was_drawn_a_password_changes_it_before_anything_else(pages: Pages, everybody: Everybody) -> None:
    with pages.services.state.begin() as connection:  # as after a log-in with it: to draw one ends all sessions
        connection.execute(update(users).where(users.c.name == NAMES[Role.OPS]).values(has_first_password=True))
    open_to_all = {row.name for row in ROWS if row.statuses[0] in {200, 403} or row.path in ENROLMENT_PATHS}
    async with everybody.reader(pages, Role.OPS) as reader:
        for row in ROWS:
            if row.name in open_to_all or row.path in {"/account/password", "/logout"}:
                continue
            sent = await answer(reader, row, everybody.csrf_tokens[Role.OPS])
            assert (row.name, sent.status_code) == (row.name, 403 if row.is_api else 303)
            assert row.is_api or sent.headers["location"].startswith("/account/password")


async def test_what_no_database_can_be_asked_for_is_refused_and_no_failure(pages: Pages, everybody: Everybody) -> None:
    async with everybody.reader(pages, Role.ADMIN) as reader:
        for row in ROWS:
            if row.is_api or row.path in {"/login", "/logout"} or row.statuses[0] == 200:
                continue
            if row.method == "GET":
                sent = await reader.get(f"{row.path}?text=%00")
            else:
                sent = await reader.post(row.path, data={"csrf": everybody.csrf_tokens[Role.ADMIN], "name": "\0"})
            assert (row.name, sent.status_code) == (row.name, 400)
    async with pages.browser() as browser:
        assert (await browser.post("/login", data={"name": "\0"})).status_code == 400
