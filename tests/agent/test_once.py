"""`hangang-agent once`: what is printed of sources and probes, and what is told of those that fail."""

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.clock import Clock
from agent.config import NamedProbe, NamedSource, load_configuration
from agent.once import once
from agent.sources import Source, SourceError, SourceSettings
from agent.wire import Report

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)


def report(name: str) -> Report:
    return Report(access_point=name, observed_at=NOW)


@dataclass(frozen=True, slots=True)
class Scripted(NamedSource):
    """A source that yields this, or raises it; `gate`, where there is one, lets it once all are there."""

    outcome: list[Report] | Exception
    gate: asyncio.Barrier | None = None

    def open(self, clock: Clock) -> Source:  # noqa: ARG002  # the name of the base class
        return _Reading(self.outcome, self.gate)


class _Reading:
    def __init__(self, outcome: list[Report] | Exception, gate: asyncio.Barrier | None) -> None:
        self._outcome = outcome
        self._gate = gate

    async def read(self) -> list[Report]:
        if self._gate is not None:
            await self._gate.wait()
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome

    async def close(self) -> None:
        pass


def source(name: str, outcome: list[Report] | Exception, gate: asyncio.Barrier | None = None) -> Scripted:
    return Scripted(name, SourceSettings(kind="scripted", timeout_seconds=20), outcome, gate)


def access_points(printed: str) -> list[str]:
    return [json.loads(line)["access_point"] for line in printed.splitlines()]


async def test_what_can_be_told_is_printed_and_what_failed_is_told_beside_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = [
        source("whole-0", [report("a-1"), report("a-2")]),
        source("part-1", SourceError("192.0.2.1: stopped half-way", [report("a-3")])),
        source("broken-2", ValueError("hostname of somebody's telephone")),
        source("empty-3", []),
    ]
    assert await once(sources, (), folder=tmp_path) == 1
    told = capsys.readouterr()
    assert access_points(told.out) == ["a-1", "a-2", "a-3"]
    assert [line.partition(": ")[0] for line in told.err.splitlines()] == ["part-1", "broken-2", "empty-3"]
    assert "192.0.2.1: stopped half-way" in told.err
    assert "a defect: ValueError" in told.err
    assert "telephone" not in told.err


async def test_sources_are_read_together_and_printed_in_their_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gate = asyncio.Barrier(3)
    sources = [source(f"scripted-{number}", [report(f"a-{number}")], gate) for number in range(3)]
    assert await once(sources, (), folder=tmp_path) == 0
    assert access_points(capsys.readouterr().out) == ["a-0", "a-1", "a-2"]


async def test_a_probe_is_run_and_its_result_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (probe,) = probes_of(tmp_path, 'kind = "gateway"\ntarget = "127.0.0.1"\n')
    assert await once((), [probe], folder=tmp_path) == 0
    (printed,) = capsys.readouterr().out.splitlines()
    assert json.loads(printed)["access_point"] == "gw-a"
    assert [result["kind"] for result in json.loads(printed)["probes"]] == ["gateway"]


def probes_of(folder: Path, table: str) -> tuple[NamedProbe, ...]:
    path = folder / "agent.toml"
    path.write_text(f'[agent]\nid = "gw-a"\n[[probes]]\n{table}')
    return load_configuration(path).probes
