"""The acceptance check of a new device: filled in from its own reports, nothing is typed. Pure.

A check that nothing has been reported of waits; it never passes by default.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.wire import Device, Probe, Report
from collector.orders.order import Check, CheckTold, Order, Outcome, is_same_serial
from collector.orders.settings import OrderSettings
from collector.quantities import humanise_rate

SameModel = Callable[[tuple[str | None, str | None], tuple[str | None, str | None]], bool]
"""Whether two names, each of vendor and model, are of one model: what is reported is not always what is ordered."""

_PROBES = {Check.GATEWAY: "gateway", Check.DNS: "dns", Check.PORTAL: "portal"}


@dataclass(frozen=True, slots=True)
class Heard:
    """What a new device has told: its newest report, when that was observed, and how many clients it has."""

    report: Report
    observed_at: datetime
    clients: int | None


@dataclass(frozen=True, slots=True)
class _Found:
    outcome: Outcome
    expected: str | None = None
    found: str | None = None
    seen_at: datetime | None = None


def check_all(
    order: Order, heard: Heard, *, settings: OrderSettings, is_same_model: SameModel, now: datetime
) -> tuple[CheckTold, ...]:
    """All checks of an order by what was heard last, those that are as they were with the time since which."""
    since = order.first_report_at or order.installed_at or now
    found = {
        Check.MODEL: _model(order, heard, is_same_model),
        Check.FIRMWARE: _firmware(order, heard),
        Check.SERIAL: _serial(order, heard),
        Check.UPLINK: _uplink(order, heard),
        **{check: _probed(heard, kind, since) for check, kind in _PROBES.items()},
        Check.THROUGHPUT: _throughput(order, heard, since, settings),
        Check.CLIENTS: _clients(order, heard),
    }
    return tuple(
        _told(check, found[check], order.check(check), now) for check in Check if _is_asked(check, order, settings)
    )


def has_passed(checks: tuple[CheckTold, ...]) -> bool:
    """Whether there are checks, and all of them have passed."""
    return bool(checks) and all(check.outcome is Outcome.PASSED for check in checks)


def failing(checks: tuple[CheckTold, ...], now: datetime, *, for_at_least: timedelta) -> list[Check]:
    """Those that have failed for so long."""
    return [check.check for check in checks if check.outcome is Outcome.FAILED and now - check.since >= for_at_least]


def _is_asked(check: Check, order: Order, settings: OrderSettings) -> bool:
    """Firmware and serial wherever there is one to compare with, a model only there."""
    if check is Check.FIRMWARE:
        return order.firmware is not None
    if check is Check.SERIAL:
        return order.new_serial is not None
    if check is Check.MODEL and order.model is None:
        return False
    return check in settings.required_checks


def _told(check: Check, found: _Found, before: CheckTold | None, now: datetime) -> CheckTold:
    return CheckTold(
        check=check,
        outcome=found.outcome,
        expected=found.expected,
        found=found.found,
        seen_at=found.seen_at,
        since=before.since if before is not None and before.outcome is found.outcome else now,
    )


def _judged(*, is_good: bool | None, heard: Heard, expected: str | None, found: str | None) -> _Found:
    if is_good is None:
        return _Found(Outcome.WAITING, expected)
    return _Found(Outcome.PASSED if is_good else Outcome.FAILED, expected, found, heard.observed_at)


def _model(order: Order, heard: Heard, is_same_model: SameModel) -> _Found:
    device = heard.report.device or Device()
    is_good = None
    if device.model is not None:
        is_good = is_same_model((order.vendor, order.model), (device.vendor, device.model))
    return _judged(
        is_good=is_good,
        heard=heard,
        expected=_together(order.vendor, order.model),
        found=_together(device.vendor, device.model),
    )


def _firmware(order: Order, heard: Heard) -> _Found:
    found = heard.report.device.firmware if heard.report.device else None
    is_good = None if found is None else found.strip().casefold() == (order.firmware or "").strip().casefold()
    return _judged(is_good=is_good, heard=heard, expected=order.firmware, found=found)


def _serial(order: Order, heard: Heard) -> _Found:
    """By its MAC where it tells no serial and somebody has typed the MAC."""
    device = heard.report.device or Device()
    if device.serial is None and device.mac is not None and order.new_mac is not None:
        is_its_mac = device.mac == order.new_mac
        return _judged(is_good=is_its_mac, heard=heard, expected=order.new_mac, found=device.mac)
    found = device.serial
    is_good = None if found is None else is_same_serial(found, order.new_serial)
    return _judged(is_good=is_good, heard=heard, expected=order.new_serial, found=found)


def _uplink(order: Order, heard: Heard) -> _Found:
    """As fast as it is to be; where the order does not say, that it is up."""
    uplink, needed = heard.report.uplink, order.uplink_bits_per_second
    expected = None if needed is None else humanise_rate(needed)
    if uplink is None:
        return _Found(Outcome.WAITING, expected)
    speed = uplink.speed_bits_per_second
    found = None if speed is None else humanise_rate(speed)
    if uplink.is_up is False:
        is_good: bool | None = False
    elif needed is None:
        is_good = uplink.is_up or (None if speed is None else True)
    else:
        is_good = None if speed is None else speed >= needed
    return _judged(is_good=is_good, heard=heard, expected=expected, found=found)


def _probed(heard: Heard, kind: str, since: datetime) -> _Found:
    """Good where the newest probe of each target is; a probe from before the new device says nothing of it."""
    probes = [probe for probe in _since(heard, kind, since) if probe.is_ok is not None]
    if not probes:
        return _Found(Outcome.WAITING)
    shown = next((probe for probe in probes if not probe.is_ok), probes[0])
    outcome = Outcome.PASSED if shown.is_ok else Outcome.FAILED
    return _Found(outcome, shown.target, shown.failure or shown.outcome, shown.observed_at or heard.observed_at)


def _throughput(order: Order, heard: Heard, since: datetime, settings: OrderSettings) -> _Found:
    """The fastest download that was tested; without a speed to reach, that one was moved at all."""
    needed = (order.uplink_bits_per_second or 0.0) * settings.throughput_share
    expected = humanise_rate(needed) if needed else None
    tested = [
        (probe.throughput_bits_per_second, probe.observed_at or heard.observed_at)
        for probe in _since(heard, "throughput", since)
        if probe.throughput_bits_per_second is not None and probe.direction != "upload"
    ]
    if not tested:
        return _Found(Outcome.WAITING, expected)
    speed, at = max(tested)
    is_good = speed > 0 and speed >= needed
    return _Found(Outcome.PASSED if is_good else Outcome.FAILED, expected, humanise_rate(speed), at)


def _clients(order: Order, heard: Heard) -> _Found:
    """Somebody has joined. Once is enough: at night nobody does. Nobody is no failure either, it is waited for."""
    before = order.check(Check.CLIENTS)
    if before is not None and before.outcome is Outcome.PASSED:
        return _Found(Outcome.PASSED, before.expected, before.found, before.seen_at)
    if not heard.clients:
        return _Found(Outcome.WAITING, "1+")
    return _Found(Outcome.PASSED, "1+", str(heard.clients), heard.observed_at)


def _since(heard: Heard, kind: str, since: datetime) -> Iterator[Probe]:
    return (
        probe
        for probe in heard.report.probes
        if probe.kind == kind and (probe.observed_at or heard.observed_at) >= since
    )


def _together(vendor: str | None, model: str | None) -> str | None:
    return " ".join(filter(None, (vendor, model))) or None
