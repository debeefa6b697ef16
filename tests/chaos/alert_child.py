"""What of a collector evaluates and sends, as a process that dies where it is told to. Orders come by standard input, a
JSON line each; for each a child is forked, so that not every one of them has to begin with all its imports.

Run by `chaos.alert_children` as `python -m chaos.alert_child`.
"""

import asyncio
import gc
import importlib
import json
import os
import signal
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from alert_cities import City
from chaos.alert_city import alert_settings, inventory
from sqlalchemy import Engine, func, select

from collector.alerting.evaluation import Evaluation, NotElectedError
from collector.alerting.receivers import open_receivers
from collector.alerting.sending import Sender
from collector.alerts.judging.snapshot import Layout
from collector.alerts.notice import Notice
from collector.metrics import Metrics
from collector.outward.calling import Answer, Call, Caller
from collector.state.alert_tables import alerts, deliveries, threads
from collector.state.database import open_database
from collector.state.leadership import begin_epoch
from collector.state.settings import StateSettings

NETWORKS = ("127.0.0.0/8",)
SILENT = ("hall-1", "park-1")
NOT_ELECTED = 3
_IMPORTED_WHERE_NEEDED = (
    "collector.alerts.endpoints.fitting",
    "collector.alerts.formats.standard_webhooks",
    "collector.outward.client",
    "sqlalchemy.dialects.postgresql.psycopg",
)
_LOOKS_EVERY_SECONDS = 0.02
_WAITS_FOR_ITS_CALLS_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Order:
    """`state` is the URL of a PostgreSQL, or the path of a SQLite file; `receiver` is where to send. In the city, some
    are silent until the file `is_well` is there; who `makes_well` makes it once the deliveries of all that is silent
    are noted, or else the receiver does. It dies `before` or `after` the commit, or at the `answer`, of the
    number `dies_at`. One that `stays` looks at nothing while it calls, and
    goes on until another is elected."""

    state: str
    folder: str
    receiver: str
    is_well: str
    dies: str = ""
    dies_at: int = 0
    stays: bool = False
    makes_well: bool = True


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class _Death:
    """At the n-th of what it counts."""

    def __init__(self, order: Order, engine: Engine) -> None:
        self._order = order
        self._left = order.dies_at
        dialect: Any = engine.dialect
        commit = dialect.do_commit

        def do_commit(connection: Any) -> None:
            if order.dies == "before":
                self.count()
            commit(connection)
            if order.dies == "after":
                self.count()

        dialect.do_commit = do_commit

    def count(self) -> None:
        self._left -= 1
        if self._left == 0:
            _die()


class _Caller:
    """The real one, whose answers are counted."""

    def __init__(self, death: _Death, *, counts: bool) -> None:
        self._caller = Caller([ip_network(text) for text in NETWORKS])
        self._death = death
        self._counts = counts
        self.under_way = 0

    async def prepare(self) -> None:
        await self._caller.prepare()

    async def call(self, call: Call) -> Answer:
        self.under_way += 1
        try:
            answer = await self._caller.call(call)
        finally:
            self.under_way -= 1
        if self._counts:
            self._death.count()
        return answer


async def _run(order: Order) -> int:
    settings = alert_settings(
        Path(order.folder),
        urls={"ops": order.receiver},
        judged=("access_point_silent",),
        clears_after=0.0,
        wait_seconds=0.0,
        update_every_seconds=0.0,
        allowed_networks=NETWORKS,
    )
    is_url = order.state.startswith("postgresql")
    engine = open_database(StateSettings(url=order.state if is_url else None), Path(order.state))
    death = _Death(order, engine)
    places, metrics = inventory(), Metrics()
    layout = Layout(places)
    with engine.begin() as connection:
        epoch = begin_epoch(connection, datetime.now(UTC))
    evaluation = Evaluation(state=engine, inventory=places, settings=settings, metrics=metrics, epoch=epoch)
    caller = _Caller(death, counts=order.dies == "answer")
    sender = Sender(
        state=engine,
        inventory=places,
        receivers=open_receivers(settings, places, None),
        caller=caller,  # type: ignore[arg-type]  # stands where it does
        metrics=metrics,
        clock=lambda: datetime.now(UTC),
    )
    sending = asyncio.create_task(sender.run(epoch))
    code = 0
    try:
        while order.stays or not await asyncio.to_thread(_is_over, engine, order):
            if not (order.stays and caller.under_way):
                city = City(layout, datetime.now(UTC))
                seen = city if Path(order.is_well).exists() else city.silent(*SILENT)
                await asyncio.to_thread(evaluation.evaluate, seen.snapshot())
                sender.wake()
            await asyncio.sleep(_LOOKS_EVERY_SECONDS)
    except NotElectedError:
        await asyncio.sleep(_WAITS_FOR_ITS_CALLS_SECONDS)
        code = NOT_ELECTED
    sending.cancel()
    await asyncio.wait([sending])
    engine.dispose()
    return code


def _is_over(engine: Engine, order: Order) -> bool:
    """Whether all that was to be told is told."""
    if not Path(order.is_well).exists():
        if order.makes_well and _are_noted(engine):
            Path(order.is_well).touch()
        return False
    left = [
        select(func.count()).where(alerts.c.is_open),
        select(func.count()).where(threads.c.closed_at.is_(None)),
        select(func.count()).where(deliveries.c.state == "waiting"),
    ]
    with engine.connect() as connection:
        return not any(connection.scalar(query) for query in left)


def _are_noted(engine: Engine) -> bool:
    """Whether the notices of all that is silent are noted as delivered."""
    query = select(deliveries.c.document).where(deliveries.c.state == "delivered")
    with engine.connect() as connection:
        notices = [Notice.model_validate_json(document) for document in connection.scalars(query)]
    return {alert.subject for notice in notices for alert in notice.firing} == set(SILENT)


def main() -> None:
    """One child after the other; its process id at its beginning, and how it ended, are a line each."""
    for name in _IMPORTED_WHERE_NEEDED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        order = Order(**json.loads(line))
        child = os.fork()
        if child == 0:
            os._exit(asyncio.run(_run(order)))
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
