"""HTTP for the probes: what is sent, what comes back, and failures told apart, on real sockets."""

import asyncio
import contextlib
import re
from pathlib import Path

import pytest
from harness import free_port
from hostile_servers import (
    Conversation,
    answering,
    black_hole,
    make_trust,
    page,
    reset,
    resetting,
    serving,
    slow_body,
    slow_loris,
    swallowing_port,
)

from agent.probing.http import exchange, tls_context
from agent.probing.http_errors import (
    Closed,
    ConnectTimeout,
    DnsFailure,
    HttpError,
    Malformed,
    NoAnswer,
    Refused,
    Reset,
    SlowAnswer,
    TlsFailure,
)
from agent.probing.web_address import WebAddress, is_upgrade, parse_web_address, redirect_host

AMPLE_SECONDS, SCARCE_SECONDS = 30.0, 2.0


def address(port: int, path: str = "/", scheme: str = "http") -> WebAddress:
    return parse_web_address(f"{scheme}://127.0.0.1:{port}{path}")


async def failure(where: WebAddress, timeout_seconds: float = AMPLE_SECONDS) -> HttpError:
    """What asking ends with, in type and words."""
    with pytest.raises(HttpError) as caught:
        async with exchange(where, timeout_seconds=timeout_seconds) as answer:
            await answer.body(10**6)
    return caught.value


async def told(conversation: Conversation, timeout_seconds: float = AMPLE_SECONDS) -> tuple[type[HttpError], str]:
    async with serving(conversation) as port:
        error = await failure(address(port), timeout_seconds)
        return type(error), str(error).replace(str(port), "PORT")


async def test_an_answer_has_its_status_headers_body_and_timings() -> None:
    async with (
        serving(answering(page("200 OK", "hello there", "X-Kind: Lab"))) as port,
        exchange(address(port), timeout_seconds=AMPLE_SECONDS) as answer,
    ):
        assert (answer.status, answer.header("X-Kind"), answer.header("x-none")) == (200, "Lab", None)
        assert await answer.body(5) == b"hello"
        timings = answer.timings
        assert None not in {timings.resolve_seconds, timings.connect_seconds, timings.answer_seconds}
        assert timings.tls_seconds is None


async def test_what_is_asked_for_is_sent_and_nothing_is_told_of_who_asks() -> None:
    received: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n" + page("201 Created"))
        await writer.drain()
        await reader.read()

    async with (
        serving(listen) as port,
        exchange(address(port, "/up?size=11"), timeout_seconds=AMPLE_SECONDS) as answer,
    ):
        assert (answer.status, await answer.body(100)) == (201, b"")
    line, *headers = received[0].decode().strip().lower().split("\r\n")
    assert line == "get /up?size=11 http/1.1"
    assert sorted(headers) == [
        "accept-encoding: identity",
        "accept: */*",
        "connection: close",
        f"host: 127.0.0.1:{port}",
        "user-agent: hangang-wifi",
    ]


async def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    async with (
        serving(answering(b"HTTP/1.0 200 OK\r\n\r\nall of it")) as port,
        exchange(address(port), timeout_seconds=AMPLE_SECONDS) as answer,
    ):
        assert await answer.body(100) == b"all of it"


IN_THE_MIDDLE = "closes the connection in the middle of its answer"
NO_HTTP = "answers with what is no HTTP, or with a head of too many bytes"


@pytest.mark.parametrize(
    ("conversation", "kind", "words"),
    [
        (resetting, Reset, "tears down the connection without an answer; something on the way may forbid it"),
        (answering(b""), Closed, "closes the connection without an answer"),
        (answering(b"HTTP/1.1 200 OK\r\nX: "), Closed, IN_THE_MIDDLE),
        (answering(page("200 OK", "half")[:-2]), Closed, IN_THE_MIDDLE),
        (answering(b"SSH-2.0-lab\r\n\r\n"), Malformed, NO_HTTP),
        (answering(page("200 OK", "", f"X: {'x' * 200_000}")), Malformed, NO_HTTP),
    ],
)
async def test_answers_that_are_none_are_told_apart(
    conversation: Conversation, kind: type[HttpError], words: str
) -> None:
    assert await told(conversation) == (kind, f"127.0.0.1:PORT {words}")


async def test_a_connection_torn_down_in_the_middle_of_a_body_is_a_reset() -> None:
    async def tear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome")
        await reader.readuntil(b"\r\n\r\n")
        await has_read_some.wait()
        reset(writer)

    async def read() -> None:
        async with exchange(address(port), timeout_seconds=AMPLE_SECONDS) as answer:
            async for _ in answer.chunks():
                has_read_some.set()

    has_read_some = asyncio.Event()
    async with serving(tear) as port:
        with pytest.raises(Reset, match="in the middle of its answer"):
            await read()


async def test_silence_is_told_by_where_it_set_in() -> None:
    async with serving(black_hole) as port:
        with swallowing_port() as swallowing:
            silent, dripping, endless, no_tls, swallowed = await asyncio.gather(
                told(black_hole, SCARCE_SECONDS),
                told(slow_loris, SCARCE_SECONDS),
                told(slow_body, SCARCE_SECONDS),
                failure(address(port, scheme="https"), SCARCE_SECONDS),
                failure(address(swallowing), SCARCE_SECONDS),
            )
    assert silent == (NoAnswer, "127.0.0.1:PORT accepts the connection and answers nothing within 2 s")
    for kind, words in (dripping, endless):
        assert kind is SlowAnswer
        assert re.fullmatch(r"127\.0\.0\.1:PORT ends no answer within 2 s; \d+ bytes came", words)
    assert type(no_tls) is NoAnswer
    assert str(no_tls) == f"127.0.0.1:{port} accepts the connection and ends no TLS handshake within 2 s"
    assert type(swallowed) is ConnectTimeout


async def test_what_cannot_be_connected_to_is_told_apart() -> None:
    port = free_port()
    error = await failure(address(port))
    assert type(error) is Refused
    assert str(error) == f"127.0.0.1:{port} refuses connections; nothing listens there, or a firewall says so"
    error = await failure(WebAddress(is_https=False, host="not..a.name", port=80, path_and_query="/"))
    assert type(error) is DnsFailure
    assert str(error) == "the name not..a.name has no address: it cannot be a name; check the resolvers"


async def test_tls_is_refused_where_the_certificate_is_not_to_be_trusted(tmp_path: Path) -> None:
    trust = make_trust(tmp_path)
    problems = {}
    for problem, tls in {
        "none": trust.server_tls(tmp_path, "127.0.0.1"),
        "self-signed": trust.server_tls(tmp_path, "127.0.0.1", is_self_signed=True),
        "expired": trust.server_tls(tmp_path, "127.0.0.1", days=-1),
        "another name": trust.server_tls(tmp_path, "other.example"),
    }.items():
        async with serving(answering(page("204 No Content")), tls) as port:
            where = address(port, scheme="https")
            try:
                async with exchange(where, timeout_seconds=AMPLE_SECONDS, ca_file=trust.ca_file) as answer:
                    problems[problem] = str(answer.status)
                    assert answer.timings.tls_seconds is not None
            except TlsFailure as error:
                problems[problem] = str(error).replace(str(port), "PORT")
    untrusted = "the certificate of 127.0.0.1:PORT is not to be trusted: "
    assert problems == {
        "none": "204",
        "self-signed": f"{untrusted}self-signed certificate",
        "expired": f"{untrusted}certificate has expired",
        "another name": f"{untrusted}IP address mismatch, certificate is not valid for '127.0.0.1'",
    }


async def test_what_speaks_no_tls_is_told() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(page("400 Bad Request"))
        await writer.drain()
        await reader.read()

    async with serving(plain) as port:
        error = await failure(address(port, scheme="https"))
    assert type(error) is TlsFailure
    assert str(error).startswith(f"no TLS with 127.0.0.1:{port}: ")


def test_a_file_without_certificates_is_no_trust(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("")
    with pytest.raises(TlsFailure, match=r"empty\.pem holds no certificates"):
        tls_context(tmp_path / "empty.pem")


async def test_whoever_asks_may_have_limits_of_its_own() -> None:
    """A time limit of the caller's is the caller's, inside the block and around it."""

    async def read_within(seconds: float) -> None:
        async with exchange(address(port), timeout_seconds=AMPLE_SECONDS) as answer:
            async with asyncio.timeout(seconds):
                await answer.body(10**6)

    async with serving(slow_body) as port:
        with pytest.raises(TimeoutError):
            await read_within(0.2)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await read_within(AMPLE_SECONDS)


async def test_a_cancellation_ends_an_exchange() -> None:
    async with serving(black_hole) as port:
        asking = asyncio.create_task(failure(address(port)))
        await asyncio.sleep(0)
        asking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asking
        assert asking.cancelled()


@pytest.mark.parametrize(
    ("url", "authority", "shown"),
    [
        ("http://park.example", "park.example", "http://park.example/"),
        ("https://park.example:443/a?mac=1#x", "park.example", "https://park.example/a"),
        ("http://[::1]:8080/a", "[::1]:8080", "http://[::1]:8080/a"),
        ("http://한강.example/", "xn--3e0b707e.example", None),
    ],
)
def test_addresses_of_the_web_are_read_and_shown_without_their_query(
    url: str, authority: str, shown: str | None
) -> None:
    found = parse_web_address(url)
    if shown is None:
        assert found.host == "한강.example".encode("idna").decode()
    else:
        assert (found.authority, found.shown) == (authority, shown)


@pytest.mark.parametrize(
    "url",
    ["", "park.example", "ftp://park.example", "http://", "http://user:key@park.example", "http://a:b:c",
     "http://park.example:0", "http://park.example:99999", "http://park.example/a b", "http://a..b/", "http://[::1/"],
)  # fmt: skip
def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"^(is|must)"):
        parse_web_address(url)


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("https://portal.example/login?mac=02:00:00:00:00:01", "portal.example"),
        ("//portal.example/", "portal.example"),
        ("/login", "park.example"),
        ("http://10.0.0.1:8002/#x", "10.0.0.1"),
        ("http://02-5e-ed-c0-ff-ee.portal.example/", "….portal.example"),
        ("http://025eedc0ffee.portal.example/", "….portal.example"),
        ("http://id025eedc0ffee.portal.example/", "i….portal.example"),
        ("http://02-5e-ed-c0-ff-ee-1f.portal.example/", "….portal.example"),
        ("http://10-77-66-55.portal.example/", "….portal.example"),
        ("http://192.168.100.200/", "192.168.100.200"),
        ("http://[", None),
        ("http://a b/", None),
    ],
)
def test_of_a_redirect_the_host_is_told_alone(location: str, host: str | None) -> None:
    assert redirect_host(parse_web_address("http://park.example/generate_204"), location) == host


def test_a_site_that_wants_tls_is_no_portal() -> None:
    site = parse_web_address("http://park.example/generate_204")
    assert is_upgrade(site, "https://park.example/generate_204")
    assert not is_upgrade(site, "https://park.example/login")
    assert not is_upgrade(site, "https://portal.example/generate_204")
