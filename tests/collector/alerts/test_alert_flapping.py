"""Flapping: one start and one stop, however it turns."""

from datetime import timedelta

import pytest
from alert_lives import BAD, BETWEEN, GOOD, NOW, UNKNOWN, Lives

from collector.alerts.alert import Flaps, Phase
from collector.alerts.life import flapping
from collector.alerts.life.flapping import SLOT, SLOTS

TWO_HOURS = 7200


def turning(lives: Lives, period: int, *, seconds: int = TWO_HOURS) -> None:
    """Bad for half of each period and well for the other half, judged every second."""
    for second in range(seconds):
        lives.see(BAD if second % period < period / 2 else GOOD, after=1)


def noted_in(*slots: int) -> Flaps:
    """A history in which the state changed once in each of these spans."""
    flaps = Flaps()
    for slot in slots:
        flaps = flapping.noted(flaps, NOW + slot * SLOT, is_bad=not flaps.was_bad)
    return flaps


def test_the_share_is_that_of_icinga() -> None:
    newest = NOW + 19 * SLOT
    assert flapping.share(Flaps(), newest) == 0
    assert flapping.share(noted_in(19), newest) == pytest.approx(1.18 / 20)
    assert flapping.share(noted_in(0), newest) == pytest.approx(0.80 / 20)
    assert flapping.share(noted_in(*range(20)), newest) == pytest.approx(0.99)
    assert flapping.share(noted_in(3, 7, 19), newest) == pytest.approx((0.86 + 0.94 + 1.18) / 20)


def test_it_starts_above_thirty_percent_and_goes_on_above_twenty_five() -> None:
    newest = NOW + 19 * SLOT
    thirty, more = noted_in(4, 6, 8, 10, 13, 19), noted_in(4, 6, 8, 10, 14, 19)
    assert flapping.share(thirty, newest) == 0.30
    assert not flapping.is_flapping(thirty, newest, was_flapping=False)
    assert flapping.is_flapping(more, newest, was_flapping=False)
    twenty_five, more = noted_in(4, 6, 8, 13, 19), noted_in(4, 6, 8, 14, 19)
    assert flapping.share(twenty_five, newest) == 0.25
    assert not flapping.is_flapping(twenty_five, newest, was_flapping=True)
    assert flapping.is_flapping(more, newest, was_flapping=True)


def test_a_span_counts_once_however_often_it_turned() -> None:
    flaps = Flaps()
    for second in range(0, 170, 10):
        flaps = flapping.noted(flaps, NOW + timedelta(seconds=second), is_bad=not flaps.was_bad)
    assert flaps.changes == 1


def test_a_state_that_is_as_it_was_leaves_the_history_alone() -> None:
    flaps = noted_in(3)
    assert flapping.noted(flaps, NOW + 9 * SLOT, is_bad=True) is flaps


def test_a_history_is_forgotten_after_an_hour() -> None:
    flaps = noted_in(0)
    assert not flapping.is_forgotten(flaps, NOW + 20 * SLOT - timedelta(seconds=1))
    assert flapping.is_forgotten(flaps, NOW + 20 * SLOT)
    assert flapping.share(flaps, NOW + 20 * SLOT) == 0


def test_a_clock_put_back_forgets_nothing_and_goes_on_from_there() -> None:
    flaps = flapping.aged(noted_in(15, 16, 17, 18, 19), NOW)
    assert flapping.share(flaps, NOW) == pytest.approx(0.285)
    assert flapping.share(flaps, NOW + 15 * SLOT) == pytest.approx((0.80 + 0.82 + 0.84 + 0.86 + 0.88) / 20)


@pytest.mark.parametrize("period", [2, 20, 60, 120, 239])
def test_what_turns_faster_than_it_clears_starts_once_and_stops_once(period: int) -> None:
    lives = Lives(raise_after_seconds=0, clear_after_seconds=120)
    turning(lives, period)
    assert lives.told() == (1, 0)
    lives.watch(TWO_HOURS, GOOD, every=10)
    assert lives.told() == (1, 1)
    assert not lives.alerts


@pytest.mark.parametrize("period", [300, 360, 480, 600, 720, 900])
def test_what_turns_slower_starts_twice_at_most(period: int) -> None:
    lives = Lives(raise_after_seconds=0, clear_after_seconds=120)
    turning(lives, period)
    lives.watch(TWO_HOURS, GOOD, every=10)
    assert lives.told() == (2, 2)


@pytest.mark.parametrize("period", [20, 120, 300, 599])
def test_with_the_usual_five_minutes_to_clear_all_up_to_ten_minutes_start_once(period: int) -> None:
    lives = Lives(raise_after_seconds=0, clear_after_seconds=300)
    turning(lives, period)
    lives.watch(TWO_HOURS, GOOD, every=10)
    assert lives.told() == (1, 1)


def test_flapping_is_known_within_a_quarter_of_an_hour_and_over_within_three() -> None:
    lives = Lives(clear_after_seconds=120)
    turning(lives, 20, seconds=14 * 60)
    assert not lives.alert.is_flapping
    turning(lives, 20, seconds=2 * 60)
    assert lives.alert.is_flapping
    turning(lives, 20, seconds=3600)
    lives.watch(41 * 60, GOOD, every=10)
    assert lives.alert.is_flapping
    lives.watch(5 * 60, GOOD, every=10)
    assert not lives.alerts
    assert not lives.history[-1].is_flapping


def test_one_plain_trouble_ends_after_the_time_its_rule_asks_for() -> None:
    lives = Lives(clear_after_seconds=300)
    lives.watch(600, BAD, every=10)
    lives.watch(300, GOOD, every=10)
    assert lives.alerts
    lives.see(GOOD, after=10)
    assert lives.told() == (1, 1)


def test_the_second_trouble_within_the_hour_must_be_well_for_longer() -> None:
    lives = Lives(clear_after_seconds=300)
    for _ in range(2):
        lives.watch(600, BAD, every=10)
        lives.watch(310, GOOD, every=10)
    assert lives.told() == (2, 1)
    lives.watch(890, GOOD, every=10)
    assert lives.told() == (2, 1)
    lives.see(GOOD, after=10)
    assert lives.told() == (2, 2)


def test_it_never_takes_longer_than_half_an_hour_unless_its_rule_says_so() -> None:
    often = noted_in(*range(20))
    newest = NOW + 19 * SLOT
    assert flapping.clearing_seconds(often, 120, newest) == 1800
    assert flapping.clearing_seconds(often, 7200, newest) == 7200
    assert flapping.clearing_seconds(often, 0, newest) == 0
    assert flapping.clearing_seconds(noted_in(18, 19), 120, newest) == 120
    assert flapping.clearing_seconds(noted_in(17, 18, 19), 120, newest) == 240


def test_what_flaps_without_ever_being_bad_for_long_enough_fires_once_as_flapping() -> None:
    lives = Lives(raise_after_seconds=300, clear_after_seconds=300)
    turning(lives, 120)  # bad for a minute at a time, which is half an hour in each hour
    lives.watch(TWO_HOURS, GOOD, every=10)
    assert lives.told() == (1, 1)
    first = next(alert for alert in lives.history if alert.phase is Phase.FIRING)
    assert first.is_flapping
    assert first.fired_at is not None
    assert timedelta(minutes=10) <= first.fired_at - NOW <= timedelta(minutes=20)


def test_short_peaks_of_what_must_be_bad_for_long_are_no_flapping_trouble() -> None:
    lives = Lives(raise_after_seconds=900)
    for _ in range(60):  # a minute of every five, for five hours: twelve minutes of an hour
        lives.watch(60, BAD, every=10)
        lives.watch(240, GOOD, every=10)
    assert lives.told() == (0, 0)
    assert not lives.alerts


def test_what_is_not_known_or_between_is_no_turn() -> None:
    lives = Lives()
    for _ in range(40):
        lives.see(BAD, after=60)
        lives.see(UNKNOWN, after=60)
        lives.see(BETWEEN, after=60)
    assert not lives.alert.is_flapping
    assert lives.alert.flaps.changes == 1


def test_to_become_well_slowly_is_a_turn_though_no_alert_is_there_to_see_it() -> None:
    lives = Lives(raise_after_seconds=7200)
    for _ in range(20):
        lives.see(BAD, after=60)
        lives.see(BETWEEN, after=60)
        lives.see(GOOD, after=60)
    (flaps,) = lives.flaps.values()
    assert flaps.changes == 2**SLOTS - 1
    assert not flaps.was_bad


def test_the_history_goes_on_in_the_next_alert() -> None:
    lives = Lives(clear_after_seconds=0)
    for _ in range(2):
        lives.see(BAD, after=180)
        lives.see(GOOD, after=180)
    assert lives.told() == (2, 2)
    lives.see(BAD, after=180)
    assert lives.alert.flaps.changes == 0b11111
    lives.see(GOOD, after=180)
    assert lives.alert.is_flapping


def test_a_restart_keeps_what_flaps_flapping() -> None:
    lives = Lives()
    turning(lives, 20, seconds=3600)
    lives.restart()
    assert lives.alert.is_flapping
    turning(lives, 20, seconds=3600)
    lives.watch(TWO_HOURS, GOOD, every=10)
    assert lives.told() == (1, 1)


def test_histories_do_not_gather() -> None:
    lives = Lives(clear_after_seconds=0)
    for number in range(50):
        lives.see({f"ap-{number}": BAD}, after=60)
        lives.see({f"ap-{number}": GOOD}, after=60)
    assert len(lives.flaps) <= 31  # an hour's
    lives.see({}, after=3600)
    assert lives.flaps == {}
