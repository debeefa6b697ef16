"""Thousands of messages a second: all of them, in order, in both directions, whatever the line is like."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from aiomqtt import Client, MqttError
from harness import Mosquitto, eventually
from made_certificates import MadeAuthority
from proxy import TcpProxy

from agent import broker
from agent.broker import BrokerError, BrokerSettings, Connector, publish, subscribe
from collector.mqtt import READ_AT_ONCE_BYTES, HighRateClient, ReadAhead, publish_all

MANY = 2_000
"""More than a broker keeps on the way to who confirms nothing: 20 with Mosquitto."""


async def read_on(client: Client) -> None:
    """Until the connection ends."""
    async for _ in client.messages:
        raise AssertionError


class Inbox:
    """What a client has handed over."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, bytes, bool]] = []

    def take(self, topic: str, payload: bytes, *, is_retained: bool) -> None:
        self.messages.append((topic, payload, is_retained))

    def __len__(self) -> int:
        return len(self.messages)


def numbered(count: int, size: int = 100) -> list[tuple[str, bytes]]:
    return [(f"a/{number % 7}", b"%06d" % number + bytes(size)) for number in range(count)]


@asynccontextmanager
async def receiving(settings: BrokerSettings, inbox: Inbox) -> AsyncIterator[Client]:
    line = Connector(settings, "receiver", new_client=partial(HighRateClient, inbox.take))
    async with line.connect() as client:
        await subscribe(client, "a/#")
        yield client


@asynccontextmanager
async def plain(settings: BrokerSettings) -> AsyncIterator[Client]:
    async with Connector(settings, "other").connect() as client:
        yield client


@pytest.fixture
def over_tls(tmp_path: Path) -> Iterator[BrokerSettings]:
    certificate, key = MadeAuthority().write_pair(tmp_path, "localhost", called="server", is_server=True)
    mosquitto = Mosquitto(tmp_path, f"allow_anonymous true\ncertfile {certificate}\nkeyfile {key}\n")
    mosquitto.start()
    try:
        yield BrokerSettings(url=f"mqtts://localhost:{mosquitto.port}", ca_file=tmp_path / "authority.crt")
    finally:
        mosquitto.kill()


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
async def test_all_that_is_published_comes_once_and_in_order(mosquitto: Mosquitto, protocol: str) -> None:
    settings = BrokerSettings.model_validate({"url": mosquitto.url, "protocol": protocol})
    inbox, sent = Inbox(), numbered(MANY)
    async with receiving(settings, inbox), plain(settings) as other:
        for topic, payload in sent:
            await publish(other, topic, payload, qos=1)
        await eventually(lambda: len(inbox) == MANY)
    assert inbox.messages == [(topic, payload, False) for topic, payload in sent]


async def test_what_is_larger_than_one_reading_comes_whole(mosquitto: Mosquitto) -> None:
    settings = BrokerSettings(url=mosquitto.url)
    inbox, sent = Inbox(), numbered(9, READ_AT_ONCE_BYTES * 3 // 2)
    async with receiving(settings, inbox), plain(settings) as other:
        for topic, payload in sent:
            await publish(other, topic, payload, qos=1)
        await eventually(lambda: len(inbox) == len(sent))
    assert [payload for _, payload, _ in inbox.messages] == [payload for _, payload in sent]


async def test_a_retained_message_is_told_as_one(mosquitto: Mosquitto) -> None:
    settings = BrokerSettings(url=mosquitto.url)
    inbox = Inbox()
    async with plain(settings) as other:
        await publish(other, "a/b", b"old", qos=1, retain=True)
        async with receiving(settings, inbox):
            await eventually(lambda: inbox.messages == [("a/b", b"old", True)])


async def test_over_tls_as_well(over_tls: BrokerSettings) -> None:
    inbox, sent = Inbox(), numbered(400, 3_000)
    async with receiving(over_tls, inbox) as client:
        await publish_all(client, sent)
        await eventually(lambda: len(inbox) == len(sent))
    assert [payload for _, payload, _ in inbox.messages] == [payload for _, payload in sent]


async def test_what_several_publish_at_once_leaves_and_each_is_told(mosquitto: Mosquitto) -> None:
    """Also of packets that leave together, whoever waits for one hears of it."""
    settings = BrokerSettings(url=mosquitto.url)
    inbox = Inbox()
    async with receiving(settings, inbox) as client, asyncio.timeout(30):
        await asyncio.gather(
            publish_all(client, numbered(300)),
            *(publish(client, "a/one", b"%d" % number, qos=number % 2) for number in range(50)),
            publish_all(client, numbered(300)),
            publish_all(client, []),
        )
        await eventually(lambda: len(inbox) == 650)


async def test_what_a_full_socket_does_not_take_leaves_when_it_does(mosquitto: Mosquitto) -> None:
    inbox, sent = Inbox(), numbered(400, 50_000)
    async with TcpProxy(mosquitto.port) as proxy:
        settings = BrokerSettings(url=f"mqtt://127.0.0.1:{proxy.port}")
        async with receiving(settings, inbox) as client:
            proxy.hold()
            publishing = asyncio.create_task(publish_all(client, sent))
            await eventually(client._client.want_write)
            await asyncio.sleep(0)
            assert not publishing.done()
            await proxy.heal()
            await publishing
            await eventually(lambda: len(inbox) == len(sent))
    assert [payload for _, payload, _ in inbox.messages] == [payload for _, payload in sent]


async def test_a_socket_that_stays_full_is_an_error(mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "ANSWER_TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(broker, "LEAVE_TIMEOUT_SECONDS", 0.2)
    async with TcpProxy(mosquitto.port) as proxy:
        settings = BrokerSettings(url=f"mqtt://127.0.0.1:{proxy.port}")
        async with receiving(settings, Inbox()) as client:
            proxy.hold()
            with pytest.raises(MqttError, match=r"no answer within 0\.2 s"):
                await publish_all(client, numbered(400, 50_000))


async def test_a_line_that_breaks_ends_the_messages_and_refuses_what_follows(mosquitto: Mosquitto) -> None:
    async def until_it_breaks() -> None:
        async with receiving(BrokerSettings(url=mosquitto.url), Inbox()) as client:
            mosquitto.kill()
            with pytest.raises(MqttError):
                await read_on(client)
            with pytest.raises(MqttError):
                await publish_all(client, numbered(3))
            await read_on(client)

    with pytest.raises(BrokerError):
        await until_it_breaks()


async def test_a_defect_of_who_takes_the_messages_ends_them(mosquitto: Mosquitto) -> None:
    def fail(topic: str, payload: bytes, *, is_retained: bool) -> None:
        raise RuntimeError(topic)

    async def until_it_breaks() -> None:
        line = Connector(BrokerSettings(url=mosquitto.url), "receiver", new_client=partial(HighRateClient, fail))
        async with line.connect() as client:
            await subscribe(client, "a/#")
            await publish_all(client, [("a/b", b"")])
            await read_on(client)

    with pytest.raises(BrokerError, match="Disconnected during message iteration"):
        await until_it_breaks()


def test_a_socket_is_asked_once_a_turn() -> None:
    """So that whoever sends without end does not keep the loop; what has come is told bit by bit."""
    here, there = socket.socketpair()
    with here, there:
        here.setblocking(False)
        line = ReadAhead(here)
        there.sendall(b"abcdef")
        assert (line.recv(1), line.pending()) == (b"a", 5)
        there.sendall(b"ghi")
        assert (line.recv(3), line.recv(9)) == (b"bcd", b"ef")
        with pytest.raises(BlockingIOError):
            line.recv(1)
        assert line.pending() == 0
        assert line.recv(9) == b"ghi"
        assert line.pending() == 0
        with pytest.raises(BlockingIOError):
            line.recv(1)
        there.close()
        assert line.recv(1) == b""
