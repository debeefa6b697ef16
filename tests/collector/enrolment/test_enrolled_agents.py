"""A real broker as enrolment configures it, a real collector that enrols: who gets in, what they may, who is out."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiomqtt import Client, Message, MqttError
from cryptography import x509
from enrolled_broker import Enrolment
from harness import eventually, program, status
from requests_for_certificates import make_key, request_pem

from agent.wire import Certificate, Renewal, decode_certificate, encode, topic_for

HEARD_WITHIN_SECONDS = 20.0


@pytest.fixture
async def enrolment(tmp_path: Path) -> AsyncIterator[Enrolment]:
    enrolment = Enrolment(tmp_path)
    try:
        enrolment.start_broker()
        enrolment.collector.start()
        ready = f"http://127.0.0.1:{enrolment.web_port}/readyz"
        await eventually(lambda: status(ready) == 200, within_seconds=60)
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


async def is_refused(connect: Callable[[], Client]) -> bool:
    """Whether the broker lets nobody in. With TLS 1.3 the client learns that after its handshake."""
    try:
        async with connect():
            return False
    except (MqttError, OSError):
        return True


@asynccontextmanager
async def hearing(client: Client, *topics: str) -> AsyncIterator[list[str]]:
    """The topics of what comes to who has subscribed."""
    heard: list[str] = []
    for topic in topics:
        await client.subscribe(topic, qos=1)

    async def listen() -> None:
        async for message in client.messages:
            heard.append(message.topic.value)

    task = asyncio.create_task(listen())
    yield heard
    task.cancel()


async def test_a_token_brings_an_agent_to_its_own_topics_and_to_no_others(enrolment: Enrolment, enrol: Enrol) -> None:
    enrol("lab-001")
    enrol("lab-002")
    async with enrolment.client("lab-001") as one, enrolment.client("lab-002") as two:
        own = ("frame", "backlog", "status", "renewal")
        assert [await may_publish(one, topic_for("lab-001", kind)) for kind in own] == [True] * 4
        others = [topic_for("lab-002", kind) for kind in (*own, "ack", "certificate")]
        forbidden = [*others, topic_for("lab-001", "ack"), topic_for("lab-001", "certificate"), "wifi/v1/x", "x"]
        assert [await may_publish(one, topic) for topic in forbidden] == [False] * len(forbidden)
        async with hearing(
            one, "#", "wifi/v1/+/frame", topic_for("lab-002", "ack"), topic_for("lab-001", "ack")
        ) as heard:
            assert await may_publish(two, topic_for("lab-002", "frame"))
            await eventually(lambda: topic_for("lab-001", "ack") in heard)
        assert {topic for topic in heard if "lab-001" not in topic} == set()


async def test_nobody_is_let_in_without_a_certificate_or_with_that_of_another_authority(
    enrolment: Enrolment, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = Enrolment(tmp_path_factory.mktemp("stranger"))
    for name in ("collector.crt", "collector.key"):
        (enrolment.folder / name.replace("collector", "stranger")).write_bytes((stranger.files / name).read_bytes())
    assert await is_refused(lambda: enrolment.client("stranger"))
    openssl = [program("openssl"), "s_client", "-connect", f"127.0.0.1:{enrolment.port}", "-verify_quiet"]
    for options in (["-tls1_2"], ["-tls1_1", "-cipher", "ALL@SECLEVEL=0"]):
        done = subprocess.run([*openssl, *options], input=b"", capture_output=True, timeout=30)
        assert done.returncode != 0 or b"Cipher is (NONE)" in done.stdout


async def test_who_says_another_clients_id_takes_nobodys_session(enrolment: Enrolment, enrol: Enrol) -> None:
    enrol("lab-001")
    enrol("lab-002")
    async with enrolment.client("lab-001") as one:
        async with enrolment.client("lab-002", identifier="lab-001") as two:
            assert await may_publish(two, topic_for("lab-002", "frame"))
        assert await may_publish(one, topic_for("lab-001", "frame"))


async def test_who_is_revoked_is_refused_and_what_is_connected_falls_silent(
    enrolment: Enrolment, enrol: Enrol, capsys: pytest.CaptureFixture[str]
) -> None:
    """What docs/enrolment.md says that Mosquitto does when it is told to read again."""
    for agent in ("lab-001", "lab-002", "gw-lab"):
        enrol(agent)
    connect = [program("openssl"), "s_client", "-connect", f"127.0.0.1:{enrolment.port}", "-tls1_2"]
    connect += ["-cert", "lab-001.crt", "-key", "lab-001.key"]
    kept = ["-sess_out", "session.pem"]
    subprocess.run([*connect, *kept], cwd=enrolment.folder, input=b"", capture_output=True, timeout=30, check=True)
    async with enrolment.client("lab-001") as revoked, enrolment.client("lab-002") as honest:
        assert await may_publish(revoked, topic_for("lab-001", "frame"))
        assert enrolment.command("revoke", "lab-001", *enrolment.told_by) == 0
        assert "certificates and passwords: 1" in capsys.readouterr().out
        await eventually(lambda: "Reloading config" in enrolment.log.read_text())
        assert not await may_publish(revoked, topic_for("lab-001", "frame"))
        assert not await may_publish(revoked, topic_for("lab-001", "renewal"))
        assert await may_publish(honest, topic_for("lab-002", "frame"))
        async with enrolment.client("collector", "another") as collector, hearing(revoked, "#") as heard:
            await collector.publish(topic_for("lab-001", "ack"), b"{}", qos=1)
            assert not await may_publish(revoked, topic_for("lab-001", "frame"))
        assert heard == []
    assert await is_refused(lambda: enrolment.client("lab-001"))
    resumed = subprocess.run(
        [*connect, "-sess_in", "session.pem"], cwd=enrolment.folder, input=b"", capture_output=True, timeout=30
    )
    assert b"Reused" not in resumed.stdout
    assert enrolment.command("revoke", "gw-lab", *enrolment.told_by) == 0
    await eventually(lambda: enrolment.log.read_text().count("Reloading config") == 2)
    assert await is_refused(lambda: enrolment.client("gw-lab")), "a second list counts as the first did"
    assert await is_refused(lambda: enrolment.client("lab-001"))
    async with enrolment.client("lab-002"):
        pass


async def test_who_was_revoked_is_let_in_again_by_a_token(
    enrolment: Enrolment, enrol: Enrol, capsys: pytest.CaptureFixture[str]
) -> None:
    enrol("lab-001")
    old = {name: (enrolment.folder / name).read_bytes() for name in ("lab-001.crt", "lab-001.key")}
    enrolment.command("revoke", "lab-001", *enrolment.told_by)
    enrol("lab-001")
    async with enrolment.client("lab-001") as agent:
        assert await may_publish(agent, topic_for("lab-001", "frame"))
    for name, content in old.items():
        (enrolment.folder / name).write_bytes(content)
    assert await is_refused(lambda: enrolment.client("lab-001"))


async def test_a_password_lets_an_agent_in_until_it_is_revoked(
    enrolment: Enrolment, capsys: pytest.CaptureFixture[str]
) -> None:
    def draw() -> str:
        capsys.readouterr()
        assert enrolment.command("password", "lab-001", *enrolment.told_by) == 0
        printed = re.search(r"^password of lab-001: (\S+)$", capsys.readouterr().out, re.MULTILINE)
        assert printed is not None
        return printed[1]

    async def told_again(times: int) -> None:
        await eventually(lambda: enrolment.log.read_text().count("Reloading config") == times)

    first, second = draw(), draw()
    await told_again(2)
    assert await is_refused(lambda: enrolment.client_with_password("lab-001", first))
    assert await is_refused(lambda: enrolment.client_with_password("collector", second))
    async with enrolment.client_with_password("lab-001", second) as agent:
        assert await may_publish(agent, topic_for("lab-001", "frame"))
        assert not await may_publish(agent, topic_for("lab-002", "frame"))
        assert enrolment.command("revoke", "lab-001", *enrolment.told_by) == 0
        with pytest.raises(MqttError):
            async with asyncio.timeout(HEARD_WITHIN_SECONDS):
                async for _ in agent.messages:
                    pass
    assert await is_refused(lambda: enrolment.client_with_password("lab-001", second))


Ask = Callable[[Client, bytes], Awaitable[Certificate]]


async def renewed(client: Client, agent: str, payload: bytes) -> Certificate:
    await client.subscribe(topic_for(agent, "certificate"), qos=1)
    await client.publish(topic_for(agent, "renewal"), payload, qos=1)
    return decode_certificate(bytes((await next_message(client)).payload))  # type: ignore[arg-type]  # bytes, as it came


def renewal(agent: str, pem: str) -> bytes:
    return encode(Renewal(version=1, agent=agent, request_pem=pem))


async def test_an_agent_renews_its_certificate_and_that_of_no_other(enrolment: Enrolment, enrol: Enrol) -> None:
    enrol("lab-001")
    enrol("lab-002")
    key = make_key()
    async with enrolment.client("lab-001") as agent:
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


async def test_who_was_not_certified_or_is_revoked_gets_no_renewal(enrolment: Enrolment, enrol: Enrol) -> None:
    enrol("lab-001")
    async with enrolment.client("collector", "another"):
        pass
    enrolment.command("revoke", "lab-001", "--broker-pid", "/dev/null")  # which the broker is not told
    async with enrolment.client("lab-001") as agent:
        answer = await renewed(agent, "lab-001", renewal("lab-001", request_pem("lab-001")))
    assert "has no certificate that is good" in (answer.refused or "")
