"""Devices that orders brought are found at their places, in every collector, while the inventory does not know them."""

import json
from datetime import UTC, datetime

from field import PLANNER, Field
from sqlalchemy.exc import OperationalError

from agent.wire import Device, Topic
from collector.fieldwork.placing import Placing
from collector.fleet import UnknownDevice
from collector.intake import Taken
from collector.orders.changes import Change
from collector.orders.devices_brought import DeviceBrought, DevicesBrought
from collector.orders.order import Status
from collector.state.newest import load_fleet, save_unknown

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
MAC = "02:00:00:00:00:09"


def taken(field: Field, *reports: dict[str, object], agent: str = "gw-lab", events: object = ()) -> Taken:
    base = {"version": 1, "agent": agent, "boot_id": "00c0ffee", "sequence": 1, "sent_at": field.now.isoformat()}
    stamped = [{"observed_at": field.now.isoformat()} | report for report in reports]
    payload = json.dumps(base | {"reports": stamped, "events": events}).encode()
    return field.intake.take(Topic(agent, "frame"), payload, field.now, is_retained=False)


def places(field: Field, *reports: dict[str, object], agent: str = "gw-lab") -> list[str]:
    frame = taken(field, *reports, agent=agent).frame
    assert frame is not None
    return [report.access_point for report in frame.reports]


def unknown(field: Field, key: str, **device: str) -> None:
    """A device that has reported without a place, in memory and in the database."""
    seen = UnknownDevice(key, "gw-lab", Device(**device), field.now, field.now)
    field.fleet.remember_unknown(key, "gw-lab", seen.device, field.now)
    save_unknown(field.state, [seen])


async def test_a_device_is_found_by_its_serial_or_its_mac_where_the_inventory_knows_neither(field: Field) -> None:
    field.intake.brought = DevicesBrought([DeviceBrought("lab-001", "NEW-1", MAC)])
    by_serial, by_mac = {"device": {"serial": "new-1"}}, {"device": {"serial": "ANOTHER", "mac": MAC}}
    other = {"device": {"serial": "NEW-2", "mac": "02:00:00:00:00:0a"}}
    assert places(field, by_serial, by_mac, other) == ["lab-001", "lab-001", "unknown/gw-lab/NEW-2"]
    event = {"occurred_at": field.now.isoformat(), "kind": "link_down", "device": {"mac": MAC}}
    frame = taken(field, events=[event]).frame
    assert frame is not None
    assert frame.events[0].event.access_point == "lab-001"


async def test_the_inventory_goes_first_and_nobody_speaks_for_what_is_not_theirs(field: Field) -> None:
    field.intake.brought = DevicesBrought(
        [DeviceBrought("lab-001", "EX0002", None), DeviceBrought("other-001", "NEW-1", None)]
    )
    assert places(field, {"device": {"serial": "EX0002"}}) == ["lab-002"]
    new = {"device": {"serial": "NEW-1"}}
    assert places(field, new) == ["unknown/gw-lab/NEW-1"]
    assert places(field, new, agent="other-001") == ["other-001"]


async def test_a_report_that_names_its_place_is_of_that_place_whatever_orders_say(field: Field) -> None:
    field.intake.brought = DevicesBrought([DeviceBrought("lab-001", "NEW-1", None)])
    named = {"device": {"serial": "NEW-1"}}
    assert places(field, named | {"access_point": "lab-002"}, named | {"access_point": "lab-999"}) == [
        "lab-002",
        "unknown/gw-lab/lab-999",
    ]


async def test_orders_place_devices_in_every_collector_and_what_is_placed_is_unknown_no_more(field: Field) -> None:
    order = field.desk.open("lab-001", PLANNER)
    unknown(field, "unknown/gw-lab/NEW-1", serial="NEW-1")
    unknown(field, f"unknown/gw-lab/{MAC}", mac=MAC)
    unknown(field, "unknown/gw-lab/STRAY", serial="STRAY")
    unknown(field, "unknown/gw-lab/lab-999", serial="NEW-1")
    unknown(field, "unknown/gw-lab/AP-01", name="AP-01")
    other = Placing(state=field.state, intake=field.intake, fleet=load_fleet(field.state, LONG_AGO))
    await field.placing.look()
    assert len(field.fleet.unknown_devices) == 5
    field.desk.change(order.id, 1, Change(status=Status.INSTALLED, new_serial="NEW-1", new_mac=MAC), PLANNER)
    await other.look()
    await field.placing.look()
    rest = {"unknown/gw-lab/STRAY", "unknown/gw-lab/lab-999", "unknown/gw-lab/AP-01"}
    for fleet in (field.fleet, other._fleet, load_fleet(field.state, LONG_AGO)):
        assert set(fleet.unknown_devices) == rest
    assert places(field, {"device": {"serial": "NEW-1"}}) == ["lab-001"]
    field.desk.change(order.id, 2, Change(status=Status.CANCELLED, reason="taken down"), PLANNER)
    await field.placing.look()
    assert places(field, {"device": {"serial": "NEW-1"}}) == ["unknown/gw-lab/NEW-1"]


async def test_a_device_that_was_forgotten_is_remembered_if_it_reports_without_a_place_again(field: Field) -> None:
    for _ in range(2):
        unknown(field, "unknown/gw-lab/NEW-1", serial="NEW-1")
        field.fleet.forget_unknown(["unknown/gw-lab/NEW-1", "unknown/gw-lab/never"])
        assert not field.fleet.unknown_devices
    unknown(field, "unknown/gw-lab/NEW-1", serial="NEW-1")
    assert list(field.fleet.unknown_devices) == ["unknown/gw-lab/NEW-1"]


async def test_orders_that_cannot_be_read_leave_what_is_known_of_them(field: Field) -> None:
    order = field.desk.open("lab-001", PLANNER, Change(new_serial="NEW-1"))
    field.desk.change(order.id, 1, Change(status=Status.INSTALLED), PLANNER)
    await field.placing.look()
    with field.state.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE orders RENAME TO away")
    try:
        await field.placing.look()
    except OperationalError:
        pass
    else:
        raise AssertionError("it was read all the same")
    assert places(field, {"device": {"serial": "NEW-1"}}) == ["lab-001"]
