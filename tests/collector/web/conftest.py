"""The pages over real databases and a made city."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from state_files import open_state
from web_browser import COMMAND_KEY, NAME, PASSWORD, Pages
from web_city import EVIL, FULL, INVENTORY, NOW, Watch, city_readings
from web_services import services_over
from writing import write

from agent.wire import Device, Report
from collector.fleet import Fleet, UnknownDevice
from collector.state.accounts import add_user
from collector.state.login_sessions import log_in
from collector.state.newest import NewestReadings
from collector.state.quarantine import Refusal, keep
from collector.stores import FrameKey, Store, StoredFrame, StoredReport
from collector.stores.duckdb import open_store


@pytest.fixture(scope="session")
def logged_in(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A state database with one user, who is logged in, and the session's token. Made once: hashing takes a while."""
    path = tmp_path_factory.mktemp("state") / "state.sqlite"
    engine = open_state(path)
    add_user(engine, NAME, PASSWORD, NOW)
    token = log_in(engine, NAME, PASSWORD, NOW)
    engine.dispose()
    assert token is not None
    return path, token


def refusal(reason: str, detail: str, agent: str | None, payload: bytes, seen_at: datetime) -> Refusal:
    return Refusal(
        reason=reason,
        detail=detail,
        topic="wifi/v1/gw-1/frame",
        agent=agent,
        part="message",
        payload=payload,
        payload_bytes=len(payload),
        is_cut=False,
        digest=f"{reason:0<64}",
        seen_at=seen_at,
    )


@pytest.fixture(scope="module")
def state_file(logged_in: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state database of the city, which is copied for who changes it."""
    path = tmp_path_factory.mktemp("city") / "state.sqlite"
    path.write_bytes(logged_in[0].read_bytes())
    engine = open_state(path)
    NewestReadings(engine).save(city_readings())
    keep(
        engine,
        [
            refusal("not_json", EVIL, "gw-1", b"secret payload", NOW - timedelta(minutes=5)),
            refusal("of_the_future", "new reason", None, b"", NOW - timedelta(hours=2)),
        ],
    )
    engine.dispose()
    return path


@contextmanager
def copy_of(state_file: Path, folder: Path) -> Iterator[Engine]:
    """A state database of their own for who changes it."""
    path = folder / "state.sqlite"
    path.write_bytes(state_file.read_bytes())
    engine = open_state(path)
    yield engine
    engine.dispose()


@pytest.fixture
def state(state_file: Path, tmp_path: Path) -> Iterator[Engine]:
    with copy_of(state_file, tmp_path) as engine:
        yield engine


@pytest.fixture(scope="module")
def lasting_state(state_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The same for all tests of a file, none of which changes it."""
    with copy_of(state_file, tmp_path_factory.mktemp("lasting")) as engine:
        yield engine


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store that is only read: a day of reports of one access point every five minutes, with a gap of two hours."""
    store = open_store(tmp_path_factory.mktemp("day") / "points.duckdb")
    reports = []
    for number in range(1, 288):
        at = NOW - timedelta(minutes=5 * number)
        if 60 <= number < 84:
            continue
        report = Report(observed_at=at, clients=number % 24, uplink={"name": "eth0", "rx_bits_per_second": 2e6})
        reports.append(StoredReport(FULL, at, is_clock_corrected=False, report=report))
    asyncio.run(write(store, [StoredFrame(FrameKey("gw-1", "0" * 8, 1), NOW, tuple(reports), ())]))
    yield store
    asyncio.run(store.close())


def pages_of_the_city(state: Engine, day: Store, token: str) -> Pages:
    watch = Watch()
    unknown = UnknownDevice(
        "gw-1/XJ-9", "gw-1", Device(vendor="Nobody", model=EVIL, serial="XJ-9"), NOW - timedelta(days=2), NOW
    )
    fleet = Fleet(city_readings(), [unknown])
    services = services_over(
        inventory=INVENTORY, fleet=fleet, store=day, state=state, clock=watch, command_key=COMMAND_KEY
    )
    return Pages(services, watch, token)


@pytest.fixture
def pages(state: Engine, day: Store, logged_in: tuple[Path, str]) -> Pages:
    return pages_of_the_city(state, day, logged_in[1])


@pytest.fixture(scope="module")
def lasting_pages(lasting_state: Engine, day: Store, logged_in: tuple[Path, str]) -> Pages:
    """The same for all tests of a file, none of which changes anything."""
    return pages_of_the_city(lasting_state, day, logged_in[1])
