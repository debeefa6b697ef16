"""Alerts from snapshots to real receivers: evaluation, outbox and sender as the collector has them, over a database of
their own. What is seen, and when, is up to the test.

    async with alert_delivery(tmp_path, LAYOUT.inventory, endpoints, clock=clock, wait_seconds=0) as delivery:
        delivery.see(city({"park": 3}).silent("park-001").snapshot())
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from harness import eventually
from sqlalchemy import Engine, func, select
from state_files import open_state

from collector.alerting.evaluation import Evaluated, Evaluation
from collector.alerting.receivers import Receiver, open_receivers
from collector.alerting.sending import REFRESHED_EVERY_SECONDS, Sender
from collector.alerts.endpoints.tables import check_endpoints
from collector.alerts.judging.snapshot import Snapshot
from collector.alerts.notice import Notice
from collector.alerts.rules import rules
from collector.alerts.settings import AlertSettings
from collector.metrics import Metrics
from collector.outward.calling import Caller
from collector.state.alert_tables import deliveries
from collector.state.leadership import begin_epoch
from collector.state.outbox import put_in
from inventory import Inventory


def alert_settings(folder: Path, endpoints: Sequence[dict[str, Any]], **alerts: Any) -> AlertSettings:
    """The `[alerts]` table of a collector in this folder. `judged`, if given, are the only rules that are switched on;
    `rules` are their tables."""
    judged = alerts.pop("judged", tuple(rules()))
    given: dict[str, dict[str, Any]] = alerts.pop("rules", {})
    tables = {kind: {"is_enabled": kind in judged, **given.get(kind, {})} for kind in rules()}
    path = folder / "collector.toml"
    settings = AlertSettings.model_validate({"allowed_networks": ["127.0.0.0/8"], "rules": tables, **alerts})
    return settings.with_endpoints(check_endpoints(list(endpoints), path), path)


def webhook_endpoint(folder: Path, name: str, url: str, *secrets: str) -> dict[str, Any]:
    """An endpoint of Standard Webhooks that signs with these secrets."""
    file = folder / f"{name}.secrets"
    file.write_text("\n".join(secrets))
    return {"name": name, "kind": "standard_webhooks", "url": url, "secret_file": str(file)}


@dataclass
class AlertDelivery:
    """One evaluation and one sender."""

    state: Engine
    receivers: tuple[Receiver, ...]
    evaluation: Evaluation
    sender: Sender

    def see(self, snapshot: Snapshot) -> Evaluated:
        """Judge, and have told what is to be."""
        evaluated = self.evaluation.evaluate(snapshot)
        if evaluated.notices:
            self.sender.wake()
        return evaluated

    def put_in(self, notice: Notice) -> None:
        """Have a notice sent that nothing has been judged for."""
        with self.state.begin() as connection:
            put_in(connection, notice, notice.made_at)
        self.sender.wake()

    def count(self, state: str, endpoint: str | None = None) -> int:
        """How many deliveries are `waiting`, `delivered` ..."""
        query = select(func.count()).where(deliveries.c.state == state)
        if endpoint is not None:
            query = query.where(deliveries.c.endpoint == endpoint)
        with self.state.connect() as connection:
            return connection.scalar(query) or 0

    async def until_all_has_arrived(self, *, within_seconds: float = 30.0) -> None:
        """Until nothing waits."""
        await eventually(lambda: self.count("waiting") == 0, within_seconds=within_seconds)


@contextlib.asynccontextmanager
async def alert_delivery(
    folder: Path,
    inventory: Inventory,
    endpoints: Sequence[dict[str, Any]],
    *,
    clock: Callable[[], datetime],
    refreshed_every_seconds: float = REFRESHED_EVERY_SECONDS,
    public_url: str | None = None,
    **alerts: Any,
) -> AsyncIterator[AlertDelivery]:
    """A sender that runs. `alerts` are keys of the `[alerts]` table, as `alert_settings` takes them."""
    settings = alert_settings(folder, endpoints, **alerts)
    receivers, metrics = open_receivers(settings, inventory, public_url), Metrics()
    state = open_state(folder / "state.sqlite")
    with state.begin() as connection:
        epoch = begin_epoch(connection, clock())
    evaluation = Evaluation(state=state, inventory=inventory, settings=settings, metrics=metrics, epoch=epoch)
    evaluation.begin(clock())
    async with contextlib.aclosing(Caller(settings.allowed_networks)) as caller:
        sender = Sender(
            state=state,
            inventory=inventory,
            receivers=receivers,
            caller=caller,
            metrics=metrics,
            clock=clock,
            refreshed_every_seconds=refreshed_every_seconds,
        )
        sending = asyncio.create_task(sender.run(epoch), name="sender")
        try:
            yield AlertDelivery(state, receivers, evaluation, sender)
        finally:
            sending.cancel()
            await asyncio.wait([sending])
            state.dispose()
    if not sending.cancelled():
        sending.result()
