"""A call and its answer, over real connections on loopback, with receivers that misbehave."""

import asyncio
import gzip
import logging
import ssl
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from receivers import (
    AMPLE_SECONDS,
    SECRET,
    SHORT_SECONDS,
    Conversation,
    answering,
    black_hole,
    call_to,
    dripping,
    page,
    read_request,
    receiving,
    resetting_at_once,
    resetting_when_read,
    server_tls,
)

from agent import __version__
from collector.outward.addresses import parse_network
from collector.outward.call_errors import CallError
from collector.outward.calling import Answer, Call, Caller

HERE = [parse_network("127.0.0.0/8"), parse_network("::1/128")]


@pytest.fixture
def caller() -> Caller:
    return Caller(HERE)


async def failure(caller: Caller, call: Call) -> CallError:
    with pytest.raises(CallError) as caught:
        await caller.call(call)
    return caught.value


async def test_what_is_sent_is_what_was_given_and_says_who_we_are(caller: Caller) -> None:
    async with receiving() as receiver:
        call = replace(
            call_to(receiver.port), url=f"http://127.0.0.1:{receiver.port}/a%2Fb/%7Ec?sig=%2B%2F%3D&x=1#part"
        )
        assert await caller.call(call) == Answer(200, {}, b"ok")
    head, _, body = receiver.requests[0].partition(b"\r\n\r\n")
    assert body == call.body
    request, *headers = head.decode().split("\r\n")
    assert request == "POST /a%2Fb/%7Ec?sig=%2B%2F%3D&x=1 HTTP/1.1"
    assert sorted(headers) == [
        "Accept-Encoding: identity",
        "Accept: */*",
        f"Authorization: Bearer {SECRET}",
        "Connection: close",
        f"Content-Length: {len(body)}",
        "Content-Type: application/json",
        f"Host: 127.0.0.1:{receiver.port}",
        f"User-Agent: hangang-wifi/{__version__}",
    ]


async def test_an_address_in_other_scripts_is_written_as_the_web_does(caller: Caller) -> None:
    async with receiving() as receiver:
        await caller.call(replace(call_to(receiver.port), url=f"http://127.0.0.1:{receiver.port}/경보 1?값=%2B"))
    assert receiver.requests[0].startswith(b"POST /%EA%B2%BD%EB%B3%B4%201?%EA%B0%92=%2B HTTP/1.1\r\n")


async def test_an_empty_message_is_a_message(caller: Caller) -> None:
    async with receiving() as receiver:
        assert (await caller.call(replace(call_to(receiver.port), body=b""))).status == 200
    assert b"Content-Length: 0\r\n" in receiver.requests[0]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (page("200 OK", b"ok"), Answer(200, {}, b"ok")),
        (page("202 Accepted"), Answer(202, {}, b"")),
        (b"HTTP/1.1 204 No Content\r\n\r\n", Answer(204, {}, b"")),
        (page("400 Bad Request", b"invalid_payload"), Answer(400, {}, b"invalid_payload")),
        (page("410 Gone"), Answer(410, {}, b"")),
        (page("429 Too Many Requests", b"", "Retry-After: 30"), Answer(429, {"retry-after": "30"}, b"")),
        (page("500 Oh", b"\xff\x00"), Answer(500, {}, b"\xff\x00")),
        (page("599 Never Heard Of"), Answer(599, {}, b"")),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", Answer(200, {}, b"until the end")),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", Answer(200, {}, b"ok")),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + page("200 OK", b"ok"), Answer(200, {}, b"ok")),
        (page("200 OK", b"x" * 5000), Answer(200, {}, b"x" * 4096)),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", Answer(200, {}, b"half")),
    ],
)
async def test_an_answer_is_its_status_and_the_beginning_of_its_body(
    answer: bytes, expected: Answer, caller: Caller
) -> None:
    async with receiving(answering(answer)) as receiver:
        assert await caller.call(call_to(receiver.port)) == expected


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_a_redirect_is_an_answer_and_is_not_followed(status: str, caller: Caller) -> None:
    async with receiving() as elsewhere:
        location = f"Location: http://127.0.0.1:{elsewhere.port}/"
        async with receiving(answering(page(status, b"", location))) as receiver:
            assert (await caller.call(call_to(receiver.port))).status == int(status[:3])
        assert await elsewhere.visitors() == 0


async def test_what_is_compressed_stays_so(caller: Caller) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    async with receiving(answering(page("200 OK", bomb, "Content-Encoding: gzip"))) as receiver:
        assert await caller.call(call_to(receiver.port)) == Answer(200, {}, bomb[:4096])


async def test_of_an_endless_answer_no_more_than_a_part_is_read(caller: Caller) -> None:
    was_cut_off, poured_bytes = asyncio.Event(), 0

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal poured_bytes
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while poured_bytes < plenty_bytes:
                writer.write(b"x" * 8192)
                await writer.drain()
                poured_bytes += 8192
        finally:
            was_cut_off.set()

    plenty_bytes = 2**28  # more than systems take in before somebody reads it
    async with receiving(pour) as receiver:
        assert await caller.call(call_to(receiver.port)) == Answer(200, {}, b"x" * 4096)
        await was_cut_off.wait()
    assert poured_bytes < plenty_bytes


async def test_a_body_that_drips_is_cut_at_the_total_time_and_its_status_counts(caller: Caller) -> None:
    async with receiving(dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"x")) as receiver:
        answer = await caller.call(call_to(receiver.port, seconds=SHORT_SECONDS))
    assert answer.status == 200
    assert set(answer.body) == {ord("x")}


NO_HTTP = "answers with what is no HTTP, or with a head of too many bytes"
TORN = "tears down the connection without an answer"
CLOSED = "closes the connection without an answer"
NOTHING = f"does not answer within {SHORT_SECONDS:g} s"

MISBEHAVIOUR = [
    pytest.param(answering(b""), CLOSED, id="no answer"),
    pytest.param(answering(b"HTTP/1.1 200 OK\r\nX: "), CLOSED, id="half a head"),
    pytest.param(answering(b"SSH-2.0-lab\r\n\r\n"), NO_HTTP, id="no HTTP"),
    pytest.param(answering(b"HTTP/1.1 abc OK\r\n\r\n"), NO_HTTP, id="no status"),
    pytest.param(answering(page("200 OK", b"", f"X: {'x' * 20_000}")), NO_HTTP, id="a long header"),
    pytest.param(answering(page("200 OK", b"", *(f"X{n}: x" for n in range(1000)))), NO_HTTP, id="many headers"),
    pytest.param(dripping(b"HTTP/1.1 200 OK\r\n", b"X: 1\r\n" * 50), NO_HTTP, id="headers without end"),
    pytest.param(resetting_at_once, TORN, id="reset before it is read"),
    pytest.param(resetting_when_read, TORN, id="reset after it is read"),
    pytest.param(black_hole, NOTHING, id="silence"),
    pytest.param(dripping(b"HTTP/1.1 200 OK\r\nX: ", b"x"), NOTHING, id="a byte now and then"),
    pytest.param(dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), NOTHING, id="to be continued"),
]


@pytest.mark.parametrize(("conversation", "words"), MISBEHAVIOUR)
async def test_who_answers_badly_may_have_received_it(conversation: Conversation, words: str, caller: Caller) -> None:
    async with receiving(conversation) as receiver:
        error = await failure(
            caller, call_to(receiver.port, seconds=SHORT_SECONDS if words == NOTHING else AMPLE_SECONDS)
        )
    assert str(error) == f"http://127.0.0.1:{receiver.port} {words}"
    assert (error.is_permanent, error.is_maybe_received) == (False, True)


async def test_a_receiver_that_takes_nothing_is_let_go_of(caller: Caller) -> None:
    """What it has not taken when the time is over is not kept here for it to come back to."""
    has_ended, may_read, taken_bytes = asyncio.Event(), asyncio.Event(), 0

    async def take_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal taken_bytes
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # a stream reads ahead by itself
        await may_read.wait()
        writer.transport.resume_reading()  # type: ignore[attr-defined]
        while part := await reader.read(65536):
            taken_bytes += len(part)
        has_ended.set()

    async with receiving(take_nothing, takes_little=True) as receiver:
        call = replace(call_to(receiver.port, seconds=SHORT_SECONDS), body=b"x" * 2**20)
        assert (await failure(caller, call)).is_maybe_received
        may_read.set()
        await has_ended.wait()
    assert 0 < taken_bytes < 2**20


async def test_an_answer_before_all_of_the_message_was_taken_is_an_answer(caller: Caller) -> None:
    async def refuse_early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(page("413 Too Large", b"no"))
        await asyncio.Event().wait()

    async with receiving(refuse_early, takes_little=True) as receiver:
        call = replace(call_to(receiver.port), body=b"x" * 2**20)
        assert await caller.call(call) == Answer(413, {}, b"no")


async def test_who_cannot_be_connected_to_has_received_nothing(caller: Caller, swallowing_port: int) -> None:
    async with receiving() as receiver:
        pass
    error = await failure(caller, call_to(receiver.port))
    assert str(error) == f"http://127.0.0.1:{receiver.port} cannot be connected to: connection refused"
    assert (error.is_permanent, error.is_maybe_received) == (False, False)

    impatient = Caller(HERE, connect_timeout_seconds=SHORT_SECONDS)
    for who, call in ((impatient, call_to(swallowing_port)), (caller, call_to(swallowing_port, seconds=SHORT_SECONDS))):
        error = await failure(who, call)
        assert str(error).startswith(f"http://127.0.0.1:{swallowing_port} cannot be connected to within 0.4 s;")
        assert (error.is_permanent, error.is_maybe_received) == (False, False)


async def test_https_is_verified_by_a_file_of_our_own_besides_the_system(tmp_path: Path) -> None:
    tls, ca_file = server_tls(tmp_path, "127.0.0.1")
    async with receiving(tls=tls) as receiver:
        caller = Caller(HERE, ca_file=ca_file)
        assert (await caller.call(call_to(receiver.port, scheme="https"))).status == 200
        assert len(caller._tls.get_ca_certs()) == len(ssl.create_default_context().get_ca_certs()) + 1


@pytest.mark.parametrize(
    ("certificate", "is_trusted", "words"),
    [
        ({"name": "127.0.0.2"}, True, "IP address mismatch, certificate is not valid for '127.0.0.1'"),
        ({"name": "hooks.example"}, True, "IP address mismatch, certificate is not valid for '127.0.0.1'"),
        ({"name": "127.0.0.1", "days": -1}, True, "certificate has expired"),
        ({"name": "127.0.0.1", "is_self_signed": True}, True, "self-signed certificate"),
        ({"name": "127.0.0.1"}, False, "unable to get local issuer certificate"),
    ],
)
async def test_a_certificate_that_is_not_to_be_trusted_gets_nothing(
    certificate: dict[str, Any], is_trusted: bool, words: str, tmp_path: Path
) -> None:
    tls, ca_file = server_tls(tmp_path, **certificate)
    requests: list[bytes] = []
    async with receiving(answering(page("200 OK"), requests), tls=tls) as receiver:
        error = await failure(
            Caller(HERE, ca_file=ca_file if is_trusted else None), call_to(receiver.port, scheme="https")
        )
    place = f"https://127.0.0.1:{receiver.port}"
    assert str(error) == f"the certificate of {place} is not to be trusted: {words}"
    assert (error.is_permanent, error.is_maybe_received) == (False, False)
    assert requests == []


async def test_who_speaks_no_tls_or_not_at_all_is_told_so(caller: Caller) -> None:
    async with receiving(dripping(b"", b"")) as silent, receiving() as plain:
        impatient = Caller(HERE, connect_timeout_seconds=SHORT_SECONDS)
        error = await failure(impatient, call_to(silent.port, scheme="https"))
        assert "cannot be connected to within 0.4 s" in str(error)
        assert not error.is_maybe_received

    async def speak_plainly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(page("400 Plain HTTP"))
        await asyncio.Event().wait()

    async with receiving(speak_plainly) as plain:
        error = await failure(caller, call_to(plain.port, scheme="https"))
    assert str(error).startswith(f"no TLS with https://127.0.0.1:{plain.port}: ")
    assert not error.is_maybe_received


def test_a_file_without_certificates_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    for name in ("empty.pem", "missing.pem"):
        with pytest.raises(CallError, match=f"{name} holds no certificates that can be read"):
            Caller(ca_file=tmp_path / name)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"{SECRET}", "the address of a receiver is no URL"),
        (f"/{SECRET}", "the address of a receiver is no URL"),
        (f"http:///{SECRET}", "the address of a receiver is no URL"),
        (f"http://[::1/{SECRET}", "the address of a receiver is no URL"),
        (f"http://example.com:99999/{SECRET}", "the address of a receiver is no URL"),
        (f"http://user:{SECRET}@exa℀mple.com/", "the address of a receiver is no URL"),
        (f"http://1.1.1.1\\@127.0.0.1/{SECRET}", "the address of a receiver is no URL"),
        (f"ftp://example.com/{SECRET}", "the address ftp://example.com must begin with http:// or https://"),
        (f"tcp://example.com/{SECRET}", "the address tcp://example.com must begin with http:// or https://"),
        (f"ws://example.com/{SECRET}", "the address ws://example.com must begin with http:// or https://"),
        (f"http+unix://run/{SECRET}", "the address http+unix://run must begin with http:// or https://"),
        (f"http://{SECRET}@example.com/", "must hold no user and no password"),
        (f"http://u:{SECRET}@example.com/", "must hold no user and no password"),
        (f"http://example.com:0/{SECRET}", "must name a port from 1 to 65535"),
        (f"http://localhost/{SECRET}", "http://localhost is not called: localhost is this machine"),
        (f"http://10.1.2.3/{SECRET}", "http://10.1.2.3 is not called: 10.1.2.3 is a private address"),
    ],
)
async def test_an_address_that_will_never_do_is_told_without_its_secrets(url: str, words: str) -> None:
    error = await failure(Caller(), replace(call_to(1), url=url))
    assert words in str(error)
    assert (error.is_permanent, error.is_maybe_received) == (True, False)
    assert_tells_nothing(error)


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"X": f"{SECRET}\r\nY: 1"}, "a header for http://127.0.0.1:1 has signs in it that no header may have"),
        ({"X": f"{SECRET}\n"}, "has signs in it"),
        ({"X": f"{SECRET}\0"}, "has signs in it"),
        ({f"X: {SECRET}\r\nY": "1"}, "has signs in it"),
        ({"": "1"}, "has signs in it"),
        ({"Host": SECRET}, "the header Host for http://127.0.0.1:1 is the client's own; leave it out"),
        ({"content-length": "1"}, "the client's own"),
        ({"Transfer-Encoding": "chunked"}, "the client's own"),
        ({"Expect": "100-continue"}, "the client's own"),
        ({"Accept-Encoding": "gzip"}, "the client's own"),
    ],
)
async def test_headers_that_would_make_another_request_are_refused(
    headers: dict[str, str], words: str, caller: Caller
) -> None:
    error = await failure(caller, replace(call_to(1), headers=headers))
    assert words in str(error)
    assert error.is_permanent
    assert_tells_nothing(error)


async def test_a_message_that_nobody_would_take_is_refused(caller: Caller) -> None:
    error = await failure(caller, replace(call_to(1), body=bytes(2**20 + 1)))
    assert str(error) == "a message of 1048577 bytes for http://127.0.0.1:1 is longer than any receiver takes"
    assert error.is_permanent


async def test_neither_proxies_nor_passwords_nor_cookies_come_from_elsewhere(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    requests: list[bytes] = []
    async with (
        receiving() as proxy,
        receiving(answering(page("200 OK", b"", "Set-Cookie: a=b"), requests)) as receiver,
    ):
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        netrc = tmp_path / "netrc"
        netrc.write_text(f"machine 127.0.0.1 login ops password {SECRET}\n")
        monkeypatch.setenv("NETRC", str(netrc))
        for _ in range(2):
            await caller.call(replace(call_to(receiver.port), headers={}))
        assert await proxy.visitors() == 0
    assert len(requests) == 2
    assert all(b"cookie" not in request.lower() and b"authorization" not in request.lower() for request in requests)


async def test_each_call_has_a_connection_of_its_own(caller: Caller) -> None:
    async def keep_open(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(page("200 OK", b"ok", "Connection: keep-alive"))
        await asyncio.Event().wait()

    async with receiving(keep_open) as receiver:
        for _ in range(3):
            assert (await caller.call(call_to(receiver.port))).body == b"ok"
        assert await receiver.visitors() == 3


async def test_whoever_ends_cuts_off_what_is_on_its_way_and_calls_nobody_more(caller: Caller) -> None:
    has_come = asyncio.Event()

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        has_come.set()
        await asyncio.Event().wait()

    async with receiving(wait) as receiver:
        calling = asyncio.create_task(failure(caller, call_to(receiver.port)))
        await has_come.wait()
        await caller.aclose()
        assert (await calling).is_maybe_received
        error = await failure(caller, call_to(receiver.port))
        assert str(error) == f"http://127.0.0.1:{receiver.port} is not called: the collector ends"
        assert not error.is_permanent
        assert await receiver.visitors() == 1


async def test_who_ends_while_the_first_call_is_being_prepared_calls_nobody(caller: Caller) -> None:
    async with receiving() as receiver:
        calling = asyncio.create_task(failure(caller, call_to(receiver.port)))
        await asyncio.sleep(0)  # the call has begun, and waits for its client
        await caller.aclose()
        assert str(await calling) == f"http://127.0.0.1:{receiver.port} is not called: the collector ends"
        assert await receiver.visitors() == 0


async def test_whoever_is_cancelled_while_calling_leaves_no_connection(caller: Caller) -> None:
    has_come, has_gone = asyncio.Event(), asyncio.Event()

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        has_come.set()
        await reader.read()
        has_gone.set()

    async with receiving(wait) as receiver:
        calling = asyncio.create_task(caller.call(call_to(receiver.port)))
        await has_come.wait()
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        await has_gone.wait()


def assert_tells_nothing(error: CallError) -> None:
    """Nothing secret in the error, nor in what a log would show as its causes."""
    told = "".join(traceback.format_exception(error)) + repr(error) + repr(error.__context__) + repr(error.__cause__)
    assert SECRET not in told
    assert (error.__cause__, error.__context__) == (None, None)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(("conversation", "words"), [*MISBEHAVIOUR, (answering(page("200 OK", SECRET.encode())), "")])
async def test_nothing_secret_is_in_an_error_or_a_log(
    conversation: Conversation, words: str, scheme: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)
    tls, ca_file = server_tls(tmp_path, "127.0.0.1")
    caller = Caller(HERE, ca_file=ca_file)
    async with receiving(conversation, tls=tls if scheme == "https" else None) as receiver:
        call = call_to(receiver.port, scheme=scheme, seconds=SHORT_SECONDS)
        try:
            answer = await caller.call(call)
            assert SECRET not in repr(answer)
        except CallError as error:
            assert_tells_nothing(error)
    assert SECRET not in caplog.text
    assert SECRET not in repr(call)
