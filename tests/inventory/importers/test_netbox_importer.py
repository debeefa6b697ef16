"""NetBox, played by a server that checks what it is asked."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from harness import free_port
from netbox_double import TOKEN, NetBox, running

from agent.settings import SettingsError
from inventory.importers import netbox
from inventory.importing import Entry, ListingError, Refusal

TODAY = date(2026, 11, 28)
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
    listing = netbox.read(settings(tmp_path, server.url + "/"), TODAY)
    assert [row.values["name"] for row in listing.rows] == ["AP-01", "AP-02", "AP-03", "AP-04", "AP-05", ""]
    assert [row.row for row in listing.rows] == [1, 2, 3, 4, 5, 6]
    assert listing.as_of == TODAY
    asked = [(path.rsplit("/", 2)[1], query.get("role"), query.get("offset")) for path, query in server.asked]
    assert asked == [
        ("sites", None, ["0"]),
        ("devices", ["access-point"], ["0"]),
        ("devices", ["access-point"], ["2"]),
        ("devices", ["access-point"], ["4"]),
    ]


def test_what_a_device_says_of_its_place(tmp_path: Path, server: NetBox) -> None:
    rows = netbox.read(settings(tmp_path, server.url), TODAY).rows
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
    for row in netbox.read(settings(tmp_path, server.url), TODAY).rows:
        assert not [value for value in row.values.values() if "02-000" in value]


def choice(word: str | None) -> dict[str, str] | None:
    return None if word is None else {"value": word, "label": word.upper()}


def port(number: int, device_id: int, far: tuple[int, ...] = (), **others: object) -> dict[str, object]:
    """An interface as NetBox has it, whose way ends at these other ones."""
    ends = [{"id": end, "url": f"http://netbox.example/api/dcim/interfaces/{end}/", "name": "x"} for end in far]
    return {
        "id": number,
        "device": {"id": device_id, "name": f"AP-{device_id:02}"},
        "name": "eth0",
        "type": choice("1000base-t"),
        "speed": None,
        "poe_mode": None,
        "poe_type": None,
        "cable": {"id": 100 + number, "label": ""} if far else None,
        "link_peers": ends,
        "link_peers_type": "dcim.interface" if far else None,
        "connected_endpoints": ends or None,
        "connected_endpoints_type": "dcim.interface" if far else None,
    } | others


def cable(number: int, type_: str) -> dict[str, object]:
    ends = ({"object_type": "dcim.interface", "object_id": id_, "object": {"id": id_, "name": "x"}} for id_ in (1, 2))
    return {"id": number, "type": type_, "a_terminations": [next(ends)], "b_terminations": [next(ends)]}


PSE = {"poe_mode": choice("pse")}
INTERFACES = [
    port(1, 1, (21,)),
    port(2, 2, (22,), link_peers_type="dcim.frontport"),  # through a patch panel
    *(port(3, 3, (23,)), port(31, 3, (24,))),  # by two cables
    *(port(4, 4, (24,)), port(41, 4)),  # and one that is free
    port(5, 5, (25, 26)),  # broken out
    port(21, 90, (1,), type=choice("2.5gbase-t"), **PSE, poe_type=choice("type3-ieee802.3bt")),
    port(22, 90, (2,), type=choice("100base-tx"), speed=1, **PSE, poe_type=choice("passive-24v-2pair")),
    port(23, 90, (3,)),
    port(24, 90, (4,), type=choice("other"), speed=10_000_000, poe_mode=choice("pd")),
]
CABLES = [cable(101, "cat5e"), cable(102, "cat6"), cable(103, "cat6"), cable(104, "mmf-om3"), cable(131, "cat6")]


def test_what_a_place_is_wired_with_is_asked_for_where_the_file_says_so(tmp_path: Path) -> None:
    devices = [device(number) for number in range(1, 7)]
    with running(NetBox([LIBRARY], devices, interfaces=INTERFACES, cables=CABLES)) as server:
        plain = netbox.read(settings(tmp_path, server.url), TODAY)
        assert {path.rsplit("/", 2)[1] for path, _ in server.asked} == {"sites", "devices"}
        listing = netbox.read(settings(tmp_path, server.url, more="wiring = true"), TODAY)
    entries = [netbox.entry(row.values) for row in listing.rows]
    assert [(entry.port_bits_per_second, entry.port_poe, entry.cable) for entry in entries] == [
        ("2500000000", "802.3bt-3", "cat5e"),
        ("100000000", "passive", ""),
        ("", "", ""),
        ("10000000000", "", "fibre"),
        ("", "", ""),
        ("", "", ""),
    ]
    unwired = [replace(entry, port_bits_per_second="", port_poe="", cable="") for entry in entries]
    assert unwired == [netbox.entry(row.values) for row in plain.rows]


def test_devices_without_a_cable_cost_one_question_and_many_are_asked_for_in_parts(tmp_path: Path) -> None:
    devices = [device(number) for number in range(1, 102)]
    with running(NetBox([LIBRARY], devices, page=200)) as server:
        netbox.read(settings(tmp_path, server.url, more="wiring = true"), TODAY)
    asked = [(path.rsplit("/", 2)[1], len(query.get("device_id", []))) for path, query in server.asked]
    assert asked == [("sites", 0), ("devices", 0), ("interfaces", 100), ("interfaces", 1)]


@pytest.mark.parametrize("ends", [{"id": 21}, [21], [{"name": "x"}]])
def test_a_wiring_of_another_form_is_told(tmp_path: Path, ends: object) -> None:
    interfaces = [port(1, 1, (21,), connected_endpoints=ends)]
    with running(NetBox([LIBRARY], [device(1)], interfaces=interfaces)) as server:
        path = settings(tmp_path, server.url, more="wiring = true")
        with pytest.raises(ListingError, match="the answer is not in NetBox's form"):
            netbox.read(path, TODAY)


def test_a_token_that_may_not_read_cables_is_told(tmp_path: Path, server: NetBox) -> None:
    del server.tables["/netbox/api/dcim/interfaces/"]
    with pytest.raises(ListingError, match="may read sites, devices, interfaces and cables"):
        netbox.read(settings(tmp_path, server.url, more="wiring = true"), TODAY)


def test_a_token_that_is_not_taken_is_told(tmp_path: Path, server: NetBox) -> None:
    with pytest.raises(ListingError, match=r"403 Forbidden.*; is the token one that may read sites and devices\?"):
        netbox.read(settings(tmp_path, server.url, token="wrong"), TODAY)


def test_another_path_is_told(tmp_path: Path, server: NetBox) -> None:
    with pytest.raises(ListingError, match="could not be found"):
        netbox.read(settings(tmp_path, server.url.removesuffix("/netbox")), TODAY)


def test_a_link_to_another_host_is_not_followed(tmp_path: Path, server: NetBox) -> None:
    with running(NetBox([], [])) as other:
        server.next_from = other.url.removesuffix("/netbox")
        assert len(netbox.read(settings(tmp_path, server.url), TODAY).rows) == 6
    assert other.asked == []


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(ListingError, match=url):
        netbox.read(settings(tmp_path, url), TODAY)


def test_mistakes_of_the_file_are_told_together(tmp_path: Path) -> None:
    path = tmp_path / "netbox.toml"
    path.write_text('url = "netbox.example"\nfilter = 1\ntoken_file = "nowhere"\n')
    with pytest.raises(SettingsError) as told:
        netbox.read(path, TODAY)
    assert [mistake.key for mistake in told.value.mistakes] == ["url", "filter", "token_file"]


def test_the_example_of_the_documents_is_taken(tmp_path: Path, server: NetBox) -> None:
    document = Path(__file__).resolve().parents[3] / "docs" / "inventory.md"
    example = document.read_text(encoding="utf-8").partition("```text\n# netbox.toml\n")[2].partition("```")[0]
    (tmp_path / "netbox.token").write_text(TOKEN)
    path = tmp_path / "netbox.toml"
    path.write_text(example.replace("https://netbox.example", server.url))
    assert len(netbox.read(path, TODAY).rows) == 6


@pytest.mark.parametrize("token", ["first\nsecond", "two words", "tökén", "", "a\x07b"])
def test_a_token_that_is_no_word_is_told_and_not_printed(tmp_path: Path, token: str) -> None:
    with pytest.raises(SettingsError) as told:
        netbox.read(settings(tmp_path, "http://127.0.0.1:9", token=token), TODAY)
    assert str(told.value).endswith("does not hold one word of ASCII; write the token into it, and nothing else")


@pytest.mark.parametrize("address", ["http://me:secret@127.0.0.1:9", "http://me:se/cret@127.0.0.1:9"])
def test_a_password_in_the_address_is_told_and_not_printed(tmp_path: Path, address: str) -> None:
    with pytest.raises(SettingsError, match="url: has an @, as before it stand a user and a password") as told:
        netbox.read(settings(tmp_path, address), TODAY)
    assert "cret" not in str(told.value)


def test_a_netrc_does_not_replace_the_token(tmp_path: Path, server: NetBox, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert len(netbox.read(settings(tmp_path, server.url), TODAY).rows) == 6


@pytest.mark.parametrize("name", ["limit", "offset", "strict_filters"])
def test_a_filter_that_would_break_the_pages_is_told(tmp_path: Path, server: NetBox, name: str) -> None:
    path = settings(tmp_path, server.url)
    path.write_text(f"{path.read_text()}{name} = 1\n")
    with pytest.raises(SettingsError, match=f"filters: {name} is no filter: .*; remove it"):
        netbox.read(path, TODAY)
    assert server.asked == []


@pytest.mark.parametrize(
    "site",
    [
        {"name": "Mapo"},
        {"id": 7, "tags": [{"name": "Library"}]},
        {"id": 7, "tags": ["library"]},
        {"id": 7, "region": "마포구"},
        {"id": 7, "region": [1]},
    ],
)
def test_an_answer_of_another_form_is_told(tmp_path: Path, server: NetBox, site: dict[str, object]) -> None:
    server.tables["/netbox/api/dcim/sites/"] = [site]
    with pytest.raises(ListingError, match=f"{server.url}: the answer is not in NetBox's form"):
        netbox.read(settings(tmp_path, server.url), TODAY)


@pytest.mark.parametrize("answer", [1, None, "x", {"results": [1], "count": 1}, {"results": [], "count": None}, [1]])
def test_an_answer_that_is_no_page_is_told(tmp_path: Path, server: NetBox, answer: object) -> None:
    server.answer = answer
    with pytest.raises(ListingError, match="the answer is not in NetBox's form"):
        netbox.read(settings(tmp_path, server.url), TODAY)


@pytest.mark.parametrize("answer", [{"results": [], "count": 9, "next": "x"}, {"results": [DEPOT] * 2, "count": 1}])
def test_pages_that_do_not_come_to_the_count_are_told(tmp_path: Path, server: NetBox, answer: object) -> None:
    server.answer = answer
    with pytest.raises(ListingError, match=r"the pages do not come to the \d rows that it counts; import again"):
        netbox.read(settings(tmp_path, server.url), TODAY)


def test_a_device_whose_name_is_no_text_is_refused(tmp_path: Path) -> None:
    with running(NetBox([LIBRARY], [device(1), device(2, name="AP-\ud800")])) as server:
        listing = netbox.read(settings(tmp_path, server.url), TODAY)
    assert [row.row for row in listing.rows] == [1]
    assert listing.refused == (Refusal(2, "is no text that could be written; correct it in NetBox"),)
