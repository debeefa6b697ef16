"""A large site falls silent, one access point after the other, and comes back, in orders that are drawn, by last wills
and by reports that stay away, while the evaluator dies again and again: it is told once that it began, and once that it
is over. `CHAOS_ROUNDS` of more than five makes it one of 500 access points."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from alert_cities import inventory_of
from alert_delivery import alert_settings, webhook_endpoint
from sqlalchemy import Engine
from state_files import open_state
from webhook_receiver import SECRET

from agent.wire import Report, Status
from collector.alerting.evaluation import Evaluation
from collector.alerts.judging.snapshot import CollectorHealth, Layout
from collector.alerts.looking.looking import Looking
from collector.alerts.notice import Notice, NoticeKind
from collector.metrics import Metrics
from collector.readings import Reading
from collector.state.alerts import open_alerts
from collector.state.deliveries import claim, due, note_delivered
from collector.state.leadership import begin_epoch

MANY = 500 if int(os.environ.get("CHAOS_ROUNDS", "5")) > 5 else 100
INVENTORY = inventory_of({"river": MANY})
LAYOUT = Layout(INVENTORY)
BEGINS = datetime(2026, 7, 15, 3, tzinfo=UTC)
INTERVAL_SECONDS = 60
LOOKS_EVERY_SECONDS = 2
LOOKS_OF_AN_INTERVAL = INTERVAL_SECONDS // LOOKS_EVERY_SECONDS
DIES_EVERY_SECONDS = 26
FALLS_WITHIN_SECONDS = 60
"""So that each time much of it is silent already when the evaluator dies, and much is not."""


@dataclass
class River:
    """The site as the collector knows it at `now`, with the evaluator that is there, and all that it has told. What is
    overdue is so here and there at first, so a notice waits for longer than usual while more falls silent."""

    folder: Path
    state: Engine
    by_wills: bool
    now: datetime = BEGINS
    told: list[Notice] = field(default_factory=list)
    present: set[str] = field(default_factory=lambda: set(LAYOUT.ids))
    readings: dict[str, Reading] = field(default_factory=dict)
    statuses: dict[str, Status] = field(default_factory=dict)

    def __post_init__(self) -> None:
        endpoints = [webhook_endpoint(self.folder, "ops", "https://ops.test", SECRET)]
        self._settings = alert_settings(self.folder, endpoints, wait_seconds=15, hold_at_most_seconds=600)
        self.report(range(MANY))
        self.start()

    def start(self) -> None:
        """Another evaluator takes over, which knows what is written down. It listens from now on."""
        with self.state.begin() as connection:
            self._epoch = begin_epoch(connection, self.now)
        self._evaluation = Evaluation(
            state=self.state, inventory=INVENTORY, settings=self._settings, metrics=Metrics(), epoch=self._epoch
        )
        self._evaluation.begin(self.now)
        self._looking = Looking(LAYOUT)
        self._listening_since = self.now

    def report(self, numbers: Iterable[int]) -> None:
        """Those of these that are present report."""
        for number in numbers:
            name = LAYOUT.ids[number]
            if name in self.present:
                report = Report(observed_at=self.now, interval_seconds=INTERVAL_SECONDS, clients=number % 3)
                self.readings[name] = Reading.of(report, self.now, self.now, name if self.by_wills else "gw-river")

    def turn(self, names: Iterable[str], *, is_online: bool) -> None:
        """These are gone, or here."""
        for name in names:
            (self.present.add if is_online else self.present.discard)(name)
            if self.by_wills:
                self.statuses[name] = Status(
                    version=1, agent=name, boot_id="0123abcd", is_online=is_online, since=self.now
                )

    def look(self) -> None:
        """Judge, and have all arrive that is due."""
        seen = self._looking.look(
            self.readings,
            self.statuses,
            {},
            agents={},
            collector=CollectorHealth(),
            listening_since=self._listening_since,
            now=self.now,
        )
        self._evaluation.evaluate(seen)
        for each in due(self.state, "ops", self.now, 100):
            assert claim(self.state, each.notice, self._epoch, self.now)
            note_delivered(self.state, each.notice, self.now)
            self.told.append(each.notice)

    def go_on(self, seconds: int, each_step: Callable[[int], None] = lambda _: None, *, dies: bool = False) -> None:
        """For so long, in the steps of the watch."""
        for second in range(0, seconds, LOOKS_EVERY_SECONDS):
            self.now += timedelta(seconds=LOOKS_EVERY_SECONDS)
            each_step(second)
            at = (self.now - BEGINS).seconds // LOOKS_EVERY_SECONDS
            self.report(range(at % LOOKS_OF_AN_INTERVAL, MANY, LOOKS_OF_AN_INTERVAL))
            if dies and second % DIES_EVERY_SECONDS == DIES_EVERY_SECONDS - LOOKS_EVERY_SECONDS:
                self.start()
            self.look()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Engine]:
    state = open_state(tmp_path / "state.sqlite")
    yield state
    state.dispose()


def turning(river: River, names: Sequence[str], *, is_online: bool) -> Callable[[int], None]:
    """A step in which the next of them are gone, or here and reporting."""

    def turn(second: int) -> None:
        first, last = (MANY * at // FALLS_WITHIN_SECONDS for at in (second, second + LOOKS_EVERY_SECONDS))
        river.turn(names[first:last], is_online=is_online)
        river.report(map(LAYOUT.rows.__getitem__, names[first:last]))

    return turn


def assert_told_once(river: River) -> None:
    """That it began, of all of them, and that it is over."""
    assert [(notice.kind, notice.rule) for notice in river.told] == [
        (NoticeKind.BEGUN, "site_outage"),
        (NoticeKind.ENDED, "site_outage"),
    ]
    (alert,), (over,) = (notice.alerts for notice in river.told)
    assert alert.members == LAYOUT.ids
    assert alert.people == sum(number % 3 for number in range(MANY))
    assert (over.id, over.is_firing) == (alert.id, False)


@pytest.mark.parametrize("by_wills", [True, False], ids=["wills", "overdue"])
def test_the_evaluator_dies_again_and_again(tmp_path: Path, state: Engine, by_wills: bool) -> None:
    seed = time.time_ns()
    print(f"seed {seed}")
    draw = Random(seed)
    river = River(tmp_path, state, by_wills)
    river.go_on(120)
    river.go_on(FALLS_WITHIN_SECONDS, turning(river, draw.sample(LAYOUT.ids, MANY), is_online=False), dies=True)
    river.go_on(180, dies=True)
    river.go_on(240)
    assert [notice.kind for notice in river.told] == [NoticeKind.BEGUN]
    river.go_on(FALLS_WITHIN_SECONDS, turning(river, draw.sample(LAYOUT.ids, MANY), is_online=True), dies=True)
    river.go_on(600)
    assert_told_once(river)


@pytest.mark.parametrize("silent_ratio", [0, 0.2, 0.48, 0.6, 0.98])
def test_the_evaluator_dies_when_so_many_are_overdue(tmp_path: Path, state: Engine, silent_ratio: float) -> None:
    """The next one has to listen for as long as the first had: until then nobody knows how the others are."""
    seed = time.time_ns()
    print(f"seed {seed}")
    draw = Random(seed)
    river = River(tmp_path, state, by_wills=False)
    river.go_on(120)
    river.go_on(FALLS_WITHIN_SECONDS, turning(river, draw.sample(LAYOUT.ids, MANY), is_online=False))
    while sum(alert.rule == "access_point_silent" for alert in open_alerts(state)) < max(1, silent_ratio * MANY):
        river.go_on(LOOKS_EVERY_SECONDS)
    assert river.told == []
    river.start()
    river.go_on(240)
    river.go_on(FALLS_WITHIN_SECONDS, turning(river, draw.sample(LAYOUT.ids, MANY), is_online=True))
    river.go_on(240)
    assert_told_once(river)
