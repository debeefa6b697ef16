"""Devices that took another's place, as marks: at the instant at which they came, for as long as it may be missing."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from agent.wire import Device, Report
from collector.figures.device_changes import DeviceChanges
from collector.figures.figure import Figure
from collector.figures.measurements import DEVICE_CHANGE
from collector.readings import Reading
from collector.state.newest import NewestReadings
from inventory.models import AccessPoint, Inventory, Site, SiteKind

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
INVENTORY = Inventory(
    sites=(Site(id="park", kind=SiteKind.PARK, name_ko="여의도한강공원", district="영등포구"),),
    access_points=(AccessPoint(id="park-1", site="park"), AccessPoint(id="park-2", site="park")),
)


def see(state: Engine, place: str, serial: str, at: datetime) -> None:
    report = Report(observed_at=at, device=Device(serial=serial))
    NewestReadings(state).save([(place, Reading.of(report, at, at, "gw-1"))])


def changes(state: Engine, now: datetime = NOW) -> list[Figure]:
    return list(DeviceChanges(state, INVENTORY).figures(now))


def test_a_device_that_takes_anothers_place_is_marked_where_and_when_it_came(state: Engine) -> None:
    came_at = NOW - 7 * MINUTE - timedelta(microseconds=123_456)
    see(state, "park-1", "old", NOW - DAY)
    see(state, "park-1", "new", came_at)
    tags = {"site": "park", "kind": "park", "access_point": "park-1"}
    assert changes(state) == [Figure(DEVICE_CHANGE, tags, came_at, {"changes": 1})]


def test_the_same_mark_is_told_again_for_two_hours(state: Engine) -> None:
    see(state, "park-1", "old", NOW - DAY)
    see(state, "park-1", "new", NOW)
    see(state, "park-1", "new", NOW + 100 * MINUTE)
    assert changes(state, NOW) == changes(state, NOW + MINUTE) == changes(state, NOW + 120 * MINUTE) != []
    assert changes(state, NOW + 121 * MINUTE) == []


def test_two_devices_that_come_one_after_the_other_are_two_marks(state: Engine) -> None:
    for minutes, serial in ((600, "first"), (40, "second"), (10, "third")):
        see(state, "park-1", serial, NOW - minutes * MINUTE)
    assert [figure.at for figure in changes(state)] == [NOW - 40 * MINUTE, NOW - 10 * MINUTE]


def test_the_first_device_at_a_place_changes_nothing(state: Engine) -> None:
    see(state, "park-1", "other", NOW - DAY)
    see(state, "park-2", "first", NOW - MINUTE)
    assert changes(state) == []


def test_a_device_that_is_back_within_a_day_was_not_replaced(state: Engine) -> None:
    see(state, "park-1", "a", NOW - DAY)
    see(state, "park-1", "b", NOW - 3 * MINUTE)
    see(state, "park-1", "a", NOW - 2 * MINUTE)
    assert [figure.at for figure in changes(state)] == [NOW - 3 * MINUTE]


def test_a_place_that_is_not_in_the_inventory_is_not_marked(state: Engine) -> None:
    for place in ("unknown/gw-1/SN-7", "left-1"):
        see(state, place, "old", NOW - DAY)
        see(state, place, "new", NOW)
    assert changes(state) == []
