"""The look-ups of an inventory: what hangs where, and who may speak for it."""

import pytest

from inventory import AccessPoint, Agent, Device, Inventory, Site, SiteKind


def site(id_: str) -> Site:
    return Site(id=id_, kind=SiteKind.OTHER, name_ko="곳", name_en="Site", district="중구")


INVENTORY = Inventory(
    sites=(site("north"), site("south"), site("empty")),
    access_points=(
        AccessPoint(id="south-02", site="south"),
        AccessPoint(id="north-01", site="north"),
        AccessPoint(id="south-01", site="south"),
    ),
    devices=(
        Device(serial="S-N1", access_point="north-01", mac="02:00:00:00:00:01", name="AP-01"),
        Device(serial="S-S1", access_point="south-01", mac="02:00:00:00:00:02", name="AP-01"),
        Device(serial="S-S2", access_point="south-02", name="AP-02"),
        Device(serial="S-SPARE", name="SPARE"),
    ),
    agents=(
        Agent(id="gw-north", sites=("north",)),
        Agent(id="gw-south", sites=("south",)),
        Agent(id="gw-both", sites=("north",), access_points=("south-01",)),
    ),
)


def test_access_points_of_a_site_come_in_order_of_their_ids() -> None:
    assert [place.id for place in INVENTORY.access_points_of("south")] == ["south-01", "south-02"]
    assert INVENTORY.access_points_of("empty") == INVENTORY.access_points_of("unknown") == ()


@pytest.mark.parametrize(
    ("agent", "access_point", "may"),
    [
        ("gw-south", "south-01", True),
        ("gw-south", "north-01", False),
        ("gw-both", "north-01", True),
        ("gw-both", "south-01", True),
        ("gw-both", "south-02", False),
        ("north-01", "north-01", True),
        ("north-01", "south-01", False),
        ("gw-south", "unknown", False),
        ("unknown", "south-01", False),
    ],
)
def test_an_agent_speaks_for_itself_and_for_what_the_inventory_gives_it(
    agent: str, access_point: str, may: bool
) -> None:
    assert INVENTORY.may_speak_for(agent, access_point) is may


def test_a_device_is_found_by_serial_before_mac_before_name() -> None:
    assert INVENTORY.find_access_point("gw-south", serial="S-S2", mac="02:00:00:00:00:02", name="AP-01") == "south-02"
    assert INVENTORY.find_access_point("gw-south", serial="new", mac="02:00:00:00:00:02", name="AP-02") == "south-01"
    assert INVENTORY.find_access_point("gw-south", serial="new", name="AP-02") == "south-02"


def test_a_name_that_repeats_is_looked_up_among_an_agents_own_access_points() -> None:
    assert INVENTORY.find_access_point("gw-north", name="AP-01") == "north-01"
    assert INVENTORY.find_access_point("gw-south", name="AP-01") == "south-01"
    assert INVENTORY.find_access_point("gw-both", name="AP-01") is None


def test_what_the_inventory_does_not_place_is_not_found() -> None:
    assert INVENTORY.find_access_point("gw-south", serial="S-SPARE", name="SPARE") is None
    assert INVENTORY.find_access_point("gw-south", serial="S-N1") is None
    assert INVENTORY.find_access_point("gw-south", serial="", mac=None, name="") is None


def test_parents_come_in_the_order_in_which_they_are_met() -> None:
    parents = {"roof": None, "pole": "roof", "bench": "pole", "a": "b", "b": "a"}
    inventory = Inventory(
        sites=(site("north"),),
        access_points=tuple(AccessPoint(id=id_, site="north", parent=parent) for id_, parent in parents.items()),
    )

    assert [inventory.parents_of(name) for name in ("roof", "pole", "bench", "unknown")] == [
        (),
        ("roof",),
        ("pole", "roof"),
        (),
    ]
    assert inventory.parents_of("a") == ("b", "a")  # which no file may say, and is no reason to wait for ever
