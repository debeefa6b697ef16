"""`hangang orders` against a collector's pages, over HTTP: what it lists, opens and changes, and when it is refused."""

import json
from collections.abc import Iterator
from pathlib import Path
from zipfile import is_zipfile

import pytest
from made_orders import person
from served import NOW, Served

from collector.access.roles import Role
from collector.cli.orders_words import shown
from collector.orders.changes import Change, Seen
from collector.orders.life import TELEMETRY, changed
from collector.orders.order import Check, CheckTold, Order, Outcome, Status
from collector.state.accounts import add_user
from collector.state.orders import change_order, changes_of, order_of
from collector.state.site_notes import SiteNote, write_note
from inventory.models import AccessPoint, Device, Inventory, Site, SiteKind

ESCAPE = "\x1b[2J"
PARK = Site(
    id="park",
    kind=SiteKind.PARK,
    name_ko="한강공원",
    name_en="Park",
    district="마포구",
    latitude=37.55,
    longitude=126.9,
)
LIBRARY = Site(id="library", kind=SiteKind.LIBRARY, name_ko=f"도서관{ESCAPE}", district="중구")
INVENTORY = Inventory(
    sites=(PARK, LIBRARY),
    access_points=(
        *(
            AccessPoint(id=f"park-{number}", site="park", latitude=37.55, longitude=126.9 + number * 0.001)
            for number in (1, 2, 3)
        ),
        AccessPoint(id="library-1", site="library", name="로비", floor="2"),
    ),
    devices=(Device(serial="OLD-1", access_point="park-1", vendor="Acme", model="AC-1"),),
)
LEE = person("lee")
KIM, CHO = "김 기사", "조 기사"
PLANNED = ("--status", "planned", "--vendor", "Bravo", "--model", "B-7", "--planned-on", "2026-05-04")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    collector = Served(tmp_path, "orders", inventory=INVENTORY)
    for name in (KIM, CHO):
        add_user(collector.state, name, "words of a technician", NOW, role=Role.TECHNICIAN)
    yield collector
    collector.stop()


def order_in(served: Served, number: int = 1) -> Order:
    order = order_of(served.state, number)
    assert order is not None
    return order


def assigned(served: Served, *places: str, technician: str = KIM) -> None:
    for place in places:
        order = served.services.order_desk.open(place, LEE)
        planned = {"status": "planned", "vendor": "Bravo", "model": "B-7", "planned_on": "2026-05-04"}
        served.services.order_desk.change(order.id, 1, Change.model_validate(planned), LEE)
        served.services.order_desk.change(order.id, 2, Change(status=Status.ASSIGNED, technician=technician), LEE)


def test_orders_are_opened_and_a_place_that_has_one_is_named(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    assert served.command("open", "park-2") == 0
    assert served.command("open", "park-1", "park-2", "park-3") == 0
    assert capsys.readouterr().out.splitlines() == [
        "park-2: order 1 opened",
        "park-1: order 2 opened",
        "park-3: order 3 opened",
        "park-2: has order 1 already",
    ]
    assert (order_in(served, 2).old.serial, order_in(served).opened_by) == ("OLD-1", "command")


def test_an_order_is_planned_and_assigned_and_what_is_not_given_stays(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    served.command("open", "park-1")
    assert served.command("change", "1", *PLANNED, "--note", "behind the stage", "--poe", "802.3at") == 0
    assert served.command("change", "1", "--status", "assigned", "--technician", KIM, "--poe", "") == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "order 1 at park-1: planned, version 2, open until now",
        "order 1 at park-1: assigned, version 3, planned until now",
    ]
    order = order_in(served)
    assert (order.status, order.technician, order.model, order.note) == (
        Status.ASSIGNED,
        KIM,
        "B-7",
        "behind the stage",
    )
    assert (str(order.planned_on), order.poe) == ("2026-05-04", None)
    assert served.command("change", "1", "--technician", KIM) == 0
    assert capsys.readouterr().out == "order 1 is so already; nothing was changed\n"


def test_every_field_of_a_change_can_be_given(served: Served) -> None:
    given = {
        "vendor": "Bravo",
        "model": "B-7",
        "firmware": "8.1",
        "uplink_bits_per_second": "2_500_000_000",
        "poe": "802.3at",
        "cable": "cat6",
        "planned_on": "2026-05-04",
        "technician": KIM,
        "note": "one\ntwo",
        "reason": "no way in",
        "new_serial": "NEW-1",
        "new_mac": "00-1A-2B-3C-4D-5E",
        "confirmed": "mounted",
    }
    assert given.keys() == Change.model_fields.keys() - {"status"}
    served.command("open", "park-1")
    options = [part for name, value in given.items() for part in (f"--{name.replace('_', '-')}", value)]
    assert served.command("change", "1", *options, "--confirmed", "cabled") == 0
    expected = given | {"uplink_bits_per_second": 2_500_000_000, "new_mac": "00:1a:2b:3c:4d:5e"}
    told = order_in(served).model_dump(mode="json")
    assert {name: told[name] for name in given} == expected | {"confirmed": ["mounted", "cabled"]}


def test_who_changes_another_version_than_they_saw_is_told_who_was_faster(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    served.command("open", "park-1")
    served.services.order_desk.change(1, 1, Change(note="bring the long ladder"), LEE)
    assert served.command("change", "1", "--seen", "1", "--note", "no ladder") == 1
    told = capsys.readouterr().err
    assert "order 1 was changed by lee meanwhile; it is of version 2 now" in told
    assert order_in(served).note == "bring the long ladder"
    assert served.command("change", "1", "--seen", "2", "--note", "no ladder") == 0
    assert order_in(served).note == "no ladder"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("change", "1", "--status", "verifying", "--new-serial", "NEW-1"),
            "an order that is open cannot become verifying; it can become: planned, assigned, in_progress, installed",
        ),
        (("change", "1", "--status", "on_hold"), "an order needs reason to become on_hold; send it along"),
        (("change", "1", "--status", "installed", "--new-serial", "old-1"), "is the device that order 1 replaces"),
        (("change", "1", "--uplink-bits-per-second", "5"), "is slower than any port"),
        (("change", "1", "--new-mac", "12"), "is no MAC address"),
        (("change", "1", "--technician", "lee"), "nobody called 'lee' may work on orders"),
        (("change", "1", "--note", ESCAPE), "signs in it that cannot be printed"),
        (("change", "9", "--note", "x"), "there is no order of number 9"),
        (("show", "9"), "there is no order of number 9"),
        (("open", "park-2", "park-9"), "the inventory has no access point 'park-9'"),
        (("open", "\udcff"), "the inventory has no access point '?'"),
        (("work", "--csv", "/nowhere/list.csv"), "name a file in a folder that is there"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(
    served: Served, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    served.command("open", "park-1")
    assert served.command(*arguments) == 1
    assert words in capsys.readouterr().err
    assert order_in(served).version == 1
    assert order_of(served.state, 2) is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("change", "1"), "say what is to change, such as --status planned"),
        (("change", "1", "--planned-on", "soon"), "soon is not a day such as 2026-05-31"),
        (("change", "1", "--cable", "string"), "invalid choice: 'string'"),
        (("list", "--status", "lost"), "invalid choice: 'lost'"),
        (("show", "-1"), "-1"),
    ],
)
def test_what_nobody_could_mean_is_wrong_usage(
    served: Served, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        served.command(*arguments)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def test_orders_are_listed_by_what_is_asked_for(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assigned(served, "park-1", "park-2")
    assigned(served, "park-3", technician=CHO)
    served.command("open", "library-1")
    capsys.readouterr()

    def listed(*arguments: str) -> list[str]:
        assert served.command("list", *arguments) == 0
        return [line.split()[0] for line in capsys.readouterr().out.splitlines()[3:] if line[:1].isdigit()]

    assert listed() == ["4", "3", "2", "1"]
    assert listed("--status", "assigned") == ["3", "2", "1"]
    assert listed("--status", "assigned", "--status", "open", "--site", "library") == ["4"]
    assert listed("--district", "마포구", "--technician", CHO) == ["3"]
    assert served.command("list", "--silent") == 0
    assert capsys.readouterr().out == "no orders\n"
    assert served.command("list", "--limit", "2") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "open 1, assigned 3"
    assert " ".join(lines[2].split()) == "ORDER STATUS ACCESS POINT SITE MODEL DAY TECHNICIAN CHANGED (KST)"
    assert " ".join(lines[4].split()) == f"3 assigned park-3 park Bravo B-7 2026-05-04 {CHO} 2026-05-02 21:00"
    assert lines[-1] == "2 more; --limit shows more of them"


def test_a_list_goes_on_over_the_pages_of_the_api(
    served: Served, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assigned(served, "park-1", "park-2", "park-3")
    monkeypatch.setattr("collector.cli.orders._AT_ONCE", 1)
    assert served.command("list", "--limit", "2", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert [order["id"] for order in answer["orders"]] == [3, 2]
    assert served.command("list", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert ([order["id"] for order in answer["orders"]], answer["next"]) == ([3, 2, 1], None)


def test_an_order_is_shown_with_its_checks_and_its_history(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assigned(served, "park-1")
    served.services.order_desk.change(1, 3, Change(note="the gate\nis locked"), LEE)
    check = CheckTold(check=Check.UPLINK, outcome=Outcome.FAILED, expected="1 Gb/s", found=f"100 {ESCAPE}", since=NOW)
    seen = Seen(status=Status.INSTALLED, new_serial=f"NEW{ESCAPE}", installed_at=NOW, checks=(check,))
    change_order(served.state, 1, 4, lambda order: changed(order, seen, by=TELEMETRY, at=NOW))
    assert served.command("show", "1", "--lang", "en") == 0
    printed = capsys.readouterr().out
    assert ESCAPE not in printed
    assert printed.splitlines() == [
        "order 1 at park-1: installed, version 5",
        "  site           park",
        "  opened         2026-05-02 21:00 by lee",
        "  old device     Acme AC-1, serial OLD-1",
        "  new device     Bravo B-7",
        "  day            2026-05-04",
        "  technician     김 기사",
        r"  new serial     NEW\u001b[2J",
        "  installed      2026-05-02 21:00",
        "  note           the gate",
        "  note           is locked",
        "checks",
        r"  uplink        failed   since 2026-05-02 21:00, expected 1 Gb/s, found 100 \u001b[2J",
        "history",
        "  2026-05-02 21:00  lee, opened",
        "  2026-05-02 21:00  lee, open -> planned",
        "    vendor: - -> Bravo",
        "    model: - -> B-7",
        "    day: - -> 2026-05-04",
        "  2026-05-02 21:00  lee, planned -> assigned",
        "    technician: - -> 김 기사",
        "  2026-05-02 21:00  lee",
        r"    note: - -> the gate\u000ais locked",
        "  2026-05-02 21:00  telemetry, assigned -> installed",
        "    checks: - -> uplink failed",
        "    installed: - -> 2026-05-02 21:00",
        r"    new serial: - -> NEW\u001b[2J",
    ]


def test_all_that_a_plan_and_a_technician_have_said_is_shown(served: Served) -> None:
    assigned(served, "park-1")
    told = order_in(served).model_dump(mode="json") | {
        "rank": 7,
        "why": [{"ko": "보안 지원 종료", "en": "No security updates"}],
        "changes": ["switch_port"],
        "uplink_bits_per_second": 2_500_000_000,
        "confirmed": ["mounted", "old_taken"],
        "status": "on_hold",
        "held_from": "in_progress",
        "is_silent": True,
    }
    printed = shown(told, [], "ko").splitlines()
    assert printed[0] == "order 1 at park-1: on hold, silent, version 3"
    for line in (
        "  rank then      7 on the replacement plan",
        "  uplink         2.5 Gb/s",
        "  also to change switch port",
        "  confirmed      mounted, old taken",
        "  goes on as     in progress",
        "  why            보안 지원 종료",
    ):
        assert line in printed


def test_json_is_what_the_api_says(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert served.command("open", "park-1", "--json") == 0
    assert [order["id"] for order in json.loads(capsys.readouterr().out)["opened"]] == [1]
    assert served.command("change", "1", "--note", "줄", "--json") == 0
    printed = capsys.readouterr().out
    assert json.loads(printed) == order_in(served).model_dump(mode="json")
    assert "줄" in printed
    assert served.command("show", "1", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["order"] == order_in(served).model_dump(mode="json")
    assert answer["changes"] == [change.model_dump(mode="json") for change in changes_of(served.state, 1)]


def test_a_work_list_is_in_walking_order_with_whom_to_call(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assigned(served, "park-2", "library-1", "park-1", "park-3")
    write_note(served.state, SiteNote("park", 1, f"관리소 02-000-0000{ESCAPE}", "정문 경비실에서 열쇠", NOW, "lee"))
    served.services.order_desk.change(1, 3, Change(note="bring the long ladder"), LEE)
    served.services.order_desk.change(3, 3, Change(status=Status.ON_HOLD, reason="painted"), LEE)
    assert served.command("work", "--technician", KIM, "--day", "2026-05-04", "--lang", "en") == 0
    printed = capsys.readouterr().out
    assert ESCAPE not in printed
    rows = [line.split() for line in printed.splitlines()]
    assert " ".join(rows[0]) == "NO ORDER SITE ACCESS POINT WHERE STATUS DAY BRING POWER CABLE TAKE AWAY"
    assert [row[:2] for row in rows[1:4]] == [["1", "1"], ["2", "4"], ["3", "2"]]
    assert rows[3][3:7] == ["library-1", "로비,", "floor", "2"]
    assert printed.splitlines()[4:] == [
        "",
        r"Park, call: 관리소 02-000-0000\u001b[2J",
        "Park, access: 정문 경비실에서 열쇠",
        "Park, number 1: bring the long ladder",
        "",
        "on hold:",
        "  order 3 at park-1: painted",
    ]
    assert served.command("work", "--day", "2026-05-05") == 0
    assert capsys.readouterr().out == "nothing is to be done\n"
    assert served.command("work", "--site", "library", "--json") == 0
    (visit,) = json.loads(capsys.readouterr().out)["visits"]
    assert [entry["order"]["id"] for entry in visit["entries"]] == [2]


def test_a_work_list_is_written_as_files(served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assigned(served, "park-1")
    table, workbook = tmp_path / "list.csv", tmp_path / "list.xlsx"
    assert served.command("work", "--csv", str(table), "--xlsx", str(workbook), "--lang", "en") == 0
    assert "park-1" in table.read_text(encoding="utf-8-sig")
    assert is_zipfile(workbook)
    assert f"written: {workbook}" in capsys.readouterr().err


def test_what_is_overdue_and_what_has_no_technician_is_listed_when_asked_for(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    assigned(served, "park-1")
    served.command("open", "park-2")
    served.command("change", "2", *PLANNED)
    capsys.readouterr()

    def numbers(*arguments: str) -> list[int]:
        assert served.command("work", "--json", *arguments) == 0
        visits = json.loads(capsys.readouterr().out)["visits"]
        return sorted(entry["order"]["id"] for visit in visits for entry in visit["entries"])

    assert numbers("--day", "2026-05-05") == []
    assert numbers("--day", "2026-05-05", "--overdue") == [1]
    assert numbers("--day", "2026-05-04", "--planned") == [1, 2]
