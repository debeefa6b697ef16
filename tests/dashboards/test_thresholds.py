"""What is bad on a board is what is alerted: boards may not import the rules, so that these numbers are held here."""

import pytest

from collector.alerts.rules import rules
from collector.legacy import PROMISED_RATIO
from dashboards.boards import thresholds
from dashboards.panels import Threshold
from dashboards.rules.alerts import ALERTS

MORE_IS_WORSE = [
    (thresholds.AIRTIME, "airtime_high", "ratio"),
    (thresholds.RETRIES, "retries_high", "ratio"),
    (thresholds.NOISE_DBM, "noise_high", "dbm"),
    (thresholds.RADIO_CLIENTS, "clients_over_capacity", "clients"),
    (thresholds.TEMPERATURE_CELSIUS, "temperature_high", "celsius"),
    (thresholds.COLLECTOR_DELAY_SECONDS, "collector_behind", "seconds"),
]
LESS_IS_WORSE = [
    (thresholds.UPLINK_SHARE, "uplink_slow", "ratio"),
    (thresholds.THROUGHPUT_BITS_PER_SECOND, "throughput_low", "bits_per_second"),
]


def default(kind: str, key: str) -> float:
    """What the collector's rule has where nobody says otherwise."""
    value = rules()[kind].settings.model_fields[key].default
    assert isinstance(value, int | float)
    return value


def alert_above(key: str) -> float | None:
    return next(alert.above for alert in ALERTS if alert.key == key)


def alert_below(key: str) -> float | None:
    return next(alert.below for alert in ALERTS if alert.key == key)


@pytest.mark.parametrize(("told", "kind", "unit"), MORE_IS_WORSE, ids=[each[1] for each in MORE_IS_WORSE])
def test_what_raises_is_bad_and_what_clears_is_worth_a_look(told: tuple[Threshold, ...], kind: str, unit: str) -> None:
    assert told == (
        Threshold(default(kind, f"clear_below_{unit}"), "warning"),
        Threshold(default(kind, f"raise_above_{unit}"), "bad"),
    )


@pytest.mark.parametrize(("told", "kind", "unit"), LESS_IS_WORSE, ids=[each[1] for each in LESS_IS_WORSE])
def test_what_is_below_what_raises_is_bad_and_above_what_clears_good(
    told: tuple[Threshold, ...], kind: str, unit: str
) -> None:
    assert told == (
        Threshold(default(kind, f"raise_below_{unit}"), "warning"),
        Threshold(default(kind, f"clear_above_{unit}"), "good"),
    )


def test_processor_and_memory_share_a_panel() -> None:
    assert (
        Threshold(default("cpu_high", "clear_below_ratio"), "warning"),
        Threshold(default("memory_high", "raise_above_ratio"), "bad"),
    ) == thresholds.PROCESSOR_OR_MEMORY


def test_a_start_within_what_ends_a_loop_of_restarts_is_worth_a_look() -> None:
    seconds = default("reboot_loop", "clear_above_uptime_seconds")
    assert (Threshold(seconds, "good"),) == thresholds.UPTIME_SECONDS


def test_the_first_frame_that_is_lost_is_bad() -> None:
    assert (Threshold(default("spool_dropping", "raise_above_count") + 1, "bad"),) == thresholds.LOST_FRAMES


def test_a_site_is_out_where_the_rule_says_so() -> None:
    assert thresholds.SILENT_SHARE[-1] == Threshold(default("site_outage", "raise_above_ratio"), "bad")


def test_the_rules_beside_the_boards_call_the_same_things_bad() -> None:
    assert thresholds.AVAILABILITY[0] == Threshold(alert_below("site_often_silent") or 0, "warning")
    assert thresholds.FAILED_SHARE[-1] == Threshold(alert_above("checks_failing") or 0, "bad")
    assert thresholds.OUTBOX_AGE_SECONDS[-1] == Threshold(alert_above("outbox_stuck") or 0, "bad")
    assert thresholds.WAITING_FRAMES[-1] == Threshold(alert_above("frames_wait") or 0, "bad")
    assert (Threshold(alert_above("spool_grows") or 0, "warning"),) == thresholds.SPOOLED_FRAMES


def test_four_times_are_what_was_promised() -> None:
    assert (Threshold(PROMISED_RATIO, "good"),) == thresholds.PROMISED_TIMES
