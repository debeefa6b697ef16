"""Joins the parts of alerts for one collector. Called by `collector.main`."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Engine

from collector.alerting.evaluation import Evaluation
from collector.alerting.eyes import Eyes
from collector.alerting.listening import Listening
from collector.alerting.receivers import Receiver
from collector.alerting.sending import Sender
from collector.alerting.watch import AlertWatch
from collector.alerts.settings import AlertSettings
from collector.fleet import Fleet
from collector.metrics import Metrics
from collector.outward.calling import Caller
from collector.stores import Store
from inventory import Inventory
from inventory.catalogue import Catalogue


def join_alerts(
    *,
    settings: AlertSettings,
    receivers: Sequence[Receiver],
    inventory: Inventory,
    catalogue: Catalogue,
    fleet: Fleet,
    store: Store,
    state: Engine,
    metrics: Metrics,
    listening: Listening,
    clock: Callable[[], datetime],
) -> tuple[AlertWatch, Caller]:
    """The watch that is to run, and the caller that is to be closed when it has. Raises CallError where `ca_file` holds
    no certificates."""
    caller = Caller(settings.allowed_networks, ca_file=settings.ca_file)
    sender = Sender(state=state, inventory=inventory, receivers=receivers, caller=caller, metrics=metrics, clock=clock)
    open_eyes = partial(
        Eyes,
        inventory=inventory,
        catalogue=catalogue,
        store=store,
        state=state,
        listening_since=listening.since,
        health=listening.health,
    )

    def begin_evaluation(epoch: int) -> Evaluation:
        return Evaluation(state=state, inventory=inventory, settings=settings, metrics=metrics, epoch=epoch)

    watch = AlertWatch(fleet=fleet, sender=sender, open_eyes=open_eyes, begin_evaluation=begin_evaluation, clock=clock)
    return watch, caller
