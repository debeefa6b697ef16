"""Writing: what an engine is sent, and what each of its answers comes to."""

import asyncio
import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from influx_http import TAKEN, Request, Script, answer, serving
from writing import write

from agent.wire import Radio, Report, Ssid
from collector.influx.settings import InfluxSettings
from collector.influx.writing import RefusedLine, Writer
from collector.stores import FrameKey, StoredFrame, StoredReport, StoreError, Unstorable
from collector.stores.influx import open_store

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)


def settings(url: str, **keys: object) -> InfluxSettings:
    return InfluxSettings.model_validate({"engine": "influxdb", "url": url, **keys})


def always(said: bytes | None) -> Script:
    async def script(request: Request) -> bytes | None:
        return said

    return script


async def outcome(said: bytes | None, **keys: object) -> StoreError:
    """The error that an answer comes to when one line is written."""
    async with serving(always(said)) as server:
        writer = Writer(settings(server.url, **keys), lambda: NOW)
        with pytest.raises(StoreError) as caught:
            await writer.write([["m x=1 1"]])
        await writer.close()
    assert not caught.value.is_permanent
    return caught.value


async def test_lines_go_to_the_write_api_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    async with serving(always(TAKEN)) as server:
        keys = {"org": "seoul", "bucket": "wi fi", "token_file": tmp_path / "token"}
        writer = Writer(settings(f"{server.url}/insert/0/influx/", **keys), lambda: NOW)
        assert await writer.write([["m,a=한강 x=1 1", "m x=2 2"]]) == []
        await writer.close()
    [request] = server.requests
    assert (request.method, request.path) == ("POST", "/insert/0/influx/api/v2/write")
    assert request.query == {"org": "seoul", "bucket": "wi fi", "precision": "ms"}
    assert request.headers["authorization"] == "Token s3cret"
    assert request.headers["content-type"].startswith("text/plain")
    assert "content-encoding" not in request.headers
    assert request.body == "m,a=한강 x=1 1\nm x=2 2".encode()


async def test_without_a_token_none_is_sent() -> None:
    async with serving(always(TAKEN)) as server:
        writer = Writer(settings(server.url), lambda: NOW)
        await writer.write([["m x=1 1"]])
        await writer.close()
    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("17", 17.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0.0),
        ("99999999", 3600.0),
        ("soon", None),
        ("-1", None),
        ("", None),
    ],
)
async def test_an_engine_says_when_to_come_again(status: int, header: str, seconds: float | None) -> None:
    error = await outcome(answer(status, Retry_After=header))
    assert error.retry_after_seconds == seconds
    assert str(status) in str(error)


@pytest.mark.parametrize(
    ("status", "named"),
    [
        (401, "token_file"),
        (403, "token_file"),
        (404, "bucket"),
        (301, "url"),
        (200, "url"),
        (500, "500"),
        (502, "502"),
    ],
)
async def test_what_has_to_be_mended_is_named_and_may_be_mended(status: int, named: str) -> None:
    error = await outcome(answer(status, b'{"message": "no\n\x00such\tthing"}', Location="http://127.0.0.1:1/"))
    assert named in str(error)
    assert str(error).isprintable()


async def test_a_wrong_address_at_victoriametrics_condemns_no_lines() -> None:
    error = await outcome(answer(400, b'unsupported path requested: "/nowhere/api/v2/write"'))
    assert "url" in str(error)


async def test_neither_a_token_nor_a_long_answer_gets_into_a_message(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret")
    body = b"Token s3cret is not one of ours. " * 500
    error = await outcome(answer(401, body), token_file=tmp_path / "token")
    assert "s3cret" not in str(error)
    assert len(str(error)) < 600


async def test_a_token_that_was_replaced_is_read_anew(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("old")

    async def script(request: Request) -> bytes:
        return TAKEN if request.headers["authorization"] == "Token new" else answer(401)

    async with serving(script) as server:
        writer = Writer(settings(server.url, token_file=token), lambda: NOW)
        with pytest.raises(StoreError):
            await writer.write([["m x=1 1"]])
        token.write_text("new")
        with pytest.raises(StoreError):
            await writer.write([["m x=1 1"]])
        assert await writer.write([["m x=1 1"]]) == []
        await writer.close()


async def test_who_does_not_answer_is_given_up() -> None:
    async def script(request: Request) -> bytes:
        await asyncio.Event().wait()
        return TAKEN

    async with serving(script) as server:
        writer = Writer(settings(server.url, timeout_seconds=0.05), lambda: NOW)
        with pytest.raises(StoreError, match="no answer within") as caught:
            await writer.write([["m x=1 1"]])
        assert not caught.value.is_permanent
        await writer.close()


async def test_a_connection_that_breaks_is_an_error_and_not_the_end() -> None:
    answers = iter([None, b"HTTP/1.1 204 No", TAKEN])

    async def script(request: Request) -> bytes | None:
        said = next(answers)
        return None if said is None else said

    async with serving(script) as server:
        writer = Writer(settings(server.url, timeout_seconds=0.5), lambda: NOW)
        for _ in range(2):
            with pytest.raises(StoreError) as caught:
                await writer.write([["m x=1 1"]])
            assert not caught.value.is_permanent
        assert await writer.write([["m x=1 1"]]) == []
        await writer.close()


def refusing(bad: set[str], status: int = 400) -> Script:
    """As InfluxDB: a request with a line of these is refused as a whole."""

    async def script(request: Request) -> bytes:
        return answer(status, b"bad line") if bad & set(request.lines) else TAKEN

    return script


async def test_one_bad_line_of_many_is_found_in_few_requests() -> None:
    lines = [f"m x={number} 1" for number in range(5000)]
    async with serving(refusing({lines[3210]})) as server:
        writer = Writer(settings(server.url), lambda: NOW)
        refused = await writer.write([lines])
        await writer.close()
    assert refused == [RefusedLine(0, 3210, "the engine answered 400 (bad line)")]
    assert len(server.requests) <= 2 * math.ceil(math.log2(5000)) + 1
    taken: set[str] = set()
    for request in server.requests:
        if lines[3210] not in (sent := set(request.lines)):
            taken |= sent
    assert taken == set(lines) - {lines[3210]}


async def test_what_is_too_large_for_one_request_goes_in_several() -> None:
    async def script(request: Request) -> bytes:
        return answer(413) if len(request.lines) > 30 else TAKEN

    lines = [f"m x={number} 1" for number in range(100)]
    async with serving(script) as server:
        writer = Writer(settings(server.url), lambda: NOW)
        assert await writer.write([lines]) == []
        await writer.close()
    assert [line for request in server.requests if len(request.lines) <= 30 for line in request.lines] == lines


async def test_no_request_is_longer_than_a_mebibyte() -> None:
    lines = [f"m,name={'x' * 300} x={number} 1" for number in range(8000)]
    async with serving(always(TAKEN)) as server:
        writer = Writer(settings(server.url), lambda: NOW)
        assert await writer.write([lines]) == []
        await writer.close()
    assert [line for request in server.requests for line in request.lines] == lines
    assert max(len(request.body) for request in server.requests) <= 1024 * 1024


async def test_an_engine_that_fails_while_a_bad_line_is_looked_for_is_asked_again_with_all() -> None:
    async def script(request: Request) -> bytes:
        return answer(400) if len(request.lines) > 2 else answer(503, Retry_After="5")

    async with serving(script) as server:
        writer = Writer(settings(server.url), lambda: NOW)
        with pytest.raises(StoreError) as caught:
            await writer.write([["m x=1 1", "m x=2 1", "m x=3 1", "m x=4 1"]])
        assert caught.value.retry_after_seconds == 5
        await writer.close()


async def test_so_many_requests_are_under_way_at_once_and_no_more() -> None:
    under_way, most = 0, 0
    is_full, may_end = asyncio.Event(), asyncio.Event()

    async def script(request: Request) -> bytes:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        if under_way == 3:
            is_full.set()
        await may_end.wait()
        under_way -= 1
        return TAKEN

    made = 0

    def batches() -> list[list[str]]:
        nonlocal made
        for number in range(20):
            made += 1
            yield [f"m x={number} 1"]

    async with serving(script) as server:
        writer = Writer(settings(server.url, requests_at_once=3), lambda: NOW)
        writing = [asyncio.create_task(writer.write(batches())) for _ in range(2)]  # type: ignore[arg-type]
        await is_full.wait()
        assert made <= 8  # nobody makes lines that have to wait
        may_end.set()
        await asyncio.gather(*writing)
        await writer.close()
    assert most == 3
    assert len(server.requests) == 40


async def test_a_failure_ends_what_is_under_way_and_leaves_nothing_behind() -> None:
    async def script(request: Request) -> bytes:
        if request.lines == ["m x=0 1"]:
            return answer(500)
        await asyncio.Event().wait()
        return TAKEN

    async with serving(script) as server:
        writer = Writer(settings(server.url), lambda: NOW)
        with pytest.raises(StoreError, match="500"):
            await writer.write([[f"m x={number} 1"] for number in range(3)])
        await writer.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not [task for task in others if task.get_name().startswith("store request")]


async def test_a_write_can_be_cancelled() -> None:
    has_come = asyncio.Event()

    async def script(request: Request) -> bytes:
        has_come.set()
        await asyncio.Event().wait()
        return TAKEN

    async with serving(script) as server:
        writer = Writer(settings(server.url), lambda: NOW)
        task = asyncio.create_task(writer.write([["m x=1 1"]]))
        await has_come.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await writer.close()


@pytest.mark.parametrize(
    ("said", "is_refused"),
    [
        (answer(401), True),
        (answer(403), True),
        (answer(404), True),
        (answer(302), True),
        (answer(200), True),
        (answer(400, b"unsupported path requested"), True),
        (answer(400, b"no points"), False),
        (answer(500), False),
        (answer(503), False),
        (TAKEN, False),
        (None, False),
    ],
)
async def test_a_start_is_stopped_by_what_will_not_mend_itself(said: bytes | None, is_refused: bool) -> None:
    async with serving(always(said)) as server:
        store = open_store(settings(server.url))
        if is_refused:
            with pytest.raises(StoreError) as caught:
                await store.check()
            assert caught.value.is_permanent
        else:
            await store.check()
        await store.close()
    assert [request.body for request in server.requests] == [b""]


async def test_of_a_report_with_a_bad_line_the_others_are_written() -> None:
    def report(seconds: int, ssid: str) -> StoredReport:
        at = NOW + timedelta(seconds=seconds)
        radios, ssids = (Radio(name="r0", clients=1),), (Ssid(ssid=ssid, radio="r0", clients=seconds),)
        return StoredReport("a-1", at, False, Report(observed_at=at, radios=radios, ssids=ssids))

    async def script(request: Request) -> bytes:
        return answer(400, b"bad") if any("ssid=bad" in line for line in request.lines) else TAKEN

    good, bad, good_too = report(1, "good"), report(2, "bad"), report(3, "good")
    frame = StoredFrame(FrameKey("gw", "00c0ffee", 1), NOW, (good, bad), ())
    other = StoredFrame(FrameKey("gw", "00c0ffee", 2), NOW, (good_too,), ())
    async with serving(script) as server:
        store = open_store(settings(server.url, batch_lines=4))
        assert await write(store, [frame, other]) == [Unstorable(frame.key, 1, "the engine answered 400 (bad)")]
        await store.close()
    assert max(len(request.lines) for request in server.requests) == 3, "a report's lines stay together"
    taken = {line for request in server.requests for line in request.lines if "ssid=bad" not in request.body.decode()}
    assert len(taken) == 8


async def test_what_is_beyond_the_budget_is_named_and_the_rest_written() -> None:
    ssids = [tuple(Ssid(ssid=f"n{100 * part + n}", clients=1) for n in range(100)) for part in range(7)]
    reports = tuple(
        StoredReport("a-1", NOW, False, Report(observed_at=NOW, clients=part, ssids=some))
        for part, some in enumerate(ssids)
    )
    frame = StoredFrame(FrameKey("gw", "00c0ffee", 1), NOW, reports, ())
    async with serving(always(TAKEN)) as server:
        store = open_store(settings(server.url))
        unstorable = await write(store, [frame])
        await store.close()
    assert [(one.key, one.position) for one in unstorable] == [(frame.key, 5), (frame.key, 6)]
    assert "series beyond" in unstorable[0].detail
    lines = [line for request in server.requests for line in request.lines]
    assert len({line for line in lines if line.startswith("wifi_ssid")}) == 599
    assert len([line for line in lines if line.startswith("wifi_report")]) == 7


async def test_an_agent_that_makes_up_devices_is_stopped() -> None:
    def frame(first: int) -> StoredFrame:
        names = [f"unknown/gw/{number}" for number in range(first, first + 1000)]
        reports = tuple(StoredReport(name, NOW, False, Report(observed_at=NOW)) for name in names)
        return StoredFrame(FrameKey("gw", "00c0ffee", 1 + first), NOW, reports, ())

    async with serving(always(TAKEN)) as server:
        store = open_store(settings(server.url))
        for first in range(0, 5000, 1000):
            assert await write(store, [frame(first)]) == []
        beyond = frame(5000)
        refused = await write(store, [beyond])
        assert await write(store, [frame(0)]) == []
        await store.close()
    assert [one.position for one in refused] == list(range(1000))
