"""The step that asks for figures and writes them, in hours that pass at once."""

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from chaos.virtual_time import VirtualTimeLoop

from collector.figures.figure import Figure, Source
from collector.figures.measurements import ALERTS
from collector.figures.unwritten import KEPT_OF_A_SOURCE
from collector.figures.writing import FigureWriter
from collector.stores import StoreError

NOON = datetime(2026, 5, 2, 12, tzinfo=UTC)
STARTED = NOON + timedelta(seconds=7)


@dataclass
class Leadership:
    is_leader: bool = True


@dataclass
class Counting:
    """A source that numbers what it brings; `does` is done before."""

    every_seconds: int = 60
    is_only_for_elected: bool = False
    each_time: int = 1
    does: Callable[[int], None] = lambda _: None
    asked: list[datetime] = field(default_factory=list)

    def figures(self, now: datetime) -> Iterable[Figure]:
        self.asked.append(now)
        self.does(len(self.asked))
        for _ in range(self.each_time):
            yield Figure(ALERTS, {}, now, {"firing": len(self.asked)})


@dataclass
class Kept:
    """A store. `does` is done at each write, which may fail."""

    does: Callable[[int], None] = lambda _: None
    writes: int = 0
    figures: list[Figure] = field(default_factory=list)

    async def write_figures(self, figures: Iterable[Figure]) -> None:
        self.writes += 1
        self.does(self.writes)
        self.figures += figures

    @property
    def told(self) -> list[tuple[datetime, float | None]]:
        return [(figure.at, figure.values["firing"]) for figure in self.figures]


@dataclass
class Away:
    """For so many writes the engine is away."""

    writes: int
    problem: str = "nobody answers"

    def __call__(self, nth: int) -> None:
        if nth <= self.writes:
            raise StoreError(self.problem, is_permanent=False)


def fail(nth: int) -> None:
    raise RuntimeError(f"the {nth}th time")


def minutes(*numbers: float) -> list[datetime]:
    return [NOON + timedelta(minutes=number) for number in numbers]


def live(
    seconds: float,
    store: Kept,
    sources: dict[str, Source],
    *,
    election: Leadership | None = None,
    clock_is_off_by: Callable[[float], float] = lambda _: 0.0,
    at_least_every_seconds: int | None = None,
) -> None:
    """Let the step run for so long."""

    def clock() -> datetime:
        seconds = asyncio.get_running_loop().time()
        return STARTED + timedelta(seconds=seconds + clock_is_off_by(seconds))

    async def run() -> None:
        writer = FigureWriter(store, sources, clock, at_least_every_seconds=at_least_every_seconds)
        step = asyncio.create_task(writer.run(election or Leadership()))
        await asyncio.wait([step], timeout=seconds)
        assert not step.done()
        step.cancel()
        await asyncio.wait([step])

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(run())


def test_sources_are_asked_at_whole_multiples_and_written() -> None:
    store, often, seldom = Kept(), Counting(), Counting(every_seconds=300)
    live(600, store, {"often": often, "seldom": seldom})
    assert often.asked == minutes(*range(1, 11))
    assert seldom.asked == minutes(5, 10)
    assert sorted(figure.at for figure in store.figures) == sorted(often.asked + seldom.asked)


def test_a_source_can_be_asked_more_often_than_it_wants_to_be() -> None:
    seldom = Counting(every_seconds=300)
    live(180, Kept(), {"seldom": seldom}, at_least_every_seconds=60)
    assert seldom.asked == minutes(1, 2, 3)


def test_a_source_that_fails_is_told_by_name_and_disturbs_no_other(caplog: pytest.LogCaptureFixture) -> None:
    store, failing, sound = Kept(), Counting(does=fail), Counting()
    with caplog.at_level(logging.ERROR):
        live(180, store, {"failing": failing, "sound": sound})
    assert store.told == list(zip(minutes(1, 2, 3), (1, 2, 3), strict=True))
    assert failing.asked == sound.asked
    assert [record.getMessage() for record in caplog.records] == ["figures_not_made source=failing"] * 3
    assert all(record.exc_info for record in caplog.records)


def test_figures_that_cannot_be_written_at_all_disturb_no_others(caplog: pytest.LogCaptureFixture) -> None:
    def refuse_the_first(nth: int) -> None:
        if nth == 1:
            raise TypeError("no number")

    store = Kept(refuse_the_first)
    with caplog.at_level(logging.ERROR):
        live(60, store, {"odd": Counting(), "sound": Counting()})
    assert store.told == [(NOON + timedelta(minutes=1), 1)]
    assert [record.getMessage() for record in caplog.records] == ["figures_not_written source=odd figures=1"]


def test_what_is_of_the_city_is_asked_of_the_elected_collector() -> None:
    election, city, own = Leadership(is_leader=False), Counting(is_only_for_elected=True), Counting()

    def elect(nth: int) -> None:
        election.is_leader = nth >= 2

    own.does = elect
    live(240, Kept(), {"own": own, "city": city}, election=election)
    assert own.asked == minutes(1, 2, 3, 4)
    assert city.asked in (minutes(2, 3, 4), minutes(3, 4))  # which of the two is asked first is open


def test_no_minute_is_lost_while_the_engine_is_away(caplog: pytest.LogCaptureFixture) -> None:
    store = Kept(Away(writes=3))
    with caplog.at_level(logging.ERROR):
        live(300, store, {"counts": Counting()})
    assert store.told == list(zip(minutes(1, 2, 3, 4, 5), (1, 2, 3, 4, 5), strict=True))
    assert [record.getMessage() for record in caplog.records] == ["figures_not_written error='nobody answers'"]


def test_an_engine_that_is_back_gets_what_waited_of_every_source() -> None:
    store = Kept(Away(writes=2))
    live(180, store, {"first": Counting(), "second": Counting()})
    assert sorted(store.told) == sorted(2 * list(zip(minutes(1, 2, 3), (1, 2, 3), strict=True)))


def test_after_a_long_absence_the_newest_is_written_and_what_is_lost_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """As much as is kept at most comes from one source every minute; the few figures of another all wait."""
    store = Kept()
    counts = Counting(does=lambda nth: setattr(store, "does", Away(writes=10_000 if nth < 5 else 0)))
    city = Counting(each_time=KEPT_OF_A_SOURCE)
    with caplog.at_level(logging.WARNING):
        live(360, store, {"city": city, "counts": counts})
    by_minute = Counter(at for at, _ in store.told)
    assert by_minute[NOON + timedelta(minutes=1)] == by_minute[NOON + timedelta(minutes=3)] == 1
    assert by_minute[NOON + timedelta(minutes=6)] == KEPT_OF_A_SOURCE + 1
    assert f"figures_dropped source=city figures={6 * KEPT_OF_A_SOURCE + 6 - by_minute.total()}" in caplog.messages


def test_a_clock_that_is_put_back_or_forward_is_followed() -> None:
    """By an hour back after a minute and a half, by two hours forward after three and a half."""
    source = Counting()

    def off_by(seconds: float) -> float:
        return 0 if seconds < 90 else -3600 if seconds < 210 else 3600

    live(330, Kept(), {"source": source}, clock_is_off_by=off_by)
    assert source.asked == minutes(1, -57, 64, 65)


async def test_a_source_that_never_answers_keeps_no_other_from_it() -> None:
    """With real threads and a real second."""
    is_written, may_end = asyncio.Event(), threading.Event()
    hanging = Counting(every_seconds=1, does=lambda _: may_end.wait(30) and None)
    store = Kept(lambda _: is_written.set())
    writer = FigureWriter(store, {"hanging": hanging, "sound": Counting(every_seconds=1)}, lambda: datetime.now(UTC))
    step = asyncio.create_task(writer.run(Leadership()))
    try:
        async with asyncio.timeout(30):
            await is_written.wait()
            while not hanging.asked:
                await asyncio.sleep(0)
        assert len(hanging.asked) == 1
    finally:
        step.cancel()
        await asyncio.wait([step])
        may_end.set()
