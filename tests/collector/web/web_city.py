"""A small city for the tests of the pages: two parks, a library and a centre, with every kind of access point."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from agent.wire import Device, Interface, Probe, Radio, Report, Ssid, System
from collector.readings import Reading
from inventory.models import AccessPoint, Inventory, Site, SiteKind

NOW = datetime(2026, 5, 23, 10, 4, 5, tzinfo=UTC)
"""19:04:05 in Seoul."""
EVIL = "<script>alert(1)</script>"


@dataclass
class Watch:
    """A clock that is set by hand."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


def site(site_id: str, kind: SiteKind = SiteKind.PARK, **changes: object) -> Site:
    names = {"name_ko": f"{site_id} 한글", "name_en": f"{site_id} English", "district": "마포구"}
    return Site.model_validate({"id": site_id, "kind": kind, **names, **changes})


YEOUIDO = site(
    "yeouido",
    name_ko="여의도한강공원",
    name_en="Yeouido Hangang Park",
    district="영등포구",
    latitude=37.528558,
    longitude=126.932714,
)
TTUKSEOM = site(
    "ttukseom",
    name_ko="뚝섬한강공원",
    name_en="Ttukseom Hangang Park",
    district="광진구",
    latitude=37.529382,
    longitude=127.069673,
)
LIBRARY = site("mapo-library", SiteKind.LIBRARY, name_ko=f"마포 {EVIL}", name_en=f"Mapo {EVIL}")
CENTRE = site("jung-senior", SiteKind.SENIOR, district="중구")

FULL = "yeouido-001"
SILENT = "yeouido-002"
BARE = "yeouido-003"
EVIL_PLACE = "mapo-library-01"
NEVER = "jung-senior-01"

INVENTORY = Inventory(
    sites=(YEOUIDO, TTUKSEOM, LIBRARY, CENTRE),
    access_points=(
        AccessPoint(id=FULL, site="yeouido"),
        AccessPoint(id=SILENT, site="yeouido", name="물빛무대"),
        AccessPoint(id=BARE, site="yeouido"),
        AccessPoint(id="ttukseom-001", site="ttukseom"),
        AccessPoint(id=EVIL_PLACE, site="mapo-library", name=EVIL),
        AccessPoint(id=NEVER, site="jung-senior"),
    ),
)


def full_report(at: datetime) -> Report:
    """A report that leaves nothing out."""
    return Report(
        observed_at=at,
        interval_seconds=60,
        device=Device(
            vendor="Acme", model="AX-6", serial="SN-1", mac="02:00:00:00:00:01", firmware="1.2.3", name="ap-1"
        ),
        system=System(
            uptime_seconds=93_784, cpu_ratio=0.25, memory_used_ratio=0.5, load_1m=0.42, temperature_celsius=47.5
        ),
        clients=12,
        radios=(
            Radio(
                name="wlan0",
                band="2.4",
                channel=6,
                width_mhz=20,
                standard="802.11n",
                tx_power_dbm=20,
                noise_dbm=-94,
                busy_ratio=0.63,
                rx_ratio=0.1,
                tx_ratio=0.2,
                clients=4,
                retry_ratio=0.08,
                rx_bits_per_second=1e6,
                tx_bits_per_second=9e6,
            ),
            Radio(name="wlan1", band="5", busy_ratio=0.21, clients=8),
        ),
        ssids=(Ssid(ssid="SEOUL", radio="wlan0", clients=4), Ssid(ssid="", radio="wlan1")),
        uplink=Interface(
            name="eth0",
            is_up=True,
            speed_bits_per_second=1e8,
            is_full_duplex=False,
            rx_bits_per_second=12.34e6,
            tx_bits_per_second=1.5e6,
            rx_errors_per_second=0.02,
            tx_errors_per_second=0,
        ),
        interfaces=(Interface(name="eth1", is_up=False),),
        probes=(
            Probe(kind="gateway", target="10.0.0.1", is_ok=True, latency_seconds=0.0021, loss_ratio=0),
            Probe(kind="portal", is_ok=False, failure="timed out"),
        ),
    )


def reading(report: Report, observed_at: datetime) -> Reading:
    return Reading.of(report, observed_at, observed_at + timedelta(seconds=2), "gw-1")


def city_readings() -> list[tuple[str, Reading]]:
    """What is known of the access points: one in full, one that fell silent, one that says next to nothing, ..."""
    recently = NOW - timedelta(seconds=35)
    three_hours_ago = NOW - timedelta(hours=3)
    evil = Report(
        observed_at=recently,
        device=Device(vendor=EVIL, model=EVIL, serial=EVIL),
        clients=0,
        radios=(Radio(name=EVIL),),
        ssids=(Ssid(ssid="<script>x</script>"),),
        probes=(Probe(kind=EVIL, is_ok=False, failure=EVIL),),
    )
    return [
        (FULL, reading(full_report(recently), recently)),
        (SILENT, reading(Report(observed_at=three_hours_ago, interval_seconds=60, clients=7), three_hours_ago)),
        (BARE, reading(Report(observed_at=recently), recently)),
        ("ttukseom-001", reading(Report(observed_at=recently, clients=3), recently)),
        (EVIL_PLACE, reading(evil, recently)),
    ]
