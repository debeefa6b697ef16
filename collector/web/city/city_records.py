"""What pages ask about all places beside their readings: devices, generations, orders, and how far the programme is.

To read any of that for a city takes the better part of a second, so the answers are held for a while. Belongs to one
event loop.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from collector.legacy.programme import ProgrammeReport
from collector.replacement.generations import generations_of
from collector.replacement.reporting import report
from collector.state.assessments import newest_run
from collector.state.devices import newest_devices
from collector.state.open_orders import OpenOrder, open_orders
from collector.stores import StoreError
from collector.web.city.held_answers import HeldAnswers
from collector.web.services import Services
from inventory.models import Device, Inventory

_FRESH = timedelta(seconds=30)
_USABLE = timedelta(minutes=5)
_FOREVER = timedelta(days=10_000)
"""What was judged in one run never changes."""
_PATIENCE_SECONDS = 5.0
KEPT_EVERY_SECONDS = 240.0
"""Sooner than an answer is too old to be used."""


class PlaceDevice(NamedTuple):
    """The device at a place: as it has reported itself, or else as the inventory has it."""

    vendor: str | None
    model: str | None
    serial: str | None
    is_reported: bool = True


@dataclass(frozen=True, slots=True)
class Devices:
    """By access point, and which vendors and models there are among them, in order."""

    by_place: Mapping[str, PlaceDevice]
    vendors: tuple[str, ...]
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Records:
    """What is known of all places beside their readings. `generations` are empty before anything was judged."""

    devices: Devices
    generations: Mapping[str, str]
    orders: Mapping[str, OpenOrder]


class CityRecords:
    """One for all pages."""

    def __init__(self, services: Services) -> None:
        self._services = services
        clock = services.clock
        self._devices: HeldAnswers[str, Devices] = HeldAnswers(clock, fresh=_FRESH, usable=_USABLE, max_answers=1)
        self._programme: HeldAnswers[str, ProgrammeReport] = HeldAnswers(
            clock, fresh=_FRESH, usable=_USABLE, max_answers=1
        )
        self._generations: HeldAnswers[int, Mapping[str, str]] = HeldAnswers(
            clock, fresh=_FOREVER, usable=_FOREVER, max_answers=1
        )
        self._is_closing = asyncio.Event()
        self.has_read = asyncio.Event()
        """Set once the answers were there for the first time, or could not be had."""

    async def keep(self) -> None:
        """Have the answers at hand before anybody asks, until `close`: who comes first after a start or a quiet night
        waits no longer than anybody. What fails is told by who holds the answers, and tried again the next time."""
        while not self._is_closing.is_set():
            with suppress(StoreError, SQLAlchemyError):
                await asyncio.gather(self.read(), self.programme())
            self.has_read.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(KEPT_EVERY_SECONDS):
                    await self._is_closing.wait()

    async def read(self) -> Records:
        """Devices are at most _FRESH old where somebody has asked lately; orders are as they are right now."""
        devices, generations, orders = await asyncio.gather(
            self.devices(), self._read_generations(), asyncio.to_thread(open_orders, self._services.state)
        )
        return Records(devices, generations, orders)

    async def devices(self) -> Devices:
        """The devices at all places; none where the database takes too long."""
        services = self._services
        try:
            return await self._devices.get(
                "devices",
                lambda: gather_devices(services.inventory, _as_reported(services)),
                patience_seconds=_PATIENCE_SECONDS,
            )
        except TimeoutError:
            return Devices({}, (), ())

    async def programme(self) -> ProgrammeReport | None:
        """How far the replacement programme has come; None where it takes too long to say."""
        services = self._services
        try:
            return await self._programme.get(
                "programme",
                lambda: report(services.book, services.inventory, services.state, services.desk.settings),
                patience_seconds=_PATIENCE_SECONDS,
            )
        except TimeoutError:
            return None

    async def close(self) -> None:
        """Ask no more, and let the questions end that are under way."""
        self._is_closing.set()
        await self._devices.close()
        await self._programme.close()
        await self._generations.close()

    async def _read_generations(self) -> Mapping[str, str]:
        state = self._services.state
        run = await asyncio.to_thread(newest_run, state)
        if run is None:
            return {}
        places = list(self._services.inventory.access_points)
        try:
            return await self._generations.get(
                run.id, lambda: generations_of(state, run, places), patience_seconds=_PATIENCE_SECONDS
            )
        except TimeoutError:
            return {}


def gather_devices(inventory: Inventory, reported: Mapping[str, PlaceDevice]) -> Devices:
    """What was reported, and for the other places the inventory's record where that names one device only."""
    recorded: dict[str, list[Device]] = defaultdict(list)
    for device in inventory.devices:
        if device.access_point is not None:
            recorded[device.access_point].append(device)
    by_place = {
        place: PlaceDevice(devices[0].vendor, devices[0].model, devices[0].serial, is_reported=False)
        for place, devices in recorded.items()
        if len(devices) == 1
    }
    by_place |= {place: device for place, device in reported.items() if place in inventory.access_points}
    return Devices(
        by_place=by_place,
        vendors=tuple(sorted({device.vendor for device in by_place.values() if device.vendor})),
        models=tuple(sorted({device.model for device in by_place.values() if device.model})),
    )


def _as_reported(services: Services) -> dict[str, PlaceDevice]:
    return {
        place: PlaceDevice(seen.vendor, seen.model, seen.serial)
        for place, seen in newest_devices(services.state).items()
    }
