"""`hangang doctor`: looks at everything the collector needs, and says what to do about what is wrong."""

import argparse
import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from agent.broker import BrokerError, Connector
from agent.settings import SettingsError
from collector.cli.doctor_certificates import examine_certificates
from collector.cli.finding import Finding, Verdict
from collector.config import WithDuckDB, WithInflux, load_settings
from collector.engines import open_store
from collector.state.database import StateError, open_database
from collector.stores import StoreError
from collector.subscriber import utc_now
from inventory import load_inventory

FREE_BYTES_WANTED = 1024**3
"""A city's raw reports of a day take about this much; less is a warning in time."""
CLOCK_ANSWERS_WITHIN_SECONDS = 10.0

_without_proxy = build_opener(ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What every check may look at."""

    settings: WithDuckDB | WithInflux
    is_running: bool


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group to the command line."""
    parser = commands.add_parser("doctor", help="check configuration, inventory, broker, certificates, store and clock")
    parser.add_argument("--config", type=Path, required=True, metavar="FILE")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print a line a check; 1 if one failed."""
    is_healthy = True
    for finding in examine(options.config):
        print(finding)
        is_healthy = is_healthy and finding.verdict is not Verdict.FAIL
    return 0 if is_healthy else 1


def examine(path: Path) -> Iterator[Finding]:
    """All checks, one after the other; the rest is left out where the configuration itself is wrong."""
    try:
        settings = load_settings(path)
    except SettingsError as error:
        for mistake in error.mistakes:
            yield Finding("configuration", Verdict.FAIL, str(mistake))
        return
    yield Finding("configuration", Verdict.OK, str(path))
    surroundings = _Surroundings(settings, is_running=_is_running(settings))
    checks: tuple[Callable[[_Surroundings], Iterator[Finding]], ...] = (
        _inventory,
        _collector,
        _disk,
        _store,
        _state,
        _broker,
        _certificates,
        _clock,
    )
    for check in checks:
        yield from check(surroundings)


def _inventory(its: _Surroundings) -> Iterator[Finding]:
    try:
        inventory = load_inventory(its.settings.collector.inventory)
    except SettingsError as error:
        for mistake in error.mistakes:
            yield Finding("inventory", Verdict.FAIL, str(mistake))
        return
    counts = (
        f"{len(inventory.sites)} sites, {len(inventory.access_points)} access points, {len(inventory.agents)} agents"
    )
    yield Finding("inventory", Verdict.OK, counts)


def _collector(its: _Surroundings) -> Iterator[Finding]:
    address = _address(its.settings)
    if its.is_running:
        yield Finding("collector", Verdict.OK, f"running, pages at {address}")
    else:
        yield Finding(
            "collector", Verdict.UNSURE, f"not running at {address}; start it with: hangang collector --config FILE"
        )


def _disk(its: _Surroundings) -> Iterator[Finding]:
    folder = its.settings.collector.data
    existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        yield Finding(
            "disk", Verdict.FAIL, f"{existing}: {error.strerror}; let this user write there, or set collector.data"
        )
        return
    free = shutil.disk_usage(existing).free
    is_enough = free >= FREE_BYTES_WANTED
    remedy = "" if is_enough else "; make room or move collector.data"
    yield Finding("disk", Verdict.OK if is_enough else Verdict.FAIL, f"{folder}: {free / 1024**3:.1f} GiB free{remedy}")


def _store(its: _Surroundings) -> Iterator[Finding]:
    if its.is_running and isinstance(its.settings, WithDuckDB):
        yield Finding("store", Verdict.OK, "held by the running collector")
        return
    if isinstance(its.settings, WithDuckDB) and not its.settings.store_path.exists():
        yield Finding("store", Verdict.UNSURE, f"{its.settings.store_path} is not there yet; the first start makes it")
        return
    try:
        is_healthy = asyncio.run(_open_store(its.settings))
    except (StoreError, OSError) as error:
        yield Finding("store", Verdict.FAIL, str(error))
        return
    name = its.settings.store_path if isinstance(its.settings, WithDuckDB) else its.settings.store.url
    if is_healthy:
        yield Finding("store", Verdict.OK, f"{name} answers")
    else:
        yield Finding("store", Verdict.FAIL, f"{name}: does not answer; is it running, and is store.url right?")


async def _open_store(settings: WithDuckDB | WithInflux) -> bool:
    """Whether it answers. Raises StoreError."""
    store = await open_store(settings)
    try:
        return await asyncio.to_thread(store.is_healthy)
    finally:
        await store.close()


def _state(its: _Surroundings) -> Iterator[Finding]:
    settings, path = its.settings.state, its.settings.state_path
    if settings.url is None and not path.exists():
        yield Finding("state", Verdict.UNSURE, f"{path} is not there yet; the first start makes it")
        return
    try:
        open_database(settings, path).dispose()
    except (StateError, OSError) as error:
        yield Finding("state", Verdict.FAIL, str(error))
    else:
        yield Finding("state", Verdict.OK, f"{settings.url or path} answers")


def _broker(its: _Surroundings) -> Iterator[Finding]:
    broker = its.settings.broker_settings
    if its.settings.embedded_broker is not None and not its.is_running:
        yield Finding("broker", Verdict.UNSURE, f"embedded; starts with the collector on port {broker.port}")
        return
    if its.is_running and _is_connected(its.settings):
        yield Finding("broker", Verdict.OK, f"the running collector is connected to {broker.url}")
        return
    try:
        asyncio.run(_connect(Connector(broker, "hangang-doctor")))
    except BrokerError as error:
        yield Finding(
            "broker", Verdict.FAIL, f"{error}; is it running, and are url, user and TLS files in [broker] right?"
        )
    else:
        yield Finding("broker", Verdict.OK, f"{broker.url} takes connections")


def _certificates(its: _Surroundings) -> Iterator[Finding]:
    yield from examine_certificates(its.settings, utc_now())


def _is_connected(settings: WithDuckDB | WithInflux) -> bool:
    """Whether the collector that runs there says that it is subscribed. A connection by its certificate would end its
    own then: a hardened broker takes the name in a certificate for the client's id."""
    try:
        with _without_proxy.open(f"{_address(settings)}metrics", timeout=5) as answer:
            return b"\nhangang_collector_connected 1.0\n" in answer.read()
    except (OSError, HTTPException):
        return False


async def _connect(connector: Connector) -> None:
    """A broker of MQTT 3.1.1 only may need the second try."""
    try:
        async with connector.connect():
            return
    except BrokerError:
        async with connector.connect():
            return


def _clock(_: _Surroundings) -> Iterator[Finding]:
    remedy = "agents' clocks are measured against this one: install chrony or enable systemd-timesyncd"
    is_synchronised = _is_synchronised(shutil.which("timedatectl"), CLOCK_ANSWERS_WITHIN_SECONDS)
    if is_synchronised is None:
        yield Finding("clock", Verdict.UNSURE, f"cannot tell whether it is synchronised; {remedy}")
    elif is_synchronised:
        yield Finding("clock", Verdict.OK, "synchronised")
    else:
        yield Finding("clock", Verdict.FAIL, f"not synchronised; {remedy}")


def _is_synchronised(timedatectl: str | None, timeout_seconds: float) -> bool | None:
    """What `timedatectl` says; None where it is not there or has no answer."""
    if timedatectl is None:
        return None
    command = [timedatectl, "show", "--property=NTPSynchronized", "--value"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=timeout_seconds, check=False)  # noqa: S603  # a fixed command
    except (subprocess.TimeoutExpired, OSError):
        return None
    return answer.stdout.strip() == "yes" if answer.returncode == 0 else None


def _is_running(settings: WithDuckDB | WithInflux) -> bool:
    """Whether a collector answers there. What does not speak HTTP is none."""
    try:
        with _without_proxy.open(f"{_address(settings)}healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, HTTPException):
        return False


def _address(settings: WithDuckDB | WithInflux) -> str:
    address = settings.web.address
    host = f"[{address}]" if ":" in address else address
    return f"http://{host}:{settings.web.port}/"
