"""NetBox, played by a server that checks what it is asked."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from harness import free_port
from netbox_double import TOKEN, NetBox, running

from agent.settings import SettingsError
from inventory.importers import netbox
from inventory.importing import Entry, ListingError

LIBRARY = {
    "id": 7,
    "name": "Mapo Library",
    "slug": "mapo-library",
    "region": {"id": 3, "name": "마포구", "slug": "mapo"},
    "tags": [{"id": 1, "name": "Library", "slug": "library"}, {"id": 2, "name": "Old", "slug": "old"}],
    "contact_phone": "02-000-0000",
}
DEPOT = {"id": 8, "name": "Depot", "slug": "depot", "region": None, "tags": []}


def device(number: int, **others: object) -> dict[str, object]:
    return {
        "id": number,
        "name": f"AP-{number:02}",
        "serial": f"S{number}",
        "site": {"id": 7, "name": "Mapo Library", "slug": "mapo-library"},
        "role": {"id": 1, "name": "Access point", "slug": "access-point"},
        "latitude": None,
        "longitude": None,
        "comments": "call 02-000-0000",
    } | others


@pytest.fixture
def server() -> Iterator[NetBox]:
    devices = [device(number) for number in range(1, 6)]
    devices[1] |= {"latitude": 37.56, "longitude": 126.91}
    devices[3] |= {"site": {"id": 8, "name": "Depot", "slug": "depot"}}
    devices += [device(9, role={"id": 2, "name": "Switch", "slug": "switch"}), device(10, name=None)]
    with running(NetBox([LIBRARY, DEPOT], devices)) as server:
        yield server


def settings(folder: Path, url: str, *, token: str = TOKEN, more: str = "") -> Path:
    (folder / "netbox.token").write_text(f"{token}\n")
    path = folder / "netbox.toml"
    path.write_text(f'url = "{url}"\ntoken_file = "netbox.token"\n{more}\n[filters]\nrole = "access-point"\n')
    return path


def test_all_pages_of_the_devices_that_the_filters_choose(tmp_path: Path, server: NetBox) -> None:
    listing = netbox.read(settings(tmp_path, server.url + "/"))
    assert [row.values["name"] for row in listing.rows] == ["AP-01", "AP-02", "AP-03", "AP-04", "AP-05", ""]
    assert [row.row for row in listing.rows] == [1, 2, 3, 4, 5, 6]
    assert listing.as_of == datetime.now().astimezone().date()
    asked = [(path.rsplit("/", 2)[1], query.get("role"), query.get("offset")) for path, query in server.asked]
    assert asked == [
        ("sites", None, None),
        ("devices", ["access-point"], None),
        ("devices", ["access-point"], ["2"]),
        ("devices", ["access-point"], ["4"]),
    ]


def test_what_a_device_says_of_its_place(tmp_path: Path, server: NetBox) -> None:
    rows = netbox.read(settings(tmp_path, server.url)).rows
    assert netbox.entry(rows[1].values) == Entry(
        id="mapo-library-ap-02",
        number="2",
        place="Mapo Library",
        district="마포구",
        detail="AP-02",
        latitude="37.56",
        longitude="126.91",
        site_kind="library",
    )
    assert netbox.entry(rows[3].values) == Entry(
        id="depot-ap-04", number="4", place="Depot", district="", detail="AP-04"
    )
    assert netbox.entry(rows[5].values).id is None


def test_nothing_is_kept_but_what_is_needed(tmp_path: Path, server: NetBox) -> None:
    for row in netbox.read(settings(tmp_path, server.url)).rows:
        assert not [value for value in row.values.values() if "02-000" in value]


def test_a_token_that_is_not_taken_is_told(tmp_path: Path, server: NetBox) -> None:
    with pytest.raises(ListingError, match=r"403 Forbidden.*; is the token one that may read sites and devices\?"):
        netbox.read(settings(tmp_path, server.url, token="wrong"))


def test_another_path_is_told(tmp_path: Path, server: NetBox) -> None:
    with pytest.raises(ListingError, match="could not be found"):
        netbox.read(settings(tmp_path, server.url.removesuffix("/netbox")))


def test_a_link_to_another_host_is_not_followed_with_the_token(tmp_path: Path, server: NetBox) -> None:
    with running(NetBox([], [])) as other:
        server.next_from = other.url.removesuffix("/netbox")
        with pytest.raises(ListingError, match="No connection adapters were found"):
            netbox.read(settings(tmp_path, server.url))
    assert other.asked == []


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(ListingError, match=url):
        netbox.read(settings(tmp_path, url))


def test_mistakes_of_the_file_are_told_together(tmp_path: Path) -> None:
    path = tmp_path / "netbox.toml"
    path.write_text('url = "netbox.example"\nfilter = 1\ntoken_file = "nowhere"\n')
    with pytest.raises(SettingsError) as told:
        netbox.read(path)
    assert [mistake.key for mistake in told.value.mistakes] == ["url", "filter", "token_file"]


def test_the_example_of_the_documents_is_taken(tmp_path: Path, server: NetBox) -> None:
    document = Path(__file__).resolve().parents[3] / "docs" / "inventory.md"
    example = document.read_text(encoding="utf-8").partition("```text\n# netbox.toml\n")[2].partition("```")[0]
    (tmp_path / "netbox.token").write_text(TOKEN)
    path = tmp_path / "netbox.toml"
    path.write_text(example.replace("https://netbox.example", server.url))
    assert len(netbox.read(path).rows) == 6
