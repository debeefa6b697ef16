"""What came in and found no place: devices that the inventory does not know, and messages that were not taken."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from fastapi.responses import Response
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.fleet import UnknownDevice
from collector.state.quarantine import Entry, entries
from collector.web.rendering import Renderer
from collector.web.routing import Page
from collector.web.services import Services

MAX_DEVICES = 200
MAX_REFUSALS = 100


@dataclass(frozen=True, slots=True)
class RefusedMessage:
    """A quarantine entry without its payload, which may hold anything."""

    reason: str
    detail: str
    agent: str | None
    count: int
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Findings:
    """Unknown devices and refused messages, the last seen first."""

    devices: tuple[UnknownDevice, ...]
    devices_left_out: int
    refusals: tuple[RefusedMessage, ...]


def build_findings(devices: Iterable[UnknownDevice], quarantined: Iterable[Entry]) -> Findings:
    """The view of both."""
    newest_first = sorted(devices, key=lambda device: (device.last_seen, device.key), reverse=True)
    return Findings(
        devices=tuple(newest_first[:MAX_DEVICES]),
        devices_left_out=max(0, len(newest_first) - MAX_DEVICES),
        refusals=tuple(
            RefusedMessage(entry.reason, entry.detail, entry.agent, entry.count, entry.first_seen, entry.last_seen)
            for entry in quarantined
        ),
    )


def findings_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """`/unknown-devices`."""

    async def show(request: Request) -> Response:
        quarantined = await asyncio.to_thread(entries, services.state, limit=MAX_REFUSALS)
        view = build_findings(list(services.fleet.unknown_devices.values()), quarantined)
        values = {"view": view, "refusals_shown": MAX_REFUSALS}
        return await renderer.respond(request, "findings.html", lambda _: values)

    return [Page("/unknown-devices", show, needs=Permission.FINDINGS)]
