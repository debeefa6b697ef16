"""The election: never two leaders, whatever breaks, and soon one again."""

import asyncio
import contextlib
import ipaddress
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from postgres import Postgres
from proxy import TcpProxy
from sqlalchemy import Engine

from collector.election import Election, Terms
from collector.state.database import open_database
from collector.state.leadership import is_current
from collector.state.settings import StateSettings

REPLACED_WITHIN_SECONDS = 15
QUICK = Terms(lease_seconds=1.0, verify_every_seconds=0.3, try_every_seconds=0.2, silence_seconds=1.5)

_CHILD = """
import asyncio, sys, time
from pathlib import Path
from collector.election import Election
from collector.state.database import open_database
from collector.state.settings import StateSettings

async def follow(election):
    while True:
        epoch = await election.elected()
        print("elected", epoch, time.clock_gettime(time.CLOCK_BOOTTIME), flush=True)
        await election.stepped_down(epoch)
        print("stepped_down", epoch, time.clock_gettime(time.CLOCK_BOOTTIME), flush=True)

async def main():
    election = Election(open_database(StateSettings(url=sys.argv[1]), Path("unused")))
    async with asyncio.TaskGroup() as group:
        group.create_task(election.run())
        group.create_task(follow(election))

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def database(postgres: Postgres) -> str:
    """An empty database: advisory locks are each database's own."""
    return postgres.new_database()


class Candidate:
    """An election that runs, and what became of it: the epochs that it led, each with its beginning and its end."""

    def __init__(self, engine: Engine, terms: Terms) -> None:
        self.engine = engine
        self.election = Election(engine, terms)
        self.led: list[tuple[int, float, float | None]] = []

    async def follow(self) -> None:
        while True:
            epoch = await self.election.elected()
            self.led.append((epoch, time.monotonic(), None))
            await self.election.stepped_down(epoch)
            self.led[-1] = (epoch, self.led[-1][1], time.monotonic())


@contextlib.asynccontextmanager
async def candidates(*urls: str | None, terms: Terms = QUICK, folder: Path = Path()) -> AsyncIterator[list[Candidate]]:
    """Candidates that stand for election, watched all the time: two that lead at once fail the test."""
    settings = [StateSettings(url=url) for url in urls]
    engines = [await asyncio.to_thread(open_database, each, folder / "state.sqlite") for each in settings]
    running = [Candidate(engine, terms) for engine in engines]
    watched = True

    async def watch() -> None:
        while watched:
            assert sum(candidate.election.is_leader for candidate in running) <= 1
            await asyncio.sleep(0.005)

    tasks = [
        asyncio.create_task(work) for candidate in running for work in (candidate.election.run(), candidate.follow())
    ]
    watching = asyncio.create_task(watch())
    try:
        yield running
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        watched = False
        await watching
        for engine in engines:
            engine.dispose()
    assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
    assert not any(candidate.election.is_leader for candidate in running)


async def one_leader(running: list[Candidate], *, within_seconds: float = REPLACED_WITHIN_SECONDS) -> Candidate:
    """The first to be elected."""
    by_task = {asyncio.create_task(candidate.election.elected()): candidate for candidate in running}
    done, pending = await asyncio.wait(by_task, timeout=within_seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    assert done, "nobody was elected in time"
    return by_task[done.pop()]


async def test_of_several_one_leads_and_who_leaves_is_followed(postgres: Postgres, database: str) -> None:
    url = postgres.url(database)
    async with candidates(url, url) as running:
        first = await one_leader(running)
        with first.engine.begin() as connection:
            assert is_current(connection, first.election.leader_epoch or 0)
        async with candidates(url) as (late,):
            running.append(late)
            assert late.election.leader_epoch is None
        others = [candidate for candidate in running if candidate is not first]
        assert [candidate.led for candidate in others] == [[], []]
    async with candidates(url) as (after,):
        await one_leader([after])
        assert [epoch for epoch, _, _ in after.led] == [first.led[0][0] + 1]


async def test_with_a_file_the_only_collector_leads_at_once(tmp_path: Path) -> None:
    for epoch in (1, 2):
        async with candidates(None, folder=tmp_path) as (alone,):
            assert await one_leader([alone]) is alone
            assert alone.election.leader_epoch == epoch


async def test_a_leader_whose_session_the_server_ends_steps_down_first(postgres: Postgres, database: str) -> None:
    url = postgres.url(database)
    async with candidates(url, url) as running:
        first = await one_leader(running)
        epoch = await first.election.elected()
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            f" AND database = (SELECT oid FROM pg_database WHERE datname = '{database}')"
        )
        async with asyncio.timeout(REPLACED_WITHIN_SECONDS):
            await first.election.stepped_down(epoch)
        await one_leader(running)
    stays = sorted(stay for candidate in running for stay in candidate.led)
    assert [epoch for epoch, _, _ in stays] == [epoch, epoch + 1]
    assert stays[0][2] is not None
    assert stays[0][2] < stays[1][1]


@pytest.mark.parametrize("end", [Postgres.stop, Postgres.kill], ids=["stopped", "crashed"])
async def test_a_server_that_starts_again_has_one_leader_again(
    end: Callable[[Postgres], None], postgres: Postgres, database: str
) -> None:
    url = postgres.url(database)
    async with candidates(url, url, url) as running:
        first = await one_leader(running)
        epoch = await first.election.elected()
        await asyncio.to_thread(end, postgres)
        async with asyncio.timeout(REPLACED_WITHIN_SECONDS):
            await first.election.stepped_down(epoch)
        await asyncio.to_thread(postgres.start)
        second = await one_leader(running)
        assert await second.election.elected() == epoch + 1


async def test_a_leader_that_is_cut_off_steps_down_before_it_is_replaced(postgres: Postgres, database: str) -> None:
    """The proxy keeps both connections open and lets nothing through."""
    async with (
        TcpProxy(postgres.port) as proxy,
        candidates(postgres.url(database, port=proxy.port), terms=Terms()) as (far,),
    ):
        epoch = await (await one_leader([far])).election.elected()
        async with candidates(postgres.url(database), terms=Terms()) as (near,):
            cut_at = time.monotonic()
            proxy.hold()
            await one_leader([near])
            (_, elected_at, _) = near.led[0]
            (_, _, stepped_down_at) = far.led[0]
            assert stepped_down_at is not None
            assert cut_at < stepped_down_at < elected_at < cut_at + REPLACED_WITHIN_SECONDS
            assert near.election.leader_epoch == epoch + 1
            await proxy.heal()
            assert far.election.leader_epoch is None


class Child:
    """A candidate as a process of its own, which tells what becomes of it."""

    def __init__(self, url: str, *, prefix: tuple[str, ...] = ()) -> None:
        command = [*prefix, sys.executable, "-c", _CHILD, url]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])

    async def told(self) -> tuple[str, int, float]:
        assert self.process.stdout is not None
        async with asyncio.timeout(30):
            word, epoch, at = (await asyncio.to_thread(self.process.stdout.readline)).split()
        return word, int(epoch), float(at)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextlib.contextmanager
def child(url: str, *, prefix: tuple[str, ...] = ()) -> Iterator[Child]:
    process = Child(url, prefix=prefix)
    try:
        yield process
    finally:
        process.end()


async def test_a_leader_that_is_killed_is_replaced(postgres: Postgres, database: str) -> None:
    with child(postgres.url(database)) as leader:
        _, epoch, _ = await leader.told()
        async with candidates(postgres.url(database), terms=Terms()) as (other,):
            os.kill(leader.process.pid, signal.SIGKILL)
            await one_leader([other])
            assert other.election.leader_epoch == epoch + 1


async def test_a_leader_that_hangs_is_replaced_and_does_not_lead_when_it_goes_on(
    postgres: Postgres, database: str
) -> None:
    with child(postgres.url(database)) as leader:
        _, epoch, _ = await leader.told()
        async with candidates(postgres.url(database), terms=Terms()) as (other,):
            os.kill(leader.process.pid, signal.SIGSTOP)
            await one_leader([other])
            assert other.election.leader_epoch == epoch + 1
            os.kill(leader.process.pid, signal.SIGCONT)
            assert (await leader.told())[:2] == ("stepped_down", epoch)
            assert other.election.leader_epoch == epoch + 1


@pytest.fixture
def cable() -> Iterator["Cable"]:
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("network namespaces are made by root, with iproute2")
    cable = Cable()
    try:
        cable.lay()
        yield cable
    finally:
        cable.take_away()


class Cable:
    """A network of its own for a process, joined to this machine's by a switch whose port can be unplugged: packets
    then vanish, and neither end is told. The addresses are of the network for benchmarks (RFC 2544), other ones in each
    process."""

    def __init__(self) -> None:
        network = int(ipaddress.IPv4Address("198.18.0.0")) + 4 * (os.getpid() % 2**15)
        self.our_address, self._far_address = (f"{ipaddress.IPv4Address(network + host)}" for host in (1, 2))
        mark = f"{os.getpid() % 100_000:05}"
        self.namespace, self._switch = f"far{mark}", f"sw{mark}"
        self._ours, self._our_plug, self._far, self._far_plug = (f"{name}{mark}" for name in ("o", "op", "f", "fp"))

    def lay(self) -> None:
        self._ip(f"netns add {self.namespace}")
        self._ip(f"link add {self._switch} type bridge")
        self._ip(f"link add {self._ours} type veth peer name {self._our_plug}")
        self._ip(f"link add {self._far} netns {self.namespace} type veth peer name {self._far_plug}")
        self._ip(f"addr add {self.our_address}/30 dev {self._ours}")
        self._ip(f"-n {self.namespace} addr add {self._far_address}/30 dev {self._far}")
        for plug in (self._our_plug, self._far_plug):
            self._ip(f"link set {plug} master {self._switch} up")
        for device in (self._switch, self._ours):
            self._ip(f"link set {device} up")
        self._ip(f"-n {self.namespace} link set {self._far} up")

    def wait_until_it_carries(self, port: int) -> None:
        """Until a program at the far end reaches a port at ours. Some machines filter what crosses a bridge."""
        reach = f"import socket; socket.create_connection(('{self.our_address}', {port}), 1)"
        for _ in range(20):
            knock = ["ip", "netns", "exec", self.namespace, sys.executable, "-c", reach]
            if subprocess.run(knock, capture_output=True).returncode == 0:
                return
        pytest.skip("nothing passes between network namespaces on this machine")

    def unplug(self) -> None:
        self._ip(f"link set {self._far_plug} nomaster")

    def take_away(self) -> None:
        for command in (f"netns del {self.namespace}", f"link del {self._ours}", f"link del {self._switch}"):
            subprocess.run(["ip", *command.split()], capture_output=True)

    @staticmethod
    def _ip(command: str) -> None:
        done = subprocess.run(["ip", *command.split()], capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"ip {command}: {done.stderr.strip()}")


async def test_a_leader_whose_cable_is_pulled_steps_down_before_it_is_replaced(cable: Cable) -> None:
    server = Postgres(addresses=cable.our_address)
    try:
        server.start()
        cable.wait_until_it_carries(server.port)
        url = server.url(server.new_database())
        with child(url, prefix=("ip", "netns", "exec", cable.namespace)) as far:
            _, epoch, _ = await far.told()
            async with candidates(url, terms=Terms()) as (near,):
                cut_at = time.clock_gettime(time.CLOCK_BOOTTIME)
                cable.unplug()
                await one_leader([near])
                elected_at = time.clock_gettime(time.CLOCK_BOOTTIME)
                word, told_epoch, stepped_down_at = await far.told()
                assert (word, told_epoch, near.election.leader_epoch) == ("stepped_down", epoch, epoch + 1)
                assert cut_at < stepped_down_at < elected_at < cut_at + REPLACED_WITHIN_SECONDS
    finally:
        server.remove()
