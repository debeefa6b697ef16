"""What happened in a day, and the devices of years, on their axes."""

from datetime import UTC, datetime, timedelta

from collector.outages import Outage
from collector.state.devices import SeenDevice
from collector.state.events import PastEvent
from collector.web.drawing.device_years import device_years
from collector.web.drawing.happenings import HappeningKind, OutageBand, happenings_in, outage_bands
from collector.web.drawing.place_day import PlaceDay

SINCE = datetime(2026, 5, 22, 10, 0, tzinfo=UTC)
UNTIL = SINCE + timedelta(hours=24)


def at(hours: float) -> datetime:
    return SINCE + timedelta(hours=hours)


def day(*outages: Outage, restarts: tuple[datetime, ...] = ()) -> PlaceDay:
    return PlaceDay(SINCE, UNTIL, 600, (), outages, restarts)


def device(serial: str, first: datetime, last: datetime) -> SeenDevice:
    return SeenDevice("a-1", serial, "Acme", None, None, first, last)


def event(hours: float, kind: str, subject: str | None = None, count: int | None = None) -> PastEvent:
    return PastEvent("gw-1", "a-1", at(hours), kind, subject, count, None)


def test_outages_lie_on_the_axis_as_far_as_it_goes() -> None:
    outages = (Outage(at(-2), at(6)), Outage(at(12), at(15)), Outage(at(18), None), Outage(at(24.05), None))
    bands = outage_bands(day(*outages))
    assert bands == (
        OutageBand(outages[0], 0.0, 25.0),
        OutageBand(outages[1], 50.0, 12.5),
        OutageBand(outages[2], 75.0, 25.0),
    )
    assert [band.seconds for band in bands] == [8 * 3600, 3 * 3600, None]


def test_a_device_that_was_first_seen_in_the_day_is_marked_with_the_one_before_it() -> None:
    old, new = device("SN-1", at(-9000), at(11)), device("SN-2", at(12), at(24))
    [mark] = happenings_in(day(), [new, old], [])
    assert (mark.kind, mark.at, mark.percent, mark.device, mark.before) == (
        HappeningKind.DEVICE, at(12), 50.0, new, old
    )  # fmt: skip
    [first] = happenings_in(day(), [new], [])
    assert first.before is None


def test_marks_come_in_order_and_those_beyond_the_axis_are_left_out() -> None:
    marks = happenings_in(
        day(restarts=(at(6), at(24.1))), [], [event(3, "link_down"), event(-1, "link_up"), event(9, "link_up")]
    )
    assert [(mark.kind, mark.percent) for mark in marks] == [("event", 12.5), ("restart", 25.0), ("event", 37.5)]


def test_events_that_follow_each_other_closely_are_one_mark() -> None:
    minute = 1 / 60
    events = [
        event(9 + 9 * minute, "link_down", "eth0"),
        event(9, "link_down", "eth0"),
        event(9 + 18 * minute, "link_down", "eth0", 3),
        event(9 + 1 * minute, "link_down", "eth1"),
        event(9 + 30 * minute, "link_down", "eth0"),
    ]
    marks = happenings_in(day(), [], events)
    assert [(mark.event and mark.event.subject, mark.at, mark.until, mark.times) for mark in marks] == [
        ("eth0", at(9), at(9 + 18 * minute), 5),
        ("eth1", at(9 + minute), at(9 + minute), 1),
        ("eth0", at(9.5), at(9.5), 1),
    ]


def test_devices_of_years_are_bars_on_one_axis_with_years_marked() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    begin, change = datetime(2022, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)
    years = device_years([device("SN-2", change, now), device("SN-1", begin, change)], now)
    assert [(bar.device.serial, bar.left, bar.width) for bar in years.bars] == [
        ("SN-2", 49.97, 50.03),
        ("SN-1", 0.0, 49.97),
    ]
    assert [tick.text for tick in years.ticks] == ["2023", "2024", "2025"]


def test_shorter_times_are_marked_by_months_or_days_and_a_new_device_is_seen_too() -> None:
    now = datetime(2026, 5, 23, 10, tzinfo=UTC)

    def ticks(days: float) -> list[str]:
        return [tick.text for tick in device_years([device("S", now - timedelta(days=days), now)], now).ticks]

    assert ticks(400) == ["2025-07", "2025-10", "2026-01", "2026-04"]
    assert ticks(9) == ["05-17", "05-19", "05-21", "05-23"]
    new = device_years([device("S", now, now)], now)
    assert [(bar.left, bar.width) for bar in new.bars] == [(99.2, 0.8)]
    assert [tick.text for tick in new.ticks] == ["05-22", "05-23"]
    assert device_years([], now).bars == ()
