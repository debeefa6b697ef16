"""What telemetry says of an order: a new device came, it fell silent, it has passed, it has failed. Pure.

Looked at every few seconds by `collector.fieldwork.watch`. A look says at most one thing; what follows from it is found
by the next.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.orders.acceptance import Heard, SameModel, check_all, failing, has_passed
from collector.orders.life import Seen
from collector.orders.order import CheckTold, Order, Status
from collector.orders.settings import OrderSettings

_BEFORE_INSTALLED = frozenset(
    {Status.OPEN, Status.PLANNED, Status.ASSIGNED, Status.IN_PROGRESS, Status.REJECTED, Status.ON_HOLD}
)
WATCHED = _BEFORE_INSTALLED | {Status.INSTALLED, Status.VERIFYING}


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
    if order.status in _BEFORE_INSTALLED:
        return _arrived(order, newcomer) if newcomer is not None and is_new else None
    if order.status is Status.INSTALLED:
        if newcomer is not None and is_new and scene.is_heard:
            return _begins(order, newcomer)
        return _silence(order, order.installed_at, scene, settings)
    if order.status is Status.VERIFYING:
        return _verified(order, scene, settings, is_same_model)
    return None


def _is_new(order: Order, newcomer: Newcomer, is_same_model: SameModel) -> bool:
    """Whether this is another device than the one to be replaced, and than one that was rejected. Of a place whose old
    serial nobody knew, only what was typed, or the planned model, is believed: an old device may just have begun to
    tell its serial."""
    serial = newcomer.serial.casefold()
    is_typed = order.new_serial is not None and serial == order.new_serial.casefold()
    if is_typed and order.status is Status.INSTALLED:
        return True
    if newcomer.first_seen <= order.watch_from:
        return False
    if is_typed or order.old.serial is not None:
        return is_typed or serial != (order.old.serial or "").casefold()
    return order.model is not None and is_same_model((order.vendor, order.model), (newcomer.vendor, newcomer.model))


def _arrived(order: Order, newcomer: Newcomer) -> Seen:
    return Seen(
        status=Status.INSTALLED,
        new_serial=order.new_serial or newcomer.serial,
        new_mac=order.new_mac or newcomer.mac,
    )


def _begins(order: Order, newcomer: Newcomer) -> Seen:
    return Seen(
        status=Status.VERIFYING,
        new_mac=order.new_mac or newcomer.mac,
        first_report_at=newcomer.first_seen,
        is_silent=False,
    )


def _silence(order: Order, since: datetime | None, scene: Scene, settings: OrderSettings) -> Seen | None:
    """A flag for what has not been heard of for so long, and its end."""
    is_silent = since is not None and scene.now - since >= timedelta(minutes=settings.silent_after_minutes)
    return None if is_silent == order.is_silent else Seen(is_silent=is_silent)


def _verified(order: Order, scene: Scene, settings: OrderSettings, is_same_model: SameModel) -> Seen | None:
    heard = scene.heard
    if heard is None or not scene.is_heard:
        return _silence(order, heard.observed_at if heard else order.installed_at, scene, settings)
    checks = check_all(order, heard, settings=settings, is_same_model=is_same_model, now=scene.now)
    failed = failing(checks, scene.now, for_at_least=timedelta(minutes=settings.reject_after_minutes))
    if failed:
        return Seen(status=Status.REJECTED, checks=checks, is_silent=False, reason=", ".join(failed))
    since = order.first_report_at or scene.now
    if has_passed(checks) and scene.now - since >= timedelta(minutes=settings.settle_minutes):
        return Seen(status=Status.ACCEPTED, checks=checks, is_silent=False)
    if order.is_silent or _outcomes(checks) != _outcomes(order.checks):
        return Seen(checks=checks, is_silent=False)
    return None


def _outcomes(checks: tuple[CheckTold, ...]) -> list[tuple[object, ...]]:
    """What makes a change worth keeping: that a number is another one by now does not."""
    return [(check.check, check.outcome, check.expected) for check in checks]
