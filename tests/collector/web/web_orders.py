"""Orders in every status at the places of the small city, as people and telemetry have made them."""

from datetime import date, timedelta

from web_browser import PASSWORD, Pages
from web_city import BARE, EVIL, EVIL_PLACE, FULL, NEVER, SILENT

from collector.access.identity import Identity, Means
from collector.access.roles import PERMISSIONS, Role
from collector.orders.changes import Change, Seen
from collector.orders.life import TELEMETRY, changed
from collector.orders.order import Check, CheckTold, Confirmation, Order, Outcome, Status
from collector.state.accounts import add_user
from collector.state.orders import change_order
from collector.state.site_notes import SiteNote, write_note

TECHNICIAN = "기사 김"
PLANNER = Identity("계획 이", Role.PLANNER, Means.SESSION, PERMISSIONS[Role.PLANNER])


def let_in(pages: Pages, name: str, role: Role = Role.TECHNICIAN) -> None:
    """Somebody whom nobody has let in yet."""
    add_user(pages.services.state, name, PASSWORD, pages.watch.now, role=role)


def fill_with_orders(pages: Pages) -> dict[Status, Order]:
    """One order a place, so many statuses as there are places; what was closed before is there as well."""
    desk, now = pages.services.order_desk, pages.watch.now
    day = date(2026, 5, 24)
    let_in(pages, TECHNICIAN)
    write_note(
        pages.services.state,
        SiteNote("yeouido", 1, f"관리소 02-000-0000 {EVIL}", "정문 경비실에서 열쇠", now, "계획 이"),
    )

    def move(order: Order, *steps: Change) -> Order:
        for step in steps:
            order = desk.change(order.id, order.version, step, PLANNER)
        return order

    planned = Change(status=Status.PLANNED, vendor="Acme", model="AX-9", planned_on=day, note=f"사다리 필요 {EVIL}")
    assigned = Change(status=Status.ASSIGNED, technician=TECHNICIAN)
    orders = [
        move(desk.open(NEVER, PLANNER), Change(status=Status.CANCELLED, reason="건물 철거")),
        desk.open(NEVER, PLANNER),
        move(desk.open("ttukseom-001", PLANNER), planned),
        move(desk.open(FULL, PLANNER), planned, assigned),
        move(desk.open(SILENT, PLANNER), planned, assigned, Change(status=Status.ON_HOLD, reason=f"출입 불가 {EVIL}")),
        move(desk.open(BARE, PLANNER), planned, assigned, Change(status=Status.IN_PROGRESS)),
        _verifying(pages, move(desk.open(EVIL_PLACE, PLANNER), planned, assigned)),
    ]
    return {order.status: order for order in orders}


def _verifying(pages: Pages, order: Order) -> Order:
    """Installed by hand, heard of, and looked at: one check has passed, one has failed, one waits."""
    now = pages.watch.now
    done = Change(
        status=Status.INSTALLED, new_serial=f"NEW {EVIL}", new_mac="02:00:00:00:00:99", confirmed=tuple(Confirmation)
    )
    order = pages.services.order_desk.change(order.id, order.version, done, PLANNER)
    outcomes = {Check.MODEL: Outcome.PASSED, Check.UPLINK: Outcome.FAILED, Check.PORTAL: Outcome.WAITING}
    checks = tuple(
        CheckTold(
            check=check,
            outcome=outcome,
            expected="1 Gb/s",
            found=None if outcome is Outcome.WAITING else f"100 Mb/s {EVIL}",
            seen_at=None if outcome is Outcome.WAITING else now,
            since=now - timedelta(minutes=7),
        )
        for check, outcome in outcomes.items()
    )
    seen = Seen(status=Status.VERIFYING, first_report_at=now, checks=checks)
    after = change_order(
        pages.services.state, order.id, order.version, lambda it: changed(it, seen, by=TELEMETRY, at=now)
    )
    assert after is not None
    return after
