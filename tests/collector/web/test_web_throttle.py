from datetime import timedelta

from web_city import NOW

from collector.web.throttle import FIRST_DELAY, FORGOTTEN_AFTER, FREE_FAILURES, LONGEST_DELAY, MAX_KEYS, LoginThrottle

SECOND = timedelta(seconds=1)


def fail(throttle: LoginThrottle, times: int, *, name: str = "kim", address: str = "192.0.2.1") -> None:
    for _ in range(times):
        assert throttle.attempt(name, address, NOW) is None


def test_five_failures_are_free_and_the_sixth_attempt_waits() -> None:
    throttle = LoginThrottle()
    fail(throttle, FREE_FAILURES)
    assert throttle.attempt("kim", "192.0.2.1", NOW) == FIRST_DELAY
    assert throttle.attempt("kim", "192.0.2.1", NOW + FIRST_DELAY - SECOND) == SECOND


def test_each_further_failure_doubles_the_wait_up_to_a_limit() -> None:
    throttle = LoginThrottle()
    fail(throttle, FREE_FAILURES)
    now, waits = NOW, []
    for _ in range(8):
        wait = throttle.attempt("kim", "192.0.2.1", now)
        assert wait is not None
        waits.append(wait)
        now += wait
        assert throttle.attempt("kim", "192.0.2.1", now) is None
    assert waits == [min(LONGEST_DELAY, FIRST_DELAY * 2**n) for n in range(8)]


def test_a_name_is_protected_from_many_addresses_and_an_address_slowed_for_many_names() -> None:
    by_name, by_address = LoginThrottle(), LoginThrottle()
    for number in range(FREE_FAILURES):
        fail(by_name, 1, address=f"192.0.2.{number}")
        fail(by_address, 1, name=f"name-{number}")
    assert by_name.attempt("kim", "198.51.100.1", NOW) == FIRST_DELAY
    assert by_name.attempt("lee", "198.51.100.1", NOW) is None
    assert by_address.attempt("someone-else", "192.0.2.1", NOW) == FIRST_DELAY


def test_addresses_of_one_ipv6_network_count_as_one() -> None:
    throttle = LoginThrottle()
    for number in range(FREE_FAILURES):
        fail(throttle, 1, name=f"name-{number}", address=f"2001:db8:1:2::{number}")
    assert throttle.attempt("new", "2001:db8:1:2:ffff::1", NOW) == FIRST_DELAY
    assert throttle.attempt("new", "2001:db8:1:3::1", NOW) is None


def test_success_clears_the_name_and_not_what_else_the_address_did() -> None:
    throttle = LoginThrottle()
    fail(throttle, 4, name="victim")
    fail(throttle, 1, name="kim")
    throttle.succeed("kim", "192.0.2.1")
    fail(throttle, 1, name="victim")
    assert throttle.attempt("kim", "192.0.2.1", NOW) == FIRST_DELAY
    assert throttle.attempt("kim", "198.51.100.1", NOW) is None


def test_failures_are_forgotten_after_a_quiet_while() -> None:
    throttle = LoginThrottle()
    fail(throttle, FREE_FAILURES)
    assert throttle.attempt("kim", "192.0.2.1", NOW + FORGOTTEN_AFTER) is None


def test_memory_is_bounded() -> None:
    throttle = LoginThrottle()
    for number in range(MAX_KEYS):
        throttle.attempt(f"name-{number}", f"2001:db8:{number:x}::", NOW)
    assert len(throttle._failures) == MAX_KEYS


def test_a_clock_that_steps_back_makes_nobody_wait_until_it_is_reached_again() -> None:
    throttle = LoginThrottle()
    fail(throttle, FREE_FAILURES)
    earlier = NOW - timedelta(days=400)
    for _ in range(FREE_FAILURES):
        assert throttle.attempt("kim", "192.0.2.1", earlier) is None
    assert throttle.attempt("kim", "192.0.2.1", earlier) == FIRST_DELAY
