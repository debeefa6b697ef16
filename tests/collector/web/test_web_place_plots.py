"""The bands of an access point's day, without a store."""

from datetime import UTC, datetime, timedelta

import pytest

from collector.condition import CheckMeans, ConditionPoint, RadioMeans, UplinkMeans
from collector.evidence import RadioKey
from collector.web.drawing.charts import Peak, Trace
from collector.web.drawing.place_day import PlaceDay
from collector.web.drawing.place_plots import plots_of
from collector.web.drawing.plots import CheckState, Plot, Stretch
from collector.web.drawing.steps import stacked

SINCE = datetime(2026, 5, 22, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIRST, SECOND = RadioKey("wlan0", "2.4"), RadioKey("wlan1", "5")


def day(*points: ConditionPoint) -> PlaceDay:
    return PlaceDay(SINCE, SINCE + 4 * HOUR, 3600, points, (), ())


def point(hour: int, **parts: object) -> ConditionPoint:
    return ConditionPoint(SINCE + hour * HOUR, **parts)  # type: ignore[arg-type]  # named by the test


def named(plots: tuple[Plot, ...], name: str) -> list[Plot]:
    return [plot for plot in plots if plot.name == name]


def test_areas_stand_upon_each_other_and_a_gap_is_a_gap() -> None:
    lower, upper = stacked([[0.25, None, 0.5, 0.5], [0.5, None, None, 0.5]], 1.0)
    assert lower == ("M0 200V150H250V200H0ZM500 200V100H750V100H1000V200H750V200H500Z")
    assert upper == "M0 150V50H250V150H0ZM750 100V0H1000V100H750Z"


def test_what_adds_up_to_more_than_all_of_it_ends_at_the_top() -> None:
    assert stacked([[0.75], [0.5]], 1.0)[1] == "M0 50V0H1000V50H0Z"


def test_a_day_of_which_nothing_is_known_draws_nothing_and_says_so() -> None:
    plots = plots_of(day())
    assert plots.drawn == ()
    assert plots.missing == (
        "clients", "throughput", "airtime", "retries", "uplink_speed", "uplink_trouble", "checks"
    )  # fmt: skip


def test_airtime_is_split_where_it_can_be_and_whole_where_it_cannot() -> None:
    split = RadioMeans(busy_ratio=0.5, rx_ratio=0.125, tx_ratio=0.125)
    plots = plots_of(day(point(0, radios={FIRST: split}), point(2, radios={FIRST: RadioMeans(busy_ratio=0.75)})))
    [airtime] = named(plots.drawn, "airtime")
    assert (airtime.radio, airtime.top) == (FIRST, 1.0)
    assert [layer.column.name for layer in airtime.layers] == ["own_rx", "own_tx", "foreign", "unsplit"]
    assert [layer.trace.area for layer in airtime.layers] == [
        "M0 200V175H250V200H0Z",
        "M0 175V150H250V175H0Z",
        "M0 150V100H250V150H0Z",
        "M500 200V50H750V200H500Z",
    ]
    assert [(column.name, column.slots) for column in airtime.columns] == [
        ("busy", [0.5, None, 0.75, None]),
        ("own_rx", [0.125, None, None, None]),
        ("own_tx", [0.125, None, None, None]),
        ("foreign", [0.25, None, None, None]),
    ]


def test_radios_come_by_band_with_a_band_each_for_airtime_and_one_for_all_retries() -> None:
    radios = {SECOND: RadioMeans(0.5, retry_ratio=0.05), FIRST: RadioMeans(0.25, retry_ratio=0.15)}
    plots = plots_of(day(point(1, radios=radios)))
    assert [plot.radio for plot in named(plots.drawn, "airtime")] == [FIRST, SECOND]
    [retries] = named(plots.drawn, "retries")
    assert retries.top == pytest.approx(0.16)
    assert [(layer.column.radio, layer.column.peak) for layer in retries.layers] == [
        (FIRST, Peak(SINCE + HOUR, 0.15)),
        (SECOND, Peak(SINCE + HOUR, 0.05)),
    ]


def test_lines_of_one_band_share_a_scale_and_one_without_a_value_is_not_drawn() -> None:
    parts = {"clients": 5.0, "download_bits_per_second": 4e6, "uplink": UplinkMeans(1e9, errors_per_second=0.0)}
    plots = plots_of(day(point(0, **parts), point(1, download_bits_per_second=2e6)))
    [throughput] = named(plots.drawn, "throughput")
    assert throughput.top == 4e6
    assert [(layer.column.name, layer.trace.line) for layer in throughput.layers] == [("download", "M125 0L375 100")]
    [trouble] = named(plots.drawn, "uplink_trouble")
    assert [(layer.column.name, layer.trace) for layer in trouble.layers] == [("errors", Trace("M125 200h0", ""))]
    assert plots.missing == ("airtime", "retries", "checks")


def test_checks_say_how_they_went_and_all_latencies_are_on_one_scale() -> None:
    good, partly, bad = CheckMeans(6, 0, 0.003), CheckMeans(5, 1, 0.002), CheckMeans(0, 6)
    plots = plots_of(
        day(
            point(0, probes={"portal": CheckMeans(6, 0, 0.3), "gateway": good, "throughput": CheckMeans(1, 0, 9.0)}),
            point(1, probes={"gateway": good, "dns": CheckMeans(latency_seconds=0.1)}),
            point(2, probes={"gateway": partly, "oddity": bad}),
            point(3, probes={"gateway": bad}),
        )
    )
    checks = named(plots.drawn, "checks")
    assert [plot.kind for plot in checks] == ["gateway", "dns", "portal", "oddity"]
    assert [plot.top for plot in checks] == [pytest.approx(0.3)] * 4
    gateway, dns, _, oddity = checks
    assert gateway.stretches == (
        Stretch(0.0, 50.0, CheckState.GOOD),
        Stretch(50.0, 25.0, CheckState.PARTLY),
        Stretch(75.0, 25.0, CheckState.BAD),
    )
    assert [(column.name, column.slots) for column in gateway.columns] == [
        ("good", [6, 6, 5, 0]),
        ("bad", [0, 0, 1, 6]),
        ("latency", [0.003, 0.003, 0.002, None]),
    ]
    assert dns.stretches == ()
    assert (oddity.layers, oddity.stretches) == ((), (Stretch(50.0, 25.0, CheckState.BAD),))
