"""Clocks: a reading lands where it belongs although the agent's clock was wrong, or is refused; never guessed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.wire import Frame
from collector.clocks import UnplaceableError, correction_for, place

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
IN_1970 = datetime(1970, 1, 1, 0, 10, tzinfo=UTC)
IN_2100 = datetime(2100, 1, 1, tzinfo=UTC)


def frame(*, sent_at: datetime, sampled_at: datetime | None = None, age_seconds: float | None = None) -> Frame:
    return Frame(
        version=1,
        agent="gw-a",
        boot_id="00c0ffee",
        sequence=1,
        sent_at=sent_at,
        sampled_at=sampled_at,
        sent_monotonic_seconds=None if age_seconds is None else 5000.0 + age_seconds,
        sampled_monotonic_seconds=None if age_seconds is None else 5000.0,
    )


def placed(sent: Frame, observed_at: datetime) -> datetime:
    return place(observed_at, correction_for(sent, NOW), NOW)


@pytest.mark.parametrize(
    ("sent", "observed_at", "expected"),
    [
        pytest.param(frame(sent_at=NOW), NOW, NOW, id="right clock"),
        pytest.param(frame(sent_at=NOW, sampled_at=NOW, age_seconds=0), NOW, NOW, id="right clock, with monotonic"),
        pytest.param(
            frame(sent_at=NOW + timedelta(seconds=40)),
            NOW + timedelta(seconds=39),
            NOW + timedelta(seconds=39),
            id="a little ahead is believed",
        ),
        pytest.param(
            frame(sent_at=NOW - timedelta(minutes=9)),
            NOW - timedelta(minutes=9),
            NOW - timedelta(minutes=9),
            id="minutes behind may be the broker's waiting",
        ),
        pytest.param(frame(sent_at=IN_1970), IN_1970, NOW, id="woke in 1970"),
        pytest.param(frame(sent_at=IN_2100), IN_2100, NOW, id="lives in 2100"),
        pytest.param(
            frame(sent_at=NOW, sampled_at=IN_1970, age_seconds=600),
            IN_1970,
            NOW - timedelta(seconds=600),
            id="read in 1970, clock set before sending",
        ),
        pytest.param(
            frame(sent_at=IN_1970 + timedelta(days=2), sampled_at=IN_1970, age_seconds=2 * 86400),
            IN_1970 - timedelta(seconds=5),
            NOW - timedelta(days=2, seconds=5),
            id="two days of backlog, all in 1970",
        ),
        pytest.param(
            frame(sent_at=NOW, sampled_at=NOW + timedelta(hours=5), age_seconds=30),
            NOW + timedelta(hours=5),
            NOW - timedelta(seconds=30),
            id="clock went back before sending",
        ),
        pytest.param(
            frame(sent_at=NOW, sampled_at=NOW - timedelta(days=3)),
            NOW - timedelta(days=3),
            NOW - timedelta(days=3),
            id="backlog from before a restart, clock was right",
        ),
    ],
)
def test_placed_right(sent: Frame, observed_at: datetime, expected: datetime) -> None:
    assert placed(sent, observed_at) == expected


@pytest.mark.parametrize(
    ("sent", "observed_at"),
    [
        pytest.param(frame(sent_at=NOW, sampled_at=IN_1970), IN_1970, id="1970 before a restart"),
        pytest.param(frame(sent_at=NOW, sampled_at=IN_2100), IN_2100, id="2100 before a restart"),
        pytest.param(
            frame(sent_at=NOW, sampled_at=NOW, age_seconds=0), IN_1970, id="a report of 1970 in a right frame"
        ),
        pytest.param(frame(sent_at=NOW), IN_2100, id="one report of 2100 in a right frame"),
        pytest.param(frame(sent_at=NOW), NOW - timedelta(days=9), id="older than any spool"),
        pytest.param(frame(sent_at=IN_1970), datetime.max.replace(tzinfo=UTC), id="beyond the calendar"),
    ],
)
def test_refused_rather_than_guessed(sent: Frame, observed_at: datetime) -> None:
    with pytest.raises(UnplaceableError):
        placed(sent, observed_at)


@given(
    clock_error=st.timedeltas(timedelta(days=-20000), timedelta(days=20000)),
    age=st.floats(0, 7 * 86400),
    later_step=st.timedeltas(timedelta(days=-300), timedelta(days=300)),
)
def test_with_a_monotonic_clock_any_wall_clock_lands_within_what_is_tolerated(
    clock_error: timedelta, age: float, later_step: timedelta
) -> None:
    """Whatever the wall clock said at reading, and wherever it was stepped to before sending."""
    truth = NOW - timedelta(seconds=age)
    sent_at = NOW + later_step
    is_doubtful = timedelta(0) < NOW - sent_at <= timedelta(minutes=10)
    if is_doubtful:
        sent_at = NOW
    sampled_at = truth + clock_error
    sent = frame(sent_at=sent_at, sampled_at=sampled_at, age_seconds=age)
    assert abs(placed(sent, sampled_at) - truth) <= timedelta(seconds=61)
