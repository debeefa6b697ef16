"""Connecting: which protocol version, what a refusal says, and what never stands in a message."""

import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from amqtt.broker import Broker
from harness import Mosquitto, eventually, free_port, is_listening

from agent.broker import BrokerError, BrokerSettings, Connector, _tls_context, publish, subscribe
from agent.settings import SettingsError, check


def connector(url: str, *, protocol: str = "auto", **more: str) -> Connector:
    settings = BrokerSettings.model_validate({"url": url, "protocol": protocol} | more)
    return Connector(settings, "hangang-test")


@pytest.mark.parametrize("protocol", ["auto", "5", "3.1.1"])
async def test_each_version_is_spoken_with_mosquitto(mosquitto: Mosquitto, protocol: str) -> None:
    async with connector(mosquitto.url, protocol=protocol).connect() as client:
        await subscribe(client, "a/b")
        await publish(client, "a/b", b"hello", qos=1)
        async for message in client.messages:
            assert message.payload == b"hello"
            break


EMBEDDED_BROKER = """
import asyncio, sys
from collector.embedded_broker import embedded_broker

async def serve():
    async with embedded_broker("127.0.0.1", int(sys.argv[1])):
        await asyncio.Event().wait()

asyncio.run(serve())
"""


@pytest.mark.parametrize("username", [None, "gw-a"])
async def test_auto_finds_out_that_a_broker_speaks_only_the_older_version(username: str | None) -> None:
    """amqtt refuses version 5, or waits for the rest of a packet that it misreads until it is given up."""
    port = free_port()
    broker = subprocess.Popen([sys.executable, "-c", EMBEDDED_BROKER, str(port)], stderr=subprocess.DEVNULL)
    try:
        await eventually(lambda: is_listening(port))
        settings = BrokerSettings(url=f"mqtt://127.0.0.1:{port}")
        line = Connector(settings, "hangang-test", default_username=username)
        with pytest.raises(BrokerError, match=r"Unsupported protocol version|no answer within 5 s"):
            async with line.connect():
                raise AssertionError
        async with line.connect() as client:
            await subscribe(client, "a/b")
    finally:
        broker.kill()
        broker.wait()


async def test_a_broker_that_is_not_there_is_named() -> None:
    url = f"mqtt://127.0.0.1:{free_port()}"
    with pytest.raises(BrokerError, match=f"{url}.*Connection refused"):
        async with connector(url).connect():
            raise AssertionError


async def test_a_wrong_password_is_told_and_not_repeated(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path, "allow_anonymous false\n")
    broker.start()
    (tmp_path / "key").write_text("hunter2\n")
    try:
        line = connector(broker.url, protocol="5", username="gw-a", password_file=str(tmp_path / "key"))
        with pytest.raises(BrokerError, match="Not authorized") as caught:
            async with line.connect():
                raise AssertionError
    finally:
        broker.kill()
    assert "hunter2" not in str(caught.value)


async def test_a_subscription_that_the_broker_refuses_is_no_subscription() -> None:
    """Mosquitto 2.0 grants every subscription and filters later; amqtt's taboo topics are refused at once."""
    port = free_port()
    plugins = {
        "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True},
        "amqtt.plugins.topic_checking.TopicTabooPlugin": {},
    }
    broker = Broker({"listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}}, "plugins": plugins})
    await broker.start()
    with pytest.raises(BrokerError, match="refuses a subscription to top-secret"):
        async with connector(f"mqtt://127.0.0.1:{port}", protocol="3.1.1").connect() as client:
            await subscribe(client, "top-secret")
    await broker.shutdown()


async def test_a_broker_that_accepts_and_says_nothing_is_given_up() -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        with pytest.raises(BrokerError, match="no answer within 5 s"):
            async with connector(f"mqtt://127.0.0.1:{mute.getsockname()[1]}", protocol="5").connect():
                raise AssertionError


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        ({"url": "mqtt://user:secret@host"}, ["url"]),
        ({"url": "mqtt://host:99999"}, ["url"]),
        ({"url": "mqtt://host:0"}, ["url"]),
        ({"url": "mqtt://"}, ["url"]),
        ({"url": "mqtt://a..b"}, ["url"]),
        ({"url": "MQTTS://host"}, ["url"]),
        ({"url": " mqtts://host"}, ["url"]),
        ({"url": "mqtt://host/path"}, ["url"]),
        ({"password_file": "nowhere"}, ["password_file"]),
        ({"password_file": "binary"}, [""]),
        ({"url": "mqtts://host", "ca_file": "binary"}, [""]),
        ({"url": "mqtt://host", "ca_file": "text", "keepalive_seconds": 0}, ["ca_file", "keepalive_seconds"]),
        ({"url": "mqtts://host", "key_file": "text"}, ["key_file"]),
        ({"url": "mqtt://host", "certificate_file": "text"}, ["certificate_file", "certificate_file"]),
    ],
)
def test_settings_that_cannot_be_meant_are_refused_without_their_values(
    tmp_path: Path, table: dict[str, str], keys: list[str]
) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00secret")
    (tmp_path / "text").write_text("secret")
    with pytest.raises(SettingsError) as caught:
        check(BrokerSettings, table, tmp_path / "agent.toml")
    assert [mistake.key for mistake in caught.value.mistakes] == keys
    assert "secret" not in str(caught.value)


def test_tls_is_used_where_the_url_says_so() -> None:
    assert _tls_context(BrokerSettings(url="mqtt://host")) is None
    context = _tls_context(BrokerSettings(url="mqtts://host"))
    assert context is not None
    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_ports_follow_from_the_scheme() -> None:
    assert (BrokerSettings(url="mqtt://host").port, BrokerSettings(url="mqtts://host").port) == (1883, 8883)
    assert BrokerSettings(url="mqtts://[::1]:1234").host == "::1"
