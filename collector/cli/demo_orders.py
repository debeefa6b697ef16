"""The demo's people and orders, made once: so much that the board, a work list and its print show something.

Called by `collector.cli.demo`. One of the devices is replaced while somebody watches, and telemetry moves its order.
"""

import asyncio
import logging
import secrets
from datetime import timedelta
from pathlib import Path

from collector.access.identity import Identity, Means
from collector.access.roles import PERMISSIONS, Role
from collector.korean_time import KST
from collector.orders.changes import Change
from collector.orders.order import Status
from collector.state.accounts import add_user
from collector.state.orders import count_orders
from collector.web.services import Services
from inventory.demo import REPLACED, REPLACEMENT

_PLANNER = Identity("planner", Role.PLANNER, Means.COMMAND, PERMISSIONS[Role.PLANNER])
_TECHNICIAN = "technician"
_ROLES = {_PLANNER.name: Role.PLANNER, _TECHNICIAN: Role.TECHNICIAN}

_ASSIGNED = (
    REPLACED,
    "nanji-063",
    "nanji-043",
    "mapo-children-01",
    "mapo-children-02",
    "yeouido-063",
    "yeouido-060",
)
"""Of the oldest generation, on both banks of the river. The first is the one that is replaced."""
_PLANNED, _OPEN = "ttukseom-023", "ttukseom-043"
_NOTE = "시연용으로 만든 작업입니다.\nPart of the demonstration."

_LOOKS_EVERY_SECONDS = 0.5
_MOST_LOOKS = 240
_logger = logging.getLogger(__name__)


def log_ins_of(services: Services, path: Path) -> list[tuple[str, str]]:
    """Names and passwords of a planner and a technician, who are made at the first start. The passwords are drawn, and
    left in a file for the owner. Blocks; raises OSError."""
    if not path.exists():
        drawn = {name: secrets.token_urlsafe(12) for name in _ROLES}
        added = [
            f"{name} {password}\n"
            for name, password in drawn.items()
            if add_user(services.state, name, password, services.clock(), role=_ROLES[name])
        ]
        path.touch(mode=0o600)
        path.write_text("".join(added), encoding="utf-8")
    return [(name, password) for name, password in map(str.split, path.read_text(encoding="utf-8").splitlines())]


async def open_orders(services: Services) -> None:
    """Open the demo's orders, plan and assign them for today, unless anything was ever ordered. An order knows the
    device that hangs there, so each place is to have reported before."""
    if any((await asyncio.to_thread(count_orders, services.state)).values()):
        return
    places = {*_ASSIGNED, _PLANNED, _OPEN}
    for _ in range(_MOST_LOOKS):
        if places <= services.fleet.readings.keys():
            break
        await asyncio.sleep(_LOOKS_EVERY_SECONDS)
    else:
        _logger.warning("demo_orders_opened_without_reports")
    await asyncio.to_thread(_open, services)


def _open(services: Services) -> None:
    desk, today = services.order_desk, services.clock().astimezone(KST).date()
    vendor, model = REPLACEMENT
    to_be_planned = Change(status=Status.PLANNED, vendor=vendor, model=model, planned_on=today)
    for place in _ASSIGNED:
        order = desk.open(place, _PLANNER, Change(note=_NOTE))
        order = desk.change(order.id, order.version, to_be_planned, _PLANNER)
        desk.change(order.id, order.version, Change(status=Status.ASSIGNED, technician=_TECHNICIAN), _PLANNER)
    order = desk.open(_PLANNED, _PLANNER, Change(note=_NOTE))
    tomorrow = to_be_planned.model_copy(update={"planned_on": today + timedelta(days=1)})
    desk.change(order.id, order.version, tomorrow, _PLANNER)
    desk.open(_OPEN, _PLANNER, Change(note=_NOTE))
