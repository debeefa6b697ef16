"""The stream of changes itself, as a server sends it to a reader who is slow, or while the database is silent."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from web_alert_desk import ALERT, Evaluator, alert
from web_browser import Pages
from web_city import BARE, reading

from agent.wire import Report
from collector.web import live
from collector.web.guard import SESSION_COOKIE

Message = MutableMapping[str, Any]


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LOOKS_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(live, "FLEET_AT_MOST_EVERY_LOOKS", 1)


@asynccontextmanager
async def reading_stream(
    pages: Pages, take: Callable[[str], Awaitable[None]], *, topic: str = "fleet"
) -> AsyncIterator[None]:
    """A reader of changes meanwhile, of the fleet's or others, who takes what they are sent one after the other."""
    headers = [(b"cookie", f"{SESSION_COOKIE}={pages.token}".encode())]
    scope = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "GET"}
    scope |= {"path": "/events", "raw_path": b"/events", "root_path": "", "scheme": "http", "headers": headers}
    scope |= {"query_string": f"topics={topic}".encode(), "client": ("192.0.2.7", 50_000), "server": ("wifi.test", 80)}

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError("nobody sends anything")

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            await take(message["body"].decode())

    task = asyncio.create_task(pages.application(scope, receive, send))
    try:
        yield
        assert not task.done()
    finally:
        pages.application.state.end_streams()
        await task


def report(pages: Pages) -> None:
    pages.watch.now += timedelta(seconds=1)
    pages.services.fleet.remember(BARE, reading(Report(observed_at=pages.watch.now, clients=1), pages.watch.now))


async def test_who_reads_slowly_is_told_the_last_of_what_they_have_missed(pages: Pages) -> None:
    sent: list[str] = []
    looked, goes_on, is_told = asyncio.Semaphore(0), asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    async def take(body: str) -> None:
        await goes_on.wait()
        sent.append(body)
        if "fleet" in body:
            is_told.set()

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if "order_changes" in statement:
            loop.call_soon_threadsafe(looked.release)

    event.listen(pages.services.state, "before_cursor_execute", note)
    async with asyncio.timeout(30), reading_stream(pages, take):
        for _ in range(5):
            for _ in range(3):  # the one under way, and one that has begun since, and has ended as another begins
                await looked.acquire()
            report(pages)
        for _ in range(3):
            await looked.acquire()
        goes_on.set()
        await is_told.wait()
    event.remove(pages.services.state, "before_cursor_execute", note)
    assert [body for body in sent if "fleet" in body] == [f"event: fleet\ndata: {pages.services.fleet.changes}\n\n"]


async def test_a_database_that_is_silent_ends_no_stream(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PROVEN_EVERY_LOOKS", 1)
    proven, told = asyncio.Semaphore(0), asyncio.Event()

    async def take(body: str) -> None:
        if body.startswith(":"):
            proven.release()
        elif body.startswith("event: fleet"):
            told.set()

    def refuse(_: object, __: object, statement: str, *___: object) -> None:
        raise OperationalError(statement, None, Exception("the server has closed the connection"))

    async with asyncio.timeout(30), reading_stream(pages, take):
        await proven.acquire()
        event.listen(pages.services.state, "before_cursor_execute", refuse)
        for _ in range(3):
            await proven.acquire()
        report(pages)
        await told.wait()
    event.remove(pages.services.state, "before_cursor_execute", refuse)


async def test_who_reads_of_alerts_is_told_that_somebody_takes_care_of_one(pages: Pages) -> None:
    Evaluator(pages.services.state).write(alert())
    looked, told = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    async def take(body: str) -> None:
        if body.startswith("event: alerts"):
            told.set()

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if "FROM maintenance" in statement:  # the last that is asked for in a look
            loop.call_soon_threadsafe(looked.set)

    event.listen(pages.services.state, "before_cursor_execute", note)
    async with asyncio.timeout(30), reading_stream(pages, take, topic="alerts"):
        await looked.wait()
        assert not told.is_set()
        pages.services.alert_desk.acknowledge(ALERT, "oh")
        await told.wait()
    event.remove(pages.services.state, "before_cursor_execute", note)
