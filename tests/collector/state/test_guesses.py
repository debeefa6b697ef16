from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, delete, select
from state_files import open_state

from collector.access.throttle import FIRST_DELAY, FORGOTTEN_AFTER, FREE_FAILURES, LONGEST_DELAY
from collector.state.guesses import attempt, prune_failures, succeed
from collector.state.people_tables import login_failures

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def fail(engine: Engine, times: int, *, name: str = "kim", address: str = "192.0.2.1") -> None:
    for _ in range(times):
        assert attempt(engine, name, address, NOW) is None


def test_five_failures_are_free_and_the_sixth_attempt_waits(engine: Engine) -> None:
    fail(engine, FREE_FAILURES)
    assert attempt(engine, "kim", "192.0.2.1", NOW) == FIRST_DELAY
    assert attempt(engine, "kim", "192.0.2.1", NOW + FIRST_DELAY - SECOND) == SECOND


def test_each_further_failure_doubles_the_wait_up_to_a_limit(engine: Engine) -> None:
    fail(engine, FREE_FAILURES)
    now, waits = NOW, []
    for _ in range(8):
        wait = attempt(engine, "kim", "192.0.2.1", now)
        assert wait is not None
        waits.append(wait)
        now += wait
        assert attempt(engine, "kim", "192.0.2.1", now) is None
    assert waits == [min(LONGEST_DELAY, FIRST_DELAY * 2**n) for n in range(8)]


def test_a_name_is_protected_from_many_addresses_and_an_address_slowed_for_many_names(engine: Engine) -> None:
    for number in range(FREE_FAILURES):
        fail(engine, 1, address=f"192.0.2.{number}")
    assert attempt(engine, "kim", "198.51.100.1", NOW) == FIRST_DELAY
    assert attempt(engine, "lee", "198.51.100.1", NOW) is None
    with engine.begin() as connection:
        connection.execute(delete(login_failures))
    for number in range(FREE_FAILURES):
        fail(engine, 1, name=f"name-{number}")
    assert attempt(engine, "someone-else", "192.0.2.1", NOW) == FIRST_DELAY


def test_addresses_of_one_ipv6_network_count_as_one(engine: Engine) -> None:
    for number in range(FREE_FAILURES):
        fail(engine, 1, name=f"name-{number}", address=f"2001:db8:1:2::{number}")
    assert attempt(engine, "new", "2001:db8:1:2:ffff::1", NOW) == FIRST_DELAY
    assert attempt(engine, "new", "2001:db8:1:3::1", NOW) is None


def test_success_clears_the_name_and_not_what_else_the_address_did(engine: Engine) -> None:
    fail(engine, 4, name="victim")
    fail(engine, 1, name="kim")
    succeed(engine, "kim", "192.0.2.1")
    fail(engine, 1, name="victim")
    assert attempt(engine, "kim", "192.0.2.1", NOW) == FIRST_DELAY
    assert attempt(engine, "kim", "198.51.100.1", NOW) is None


def test_failures_are_forgotten_after_a_quiet_while(engine: Engine) -> None:
    fail(engine, FREE_FAILURES)
    assert attempt(engine, "kim", "192.0.2.1", NOW + FORGOTTEN_AFTER) is None


def test_what_counts_no_longer_is_forgotten(engine: Engine) -> None:
    fail(engine, 1, name="old")
    later = NOW + FORGOTTEN_AFTER
    assert attempt(engine, "new", "198.51.100.7", later) is None
    prune_failures(engine, later)
    with engine.connect() as connection:
        kept = connection.execute(select(login_failures.c.key)).scalars()
        assert sorted(kept) == ["address 198.51.100.7", "name new"]


def test_of_many_attempts_at_once_no_more_go_on_than_are_free(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: attempt(engine, "kim", "192.0.2.1", NOW), range(20)))
    assert waits.count(None) == FREE_FAILURES


def test_failures_outlive_the_collector(tmp_path: Path) -> None:
    for _ in range(FREE_FAILURES):
        engine = open_state(tmp_path / "state.sqlite")
        fail(engine, 1)
        engine.dispose()
    engine = open_state(tmp_path / "state.sqlite")
    assert attempt(engine, "kim", "192.0.2.1", NOW) == FIRST_DELAY
    engine.dispose()


def test_a_clock_that_steps_back_makes_nobody_wait_until_it_is_reached_again(engine: Engine) -> None:
    fail(engine, FREE_FAILURES)
    earlier = NOW - timedelta(days=400)
    for _ in range(FREE_FAILURES):
        assert attempt(engine, "kim", "192.0.2.1", earlier) is None
    assert attempt(engine, "kim", "192.0.2.1", earlier) == FIRST_DELAY


def test_who_has_to_wait_fills_no_table_with_names(engine: Engine) -> None:
    fail(engine, FREE_FAILURES)
    for number in range(10):
        assert attempt(engine, f"made-up-{number}", "192.0.2.1", NOW) == FIRST_DELAY
    with engine.connect() as connection:
        assert len(connection.execute(select(login_failures)).all()) == 2
