"""Whatever is silent, held back, started anew or killed, and however receivers fail: who was told that something fires
is told that it has ended, nobody is told twice, and nobody misses anything.

A collector and its receivers live through random sequences on a virtual clock: see `chaos.alert_world`. `CHAOS_ROUNDS`
sets how many sequences there are.
"""

import asyncio
import os
import shutil
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from chaos.alert_city import CLEAR_SECONDS, ENDPOINTS, HOLD_SECONDS, PLACES, UPDATE_SECONDS, WAIT_SECONDS
from chaos.alert_receivers import Mood
from chaos.alert_world import STATEMENTS, Crossing, World
from chaos.virtual_time import VirtualTimeLoop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgres import Postgres
from sqlalchemy import Engine, event, text

from collector.state.columns import metadata
from collector.state.database import open_database
from collector.state.settings import StateSettings

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "5"))
SEQUENCES = 2 * ROUNDS
TOLD_WITHIN_SECONDS = WAIT_SECONDS + HOLD_SECONDS + UPDATE_SECONDS + 10
"""The longest pause before a notice, and some steps."""

FORGOTTEN_WITHIN_SECONDS = 2 * 3600

UNDISTURBED = Crossing(None)

places = st.sampled_from(PLACES)
groups = st.sampled_from([*((place,) for place in PLACES), PLACES[:2], PLACES[2:]])
seconds = st.sampled_from([0.3, 1.0, 2.0, 5.0, 15.0, 40.0, 130.0])
actions = st.one_of(
    st.tuples(st.just("silent"), groups),
    st.tuples(st.just("silent"), groups),
    st.tuples(st.just("back"), groups),
    st.tuples(st.just("unknown"), groups),
    st.tuples(st.just("cut"), places),
    st.tuples(st.just("flap"), places, st.integers(1, 6)),
    st.tuples(st.just("wait"), seconds),
    st.tuples(st.just("wait"), seconds),
    st.tuples(st.just("mood"), st.sampled_from(ENDPOINTS), st.sampled_from(Mood)),
    st.tuples(st.just("mood"), st.just("ops"), st.sampled_from(Mood)),
    st.tuples(st.just("hold back"), groups, st.sampled_from([5.0, 30.0, 200.0]), st.booleans()),
    st.tuples(st.just("acknowledge"), st.integers(0, 5)),
    st.tuples(st.just("hold back no more")),
    st.tuples(st.just("pause"), st.sampled_from(ENDPOINTS)),
    st.tuples(st.just("open endpoints")),
    st.tuples(st.just("restart")),
    st.tuples(st.just("kill")),
    st.tuples(st.just("die"), st.integers(1, 12), st.booleans()),
    st.tuples(st.just("doubt"), st.integers(1, 12), st.booleans()),
)
sequences = st.lists(actions, min_size=5, max_size=25)
seeds = st.integers(0, 2**32)


Beginning = Callable[[World], Coroutine[Any, Any, None]]


async def _act(world: World, name: str, *how: Any) -> None:
    """Carry one action out. What takes time is awaited."""
    deeds: dict[str, Callable[..., Any]] = {
        "silent": world.city.fall_silent,
        "back": world.city.come_back,
        "unknown": world.city.become_unknown,
        "cut": world.city.cut_uplink,
        "flap": world.flap,
        "wait": lambda seconds: _wait(world, seconds),
        "mood": world.receivers.be,
        "hold back": world.people.hold_back,
        "acknowledge": world.people.acknowledge,
        "hold back no more": world.people.hold_back_no_more,
        "pause": world.people.pause,
        "open endpoints": world.open_endpoints,
        "restart": world.restart,
        "kill": world.kill,
        "die": world.database.die_at_commit,
        "doubt": world.database.doubt_commit,
    }
    done = deeds[name](*how)
    if done is not None:
        await done


async def _wait(world: World, seconds: float) -> None:
    """What is wanted for long enough is put in for whoever wants it, however it fares then."""
    before = world.people.wanted()
    await world.pass_time(seconds)
    if seconds < 2 * TOLD_WITHIN_SECONDS:
        return
    after = world.people.wanted()
    for name in ENDPOINTS:
        told = {each.id for notice, _ in world.people.notices() if notice.endpoint == name for each in notice.firing}
        assert before[name] & after[name] <= told, f"nothing was made for {name} of what fires"


async def _live_through(world: World, sequence: list[tuple[Any, ...]]) -> None:
    world.begin()
    for action in sequence:
        await _act(world, *action)


async def _live(world: World, beginning: Coroutine[Any, Any, None]) -> None:
    await beginning
    await _all_answer(world)
    await _everybody_is_told(world)
    await _all_is_well(world)
    await world.end()


async def _called_for_while_it_is_folded(world: World, statement: int) -> None:
    """What was never told has ended and is about to be folded, and just then it is called for."""
    world.begin()
    world.cross(UNDISTURBED)
    world.people.pause("ops")
    world.city.fall_silent(["park-1"])
    await world.pass_time(6)
    world.city.come_back(PLACES)
    await world.pass_time(CLEAR_SECONDS - 0.5)
    world.cross(Crossing(statement or None, 4.0, world.open_endpoints))
    await world.pass_time(6)
    world.cross(None)


async def _begins_while_an_end_arrives(world: World, statement: int) -> None:
    """What begins is about to be told where something else has just ended, and just then that end arrives."""
    world.begin()
    world.cross(UNDISTURBED)
    world.city.fall_silent(["park-1"])
    await world.pass_time(10)
    world.city.come_back(PLACES)
    world.receivers.be("ops", Mood.SLOW)
    await world.pass_time(CLEAR_SECONDS + 0.5)
    world.city.fall_silent(["park-2"])
    await world.pass_time(WAIT_SECONDS - 0.1)
    world.cross(Crossing(statement or None, 15.0))
    await world.pass_time(20)
    world.cross(None)


async def _ends_while_its_beginning_arrives(world: World, statement: int) -> None:
    """The beginning is still on its way, slowly, when the end is told, which would be faster."""
    world.begin()
    world.cross(UNDISTURBED)
    world.receivers.be("ops", Mood.SLOW)
    world.city.fall_silent(["park-1"])
    await world.pass_time(WAIT_SECONDS + 0.9)
    world.receivers.be("ops", Mood.WELL)
    world.city.come_back(PLACES)
    world.cross(Crossing(statement or None, 1.0))
    await world.pass_time(20)
    world.cross(None)


async def _breaks(world: World, commit: int, is_after: bool) -> None:
    """Nobody hears whether a commit was made, from the beginning of a trouble to its end."""
    world.begin()
    world.cross(UNDISTURBED)
    world.database.doubt_commit(commit, is_after)
    world.city.fall_silent(["park-1"])
    await world.pass_time(15)
    world.city.come_back(PLACES)
    await world.pass_time(15)
    world.cross(None)


async def _all_answer(world: World) -> None:
    """Whatever ails the collector or its receivers is over; the city is as it is."""
    world.database.forgive()
    for record in world.receivers.records.values():
        record.mood = Mood.WELL
    world.people.hold_back_no_more()
    await world.step()
    for _ in range(3):  # what a dead notice stood for is told once more, and then what has become of it
        world.open_endpoints()
        await world.pass_time(TOLD_WITHIN_SECONDS)


async def _everybody_is_told(world: World) -> None:
    """Each endpoint believes what it is to believe, and nothing that is not so."""
    wanted_before = world.people.wanted()
    await world.pass_time(TOLD_WITHIN_SECONDS)
    wanted, firing = world.people.wanted(), world.people.firing()
    for name, record in world.receivers.records.items():
        believed = record.believed()
        assert wanted_before[name] & wanted[name] <= believed, f"{name} was not told of what fires"
        assert believed <= firing, f"{name} was not told of what has ended"


async def _all_is_well(world: World) -> None:
    """The city is well for so long that even what flapped is over."""
    world.city.come_back(PLACES)
    await world.pass_time(2 * CLEAR_SECONDS)
    end = world.loop.time() + FORGOTTEN_WITHIN_SECONDS
    while any(alert.rule != "watchdog" for alert in world.people.alerts(world.people.firing()).values()):
        assert world.loop.time() < end
        await world.pass_time(300)
    await world.pass_time(TOLD_WITHIN_SECONDS)


def _account_for(world: World) -> None:
    """At the end."""
    assert world.receivers.problems == []
    notices = world.people.notices()
    assert {word for notice, word in notices if notice.rule != "watchdog"} <= {"delivered", "folded", "dead"}
    assert set(world.people.open_thread_rules()) <= {"watchdog"}
    alerts = world.people.alerts({alert.id for notice, _ in notices for alert in notice.alerts})
    for name, record in world.receivers.records.items():
        delivered = {notice.id for notice, word in notices if notice.endpoint == name and word == "delivered"}
        assert delivered <= record.answered
        assert {alerts[id_].rule for id_ in record.believed()} <= {"watchdog"}, f"{name} was not told of an end"
        _assert_in_order(record.told())


def _assert_in_order(told: list[tuple[tuple[str, str], bool]]) -> None:
    """No end comes before a beginning, and an alert is told in one thread only, from its beginning to its end."""
    threads: dict[str, str] = {}
    for thread, alert in {about for about, _ in told}:
        words = [is_firing for about, is_firing in told if about == (thread, alert)]
        assert words == sorted(words, reverse=True), f"{alert} is told to fire after its end: {words}"
        assert threads.setdefault(alert, thread) == thread, f"{alert} is told in two threads"


def _run(state: Engine, desk: Engine, folder: Path, beginning: Beginning, seed: int) -> None:
    loop = VirtualTimeLoop()
    world = World(state, desk, folder=folder, loop=loop, seed=seed)
    with asyncio.Runner(loop_factory=lambda: loop) as runner, world.database.watched():
        runner.run(_live(world, beginning(world)))
    _account_for(world)


def _run_on_a_file(empty: Path, folder: Path, beginning: Beginning, seed: int) -> None:
    path = shutil.copy(empty, folder / "state.sqlite")
    engines = [open_database(StateSettings(), Path(path)) for _ in range(2)]
    for engine in engines:
        engine.dispose()
        event.listen(engine, "connect", _quick)
    try:
        _run(engines[0], engines[1], folder, beginning, seed)
    finally:
        for engine in engines:
            engine.dispose()
        shutil.rmtree(folder)


def _quick(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA synchronous = OFF")  # no test cuts the power


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with empty tables."""
    path = tmp_path_factory.mktemp("empty") / "state.sqlite"
    open_database(StateSettings(), path).dispose()
    return path


@pytest.fixture(scope="module")
def postgres_engines() -> Iterator[tuple[Engine, Engine]]:
    server = Postgres()
    try:
        server.start()
        url = server.url(server.new_database())
        engines = [open_database(StateSettings(url=url), Path("unused")) for _ in range(2)]
        yield engines[0], engines[1]
        for engine in engines:
            engine.dispose()
    finally:
        server.remove()


COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


@pytest.mark.timeout(60 + 60 * ROUNDS)
@settings(COMMON, max_examples=SEQUENCES)
@given(sequences, seeds)
def test_nothing_is_lost_and_nothing_is_told_twice(
    empty: Path, tmp_path_factory: pytest.TempPathFactory, sequence: list[tuple[Any, ...]], seed: int
) -> None:
    _run_on_a_file(empty, tmp_path_factory.mktemp("world"), lambda world: _live_through(world, sequence), seed)


@pytest.mark.parametrize(
    "crossing", [_called_for_while_it_is_folded, _begins_while_an_end_arrives, _ends_while_its_beginning_arrives]
)
@pytest.mark.parametrize("statement", range(STATEMENTS + 1) if ROUNDS > 5 else (0, 7, 8))
def test_whatever_the_sender_does_between_two_statements(
    empty: Path, tmp_path: Path, crossing: Callable[[World, int], Coroutine[Any, Any, None]], statement: int
) -> None:
    _run_on_a_file(empty, tmp_path, lambda world: crossing(world, statement), seed=1)


@pytest.mark.parametrize("is_after", [True, False])
@pytest.mark.parametrize("commit", range(1, 24) if ROUNDS > 5 else range(5, 12, 2))
def test_whatever_commit_nobody_hears_of(empty: Path, tmp_path: Path, commit: int, is_after: bool) -> None:
    _run_on_a_file(empty, tmp_path, lambda world: _breaks(world, commit, is_after), seed=1)


@pytest.mark.timeout(60 + 60 * ROUNDS)
@settings(COMMON, max_examples=max(1, ROUNDS // 5))
@given(sequences, seeds)
def test_the_same_on_a_database_that_several_share(
    postgres_engines: tuple[Engine, Engine],
    tmp_path_factory: pytest.TempPathFactory,
    sequence: list[tuple[Any, ...]],
    seed: int,
) -> None:
    state, desk = postgres_engines
    with desk.begin() as connection:
        names = ", ".join(table.name for table in metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    folder = tmp_path_factory.mktemp("world")
    _run(state, desk, folder, lambda world: _live_through(world, sequence), seed)
