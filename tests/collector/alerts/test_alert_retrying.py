"""When what failed is tried again."""

from datetime import UTC, datetime, timedelta

from collector.alerts.planning.retrying import next_attempt

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
SCHEDULE_MINUTES = (5 / 60, 5, 30, 120, 300, 600, 840, 1200, 1440)


def test_the_schedule_is_that_of_standard_webhooks_and_ends() -> None:
    pauses = [next_attempt(attempts, NOW, chance=0.0) for attempts in range(1, 10)]
    assert pauses == [NOW + timedelta(minutes=minutes) for minutes in SCHEDULE_MINUTES]
    assert next_attempt(10, NOW, chance=0.0) is None


def test_jitter_makes_a_pause_longer_by_a_fifth_at_most() -> None:
    assert next_attempt(2, NOW, chance=1.0) == NOW + timedelta(minutes=6)
    assert next_attempt(2, NOW, chance=0.5) == NOW + timedelta(minutes=5.5)


def test_what_the_receiver_asks_for_only_ever_makes_it_longer() -> None:
    assert next_attempt(1, NOW, chance=0.0, asked_for=timedelta(minutes=3)) == NOW + timedelta(minutes=3)
    assert next_attempt(2, NOW, chance=0.0, asked_for=timedelta(minutes=3)) == NOW + timedelta(minutes=5)
