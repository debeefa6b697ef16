"""Clocks: a reading lands where it belongs although the agent's clock was wrong, or is refused; never guessed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.wire import Frame
from collector.clocks import OLDEST, UnplaceableError, correction_by, correction_for, place

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
    return place(observed_at, correction_for(sent, NOW))


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


SECONDS = st.floats(0, 86_400).map(lambda seconds: round(seconds, 3))
ERRORS = st.one_of(
    st.floats(-700, 700),  # about what is tolerated
    st.floats(-86_400, 86_400),
    st.floats(-20_000 * 86_400, 20_000 * 86_400),
    st.just((IN_1970 - NOW).total_seconds()),
)
LATENCY = timedelta(seconds=0.4)


class AccessPoint:
    """One whose clock is wrong until it is set at `set_after`, with a crystal that is `drift` fast."""

    def __init__(self, *, wrong_by: float, set_after: float, wrong_by_then: float = 0.0, drift: float = 0.0) -> None:
        self._errors = (wrong_by, wrong_by_then)
        self._set_after = set_after
        self._drift = drift

    def error(self, after: float) -> timedelta:
        return timedelta(seconds=self._errors[after >= self._set_after] + after * self._drift)

    def wall(self, after: float) -> datetime:
        return truth(after) + self.error(after)

    def frame(self, *, read_after: float, sent_after: float) -> Frame:
        monotonic = [5000 + after * (1 + self._drift) for after in (read_after, sent_after)]
        return Frame(
            version=1,
            agent="gw-a",
            boot_id="00c0ffee",
            sequence=1,
            sent_at=self.wall(sent_after),
            sampled_at=self.wall(read_after),
            sampled_monotonic_seconds=monotonic[0],
            sent_monotonic_seconds=monotonic[1],
        )


def truth(after: float) -> datetime:
    return NOW + timedelta(seconds=after)


@given(
    wrong_by=ERRORS,
    wrong_by_then=ERRORS,
    set_after=SECONDS,
    drift=st.floats(-1e-4, 1e-4),
    moments=st.tuples(SECONDS, SECONDS).map(sorted),
)
def test_a_clock_that_jumps_goes_back_or_drifts_loses_nothing_and_misplaces_by_what_is_tolerated(
    wrong_by: float, wrong_by_then: float, set_after: float, drift: float, moments: list[float]
) -> None:
    read_after, sent_after = moments
    machine = AccessPoint(wrong_by=wrong_by, set_after=set_after, wrong_by_then=wrong_by_then, drift=drift)
    sent = machine.frame(read_after=read_after, sent_after=sent_after)
    received_at = truth(sent_after) + LATENCY
    landed = place(machine.wall(read_after), correction_for(sent, received_at))
    behind = max(timedelta(0), -machine.error(sent_after))
    believed = behind if behind <= timedelta(minutes=10) else timedelta(0)  # it may have waited in the broker
    assert abs(landed - truth(read_after)) <= timedelta(seconds=60 + 10) + LATENCY + believed


@given(wrong_by=ERRORS, set_after=SECONDS, moments=st.tuples(SECONDS, SECONDS, SECONDS).map(sorted))
def test_what_comes_twice_lands_twice_at_the_same_instant_where_the_first_placing_is_remembered(
    wrong_by: float, set_after: float, moments: list[float]
) -> None:
    """As the state database does, for frames of suspect clocks alone."""
    read_after, *arrivals = moments
    machine = AccessPoint(wrong_by=wrong_by, set_after=set_after)
    remembered: list[timedelta] = []
    landed = []
    for sent_after in arrivals:
        received_at = truth(sent_after) + LATENCY
        correction = correction_for(machine.frame(read_after=read_after, sent_after=sent_after), received_at)
        if correction.is_suspect:
            remembered.append(correction.offset)
            correction = correction_by(remembered[0], received_at)
        landed.append(place(machine.wall(read_after), correction))
    assert landed[0] == landed[1]


def suspect(sent: Frame) -> bool:
    return correction_for(sent, NOW).is_suspect


def test_a_clock_is_suspect_from_half_of_what_is_tolerated_on() -> None:
    def off(seconds: float) -> timedelta:
        return timedelta(seconds=seconds)

    assert not any(suspect(frame(sent_at=NOW + off(seconds))) for seconds in (-30, 0, 30))
    assert all(suspect(frame(sent_at=NOW + off(seconds))) for seconds in (-30.1, 30.1, -590, 61, -601))
    at_reading = [frame(sent_at=NOW, sampled_at=NOW - off(100 + seconds), age_seconds=100) for seconds in (-31, 29, 31)]
    assert [suspect(sent) for sent in at_reading] == [True, False, True]


@pytest.mark.parametrize("is_resent", [False, True])
def test_after_a_restart_only_what_may_have_been_placed_before_is_suspect(is_resent: bool) -> None:
    """Its clock cannot be measured any more; an earlier sending may have been corrected."""
    sent = frame(sent_at=NOW, sampled_at=NOW - timedelta(hours=5)).model_copy(update={"is_resent": is_resent})
    assert suspect(sent) == is_resent
    assert not correction_for(sent, NOW).is_needed


def test_a_backlog_of_1970_is_placed_at_its_true_age_before_and_after_the_clock_is_set() -> None:
    machine = AccessPoint(wrong_by=(IN_1970 - NOW).total_seconds(), set_after=3600)
    for sent_after in (3599, 3601, 7 * 86_400):
        for read_after in (0, 1800, 3598):
            sent = machine.frame(read_after=read_after, sent_after=sent_after)
            landed = place(machine.wall(read_after), correction_for(sent, truth(sent_after)))
            assert abs(landed - truth(read_after)) < timedelta(milliseconds=1)


@given(
    sent_at=st.datetimes(timezones=st.timezones()),
    sampled_at=st.none() | st.datetimes(timezones=st.timezones()),
    monotonic=st.tuples(st.none() | st.floats(0, 1e10), st.none() | st.floats(0, 1e10)),
    instant=st.datetimes(timezones=st.timezones()),
)
def test_whatever_the_clocks_say_an_instant_is_placed_in_bounds_or_refused(
    sent_at: datetime, sampled_at: datetime | None, monotonic: tuple[float | None, float | None], instant: datetime
) -> None:
    sent = Frame(
        version=1,
        agent="gw-a",
        boot_id="00c0ffee",
        sequence=1,
        sent_at=sent_at,
        sampled_at=sampled_at,
        sent_monotonic_seconds=monotonic[0],
        sampled_monotonic_seconds=monotonic[1],
    )
    try:
        landed = place(instant, correction_for(sent, NOW))
    except UnplaceableError:
        return
    assert landed.tzinfo is UTC
    assert NOW - OLDEST <= landed <= NOW + timedelta(seconds=60)
