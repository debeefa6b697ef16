"""An inventory in files: what is read, and that every mistake of every file is told at once, with file and key."""

import os
from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest

from agent.settings import SettingsError
from inventory import AccessPoint, Agent, Device, Site, SiteKind, load_inventory
from inventory.reading import PARKS_FILE, load_parks


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(dedent(text), encoding="utf-8")
    return path


def mistakes_of(folder: Path) -> list[tuple[str, str, str]]:
    with pytest.raises(SettingsError) as raised:
        load_inventory(folder)
    return [(mistake.file.name, mistake.key, mistake.problem) for mistake in raised.value.mistakes]


def test_tables_may_be_spread_over_files_in_any_order(tmp_path: Path) -> None:
    write(
        tmp_path,
        "a-devices.toml",
        """
        [[devices]]
        serial = "S-1"
        access_point = "mapo-library-01"
        mac = "02:00:00:00:00:01"
        installed_on = 2019-03-01

        [[devices]]
        serial = "in-the-cupboard"
        """,
    )
    write(
        tmp_path,
        "b-places.toml",
        """
        [[agents]]
        id = "gw-mapo"
        sites = ["mapo-library", "mangwon"]
        access_points = ["mangwon-001"]

        [[access_points]]
        id = "mapo-library-01"
        site = "mapo-library"
        name = "1층 로비"
        port_bits_per_second = 1_000_000_000
        port_poe = "802.3af"
        cable = "cat5"

        [[access_points]]
        id = "mangwon-001"
        site = "mangwon"
        latitude = 37.5553
        longitude = 126.8950
        """,
    )
    write(
        tmp_path,
        "c-sites.toml",
        """
        [[sites]]
        id = "mapo-library"
        kind = "library"
        name_ko = "마포 도서관"
        name_en = "Mapo Library"
        district = "마포구"
        """,
    )

    inventory = load_inventory(tmp_path)

    library = Site(
        id="mapo-library", kind=SiteKind.LIBRARY, name_ko="마포 도서관", name_en="Mapo Library", district="마포구"
    )
    assert tuple(inventory.sites.values()) == (*load_parks(), library)
    assert tuple(inventory.access_points.values()) == (
        AccessPoint(
            id="mapo-library-01",
            site="mapo-library",
            name="1층 로비",
            port_bits_per_second=10**9,
            port_poe="802.3af",
            cable="cat5",
        ),
        AccessPoint(id="mangwon-001", site="mangwon", latitude=37.5553, longitude=126.8950),
    )
    assert inventory.devices == (
        Device(
            serial="S-1",
            access_point="mapo-library-01",
            mac="02:00:00:00:00:01",
            installed_on=date(2019, 3, 1),
        ),
        Device(serial="in-the-cupboard"),
    )
    assert inventory.agents == {
        "gw-mapo": Agent(id="gw-mapo", sites=("mapo-library", "mangwon"), access_points=("mangwon-001",))
    }


def test_an_empty_folder_has_the_parks(tmp_path: Path) -> None:
    write(tmp_path, ".#sites.toml", "an editor's")
    write(tmp_path, "notes.txt", "no inventory")

    inventory = load_inventory(tmp_path)

    assert tuple(inventory.sites.values()) == load_parks()
    assert (inventory.access_points, inventory.devices, inventory.agents) == ({}, (), {})


def test_all_mistakes_of_all_files_come_together(tmp_path: Path) -> None:
    write(tmp_path, "a-broken.toml", "[[sites]\n")
    write(
        tmp_path,
        "b-sites.toml",
        """
        [[sites]]
        id = "mapo-library"
        kind = "library"
        name_ko = "마포 도서관"
        name_en = "Mapo Library"

        [[sites]]
        id = "somewhere"
        kind = "other"
        name_ko = "어딘가"
        name_en = "Somewhere"
        district = "중구"
        latitude = 37.5
        outline = [[37.0, 127.0], [37.1, 127.0]]

        [[buildings]]
        id = "b"

        [access_points]
        id = "not-a-list"
        """,
    )
    write(
        tmp_path,
        "c-places.toml",
        """
        agents = ["gw"]

        [[access_points]]
        id = "mapo-library-01"
        site = "mapo-library"
        colour = "white"

        [[access_points]]
        id = "nowhere-01"
        site = "nowhere"

        [[devices]]
        serial = "S-1"
        access_point = "mapo-library-01"
        """,
    )

    broken, *others = mistakes_of(tmp_path)

    assert broken[:2] == ("a-broken.toml", "")
    assert broken[2].startswith("is not TOML: ")
    assert others == [
        ("b-sites.toml", "sites[0].district", "required; add it"),
        (
            "b-sites.toml",
            "sites[1]",
            "latitude and longitude come together; add the other one, or remove both",
        ),
        (
            "b-sites.toml",
            "sites[1].outline",
            "an outline has at least three different corners; add the missing ones, or remove it",
        ),
        ("b-sites.toml", "access_points", "is not a list of tables; write [[access_points]] above each"),
        (
            "b-sites.toml",
            "buildings",
            "unknown key; an inventory holds [[sites]], [[access_points]], [[devices]], [[agents]]",
        ),
        ("c-places.toml", "access_points[0].colour", "unknown key; remove it or correct its spelling"),
        ("c-places.toml", "agents[0]", "Input should be a valid dictionary or instance of Agent"),
        ("c-places.toml", "access_points[1].site", "there is no site 'nowhere'; add it, or correct the spelling"),
    ]


def test_a_position_is_whole(tmp_path: Path) -> None:
    write(tmp_path, "places.toml", '[[access_points]]\nid = "yeouido-001"\nsite = "yeouido"\nlatitude = 37.5\n')

    assert mistakes_of(tmp_path) == [
        (
            "places.toml",
            "access_points[0]",
            "latitude and longitude come together; add the other one, or remove both",
        )
    ]


def test_a_wiring_that_no_place_has_is_told_key_by_key(tmp_path: Path) -> None:
    place = '[[access_points]]\nid = "yeouido-{}"\nsite = "yeouido"\nport_bits_per_second = {}\n'
    speeds = ("1000", "-1", "1.5", '"fast"')
    wired = '[[access_points]]\nid = "yeouido-9"\nsite = "yeouido"\nport_poe = "802.3bt"\ncable = "cat7"\n'
    write(tmp_path, "places.toml", "".join(place.format(*one) for one in enumerate(speeds)) + wired)

    keys, problems = zip(*[mistake[1:] for mistake in mistakes_of(tmp_path)], strict=True)

    speed = "port_bits_per_second"
    assert keys == (
        *(f"access_points[{position}].{speed}" for position in range(4)),
        "access_points[4].port_poe",
        "access_points[4].cable",
    )
    assert problems == (
        "is slower than any port; write bits a second, such as 1_000_000_000 for 1 Gb/s",
        "Input should be greater than 0",
        "Input should be a valid integer, got a number with a fractional part",
        "Input should be a valid integer, unable to parse string as an integer",
        "Input should be '802.3af', '802.3at', '802.3bt-3', '802.3bt-4', 'passive' or 'none'",
        "Input should be 'cat5', 'cat5e', 'cat6', 'cat6a' or 'fibre'",
    )


def test_each_of_what_a_place_is_wired_with_may_stand_alone_and_a_cable_may_be_slower_than_its_port(
    tmp_path: Path,
) -> None:
    wirings = ('port_poe = "none"', "port_bits_per_second = 10_000_000_000\ncable = 'cat5'", "cable = 'fibre'")
    places = [f'[[access_points]]\nid = "yeouido-{n}"\nsite = "yeouido"\n{one}\n' for n, one in enumerate(wirings)]
    write(tmp_path, "places.toml", "".join(places))

    assert list(load_inventory(tmp_path).access_points.values()) == [
        AccessPoint(id="yeouido-0", site="yeouido", port_poe="none"),
        AccessPoint(id="yeouido-1", site="yeouido", port_bits_per_second=10**10, cable="cat5"),
        AccessPoint(id="yeouido-2", site="yeouido", cable="fibre"),
    ]


def test_what_stands_there_twice_is_told_with_both_places(tmp_path: Path) -> None:
    first = write(
        tmp_path,
        "a.toml",
        """
        [[access_points]]
        id = "yeouido-001"
        site = "yeouido"

        [[agents]]
        id = "gw"

        [[devices]]
        serial = "S-1"
        mac = "02:00:00:00:00:01"
        access_point = "yeouido-001"
        """,
    )
    write(
        tmp_path,
        "b.toml",
        """
        [[access_points]]
        id = "yeouido-001"
        site = "yeouido"

        [[agents]]
        id = "gw"

        [[devices]]
        serial = "S-1"
        mac = "02:00:00:00:00:01"
        access_point = "yeouido-001"

        [[devices]]
        serial = "S-2"

        [[devices]]
        serial = "S-2"
        """,
    )

    def twice(value: str, key: str, file: Path) -> str:
        return f"'{value}' stands already at {key} in {file}; correct or remove this one"

    assert mistakes_of(tmp_path) == [
        ("b.toml", "access_points[0].id", twice("yeouido-001", "access_points[0]", first)),
        ("b.toml", "devices[0].serial", twice("S-1", "devices[0]", first)),
        ("b.toml", "devices[2].serial", twice("S-2", "devices[1]", tmp_path / "b.toml")),
        ("b.toml", "devices[0].mac", twice("02:00:00:00:00:01", "devices[0]", first)),
        ("b.toml", "devices[0].access_point", twice("yeouido-001", "devices[0]", first)),
        ("b.toml", "agents[0].id", twice("gw", "agents[0]", first)),
    ]


def test_a_built_in_park_cannot_be_redefined(tmp_path: Path) -> None:
    write(
        tmp_path,
        "sites.toml",
        """
        [[sites]]
        id = "jamsil"
        kind = "park"
        name_ko = "나의 공원"
        name_en = "My park"
        district = "송파구"
        """,
    )

    assert mistakes_of(tmp_path) == [
        (
            "sites.toml",
            "sites[0].id",
            f"'jamsil' stands already at sites[1] in {PARKS_FILE}; correct or remove this one",
        )
    ]


def test_what_names_something_unknown_is_told(tmp_path: Path) -> None:
    write(
        tmp_path,
        "all.toml",
        """
        [[access_points]]
        id = "yeouido-001"
        site = "yeoui-do"

        [[devices]]
        serial = "S-1"
        access_point = "yeouido-002"

        [[agents]]
        id = "gw"
        sites = ["yeouido", "yeoui-do"]
        access_points = ["yeouido-001", "yeouido-002"]
        """,
    )

    assert mistakes_of(tmp_path) == [
        ("all.toml", "access_points[0].site", "there is no site 'yeoui-do'; add it, or correct the spelling"),
        (
            "all.toml",
            "devices[0].access_point",
            "there is no access point 'yeouido-002'; add it, or correct the spelling",
        ),
        ("all.toml", "agents[0].sites[1]", "there is no site 'yeoui-do'; add it, or correct the spelling"),
        (
            "all.toml",
            "agents[0].access_points[1]",
            "there is no access point 'yeouido-002'; add it, or correct the spelling",
        ),
    ]


def test_a_parent_may_be_at_another_site_and_in_another_file(tmp_path: Path) -> None:
    write(tmp_path, "a.toml", '[[access_points]]\nid = "yeouido-1"\nsite = "yeouido"\nparent = "mangwon-1"\n')
    write(tmp_path, "b.toml", '[[access_points]]\nid = "mangwon-1"\nsite = "mangwon"\n')

    assert load_inventory(tmp_path).access_points["yeouido-1"].parent == "mangwon-1"


def parents(folder: Path, name: str, *of_places: tuple[str, str | None]) -> None:
    places = [
        f'[[access_points]]\nid = "{place}"\nsite = "yeouido"\n' + ("" if parent is None else f'parent = "{parent}"\n')
        for place, parent in of_places
    ]
    write(folder, name, "".join(places))


def test_a_parent_that_is_not_there_is_told(tmp_path: Path) -> None:
    parents(tmp_path, "a.toml", ("y-1", "y-9"), ("y-2", "y-3"))
    write(tmp_path, "b.toml", '[[access_points]]\nid = "y-3"\nsite = "yeouido"\ncolour = "white"\n')

    assert mistakes_of(tmp_path) == [
        ("b.toml", "access_points[0].colour", "unknown key; remove it or correct its spelling"),
        ("a.toml", "access_points[0].parent", "there is no access point 'y-9'; add it, or correct the spelling"),
    ]


def test_who_is_their_own_parent_is_told(tmp_path: Path) -> None:
    parents(tmp_path, "a.toml", ("y-0", None), ("y-1", "y-1"), ("y-2", "y-1"))

    assert mistakes_of(tmp_path) == [
        (
            "a.toml",
            "access_points[1].parent",
            "is the access point itself; name the one through which it is connected, or remove it",
        )
    ]


def test_each_circle_of_parents_is_told_once(tmp_path: Path) -> None:
    parents(tmp_path, "a.toml", ("y-0", "y-1"), ("y-1", "y-2"), ("y-7", "y-8"))
    parents(tmp_path, "b.toml", ("y-2", "y-3"), ("y-3", "y-1"), ("y-8", "y-7"), ("y-9", "y-8"))

    def circle(way: str) -> str:
        return f"leads in a circle: {way}; remove the parent of the one that is wired"

    assert mistakes_of(tmp_path) == [
        (
            "a.toml",
            "access_points[1].parent",
            circle("'y-1' through 'y-2' through 'y-3' through 'y-1'"),
        ),
        ("a.toml", "access_points[2].parent", circle("'y-7' through 'y-8' through 'y-7'")),
    ]


def test_a_folder_that_is_not_there_comes_with_a_remedy(tmp_path: Path) -> None:
    missing = tmp_path / "inventory"

    with pytest.raises(SettingsError) as raised:
        load_inventory(missing)

    assert str(raised.value) == f"{missing}: there is no such folder; create it, or correct the path"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    path = write(tmp_path, "sites.toml", "")

    with pytest.raises(SettingsError) as raised:
        load_inventory(path)

    assert str(raised.value) == f"{path}: is a file; name the folder that holds the inventory's files"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_that_may_not_be_listed_comes_with_a_remedy(tmp_path: Path) -> None:
    tmp_path.chmod(0)
    try:
        with pytest.raises(SettingsError) as raised:
            load_inventory(tmp_path)
    finally:
        tmp_path.chmod(0o700)

    assert str(raised.value) == f"{tmp_path}: cannot be read: Permission denied; let this user list the folder"
