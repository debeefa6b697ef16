"""What the pages need from the rest of the collector. `collector.main` fills it in, tests bring their own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from collector.alerting.alert_desk import AlertDesk
from collector.alerting.receivers import Receiver
from collector.alerts.settings import AlertSettings
from collector.alerts.telling.links import Links
from collector.fieldwork.order_desk import OrderDesk
from collector.fleet import Fleet
from collector.orders.settings import OrderSettings
from collector.replacement.book import Book
from collector.replacement.desk import ReplacementDesk
from collector.stores import Store
from collector.web.board_links import BoardLinks
from inventory.models import Inventory

if TYPE_CHECKING:  # which loads cryptography, and is not needed where no authority was made
    from collector.certifying import CertificateDesk


@dataclass(frozen=True, slots=True)
class Services:
    """`clock` tells the time in UTC; `render_metrics` gives the metrics in Prometheus' text format; `readiness` says
    why the collector is not ready to serve, or nothing. The last two may block: they are called in threads.
    `command_key` is what commands on this machine show instead of a session; `public_url` is where people reach the
    pages, without a slash at its end, where that is known. `boards` lead to Grafana, where there is one. `receivers`
    are the endpoints of alerts. `certificates` enrols agents, where an authority was made."""

    inventory: Inventory
    fleet: Fleet
    store: Store
    state: Engine
    desk: ReplacementDesk
    book: Book
    order_desk: OrderDesk
    order_settings: OrderSettings
    alert_settings: AlertSettings
    receivers: tuple[Receiver, ...]
    public_url: str | None
    boards: BoardLinks | None
    command_key: str
    clock: Callable[[], datetime]
    render_metrics: Callable[[], bytes]
    readiness: Callable[[], Sequence[str]]
    certificates: "CertificateDesk | None" = None

    @property
    def alert_desk(self) -> AlertDesk:
        """Where people act on alerts."""
        return AlertDesk(state=self.state, inventory=self.inventory, receivers=self.receivers, clock=self.clock)

    @property
    def alert_links(self) -> Links:
        """Where alerts point to."""
        return Links(self.public_url, self.alert_settings.grafana_url, self.alert_settings.runbooks_url)
