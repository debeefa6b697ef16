"""Devices played over UDP: a module says which in `recordings_played`, `device` reads them as an agent does."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from harness import FrozenClock
from recordings import Device, Records, Told, responder, write

from agent.settings import check
from agent.sources import snmp
from agent.wire import encode

SECONDS = 60.0
"""Between one reading and the next."""


@pytest.fixture(scope="module")
def port(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where the module's recordings are played, each under its name as the community."""
    recordings: Callable[[], Mapping[str, Records]] = request.module.recordings_played
    folder = tmp_path_factory.mktemp("recordings")
    for name, records in recordings().items():
        write(records, folder / f"{name}.snmprec")
    with responder(folder) as port:
        yield port


@pytest.fixture
def device(port: int, tmp_path: Path, clock: FrozenClock) -> Device:
    """Reads a device as often as communities are given, SECONDS apart; the reports of each reading as JSON has them.

    Each community is one recording: the same device at a later time.
    """

    async def read(*communities: str, **settings: object) -> Sequence[Told]:
        community = tmp_path / "community"
        community.write_text(communities[0], encoding="utf-8")
        table = {"kind": "snmp", "host": "127.0.0.1", "port": port, "community_file": str(community), **settings}
        source = snmp.open_source(check(snmp.Settings, table, tmp_path / "agent.toml"), clock)
        readings = []
        for name in communities:
            community.write_text(name, encoding="utf-8")
            await source.close()  # the next request opens a socket anew, and reads the community anew
            readings.append([json.loads(encode(report)) for report in await source.read()])
            clock.advance(SECONDS)
        await source.close()
        return readings

    return read
