"""The desk: when the city is judged, and what becomes of it when something fails on the way."""

import asyncio
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from programme_city import INVENTORY, NOW, fleet, make_desk
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from state_files import open_state

from collector.election import Election
from collector.evidence import Evidence
from collector.fleet import Fleet
from collector.legacy.settings import LegacySettings
from collector.replacement.desk import DeskError, ReplacementDesk
from collector.state.assessments import add_assessments, begin_run, complete_run, counts_of, newest_run
from collector.stores import StoreError
from inventory.models import AccessPoint, Inventory

HOUR = timedelta(hours=1)
FOUR_IN_KOREA = datetime(2026, 11, 19, 19, tzinfo=UTC)


class Asked:
    """A store that is asked for evidence, and has none; `fails` makes it refuse so many times."""

    def __init__(self, fails: int = 0, inventory: Inventory = INVENTORY) -> None:
        self._places = sorted(inventory.access_points)
        self.spans: list[tuple[datetime, datetime]] = []
        self._fails = fails

    def evidence(self, access_points: list[str], since: datetime, until: datetime) -> dict[str, Evidence]:
        assert sorted(access_points) == self._places
        self.spans.append((since, until))
        if len(self.spans) <= self._fails:
            raise StoreError("the engine is away", is_permanent=False)
        return {}


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Engine]:
    engine = open_state(tmp_path / "state.sqlite")
    yield engine
    engine.dispose()


def desk_over(store: Any, state: Engine, now: datetime = NOW) -> ReplacementDesk:
    return make_desk(store, state, now)


def judged_at(state: Engine, at: datetime) -> None:
    run_id = begin_run(state, at, at, at)
    add_assessments(state, run_id, [("w-1", "keep", "{}")])
    complete_run(state, run_id, [])


def many_places(number: int) -> Inventory:
    places = tuple(AccessPoint(id=f"w-{place}", site="welfare") for place in range(number))
    return Inventory(sites=tuple(INVENTORY.sites.values()), access_points=places)


def started_processes(monkeypatch: pytest.MonkeyPatch) -> list[asyncio.subprocess.Process]:
    """Those that are started from now on."""
    processes: list[asyncio.subprocess.Process] = []
    start = asyncio.create_subprocess_exec

    async def started(*program: str, **options: Any) -> asyncio.subprocess.Process:
        assert program[0] == sys.executable
        processes.append(await start(*program, **options))
        return processes[-1]

    monkeypatch.setattr("asyncio.create_subprocess_exec", started)
    return processes


async def run_until(desk: ReplacementDesk, election: Election, met: Any) -> None:
    """Run the desk with its election until something holds."""
    tasks = [asyncio.create_task(election.run()), asyncio.create_task(desk.run(election))]
    try:
        async with asyncio.timeout(60):
            while not met():
                await asyncio.sleep(0.02)
                for task in tasks:
                    if task.done():
                        task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_city_that_was_never_judged_is_judged_at_the_start(state: Engine) -> None:
    await run_until(desk_over(Asked(), state), Election(state), lambda: newest_run(state) is not None)
    run = newest_run(state)
    assert run is not None
    assert sum(counts_of(state, run).values()) == len(INVENTORY.access_points)


async def test_a_city_of_which_nothing_was_heard_yet_waits_for_the_next_hour_of_judging(state: Engine) -> None:
    times = [FOUR_IN_KOREA - HOUR, FOUR_IN_KOREA - HOUR, FOUR_IN_KOREA - timedelta(minutes=1)]
    looked = asyncio.Event()

    def clock() -> datetime:
        if len(times) > 1:
            return times.pop(0)
        looked.set()
        return times[0]

    desk = ReplacementDesk(
        inventory=INVENTORY,
        fleet=Fleet(),
        store=Asked(),  # type: ignore[arg-type]  # of a store it is asked for evidence only
        state=state,
        settings=LegacySettings(),
        clock=clock,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("collector.replacement.desk.LOOKS_EVERY_SECONDS", 0.01)
        await run_until(desk, Election(state), looked.is_set)
        assert newest_run(state) is None
        times[0] = FOUR_IN_KOREA
        await run_until(desk, Election(state), lambda: newest_run(state) is not None)


@pytest.mark.parametrize(
    ("judged", "now", "is_judged_again"),
    [
        (FOUR_IN_KOREA, FOUR_IN_KOREA + 23 * HOUR, False),
        (FOUR_IN_KOREA, FOUR_IN_KOREA + 24 * HOUR, True),
        (FOUR_IN_KOREA - HOUR, FOUR_IN_KOREA, True),
        (FOUR_IN_KOREA - HOUR, FOUR_IN_KOREA - timedelta(minutes=1), False),
        (FOUR_IN_KOREA + 5 * HOUR, FOUR_IN_KOREA + 20 * HOUR, False),  # late, and not twice for it
        (FOUR_IN_KOREA + 9_000 * HOUR, FOUR_IN_KOREA, True),  # by a clock that has been put right since
    ],
)
async def test_it_is_judged_once_after_each_four_in_the_morning(
    state: Engine, judged: datetime, now: datetime, *, is_judged_again: bool
) -> None:
    judged_at(state, judged)
    store = Asked()
    looked = asyncio.Event()
    desk = ReplacementDesk(
        inventory=INVENTORY,
        fleet=fleet(),
        store=store,  # type: ignore[arg-type]  # of a store it is asked for evidence only
        state=state,
        settings=LegacySettings(),
        clock=lambda: (looked.set(), now)[1],
    )
    run = newest_run(state)
    assert run is not None
    met = (lambda: newest_run(state) != run) if is_judged_again else looked.is_set
    await run_until(desk, Election(state), met)
    assert bool(store.spans) is is_judged_again


async def test_what_fails_is_told_and_tried_again(state: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.replacement.desk.LOOKS_EVERY_SECONDS", 0.01)
    store, problems = Asked(fails=2), set[str | None]()
    desk = desk_over(store, state)

    def is_judged() -> bool:
        problems.add(desk.problem)
        return newest_run(state) is not None and desk.problem is None

    await run_until(desk, Election(state), is_judged)
    assert "the engine is away" in problems
    assert len(store.spans) == 3


async def test_a_state_that_refuses_is_told_though_the_process_has_more_to_say(
    state: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes = started_processes(monkeypatch)

    def refused(*_: Any) -> None:
        while "paused" not in repr(processes[0].stdout):  # until the process waits for somebody to hear it
            time.sleep(0.01)
        raise OperationalError("INSERT INTO assessments", {}, Exception()) from Exception("database is locked")

    monkeypatch.setattr("collector.replacement.desk.add_assessments", refused)
    inventory = many_places(2_000)
    desk = ReplacementDesk(
        inventory=inventory,
        fleet=fleet(),
        store=Asked(inventory=inventory),  # type: ignore[arg-type]  # of a store it is asked for evidence only
        state=state,
        settings=LegacySettings(),
        clock=lambda: NOW,
    )
    await run_until(desk, Election(state), lambda: desk.problem is not None)
    assert desk.problem == "database is locked"
    assert processes[0].returncode is not None


async def test_a_process_that_cannot_be_started_is_told(state: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    desk = desk_over(Asked(), state)
    await run_until(desk, Election(state), lambda: desk.problem is not None)
    assert "/nowhere/python" in str(desk.problem)


async def test_a_collector_that_leads_no_more_has_no_problem(state: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.replacement.desk.LOOKS_EVERY_SECONDS", 0.01)
    desk, election = desk_over(Asked(fails=1_000_000), state), Election(state)
    await run_until(desk, election, lambda: desk.problem is not None)
    assert not election.is_leader
    standing_by = asyncio.create_task(desk.run(election))
    await asyncio.sleep(0)
    assert desk.problem is None
    standing_by.cancel()


async def test_what_was_judged_before_shows_until_the_next_is_whole(state: Engine) -> None:
    judged_at(state, NOW - 48 * HOUR)
    before = newest_run(state)
    with pytest.raises(StoreError):
        await desk_over(Asked(fails=1), state).judge()
    assert newest_run(state) == before


async def test_a_process_that_dies_is_told_by_its_last_word(state: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.replacement.desk.judging.__name__", "no.such.module")
    with pytest.raises(DeskError, match=r"ended early: .*no\.such"):
        await desk_over(Asked(), state).judge()


async def test_the_process_takes_no_program_from_the_working_folder(
    state: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "calendar.py").write_text("raise SystemExit('a stranger')")
    monkeypatch.chdir(tmp_path)
    await desk_over(Asked(), state).judge()
    assert newest_run(state) is not None


@pytest.mark.parametrize("times", [1, 2], ids=["told once", "told once more while it waits"])
async def test_the_process_ends_with_the_collector(state: Engine, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    processes = started_processes(monkeypatch)
    task = asyncio.create_task(desk_over(Asked(), state).judge())
    async with asyncio.timeout(30):
        while not processes:
            await asyncio.sleep(0.01)
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert processes[0].returncode is not None
    assert newest_run(state) is None
