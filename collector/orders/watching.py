"""What telemetry says of an order: a new device came, it fell silent, it has passed, it has failed. Pure.

Looked at every few seconds by `collector.fieldwork.watch`. A look says at most one thing; what follows from it is found
by the next.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.wire import Device
from collector.orders.acceptance import Heard, SameModel, check_all, failing, has_passed
from collector.orders.changes import Seen
from collector.orders.order import CheckTold, Order, Outcome, Status, is_same_serial
from collector.orders.settings import OrderSettings

BEFORE_INSTALLED = frozenset(
    {Status.OPEN, Status.PLANNED, Status.ASSIGNED, Status.IN_PROGRESS, Status.REJECTED, Status.ON_HOLD}
)
"""A new device may come; one that was seen at the place for the first time before the order was opened is none."""
WITH_A_DEVICE = frozenset({Status.INSTALLED, Status.VERIFYING})
"""A new device hangs there, and is listened to."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """The device that was last seen at a place, and since when."""

    serial: str
    vendor: str | None
    model: str | None
    mac: str | None
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known of a place at an instant: the newest device that was seen there, and what was heard last, of
    whichever device. `is_heard` says that it reports still."""

    now: datetime
    newcomer: Newcomer | None
    heard: Heard | None
    is_heard: bool


def look(order: Order, scene: Scene, *, settings: OrderSettings, is_same_model: SameModel) -> Seen | None:
    """What the scene changes of the order; None for nothing."""
    newcomer = scene.newcomer
    is_new = newcomer is not None and _is_new(order, newcomer, is_same_model)
    if order.status in BEFORE_INSTALLED:
        return _arrived(order, newcomer) if newcomer is not None and is_new else None
    if order.status is Status.INSTALLED:
        begins = _first_heard(order, scene, newcomer if is_new else None)
        return begins or _silence(order, order.installed_at, scene, settings)
    if order.status is Status.VERIFYING:
        if newcomer is not None and _is_yet_another(order, newcomer):
            return _swapped(newcomer)
        return _verified(order, scene, settings, is_same_model)
    return None


def _is_new(order: Order, newcomer: Newcomer, is_same_model: SameModel) -> bool:
    """Whether this is another device than the one to be replaced, and than one that was rejected. Of a place whose old
    serial nobody knew, only what was typed, or the planned model, is believed: an old device may just have begun to
    tell its serial."""
    if is_same_serial(newcomer.serial, order.old.serial):
        return False
    is_typed = is_same_serial(newcomer.serial, order.new_serial)
    if is_typed and order.status is Status.INSTALLED:
        return True
    if newcomer.first_seen <= order.watch_from:
        return False
    if is_typed or order.old.serial is not None:
        return True
    return order.model is not None and is_same_model((order.vendor, order.model), (newcomer.vendor, newcomer.model))


def _first_heard(order: Order, scene: Scene, newcomer: Newcomer | None) -> Seen | None:
    """The first report of what was installed, where it is one."""
    if scene.heard is None or not scene.is_heard:
        return None
    if newcomer is not None:
        return _begins(order, newcomer)
    if _is_without_serial(order, scene.heard):
        return Seen(status=Status.VERIFYING, first_report_at=scene.heard.observed_at, is_silent=False)
    return None


def _is_without_serial(order: Order, heard: Heard) -> bool:
    """Whether this is a report of what was installed, from a device that tells no serial: one since then, and by its
    MAC not of another device."""
    device = heard.report.device or Device()
    if device.serial is not None or order.installed_at is None or heard.observed_at <= order.installed_at:
        return False
    return device.mac is None or device.mac == order.new_mac or (order.new_mac is None and device.mac != order.old.mac)


def _is_yet_another(order: Order, newcomer: Newcomer) -> bool:
    """Whether the device that is being verified was taken down again for another one."""
    is_later = order.first_report_at is not None and newcomer.first_seen > order.first_report_at
    return is_later and not is_same_serial(newcomer.serial, order.old.serial)


def _arrived(order: Order, newcomer: Newcomer) -> Seen:
    """What was typed before is expected of the newcomer, unless it was of a device that has hung there."""
    if order.installed_at is not None:
        return Seen(status=Status.INSTALLED, new_serial=newcomer.serial, new_mac=newcomer.mac)
    return Seen(
        status=Status.INSTALLED,
        new_serial=order.new_serial or newcomer.serial,
        new_mac=order.new_mac or newcomer.mac,
    )


def _begins(order: Order, newcomer: Newcomer) -> Seen:
    """A device that was there before, such as one that was rejected and mended, counts from when it was installed."""
    is_first_time = newcomer.first_seen > order.watch_from
    return Seen(
        status=Status.VERIFYING,
        new_mac=order.new_mac or newcomer.mac,
        first_report_at=newcomer.first_seen if is_first_time else order.installed_at,
        is_silent=False,
    )


def _swapped(newcomer: Newcomer) -> Seen:
    """What was found out about the one before says nothing of this one."""
    return Seen(
        new_serial=newcomer.serial,
        new_mac=newcomer.mac,
        installed_at=newcomer.first_seen,
        first_report_at=newcomer.first_seen,
        is_silent=False,
        checks=(),
    )


def _silence(order: Order, since: datetime | None, scene: Scene, settings: OrderSettings) -> Seen | None:
    """A flag for what has not been heard of for so long, and its end."""
    is_silent = since is not None and scene.now - since >= timedelta(minutes=settings.silent_after_minutes)
    return None if is_silent == order.is_silent else Seen(is_silent=is_silent)


def _verified(order: Order, scene: Scene, settings: OrderSettings, is_same_model: SameModel) -> Seen | None:
    heard = scene.heard
    if heard is None or not scene.is_heard:
        return _silence(order, heard.observed_at if heard else order.installed_at, scene, settings)
    if order.first_report_at is None:
        return Seen(first_report_at=heard.observed_at)
    if order.is_silent:
        # What had failed may have been mended meanwhile, and has an hour again to show it.
        return Seen(is_silent=False, checks=tuple(told for told in order.checks if told.outcome is Outcome.PASSED))
    checks = check_all(order, heard, settings=settings, is_same_model=is_same_model, now=scene.now)
    failed = failing(checks, scene.now, for_at_least=timedelta(minutes=settings.reject_after_minutes))
    if failed:
        return Seen(status=Status.REJECTED, checks=checks, reason=", ".join(failed))
    if has_passed(checks) and scene.now - order.first_report_at >= timedelta(minutes=settings.settle_minutes):
        return Seen(status=Status.ACCEPTED, checks=checks)
    return None if _outcomes(checks) == _outcomes(order.checks) else Seen(checks=checks)


def _outcomes(checks: tuple[CheckTold, ...]) -> list[tuple[object, ...]]:
    """What makes a change worth keeping: that a number is another one by now does not."""
    return [(check.check, check.outcome, check.expected) for check in checks]
