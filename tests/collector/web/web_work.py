"""A city with work to do: a park along the river, a library of three floors and a centre that nobody has written down
the position of, with orders of two technicians and notes on how to get in."""

from copy import copy
from datetime import date

from web_browser import Pages
from web_city import EVIL, NOW, site
from web_services import catalogue

from collector.access.identity import Identity, Means
from collector.access.roles import PERMISSIONS, Role
from collector.fieldwork.order_desk import OrderDesk
from collector.orders.changes import Change
from collector.orders.order import Order, Status
from collector.state.accounts import add_user, person
from collector.state.login_sessions import log_in
from collector.state.site_notes import SiteNote, write_note
from inventory.models import AccessPoint, Device, Inventory, SiteKind

TECHNICIAN, OTHER = "기사 김", "기사 박"
PLANNER = Identity("계획 이", Role.PLANNER, Means.SESSION, PERMISSIONS[Role.PLANNER])
TODAY, YESTERDAY, TOMORROW = date(2026, 5, 23), date(2026, 5, 22), date(2026, 5, 24)
FORMULA = "=1+1"
CONTACT, ACCESS = f"관리소 02-300-0000 {EVIL}", "정문 경비실에서 열쇠를 받는다"
_PASSWORD = "a long password of theirs"

PARK = site("park", name_ko="여의도한강공원", name_en="Yeouido Hangang Park", latitude=37.5286, longitude=126.9327)
LIBRARY = site("library", SiteKind.LIBRARY, name_ko=FORMULA, latitude=37.56, longitude=126.91)
CENTRE = site("centre", SiteKind.SENIOR, district="중구")


def work_inventory(*, outdoors: int = 4) -> Inventory:
    """So many access points in the park, one of them without a position, and three in the library."""
    in_park = [
        AccessPoint(
            id=f"park-{number}",
            site="park",
            name=f"{EVIL} 물빛무대 {number}",
            placement="outdoor",
            number=f"YI-{number:03}",
            latitude=37.5286,
            longitude=126.93 + (number * 5 % outdoors) * 0.001,
        )
        for number in range(1, outdoors)
    ]
    return Inventory(
        sites=(PARK, LIBRARY, CENTRE),
        access_points=(
            *in_park,
            AccessPoint(id="park-0", site="park", name="무대 뒤", placement="outdoor"),
            AccessPoint(id="library-1", site="library", name=FORMULA, floor="3", placement="indoor"),
            AccessPoint(id="library-2", site="library", name="+로비", floor="1", placement="indoor"),
            AccessPoint(id="library-3", site="library", name="@서고", floor="B1", placement="indoor"),
            AccessPoint(id="centre-1", site="centre", name="2층 복도", placement="outdoor"),
        ),
        devices=tuple(
            Device(serial=f"OLD-{place.id}", access_point=place.id, vendor="-Acme", model="AN-4", mac=None)
            for place in in_park
        ),
    )


def with_work(pages: Pages, inventory: Inventory | None = None) -> Pages:
    """The pages over this city, in which nothing is ordered yet but the notes are written."""
    inventory = inventory or work_inventory()
    services = pages.services
    desk = OrderDesk(
        inventory=inventory,
        fleet=services.fleet,
        book=services.book,
        state=services.state,
        catalogue=catalogue(),
        clock=services.clock,
    )
    write_note(services.state, SiteNote("park", 1, CONTACT, ACCESS, NOW, PLANNER.name))
    return pages.changed(inventory=inventory, order_desk=desk)


def assign(pages: Pages, place: str, technician: str | None = TECHNICIAN, day: date = TODAY, **said: object) -> Order:
    """An order at a place, planned for a day, and assigned to somebody unless that is nobody."""
    desk = pages.services.order_desk
    order = desk.open(place, PLANNER)
    planned = {"status": Status.PLANNED, "vendor": "Bravo", "model": "B-7", "planned_on": day, "poe": "802.3at"}
    order = desk.change(order.id, order.version, Change.model_validate(planned | {"cable": "cat6"} | said), PLANNER)
    if technician is None:
        return order
    if person(pages.services.state, technician) is None:
        add_user(pages.services.state, technician, _PASSWORD, NOW, role=Role.TECHNICIAN)
    return move(pages, order, Change(status=Status.ASSIGNED, technician=technician))


def move(pages: Pages, order: Order, change: Change) -> Order:
    """What a planner makes of it."""
    return pages.services.order_desk.change(order.id, order.version, change, PLANNER)


def logged_in_as(pages: Pages, name: str, role: Role) -> Pages:
    """The same pages, read by somebody else."""
    add_user(pages.services.state, name, _PASSWORD, NOW, role=role)
    token = log_in(pages.services.state, name, _PASSWORD, NOW)
    assert token is not None
    others = copy(pages)  # over the same application
    others.token = token
    return others
