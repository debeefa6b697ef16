"""First contact over a line that breaks when the collector has signed already: a real one, and the real command."""

import asyncio
import re
import sqlite3
import subprocess
import sys
from asyncio import StreamWriter
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from enrolled_broker import Enrolment
from harness import eventually, status
from proxy import HttpProxy


class LosesCertificates(HttpProxy):
    """Breaks the connection instead of delivering the next `to_lose` certificates, which the collector has made."""

    def __init__(self, upstream_port: int) -> None:
        super().__init__(upstream_port)
        self.to_lose = 0
        self.lost = 0

    async def _pass(self, data: bytes, writer: StreamWriter) -> None:
        if self.lost < self.to_lose and data.startswith(b"HTTP/1.1 201 "):
            self.lost += 1
            writer.transport.abort()
            return
        await super()._pass(data, writer)


@pytest.fixture(scope="module")
def enrolment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Enrolment]:
    """One for all: each test has an agent of its own. Its broker is away, which first contact does not need."""
    enrolment = Enrolment(tmp_path_factory.mktemp("enrolment"))
    try:
        enrolment.collector.start()
        authority = f"http://127.0.0.1:{enrolment.web_port}/api/v1/enrolment/authority"
        asyncio.run(eventually(lambda: status(authority) == 200, within_seconds=60))
        yield enrolment
    finally:
        enrolment.stop()


@pytest.fixture
async def line(enrolment: Enrolment) -> AsyncIterator[LosesCertificates]:
    """Between agents and the collector."""
    async with LosesCertificates(enrolment.web_port) as line:
        yield line


class Technician:
    """Runs the agent's command with a token of this agent's, over the line."""

    def __init__(
        self, enrolment: Enrolment, line: LosesCertificates, agent: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.agent, self.enrolment, self.line = agent, enrolment, line
        capsys.readouterr()
        assert enrolment.command("token", agent, "--url", f"http://127.0.0.1:{line.port}") == 0
        self.invitation = capsys.readouterr().out.strip()
        self.folder = enrolment.folder / f"agent-{agent}"

    def start(self, folder: Path | None = None, *, try_for: str = "60") -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "agent.main", "enroll", self.invitation]
        command += ["--to", str(folder or self.folder), "--try-for", try_for]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    async def run(self, folder: Path | None = None, *, try_for: str = "60") -> tuple[int, str]:
        """The exit code, and what is said on stderr."""
        with self.start(folder, try_for=try_for) as process:
            _, said = await asyncio.to_thread(process.communicate, timeout=60)
        return process.returncode, said

    @property
    def serials(self) -> list[str]:
        """What the collector has certified for the agent."""
        with closing(sqlite3.connect(self.enrolment.folder / "data" / "state.sqlite")) as state:
            rows = state.execute("SELECT serial FROM certificates WHERE agent = ?", (self.agent,))
            return [serial for (serial,) in rows]

    @property
    def files(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()}

    @property
    def has_its_certificate(self) -> bool:
        """The one that was made, for the key that lies there; nothing else lies there."""
        show = ["openssl", "x509", "-noout", "-serial", "-pubkey", "-in", str(self.folder / "agent.crt")]
        serial, _, certified = subprocess.run(show, check=True, capture_output=True, text=True).stdout.partition("\n")
        public = ["openssl", "pkey", "-pubout", "-in", str(self.folder / "agent.key")]
        key = subprocess.run(public, check=True, capture_output=True, text=True).stdout
        assert self.files == {"agent.key", "agent.crt", "authority.crt"}
        numbers = [int(each, 16) for each in self.serials]
        return numbers == [int(serial.removeprefix("serial="), 16)] and certified == key


async def test_a_line_that_breaks_when_the_certificate_was_made_costs_no_token(
    enrolment: Enrolment, line: LosesCertificates, capsys: pytest.CaptureFixture[str]
) -> None:
    technician = Technician(enrolment, line, "tries-again", capsys)
    line.to_lose = 2
    code, said = await technician.run()
    assert (code, line.lost) == (0, 2), said
    assert len(re.findall(r"the connection broke off; trying again in [\d.]+ s", said)) == 2
    assert technician.has_its_certificate


async def test_an_agent_that_was_killed_before_the_answer_came_has_its_key_still(
    enrolment: Enrolment, line: LosesCertificates, capsys: pytest.CaptureFixture[str]
) -> None:
    """kill -9, and the power that goes: the key was on the disk before the token was shown."""
    technician = Technician(enrolment, line, "killed", capsys)
    line.to_lose = 1_000
    with technician.start() as process:
        await eventually(lambda: line.lost > 0)
        process.kill()
    assert len(technician.serials) == 1
    (kept,) = technician.folder.glob("agent.key.for-*")
    key = kept.read_text()
    line.to_lose = 0
    code, said = await technician.run()
    assert code == 0, said
    assert (technician.folder / "agent.key").read_text() == key
    assert technician.has_its_certificate


async def test_who_reads_the_token_when_its_answer_was_lost_is_refused(
    enrolment: Enrolment, line: LosesCertificates, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the same command elsewhere; the agent itself is not kept from its certificate by that."""
    technician = Technician(enrolment, line, "overheard", capsys)
    line.to_lose = 1
    code, said = await technician.run(try_for="0")
    assert code == 1
    assert "run the same command again: its key is kept in the folder" in said
    elsewhere = enrolment.folder / "somebody-else"
    code, said = await technician.run(elsewhere)
    assert code == 1
    assert "refuses with 403 (this token is unknown" in said
    assert list(elsewhere.iterdir()) == []
    code, said = await technician.run()
    assert code == 0, said
    assert technician.has_its_certificate


async def test_an_agent_that_was_revoked_meanwhile_is_refused(
    enrolment: Enrolment, line: LosesCertificates, capsys: pytest.CaptureFixture[str]
) -> None:
    technician = Technician(enrolment, line, "revoked", capsys)
    line.to_lose = 1
    assert (await technician.run(try_for="0"))[0] == 1
    enrolment.command("revoke", "revoked", "--broker-pid", "/dev/null")
    code, said = await technician.run()
    assert (code, technician.files) == (1, set()), said
    assert "ask for a new one: hangang enroll token" in said
