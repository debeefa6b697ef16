"""The pages over real connections, as behind a proxy: who is believed, and who is not waited for."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from web_browser import NAME, PASSWORD, Pages, log_in

from collector.state.audit import entries
from collector.web.serving import Server

FORWARDED = {"X-Forwarded-For": "198.51.100.1, 203.0.113.5", "X-Forwarded-Proto": "https"}
"""The first was sent by whoever asks, the second is where the proxy saw them."""


@asynccontextmanager
async def serving(pages: Pages, *proxies: str, head_seconds: float = 10.0) -> AsyncIterator[tuple[str, int]]:
    """Where the pages are served."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(pages.application, proxies=proxies, head_seconds=head_seconds)
        task = asyncio.create_task(server.serve([listener]))
        await server.has_started.wait()
        try:
            yield listener.getsockname()
        finally:
            server.should_exit = True
            await task


@asynccontextmanager
async def browser(address: tuple[str, int], **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    base = f"http://{address[0]}:{address[1]}"
    async with httpx.AsyncClient(base_url=base, headers={"Accept-Language": "en", **headers}) as client:
        yield client


@pytest.mark.parametrize("proxies", [["127.0.0.1"], ["127.0.0.0/8", "::1"]])
async def test_a_proxy_is_believed_who_asks_and_that_they_came_over_https(pages: Pages, proxies: list[str]) -> None:
    async with serving(pages, *proxies) as address, browser(address, **FORWARDED, Host="wifi.example.org") as client:
        form = await client.get("/login?lang=en")
        typed = {"csrf": re.findall(r'name="csrf" value="([^"]+)"', form.text)[0], "name": NAME, "password": PASSWORD}
        # A browser at the proxy would send it; this one knows that it speaks HTTP.
        answer = await client.post("/login", data=typed, headers={"Cookie": f"hangang_form={typed['csrf']}"})
        assert answer.status_code == 303
        cookies = [*form.headers.get_list("set-cookie"), answer.headers.get_list("set-cookie")[0]]
        assert [cookie.partition("=")[0] for cookie in cookies if "; Secure" in cookie] == [
            "lang",
            "hangang_form",
            "hangang_session",
        ]
        assert entries(pages.services.state, limit=1)[0].entry.address == "203.0.113.5"
        token = cookies[-1].partition(";")[0]
        slashed = await client.get("/people/", headers={"Cookie": token})
        assert slashed.headers["location"] == "https://wifi.example.org/people"


@pytest.mark.parametrize("proxies", [[], ["192.0.2.1"]])
async def test_nobody_else_is_believed(pages: Pages, proxies: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    async with serving(pages, *proxies) as address, browser(address, **FORWARDED) as client:
        answer = await log_in(client)
    assert "secure" not in answer.headers["set-cookie"].lower()
    assert entries(pages.services.state, limit=1)[0].entry.address == "127.0.0.1"


async def test_it_is_not_told_what_serves(pages: Pages) -> None:
    async with serving(pages) as address, browser(address) as client:
        assert "server" not in (await client.get("/healthz")).headers


@pytest.mark.parametrize("before", [b"", b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"])
async def test_a_head_that_does_not_come_to_its_end_is_not_waited_for(pages: Pages, before: bytes) -> None:
    async with serving(pages, head_seconds=0.05) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(before + b"GET / HTTP/1.1\r\nHost: wi")
        async with asyncio.timeout(10):
            try:
                told = await reader.read()
            except ConnectionResetError:
                told = b""
        writer.close()
    assert told.startswith(b"HTTP/1.1 200") or not told
