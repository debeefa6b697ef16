"""A place at work: real pipeline, store, keeper and state, orders and their watch, by a clock that moves when told."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from harness import INVENTORY
from made_orders import person
from state_files import open_state
from web_services import catalogue

from agent.wire import Ack
from collector.access.identity import Identity
from collector.access.roles import Role
from collector.fieldwork.order_desk import OrderDesk
from collector.fieldwork.placing import Placing
from collector.fieldwork.watch import OrderWatch
from collector.fleet import Fleet
from collector.intake import Intake
from collector.keeping import Keeper
from collector.ledger import Ledger
from collector.metrics import Metrics
from collector.orders.order import Order
from collector.orders.settings import OrderSettings
from collector.pipeline import Pipeline
from collector.replacement.book import Book
from collector.state.accounts import add_user
from collector.state.orders import order_of
from collector.stores.duckdb import open_store
from inventory import load_inventory

PLANNER: Identity = person()
KIM: Identity = person("kim", Role.TECHNICIAN)
GIGABIT = 1_000_000_000
GOOD_PROBES = [
    {"kind": "gateway", "target": "192.0.2.1", "is_ok": True},
    {"kind": "dns", "target": "seoul.go.kr", "is_ok": True},
    {"kind": "portal", "target": "portal.example", "is_ok": True},
    {"kind": "throughput", "target": "server", "direction": "download", "throughput_bits_per_second": 6e8},
]


def device_report(serial: str, *, access_point: str | None = "lab-001", **parts: Any) -> dict[str, Any]:
    """What an AP-515 of this serial tells of itself, as a controller calls it."""
    report: dict[str, Any] = {
        "interval_seconds": 60,
        "device": {"vendor": "Aruba", "model": "515", "serial": serial},
        "clients": 4,
        "uplink": {"name": "eth0", "is_up": True, "speed_bits_per_second": GIGABIT},
        "probes": GOOD_PROBES,
    }
    return report | ({} if access_point is None else {"access_point": access_point}) | parts


class Field:
    """One collector's part in it. Whoever waits for time moves `now`."""

    def __init__(self, folder: Path) -> None:
        places = folder / "inventory"
        places.mkdir()
        (places / "lab.toml").write_text(INVENTORY, encoding="utf-8")
        inventory = load_inventory(places)
        self.now = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
        self.store = open_store(folder / "points.duckdb")
        self.state = open_state(folder / "state.sqlite")
        add_user(self.state, KIM.name, "a password of theirs", self.now, role=KIM.role)
        self.fleet, self.intake = Fleet(), Intake(inventory)
        self.keeper = Keeper(self.state, self.fleet)
        self.pipeline = Pipeline(
            intake=self.intake,
            store=self.store,
            state=self.state,
            fleet=self.fleet,
            ledger=Ledger({}),
            keeper=self.keeper,
            metrics=Metrics(),
            clock=self._clock,
        )
        self.desk = OrderDesk(
            inventory=inventory,
            fleet=self.fleet,
            book=Book(self.state, inventory),
            state=self.state,
            catalogue=catalogue(),
            clock=self._clock,
        )
        self.watch = OrderWatch(
            state=self.state, fleet=self.fleet, catalogue=catalogue(), settings=OrderSettings(), clock=self._clock
        )
        self.placing = Placing(state=self.state, intake=self.intake, fleet=self.fleet)
        self._acks: asyncio.Queue[Ack] = asyncio.Queue()
        self._sequence = 0

    def wait(self, minutes: float) -> None:
        """Nothing happens for a while."""
        self.now += timedelta(minutes=minutes)

    async def hear(self, *reports: dict[str, Any]) -> None:
        """The gateway reports now, and that is stored and saved."""
        self._sequence += 1
        at = self.now.isoformat()
        frame = {
            "version": 1,
            "agent": "gw-lab",
            "boot_id": "00c0ffee",
            "sequence": self._sequence,
            "sent_at": at,
            "reports": [{"observed_at": at} | report for report in reports],
        }
        self.pipeline.receive("wifi/v1/gw-lab/frame", json.dumps(frame).encode(), self.now, is_retained=False)
        ack = await self._acks.get()
        assert [(span.first, span.last) for span in ack.stored] == [(self._sequence, self._sequence)]
        await self.keeper.save()

    def order(self, number: int = 1) -> Order:
        """The order as it is after a look at all of them."""
        self.watch.look()
        order = order_of(self.state, number)
        assert order is not None
        return order

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator["Field"]:
        tasks = [asyncio.create_task(step()) for step in self.pipeline.steps(self._acknowledge).values()]
        try:
            yield self
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.store.close()
            self.state.dispose()

    def _clock(self) -> datetime:
        return self.now

    async def _acknowledge(self, acks: Sequence[tuple[str, Ack]]) -> None:
        for _, ack in acks:
            await self._acks.put(ack)
