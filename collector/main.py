"""Where the collector's parts are joined, for the `hangang collector` command and the demo."""

import asyncio
import contextlib
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collector.alerting.joining import join_alerts
from collector.alerting.listening import Listening
from collector.alerting.receivers import Receiver, open_receivers
from collector.certificates.watch import CertificateWatch
from collector.clocks import OLDEST
from collector.command_key import make_command_key
from collector.config import WithDuckDB, WithInflux
from collector.election import Election
from collector.embedded_broker import EmbeddedBrokerError, embedded_broker
from collector.engines import open_store
from collector.enrolment.refusals import AuthorityError
from collector.fieldwork.order_desk import OrderDesk
from collector.fieldwork.placing import Placing
from collector.fieldwork.watch import OrderWatch
from collector.figures.joining import join_figures
from collector.figures.rollup import WindowStore
from collector.housekeeping import collect_garbage, keep_heaps_small, keep_state, keep_store
from collector.intake import Intake
from collector.keeping import Keeper
from collector.ledger import Ledger
from collector.metrics import Metrics
from collector.outward.call_errors import CallError
from collector.pipeline import Pipeline
from collector.replacement.book import Book
from collector.replacement.desk import ReplacementDesk
from collector.replay import Replayer
from collector.state.accounts import add_user, has_users
from collector.state.database import StateError, open_database
from collector.state.newest import load_fleet
from collector.state.share_names import share_name
from collector.stores import Store, StoreError, StoreLostError
from collector.subscriber import Subscriber, utc_now
from collector.web.application import create_application
from collector.web.board_links import board_links
from collector.web.services import Services
from collector.web.serving import Server
from inventory import Inventory, load_inventory
from inventory.catalogue import load_catalogue

if TYPE_CHECKING:
    from collector.certifying import CertificateDesk

FIRST_USER = "admin"
UNKNOWN_DEVICES_KEPT = timedelta(days=30)
_logger = logging.getLogger(__name__)


class _Resources(NamedTuple):
    """What is opened before anything runs."""

    state: Engine
    store: Store
    listener: socket.socket


class CollectorError(Exception):
    """The collector cannot start, or not go on. The message names the thing and the remedy, for a person."""


async def serve(
    settings: WithDuckDB | WithInflux, stopped: asyncio.Event, on_ready: Callable[[Services], Awaitable[None]]
) -> None:
    """Run the collector until `stopped` is set; `on_ready` is awaited, with what the pages stand on, once they are
    served and the broker runs.

    Raises SettingsError for a wrong inventory and CollectorError for whatever else stands in the way.
    """
    keep_heaps_small()
    inventory = load_inventory(settings.collector.inventory)
    receivers = open_receivers(settings.alerts, inventory, settings.web.url)
    with _told_in_words(settings):
        async with _resources(settings) as resources:
            await _serve(settings, (inventory, receivers), resources, stopped, on_ready)
    _logger.info("collector_stopped")


async def _serve(
    settings: WithDuckDB | WithInflux,
    known: tuple[Inventory, tuple[Receiver, ...]],
    resources: _Resources,
    stopped: asyncio.Event,
    on_ready: Callable[[Services], Awaitable[None]],
) -> None:
    inventory, receivers = known
    state, store = resources.state, resources.store
    now = utc_now()
    _make_first_login(state, settings.first_login_path, now)
    metrics = Metrics()
    fleet = load_fleet(state, now - UNKNOWN_DEVICES_KEPT)
    keeper = Keeper(state, fleet)
    intake = Intake(inventory)
    placing = Placing(state=state, intake=intake, fleet=fleet)
    await placing.look()
    pipeline = Pipeline(
        intake=intake,
        store=store,
        state=state,
        fleet=fleet,
        ledger=Ledger(await asyncio.to_thread(store.stored_frames, now - OLDEST)),
        keeper=keeper,
        metrics=metrics,
        clock=utc_now,
    )
    subscriber = Subscriber(
        settings.broker_settings,
        pipeline.receive,
        metrics,
        utc_now,
        name=settings.collector.name,
        share_name=None if settings.collector.group is None else share_name(state, settings.collector.group, now),
    )
    election = Election(state)
    desk = ReplacementDesk(
        inventory=inventory, fleet=fleet, store=store, state=state, settings=settings.legacy, clock=utc_now
    )

    catalogue = load_catalogue()
    book = Book(state, inventory)
    order_desk = OrderDesk(inventory=inventory, fleet=fleet, book=book, state=state, catalogue=catalogue, clock=utc_now)
    watch = OrderWatch(state=state, fleet=fleet, catalogue=catalogue, settings=settings.orders, clock=utc_now)

    certificate_watch = CertificateWatch(
        settings=settings, inventory=inventory, state=state, metrics=metrics, clock=utc_now
    )
    listening = Listening(
        connected_since=lambda: subscriber.connected_since,
        waits_seconds=lambda: pipeline.waits_seconds,
        pending=lambda: pipeline.pending_frames,
        deferred=metrics.frames_deferred,
        problems=lambda: pipeline.problems,
        certificates=lambda: certificate_watch.known,
        clock=utc_now,
    )
    alert_watch, caller = join_alerts(
        settings=settings.alerts,
        receivers=receivers,
        inventory=inventory,
        catalogue=catalogue,
        fleet=fleet,
        store=store,
        state=state,
        metrics=metrics,
        listening=listening,
        clock=utc_now,
    )

    def readiness() -> list[str]:
        return [*([subscriber.problem] if subscriber.problem is not None else []), *pipeline.problems]

    certificates = _certificates(settings, state)
    services = Services(
        inventory=inventory,
        fleet=fleet,
        store=store,
        state=state,
        desk=desk,
        book=book,
        order_desk=order_desk,
        order_settings=settings.orders,
        alert_settings=settings.alerts,
        receivers=receivers,
        public_url=settings.web.url,
        boards=board_links(settings),
        command_key=make_command_key(settings.command_key_path),
        clock=utc_now,
        render_metrics=metrics.render,
        readiness=readiness,
        certificates=certificates,
    )
    application = create_application(services)
    server = Server(application, proxies=settings.web.proxies)
    steps: dict[str, Callable[[], Coroutine[None, None, None]]] = {
        **pipeline.steps(subscriber.acknowledge),
        "keeper": keeper.run,
        "subscriber": subscriber.run,
        "election": election.run,
        "replay": Replayer(state, intake, pipeline.submit).run,
        "store upkeep": partial(keep_store, store, utc_now),
        "state upkeep": partial(keep_state, state, election, utc_now),
        "garbage": collect_garbage,
        "replacement desk": partial(desk.run, election),
        "order watch": partial(watch.run, election),
        "placing": placing.run,
        "certificates": certificate_watch.run,
        "alert watch": partial(alert_watch.run, election),
    }
    if certificates is not None:
        steps["renewing"] = _renewing(certificates, subscriber)
    if isinstance(store, WindowStore):
        steps |= join_figures(
            settings=settings,
            inventory=inventory,
            fleet=fleet,
            store=store,
            state=state,
            book=book,
            metrics=metrics,
            election=election,
            clock=utc_now,
        )
    async with _broker(settings), contextlib.aclosing(caller), asyncio.TaskGroup() as group:
        web = group.create_task(server.serve([resources.listener]), name="web")
        tasks = [group.create_task(step(), name=name) for name, step in steps.items()]
        await server.has_started.wait()
        _logger.info("collector_started pages=http://%s:%d", settings.web.address, settings.web.port)
        await on_ready(services)
        await stopped.wait()
        for task in tasks:
            task.cancel()
        application.state.end_streams()
        server.should_exit = True
        await web


@contextlib.asynccontextmanager
async def _resources(settings: WithDuckDB | WithInflux) -> AsyncIterator[_Resources]:
    """The databases and the listening socket, each given back at the end. Raises CollectorError."""
    async with contextlib.AsyncExitStack() as stack:
        settings.collector.data.mkdir(parents=True, exist_ok=True)
        listener = stack.enter_context(_listen(settings.web.address, settings.web.port))
        state = open_database(settings.state, settings.state_path)
        stack.callback(state.dispose)
        store = await open_store(settings)
        stack.push_async_callback(store.close)
        yield _Resources(state, store, listener)


def _certificates(settings: WithDuckDB | WithInflux, state: Engine) -> "CertificateDesk | None":
    """Where agents are enrolled, if an authority was made. Raises CollectorError."""
    if not (settings.enrolment_folder / "authority.crt").exists():
        return None
    from collector.enrolling import open_certificates  # noqa: PLC0415  # loads cryptography

    try:
        return open_certificates(settings, state, utc_now)
    except AuthorityError as error:
        raise CollectorError(str(error)) from error


def _renewing(certificates: "CertificateDesk", subscriber: Subscriber) -> Callable[[], Coroutine[None, None, None]]:
    from collector.renewing import Renewing  # noqa: PLC0415

    renewing = Renewing(certificates, subscriber.send_certificate)
    subscriber.hand_renewals_to(renewing.take)
    return renewing.run


@contextlib.contextmanager
def _told_in_words(settings: WithDuckDB | WithInflux) -> Iterator[None]:
    """What files and databases do to a collector, as CollectorError; anything else stays as it is."""
    try:
        yield
    except (CallError, OSError, StateError, StoreError, StoreLostError, SQLAlchemyError, ExceptionGroup) as error:
        first = error
        while isinstance(first, ExceptionGroup):
            first = first.exceptions[0]
        raise (_in_words(first, settings) or error) from error


def _in_words(error: Exception, settings: WithDuckDB | WithInflux) -> Exception | None:
    if isinstance(error, CollectorError):
        return error
    if isinstance(error, OSError):
        data = settings.collector.data
        return CollectorError(f"folder {data}: {error.strerror or error}; make it writable or name another")
    if isinstance(error, CallError | StateError | StoreError):
        return CollectorError(str(error))
    if isinstance(error, StoreLostError):
        return CollectorError(f"{error}; the store has given up: mend the cause, then start the collector again")
    if isinstance(error, SQLAlchemyError):
        return CollectorError(f"{settings.state.url or settings.state_path}: {error.__cause__ or error}")
    return None


@contextlib.asynccontextmanager
async def _broker(settings: WithDuckDB | WithInflux) -> AsyncIterator[None]:
    """The embedded broker, where it is asked for. Raises CollectorError."""
    if settings.embedded_broker is None:
        yield
        return
    try:
        async with embedded_broker(settings.embedded_broker.address, settings.embedded_broker.port):
            yield
    except EmbeddedBrokerError as error:
        raise CollectorError(str(error)) from error


def _listen(address: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
    except OSError as error:
        listener.close()
        raise CollectorError(f"port {port} for the pages on {address}: {error.strerror}; choose another") from error
    return listener


def _make_first_login(state: Engine, path: Path, now: datetime) -> None:
    """At the first start somebody must be able to log in: a password is drawn and left in a file for the owner. Of
    several collectors that start at once, one does."""
    if has_users(state):
        return
    password = secrets.token_urlsafe(12)
    written = path.with_name(f"{path.name}.{os.getpid()}")
    written.touch(mode=0o600)
    written.write_text(f"{FIRST_USER}\n{password}\n", encoding="utf-8")
    if add_user(state, FIRST_USER, password, now):
        written.rename(path)
        _logger.info("first_login_made user=%s password_in=%s", FIRST_USER, path)
    else:
        written.unlink()
