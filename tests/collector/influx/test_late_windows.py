"""Which windows are noted when what came for them is written."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from agent.wire import Probe, Report
from collector.figures.windows import window_begin, window_number
from collector.influx.late_windows import GRACE, VISIBLE_WITHIN, LateWindows
from collector.stores import FrameKey, StoredFrame, StoredReport

NOW = datetime(2026, 5, 2, 12, 4, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def minutes(*before: float) -> list[datetime]:
    """Instants so many minutes before noon."""
    return [NOW.replace(minute=0) - timedelta(minutes=each) for each in before]


def frame(*reports: StoredReport) -> StoredFrame:
    return StoredFrame(FrameKey("gw-a", "00c0ffee", 1), NOW, reports, ())


def report(at: datetime, *probes: Probe) -> StoredReport:
    return StoredReport("a-1", at, False, Report(observed_at=at, probes=probes))


def noted(clock: Clock, *frames: StoredFrame) -> list[datetime]:
    late = LateWindows(clock)
    windows: list[Sequence[int]] = [late.windows_of(each) for each in frames]
    late.note(windows)
    assert late.take() == []
    clock.now += VISIBLE_WITHIN
    taken = late.take()
    assert late.take() == []
    return sorted(taken)


def test_the_present_is_not_late() -> None:
    assert noted(Clock(), frame(report(NOW)), frame(report(NOW), report(NOW - timedelta(minutes=4)))) == []


def test_a_window_is_late_once_it_is_over_for_longer_than_the_grace() -> None:
    clock = Clock()
    end = NOW.replace(minute=0)
    last = frame(report(end - MILLISECOND))
    clock.now = end + GRACE - MILLISECOND
    assert noted(clock, last) == []
    clock.now = end + GRACE
    assert noted(clock, last) == minutes(5)
    clock.now = end + GRACE
    assert noted(clock, frame(report(end))) == []


def test_every_window_of_a_frame_is_told_once() -> None:
    at = minutes(1, 2, 7, 21, 21, 8 * 24 * 60)
    frames = [frame(report(NOW), *map(report, at)), *(frame(report(each)) for each in at)]
    assert noted(Clock(), *frames) == minutes(8 * 24 * 60, 25, 10, 5)


def test_checks_are_late_by_when_they_were_made() -> None:
    made = Probe(kind="dns", is_ok=True, observed_at=NOW - timedelta(minutes=21))
    assert noted(Clock(), frame(report(NOW, made, Probe(kind="portal"))), frame(report(NOW))) == minutes(20)


def test_what_comes_after_a_window_was_taken_is_told_again() -> None:
    clock = Clock()
    late = LateWindows(clock)
    (at,) = minutes(30)
    for _ in range(2):
        late.note([late.windows_of(frame(report(at)))])
        clock.now += VISIBLE_WITHIN
        assert late.take() == [at]


def test_a_clock_that_is_put_back_delays_nothing() -> None:
    clock = Clock()
    late = LateWindows(clock)
    (at,) = minutes(30)
    clock.now += timedelta(days=1)
    late.note([late.windows_of(frame(report(at)))])
    clock.now -= timedelta(days=1)
    assert late.take() == []
    clock.now += VISIBLE_WITHIN
    assert late.take() == [at]


def test_windows_are_counted_from_1970() -> None:
    assert window_begin(window_number(NOW)) == NOW.replace(minute=0)
