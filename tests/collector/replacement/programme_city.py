"""A small city with devices old and new, and ten days of what they carried."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine
from writing import write

from agent.wire import Device as ToldDevice
from agent.wire import Interface, Probe, Radio, Report
from collector.fleet import Fleet
from collector.legacy.settings import LegacySettings
from collector.readings import Reading
from collector.replacement.desk import ReplacementDesk
from collector.stores import FrameKey, Store, StoredFrame, StoredReport
from inventory.models import AccessPoint, Device, Inventory, Site, SiteKind

NOW = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
"""Half past ten in Korea, after the hour at which the city is judged."""
DAYS = 10
MIDNIGHT = datetime(2026, 11, 19, 15, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """One access point: its device, how busy that is (from 0 to 1), how much of the air others take, and its uplink."""

    id: str
    site: str
    vendor: str | None
    model: str | None
    load: float = 0.0
    foreign_ratio: float = 0.05
    uplink_bits_per_second: float = 1e9


BUSY_OLD = Place("w-1", "welfare", "MikroTik", "cAP ac", load=0.9)
QUIET_OLD = Place("w-2", "welfare", "MikroTik", "cAP ac", load=0.1)
NEW = Place("w-3", "welfare", "HPE Aruba Networking", "AP-575", load=0.9)
DUE = Place("p-1", "park", "Cisco", "Aironet 3702", load=0.5)
CROWDED = Place("p-2", "park", "MikroTik", "cAP ac", load=0.1, foreign_ratio=0.8)
STRANGE = Place("p-3", "park", "Nobody", "Box 1", load=0.5)
SILENT = Place("p-4", "park", None, None)
SLOW = Place("w-4", "welfare", "MikroTik", "cAP ac", load=0.9, uplink_bits_per_second=1e8)
PLACES = (BUSY_OLD, QUIET_OLD, NEW, SLOW, DUE, CROWDED, STRANGE, SILENT)

INVENTORY = Inventory(
    sites=(
        Site(id="welfare", kind=SiteKind.WELFARE, name_ko="가온복지관", name_en="Gaon Welfare Centre", district="중구"),
        Site(id="park", kind=SiteKind.PARK, name_ko="여의도한강공원", district="영등포구"),
    ),
    access_points=tuple(AccessPoint(id=place.id, site=place.site) for place in PLACES),
    devices=(
        Device(serial="SN-w-2", access_point="w-2", installed_on=date(2024, 3, 1)),
        Device(serial="SN-p-4", access_point="p-4", vendor="MikroTik", model="cAP ac", installed_on=date(2015, 3, 1)),
    ),
)


def report(place: Place, at: datetime) -> Report:
    """What it tells at an instant: its load from noon to ten in the evening in Korea, a tenth of it else."""
    load = place.load * (1.0 if 3 <= at.hour < 13 else 0.1)
    own, busy = 0.6 * load, min(0.6 * load + place.foreign_ratio, 1.0)
    radios = tuple(
        Radio(
            name=f"radio{number}",
            band=band,
            is_up=True,
            busy_ratio=busy,
            rx_ratio=own / 3,
            tx_ratio=2 * own / 3,
            clients=round(40 * load),
            retry_ratio=0.2 * load,
        )
        for number, band in enumerate(("2.4", "5"))
    )
    uplink = Interface(
        name="eth0",
        is_up=True,
        speed_bits_per_second=place.uplink_bits_per_second,
        max_speed_bits_per_second=1e9,
        rx_bits_per_second=min(3e8, place.uplink_bits_per_second) * load,
        tx_bits_per_second=3e7 * load,
        rx_errors_per_second=0.0,
        tx_errors_per_second=0.0,
    )
    return Report(
        observed_at=at,
        interval_seconds=60,
        device=ToldDevice(vendor=place.vendor, model=place.model, serial=f"SN-{place.id}"),
        system={"uptime_seconds": 1e6 + (at - MIDNIGHT).total_seconds(), "temperature_celsius": 45, "cpu_ratio": 0.2},
        clients=round(80 * load),
        radios=radios,
        uplink=uplink,
        probes=tuple(
            Probe(kind=kind, is_ok=True, latency_seconds=0.004, loss_ratio=0.0) for kind in ("gateway", "dns", "portal")
        ),
    )


def fleet() -> Fleet:
    """The newest readings."""
    return Fleet((place.id, Reading.of(report(place, NOW), NOW, NOW, "gw")) for place in PLACES if place is not SILENT)


async def write_days(store: Store, places: Iterable[Place] = PLACES) -> None:
    """Ten days, every half hour, until midnight in Korea."""
    stored = [
        StoredReport(place.id, at, is_clock_corrected=False, report=report(place, at))
        for place in places
        if place is not SILENT
        for at in _instants()
    ]
    frames = [
        StoredFrame(FrameKey("gw", "00c0ffee", number), NOW, tuple(stored[start : start + 100]), ())
        for number, start in enumerate(range(0, len(stored), 100))
    ]
    assert list(await write(store, frames)) == []


def _instants() -> Iterator[datetime]:
    for step in range(DAYS * 48):
        yield MIDNIGHT - timedelta(days=DAYS) + step * timedelta(minutes=30)


def make_desk(store: Store, state: Engine, now: datetime = NOW) -> ReplacementDesk:
    """A desk over it."""
    return ReplacementDesk(
        inventory=INVENTORY, fleet=fleet(), store=store, state=state, settings=LegacySettings(), clock=lambda: now
    )
