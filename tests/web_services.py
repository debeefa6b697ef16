"""The services that pages and API stand on, over whatever databases a test brings."""

from collections.abc import Callable
from datetime import datetime
from functools import cache

from sqlalchemy import Engine

from collector.alerting.receivers import Receiver
from collector.alerts.settings import AlertSettings
from collector.certifying import CertificateDesk
from collector.fieldwork.order_desk import OrderDesk
from collector.fleet import Fleet
from collector.legacy.settings import LegacySettings
from collector.orders.settings import OrderSettings
from collector.replacement.book import Book
from collector.replacement.desk import ReplacementDesk
from collector.stores import Store
from collector.web.services import Services
from inventory.catalogue import Catalogue, load_catalogue
from inventory.models import Inventory


@cache
def catalogue() -> Catalogue:
    """Read once for all tests."""
    return load_catalogue()


def services_over(
    *,
    inventory: Inventory,
    fleet: Fleet,
    store: Store,
    state: Engine,
    clock: Callable[[], datetime],
    command_key: str = "key-of-the-commands",
    alert_settings: AlertSettings | None = None,
    receivers: tuple[Receiver, ...] = (),
    certificates: CertificateDesk | None = None,
) -> Services:
    """As the collector makes them, with settings as they are by themselves."""
    book = Book(state, inventory)
    return Services(
        inventory=inventory,
        fleet=fleet,
        store=store,
        state=state,
        desk=ReplacementDesk(
            inventory=inventory, fleet=fleet, store=store, state=state, settings=LegacySettings(), clock=clock
        ),
        book=book,
        order_desk=OrderDesk(
            inventory=inventory, fleet=fleet, book=book, state=state, catalogue=catalogue(), clock=clock
        ),
        order_settings=OrderSettings(),
        alert_settings=alert_settings or AlertSettings(),
        receivers=receivers,
        public_url=None,
        boards=None,
        command_key=command_key,
        clock=clock,
        render_metrics=lambda: b"hangang_up 1\n",
        readiness=list,
        certificates=certificates,
    )
