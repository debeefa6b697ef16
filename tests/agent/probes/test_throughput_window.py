"""When throughput tests begin: drawn once, inside the window, apart from each other."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from agent.probing_throughput.window import Window, is_within, seconds_to_midnight, turn_at, turns_of

SEOUL = ZoneInfo("Asia/Seoul")
DAY = date(2026, 5, 2)

times = st.times().map(lambda at: at.replace(second=0, microsecond=0))
windows = st.builds(Window, times, times, st.just(SEOUL))
days = st.dates(date(2024, 1, 1), date(2036, 1, 1))
seeds = st.from_regex(r"[a-z]{3,12}-[0-9]{3}", fullmatch=True)
tails = st.floats(0, 4000)


@given(windows, days, st.integers(1, 24), seeds, tails)
def test_every_turn_lies_in_its_window_after_the_one_before(
    window: Window, day: date, runs: int, seed: str, tail_seconds: float
) -> None:
    begins, ends = window.on(day)
    turns = list(turns_of(window, day, runs=runs, seed=seed, tail_seconds=tail_seconds))
    assert len(turns) == runs
    earliest = begins
    for turn in turns:
        length = (ends - begins) / runs
        tail = min(timedelta(seconds=tail_seconds), length / 2)
        assert earliest <= turn.starts_at <= turn.ends_at - tail
        earliest = turn.ends_at
    assert abs(earliest - ends) < timedelta(milliseconds=1)


@given(windows, days, st.integers(1, 24), seeds, st.floats(0, 86_399))
def test_an_instant_is_in_a_turn_exactly_when_it_lies_between_its_start_and_its_end(
    window: Window, day: date, runs: int, seed: str, after_seconds: float
) -> None:
    now = datetime.combine(day, time(), SEOUL) + timedelta(seconds=after_seconds)
    near = [
        turn
        for offset in (-1, 0, 1)
        for turn in turns_of(window, day + timedelta(days=offset), runs=runs, seed=seed, tail_seconds=60)
        if turn.starts_at <= now < turn.ends_at
    ]
    found = turn_at(window, now, runs=runs, seed=seed, tail_seconds=60)
    assert [found] == near if found else near == []


def test_a_window_is_of_local_time_and_may_pass_midnight() -> None:
    night = Window(time(2), time(5), SEOUL)
    assert night.on(DAY) == (datetime(2026, 5, 1, 17, tzinfo=UTC), datetime(2026, 5, 1, 20, tzinfo=UTC))
    late = Window(time(23), time(1), SEOUL)
    assert late.on(DAY) == (datetime(2026, 5, 2, 14, tzinfo=UTC), datetime(2026, 5, 2, 16, tzinfo=UTC))
    whole = Window(time(2), time(2), SEOUL)
    assert whole.on(DAY) == (datetime(2026, 5, 1, 17, tzinfo=UTC), datetime(2026, 5, 2, 17, tzinfo=UTC))


def test_after_midnight_a_turn_is_still_of_the_day_its_window_began_on() -> None:
    late = Window(time(23), time(1), SEOUL)
    (turn,) = turns_of(late, DAY, runs=1, seed="lab-001", tail_seconds=60)
    just_before_the_end = turn.ends_at - timedelta(seconds=1)
    assert late.day_of(just_before_the_end) == DAY + timedelta(days=1)
    assert turn_at(late, just_before_the_end, runs=1, seed="lab-001", tail_seconds=60) == turn


def test_the_draw_is_of_the_access_point_the_day_and_the_turn_and_spreads_evenly() -> None:
    window = Window(time(2), time(5), SEOUL)

    def starts(seed: str, day: date) -> list[datetime]:
        return [turn.starts_at for turn in turns_of(window, day, runs=2, seed=seed, tail_seconds=0)]

    assert starts("lab-001", DAY) == starts("lab-001", DAY)
    drawn = [at - window.on(DAY)[0] for number in range(1000) for at in starts(f"lab-{number:03}", DAY)]
    assert len(set(drawn)) == 2000
    quarters = [
        sum(timedelta(hours=0.75 * n) <= at < timedelta(hours=0.75 * (n + 1)) for at in drawn) for n in range(4)
    ]
    assert all(400 < count < 600 for count in quarters)
    assert len({(at - window.on(day)[0]) for day in (DAY, DAY + timedelta(days=1)) for at in starts("a-1", day)}) == 4


def test_a_window_that_a_change_of_the_clocks_swallows_has_no_turn() -> None:
    new_york = Window(time(2), time(3), ZoneInfo("America/New_York"))
    assert list(turns_of(new_york, date(2026, 3, 8), runs=1, seed="a", tail_seconds=0)) == []
    assert len(list(turns_of(new_york, date(2026, 3, 9), runs=1, seed="a", tail_seconds=0))) == 1


def test_a_window_is_met_whatever_is_drawn_in_it_and_one_of_equal_ends_always() -> None:
    late, whole = Window(time(23), time(1), SEOUL), Window(time(3), time(3), SEOUL)
    instants = [datetime(2026, 5, 2, hour, minute, tzinfo=SEOUL) for hour in (0, 1, 3, 22, 23) for minute in (0, 30)]
    assert [at.hour for at in instants if is_within(late, at)] == [0, 0, 23, 23]
    assert all(is_within(whole, at) for at in instants)


def test_midnight_is_the_local_one() -> None:
    assert seconds_to_midnight(Window(time(2), time(5), SEOUL), datetime(2026, 5, 2, 14, 59, tzinfo=UTC)) == 60
