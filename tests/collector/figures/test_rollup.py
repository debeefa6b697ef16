"""The step that makes windows: of what, for whom, and what becomes of it where the engine is away."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import OperationalError

from agent.wire import Probe, Report
from collector.figures.agenda import MADE_AFTER, PAST, WINDOWS_AT_ONCE
from collector.figures.figure import Figure
from collector.figures.measurements import SITE
from collector.figures.rollup import FIGURES_AT_ONCE, LOOKS_EVERY_SECONDS, RETRY_SECONDS, Rollup
from collector.figures.windows import WINDOW, Tally, window_number
from collector.fleet import Fleet
from collector.influx.late_windows import VISIBLE_WITHIN, LateWindows
from collector.readings import Reading
from collector.stores import StoreError
from inventory import AccessPoint, Inventory, Site, SiteKind

NOON = datetime(2026, 5, 2, 12, tzinfo=UTC)
INVENTORY = Inventory(
    sites=(Site(id="yeouido", kind=SiteKind.PARK, name_ko="여의도", district="영등포구"),),
    access_points=tuple(AccessPoint(id=f"y-{number}", site="yeouido") for number in range(3)),
)


class Leadership:
    def __init__(self, epoch: int | None = None) -> None:
        self.leader_epoch = epoch


class Engine:
    """Stands in for a store: y-0 was heard in all windows. It fails as often as it is told to."""

    def __init__(self, clock: "Clock", settle_seconds: float) -> None:
        self.late_windows = LateWindows(clock)
        self.asked: list[tuple[datetime, datetime]] = []
        self.heard_from = datetime.min.replace(tzinfo=UTC)
        self.defects = 0
        self.written_at_once = 0
        self.fails_after: int | None = None
        self.written: list[Figure] = []
        self.settle_seconds = settle_seconds
        self.run = "first run"
        self.failures_to_ask = 0
        self.failures_to_write = 0

    def site_windows(self, since: datetime, until: datetime, tally: Tally) -> None:
        if self.failures_to_ask:
            self.failures_to_ask -= 1
            raise StoreError("away", is_permanent=False)
        if self.defects:
            self.defects -= 1
            raise KeyError("access_point")
        self.asked.append((since, until))
        for number in range((until - since) // WINDOW):
            at = since + number * WINDOW
            if at >= self.heard_from:
                tally.add_heard_seconds("y-0", at, 300.0)

    async def incarnation(self) -> str | None:
        return self.run

    async def write_figures(self, figures: Iterable[Figure]) -> None:
        taken = [figure for figure in figures if figure.measurement is SITE]
        if len(self.written) == self.fails_after:
            self.fails_after = None
            raise StoreError("away", is_permanent=False)
        self.written_at_once = max(self.written_at_once, len(taken))
        if self.failures_to_write:
            self.failures_to_write -= 1
            self.written += taken[:1]
            raise StoreError("away", is_permanent=False, retry_after_seconds=40.0)
        self.written += taken

    def begins(self) -> list[datetime]:
        """The windows that figures were written of, as often as they were."""
        return sorted(figure.at for figure in self.written)


class Clock:
    """Goes on while the step rests."""

    def __init__(self) -> None:
        self.now = NOON + MADE_AFTER
        self.rests: list[float] = []
        self._goals: list[tuple[datetime, asyncio.Event]] = []

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.rests.append(seconds)
        if seconds >= LOOKS_EVERY_SECONDS:
            self.now += timedelta(seconds=seconds)
        for goal, reached in self._goals:
            if self.now >= goal:
                reached.set()
        await asyncio.sleep(0)

    async def until(self, goal: datetime) -> None:
        reached = asyncio.Event()
        self._goals.append((goal, reached))
        await reached.wait()


class Stage:
    """A rollup on its engine, which runs for a while."""

    def __init__(
        self, epoch: int | None = None, *, settle_seconds: float = 0.0, inventory: Inventory = INVENTORY
    ) -> None:
        self.clock = Clock()
        self.engine = Engine(self.clock, settle_seconds)
        self.fleet = Fleet()
        self.election = Leadership(epoch)
        self.first_seen: dict[str, datetime] = {}
        self.first_seen_failures = 0
        self.rollup = Rollup(
            store=self.engine,
            inventory=inventory,
            fleet=self.fleet,
            first_seen=self.tell_first_seen,
            clock=self.clock,
            monotonic=self.clock.seconds,
            sleep=self.clock.sleep,
        )

    def hear(self, access_point: str, report: Report) -> None:
        self.fleet.remember(access_point, Reading.of(report, NOON, NOON, "gw-a"))

    def tell_first_seen(self) -> dict[str, datetime]:
        if self.first_seen_failures:
            self.first_seen_failures -= 1
            raise OperationalError("SELECT", None, Exception("away"))
        return self.first_seen

    def note_late(self, at: datetime) -> None:
        self.engine.late_windows.note([[window_number(at)]])

    async def begin(self) -> None:
        """Make the past, which is no matter to most tests."""
        await self.run_for(timedelta(minutes=1))
        self.engine.asked.clear()
        self.engine.written.clear()

    async def run_for(self, time: timedelta) -> None:
        """So long by its own clock."""
        running = asyncio.create_task(self.rollup.run(self.election))
        reached = asyncio.create_task(self.clock.until(self.clock.now + time))
        await asyncio.wait([running, reached], return_when=asyncio.FIRST_COMPLETED)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_the_elected_one_makes_the_past_and_then_each_window_once() -> None:
    stage = Stage(epoch=1)
    await stage.run_for(4 * WINDOW + timedelta(minutes=1))
    past = PAST // WINDOW
    assert stage.engine.begins() == [NOON + number * WINDOW for number in range(-past, 4)]
    assert stage.engine.asked[0] == (NOON - WINDOWS_AT_ONCE * WINDOW, NOON)


async def test_others_make_only_what_they_received_late() -> None:
    stage = Stage()
    await stage.begin()
    stage.note_late(NOON - 5 * WINDOW)
    await stage.run_for(2 * VISIBLE_WITHIN)
    assert stage.engine.begins() == [NOON - 5 * WINDOW]
    await stage.run_for(4 * WINDOW)
    assert stage.engine.begins() == [NOON - 5 * WINDOW]
    stage.note_late(NOON - 5 * WINDOW)
    await stage.run_for(2 * VISIBLE_WITHIN)
    assert stage.engine.begins() == [NOON - 5 * WINDOW] * 2


async def test_those_who_tell_of_themselves_are_expected() -> None:
    stage = Stage()
    stage.hear("y-1", Report(observed_at=NOON, clients=1))
    stage.hear("y-2", Report(observed_at=NOON, probes=(Probe(kind="dns", is_ok=True),)))
    await stage.begin()
    stage.note_late(NOON - WINDOW)
    await stage.run_for(2 * VISIBLE_WITHIN)
    (figure,) = stage.engine.written
    assert figure.values["expected_seconds"] == 600.0
    assert figure.values["reported_seconds"] == 300.0


@pytest.mark.parametrize("fails", ["failures_to_ask", "failures_to_write"])
async def test_nothing_is_lost_while_the_engine_is_away(fails: str, caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage()
    await stage.begin()
    stage.note_late(NOON - WINDOW)
    stage.note_late(NOON - 9 * WINDOW)
    setattr(stage.engine, fails, 3)
    await stage.run_for(timedelta(minutes=5))
    assert set(stage.engine.begins()) == {NOON - WINDOW, NOON - 9 * WINDOW}
    assert [rest for rest in stage.clock.rests if rest in {RETRY_SECONDS, 40.0}]
    assert caplog.text.count("sites_not_rolled_up") == 1


async def test_a_new_term_begins_with_the_past_again() -> None:
    stage = Stage(epoch=1)
    await stage.run_for(2 * WINDOW + timedelta(minutes=1))
    stage.election.leader_epoch = None
    await stage.run_for(2 * WINDOW)
    made = len(stage.engine.written)
    assert made == PAST // WINDOW + 2
    stage.election.leader_epoch = 3
    await stage.run_for(WINDOW)
    assert len(stage.engine.written) > made + PAST // WINDOW


async def test_before_it_was_first_seen_an_access_point_was_not_silent() -> None:
    stage = Stage()
    await stage.begin()
    for name in ("y-1", "y-2"):
        stage.hear(name, Report(observed_at=NOON, clients=1))
    stage.first_seen = {"y-0": NOON, "y-1": NOON - WINDOW, "y-2": NOON - 2 * WINDOW}
    for number in (1, 2, 3):
        stage.note_late(NOON - number * WINDOW)
    await stage.run_for(2 * VISIBLE_WITHIN)
    expected = {figure.at: figure.values["expected_seconds"] for figure in stage.engine.written}
    assert expected == {NOON - 3 * WINDOW: 300.0, NOON - 2 * WINDOW: 600.0, NOON - WINDOW: 900.0}


async def test_an_access_point_whose_device_tells_no_serial_counts_as_always_seen() -> None:
    stage = Stage()
    await stage.begin()
    stage.hear("y-1", Report(observed_at=NOON, clients=1))
    stage.note_late(NOON - 3 * WINDOW)
    await stage.run_for(2 * VISIBLE_WITHIN)
    (figure,) = stage.engine.written
    assert figure.values["expected_seconds"] == 600.0


async def test_a_defect_costs_its_windows_and_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage()
    await stage.begin()
    stage.note_late(NOON - WINDOW)
    stage.note_late(NOON - 9 * WINDOW)
    stage.engine.defects = 1
    await stage.run_for(timedelta(minutes=5))
    assert stage.engine.begins() == [NOON - 9 * WINDOW]
    assert caplog.text.count("sites_not_rolled_up") == 1


async def test_a_state_database_that_is_away_makes_windows_wait(caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage()
    await stage.begin()
    stage.first_seen_failures = 3
    stage.note_late(NOON - WINDOW)
    await stage.run_for(timedelta(minutes=5))
    assert stage.engine.begins() == [NOON - WINDOW]
    assert caplog.text.count("sites_not_rolled_up") == 1


async def test_what_the_engine_loses_by_dying_is_made_again() -> None:
    stage = Stage(settle_seconds=60.0)
    await stage.begin()
    stage.note_late(NOON - WINDOW)
    await stage.run_for(2 * VISIBLE_WITHIN)
    stage.engine.run = "second run"
    await stage.run_for(WINDOW / 2)
    made = stage.engine.begins()
    assert made.count(NOON - WINDOW) == 2
    await stage.run_for(WINDOW / 2)
    assert stage.engine.begins() == made


async def test_a_silence_of_days_is_told_window_by_window() -> None:
    stage = Stage(epoch=1)
    stage.engine.heard_from = NOON
    await stage.begin()
    stage.engine.heard_from = NOON - PAST + WINDOW
    stage.note_late(NOON - PAST + WINDOW)
    await stage.run_for(2 * VISIBLE_WITHIN)
    assert len(stage.engine.written) == PAST // WINDOW - 1
    assert stage.engine.written_at_once == 1


async def test_a_silence_of_which_a_part_was_written_goes_on_from_there() -> None:
    stage = Stage(epoch=1)
    stage.engine.heard_from = NOON
    await stage.begin()
    stage.engine.heard_from = NOON - PAST + WINDOW
    stage.engine.fails_after = 500
    stage.note_late(NOON - PAST + WINDOW)
    await stage.run_for(timedelta(minutes=2))
    begins = stage.engine.begins()
    assert len(set(begins)) == PAST // WINDOW - 1
    assert len(begins) <= PAST // WINDOW + WINDOWS_AT_ONCE


async def test_a_city_is_written_some_sites_at_a_time() -> None:
    sites = 2 * FIGURES_AT_ONCE
    city = Inventory(
        sites=tuple(Site(id=f"s-{n}", kind=SiteKind.PARK, name_ko="곳", district="중구") for n in range(sites)),
        access_points=tuple(AccessPoint(id=f"y-{n}", site=f"s-{n}") for n in range(sites)),
    )
    stage = Stage(inventory=city)
    stage.engine.heard_from = NOON
    await stage.begin()
    stage.engine.heard_from = NOON - WINDOW
    stage.note_late(NOON - WINDOW)
    await stage.run_for(2 * VISIBLE_WITHIN)
    assert {figure.tags["site"] for figure in stage.engine.written} == set(city.sites)
    assert stage.engine.begins() == [NOON - WINDOW] * sites
    assert stage.engine.written_at_once <= FIGURES_AT_ONCE
