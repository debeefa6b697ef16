"""The acceptance check: what passes, what fails, and what waits, from the device's own reports."""

from datetime import timedelta
from typing import Any

import pytest
from made_orders import MINUTE, NEW, NOW, order_in

from agent.wire import Device, Interface, Probe, Report
from collector.orders.acceptance import Heard, check_all, failing, has_passed
from collector.orders.order import Check, CheckTold, Order, Outcome, Status
from collector.orders.settings import OrderSettings

GIGABIT, FAST = 1_000_000_000, 100_000_000
CAME = NOW + 10 * MINUTE
LATER = NOW + 20 * MINUTE
PASSED, FAILED, WAITING = Outcome.PASSED, Outcome.FAILED, Outcome.WAITING
GOOD_DEVICE = Device(vendor="Acme", model="AX-1", serial=NEW, mac="02:00:00:00:00:09", firmware="7.1")
GOOD_PROBES = (
    Probe(kind="gateway", target="192.0.2.1", is_ok=True, outcome="answered"),
    Probe(kind="dns", target="seoul.go.kr", is_ok=True, outcome="answered"),
    Probe(kind="portal", target="portal.example", is_ok=True, outcome="open"),
    Probe(kind="throughput", target="server", is_ok=True, direction="download", throughput_bits_per_second=4e8),
)
UPLINK = Interface(name="eth0", is_up=True, speed_bits_per_second=GIGABIT)


def installed(**fields: Any) -> Order:
    wanted = {"vendor": "Acme", "firmware": "7.1", "uplink_bits_per_second": GIGABIT, "first_report_at": CAME}
    return order_in(Status.VERIFYING).model_copy(update={**wanted, **fields})


def heard(*, clients: int | None = 3, at: Any = LATER, **parts: Any) -> Heard:
    base: dict[str, Any] = {"device": GOOD_DEVICE, "uplink": UPLINK, "probes": GOOD_PROBES}
    return Heard(Report(observed_at=at, **{**base, **parts}), at, clients)


def checked(order: Order, told: Heard, *, now: Any = LATER, **settings: Any) -> tuple[CheckTold, ...]:
    return check_all(
        order,
        told,
        settings=OrderSettings(**settings),
        is_same_model=lambda one, other: one[1] == other[1],
        now=now,
    )


def outcome(check: Check, order: Order, told: Heard, **settings: Any) -> tuple[Outcome, str | None, str | None]:
    (found,) = (each for each in checked(order, told, **settings) if each.check is check)
    return found.outcome, found.expected, found.found


def probe(kind: str, **fields: Any) -> Probe:
    return Probe(kind=kind, **{"target": "a", "is_ok": True, "observed_at": LATER, **fields})


def test_a_device_that_is_as_planned_passes_all_of_it_with_what_was_found_and_when() -> None:
    checks = checked(installed(), heard())
    assert [(each.check, each.outcome, each.expected, each.found) for each in checks] == [
        (Check.MODEL, PASSED, "Acme AX-1", "Acme AX-1"),
        (Check.FIRMWARE, PASSED, "7.1", "7.1"),
        (Check.SERIAL, PASSED, NEW, NEW),
        (Check.UPLINK, PASSED, "1 Gb/s", "1 Gb/s"),
        (Check.GATEWAY, PASSED, "192.0.2.1", "answered"),
        (Check.DNS, PASSED, "seoul.go.kr", "answered"),
        (Check.PORTAL, PASSED, "portal.example", "open"),
        (Check.THROUGHPUT, PASSED, "250 Mb/s", "400 Mb/s"),
        (Check.CLIENTS, PASSED, "1+", "3"),
    ]
    assert {each.seen_at for each in checks} == {LATER} == {each.since for each in checks}
    assert has_passed(checks)


def test_what_nothing_is_reported_of_waits_and_does_not_pass() -> None:
    checks = checked(installed(), heard(device=None, uplink=None, probes=(), clients=None))
    assert {each.outcome for each in checks} == {WAITING}
    assert [each.check for each in checks] == list(Check)
    assert {(each.found, each.seen_at) for each in checks} == {(None, None)}
    assert not has_passed(checks)
    assert failing(checks, LATER + timedelta(days=9), for_at_least=timedelta(0)) == []


@pytest.mark.parametrize(
    ("check", "parts", "found"),
    [
        (Check.MODEL, {"device": Device(vendor="Acme", model="AX-2")}, (FAILED, "Acme AX-1", "Acme AX-2")),
        (Check.MODEL, {"device": Device(vendor="Acme")}, (WAITING, "Acme AX-1", None)),
        (Check.FIRMWARE, {"device": Device(firmware="6.9")}, (FAILED, "7.1", "6.9")),
        (Check.FIRMWARE, {"device": Device(firmware=" 7.1")}, (PASSED, "7.1", " 7.1")),
        (Check.SERIAL, {"device": Device(serial="new-1")}, (PASSED, NEW, "new-1")),
        (Check.SERIAL, {"device": Device(serial="NEW-2")}, (FAILED, NEW, "NEW-2")),
        (Check.SERIAL, {"device": Device(mac="02:00:00:00:00:09")}, (WAITING, NEW, None)),
        (Check.UPLINK, {"uplink": Interface(name="e", speed_bits_per_second=FAST)}, (FAILED, "1 Gb/s", "100 Mb/s")),
        (
            Check.UPLINK,
            {"uplink": Interface(name="e", speed_bits_per_second=10 * GIGABIT)},
            (PASSED, "1 Gb/s", "10 Gb/s"),
        ),
        (Check.UPLINK, {"uplink": Interface(name="e", is_up=True)}, (WAITING, "1 Gb/s", None)),
        (Check.UPLINK, {"uplink": Interface(name="e", is_up=False)}, (FAILED, "1 Gb/s", None)),
        (Check.GATEWAY, {"probes": (probe("gateway", is_ok=False, failure="timed out"),)}, (FAILED, "a", "timed out")),
        (Check.GATEWAY, {"probes": (probe("gateway", is_ok=None),)}, (WAITING, None, None)),
        (Check.DNS, {"probes": (probe("dns"), probe("dns", target="b", is_ok=False))}, (FAILED, "b", None)),
        (Check.PORTAL, {"probes": (probe("dns"), probe("portal", outcome="open"))}, (PASSED, "a", "open")),
        (Check.CLIENTS, {"clients": 0}, (WAITING, "1+", None)),
    ],
)
def test_each_check_by_what_is_reported(check: Check, parts: dict[str, Any], found: object) -> None:
    assert outcome(check, installed(), heard(**parts)) == found


@pytest.mark.parametrize(
    ("uplink", "found"),
    [
        (Interface(name="e", is_up=True), PASSED),
        (Interface(name="e", speed_bits_per_second=FAST), PASSED),
        (Interface(name="e", is_up=False, speed_bits_per_second=FAST), FAILED),
        (Interface(name="e"), WAITING),
        (None, WAITING),
    ],
)
def test_an_uplink_of_which_no_speed_is_asked_has_to_be_up(uplink: Interface | None, found: Outcome) -> None:
    assert outcome(Check.UPLINK, installed(uplink_bits_per_second=None), heard(uplink=uplink))[0] is found


@pytest.mark.parametrize(
    ("device", "found"),
    [
        (Device(mac="02:00:00:00:00:09"), (PASSED, "02:00:00:00:00:09", "02:00:00:00:00:09")),
        (Device(mac="02:00:00:00:00:08"), (FAILED, "02:00:00:00:00:09", "02:00:00:00:00:08")),
        (Device(mac="02:00:00:00:00:09", serial="NEW-2"), (FAILED, NEW, "NEW-2")),
        (Device(), (WAITING, NEW, None)),
    ],
)
def test_a_device_that_tells_no_serial_is_known_by_the_mac_that_was_typed(device: Device, found: object) -> None:
    assert outcome(Check.SERIAL, installed(new_mac="02:00:00:00:00:09"), heard(device=device)) == found


@pytest.mark.parametrize("kind", ["gateway", "dns", "portal"])
def test_what_was_probed_before_the_device_came_says_nothing_of_it(kind: str) -> None:
    before, after = probe(kind, is_ok=False, observed_at=CAME - MINUTE), probe(kind, observed_at=CAME)
    told = [outcome(Check(kind), installed(), heard(probes=probes))[0] for probes in ((before,), (before, after))]
    assert told == [WAITING, PASSED]
    old_success = probe(kind, target="b", observed_at=CAME - MINUTE)
    assert outcome(Check(kind), installed(), heard(probes=(old_success,)))[0] is WAITING


@pytest.mark.parametrize(
    ("tests", "found"),
    [
        ([(2.5e8, {})], (PASSED, "250 Mb/s", "250 Mb/s")),
        ([(2.4e8, {})], (FAILED, "250 Mb/s", "240 Mb/s")),
        ([(2.4e8, {}), (3e8, {"method": "other"})], (PASSED, "250 Mb/s", "300 Mb/s")),
        ([(9e8, {"direction": "upload"})], (WAITING, "250 Mb/s", None)),
        ([(9e8, {"observed_at": CAME - MINUTE})], (WAITING, "250 Mb/s", None)),
        ([(None, {"is_ok": False})], (WAITING, "250 Mb/s", None)),
    ],
)
def test_a_download_moves_a_share_of_what_the_uplink_is_to_negotiate(tests: list[Any], found: object) -> None:
    probes = tuple(probe("throughput", throughput_bits_per_second=speed, **fields) for speed, fields in tests)
    assert outcome(Check.THROUGHPUT, installed(), heard(probes=probes)) == found


def test_without_a_speed_to_reach_a_download_has_to_move_anything() -> None:
    order = installed(uplink_bits_per_second=None)
    for speed, found in ((1.0, PASSED), (0.0, FAILED)):
        told = heard(probes=(probe("throughput", throughput_bits_per_second=speed),))
        assert outcome(Check.THROUGHPUT, order, told)[0] is found


def test_that_somebody_has_joined_once_is_enough() -> None:
    joined = checked(installed(), heard(clients=2))
    at_night = checked(installed(checks=joined), heard(clients=0, at=LATER + 9 * MINUTE), now=LATER + 9 * MINUTE)
    told = at_night[-1]
    assert (told.outcome, told.found, told.seen_at, told.since) == (PASSED, "2", LATER, LATER)


def test_a_check_tells_since_when_it_is_as_it_is() -> None:
    order, now = installed(), LATER
    since = []
    for is_ok in (False, False, True, False):
        checks = checked(order, heard(probes=(probe("dns", is_ok=is_ok),)), now=now)
        order, now = order.model_copy(update={"checks": checks}), now + 9 * MINUTE
        (dns,) = (each for each in checks if each.check is Check.DNS)
        since.append((dns.since - LATER) // MINUTE)
    assert since == [0, 0, 18, 27]


def test_what_has_failed_for_long_enough_is_told() -> None:
    checks = checked(installed(), heard(probes=(probe("dns", is_ok=False), probe("portal", is_ok=False))))
    hour = timedelta(hours=1)
    assert failing(checks, LATER + hour - MINUTE, for_at_least=hour) == []
    assert failing(checks, LATER + hour, for_at_least=hour) == [Check.DNS, Check.PORTAL]


def test_what_is_asked_for_is_a_setting_but_for_what_an_order_names_itself() -> None:
    def asked(order: Order, *required: Check) -> list[Check]:
        return [each.check for each in checked(order, heard(), required_checks=required)]

    assert asked(installed(), Check.DNS) == [Check.FIRMWARE, Check.SERIAL, Check.DNS]
    bare = installed(firmware=None, model=None)
    assert asked(bare, Check.MODEL, Check.FIRMWARE, Check.CLIENTS) == [Check.SERIAL, Check.CLIENTS]
    assert not has_passed(())
