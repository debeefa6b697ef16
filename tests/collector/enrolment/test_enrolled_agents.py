"""A real broker as enrolment configures it, a real collector that enrols: who gets in, what they may, who is out."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiomqtt import Client, Message, MqttError
from cryptography import x509
from enrolled_broker import Enrolment
from harness import eventually, program, status
from requests_for_certificates import make_key, request_pem

from agent.wire import Certificate, Renewal, decode_certificate, encode, topic_for
from collector.enrolment.folders import Folders

HEARD_WITHIN_SECONDS = 20.0


@pytest.fixture(scope="module")
def enrolment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Enrolment]:
    """One for all: each test has agents of its own."""
    enrolment = Enrolment(tmp_path_factory.mktemp("enrolment"))
    try:
        enrolment.start_broker()
        enrolment.collector.start()
        ready = f"http://127.0.0.1:{enrolment.web_port}/readyz"
        asyncio.run(eventually(lambda: status(ready) == 200, within_seconds=60))
        yield enrolment
    finally:
        enrolment.stop()


Enrol = Callable[[str], None]


@pytest.fixture
def enrol(enrolment: Enrolment, capsys: pytest.CaptureFixture[str]) -> Enrol:
    """Lets an agent in, from token to certificate."""

    def enrol(agent: str) -> None:
        code, told = enrolment.ask(agent, enrolment.token(agent, capsys))
        assert code == 201, told

    return enrol


async def next_message(client: Client) -> Message:
    async with asyncio.timeout(HEARD_WITHIN_SECONDS):
        return await anext(aiter(client.messages))


async def may_publish(client: Client, topic: str) -> bool:
    """Asks the broker, which says so to version 5 (reason code 0x87)."""
    answered = asyncio.get_running_loop().create_future()

    def note(_client: object, _userdata: object, _mid: object, code: object, _properties: object) -> None:
        answered.set_result(not getattr(code, "is_failure", False))

    before, client._client.on_publish = client._client.on_publish, note
    try:
        client._client.publish(topic, b"anything", qos=1)
        async with asyncio.timeout(HEARD_WITHIN_SECONDS):
            return bool(await answered)
    finally:
        client._client.on_publish = before


async def told_again(enrolment: Enrolment, action: str, agent: str) -> None:
    """A command, and the broker has heard of it."""
    before = enrolment.reloads
    assert enrolment.command(action, agent, *enrolment.told_by) == 0
    await eventually(lambda: enrolment.reloads > before)


@asynccontextmanager
async def hearing(client: Client, *topics: str) -> AsyncIterator[list[str]]:
    """The topics of what comes to who has subscribed."""
    heard: list[str] = []
    for topic in topics:
        await client.subscribe(topic, qos=1)

    async def listen() -> None:
        async for message in client.messages:
            heard.append(message.topic.value)  # noqa: PERF401  # it never ends

    task = asyncio.create_task(listen())
    yield heard
    task.cancel()


async def test_a_token_brings_an_agent_to_its_own_topics_and_to_no_others(enrolment: Enrolment, enrol: Enrol) -> None:
    enrol("one")
    enrol("two")
    async with enrolment.client("one") as one, enrolment.client("two") as two, enrolment.client("second") as collector:
        own = ("frame", "backlog", "status", "renewal")
        assert [await may_publish(one, topic_for("one", kind)) for kind in own] == [True] * 4
        others = [topic_for("two", kind) for kind in (*own, "ack", "certificate")]
        forbidden = [*others, topic_for("one", "ack"), topic_for("one", "certificate"), "wifi/v1/one", "one"]
        assert [await may_publish(one, topic) for topic in forbidden] == [False] * len(forbidden)
        wanted = ("#", topic_for("+", "frame"), topic_for("two", "ack"), topic_for("one", "ack"))
        async with hearing(one, *wanted) as heard:
            assert await may_publish(two, topic_for("two", "frame"))
            assert await may_publish(collector, topic_for("two", "ack"))
            assert await may_publish(collector, topic_for("one", "ack"))
            await eventually(lambda: topic_for("one", "ack") in heard)
        assert [topic for topic in heard if not topic.startswith("wifi/v1/one/")] == []


def test_nobody_is_let_in_without_a_certificate_or_with_that_of_another_authority(
    enrolment: Enrolment, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = Enrolment(tmp_path_factory.mktemp("stranger"))
    for name in ("crt", "key"):
        (enrolment.folder / f"stranger.{name}").write_bytes((stranger.files / f"collector.{name}").read_bytes())
    assert not enrolment.lets_in("stranger")
    assert enrolment.lets_in("second")

    def shakes_hands(*options: str) -> bool:
        connect = [program("openssl"), "s_client", "-connect", f"127.0.0.1:{enrolment.port}", *options]
        return subprocess.run(connect, cwd=enrolment.files, input=b"", capture_output=True, timeout=30).returncode == 0

    certificate = ("-cert", "second.crt", "-key", "second.key")
    assert shakes_hands("-tls1_2", *certificate)
    assert not shakes_hands("-tls1_2")
    assert not shakes_hands("-tls1_1", "-cipher", "ALL@SECLEVEL=0", *certificate)


async def test_who_says_another_clients_id_takes_nobodys_session(enrolment: Enrolment, enrol: Enrol) -> None:
    enrol("owner")
    enrol("taker")
    async with enrolment.client("owner") as owner:
        async with enrolment.client("taker", identifier="owner") as taker:
            assert await may_publish(taker, topic_for("taker", "frame"))
        assert await may_publish(owner, topic_for("owner", "frame"))


async def test_who_is_connected_when_revoked_falls_silent_and_is_deaf(enrolment: Enrolment, enrol: Enrol) -> None:
    """What docs/enrolment.md says that Mosquitto does when it is told to read again."""
    enrol("bad")
    enrol("honest")
    async with (
        enrolment.client("bad") as bad,
        enrolment.client("honest") as honest,
        enrolment.client("second") as collector,
    ):
        assert await may_publish(bad, topic_for("bad", "frame"))
        await told_again(enrolment, "revoke", "bad")
        assert not await may_publish(bad, topic_for("bad", "frame"))
        assert not await may_publish(bad, topic_for("bad", "renewal"))
        assert await may_publish(honest, topic_for("honest", "frame"))
        async with hearing(bad, "#") as deaf, hearing(honest, "#") as heard:
            assert await may_publish(collector, topic_for("bad", "ack"))
            assert await may_publish(collector, topic_for("honest", "ack"))
            await eventually(lambda: topic_for("honest", "ack") in heard)
            assert not await may_publish(bad, topic_for("bad", "frame"))  # what came before this would be here
        assert deaf == []


async def test_who_is_revoked_is_refused_from_the_next_reload_on(enrolment: Enrolment, enrol: Enrol) -> None:
    for agent in ("first", "next", "other"):
        enrol(agent)
    assert enrolment.lets_in("first")
    await told_again(enrolment, "revoke", "first")
    assert not enrolment.lets_in("first")
    assert enrolment.lets_in("next")
    await told_again(enrolment, "revoke", "next")
    assert [enrolment.lets_in(agent) for agent in ("first", "next", "other")] == [False, False, True]


async def test_a_tls_session_from_before_does_not_outlive_a_revocation(enrolment: Enrolment, enrol: Enrol) -> None:
    enrol("resumer")

    def resumes(option: str) -> bool:
        connect = [program("openssl"), "s_client", "-connect", f"127.0.0.1:{enrolment.port}", "-tls1_2"]
        connect += ["-cert", "resumer.crt", "-key", "resumer.key", option, "session.pem"]
        done = subprocess.run(connect, cwd=enrolment.folder, input=b"", capture_output=True, timeout=30)
        return b"\nReused" in done.stdout

    assert not await asyncio.to_thread(resumes, "-sess_out")
    assert await asyncio.to_thread(resumes, "-sess_in")
    await told_again(enrolment, "revoke", "resumer")
    assert not await asyncio.to_thread(resumes, "-sess_in")


async def test_who_was_revoked_is_let_in_again_by_a_token(enrolment: Enrolment, enrol: Enrol) -> None:
    enrol("back")
    old = {name: (enrolment.folder / name).read_bytes() for name in ("back.crt", "back.key")}
    await told_again(enrolment, "revoke", "back")
    before = enrolment.reloads
    enrol("back")
    await eventually(lambda: enrolment.reloads > before)
    async with enrolment.client("back") as agent:
        assert await may_publish(agent, topic_for("back", "frame"))
    for name, content in old.items():
        (enrolment.folder / name).write_bytes(content)
    assert not enrolment.lets_in("back")


async def test_who_has_a_certificate_that_nobody_knows_of_is_silent_once_revoked(enrolment: Enrolment) -> None:
    """Such as one that was made after the backup from which the database comes."""
    key = make_key()
    authority = Folders(enrolment.files, enrolment.files / "broker").load_authority()
    issued = authority.certify_client("unknown", key.public_key(), datetime.now(UTC), timedelta(days=1))
    enrolment.keep("unknown", issued.certificate_pem, key)
    async with enrolment.client("unknown") as agent:
        assert await may_publish(agent, topic_for("unknown", "frame"))
        await told_again(enrolment, "revoke", "unknown")
        assert not await may_publish(agent, topic_for("unknown", "frame"))
    async with enrolment.client("unknown") as again:
        assert not await may_publish(again, topic_for("unknown", "frame"))


async def test_a_password_lets_an_agent_in_until_it_is_revoked(
    enrolment: Enrolment, capsys: pytest.CaptureFixture[str]
) -> None:
    async def draw() -> str:
        capsys.readouterr()
        await told_again(enrolment, "password", "typed")
        printed = re.search(r"^password of typed: (\S+)$", capsys.readouterr().out, re.MULTILINE)
        assert printed is not None
        return printed[1]

    first, second = await draw(), await draw()
    assert not enrolment.lets_in("typed", first)
    assert not enrolment.lets_in("second", second)
    async with enrolment.client_with_password("typed", second) as agent:
        assert await may_publish(agent, topic_for("typed", "frame"))
        assert not await may_publish(agent, topic_for("one", "frame"))
        await told_again(enrolment, "revoke", "typed")
        with pytest.raises(MqttError):
            await next_message(agent)
    assert not enrolment.lets_in("typed", second)


async def renewed(client: Client, agent: str, payload: bytes) -> Certificate:
    """The collector's answer to what an agent sends."""
    await client.publish(topic_for(agent, "renewal"), payload, qos=1)
    answer = (await next_message(client)).payload
    assert isinstance(answer, bytes)
    return decode_certificate(answer)


def renewal(agent: str, pem: str) -> bytes:
    return encode(Renewal(version=1, agent=agent, request_pem=pem))


async def test_an_agent_renews_its_certificate_and_that_of_no_other(enrolment: Enrolment, enrol: Enrol) -> None:
    enrol("lab-001")
    enrol("lab-002")
    key = make_key()
    async with enrolment.client("lab-001") as agent:
        await agent.subscribe(topic_for("lab-001", "certificate"), qos=1)
        for payload, why in (
            (renewal("lab-002", request_pem("lab-002")), "of another agent"),
            (renewal("lab-001", request_pem("lab-002")), "common name is not lab-001"),
            (renewal("lab-001", "garbage"), "no certificate request"),
            (b"{}", "request_pem"),
            (b"\xff", ""),
        ):
            answer = await renewed(agent, "lab-001", payload)
            assert answer.certificate_pem is None
            assert why in (answer.refused or "")
        answer = await renewed(agent, "lab-001", renewal("lab-001", request_pem("lab-001", key=key)))
    assert answer.refused is None
    assert answer.certificate_pem is not None
    assert answer.authority_pem == (enrolment.files / "authority.crt").read_text()
    certificate = x509.load_pem_x509_certificate(answer.certificate_pem.encode())
    assert certificate.public_key() == key.public_key()
    assert certificate.not_valid_after_utc == answer.valid_until
    enrolment.keep("lab-001", answer.certificate_pem, key)
    async with enrolment.client("lab-001") as again:
        assert await may_publish(again, topic_for("lab-001", "frame"))


async def test_who_is_revoked_gets_no_renewal_also_where_the_broker_was_not_told(
    enrolment: Enrolment, enrol: Enrol, capsys: pytest.CaptureFixture[str]
) -> None:
    enrol("gone")
    assert enrolment.command("revoke", "gone", "--broker-pid", "/dev/null") == 1
    assert "it goes by the old ones" in capsys.readouterr().err
    async with enrolment.client("gone") as agent:
        await agent.subscribe(topic_for("gone", "certificate"), qos=1)
        answer = await renewed(agent, "gone", renewal("gone", request_pem("gone")))
    assert "has no certificate that is good" in (answer.refused or "")


def test_a_collector_is_no_agent(enrolment: Enrolment, capsys: pytest.CaptureFixture[str]) -> None:
    for action in ("token", "password", "revoke"):
        more = ("--url", "https://wifi.example.org") if action == "token" else ()
        assert enrolment.command(action, "second", *more) == 1
        assert "second is what a collector is called" in capsys.readouterr().err
