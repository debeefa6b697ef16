"""Backups of collectors that run, with frames coming in all the time, restored elsewhere and started there."""

import asyncio
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from aiomqtt import Client
from forked_programs import ForkedCommand, run_forked
from harness import Mosquitto, eventually, free_port, status, write_collector
from postgres import Postgres
from small_disks import small_disk

from agent.wire import Event, Frame, Report, decode_ack, encode, topic_for

AGENT = "gw-lab"
BOOT = "00c0ffee"
WINDOW = 50
ENOUGH = 400
START = datetime.now(UTC) - timedelta(hours=1)


class Agent:
    """Sends one frame after the other, each with a report and an event of its own, and knows what was acknowledged."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.acknowledged: set[int] = set()
        self.sent = 0
        self._room = asyncio.Condition()

    async def send(self) -> None:
        """Go on for ever, with at most `WINDOW` frames that nobody has acknowledged."""
        async with Client("127.0.0.1", self._port) as client, asyncio.TaskGroup() as group:
            await client.subscribe(topic_for(AGENT, "ack"), qos=1)
            group.create_task(self._hear(client))
            while True:
                async with self._room:
                    await self._room.wait_for(lambda: self.sent - len(self.acknowledged) < WINDOW)
                self.sent += 1
                await client.publish(topic_for(AGENT, "frame"), frame(self.sent), qos=1)

    async def send_again(self, sequences: set[int]) -> None:
        """Send these until all of them are acknowledged, as an agent does whose collector has gone."""
        async with Client("127.0.0.1", self._port) as client:
            await client.subscribe(topic_for(AGENT, "ack"), qos=1)
            for sequence in sorted(sequences):
                await client.publish(topic_for(AGENT, "frame"), frame(sequence), qos=1)
            left = set(sequences)
            async for message in client.messages:
                left -= named_in(message.payload)
                if not left:
                    return

    async def _hear(self, client: Client) -> None:
        async for message in client.messages:
            async with self._room:
                self.acknowledged |= named_in(message.payload)
                self._room.notify_all()


def frame(sequence: int) -> bytes:
    at = START + timedelta(seconds=sequence)
    report = Report(access_point="lab-001", observed_at=at, clients=sequence)
    event = Event(kind="test", occurred_at=at, access_point="lab-001", text=str(sequence))
    sent_at = datetime.now(UTC)
    return encode(
        Frame(
            version=1,
            agent=AGENT,
            boot_id=BOOT,
            sequence=sequence,
            sent_at=sent_at,
            reports=(report,),
            events=(event,),
        )
    )


def named_in(payload: object) -> set[int]:
    assert isinstance(payload, bytes)
    return {number for named in decode_ack(payload).stored for number in range(named.first, named.last + 1)}


async def as_typed(*arguments: str) -> int:
    """The exit code of a command that takes as long as it takes a person's: it has everything to import."""
    command = await asyncio.create_subprocess_exec(sys.executable, "-m", "collector.cli.main", *arguments)
    return await command.wait()


async def hangang(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Run a command beside what goes on."""
    done = await asyncio.to_thread(run_forked, folder, "collector.cli.main", *arguments, "--lang", "en")
    return done.returncode, done.stdout, done.stderr


def in_points(path: Path) -> list[int]:
    """The number of every report, which stands in its clients."""
    with duckdb.connect(path, read_only=True) as points:
        counted = points.execute("SELECT sum(reports) FROM frames").fetchall()[0][0]
        found = [row[0] for row in points.execute("SELECT clients FROM reports ORDER BY clients").fetchall()]
        covered = points.execute("SELECT sum(last_sequence - first_sequence + 1) FROM frames").fetchall()[0][0]
    assert counted == covered == len(found)
    return found


class Places:
    """Two collectors' places at one broker: where one runs, and where it is restored."""

    def __init__(self, folder: Path, broker: Mosquitto, states: tuple[str, str], read: Callable[[int], list[int]]):
        self.archive = folder / "backup.tar.zst"
        self.web_port = free_port()
        table = f'[broker]\nurl = "{broker.url}"\n'
        for name in ("here", "there"):
            (folder / name).mkdir()
        self.here = write_collector(folder / "here", table + states[0], web_port=self.web_port)
        self.there = folder / "there" / "collector.toml"
        self.there.write_text(self.here.read_text().replace(states[0] or "\0", states[1]), encoding="utf-8")
        self._read = read

    def collector(self, configuration: Path) -> ForkedCommand:
        arguments = ("collector", "--config", str(configuration))
        return ForkedCommand(configuration.parent, "collector", "collector.cli.main", *arguments)

    def events(self, which: int) -> list[int]:
        """The number of every event."""
        return self._read(which)

    async def until_ready(self) -> None:
        await eventually(lambda: status(f"http://127.0.0.1:{self.web_port}/readyz") == 200, within_seconds=90)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request: pytest.FixtureRequest, tmp_path: Path, mosquitto: Mosquitto) -> Places:
    query = "SELECT text FROM events WHERE kind = 'test'"
    if request.param == "sqlite":

        def in_sqlite(which: int) -> list[int]:
            with closing(sqlite3.connect(tmp_path / ("here", "there")[which] / "data" / "state.sqlite")) as state:
                return sorted(int(row[0]) for row in state.execute(query))

        return Places(tmp_path, mosquitto, ("", ""), in_sqlite)
    server: Postgres = request.getfixturevalue("postgres")
    names = (server.new_database(), server.new_database())

    def in_postgresql(which: int) -> list[int]:
        return sorted(map(int, server.execute(query, names[which]).split()))

    tables = tuple(f'[state]\nurl = "{server.url(name)}"\n' for name in names)
    return Places(tmp_path, mosquitto, (tables[0], tables[1]), in_postgresql)


@pytest.mark.timeout(300)
async def test_what_was_acknowledged_before_a_backup_is_restored_once_and_the_rest_comes_again(
    places: Places, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    first, second = places.collector(places.here), places.collector(places.there)
    agent = Agent(mosquitto.port)
    sending: asyncio.Task[None] | None = None
    try:
        first.start()
        await places.until_ready()
        sending = asyncio.create_task(agent.send())
        await eventually(lambda: len(agent.acknowledged) >= ENOUGH)

        before = set(agent.acknowledged)
        assert await as_typed("backup", "--config", str(places.here), "--to", str(places.archive)) == 0
        assert len(agent.acknowledged) > len(before), "frames went on being taken in meanwhile"
        assert places.archive.stat().st_mode & 0o777 == 0o600
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending
        first.kill()
        assert [path.name for path in places.archive.parent.glob(".backup*")] == []

        assert (await hangang(tmp_path, "backup", "--verify", str(places.archive)))[0] == 0
        restored = await hangang(tmp_path, "restore", "--from", str(places.archive), "--config", str(places.there))
        assert restored[0] == 0, restored
        points = places.there.parent / "data" / "points.duckdb"
        in_backup = in_points(points)
        assert len(in_backup) == len(set(in_backup))
        assert before <= set(in_backup)
        events = places.events(1)
        assert len(events) == len(set(events))
        assert set(in_backup) <= set(events), "the state that is copied last knows of all that is stored"

        second.start()
        await places.until_ready()
        unacknowledged = {*range(1, agent.sent + 1)} - agent.acknowledged
        await agent.send_again(unacknowledged | before)
        assert second.stop() == 0
    finally:
        if sending is not None:
            sending.cancel()
        first.kill()
        second.kill()
    assert "Traceback" not in second.log.read_text()
    stored = in_points(points)
    assert len(stored) == len(set(stored)), "nothing is doubled"
    assert set(stored) == set(in_backup) | unacknowledged, "nothing that agents still had is lost"
    assert len(places.events(1)) == len(set(places.events(1)))


async def test_the_next_backup_is_made_where_one_was_broken_off(tmp_path: Path, mosquitto: Mosquitto) -> None:
    """The disk is full while points are read: nothing of the archive stays, and the collector lets go of its copy."""
    places = Places(tmp_path, mosquitto, ("", ""), lambda _: [])
    collector = places.collector(places.here)
    try:
        collector.start()
        await places.until_ready()
        disk = tmp_path / "disk"
        with small_disk(disk, kibibytes=128):
            full = await hangang(tmp_path, "backup", "--config", str(places.here), "--to", str(disk / "backup.tar"))
            assert (full[0], "No space left on device" in full[2] or "disk is full" in full[2]) == (1, True), full
            assert [*disk.iterdir()] == []
        taken = await hangang(tmp_path, "backup", "--config", str(places.here), "--to", str(places.archive))
        assert taken[0] == 0, taken
        again = await hangang(tmp_path, "backup", "--config", str(places.here), "--to", str(places.archive))
        assert (again[0], "is there already" in again[2]) == (1, True)
        running = await hangang(
            tmp_path, "restore", "--from", str(places.archive), "--config", str(places.here), "--force"
        )
        assert (running[0], "stop it first" in running[2]) == (1, True)
        assert collector.stop() == 0
    finally:
        collector.kill()
