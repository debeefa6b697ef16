"""The budget of series: within any day no more of them than its bounds, whatever comes."""

from hypothesis import given
from hypothesis import strategies as st

from collector.influx.series_budget import KEPT_SECONDS, SeriesBudget

BOUND = 5
names = st.sampled_from([f"s{number}" for number in range(12)])
shapes = st.lists(names, max_size=8, unique=True).map(tuple)
steps = st.floats(0, KEPT_SECONDS * 1.5) | st.sampled_from([0.0, 1.0, KEPT_SECONDS, KEPT_SECONDS + 1])


@given(st.lists(st.tuples(steps, shapes), max_size=60))
def test_within_any_day_no_more_series_are_written_than_the_bound(reports: list[tuple[float, tuple[str, ...]]]) -> None:
    budget = SeriesBudget(series_of_an_access_point=BOUND)
    now = 0.0
    written: list[tuple[float, str]] = []
    for step, series in reports:
        now += step
        refused = budget.refused("a-1", series, now)
        assert refused <= set(series)
        written += [(now, name) for name in series if name not in refused]
        in_the_day = {name for at, name in written if now - at <= KEPT_SECONDS}
        assert len(in_the_day) <= BOUND
        if refused:
            assert len(in_the_day) == BOUND  # nothing is refused while there is room
        recent = {name for at, name in written if now - at <= KEPT_SECONDS}
        assert not refused & recent  # what is in use stays


@given(st.lists(st.tuples(steps, st.sampled_from([f"unknown/gw/{n}" for n in range(9)])), max_size=60))
def test_within_any_day_an_agent_speaks_of_no_more_unknown_devices(reports: list[tuple[float, str]]) -> None:
    budget = SeriesBudget(unknown_devices_of_an_agent=3)
    now = 0.0
    spoken: list[tuple[float, str]] = []
    for step, name in reports:
        now += step
        has_room = budget.has_room_for_device("gw", name, now)
        if has_room:
            spoken.append((now, name))
        in_the_day = {name for at, name in spoken if now - at <= KEPT_SECONDS}
        assert len(in_the_day) <= 3
        assert has_room or len(in_the_day) == 3
    assert budget.has_room_for_device("another", "unknown/another/1", now)


def test_a_set_of_series_that_has_made_room_is_admitted_like_any_other() -> None:
    budget = SeriesBudget(series_of_an_access_point=2)
    assert budget.refused("a-1", ("x", "y"), 0.0) == frozenset()
    assert budget.refused("a-1", ("x", "z"), 1.0) == {"z"}
    assert budget.refused("a-1", ("y",), KEPT_SECONDS / 2) == frozenset()
    assert budget.refused("a-1", ("v", "w"), KEPT_SECONDS + 2) == {"w"}  # only x has made room
    assert budget.refused("a-1", ("x",), KEPT_SECONDS + 3) == {"x"}


def test_a_familiar_set_is_not_admitted_by_habit() -> None:
    budget = SeriesBudget(series_of_an_access_point=1)
    assert budget.refused("a-1", ("x",), 0.0) == frozenset()
    assert budget.refused("a-1", ("y",), KEPT_SECONDS + 1) == frozenset()
    assert budget.refused("a-1", ("x",), KEPT_SECONDS + 2) == {"x"}


def test_access_points_do_not_share_a_budget() -> None:
    budget = SeriesBudget(series_of_an_access_point=1)
    assert budget.refused("a-1", ("x",), 0.0) == frozenset()
    assert budget.refused("a-2", ("y",), 0.0) == frozenset()
    assert budget.refused("a-1", ("y",), 0.0) == {"y"}
