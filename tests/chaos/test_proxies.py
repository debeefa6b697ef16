"""The networks of the tests do what they are told, to real connections."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from proxy import HttpProxy, TcpProxy

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1024):
            writer.write(data)
    except ConnectionError:
        pass
    finally:
        writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[TcpProxy]:
    """In front of a server that sends everything back."""
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    async with TcpProxy(server.sockets[0].getsockname()[1]) as proxy:
        yield proxy
    server.close()


async def _ask(ends: Ends, question: bytes) -> bytes:
    reader, writer = ends
    writer.write(question)
    return await reader.readexactly(len(question))


async def _connect(proxy: TcpProxy) -> Ends:
    return await asyncio.open_connection("127.0.0.1", proxy.port)


def _close(ends: Ends) -> None:
    ends[1].close()


async def test_everything_passes_unchanged_in_both_directions(proxy: TcpProxy) -> None:
    ends = await _connect(proxy)
    question = bytes(range(256)) * 1000
    assert await _ask(ends, question) == question
    _close(ends)


async def test_a_cut_resets_what_is_connected_and_welcomes_what_comes(proxy: TcpProxy) -> None:
    ends = await _connect(proxy)
    assert await _ask(ends, b"before") == b"before"
    proxy.cut()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await _ask(ends, b"after")
    again = await _connect(proxy)
    assert await _ask(again, b"again") == b"again"
    _close(ends)
    _close(again)


async def test_what_is_held_arrives_when_it_heals(proxy: TcpProxy) -> None:
    ends = await _connect(proxy)
    assert await _ask(ends, b"before") == b"before"
    proxy.hold()
    newcomer = await _connect(proxy)
    answers = [asyncio.create_task(_ask(ends, b"held")), asyncio.create_task(_ask(newcomer, b"new"))]
    done, _ = await asyncio.wait(answers, timeout=0.2)
    assert done == set()
    await proxy.heal()
    assert await asyncio.gather(*answers) == [b"held", b"new"]
    _close(ends)
    _close(newcomer)


async def test_a_slow_network_takes_its_time(proxy: TcpProxy) -> None:
    ends = await _connect(proxy)
    loop = asyncio.get_running_loop()
    proxy.slow(2000)
    began = loop.time()
    assert await _ask(ends, bytes(1000)) == bytes(1000)
    assert loop.time() - began >= 0.4  # at least: half a second there, and on its heels the way back
    _close(ends)


async def test_who_is_refused_can_come_again_at_the_same_port(proxy: TcpProxy) -> None:
    ends = await _connect(proxy)
    port = proxy.port
    await proxy.refuse()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await _ask(ends, b"there?")
    with pytest.raises(ConnectionError):
        await _connect(proxy)
    await proxy.heal()
    assert proxy.port == port
    again = await _connect(proxy)
    assert await _ask(again, b"again") == b"again"
    _close(ends)
    _close(again)


class _CountingServer:
    """Answers each request with how many there were: in one piece, and every other time in chunks."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        self.bodies.append(await reader.readexactly(length))
        count = str(len(self.bodies)).encode()
        chunked = b"Transfer-Encoding: chunked\r\n\r\n1\r\n" + count + b"\r\n0\r\n\r\n"
        whole = b"Content-Length: 1\r\n\r\n" + count
        writer.write(b"HTTP/1.1 200 OK\r\n" + (whole if len(self.bodies) % 2 else chunked))
        writer.close()


@pytest.fixture
async def server() -> AsyncIterator[tuple[HttpProxy, _CountingServer]]:
    counting = _CountingServer()
    listening = await asyncio.start_server(counting, "127.0.0.1", 0)
    async with HttpProxy(listening.sockets[0].getsockname()[1]) as proxy:
        yield proxy, counting
    listening.close()


async def _post(ends: Ends, body: bytes) -> bytes:
    """The whole answer's bytes, whose body has one character."""
    reader, writer = ends
    writer.write(b"POST /write HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    head = await reader.readuntil(b"\r\n\r\n")
    if b"Content-Length: 0" in head:
        return head
    return head + await (reader.readuntil(b"0\r\n\r\n") if b"chunked" in head else reader.readexactly(1))


async def test_http_passes_on_one_connection(server: tuple[HttpProxy, _CountingServer]) -> None:
    proxy, counting = server
    ends = await _connect(proxy)
    assert (await _post(ends, b"one")).endswith(b"\r\n\r\n1")
    assert (await _post(ends, b"two")).endswith(b"\r\n\r\n1\r\n2\r\n0\r\n\r\n")
    assert counting.bodies == [b"one", b"two"]
    _close(ends)


async def test_a_failed_request_never_reaches_the_server(server: tuple[HttpProxy, _CountingServer]) -> None:
    proxy, counting = server
    ends = await _connect(proxy)
    proxy.fail(503, Retry_After="2")
    assert await _post(ends, b"one") == b"HTTP/1.1 503 Told To Fail\r\nContent-Length: 0\r\nRetry-After: 2\r\n\r\n"
    assert (counting.bodies, proxy.requests_failed) == ([], 1)
    await proxy.heal()
    assert (await _post(ends, b"two")).endswith(b"\r\n\r\n1")
    assert counting.bodies == [b"two"]
    _close(ends)


async def test_a_lost_answer_is_one_that_was_given(server: tuple[HttpProxy, _CountingServer]) -> None:
    proxy, counting = server
    ends = await _connect(proxy)
    proxy.lose_answers()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await _post(ends, b"one")
    assert (counting.bodies, proxy.answers_lost) == ([b"one"], 1)
    _close(ends)
