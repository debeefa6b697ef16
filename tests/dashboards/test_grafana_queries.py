"""What is held to be Grafana's doing, by examples of its documentation and of its own tests."""

from datetime import UTC, datetime, timedelta

import pytest
from grafana_intervals import Span, duration_text, interval_milliseconds
from grafana_queries import (
    Variable,
    chosen_first,
    influxql_request,
    influxql_text,
    prometheus_request,
    prometheus_text,
)

DAY = Span.before(datetime(2025, 5, 30, 3, 4, 5, 678_000, tzinfo=UTC), timedelta(hours=24))
PANEL = {"gridPos": {"w": 12}, "interval": "2m"}


@pytest.mark.parametrize(
    ("length", "points", "interval"),
    [
        (timedelta(hours=1), 930, "5s"),
        (timedelta(hours=24), 930, "2m"),
        (timedelta(hours=24), 465, "2m"),
        (timedelta(days=7), 930, "10m"),
        (timedelta(days=30), 930, "1h"),
        (timedelta(days=365), 930, "12h"),
    ],
)
def test_an_interval_is_a_round_one(length: timedelta, points: int, interval: str) -> None:
    span = Span.before(datetime(2025, 5, 30, tzinfo=UTC), length)
    assert duration_text(interval_milliseconds(span, points=points, least_milliseconds=1)) == interval


def test_several_values_are_alternatives_and_each_is_taken_literally() -> None:
    chosen = {"ap": Variable("ap", ("a.1", "b|2", "c/3"), is_multiple=True)}
    assert prometheus_text('x{ap=~"$ap"}', chosen, DAY) == r'x{ap=~"(a\\.1|b\\|2|c/3)"}'
    assert influxql_text('"ap" =~ /^$ap$/', chosen, DAY) == r'"ap" =~ /^(a\.1|b\|2|c\/3)$/'


def test_a_custom_value_for_all_is_put_in_as_it_is() -> None:
    chosen = {"site": Variable("site", ("a", "b"), is_multiple=True, has_all=True, is_all=True, custom_all=".*")}
    assert prometheus_text('x{site=~"${site}"}', chosen, DAY) == 'x{site=~".*"}'
    assert influxql_text('"site" =~ /^$site$/', chosen, DAY) == '"site" =~ /^.*$/'


def test_a_board_opens_with_all_or_with_the_first() -> None:
    one = chosen_first({"name": "site", "sort": 1}, ("b", "a"))
    assert (one.values, one.is_all) == (("a",), False)
    every = chosen_first({"name": "site", "sort": 1, "includeAll": True, "multi": True}, ("b", "a"))
    assert (every.values, every.is_all) == (("a", "b"), True)


def test_a_course_of_prometheus_begins_and_ends_at_multiples_of_its_step() -> None:
    sent = prometheus_request({"expr": "avg_over_time(x[$__interval])", "range": True}, PANEL, {}, DAY)
    assert sent.expression == "avg_over_time(x[2m])"
    assert sent.step_seconds == 120
    assert sent.start_seconds == datetime(2025, 5, 29, 3, 4, tzinfo=UTC).timestamp()
    assert sent.end_seconds == datetime(2025, 5, 30, 3, 4, tzinfo=UTC).timestamp()


def test_a_value_of_prometheus_is_asked_at_the_end_itself() -> None:
    sent = prometheus_request({"expr": "max_over_time(x[$__range])", "instant": True}, PANEL, {}, DAY)
    assert (sent.expression, sent.step_seconds) == ("max_over_time(x[86400s])", None)
    assert sent.end_seconds == datetime(2025, 5, 30, 3, 4, 5, 678_000, tzinfo=UTC).timestamp()


def test_a_rate_looks_at_four_points_at_least() -> None:
    expression = "rate(x[$__rate_interval])"
    assert prometheus_request({"expr": expression}, PANEL, {}, DAY).expression == "rate(x[135000ms])"
    slow = {"expr": expression, "interval": "1m"}
    assert prometheus_request(slow, PANEL, {}, DAY).expression == "rate(x[240000ms])"


def test_a_statement_of_influxql_is_bounded_by_both_ends() -> None:
    target = {"query": "SELECT mean(x) FROM y WHERE $timeFilter AND time > ${__to}ms - 5m GROUP BY time($__interval)"}
    sent = influxql_request(target, PANEL, {}, DAY)
    since, until = DAY.since_milliseconds, DAY.until_milliseconds
    assert sent.statement == (
        f"SELECT mean(x) FROM y WHERE time >= {since}ms and time <= {until}ms AND time > {until}ms - 5m "
        "GROUP BY time(2m)"
    )
