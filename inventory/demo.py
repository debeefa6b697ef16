"""The demo's seed data as files: the inventory, and what the gateway agent simulates.

Called by the demo, which has one gateway agent play the simulated fleet of `inventory.demo_fleet` and adds an agent of
its own for the machine that it runs on.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import tomli_w
from pydantic import BaseModel

from inventory.demo_fleet import demo_fleet
from inventory.models import AccessPoint, Agent, Device, Site, SiteKind

__all__ = [
    "GATEWAY",
    "REPLACED",
    "REPLACEMENT",
    "THIS_MACHINE",
    "demo_fleet",
    "simulated_sources",
    "write_demo_inventory",
]

GATEWAY = "gw-demo"
"""The agent that speaks for all simulated access points."""
THIS_MACHINE = "this-machine"
"""The site, the access point and the agent of the machine that the demo runs on."""
REPLACEMENT = ("Simulated", "SIM-AP Wi-Fi 6E (4x4x4)")
"""Vendor and model of the device that hangs where a simulated one was replaced."""
REPLACED = "nanji-060"
"""The access point whose device is replaced some minutes after the first start."""

_HEADER = "# Simulated. Seed data of the demo, which writes this file anew whenever it starts.\n\n"

_ALWAYS = None
_FAULTS: tuple[tuple[str, str, timedelta | None], ...] = (
    ("gwangnaru-007", "silent", _ALWAYS),
    ("jamsil-011", "portal_failing", _ALWAYS),
    ("ttukseom-023", "radio_dead", _ALWAYS),
    ("ttukseom-071", "reboot_loop", _ALWAYS),
    ("banpo-009", "hot", _ALWAYS),
    ("yeouido-017", "uplink_100m", _ALWAYS),
    ("yeouido-063", "uplink_100m", _ALWAYS),
    ("yeouido-088", "noisy_channel", _ALWAYS),
    ("mapo-library-02", "noisy_channel", _ALWAYS),
    ("gangnam-senior-01", "uplink_100m", _ALWAYS),
    ("nanji-042", "silent", timedelta(seconds=90)),
    ("mangwon-014", "uplink_down", timedelta(minutes=2)),
    (REPLACED, "replaced", timedelta(minutes=3)),
)
"""Access point, the simulated source's word for what is wrong, and how long after the demo's start it begins."""


def write_demo_inventory(folder: Path) -> None:
    """Write the inventory of the demo, replacing that of an earlier one; the parks are built in. Raises OSError."""
    fleet = demo_fleet()
    this_site = Site(id=THIS_MACHINE, kind=SiteKind.OTHER, name_ko="이 컴퓨터", name_en="This machine", district="중구")
    facilities = [member.site for member in fleet if member.site.kind is not SiteKind.PARK]
    places = [point for member in fleet for point in member.access_points]
    agents = [
        Agent(id=GATEWAY, sites=tuple(member.site.id for member in fleet)),
        Agent(id=THIS_MACHINE, access_points=(THIS_MACHINE,)),
    ]
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "sites.toml", "sites", [*facilities, this_site])
    this_place = AccessPoint(id=THIS_MACHINE, site=THIS_MACHINE)
    _write(folder / "access_points.toml", "access_points", [*(point.place for point in places), this_place])
    devices = [Device(serial=point.serial, access_point=point.place.id) for point in places]
    _write(folder / "devices.toml", "devices", devices)
    _write(folder / "agents.toml", "agents", agents)


def simulated_sources(
    *,
    interval_seconds: float,
    started_at: datetime | None = None,
    first_started_at: datetime | None = None,
    history_seconds: float = 0.0,
) -> list[dict[str, object]]:
    """The `[[sources]]` tables of the gateway agent, one for each site and read every `interval_seconds`.

    A dozen access points have a fault. Some faults begin in the minutes after `started_at`, the demo's start with its
    time zone, so that there is something to see; they are left out where it is not given. A device stays replaced, so
    its replacement counts from `first_started_at`, where there was an earlier start. With `history_seconds` the fleet
    also tells what came before.
    """
    return [
        {
            "kind": "simulated",
            "site": member.site.id,
            "setting": "riverside" if member.site.kind is SiteKind.PARK else "indoor",
            "interval_seconds": interval_seconds,
            "history_seconds": history_seconds,
            "access_points": [
                {"id": point.place.id, "generation": point.generation, "serial": point.serial}
                for point in member.access_points
            ],
            "faults": _faults(
                {point.place.id for point in member.access_points}, started_at, first_started_at or started_at
            ),
        }
        for member in demo_fleet()
    ]


def _faults(
    access_points: set[str], started_at: datetime | None, first_started_at: datetime | None
) -> list[dict[str, object]]:
    faults: list[dict[str, object]] = []
    for access_point, kind, delay in _FAULTS:
        if access_point not in access_points:
            continue
        since = first_started_at if kind == "replaced" else started_at
        if delay is None:
            faults.append({"access_point": access_point, "kind": kind})
        elif since is not None:
            faults.append({"access_point": access_point, "kind": kind, "begins_at": since + delay})
    return faults


def _write(path: Path, table: str, rows: Sequence[BaseModel]) -> None:
    document = {table: [row.model_dump(mode="json", exclude_defaults=True) for row in rows]}
    path.write_text(_HEADER + tomli_w.dumps(document), encoding="utf-8")
