"""What is kept of windows while they are read."""

import tracemalloc
from datetime import UTC, datetime

from collector.figures.measurements import SITE_BAND, SITE_CHECK
from collector.figures.site_tally import SiteTally
from collector.figures.windows import USAGE, WINDOW
from inventory import AccessPoint, Inventory, Site, SiteKind

AT = datetime(2026, 5, 3, 15, 5, tzinfo=UTC)
SITES = 600
PLACES_EACH = 5
BYTES_OF_AN_ACCESS_POINT = 500
CITY = Inventory(
    sites=tuple(Site(id=f"s-{n}", kind=SiteKind.PARK, name_ko="곳", district="중구") for n in range(SITES)),
    access_points=tuple(AccessPoint(id=f"a-{n}", site=f"s-{n % SITES}") for n in range(SITES * PLACES_EACH)),
)


def test_what_is_lost_is_taken_off_as_far_as_it_was_heard() -> None:
    tally = SiteTally(CITY)
    tally.take_lost_seconds("a-0", AT, 60.0)
    tally.add_heard_seconds("a-1", AT, 240.0)
    tally.take_lost_seconds("a-1", AT, 60.0)
    tally.add_heard_seconds("a-2", AT, 60.0)
    tally.take_lost_seconds("a-2", AT, 120.0)
    window = tally.window(AT)
    assert [window.heard_seconds(f"a-{number}") for number in range(4)] == [0.0, 180.0, 0.0, 0.0]


def test_a_window_is_heard_where_anything_was_told_wherever_that_is() -> None:
    tally = SiteTally(CITY)
    begins = [AT + number * WINDOW for number in range(8)]
    tally.add_heard_seconds("a-0", begins[0], 60.0)
    tally.put_mean("a-0", begins[1], "clients", 3.0)
    tally.add_to_band("a-0", begins[2], "5", "busy_ratio_sum", 0.0)
    tally.add_to_check("a-0", begins[3], "dns", "checks", 1.0)
    tally.add_heard_seconds("gone", begins[4], 60.0)
    tally.add_to_check("gone", begins[5], "dns", "checks", 1.0)
    tally.take_lost_seconds("a-0", begins[6], 60.0)
    tally.put_mean("a-0", begins[6], "clients", 0.0)
    assert tally.heard() == set(begins[:6])


def test_a_city_takes_little_memory() -> None:
    """As objects by access point it was 3 kB of each."""
    seconds = iter(range(10**9))
    tracemalloc.start()
    try:
        tally = SiteTally(CITY)
        for name in CITY.access_points:
            access_point = name[:1] + name[1:]  # as of an answer: the same text, and another object
            tally.add_heard_seconds(access_point, AT, float(next(seconds)))
            for field in USAGE:
                tally.put_mean(access_point, AT, field, float(next(seconds)))
            for band in ("2.4", "5", "6"):
                for field in SITE_BAND.fields:
                    tally.add_to_band(access_point, AT, band, field, float(next(seconds)))
            for kind in ("dns", "gateway", "portal", "throughput"):
                for field in SITE_CHECK.fields:
                    tally.add_to_check(access_point, AT, kind, field, float(next(seconds)))
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < BYTES_OF_AN_ACCESS_POINT * len(CITY.access_points)
