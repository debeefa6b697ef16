"""The pages over real databases and a made city."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from web_browser import NAME, PASSWORD, Pages
from web_city import EVIL, FULL, INVENTORY, NOW, Watch, city_readings

from agent.wire import Device, Report
from collector.fleet import Fleet, UnknownDevice
from collector.state.accounts import add_user, log_in
from collector.state.database import open_database
from collector.state.newest import save_readings
from collector.state.quarantine import Refusal, keep
from collector.stores import FrameKey, Store, StoredFrame, StoredReport
from collector.stores.duckdb import open_store
from collector.web.services import Services


@pytest.fixture(scope="session")
def logged_in(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A state database with one user, who is logged in, and the session's token. Made once: hashing takes a while."""
    path = tmp_path_factory.mktemp("state") / "state.sqlite"
    engine = open_database(path)
    add_user(engine, NAME, PASSWORD, NOW)
    token = log_in(engine, NAME, PASSWORD, NOW)
    engine.dispose()
    assert token is not None
    return path, token


@pytest.fixture
def state(logged_in: tuple[Path, str], tmp_path: Path) -> Iterator[Engine]:
    path = tmp_path / "state.sqlite"
    path.write_bytes(logged_in[0].read_bytes())
    engine = open_database(path)
    save_readings(engine, city_readings())
    keep(
        engine,
        [
            Refusal("not_json", EVIL, "wifi/v1/gw-1/frame", "gw-1", b"secret payload", 14, NOW - timedelta(minutes=5)),
            Refusal("of_the_future", "new reason", "wifi", None, b"", 0, NOW - timedelta(hours=2)),
        ],
    )
    yield engine
    engine.dispose()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A day of reports of one access point every five minutes, with a gap of two hours."""
    store = open_store(tmp_path / "points.duckdb")
    reports = []
    for number in range(1, 288):
        at = NOW - timedelta(minutes=5 * number)
        if 60 <= number < 84:
            continue
        report = Report(observed_at=at, clients=number % 24, uplink={"name": "eth0", "rx_bits_per_second": 2e6})
        reports.append(StoredReport(FULL, at, is_clock_corrected=False, report=report))
    store.write([StoredFrame(FrameKey("gw-1", "0" * 8, 1), NOW, tuple(reports), ())])
    yield store
    store.close()


@pytest.fixture
def pages(state: Engine, store: Store, logged_in: tuple[Path, str]) -> Pages:
    watch = Watch()
    unknown = UnknownDevice(
        "gw-1/XJ-9", "gw-1", Device(vendor="Nobody", model=EVIL, serial="XJ-9"), NOW - timedelta(days=2), NOW
    )
    services = Services(
        inventory=INVENTORY,
        fleet=Fleet(city_readings(), [unknown]),
        store=store,
        state=state,
        clock=watch,
        render_metrics=lambda: b"hangang_up 1\n",
        readiness=list,
    )
    return Pages(services, watch, logged_in[1])
