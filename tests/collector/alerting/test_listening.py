"""Since when the collector hears everybody: what silence is measured by."""

from datetime import UTC, datetime, timedelta

from collector.alerting.listening import AWAY_AFTER, DEAF_AFTER_SECONDS, Listening
from collector.alerts.judging.snapshot import CollectorHealth

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Collector:
    """What is asked of a collector, settable."""

    def __init__(self) -> None:
        self.now = NOW
        self.connected_since: datetime | None = None
        self.waits_seconds = 0.0
        self.deferred = 0
        self.problems: list[str] = []
        self.listening = Listening(
            connected_since=lambda: self.connected_since,
            waits_seconds=lambda: self.waits_seconds,
            pending=lambda: 7,
            deferred=lambda: self.deferred,
            problems=lambda: self.problems,
            certificates=lambda: None,
            clock=lambda: self.now,
        )


def test_it_listens_since_it_was_connected() -> None:
    collector = Collector()
    assert collector.listening.since() is None
    collector.connected_since = NOW - MINUTE
    assert collector.listening.since() == NOW - MINUTE
    collector.connected_since = None
    assert collector.listening.since() is None


def test_a_collector_that_does_not_store_hears_nobody_and_listens_anew_when_it_does_again() -> None:
    collector = Collector()
    collector.connected_since = NOW - 60 * MINUTE
    collector.waits_seconds = DEAF_AFTER_SECONDS
    assert collector.listening.since() == NOW - 60 * MINUTE
    collector.waits_seconds += 0.1
    assert collector.listening.since() is None
    collector.now += AWAY_AFTER
    collector.waits_seconds = 0.0
    assert collector.listening.since() == NOW
    collector.connected_since = NOW + MINUTE
    assert collector.listening.since() == NOW + MINUTE


def test_who_was_away_listens_anew() -> None:
    """Stopped, suspended or kept from looking, or the clock was put on: what came meanwhile has not been read yet, and
    the whole city would seem silent."""
    collector = Collector()
    collector.connected_since = NOW - 60 * MINUTE
    assert collector.listening.since() == NOW - 60 * MINUTE
    collector.now += AWAY_AFTER
    assert collector.listening.since() == NOW - 60 * MINUTE
    collector.now += 10 * MINUTE
    returned_at = collector.now
    assert collector.listening.since() == returned_at
    collector.now += AWAY_AFTER
    assert collector.listening.since() == returned_at


def test_frames_put_off_count_for_five_minutes() -> None:
    collector = Collector()
    collector.deferred = 100  # long ago
    assert collector.listening.health() == CollectorHealth(0.0, 7, 0, ())
    collector.deferred, collector.now = 130, NOW + MINUTE
    collector.problems = ["disk full"]
    assert collector.listening.health() == CollectorHealth(0.0, 7, 30, ("disk full",))
    collector.now = NOW + 5 * MINUTE
    assert collector.listening.health().deferred_frames == 30
    collector.now = NOW + 7 * MINUTE
    assert collector.listening.health().deferred_frames == 0
