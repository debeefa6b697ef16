"""Reading windows while points come in, and answers of any length."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from access_point_windows import AccessPointWindow, CheckSums, EachByItself
from influx_http import Request, Script, Server, answer, serving

from collector.influx.asking import Asker
from collector.influx.buckets import milliseconds_from
from collector.influx.influxql import InfluxQLReader
from collector.influx.promql import PromQLReader
from collector.influx.promql_series import all_series
from collector.influx.settings import InfluxSettings
from collector.stores import StoreError

AT = datetime(2026, 5, 2, 12, tzinfo=UTC)
UNTIL = AT + timedelta(minutes=5)
JUST_BEFORE = milliseconds_from(UNTIL) / 1000 - 0.001
HOSTILE = ["x", ',{"metric":{', '"},{"metric":{"a":"', '[{"metric":{', "back\\", "여의도", "\u2028"]


def asker_of(server: Server) -> Asker:
    settings = InfluxSettings.model_validate({"engine": "victoriametrics", "url": server.url})
    return Asker(settings, lambda: AT)


def said(series: list[Any]) -> bytes:
    """As VictoriaMetrics writes it: without spaces, and something behind it."""
    document = {"status": "success", "data": {"resultType": "matrix", "result": series}, "stats": {"x": "{}"}}
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


async def of_script(script: Script, ask: Callable[[Asker], Any]) -> Any:
    async with serving(script) as server:
        asker = asker_of(server)
        try:
            return await asyncio.to_thread(ask, asker)
        finally:
            asker.close()


def always(body: bytes) -> Callable[[Request], Awaitable[bytes]]:
    async def script(_: Request) -> bytes:
        return answer(200, body)

    return script


def read_by(reader: PromQLReader | InfluxQLReader) -> list[AccessPointWindow]:
    tally = EachByItself()
    reader.site_windows(AT, UNTIL, tally)
    return tally.windows()


def series_in(asker: Asker) -> list[Any]:
    return list(all_series(asker, "/api/v1/query", {"query": "up"}))


@pytest.mark.parametrize("count", [0, 1, 6_000])
async def test_a_long_answer_is_read_in_parts_without_losing_a_series(count: int) -> None:
    series = [
        {"metric": {"kind": HOSTILE[number % len(HOSTILE)], "n": f"{number:0100}"}, "values": [[1.5, "0.5"]]}
        for number in range(count)
    ]
    assert await of_script(always(said(series)), series_in) == series


async def test_a_long_answer_is_read_some_series_at_a_time() -> None:
    series = [{"metric": {"n": f"{number:0100}"}, "values": [[1.5, "0.5"]]} for number in range(6_000)]

    def sizes(asker: Asker) -> list[int]:
        answered = asker.ask_in_parts("/", {}, b'{"metric":{', lambda document: document["data"]["result"])
        return [len(part) for part in answered]

    parts = await of_script(always(said(series)), sizes)
    assert sum(parts) == 6_000
    assert max(parts) < 3_000


class SlowEngine:
    """Says half of its answer, and the rest when it is told to. Breaks off `breaks_off` bytes before the end."""

    def __init__(self, body: bytes, breaks_off: int = 0) -> None:
        self.url = ""
        self.connections = 0
        self.may_go_on = asyncio.Event()
        self._body = body
        self._end = len(body) - breaks_off

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Asker]:
        listener = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        asker = asker_of(Server(f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"))
        try:
            yield asker
        finally:
            asker.close()
            listener.close()
            await listener.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(self._body))
                writer.write(self._body[: self._end // 2])
                await writer.drain()
                await asyncio.wait_for(self.may_go_on.wait(), 20)
                writer.write(self._body[self._end // 2 : self._end])
                await writer.drain()
                if self._end < len(self._body):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            pass
        finally:
            writer.close()


SERIES = [{"metric": {"n": f"{number:0100}"}, "values": [[1.5, "0.5"]]} for number in range(6_000)]


async def test_an_answer_is_taken_while_it_comes_and_its_connection_used_again() -> None:
    engine = SlowEngine(said(SERIES))
    loop = asyncio.get_running_loop()

    def ask(asker: Asker) -> list[Any]:
        told = all_series(asker, "/api/v1/query", {"query": "up"})
        first = next(told)
        loop.call_soon_threadsafe(engine.may_go_on.set)
        return [first, *told]

    async with engine.serving() as asker:
        assert await asyncio.to_thread(ask, asker) == SERIES
        assert await asyncio.to_thread(series_in, asker) == SERIES
        assert engine.connections == 1


async def test_who_has_heard_enough_leaves_and_can_ask_again() -> None:
    engine = SlowEngine(said(SERIES))

    def leave(asker: Asker) -> list[Any]:
        return next(asker.ask_in_parts("/", {}, b'{"metric":{', lambda document: document["data"]["result"]))

    async with engine.serving() as asker:
        first = await asyncio.to_thread(leave, asker)
        assert first == SERIES[: len(first)]
        engine.may_go_on.set()
        assert await asyncio.to_thread(series_in, asker) == SERIES
        assert engine.connections == 2


@pytest.mark.parametrize("breaks_off", [1, 1_000, 500_000])
async def test_a_connection_that_breaks_off_is_no_answer(breaks_off: int) -> None:
    engine = SlowEngine(said(SERIES), breaks_off)
    engine.may_go_on.set()
    async with engine.serving() as asker:
        with pytest.raises(StoreError, match="was not asked") as caught:
            await asyncio.to_thread(series_in, asker)
        assert not caught.value.is_permanent


async def test_an_answer_that_is_written_otherwise_is_read_as_well() -> None:
    series = [{"metric": {"n": str(number)}, "values": []} for number in range(10)]
    body = json.dumps({"data": {"result": series}}, indent=1).encode()
    assert await of_script(always(body), series_in) == series


async def test_an_answer_that_breaks_off_is_none() -> None:
    body = said([{"metric": {"n": f"{number:0100}"}, "values": [[1.5, "0.5"]]} for number in range(6_000)])
    for end in (len(body) // 2, len(body) - 1, 40):
        with pytest.raises(StoreError):
            await of_script(always(body[:end]), series_in)


async def test_a_check_that_comes_between_two_questions_is_no_failed_one() -> None:
    """VictoriaMetrics would keep the failed checks for good: they would be the larger number."""
    known = 10

    async def script(request: Request) -> bytes:
        nonlocal known
        query = request.body.decode()
        if "wifi_probe_is_ok" not in query:
            return answer(200, said([]))
        told = [{"metric": {"access_point": "a-1", "kind": "dns"}, "values": [[JUST_BEFORE, str(known)]]}]
        known += 5
        return answer(200, said(told))

    (window,) = await of_script(script, lambda asker: read_by(PromQLReader(asker)))
    assert window == AccessPointWindow("a-1", AT, checks={"dns": CheckSums(10, 0)})


async def test_a_cluster_answers_with_all_of_it_or_not_at_all() -> None:
    asked: list[bytes] = []

    async def script(request: Request) -> bytes:
        asked.append(request.body)
        return answer(200, said([]))

    assert await of_script(script, lambda asker: read_by(PromQLReader(asker))) == []
    assert asked
    assert all(b"deny_partial_response=1" in body for body in asked)


async def test_a_loss_that_comes_between_two_questions_is_not_heard() -> None:
    lost = {"name": "wifi_report", "tags": {"access_point": "a-1"}, "values": [[milliseconds_from(AT), 60.0]]}

    async def script(request: Request) -> bytes:
        told = [lost] if b"is_up+%3D+0" in request.body else []
        return answer(200, json.dumps({"results": [{"statement_id": 0, "series": told}]}).encode())

    assert await of_script(script, lambda asker: read_by(InfluxQLReader(asker, "wifi"))) == []
