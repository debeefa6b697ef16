"""Receivers that cannot be reached, or do not answer: why is told in words, and nothing of where they are but the host
is kept or logged."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from harness import free_port
from prometheus_client import generate_latest
from sqlalchemy import Engine, select
from state_files import open_state

from collector.alerting.receivers import open_receivers
from collector.alerting.sending import Sender
from collector.alerts.endpoints.tables import check_endpoints
from collector.alerts.settings import AlertSettings
from collector.alerts.telling.sample import sample_notice
from collector.metrics import Metrics
from collector.outward.calling import Caller
from collector.state.alert_tables import deliveries
from collector.state.endpoint_states import endpoint_states_of
from collector.state.leadership import begin_epoch
from collector.state.outbox import put_in
from inventory import Inventory

PATH = "T0KEN-in-the-path"
QUERY = "T0KEN-in-the-query"
ANSWER = "T0KEN-in-the-answer"
WITHIN_SECONDS = 30.0
ADDRESSES = {"private.test": "10.1.2.3", "metadata.test": "169.254.169.254"}
UNKNOWN = {"unknown.test"}


class Names(AbstractResolver):
    """A name server: what it does not know otherwise is this machine."""

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002
    ) -> list[ResolveResult]:
        if host in UNKNOWN:
            raise OSError(None, "Name or service not known")
        address = ADDRESSES.get(host, "127.0.0.1")
        found = {"hostname": host, "host": address, "port": port, "proto": 0, "flags": socket.AI_NUMERICHOST}
        return [ResolveResult(family=socket.AF_INET, **found)]  # type: ignore[typeddict-item]

    async def close(self) -> None:
        """Nothing is held open."""


@contextlib.asynccontextmanager
async def answering(answer: bytes | None, *, speaks_first: bool = False) -> AsyncIterator[int]:
    """The port of a server that answers so, or takes what it is sent and never says a word."""
    is_over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            if not speaks_first:
                await reader.readuntil(b"\r\n\r\n")
            if answer is None:
                await is_over.wait()
            else:
                writer.write(answer)
                await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        is_over.set()
        server.close()
        await server.wait_closed()


def http(status: str, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, f"content-length: {len(ANSWER)}", "", ANSWER]).encode()


@pytest.fixture
def state(tmp_path: Path) -> Engine:
    return open_state(tmp_path / "state.sqlite")


def settings_for(folder: Path, origins: dict[str, str]) -> AlertSettings:
    tables: list[dict[str, Any]] = []
    for name, origin in origins.items():
        url = folder / f"{name}.url"
        url.write_text(f"{origin}/{PATH}?key={QUERY}")
        tables.append({"name": name, "kind": "slack", "url_file": str(url), "timeout_seconds": 1})
    path = folder / "collector.toml"
    document = {"endpoints": tables, "allowed_networks": ["127.0.0.0/8"]}
    return AlertSettings.model_validate(document).with_endpoints(check_endpoints(tables, path), path)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_SECONDS):
        while not is_so():
            await asyncio.sleep(0.02)


async def test_why_is_told_in_words_and_where_is_not(
    state: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with (
        answering(None) as hangs,
        answering(http("302 Found", f"location: http://elsewhere.test/{PATH}")) as moved,
        answering(http("410 Gone")) as gone,
        answering(http("404 Not Found")) as unknown,
        answering(http("503 Service Unavailable", "retry-after: 120")) as busy,
        answering(f"220 mail.test {ANSWER}\r\n".encode(), speaks_first=True) as mail,
    ):
        down = free_port()
        origins = {
            "hangs": f"http://hangs.test:{hangs}",
            "nameless": "http://unknown.test",
            "private": "http://private.test",
            "metadata": "http://metadata.test",
            "down": f"http://down.test:{down}",
            "moved": f"http://moved.test:{moved}",
            "gone": f"http://gone.test:{gone}",
            "unknown": f"http://unknown-path.test:{unknown}",
            "busy": f"http://busy.test:{busy}",
            "mail": f"http://mail.test:{mail}",
            "plain": f"https://plain.test:{mail}",
        }
        settings = settings_for(tmp_path, origins)
        metrics, caller = Metrics(), Caller([ip_network("127.0.0.0/8")], resolver=Names())
        now = datetime.now(UTC)
        with state.begin() as connection:
            epoch = begin_epoch(connection, now)
            for name in origins:
                put_in(connection, sample_notice(name, f"msg_{name}", now), now)
        inventory = Inventory(sites=(), access_points=())
        sender = Sender(
            state=state,
            inventory=inventory,
            receivers=open_receivers(settings, inventory, "https://wifi.example"),
            caller=caller,
            metrics=metrics,
            clock=lambda: datetime.now(UTC),
        )
        sending = asyncio.create_task(sender.run(epoch))
        try:
            await until(lambda: len(endpoint_states_of(state)) == len(origins))
        finally:
            sending.cancel()
            await asyncio.wait([sending])
            await caller.aclose()

    reasons = {name: each.problem for name, each in endpoint_states_of(state).items()}
    each = deliveries.c
    with state.connect() as connection:
        told = dict(connection.execute(select(each.endpoint, each.problem)).all())
        states = dict(connection.execute(select(each.endpoint, each.state)).all())
    assert told == reasons
    assert reasons == {
        "hangs": f"http://hangs.test:{hangs} does not answer within 1 s",
        "nameless": "http://unknown.test is not found: Name or service not known; check the name and the name servers",
        "private": reasons["private"],
        "metadata": reasons["metadata"],
        "down": f"http://down.test:{down} cannot be connected to: connection refused",
        "moved": "302 Found: redirects are not followed; configure the final address",
        "gone": "410 Gone: the receiver wants no more notices",
        "unknown": "404 Not Found",
        "busy": "503 Service Unavailable",
        "mail": f"http://mail.test:{mail} answers with what is no HTTP, or with a head of too many bytes",
        "plain": reasons["plain"],
    }
    for name in ("private", "metadata"):
        assert f"http://{name}.test is not called: " in (reasons[name] or "")
        assert "allowed_networks" in (reasons[name] or "")
    assert (reasons["plain"] or "").startswith(f"no TLS with https://plain.test:{mail}: ")
    assert {name for name, word in states.items() if word == "dead"} == {"gone", "unknown"}
    state.dispose()
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("state.sqlite*"))
    assert b"does not answer within" in kept
    assert "does not answer within" in caplog.text
    for shown in (kept, caplog.text.encode(), repr(caplog.records).encode(), generate_latest(metrics.registry)):
        assert b"T0KEN" not in shown
