"""How fast the ports of devices are, by the catalogue."""

from datetime import UTC, datetime

from alert_cities import inventory_of

from agent.wire import Device as ReportedDevice
from agent.wire import Report
from collector.alerts.looking.ports import ModelPorts
from collector.readings import Reading
from inventory import Inventory
from inventory.catalogue import Catalogue, CatalogueModel, Confidence, Value
from inventory.models import Device

NOON = datetime(2026, 7, 15, 3, tzinfo=UTC)


def model(name: str, *speeds: int, confidence: Confidence = Confidence.CONFIRMED) -> CatalogueModel:
    values = {"uplink_bits_per_second": Value(speeds, confidence, ("datasheet",))} if speeds else {}
    return CatalogueModel("Acme", name, (), values)


CATALOGUE = Catalogue(
    [
        model("AX-1", 2_500_000_000, 1_000_000_000),
        model("AX-2", 1_000_000_000, confidence=Confidence.REPORTED),
        model("AX-3", 5_000_000_000, confidence=Confidence.UNCONFIRMED),
        model("AX-4"),
    ],
    sources={},
    vendor_names={"Acme": ()},
)
PLACES = inventory_of({"park": 6})
INVENTORY = Inventory(
    sites=tuple(PLACES.sites.values()),
    access_points=tuple(PLACES.access_points.values()),
    devices=(Device(serial="S-5", vendor="Acme", model="AX-1"),),
)


def reading(name: str | None, serial: str | None = None, vendor: str | None = "Acme") -> Reading:
    device = ReportedDevice(vendor=vendor, model=name, serial=serial)
    return Reading.of(Report(observed_at=NOON, device=device), NOON, NOON, "gw")


def test_the_fastest_port_of_each_model_is_told_where_somebody_can_be_named_for_it() -> None:
    readings = {
        "park-001": reading("AX-1"),
        "park-002": reading("AX-2"),
        "park-003": reading("AX-3"),
        "park-004": reading("AX-4"),
        "park-005": reading(None, "S-5", vendor=None),
        "park-006": Reading.of(Report(observed_at=NOON), NOON, NOON, "gw"),
    }
    assert ModelPorts(INVENTORY, CATALOGUE).of(readings) == {"park-001": 2.5e9, "park-002": 1e9, "park-005": 2.5e9}


def test_another_device_at_a_place_has_its_own_ports() -> None:
    ports = ModelPorts(INVENTORY, CATALOGUE)
    told = [ports.of({"park-001": reading(name, serial)}) for name, serial in (("AX-1", "S-1"), ("AX-2", "S-2"))]
    assert told == [{"park-001": 2.5e9}, {"park-001": 1e9}]


def test_a_report_that_leaves_the_device_out_does_not_hide_what_is_known_of_it() -> None:
    ports = ModelPorts(INVENTORY, CATALOGUE)
    silent = Reading.of(Report(observed_at=NOON, clients=1), NOON, NOON, "gw")
    told = [ports.of({"park-001": each}) for each in (silent, reading("AX-1"), silent)]
    assert told == [{}, {"park-001": 2.5e9}, {"park-001": 2.5e9}]
