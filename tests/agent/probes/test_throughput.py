"""The throughput probe against real servers: the project's own, and every kind that does not do as it is asked."""

import asyncio
import json
import socket
import ssl
import struct
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from harness import FrozenClock, free_port

from agent.probes import Check, Surroundings
from agent.probes.throughput import Settings, open_check
from agent.probing_throughput.stream import HEADERS_ALLOWANCE_BYTES, UPLOAD_RECEIVE_BUFFER_BYTES, margin_bytes
from agent.settings import SettingsError, check
from agent.wire import Probe, Report
from collector.throughput.application import ServerLimits, ThroughputApplication
from collector.throughput.serving import listen, serve

IN_THE_WINDOW = datetime(2026, 5, 2, 19, 10, tzinfo=UTC)  # 04:10 in Seoul, past every start that is drawn below
BODY_BYTES = 4_000_000
RECEIVE_BUFFER_BYTES = 65_536
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def throughput_server(tests_at_once: int = 4) -> AsyncIterator[tuple[ThroughputApplication, int]]:
    application = ThroughputApplication(ServerLimits(tests_at_once, seconds_at_most=30, bytes_at_most=10**9))
    stopped, ready = asyncio.Event(), asyncio.Event()
    with listen("127.0.0.1", 0) as listener:
        port: int = listener.getsockname()[1]
        serving = asyncio.create_task(serve(application, listener, stopped=stopped, on_ready=ready.set))
        await ready.wait()
        try:
            yield application, port
        finally:
            stopped.set()
            await serving


@asynccontextmanager
async def raw_server(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server that does what it likes with each connection, for as long as the block lasts."""
    connections: set[asyncio.Task[None]] = set()

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            await handler(reader, writer)
        except (OSError, asyncio.CancelledError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()

    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)  # so that it takes no more than it reads
    server = await asyncio.start_server(serve_one, sock=listener, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


class Place:
    """An access point with its clock, its folder and its newest report."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FrozenClock(IN_THE_WINDOW)
        self.newest: Report | None = None
        self.is_asked_for = False

    def check(self, port: int, scheme: str = "http", **keys: object) -> Check:
        table = {
            "kind": "throughput",
            "access_point": "lab-001",
            "server": f"{scheme}://127.0.0.1:{port}",
            "streams": 2,
            "bytes_at_most": BODY_BYTES,
            "receive_buffer_bytes": RECEIVE_BUFFER_BYTES,
            "interval_seconds": 3000,
            "idle_seconds": 2,
            **keys,
        }
        settings = check(Settings, table, self.folder / "agent.toml")
        return open_check(settings, Surroundings(self.clock, self.newest_report, self.folder, self.is_asked_for))

    def newest_report(self, access_point: str) -> Report | None:
        assert access_point == "lab-001"
        return self.newest

    @property
    def ledger(self) -> Path:
        return self.folder / "throughput-lab-001.json"

    @property
    def spent_bytes(self) -> int:
        spent: int = json.loads(self.ledger.read_text())["spent_bytes"]
        return spent

    @property
    def has_claims(self) -> bool:
        return bool(json.loads(self.ledger.read_text())["claims"])


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def told(probes: object) -> list[tuple[str | None, str | None, bool | None]]:
    assert isinstance(probes, list | tuple)
    assert all(isinstance(probe, Probe) for probe in probes)
    return [(probe.direction, probe.outcome, probe.is_ok) for probe in probes]


# Measuring


async def test_both_directions_are_measured_and_every_byte_is_counted(place: Place) -> None:
    async with throughput_server() as (application, port):
        download, upload = await place.check(port).run()
    for probe, direction in ((download, "download"), (upload, "upload")):
        assert probe.throughput_bits_per_second
        assert probe.duration_seconds
        assert probe == Probe(
            kind="throughput",
            target="127.0.0.1",
            is_ok=True,
            outcome="ok",
            direction=direction,
            method="http",
            streams=2,
            transferred_bytes=BODY_BYTES,
            duration_seconds=probe.duration_seconds,
            throughput_bits_per_second=probe.throughput_bits_per_second,
        )
    assert (application.totals.sent_bytes, application.totals.received_bytes) == (BODY_BYTES, BODY_BYTES)
    assert place.spent_bytes == 2 * BODY_BYTES + 4 * HEADERS_ALLOWANCE_BYTES


async def test_the_time_limit_ends_a_test_that_has_enough(place: Place) -> None:
    whole = 100_000_000

    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"POST"):
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            while await reader.read(100_000):
                await asyncio.sleep(0.01)
            return
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {whole // 2}\r\n\r\n".encode())
        while True:
            writer.write(bytes(1000))
            await writer.drain()
            await asyncio.sleep(0.01)

    async with raw_server(trickle) as port:
        probes = await place.check(port, seconds=1, bytes_at_most=whole).run()
    assert told(probes) == [("download", "ok", True), ("upload", "ok", True)]
    for probe in probes:
        assert probe.transferred_bytes
        assert 0 < probe.transferred_bytes < whole
        assert probe.throughput_bits_per_second
    margins = 2 * margin_bytes(RECEIVE_BUFFER_BYTES) + 2 * margin_bytes(UPLOAD_RECEIVE_BUFFER_BYTES)
    assert margins <= place.spent_bytes < 2 * whole  # what the server was still sending may have come


async def test_tls_is_measured_like_the_rest(place: Place) -> None:
    certificate = self_signed(place.folder)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, place.folder / "key.pem")
    async with raw_server(well_behaved, tls) as port:
        probes = await place.check(port, "https", ca_file=str(certificate)).run()
    assert told(probes) == [("download", "ok", True), ("upload", "ok", True)]
    assert [probe.transferred_bytes for probe in probes] == [BODY_BYTES, BODY_BYTES]


# Servers that do something else


def self_signed(folder: Path) -> Path:
    certificate = folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    names = ["-subj", "/CN=lab", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(certificate)]
    subprocess.run([*command, *names, *files], check=True, capture_output=True)
    return certificate


async def well_behaved(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    if head.startswith(b"POST"):
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await reader.readexactly(BODY_BYTES // 2)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    else:
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {BODY_BYTES // 2}\r\n\r\n".encode() + bytes(BODY_BYTES // 2))
    writer.close()
    await writer.wait_closed()


async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def stall_in_the_middle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {BODY_BYTES // 2}\r\n\r\n".encode() + bytes(50_000))
    await asyncio.Event().wait()


async def close_in_the_middle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {BODY_BYTES // 2}\r\n\r\n".encode() + bytes(50_000))
    writer.close()
    await writer.wait_closed()


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    connected = writer.get_extra_info("socket")
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def close_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()


def answering(text: str) -> Handler:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(text.encode())
        writer.close()
        await writer.wait_closed()

    return answer


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A slow loris: a line of a head every so often, for ever."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: 1\r\n")
        await writer.drain()
        await asyncio.sleep(0.1)


async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """More than it was asked for, and more than it says itself."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {BODY_BYTES // 2}\r\n\r\n".encode())
    while True:
        writer.write(bytes(65_536))
        await writer.drain()


@pytest.mark.parametrize(
    ("handler", "download", "upload"),
    [
        pytest.param(stall, "timeout", "timeout", id="stalls"),
        pytest.param(stall_in_the_middle, "timeout", "malformed", id="stalls in the middle"),
        pytest.param(close_in_the_middle, "closed", "malformed", id="closes in the middle"),
        pytest.param(close_at_once, "closed", "closed", id="closes at once"),
        pytest.param(reset, "reset", "reset", id="resets"),
        pytest.param(drip, "slow", "slow", id="drips"),
        pytest.param(answering("HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n"), "rejected", "rejected", id="portal"),
        pytest.param(answering("SSH-2.0-something\r\n\r\n"), "malformed", "malformed", id="no HTTP"),
        pytest.param(answering("HTTP/1.1 404 Not Found\r\n\r\n"), "rejected", "rejected", id="404"),
        pytest.param(answering("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"), "rejected", "rejected", id="500"),
        pytest.param(
            answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123456789"), "malformed", "malformed", id="less"
        ),
        pytest.param(answering("HTTP/1.1 200 OK\r\nX: " + "x" * 20_000), "malformed", "malformed", id="endless head"),
        pytest.param(flood, "malformed", "malformed", id="sends more than asked"),
    ],
)
async def test_a_server_that_fails_is_told_by_how(place: Place, handler: Handler, download: str, upload: str) -> None:
    async with raw_server(handler) as port:
        probes = await place.check(port, daily_budget_bytes=30_000_000, idle_seconds=0.5, seconds=2).run()
    assert told(probes) == [("download", download, False), ("upload", upload, False)]
    assert all(probe.failure and probe.throughput_bits_per_second is None for probe in probes[1:])
    assert place.spent_bytes <= 2 * BODY_BYTES + 4 * (HEADERS_ALLOWANCE_BYTES + margin_bytes(RECEIVE_BUFFER_BYTES))


async def test_a_flood_is_read_to_the_cap_and_its_margin_counts_as_spent(place: Place) -> None:
    async with raw_server(flood) as port:
        download, _ = await place.check(port).run()
    assert (download.transferred_bytes, download.failure) == (
        BODY_BYTES,
        f"127.0.0.1:{port} sends more than it was asked for",
    )
    whole = BODY_BYTES + 2 * (HEADERS_ALLOWANCE_BYTES + margin_bytes(RECEIVE_BUFFER_BYTES))
    assert place.spent_bytes >= whole


async def test_nobody_there_is_refused_and_costs_nothing(place: Place) -> None:
    probes = await place.check(free_port()).run()
    assert told(probes) == [("download", "refused", False), ("upload", "refused", False)]
    assert probes[0].transferred_bytes is None
    assert place.spent_bytes == 0


async def test_a_certificate_that_is_not_to_be_trusted_is_a_tls_error(place: Place) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(self_signed(place.folder), place.folder / "key.pem")
    async with raw_server(well_behaved, tls) as port:
        probes = await place.check(port, "https").run()
    assert told(probes) == [("download", "tls_error", False), ("upload", "tls_error", False)]
    assert "certificate" in (probes[0].failure or "")


async def test_what_comes_in_place_of_tls_counts_as_spent(place: Place) -> None:
    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(bytes(65_536))
            await writer.drain()

    async with raw_server(pour) as port:
        download, upload = await place.check(port, "https", streams=1).run()
    assert (download.outcome, upload.outcome) == ("tls_error", "tls_error")
    both = margin_bytes(RECEIVE_BUFFER_BYTES) + margin_bytes(UPLOAD_RECEIVE_BUFFER_BYTES)
    assert place.spent_bytes == both + 2 * HEADERS_ALLOWANCE_BYTES


@pytest.mark.parametrize(
    ("handler", "outcome"), [(stall, "timeout"), (answering("HTTP/1.1 200 OK\r\n\r\n"), "timeout")]
)
async def test_https_to_who_speaks_no_tls_ends_in_time(place: Place, handler: Handler, outcome: str) -> None:
    async with raw_server(handler) as port:
        probes = await place.check(port, "https", idle_seconds=0.5).run()
    assert [probe.outcome for probe in probes] == [outcome, outcome]


async def test_a_name_without_an_address_is_a_dns_failure(place: Place) -> None:
    probes = await place.check(1, server="http://nowhere.invalid").run()
    assert told(probes) == [("download", "dns_failure", False), ("upload", "dns_failure", False)]


# When it is not to be tested


async def test_before_its_turn_it_does_nothing_and_after_it_no_more(place: Place) -> None:
    async with throughput_server() as (application, port):
        check = place.check(port)
        place.clock.set_wall(IN_THE_WINDOW - timedelta(hours=3))
        assert not await check.run()
        place.clock.set_wall(IN_THE_WINDOW)
        assert len(await check.run()) == 2
        assert not await check.run()
        place.clock.advance(24 * 3600)
        assert len(await check.run()) == 2
    assert application.totals.sent_bytes == 2 * BODY_BYTES


async def test_a_run_that_is_asked_for_does_not_wait_within_the_window_and_takes_no_turn(place: Place) -> None:
    place.is_asked_for = True
    place.clock.set_wall(datetime(2026, 5, 2, 17, 0, tzinfo=UTC))  # 02:00 in Seoul
    async with throughput_server() as (application, port):
        for _ in range(2):
            assert told(await place.check(port).run()) == [("download", "ok", True), ("upload", "ok", True)]
        assert place.spent_bytes >= 4 * BODY_BYTES
        assert not place.has_claims
        place.newest = Report(access_point="lab-001", observed_at=place.clock.wall(), clients=6)
        assert {probe.outcome for probe in await place.check(port).run()} == {"skipped_busy"}
    assert application.totals.streams == 8


async def test_a_run_that_is_asked_for_outside_the_window_is_told_to_be_so(place: Place) -> None:
    place.is_asked_for = True
    place.clock.set_wall(datetime(2026, 5, 2, 3, 0, tzinfo=UTC))  # noon in Seoul
    async with throughput_server() as (application, port):
        probes = await place.check(port).run()
        assert told(probes) == [("download", "skipped_window", None), ("upload", "skipped_window", None)]
        assert probes[0].failure == (
            "tests are run from 02:00 to 05:00 (Asia/Seoul), and none within 60 s of midnight; for one at any time, "
            "ask with window_begins equal to window_ends"
        )
        assert application.totals.streams == 0
        whole_day = place.check(port, window_begins="00:00", window_ends="00:00")
        assert told(await whole_day.run()) == [("download", "ok", True), ("upload", "ok", True)]


async def test_two_tables_with_windows_of_their_own_have_turns_of_their_own(place: Place) -> None:
    async with throughput_server() as (_, port):
        assert len(await place.check(port).run()) == 2
        place.clock.advance(10.5 * 3600)
        assert len(await place.check(port, window_begins="12:00", window_ends="15:00").run()) == 2


async def test_a_restart_does_not_test_twice(place: Place) -> None:
    async with throughput_server() as (_, port):
        assert len(await place.check(port).run()) == 2
        assert not await place.check(port).run()


async def test_a_test_that_was_killed_is_not_begun_again_and_its_bytes_stay_spent(place: Place) -> None:
    begun = asyncio.Event()

    async def tell_and_stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begun.set()
        await asyncio.Event().wait()

    async with raw_server(tell_and_stall) as port:
        running = asyncio.create_task(place.check(port, idle_seconds=5).run())
        await begun.wait()
        as_killed = place.ledger.read_bytes()  # what kill -9 would leave behind now
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert place.spent_bytes < json.loads(as_killed)["spent_bytes"]
    place.ledger.write_bytes(as_killed)
    async with throughput_server() as (application, port2):
        probes = await place.check(port2, server=f"http://127.0.0.1:{port}").run()
    assert [probe.direction for probe in probes] == ["upload"]
    assert place.spent_bytes >= BODY_BYTES
    assert application.totals.streams == 0


async def test_a_busy_access_point_is_left_alone_until_it_is_quiet(place: Place) -> None:
    place.newest = Report(observed_at=IN_THE_WINDOW, clients=6)
    async with throughput_server() as (application, port):
        check = place.check(port)
        probes = await check.run()
        assert told(probes) == [("download", "skipped_busy", None), ("upload", "skipped_busy", None)]
        assert probes[0].failure == "6 clients are connected, more than 5"
        assert application.totals.streams == 0
        place.newest = Report(observed_at=IN_THE_WINDOW, clients=5)
        assert not await check.run()
        place.clock.advance(900)
        assert told(await check.run()) == [("download", "ok", True), ("upload", "ok", True)]


async def test_a_full_server_costs_next_to_nothing_and_is_asked_again_later(place: Place) -> None:
    async with throughput_server(tests_at_once=1) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /download?bytes=900000000 HTTP/1.1\r\nHost: lab\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        check = place.check(port)
        assert told(await check.run()) == [("download", "skipped_full", None), ("upload", "skipped_full", None)]
        assert place.spent_bytes < 2 * HEADERS_ALLOWANCE_BYTES + 1000  # the answers, without a margin
        assert not place.has_claims
        assert not await check.run()
        writer.transport.abort()
        place.clock.advance(50)  # 30 s by Retry-After, and up to half as much more
        while (probes := await check.run()) and probes[0].outcome == "skipped_full":
            place.clock.advance(50)
        assert told(probes) == [("download", "ok", True), ("upload", "ok", True)]


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
async def test_any_server_may_say_that_it_is_full(place: Place, status: str) -> None:
    async with raw_server(answering(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n")) as port:
        probes = await place.check(port).run()
    assert told(probes) == [("download", "skipped_full", None), ("upload", "skipped_full", None)]


async def test_a_download_that_is_done_is_not_repeated_when_the_upload_was_sent_away(place: Place) -> None:
    is_full = True

    async def download_only(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"POST") and is_full:
            writer.write(b"HTTP/1.1 503 Full\r\nRetry-After: 10\r\nContent-Length: 0\r\n\r\n")
            writer.close()
            await writer.wait_closed()
            return
        if head.startswith(b"POST"):
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            await reader.readexactly(BODY_BYTES // 2)
            writer.write(b"HTTP/1.1 204 Done\r\n\r\n")
        else:
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {BODY_BYTES // 2}\r\n\r\n".encode())
            writer.write(bytes(BODY_BYTES // 2))
        writer.close()
        await writer.wait_closed()

    async with raw_server(download_only) as port:
        check = place.check(port)
        assert told(await check.run()) == [("download", "ok", True), ("upload", "skipped_full", None)]
        is_full = False
        place.clock.advance(20)
        assert told(await check.run()) == [("upload", "ok", True)]


# The budget


async def test_the_days_budget_is_never_passed_whatever_is_tried(place: Place) -> None:
    budget = 12_000_000
    outcomes: list[str | None] = []
    async with throughput_server() as (application, port):
        for number in range(4):  # tables of their own, each with claims of its own, on one budget
            check = place.check(port, server=f"http://127.0.0.1:{port}/?table={number}", daily_budget_bytes=budget)
            if place.ledger.exists():
                forget_claims(place.ledger)
            outcomes += [probe.outcome for probe in await check.run()]
            totals = application.totals
            assert totals.sent_bytes + totals.received_bytes <= place.spent_bytes <= budget
    assert "ok" in outcomes
    assert outcomes[-1] == "skipped_budget"


def forget_claims(ledger: Path) -> None:
    ledger.write_text(json.dumps(json.loads(ledger.read_text()) | {"claims": []}))


async def test_a_ledger_that_cannot_be_written_lets_nothing_be_moved(place: Place, tmp_path: Path) -> None:
    place.folder = tmp_path / "file"
    place.folder.write_text("no folder")
    async with throughput_server() as (application, port):
        probes = await place.check(port).run()
    assert told(probes) == [("download", "budget_unknown", None), ("upload", "budget_unknown", None)]
    assert application.totals.streams == 0


async def test_none_begins_that_could_pass_midnight(place: Place) -> None:
    keys = {"window_begins": "12:00", "window_ends": "00:30"}  # every start is drawn before 23:34
    async with throughput_server() as (_, port):
        check = place.check(port, **keys)
        place.clock.set_wall(datetime(2026, 5, 2, 14, 59, 30, tzinfo=UTC))
        assert not await check.run()
        place.clock.set_wall(datetime(2026, 5, 2, 15, 0, 30, tzinfo=UTC))
        assert len(await check.run()) == 2


# Settings


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"seconds": 30}, "timeout_seconds: must be at least 72"),
        ({"streams": 16, "daily_budget_bytes": 1_000_000}, "daily_budget_bytes: must be at least"),
        ({"window_begins": "02:00", "window_ends": "02:30"}, "runs_per_day: the window has 1800 s for each run"),
        ({"runs_per_day": 24}, "runs_per_day: the window has 450 s for each run"),
        ({"timezone": "Asia/Nowhere"}, "timezone: no such time zone here"),
        ({"window_begins": 2}, "window_begins: Input should be a valid string"),
        ({"receive_buffer_bytes": float("inf")}, "receive_buffer_bytes: Input should be a finite number"),
        ({"server": "ftp://lab"}, "server: must begin with http:// or https://"),
    ],
)
def test_settings_that_cannot_be_meant_are_told(tmp_path: Path, keys: dict[str, object], problem: str) -> None:
    place = Place(tmp_path)
    with pytest.raises(SettingsError) as error:
        place.check(1, **keys)
    assert problem in str(error.value)
