"""The throughput server over real sockets: what it gives, what it takes, and that it lends nothing for ever."""

import argparse
import asyncio
import logging
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from harness import free_port

from collector.cli import throughput
from collector.throughput.admission import STREAMS_AT_MOST, Admission
from collector.throughput.application import ServerLimits, ThroughputApplication
from collector.throughput.serving import ThroughputServerError, listen, serve

MIB = 1024 * 1024
MANY = 100 * MIB


async def bytes_to_the_end(reader: asyncio.StreamReader) -> int:
    """How much still comes before the connection is torn down."""
    count = 0
    try:
        while block := await reader.read(MIB):
            count += len(block)
    except ConnectionResetError:
        pass
    return count


class Server:
    """One that runs, and a client for it."""

    def __init__(self, application: ThroughputApplication, port: int, client: httpx.AsyncClient) -> None:
        self.application = application
        self.port = port
        self.client = client

    async def begin(self, test: str | None = None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]:
        """A download that is not read on; its streams, and the head of the answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        header = f"Throughput-Test: {test}\r\n" if test else ""
        writer.write(f"GET /download?bytes={MANY} HTTP/1.1\r\nHost: lab\r\n{header}\r\n".encode())
        return reader, writer, await reader.readuntil(b"\r\n\r\n")

    async def is_full(self) -> bool:
        return (await self.client.get("/download?bytes=1")).status_code == 503

    async def has_room(self) -> None:
        """Wait until a test may begin."""
        async with asyncio.timeout(20):
            while await self.is_full():
                await asyncio.sleep(0.02)


@asynccontextmanager
async def running(
    *, tests_at_once: int = 2, seconds_at_most: float = 30, bytes_at_most: int = 100 * MIB
) -> AsyncIterator[Server]:
    application = ThroughputApplication(ServerLimits(tests_at_once, seconds_at_most, bytes_at_most))
    stopped, ready = asyncio.Event(), asyncio.Event()
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        serving = asyncio.create_task(serve(application, listener, stopped=stopped, on_ready=ready.set))
        await ready.wait()
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
                yield Server(application, port, client)
        finally:
            stopped.set()
            await serving


async def test_a_download_has_the_bytes_that_were_asked_for_and_cannot_be_compressed() -> None:
    async with running() as server:
        answer = await server.client.get(f"/download?bytes={MIB + 1}")
    assert answer.status_code == 200
    assert len(answer.content) == MIB + 1
    assert answer.headers["content-length"] == str(MIB + 1)
    assert answer.headers["connection"] == "close"
    assert len({answer.content[i : i + 16] for i in range(0, 4096, 16)}) == 256
    assert server.application.totals.sent_bytes == MIB + 1


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_an_upload_is_swallowed_and_counted(method: str) -> None:
    async with running() as server:
        answer = await server.client.request(method, "/upload", content=bytes(3 * MIB))
    assert (answer.status_code, answer.content) == (204, b"")
    assert server.application.totals.received_bytes == 3 * MIB


async def test_an_upload_is_asked_for_only_when_it_may_come() -> None:
    head = b"POST /upload HTTP/1.1\r\nHost: lab\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    async with running(tests_at_once=1) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(head)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        other_reader, other_writer = await asyncio.open_connection("127.0.0.1", server.port)
        other_writer.write(head)
        assert (await other_reader.read()).startswith(b"HTTP/1.1 503 ")
        writer.write(b"12345")
        assert (await reader.read()).startswith(b"HTTP/1.1 204 ")
        writer.close()
        other_writer.close()


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/", {}, 404),
        ("POST", "/download?bytes=1", {}, 405),
        ("GET", "/upload", {}, 405),
        ("GET", "/download", {}, 400),
        ("GET", "/download?bytes=0", {}, 400),
        ("GET", "/download?bytes=-1", {}, 400),
        ("GET", "/download?bytes=1&bytes=2", {}, 400),
        ("GET", "/download?bytes=9999999999999999", {}, 400),
        ("GET", f"/download?bytes={100 * MIB + 1}", {}, 413),
        ("POST", "/upload", {"content-length": str(100 * MIB + 1)}, 413),
        ("POST", "/upload", {"transfer-encoding": "chunked"}, 411),
        ("GET", "/download?bytes=1", {"throughput-test": "everybody"}, 400),
    ],
)
async def test_what_is_not_to_be_had_is_refused(method: str, path: str, headers: dict[str, str], status: int) -> None:
    async with running() as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: lab\r\n{lines}\r\n".encode())
        answer = await reader.read()
        writer.close()
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert server.application.totals.streams == 0


async def test_streams_of_one_test_count_once_and_the_rest_is_told_when_to_come_again() -> None:
    async with running(tests_at_once=2, seconds_at_most=20) as server:
        held = [await server.begin("a" * 32), await server.begin("a" * 32), await server.begin("b" * 32)]
        assert all(head.startswith(b"HTTP/1.1 200 ") for _, _, head in held)
        answer = await server.client.get("/download?bytes=1")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "20")
        third = await server.begin("a" * 32)
        assert third[2].startswith(b"HTTP/1.1 200 ")
        for _, writer, _ in [*held, third]:
            writer.transport.abort()
    assert server.application.totals.refused_streams == 1


async def test_a_client_that_dies_frees_its_place() -> None:
    async with running(tests_at_once=1) as server:
        program = (
            "import socket, time\n"
            f"s = socket.create_connection(('127.0.0.1', {server.port}))\n"
            f"s.sendall(b'GET /download?bytes={100 * MIB} HTTP/1.1\\r\\nHost: lab\\r\\n\\r\\n')\n"
            "s.recv(1000); print('reading', flush=True); time.sleep(600)\n"
        )
        client = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=subprocess.PIPE)
        assert client.stdout
        assert await client.stdout.readline() == b"reading\n"
        assert await server.is_full()
        client.kill()
        await client.wait()
        await server.has_room()


async def test_a_client_that_neither_reads_nor_dies_is_torn_down_in_time() -> None:
    async with running(tests_at_once=1, seconds_at_most=1) as server:
        reader, writer, head = await server.begin()
        assert head.startswith(b"HTTP/1.1 200 ")
        assert await server.is_full()
        await server.has_room()
        assert await bytes_to_the_end(reader) < MANY
        writer.transport.abort()


async def test_an_upload_that_stops_is_torn_down_in_time() -> None:
    async with running(tests_at_once=1, seconds_at_most=1) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST /upload HTTP/1.1\r\nHost: lab\r\nContent-Length: 1000000\r\n\r\nabc")
        assert await bytes_to_the_end(reader) < MANY
        writer.transport.abort()
        await server.has_room()


@pytest.mark.parametrize("said", [b"", b"GET /download?by"])
async def test_who_asks_for_nothing_is_torn_down_in_time(said: bytes) -> None:
    async with running(seconds_at_most=0.5) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(said)
        assert await bytes_to_the_end(reader) < MANY
        writer.transport.abort()


async def test_nothing_is_logged_of_who_asks(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        async with running() as server:
            await server.client.get("/download?bytes=100000")
            held = await server.begin()
            peer = held[1].get_extra_info("sockname")
            bad_reader, bad_writer = await asyncio.open_connection("127.0.0.1", server.port)
            bad_writer.write(b"no HTTP\r\n\r\n")
            await bad_reader.read()
            bad_writer.close()
    held[1].transport.abort()
    ours = [record for record in caplog.records if record.name.startswith(("collector", "uvicorn"))]
    assert any("throughput_server_stopped streams=2" in record.getMessage() for record in ours)
    assert not [r.getMessage() for r in ours if str(peer[1]) in r.getMessage() or "Exception" in r.getMessage()]


def test_one_name_cannot_stand_for_any_number_of_streams() -> None:
    admission = Admission(tests_at_once=1)
    assert all(admission.enter("a") for _ in range(STREAMS_AT_MOST))
    assert not admission.enter("a")
    for _ in range(STREAMS_AT_MOST):
        admission.leave("a")
    assert admission.enter("b")


# The command


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    throughput.add_to(parser.add_subparsers())
    return parser.parse_args(["throughput-server", *arguments])


def test_a_port_that_is_taken_is_told_with_its_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ThroughputServerError, match=f"port {port} on 127.0.0.1: .*; choose another"):
            listen("127.0.0.1", port)
        options = parsed("--port", str(port))
        assert options.run(options) == 1
    assert capsys.readouterr().err.startswith(f"hangang: port {port} on 127.0.0.1")


@pytest.mark.parametrize("wrong", [["--port", "70000"], ["--tests-at-once", "0"], ["--seconds-at-most", "soon"]])
def test_an_option_out_of_its_bounds_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed(*wrong)
    assert wrong[0] in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_command_serves_until_it_is_told_to_stop(number: int) -> None:
    program = (
        "import argparse, sys; from collector.cli import throughput; parser = argparse.ArgumentParser();"
        "throughput.add_to(parser.add_subparsers()); options = parser.parse_args(sys.argv[1:]);"
        "sys.exit(options.run(options))"
    )
    port = free_port()
    arguments = ["throughput-server", "--port", str(port), "--tests-at-once", "1"]
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, *arguments, stderr=subprocess.PIPE)
    assert process.stderr
    async with asyncio.timeout(30):
        while not re.search(rb"throughput_server_started url=http://127\.0\.0\.1", await process.stderr.readline()):
            pass
    async with httpx.AsyncClient(trust_env=False) as client:
        assert len((await client.get(f"http://127.0.0.1:{port}/download?bytes=1000")).content) == 1000
    process.send_signal(number)
    rest = await process.stderr.read()
    assert await process.wait() == 0
    assert b"throughput_server_stopped streams=1 refused_streams=0 sent_bytes=1000 received_bytes=0" in rest
