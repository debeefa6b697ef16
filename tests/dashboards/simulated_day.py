"""A day of a small fleet: one park and three facilities of the demo's, each a part of it, a report a minute.

The reports are the simulation's. What it leaves out and boards show is added here, by rules as simple as can be: PHY
rates, how clients spread, checks of names and of throughput, errors of a port, what a controller says.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from agent.simulation import AccessPoint, Fault, Site
from agent.wire import Distribution, Interface, Probe, Radio, Report, StandardClients
from collector.stores import StoredReport
from inventory.demo_fleet import DemoSite, demo_fleet
from inventory.models import Agent, Inventory, SiteKind

UNTIL = datetime(2025, 5, 30, 11, 30, 17, 250_000, tzinfo=UTC)
"""A warm Friday evening by the river. On no whole minute, as a board's end never is."""
SINCE = UNTIL - timedelta(hours=24, minutes=15)
"""Before all that a board shows of the last 24 hours."""
MINUTE = timedelta(minutes=1)
SIZES: Mapping[str, int] = {"banpo": 8, "seongdong-library": 2, "jung-senior": 2, "yongsan-children": 1}
"""How many access points of each site there are, unless it is said otherwise: fewer than these are never asked for."""

SILENT_IN_THE_END, SILENT_FOR_HOURS, REPLACED = "banpo-003", "banpo-004", "banpo-006"
REPLACED_AT = UNTIL - timedelta(hours=9, minutes=7)
CONTROLLED, LOST_BY_ITS_CONTROLLER = "jung-senior", "jung-senior-02"
_PORTAL_FAILS = "banpo-005"
_NAMES_FAIL = "seongdong-library-01"
_HOURS = timedelta(hours=1)
_FAULTS = {
    SILENT_IN_THE_END: (Fault("silent", UNTIL - 2 * _HOURS),),
    SILENT_FOR_HOURS: (Fault("silent", UNTIL - 15 * _HOURS, UNTIL - 12 * _HOURS),),
    _PORTAL_FAILS: (Fault("portal_failing", UNTIL - 3 * _HOURS),),
    REPLACED: (Fault("replaced", REPLACED_AT),),
    "banpo-007": (Fault("uplink_100m"),),
    "banpo-008": (Fault("hot", UNTIL - 5 * _HOURS), Fault("noisy_channel", UNTIL - 5 * _HOURS)),
}
_STANDARDS = ("802.11n", "802.11ac", "802.11ax")
_THROUGHPUT_EVERY_MINUTES = 30
_TARGETS = {"gateway": "10.20.0.1", "portal": "http://portal.example.org/"}


def sites_of_the_day(sizes: Mapping[str, int] = SIZES) -> tuple[DemoSite, ...]:
    """As much of the demo's fleet as is simulated here."""
    return tuple(
        DemoSite(each.site, each.access_points[: sizes[each.site.id]]) for each in demo_fleet() if each.site.id in sizes
    )


def inventory_of_the_day(sizes: Mapping[str, int] = SIZES) -> Inventory:
    """The same to the collector, with a place that was never heard of."""
    sites = sites_of_the_day(sizes)
    places = [point.place for each in sites for point in each.access_points]
    never_seen = next(place for place in places if place.site == "banpo").model_copy(update={"id": "banpo-099"})
    return Inventory(
        sites=tuple(each.site for each in sites),
        access_points=(*places, never_seen),
        agents=tuple(Agent(id=agent_of(each.site.id), sites=(each.site.id,)) for each in sites),
    )


def agent_of(site: str) -> str:
    """Who tells of a site's access points."""
    return f"gw-{site}"


def minutes_of_the_day(sizes: Mapping[str, int] = SIZES) -> Iterator[tuple[datetime, Sequence[StoredReport]]]:
    """Every whole minute, and what was reported in the minute before it, each site at a second of its own."""
    sites = [(each.site.id, _simulation(each)) for each in sites_of_the_day(sizes)]
    minute = SINCE.replace(second=0, microsecond=0) + MINUTE
    while minute <= UNTIL + MINUTE:
        reports: list[StoredReport] = []
        for number, (site, simulation) in enumerate(sites):
            at = minute - MINUTE + timedelta(seconds=(3.4 + 11.1 * number) % 60)
            if at <= UNTIL:
                told = simulation.reports_at(at, MINUTE.total_seconds())
                reports += (StoredReport(_place(each), at, False, _completed(each, site)) for each in told)
        yield minute, reports
        minute += MINUTE


def _simulation(site: DemoSite) -> Site:
    places = [
        AccessPoint(point.place.id, point.generation, point.serial, _FAULTS.get(point.place.id, ()))
        for point in site.access_points
    ]
    return Site(site.site.id, "riverside" if site.site.kind is SiteKind.PARK else "indoor", places, seed=8)


def _place(report: Report) -> str:
    assert report.access_point is not None
    return report.access_point


def _completed(report: Report, site: str) -> Report:
    assert report.uplink is not None
    more: dict[str, object] = {
        "radios": tuple(map(_radio, report.radios)),
        "uplink": _port(report.uplink),
        "probes": (*map(_aimed, report.probes), *_probes(report)),
    }
    if site == CONTROLLED:
        lost = report.access_point == LOST_BY_ITS_CONTROLLER and 3 <= report.observed_at.hour < 4
        more["is_up"] = not lost
    return report.model_copy(update=more)


def _radio(radio: Radio) -> Radio:
    clients = radio.clients or 0
    rate = {"2.4": 1e8, "5": 4e8, "6": 9e8}[radio.band or "5"] * (1 - (radio.busy_ratio or 0) / 2)
    shares = [clients // 5, clients // 3, clients - clients // 5 - clients // 3]
    return radio.model_copy(
        update={
            "is_up": True,
            "capability": radio.standard,
            "failure_ratio": (radio.retry_ratio or 0) / 10,
            "rx_phy_rate_bits_per_second": rate,
            "tx_phy_rate_bits_per_second": rate * 1.2,
            "clients_by_standard": tuple(map(_of_standard, _STANDARDS, shares)),
            "client_signal_dbm": Distribution(bounds=(-75, -65), counts=tuple(shares)),
            "client_rx_phy_rate_bits_per_second": Distribution(bounds=(5e7, 3e8), counts=tuple(shares)),
            "client_tx_phy_rate_bits_per_second": Distribution(bounds=(5e7, 3e8), counts=tuple(shares)),
        }
    )


def _of_standard(standard: str, clients: int) -> StandardClients:
    return StandardClients.model_validate({"standard": standard, "clients": clients})


def _port(uplink: Interface) -> Interface:
    errors = 0.0 if uplink.is_full_duplex else 0.4
    most = max(2.5e9, uplink.speed_bits_per_second or 0)
    return uplink.model_copy(
        update={"max_speed_bits_per_second": most, "rx_drops_per_second": errors / 2, "tx_drops_per_second": errors}
    )


def _aimed(probe: Probe) -> Probe:
    """With what was checked."""
    return probe.model_copy(update={"target": _TARGETS[probe.kind]})


def _probes(report: Report) -> Iterator[Probe]:
    at = report.observed_at
    fails = report.access_point == _NAMES_FAIL and at.hour % 6 == 5
    latency = None if fails else 0.008 + 0.0001 * at.minute
    yield Probe(kind="dns", target="www.seoul.go.kr", server="192.0.2.53", is_ok=not fails, latency_seconds=latency)
    if at.minute % _THROUGHPUT_EVERY_MINUTES == 11:
        for direction, speed in (("download", 2.1e8), ("upload", 6e7)):
            yield Probe.model_validate(
                {
                    "kind": "throughput",
                    "target": "192.0.2.80",
                    "direction": direction,
                    "is_ok": True,
                    "throughput_bits_per_second": speed * (1 + at.hour / 24),
                    "duration_seconds": 5.0,
                }
            )
