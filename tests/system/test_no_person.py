"""What the collector and all around it keep after a run with people about: counts, and nothing of anybody.

What the sources read is full of marks, in the place of what names people and opens doors: clients' MACs, addresses,
host names and user names, keys of networks, communities and passwords. None of them may be found anywhere afterwards.
"""

import asyncio
import base64
import gzip
import io
import signal
import sys
import tarfile
import urllib.request
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
import zstandard
from aiomqtt import Client
from forked_programs import ForkedCommand, run_forked
from harness import (
    Mosquitto,
    eventually,
    free_port,
    is_bound,
    metric,
    status,
    write_agent,
    write_collector,
)
from people_present import login_page, send_traps, write_access_point, write_cluster
from planted_markers import Content, Markers, contents_of, unpacked
from proxy import TcpProxy

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "agent" / "snmp"))
from recordings import responder

from agent.wire import Device, Event, Frame, Report, encode, topic_for

AGENT = "gw-lab"
"""Speaks for the access points of the site."""


class RecordingProxy(TcpProxy):
    """Keeps all that goes through it, both ways."""

    def __init__(self, upstream_port: int) -> None:
        super().__init__(upstream_port)
        self.recorded = bytearray()

    async def _pass(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        self.recorded += data
        await super()._pass(data, writer)


class Place:
    """A broker that keeps what it holds on its disk, a collector, an agent that reads all of this, and who listens."""

    def __init__(self, folder: Path, marks: Markers) -> None:
        self.folder, self.marks = folder, marks
        self.web_port, self.metrics_port, self.trap_port = free_port(), free_port(), free_port()
        log = f"log_dest file {folder}/mosquitto.log\nlog_type all\n"
        store = f"persistence true\npersistence_location {folder}/\n"
        self.broker = Mosquitto(folder, access=f"allow_anonymous true\n{log}")
        path = folder / "mosquitto.conf"
        path.write_text(path.read_text().replace("persistence false\n", store))
        self.proxy = RecordingProxy(self.broker.port)
        self.heard: list[Content] = []
        self.collector_file = write_collector(folder, self._collector_tables(), web_port=self.web_port)
        arguments = ("collector", "--config", str(self.collector_file))
        self.collector = ForkedCommand(folder, "collector", "collector.cli.main", *arguments)
        write_access_point(folder / "device", marks)
        (folder / "recordings").mkdir()
        write_cluster(folder / "recordings" / f"{marks.word}-community.snmprec", marks)

    def _collector_tables(self) -> str:
        secret = base64.b64encode(f"{self.marks.word}-of-the-webhook-of-ops".encode()).decode()
        (self.folder / "hook.secret").write_text(f"whsec_{secret}")
        return f"""
[broker]
url = "{self.broker.url}"
[[alerts.endpoints]]
name = "ops"
kind = "standard_webhooks"
url = "https://ops.example.org/hook"
secret_file = "hook.secret"
"""

    def agent(self, *, snmp_port: int, portal_port: int) -> ForkedCommand:
        """One that reads the access point, the cluster, the portal, a RADIUS server that is not there, and traps."""
        word = self.marks.word
        (self.folder / "radius.secret").write_text(f"{word}-radius")
        (self.folder / "trap.key").write_text(f"{word}-passphrase")
        tables = f"""
[metrics]
port = {self.metrics_port}
[traps]
address = "127.0.0.1"
port = {self.trap_port}
communities = ["{word}-community"]
[[traps.users]]
user = "{word}"
auth = "sha256"
auth_key_file = "trap.key"
[[sources]]
kind = "openwrt"
access_point = "lab-001"
root = "device"
interval_seconds = 0.5
[[sources]]
kind = "snmp"
host = "127.0.0.1"
port = {snmp_port}
community = "{word}-community"
interval_seconds = 0.5
[[sources]]
kind = "snmp"
host = "127.0.0.1"
port = {free_port()}
community = "{word}-of-one-that-does-not-answer"
access_point = "lab-002"
timeout_seconds = 0.1
[[probes]]
kind = "portal"
access_point = "lab-001"
url = "http://127.0.0.1:{portal_port}/generate_204"
interval_seconds = 1
[[probes]]
kind = "radius"
access_point = "lab-001"
target = "127.0.0.1"
port = {free_port()}
secret_file = "radius.secret"
interval_seconds = 1
"""
        path = write_agent(self.folder, f"mqtt://127.0.0.1:{self.proxy.port}", agent=AGENT, sources=tables)
        return ForkedCommand(self.folder, AGENT, "agent.main", "run", "--config", str(path))

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hear all there is, meanwhile."""

        async def listen() -> None:
            async for message in client.messages:
                assert isinstance(message.payload, bytes)
                self.heard.append((f"heard on {message.topic.value}", message.payload))

        async with Client("127.0.0.1", self.broker.port) as client:
            await client.subscribe("#", qos=1)
            task = asyncio.create_task(listen())
            yield
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def traps(self, outcome: str) -> float:
        return metric(self.metrics_port, f'hangang_agent_traps_total{{outcome="{outcome}"')

    def seen(self) -> Iterator[Content]:
        """All that has been on the wire, and was heard."""
        yield "on the wire", bytes(self.proxy.recorded)
        for where, payload in self.heard:
            yield from unpacked(where, payload)

    def measured(self) -> Iterator[Content]:
        """What the metrics of the collector and of the agent say."""
        for port in (self.web_port, self.metrics_port):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                yield f"metrics at {port}", answer.read()

    def kept(self) -> Iterator[Content]:
        """What lies on the disk once all have ended: databases, spool, the broker's store, logs."""
        files = [*(self.folder / "data").rglob("*"), *self.folder.glob("*.spool*"), *self.folder.glob("*.log")]
        for path in (*files, self.folder / "mosquitto.db"):
            if path.is_file():
                yield from contents_of(path)

    async def saved(self, name: str, *options: str) -> list[Content]:
        """What is in an archive that the running collector's backup makes."""
        path = self.folder / name
        arguments = ("backup", "--config", str(self.collector_file), "--to", str(path), *options)
        saving = await asyncio.to_thread(run_forked, self.folder, "collector.cli.main", *arguments)
        assert saving.returncode == 0, saving.stderr
        return [*contents_of(path)]

    async def start_collector(self) -> None:
        self.collector.start()
        await eventually(lambda: status(f"http://127.0.0.1:{self.web_port}/readyz") == 200, within_seconds=60)

    def stored(self) -> float:
        return metric(self.web_port, "hangang_collector_reports_stored_total")

    def end(self) -> None:
        """Collector and broker, which writes down what it holds."""
        assert self.collector.stop() == 0
        broker = self.broker._process
        assert broker is not None
        broker.send_signal(signal.SIGTERM)
        assert broker.wait(30) == 0


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path, Markers())
    place.broker.start()
    yield place
    place.broker.kill()
    place.collector.kill()


async def test_nothing_of_a_person_and_no_key_is_left_anywhere(place: Place) -> None:
    marks = place.marks
    async with AsyncExitStack() as stack:
        portal_port = await stack.enter_async_context(login_page(marks))
        snmp_port = stack.enter_context(responder(place.folder / "recordings"))
        await stack.enter_async_context(place.proxy)
        await stack.enter_async_context(place.listening())
        agent = place.agent(snmp_port=snmp_port, portal_port=portal_port)
        stack.callback(agent.kill)
        await place.start_collector()
        agent.start()
        await eventually(lambda: is_bound(place.trap_port))
        send_traps(place.trap_port, marks)
        await eventually(lambda: place.traps("noted") == 2 and place.traps("clients") == 1)
        await eventually(lambda: place.stored() >= 12)

        files = [path for path in (place.folder / "data").glob("*") if path.is_file()]
        assert {"state.sqlite-wal", "points.duckdb"} <= {path.name for path in files}
        assert marks.found_in((path.name, path.read_bytes()) for path in files) == []
        assert marks.found_in([*place.seen(), *place.measured()]) == []
        assert marks.found_in(await place.saved("without.tar.zst", "--without-keys")) == []
        with_keys = marks.found_in(await place.saved("with.tar.zst"))
        assert with_keys, "the keys of the configuration are in it"
        assert [where for where in with_keys if "/keys/" not in where and "(zstd): " not in where] == []
        assert agent.stop() == 0
    place.end()
    assert marks.found_in(place.kept()) == []
    assert_people_were_there(place)


def assert_people_were_there(place: Place) -> None:
    """Or nothing of them would be no wonder."""
    with duckdb.connect(place.folder / "data" / "points.duckdb", read_only=True) as points:
        radios = points.execute("SELECT DISTINCT access_point, clients FROM radios WHERE clients > 0").fetchall()
        probes = points.execute("SELECT DISTINCT kind, outcome FROM probes").fetchall()
    assert {access_point for access_point, _ in radios} == {"lab-001", "lab-002"}
    assert ("portal", "captive") in probes
    assert {kind for kind, _ in probes} == {"portal", "radius"}
    log = (place.folder / f"{AGENT}.log").read_text()
    assert "source_failed" in log, "of the device that does not answer"


async def test_what_is_planted_on_purpose_is_found_wherever_it_comes(place: Place) -> None:
    """The same search in the same places, where an agent says what it must not."""
    marks, now = place.marks, datetime.now(UTC)
    report = Report(access_point="lab-001", observed_at=now, device=Device(serial=f"{marks.word}s"))
    event = Event(kind="planted", occurred_at=now, text=f"{marks.mac(1)} is {marks.ipv4}")
    frame = Frame(
        version=1, agent=AGENT, boot_id="00bad000", sequence=1, sent_at=now, reports=(report,), events=(event,)
    )
    async with place.proxy, place.listening():
        await place.start_collector()
        async with Client("127.0.0.1", place.proxy.port, identifier=f"{marks.word}-agent") as client:
            await client.publish(topic_for(AGENT, "frame"), encode(frame), qos=1)
            packed, rubbish = gzip.compress(marks.mac(2, "-").encode()), f"{marks.word} has {marks.mac(3)}".encode()
            await client.publish(topic_for(AGENT, "frame"), packed, qos=1, retain=True)
            await client.publish(topic_for(AGENT, "frame"), rubbish, qos=1)
        await eventually(lambda: place.stored() >= 1 and len(place.heard) >= 3)
        wal = place.folder / "data" / "state.sqlite-wal"
        await eventually(lambda: marks.found_in([("state.sqlite-wal", wal.read_bytes())]) != [])
        seen = marks.found_in(place.seen())
        archive = marks.found_in(await place.saved("planted.tar.zst", "--without-keys"))
    place.end()
    kept = marks.found_in(place.kept())
    for where, found in {
        "on the wire": seen,
        f"heard on {topic_for(AGENT, 'frame')}": seen,
        f"heard on {topic_for(AGENT, 'frame')} (gzip)": seen,
        "/points/": archive,
        "/state/state.sqlite: events": archive,
        "points.duckdb: reports": kept,
        "state.sqlite: events": kept,
        "state.sqlite: quarantine: word": kept,
        "mosquitto.db": kept,
        "mosquitto.log": kept,
    }.items():
        assert [each for each in found if where in each], f"{where} is not searched, or nothing came there: {found}"
    assert [each for each in kept if "quarantine: MAC" in each] == [], "the quarantine has masked it"


def tarred(content: bytes) -> bytes:
    """An archive with one file."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as writer:
        member = tarfile.TarInfo("file")
        member.size = len(content)
        writer.addfile(member, io.BytesIO(content))
    return archive.getvalue()


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zlib.compress, zstandard.compress, tarred])
def test_every_spelling_is_found_in_every_package(pack: Callable[[bytes], bytes]) -> None:
    marks = Markers()
    for spelling in marks.spellings:
        around = pack(b"lorem " + spelling.octets + b" ipsum")
        assert marks.found_in(unpacked("planted", around)), spelling.name
    assert marks.found_in(unpacked("nothing", pack(Markers().word.encode()))) == []
