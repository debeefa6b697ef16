"""Every query of every panel, as Grafana sends it, on real engines that hold the same day: both answer, have something
to show, and say the same within one in a hundred."""

import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache

import pytest
from filled_engines import FilledEngines, filled_engines
from grafana_boards import Asked, OpenBoard
from grafana_intervals import Span
from grafana_queries import PrometheusRequest
from grafana_sources import RefusedQueryError, Series
from simulated_day import REPLACED

from dashboards.boards import BOARDS
from dashboards.engines import ENGINES, Engine
from dashboards.panels import BoardKey

_CHOSEN: Mapping[str, Mapping[str, str]] = {"access_point": {"site": "banpo", "access_point": REPLACED}}
"""What is looked at where a board shows one: an access point whose device was changed that day."""
_MAY_BE_EMPTY: Mapping[tuple[str, str], str] = {}
"""Board and name of the target, and why nothing need be there."""
_SAME = 0.01
_every_board = pytest.mark.parametrize("key", [board.key for board in BOARDS])


_Opened = Callable[..., OpenBoard]
pytestmark = pytest.mark.timeout(300)  # a day takes a while to be written where other tests run beside


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FilledEngines]:
    with filled_engines(tmp_path_factory.mktemp("engines")) as filled:
        yield filled


@pytest.fixture(scope="module")
def opened(engines: FilledEngines) -> _Opened:
    """Opens a board over an engine; the tests share what is chosen alike, and so its answers."""

    @cache
    def open_board(key: BoardKey, engine: Engine, **chosen: str) -> OpenBoard:
        board = next(each for each in BOARDS if each.key == key)
        return OpenBoard(board, engine, engines.sources[engine], engines.day, {**_CHOSEN.get(key, {}), **chosen})

    return open_board


@_every_board
@pytest.mark.parametrize("engine", ENGINES)
def test_every_query_is_answered_and_has_something_to_show(key: BoardKey, engine: Engine, opened: _Opened) -> None:
    board = opened(key, engine)
    faults = []
    for asked in (*board.targets(), *board.annotations()):
        try:
            found = any(series.points for series in board.ask(asked))
        except RefusedQueryError as error:
            faults.append(f"{asked.name}: {error}")
        else:
            if found == ((key, asked.name) in _MAY_BE_EMPTY):
                faults.append(f"{asked.name}: {'not empty' if found else 'empty'}: {asked.request}")
    assert faults == []


@_every_board
def test_the_engines_agree(key: BoardKey, opened: _Opened, engines: FilledEngines) -> None:
    prometheus, influx = (opened(key, engine) for engine in ENGINES)
    faults = []
    for one, other in zip(prometheus.targets(), influx.targets(), strict=True):
        found = _differences(one, prometheus.ask(one), influx.ask(other), engines.day)
        faults += [f"{one.name}: {fault}\n  {one.request}\n  {other.request}" for fault in found]
    assert faults == []


@_every_board
def test_variables_are_filled_alike(key: BoardKey, opened: _Opened) -> None:
    one, other = (opened(key, engine) for engine in ENGINES)
    assert one.variables == other.variables
    assert all(variable.values for variable in one.variables.values())


@pytest.mark.parametrize("engine", ENGINES)
def test_each_choice_leaves_what_belongs_to_it(engine: Engine, opened: _Opened) -> None:
    library = opened("site", engine, kind="library")
    assert library.variables["site"].values == ("seongdong-library",)
    assert library.variables["access_point"].values == ("seongdong-library-01", "seongdong-library-02")
    one = opened("access_point", engine)
    assert REPLACED in one.variables["access_point"].values
    assert one.variables["band"].values == ("2.4", "5", "6")


def _differences(asked: Asked, one: list[Series], other: list[Series], span: Span) -> list[str]:
    """Between what PromQL and InfluxQL say."""
    by_tags = [{tuple(sorted(series.tags.items())): series for series in each} for each in (one, other)]
    if by_tags[0].keys() != by_tags[1].keys():
        return [f"other series: {sorted(by_tags[0].keys() ^ by_tags[1].keys())}"]
    faults = []
    for tags, series in by_tags[0].items():
        twin = by_tags[1][tags]
        if series.name != twin.name:
            faults.append(f"{series.name!r} is {twin.name!r}")
        values = _compared(asked, series.points, twin.points, span)
        faults += [] if values else [f"{tags}: no whole window"]
        apart = [f"{key}: {a} and {b}" for key, (a, b) in values.items() if not _is_same(a, b)]
        faults += [f"{tags}: {len(apart)} of {len(values)}: {', '.join(apart[:3])}"] if apart else []
    return faults


def _compared(
    asked: Asked, one: Mapping[float, float], other: Mapping[float, float], span: Span
) -> dict[float, tuple[float | None, float | None]]:
    """Values that ought to be the same, by their time. PromQL tells a window at its end, InfluxQL at its beginning; the
    windows that reach beyond the span are left out, as InfluxQL cuts them."""
    if not asked.is_course:
        return {0.0: (next(iter(one.values()), None), next(iter(other.values()), None))}
    assert isinstance(asked.request, PrometheusRequest)
    step = asked.request.step_seconds
    assert step is not None
    told_at_the_end = {time + step: value for time, value in other.items()}
    since, until = span.since_milliseconds / 1000, span.until_milliseconds / 1000
    whole = {time for time in one.keys() | told_at_the_end.keys() if since <= time - step and time <= until}
    return {time: (one.get(time), told_at_the_end.get(time)) for time in sorted(whole)}


def _is_same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=_SAME, abs_tol=1e-9)
