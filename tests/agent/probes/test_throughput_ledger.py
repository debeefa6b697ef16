"""The ledger of a day's bytes: never more than the budget in a day, whatever is killed, set, or damaged."""

import os
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from harness import FrozenClock
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from agent.probing_throughput.ledger import AlreadyClaimed, BudgetSpent, Ledger, LedgerError, Reservation

SEOUL = ZoneInfo("Asia/Seoul")
BUDGET = 1000
NIGHT = datetime(2026, 5, 2, 3, 0, tzinfo=SEOUL)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(NIGHT.astimezone(UTC))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "throughput-lab-001.json"


def ledger(path: Path, clock: FrozenClock) -> Ledger:
    return Ledger(path, clock, SEOUL, daily_budget_bytes=BUDGET)


def left(path: Path, clock: FrozenClock) -> int:
    """What could be reserved now, found out without keeping it."""
    its = ledger(path, clock)
    try:
        probe = its.reserve(f"look {clock.wall()} {clock.monotonic()}", wanted_bytes=10**9, at_least_bytes=1)
    except BudgetSpent:
        return 0
    its.settle(probe, used_bytes=0, is_done=False)
    return probe.reserved_bytes


def test_what_was_not_used_is_given_back_and_the_rest_stays_spent(path: Path, clock: FrozenClock) -> None:
    its = ledger(path, clock)
    reservation = its.reserve("a", wanted_bytes=700, at_least_bytes=1)
    assert reservation == Reservation(date(2026, 5, 2), 700, "a")
    assert left(path, clock) == 300
    its.settle(reservation, used_bytes=450, is_done=True)
    assert left(path, clock) == 550


def test_the_last_reservation_takes_what_is_left_if_that_is_enough(path: Path, clock: FrozenClock) -> None:
    its = ledger(path, clock)
    its.reserve("a", wanted_bytes=700, at_least_bytes=1)
    with pytest.raises(BudgetSpent, match="300 of 1000 bytes are left today"):
        its.reserve("b", wanted_bytes=700, at_least_bytes=301)
    assert not its.is_claimed("b")
    assert its.reserve("b", wanted_bytes=700, at_least_bytes=300).reserved_bytes == 300
    assert left(path, clock) == 0


def test_a_killed_process_leaves_its_reservation_spent_and_its_claim_taken(path: Path, clock: FrozenClock) -> None:
    ledger(path, clock).reserve("a", wanted_bytes=400, at_least_bytes=1)
    (path.parent / f"{path.name}.new").write_text("half writ")
    after = ledger(path, clock)
    assert left(path, clock) == 600
    assert after.is_claimed("a")
    with pytest.raises(AlreadyClaimed):
        after.reserve("a", wanted_bytes=1, at_least_bytes=1)


def test_a_claim_whose_test_could_not_begin_is_free_again(path: Path, clock: FrozenClock) -> None:
    its = ledger(path, clock)
    its.settle(its.reserve("a", wanted_bytes=400, at_least_bytes=1), used_bytes=10, is_done=False)
    assert not its.is_claimed("a")
    assert left(path, clock) == 990


def test_claims_outlast_the_day(path: Path, clock: FrozenClock) -> None:
    ledger(path, clock).reserve("a", wanted_bytes=400, at_least_bytes=1)
    clock.advance(22 * 3600)
    assert left(path, clock) == BUDGET
    assert ledger(path, clock).is_claimed("a")


def test_a_new_local_day_has_a_new_budget(path: Path, clock: FrozenClock) -> None:
    ledger(path, clock).reserve("a", wanted_bytes=BUDGET, at_least_bytes=1)
    clock.advance(21 * 3600 - 1)
    assert left(path, clock) == 0
    clock.advance(1)
    assert left(path, clock) == BUDGET


def test_what_is_given_back_on_another_day_is_not_that_days(path: Path, clock: FrozenClock) -> None:
    its = ledger(path, clock)
    yesterday = its.reserve("a", wanted_bytes=900, at_least_bytes=1)
    clock.advance(24 * 3600)
    its.reserve("b", wanted_bytes=600, at_least_bytes=1)
    its.settle(yesterday, used_bytes=0, is_done=True)
    assert left(path, clock) == 400


@pytest.mark.parametrize("hours", [-30, -1, 1, 30, 24 * 365])
def test_a_clock_that_was_set_leaves_nothing_until_a_midnight_is_certain(
    path: Path, clock: FrozenClock, hours: int
) -> None:
    ledger(path, clock).reserve("a", wanted_bytes=10, at_least_bytes=1)
    clock.set_wall(clock.wall() + timedelta(hours=hours))
    assert left(path, clock) == 0
    clock.advance(26 * 3600 - 1)
    assert left(path, clock) == 0
    clock.advance(1)
    assert left(path, clock) == BUDGET


def test_a_clock_that_is_mended_within_minutes_was_not_set(path: Path, clock: FrozenClock) -> None:
    ledger(path, clock).reserve("a", wanted_bytes=10, at_least_bytes=1)
    clock.set_wall(clock.wall() + timedelta(seconds=290))
    assert left(path, clock) == BUDGET - 10


def test_a_clock_that_is_set_during_a_test_is_noticed_after_it(path: Path, clock: FrozenClock) -> None:
    its = ledger(path, clock)
    reservation = its.reserve("a", wanted_bytes=BUDGET, at_least_bytes=1)
    clock.set_wall(clock.wall() + timedelta(days=1))
    its.settle(reservation, used_bytes=BUDGET, is_done=True)
    assert left(path, clock) == 0


def test_a_machine_that_wakes_up_in_the_past_has_nothing_left_until_the_clock_is_right(
    path: Path, clock: FrozenClock
) -> None:
    ledger(path, clock).reserve("a", wanted_bytes=10, at_least_bytes=1)
    woken = FrozenClock(datetime(1970, 1, 1, tzinfo=UTC), epoch="second")
    with pytest.raises(
        BudgetSpent, match=r"the clock was set, or throughput-lab-001\.json was damaged.*remove the file"
    ):
        ledger(path, woken).reserve("b", wanted_bytes=10, at_least_bytes=1)
    right = FrozenClock(clock.wall() + timedelta(days=1), epoch="third")
    assert left(path, right) == BUDGET


def test_without_a_right_clock_a_days_length_is_enough(path: Path, clock: FrozenClock) -> None:
    ledger(path, clock).reserve("a", wanted_bytes=10, at_least_bytes=1)
    woken = FrozenClock(datetime(1970, 1, 1, tzinfo=UTC), epoch="second")
    assert left(path, woken) == 0
    woken.advance(26 * 3600)
    assert left(path, woken) == BUDGET


@pytest.mark.parametrize("damage", [b"", b"{", b'{"day": 3}', b"\xff\x00", b'{"day":"2026-05-02","spent_bytes":-5}'])
def test_a_damaged_file_leaves_nothing_until_a_midnight_is_certain(
    path: Path, clock: FrozenClock, damage: bytes
) -> None:
    ledger(path, clock).reserve("a", wanted_bytes=10, at_least_bytes=1)
    path.write_bytes(damage)
    assert left(path, clock) == 0
    clock.advance(26 * 3600 - 1)
    assert left(path, clock) == 0
    clock.advance(1)
    assert left(path, clock) == BUDGET


@pytest.mark.parametrize(("days", "expected"), [(0, 0), (1, 0), (2, BUDGET)])
def test_after_a_restart_a_damaged_file_is_of_the_day_on_which_it_was_changed(
    path: Path, clock: FrozenClock, days: int, expected: int
) -> None:
    ledger(path, clock).reserve("a", wanted_bytes=10, at_least_bytes=1)
    path.write_bytes(b"")
    os.utime(path, ((NIGHT + timedelta(days=1)).timestamp(),) * 2)
    assert left(path, clock) == 0
    assert left(path, FrozenClock(clock.wall() + timedelta(days=days), epoch="second")) == expected


def test_a_ledger_that_cannot_be_written_is_told_with_its_remedy(path: Path, clock: FrozenClock) -> None:
    path.parent.write_text("a file where the folder should be")
    with pytest.raises(
        LedgerError, match=r"throughput-lab-001\.json cannot be read or written: .*give its folder room"
    ):
        ledger(path, clock).reserve("a", wanted_bytes=1, at_least_bytes=1)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to every file")
def test_a_lock_that_somebody_else_made_serves_as_well(path: Path, clock: FrozenClock) -> None:
    path.parent.mkdir()
    lock = path.with_name(f"{path.name}.lock")
    lock.touch(mode=0o444)
    assert left(path, clock) == BUDGET


class Days(RuleBasedStateMachine):
    """Tests, kills, restarts of the process, and a wall clock that people set, over many true days."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "ledger.json"
        self.clock = FrozenClock(NIGHT.astimezone(UTC))
        self.truth = NIGHT
        self.moved: dict[date, int] = {}
        self.open: list[tuple[Reservation, int]] = []
        self.claims = 0

    @rule(wanted=st.integers(1, 1200), least=st.integers(1, 300), used=st.floats(0, 1))
    def move(self, wanted: int, least: int, used: float) -> None:
        self.claims += 1
        try:
            reservation = ledger(self.path, self.clock).reserve(
                f"claim {self.claims}", wanted_bytes=wanted, at_least_bytes=least
            )
        except BudgetSpent:
            return
        moved = int(reservation.reserved_bytes * used)
        self.moved[self.truth.date()] = self.moved.get(self.truth.date(), 0) + moved
        self.open.append((reservation, moved))

    @precondition(lambda self: self.open)
    @rule(killed=st.booleans())
    def end(self, killed: bool) -> None:
        reservation, moved = self.open.pop()
        if not killed:
            ledger(self.path, self.clock).settle(reservation, used_bytes=moved, is_done=True)

    @rule(seconds=st.sampled_from([1, 600, 3600, 5 * 3600, 20 * 3600, 30 * 3600]))
    def wait(self, seconds: int) -> None:
        self.open.clear()  # tests last seconds; whoever did not settle by now was killed
        self.clock.advance(seconds)
        self.truth += timedelta(seconds=seconds)

    @rule(hours=st.sampled_from([-48, -20, -1, 1, 20, 48]))
    def set_clock(self, hours: int) -> None:
        self.clock.set_wall(self.clock.wall() + timedelta(hours=hours))

    @rule()
    def mend_clock(self) -> None:
        self.clock.set_wall(self.truth.astimezone(UTC))

    @rule()
    def damage(self) -> None:
        if self.path.exists():
            self.path.write_bytes(b"damaged")
            os.utime(self.path, (self.truth.timestamp(),) * 2)

    @invariant()
    def no_true_day_moves_more_than_its_budget(self) -> None:
        assert all(moved <= BUDGET for moved in self.moved.values())

    def teardown(self) -> None:
        self.folder.cleanup()


TestDays = Days.TestCase
TestDays.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
