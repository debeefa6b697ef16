"""Deliveries as a receiver over HTTP sees them, and as the state database has them afterwards."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp import web
from harness import eventually
from sqlalchemy import Engine, select
from state_files import open_state

from agent.settings import check
from collector.alerting.receivers import Receiver
from collector.alerting.sending import Sender
from collector.alerts.endpoints.settings import Secrets, Telling
from collector.alerts.formats import format_of
from collector.alerts.notice import Notice
from collector.alerts.telling.sample import sample_notice
from collector.metrics import Metrics
from collector.outward.addresses import Network
from collector.outward.calling import Caller
from collector.state.alert_tables import deliveries
from collector.state.endpoint_states import EndpointState, endpoint_state, pause, reopen
from collector.state.leadership import begin_epoch
from collector.state.outbox import put_in
from inventory import Inventory

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
LOOPBACK: Sequence[Network] = [ip_network("127.0.0.0/8")]
Answer = Callable[[web.Request], Awaitable[web.Response]]


class Ops:
    """A receiver: what came, by path, and how it answers (200 unless told otherwise)."""

    def __init__(self) -> None:
        self.came: list[tuple[str, str]] = []
        self.answers: dict[str, Answer] = {}
        self.port = 0

    @contextlib.asynccontextmanager
    async def served(self) -> AsyncIterator["Ops"]:
        application = web.Application()
        application.router.add_post("/{name}", self._take)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self.came.append((name, json.loads(await request.text())["data"]["id"]))
        return await self.answers[name](request) if name in self.answers else web.Response()


class Lab:
    """A sender of some endpoints, each with a path of its own at one receiver."""

    def __init__(self, folder: Path, ops: Ops) -> None:
        self.state: Engine = open_state(folder / "state.sqlite")
        self.folder = folder
        self.ops = ops
        self.now = NOW
        self.metrics = Metrics()
        with self.state.begin() as connection:
            self.epoch = begin_epoch(connection, NOW)

    def receiver(self, name: str, **broken: object) -> Receiver:
        secret = self.folder / "secret"
        secret.write_text("whsec_" + "YWFh" * 10)
        form = format_of("standard_webhooks")
        url = f"http://127.0.0.1:{self.ops.port}/{name}"
        document = {"name": name, "kind": "standard_webhooks", "url": url, "secret_file": str(secret)}
        settings = check(form.settings, document, self.folder / "c.toml")
        form = replace(form, **broken)  # type: ignore[arg-type]
        return Receiver(settings, Secrets(url, {"secret_file": secret.read_text()}), form, Telling())

    def put(self, name: str, endpoint: str = "ops", due_at: datetime = NOW) -> Notice:
        notice = sample_notice(endpoint, name, NOW)
        with self.state.begin() as connection:
            put_in(connection, notice, due_at)
        return notice

    def kept(self) -> dict[str, tuple[str, int, str | None]]:
        """State, attempts and reason of each delivery."""
        each = deliveries.c
        with self.state.connect() as connection:
            rows = connection.execute(select(each.id, each.state, each.attempts, each.problem))
            return {id_: (state, attempts, problem) for id_, state, attempts, problem in rows}

    def due_at(self, name: str) -> datetime:
        with self.state.connect() as connection:
            at: datetime = connection.scalar(select(deliveries.c.due_at).where(deliveries.c.id == name))
            return at

    @contextlib.asynccontextmanager
    async def sending(self, *receivers: Receiver, refreshed_every_seconds: float = 60.0) -> AsyncIterator[Sender]:
        caller = Caller(LOOPBACK)
        sender = Sender(
            state=self.state,
            inventory=Inventory(sites=(), access_points=()),
            receivers=receivers,
            caller=caller,
            metrics=self.metrics,
            clock=lambda: self.now,
            chance=lambda: 0.0,
            refreshed_every_seconds=refreshed_every_seconds,
        )
        task = asyncio.create_task(sender.run(self.epoch))
        try:
            yield sender
        finally:
            task.cancel()
            await asyncio.wait([task])
            await caller.aclose()

    async def until(self, name: str, state: str, attempts: int = 1) -> None:
        await eventually(lambda: self.kept()[name][:2] == (state, attempts))


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    async with Ops().served() as ops:
        lab = Lab(tmp_path, ops)
        yield lab
        lab.state.dispose()


def answer(status: int, **headers: str) -> Answer:
    async def respond(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={key.replace("_", "-"): value for key, value in headers.items()})

    return respond


async def forever(_: web.Request) -> web.Response:
    await asyncio.Event().wait()
    raise AssertionError


async def test_what_waits_and_what_comes_is_delivered_once(lab: Lab) -> None:
    lab.put("msg_1")
    async with lab.sending(lab.receiver("ops")) as sender:
        await lab.until("msg_1", "delivered")
        lab.put("msg_2")
        sender.wake()
        await lab.until("msg_2", "delivered")
        arrived = EndpointState("ops", delivered_at=NOW)
        await eventually(lambda: endpoint_state(lab.state, "ops") == arrived)
    assert lab.ops.came == [("ops", "msg_1"), ("ops", "msg_2")]
    async with lab.sending(lab.receiver("ops")):
        lab.put("msg_3")
        await lab.until("msg_3", "delivered")
    assert [id_ for _, id_ in lab.ops.came] == ["msg_1", "msg_2", "msg_3"]


async def test_what_fails_is_tried_again_in_time_under_the_same_id(lab: Lab) -> None:
    lab.ops.answers["ops"] = answer(503, Retry_After="40")
    lab.put("msg_1")
    async with lab.sending(lab.receiver("ops")) as sender:
        await eventually(lambda: lab.kept()["msg_1"] == ("waiting", 1, "503 Service Unavailable"))
        assert lab.due_at("msg_1") == NOW + timedelta(seconds=40)
        failed = EndpointState("ops", failed_at=NOW, problem="503 Service Unavailable")
        await eventually(lambda: endpoint_state(lab.state, "ops") == failed)
        del lab.ops.answers["ops"]
        lab.now += timedelta(seconds=40)
        sender.wake()
        await lab.until("msg_1", "delivered", attempts=2)
        await eventually(lambda: endpoint_state(lab.state, "ops").problem is None)
    assert lab.ops.came == [("ops", "msg_1")] * 2


async def test_after_the_last_of_the_schedule_it_is_dead(lab: Lab) -> None:
    lab.ops.answers["ops"] = answer(500)
    lab.put("msg_1")
    async with lab.sending(lab.receiver("ops")) as sender:
        for attempts in range(1, 10):
            await lab.until("msg_1", "waiting", attempts)
            await eventually(lambda: lab.due_at("msg_1") > lab.now)
            lab.now = lab.due_at("msg_1")
            sender.wake()
        await lab.until("msg_1", "dead", 10)
    assert lab.kept()["msg_1"] == ("dead", 10, "500 Internal Server Error")
    assert lab.now - NOW > timedelta(hours=75)


async def test_a_redirect_is_a_failure_and_nobody_goes_there(lab: Lab) -> None:
    lab.ops.answers["ops"] = answer(302, Location=f"http://127.0.0.1:{lab.ops.port}/elsewhere")
    lab.put("msg_1")
    async with lab.sending(lab.receiver("ops")):
        await eventually(lambda: lab.due_at("msg_1") > lab.now)
    assert lab.ops.came == [("ops", "msg_1")]


async def test_a_receiver_that_is_gone_is_called_no_more_until_it_is_opened(lab: Lab) -> None:
    lab.ops.answers["ops"] = answer(410)
    lab.put("msg_1")
    async with lab.sending(lab.receiver("ops")) as sender:
        await lab.until("msg_1", "dead")
        await eventually(lambda: not endpoint_state(lab.state, "ops").is_open)
        lab.put("msg_2")
        state = endpoint_state(lab.state, "ops")
        assert (state.disabled_at, state.disabled_because is None) == (NOW, False)
        del lab.ops.answers["ops"]
        sender.wake()
        assert reopen(lab.state, "ops")
        sender.wake()
        await lab.until("msg_2", "delivered")
    assert lab.ops.came == [("ops", "msg_1"), ("ops", "msg_2")]


async def test_a_paused_endpoint_is_called_when_it_is_opened_again(lab: Lab) -> None:
    pause(lab.state, "ops", "kim", NOW)
    lab.put("msg_1")
    lab.put("msg_2", endpoint="pager")
    async with lab.sending(lab.receiver("ops"), lab.receiver("pager")) as sender:
        await lab.until("msg_2", "delivered")
        assert lab.kept()["msg_1"] == ("waiting", 0, None)
        assert reopen(lab.state, "ops")
        sender.wake()
        await lab.until("msg_1", "delivered")


async def test_a_receiver_that_never_answers_delays_nobody(lab: Lab) -> None:
    lab.ops.answers["hung"] = forever
    for number in range(20):
        lab.put(f"hung_{number}", endpoint="hung")
        lab.put(f"msg_{number}")
    async with lab.sending(lab.receiver("hung"), lab.receiver("ops")):
        await eventually(lambda: all(lab.kept()[f"msg_{number}"][0] == "delivered" for number in range(20)))
        assert {lab.kept()[f"hung_{number}"][0] for number in range(20)} == {"waiting"}
    assert sum(name == "hung" for name, _ in lab.ops.came) <= 4


async def test_a_notice_that_cannot_be_written_down_is_dead_and_stops_nothing(lab: Lab) -> None:
    def compose(notice: Notice, *_: object) -> None:
        raise ValueError(f"not this one: {notice.id}")

    lab.put("msg_1", endpoint="broken")
    lab.put("msg_2")
    async with lab.sending(lab.receiver("broken", compose=compose), lab.receiver("ops")):
        await lab.until("msg_1", "dead")
        await lab.until("msg_2", "delivered")
    assert lab.kept()["msg_1"] == ("dead", 1, "a defect of the collector: ValueError")


async def test_a_defect_in_what_is_told_again_stops_nobody(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    def refresh(*_: object) -> None:
        raise ValueError("a defect")

    broken = lab.receiver("broken", refresh=refresh)
    async with lab.sending(broken, lab.receiver("ops"), refreshed_every_seconds=0.01) as sender:
        await eventually(lambda: caplog.text.count("endpoint_not_refreshed endpoint=broken") > 1)
        lab.put("msg_1")
        sender.wake()
        await lab.until("msg_1", "delivered")


async def test_who_is_paused_is_not_told_again_either(lab: Lab) -> None:
    told: list[str] = []

    def noting(name: str) -> Receiver:
        def refresh(*_: object) -> list[object]:
            told.append(name)
            return []

        return lab.receiver(name, refresh=refresh)

    pause(lab.state, "paused", "ops", NOW)
    async with lab.sending(noting("paused"), noting("open"), refreshed_every_seconds=0.01):
        await eventually(lambda: told.count("open") > 2)
        assert "paused" not in told
        reopen(lab.state, "paused")
        await eventually(lambda: "paused" in told)


async def test_a_call_that_is_cut_off_is_made_again_by_who_comes_next(lab: Lab) -> None:
    lab.ops.answers["ops"] = forever
    lab.put("msg_1")
    async with lab.sending(lab.receiver("ops")):
        await eventually(lambda: bool(lab.ops.came))
    assert lab.kept()["msg_1"] == ("waiting", 1, None)
    del lab.ops.answers["ops"]
    async with lab.sending(lab.receiver("ops")):
        await lab.until("msg_1", "delivered", attempts=2)
    assert lab.ops.came == [("ops", "msg_1")] * 2


async def test_what_waits_for_an_endpoint_that_is_not_configured_any_more_is_given_up(lab: Lab) -> None:
    lab.put("msg_1", endpoint="old")
    async with lab.sending(lab.receiver("ops")):
        await lab.until("msg_1", "dead", attempts=0)
    assert lab.kept()["msg_1"] == ("dead", 0, "there is no such endpoint any more")


async def test_whoever_is_not_elected_any_more_calls_nobody(lab: Lab) -> None:
    lab.put("msg_1")
    with lab.state.begin() as connection:
        begin_epoch(connection, NOW)
    lab.put("msg_2", endpoint="pager")
    async with lab.sending(lab.receiver("ops")):
        await lab.until("msg_2", "dead", attempts=0)
        await asyncio.to_thread(lab.kept)
    assert (lab.ops.came, lab.kept()["msg_1"]) == ([], ("waiting", 0, None))
