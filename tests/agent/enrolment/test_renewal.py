"""Renewal by a running agent: a real broker that takes certificates only, and a collector that signs, or does not."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from harness import Command, FrozenClock, Mosquitto, eventually
from made_certificates import DAY, MadeAuthority, make_request

from agent.broker import BrokerError, BrokerSettings, ClientCertificate, Connector, publish, subscribe
from agent.clock import SystemClock
from agent.dispatch import UplinkSettings
from agent.enrolment.files import CertificateFolder
from agent.enrolment.renewal import CertificateRenewal
from agent.health import Health
from agent.spool import Spool
from agent.uplink import Uplink
from agent.wire import (
    Ack,
    Certificate,
    Event,
    Kind,
    Renewal,
    SequenceRange,
    decode_frame,
    decode_renewal,
    decode_status,
    encode,
    parse_topic,
    topic_for,
)

AGENT = "gw-a"
DUE = {"begins": -timedelta(minutes=25), "ends": timedelta(minutes=5)}
"""A life of which more than two thirds are over."""
ACCESS = """
cafile {folder}/authority.crt
certfile {folder}/server.crt
keyfile {folder}/server.key
require_certificate true
use_identity_as_username true
use_username_as_clientid true
acl_file {folder}/access
crlfile {folder}/revoked
"""
RIGHTS = """
pattern write wifi/v1/%u/frame
pattern write wifi/v1/%u/backlog
pattern write wifi/v1/%u/status
pattern write wifi/v1/%u/renewal
pattern read wifi/v1/%u/ack
pattern read wifi/v1/%u/certificate
user collector
topic readwrite wifi/v1/#
user operator
topic write wifi/v1/#
"""


@dataclass
class City:
    """An authority, a broker that trusts it, and the pair of an agent."""

    authority: MadeAuthority
    broker: Mosquitto
    folder: CertificateFolder
    broker_folder: Path

    @property
    def url(self) -> str:
        return f"mqtts://localhost:{self.broker.port}"

    def connector(self, folder: Path, called: str, identifier: str) -> Connector:
        files = {
            "ca_file": folder / "authority.crt",
            "certificate_file": folder / f"{called}.crt",
            "key_file": folder / f"{called}.key",
        }
        return Connector(BrokerSettings.model_validate({"url": self.url, "protocol": "5"} | files), identifier)

    def revoke(self, *certificates: str) -> None:
        """From the broker's next start on."""
        (self.broker_folder / "revoked").write_text(self.authority.revoke(*certificates))

    def make_due(self, **life: timedelta) -> None:
        """The agent's pair anew, put there when its life began."""
        life = life or DUE
        self.authority.write_pair(self.folder.folder, AGENT, **life)  # type: ignore[arg-type]
        began = (datetime.now(UTC) + life["begins"]).timestamp()
        os.utime(self.folder.certificate, (began, began))


@pytest.fixture
def town(tmp_path: Path) -> Iterator[City]:
    authority, folder = MadeAuthority(), tmp_path / "broker"
    authority.write_pair(folder, "localhost", called="server", is_server=True)
    authority.write_pair(folder, "collector", called="collector")
    (folder / "access").write_text(RIGHTS)
    broker = Mosquitto(tmp_path, ACCESS.format(folder=folder))
    town = City(authority, broker, CertificateFolder(tmp_path / "agent"), folder)
    town.revoke()
    town.make_due()
    broker.start()
    yield town
    broker.kill()


Answer = Callable[[Renewal], bytes]


@dataclass
class Collector:
    """Acknowledges every frame, and answers renewals one after the other as it is told; then no more."""

    answers: list[Answer]
    requests: list[Renewal] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    stored: list[int] = field(default_factory=list)
    statuses: list[bool] = field(default_factory=list)

    async def serve(self, connector: Connector, is_ready: asyncio.Event) -> None:
        while True:
            with contextlib.suppress(BrokerError):
                await self._listen(connector, is_ready)
            await asyncio.sleep(0.05)

    async def _listen(self, connector: Connector, is_ready: asyncio.Event) -> None:
        async with connector.connect() as client:
            heard: tuple[Kind, ...] = ("frame", "backlog", "status", "renewal")
            for kind in heard:
                await subscribe(client, topic_for("+", kind))
            is_ready.set()
            async for message in client.messages:
                assert isinstance(message.payload, bytes)
                topic = parse_topic(message.topic.value)
                assert topic is not None
                self.payloads.append(message.payload)
                if topic.kind == "status":
                    self.statuses.append(decode_status(message.payload).is_online)
                elif topic.kind == "frame":
                    frame = decode_frame(message.payload).frame
                    span = SequenceRange(boot_id=frame.boot_id, first=frame.sequence, last=frame.sequence)
                    self.stored.append(frame.sequence)
                    await publish(client, topic_for(topic.agent, "ack"), encode(Ack(version=1, stored=(span,))), qos=0)
                elif topic.kind == "renewal":
                    request = decode_renewal(message.payload)
                    assert (topic.agent, request.agent) == (AGENT, AGENT)
                    self.requests.append(request)
                    if self.answers:
                        answer = self.answers.pop(0)(request)
                        await publish(client, topic_for(topic.agent, "certificate"), answer, qos=1)


@contextlib.asynccontextmanager
async def doing(*steps: Awaitable[None]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(step) for step in steps]
    try:
        yield
        assert not [task for task in tasks if task.done()], "a step has ended"
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass
class RunningAgent:
    """An agent's uplink with its renewal, and what it has told."""

    spool: Spool
    uplink: Uplink
    health: Health
    renewal: CertificateRenewal
    events: list[Event]

    async def report(self) -> None:
        stamp = datetime.now(UTC).isoformat()
        await self.spool.append(json.dumps({"reports": [{"observed_at": stamp, "clients": 1}]}).encode())

    def told(self, kind: str) -> list[str]:
        return [event.text or "" for event in self.events if event.kind == kind]


@contextlib.asynccontextmanager
async def agent_in(town: City, folder: Path) -> AsyncIterator[RunningAgent]:
    clock, health, events = SystemClock(), Health(), list[Event]()
    spool = Spool(folder / "spool", boot_id="00c0ffee", max_bytes=10**6, max_age_seconds=3600, clock=clock)
    uplink = Uplink(
        agent=AGENT,
        software="test",
        settings=UplinkSettings(reconnect_at_most_seconds=0.2, backlog_delay_seconds=0.0, ack_timeout_seconds=2.0),
        connector=town.connector(town.folder.folder, "agent", "hangang-agent"),
        spool=spool,
        clock=clock,
        health=health,
    )
    spool.on_append = uplink.wake
    renewal = CertificateRenewal(agent=AGENT, folder=town.folder, line=uplink, clock=clock, note=events.append)
    yield RunningAgent(spool, uplink, health, renewal, events)
    await spool.close()


@contextlib.asynccontextmanager
async def at_work(town: City, folder: Path, *answers: Answer) -> AsyncIterator[tuple[RunningAgent, Collector]]:
    """Everything together; frames come all the while, and at the end each of them has arrived."""
    collector, is_ready = Collector(list(answers)), asyncio.Event()
    serving = collector.serve(town.connector(town.broker_folder, "collector", "collector"), is_ready)
    async with agent_in(town, folder) as agent, doing(serving):
        await is_ready.wait()

        async def report_always() -> None:
            while True:
                await agent.report()
                await asyncio.sleep(0.05)

        async with doing(agent.uplink.run(), agent.renewal.run()):
            async with doing(report_always()):
                await eventually(lambda: agent.health.frames_stored > 3)
                yield agent, collector
                since = agent.health.frames_stored
                await eventually(lambda: agent.health.frames_stored > since + 3)
            await eventually(lambda: agent.spool.frames == 0)
    assert set(collector.stored) == set(range(1, max(collector.stored) + 1)), "every frame has arrived"


def good(town: City) -> Answer:
    return lambda request: issued(town, town.authority.sign(request.request_pem))


def issued(town: City, pem: str) -> bytes:
    until = datetime.now(UTC) + 90 * DAY
    return encode(Certificate(version=1, certificate_pem=pem, authority_pem=town.authority.pem, valid_until=until))


def files_in(folder: CertificateFolder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.folder.iterdir()}


async def test_a_running_agent_gets_a_new_certificate_and_goes_on_sending(town: City, tmp_path: Path) -> None:
    before = files_in(town.folder)
    async with at_work(town, tmp_path, good(town)) as (agent, collector):
        await eventually(lambda: agent.told("certificate_renewed") != [])
        after = files_in(town.folder)
        assert after.keys() == before.keys(), "nothing is left beside"
        assert after["authority.crt"] == before["authority.crt"]
        assert after["agent.key"] != before["agent.key"]
        assert town.folder.key.stat().st_mode & 0o777 == 0o600
        assert agent.told("certificate_renewal_failed") == []
        await eventually(lambda: agent.health.connections == 2)
        # A broker that takes the old one no more takes the agent all the same.
        town.broker.kill()
        town.revoke(before["agent.crt"].decode())
        town.broker.start()
        await eventually(lambda: agent.health.connections == 3)
    assert len(collector.requests) == 1
    secrets = [line for key in (before, after) for line in key["agent.key"].splitlines()[1:-1]]
    assert not [secret for secret in secrets for payload in collector.payloads if secret in payload]


async def test_nobody_is_told_that_the_agent_was_away(town: City, tmp_path: Path) -> None:
    async with at_work(town, tmp_path, good(town)) as (agent, collector):
        await eventually(lambda: agent.told("certificate_renewed") != [] and len(collector.statuses) == 2)
        assert collector.statuses == [True, True]


BAD_ANSWERS: dict[str, tuple[Callable[[City, Renewal], bytes], str]] = {
    "refused": (
        lambda *_: encode(Certificate(version=1, refused="this agent is revoked")),
        "the collector refuses: this agent is revoked",
    ),
    "garbage": (lambda *_: b"\xff\x00 garbage", "the collector's answer cannot be read"),
    "nothing": (lambda *_: b"", "the collector's answer cannot be read"),
    "no certificate": (lambda town, _: issued(town, "garbage"), "openssl x509 failed"),
    "another name": (
        lambda town, request: issued(town, town.authority.sign(request.request_pem, name="gw-b")),
        "the collector's certificate is for gw-b, not for gw-a",
    ),
    "another key": (
        lambda town, _: issued(town, town.authority.sign(make_request(AGENT))),
        "not for the key that was made here",
    ),
    "another authority": (
        lambda town, request: issued(town, MadeAuthority().sign(request.request_pem)),
        "not signed by this agent's authority",
    ),
    "past": (
        lambda town, request: issued(town, town.authority.sign(request.request_pem, begins=-2 * DAY, ends=-DAY)),
        "past by this machine's clock",
    ),
    "not taken by the broker": (
        lambda town, request: issued(town, town.authority.sign(request.request_pem, begins=DAY)),
        "the broker does not take the new certificate: mqtts://localhost",
    ),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
async def test_what_is_no_good_leaves_the_old_pair_in_use_and_is_tried_again(
    town: City, tmp_path: Path, name: str
) -> None:
    bad, problem = BAD_ANSWERS[name]
    before = files_in(town.folder)
    async with at_work(town, tmp_path, lambda request: bad(town, request)) as (agent, collector):
        await eventually(lambda: len(collector.requests) == 2)
        (told,) = agent.told("certificate_renewal_failed")
        assert problem in told
        assert {name: file for name, file in files_in(town.folder).items() if name in before} == before
        await eventually(lambda: agent.health.is_connected)
        collector.answers.append(good(town))
    assert len({request.request_pem for request in collector.requests}) == len(collector.requests), "a key for each"


async def test_after_a_failure_a_good_answer_is_taken(town: City, tmp_path: Path) -> None:
    refused = encode(Certificate(version=1, refused="come back later"))
    async with at_work(town, tmp_path, lambda _: refused, good(town)) as (agent, _):
        await eventually(lambda: agent.told("certificate_renewed") != [])
        assert [event.kind for event in agent.events] == ["certificate_renewal_failed", "certificate_renewed"]


async def test_what_nobody_asked_for_is_passed_over(town: City, tmp_path: Path) -> None:
    town.make_due(begins=-DAY, ends=90 * DAY)
    town.authority.write_pair(town.broker_folder, "operator", called="other")
    before = files_in(town.folder)
    async with at_work(town, tmp_path) as (agent, _):
        async with town.connector(town.broker_folder, "other", "other").connect() as client:
            for payload in (b"garbage", issued(town, town.authority.sign(make_request(AGENT)))):
                await publish(client, topic_for(AGENT, "certificate"), payload, qos=1)
            since = agent.health.frames_stored
            await eventually(lambda: agent.health.frames_stored > since)
        assert agent.events == []
        assert files_in(town.folder) == before


async def test_an_agent_process_renews_certificates_of_seconds_again_and_again(town: City, tmp_path: Path) -> None:
    """They are dated back by a day, as authorities do: what counts is since when they are here."""
    folder = town.folder
    configuration = tmp_path / "agent.toml"
    configuration.write_text(f"""
[agent]
id = "{AGENT}"
[broker]
url = "{town.url}"
ca_file = "{folder.authority}"
certificate_file = "{folder.certificate}"
key_file = "{folder.key}"
[enrolment]
folder = "agent"
[uplink]
reconnect_at_most_seconds = 0.2
[[sources]]
kind = "host"
interval_seconds = 0.2
""")

    def for_seconds(request: Renewal) -> bytes:
        pem = town.authority.sign(request.request_pem, begins=-DAY, ends=timedelta(seconds=12))
        return issued(town, pem)

    agent = Command(tmp_path, "agent", "agent.main", "run", "--config", str(configuration))
    collector, is_ready = Collector([for_seconds, for_seconds, good(town)]), asyncio.Event()
    connector = town.connector(town.broker_folder, "collector", "collector")
    async with doing(collector.serve(connector, is_ready)):
        await is_ready.wait()
        agent.start()
        try:
            await eventually(lambda: len(collector.requests) == 3, within_seconds=60)
            since = len(collector.stored)
            await eventually(lambda: len(collector.stored) > since + 5)
            assert agent.stop() == 0
        finally:
            agent.kill()
    log = agent.log.read_text()
    assert log.count("certificate_renewed") == 3
    assert "certificate_renewal_failed" not in log
    assert "Traceback" not in log
    told = b"".join(payload for payload in collector.payloads if b"certificate_renewed" in payload)
    assert b'"text":"valid until' in told
    assert set(collector.stored) == set(range(1, max(collector.stored) + 1))


# Without a broker


@dataclass
class Line:
    """An uplink that does what the test has it do."""

    connected: asyncio.Event = field(default_factory=asyncio.Event)
    on_certificate: Callable[[bytes], None] | None = None
    sent: list[Kind] = field(default_factory=list)

    async def send(self, kind: Kind, payload: bytes) -> None:
        assert payload
        self.sent.append(kind)
        raise BrokerError("the connection has just broken")

    async def try_certificate(self, certificate: ClientCertificate) -> None:
        raise AssertionError(certificate)


@contextlib.asynccontextmanager
async def renewing(folder: CertificateFolder, line: Line, at: datetime) -> AsyncIterator[list[Event]]:
    events: list[Event] = []
    renewal = CertificateRenewal(agent=AGENT, folder=folder, line=line, clock=FrozenClock(at), note=events.append)
    async with doing(renewal.run()):
        yield events


def enrolled(tmp_path: Path) -> CertificateFolder:
    MadeAuthority().write_pair(tmp_path / "agent", AGENT)
    return CertificateFolder(tmp_path / "agent")


@pytest.mark.parametrize(
    ("put_hours_ago", "rests_minutes"),
    [(0.0, 40.0), (0.5, 30.0), (30.0, 0.0), (-30.0, 0.0)],
    ids=["just now", "a while ago", "before it began", "after its end"],
)
async def test_its_life_begins_when_it_was_put_here_where_that_can_be_believed(
    tmp_path: Path, put_hours_ago: float, rests_minutes: float
) -> None:
    """The certificate was dated back by a day, and ends in an hour."""
    now, line = datetime.now(UTC), Line()
    MadeAuthority().write_pair(tmp_path / "agent", AGENT, begins=-DAY, ends=timedelta(hours=1))
    folder = CertificateFolder(tmp_path / "agent")
    put_at = (now - timedelta(hours=put_hours_ago)).timestamp()
    os.utime(folder.certificate, (put_at, put_at))
    line.connected.set()
    renewal = CertificateRenewal(agent=AGENT, folder=folder, line=line, clock=FrozenClock(now), note=print)
    if rests_minutes:
        assert rests_minutes <= await renewal._step() / 60 + 0.1 <= rests_minutes + 4
    else:
        with pytest.raises(BrokerError, match="has just broken"):  # it is due, and asks
            await renewal._step()


async def test_a_certificate_that_has_ended_is_told_where_nobody_takes_it(tmp_path: Path) -> None:
    async with renewing(enrolled(tmp_path), Line(), datetime.now(UTC) + 100 * DAY) as events:
        await eventually(lambda: events != [])
    assert events[0].kind == "certificate_renewal_failed"
    assert "enrol this agent anew: hangang-agent enroll" in (events[0].text or "")


async def test_a_connection_that_breaks_meanwhile_is_a_failure_like_another(tmp_path: Path) -> None:
    folder, line = enrolled(tmp_path), Line()
    line.connected.set()
    async with renewing(folder, line, datetime.now(UTC) + 70 * DAY) as events:
        await eventually(lambda: events != [])
    assert (line.sent, events[0].text) == (["renewal"], "the connection has just broken")
    assert sorted(path.name for path in folder.folder.iterdir()) == ["agent.crt", "agent.key", "authority.crt"]


async def test_without_openssl_the_agent_says_so_at_its_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = enrolled(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    async with renewing(folder, Line(), datetime.now(UTC)) as events:
        await eventually(lambda: events != [])
    assert "the openssl command is not installed" in (events[0].text or "")


async def test_while_somebody_enrols_the_agent_anew_it_does_not_renew(tmp_path: Path) -> None:
    folder, line = enrolled(tmp_path), Line()
    line.connected.set()
    with folder.alone():
        async with renewing(folder, line, datetime.now(UTC) + 70 * DAY) as events:
            await eventually(lambda: events != [])
    assert line.sent == []
    assert "another certificate is being made there" in (events[0].text or "")


async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    folder, line = enrolled(tmp_path), Line()
    line.connected.set()
    folder.next_key.with_name("agent.key.new.draft").mkdir()
    async with renewing(folder, line, datetime.now(UTC) + 70 * DAY) as events:
        await eventually(lambda: events != [])
    assert line.sent == []
    assert "agent.key.new cannot be written: Is a directory" in (events[0].text or "")
