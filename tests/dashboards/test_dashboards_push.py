"""`hangang dashboards push` and `diff` against a Grafana that keeps what it is told, and refuses what the API does not
know."""

import argparse
import re
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest
from grafana_stand_in import EDITOR, TOKEN, Board, GrafanaStandIn

from collector.cli import dashboards
from collector.cli.command import run
from collector.cli.dashboards_phrases import phrases
from collector.main import CollectorError
from dashboards import building
from dashboards.panels import BoardKey
from dashboards.pushing.boards import Folder, Wanted
from dashboards.pushing.marks import message_of
from dashboards.pushing.planning import Fate, Found, plan

KOREAN = Folder("hangang-vm-ko", "한강 공공와이파이")
BOARD_KEYS = get_args(BoardKey)
ENGLISH = Folder("hangang-vm-en", "Hangang public Wi-Fi")


def panel(title: str, id_: int, **more: Any) -> dict[str, Any]:
    return {"id": id_, "type": "timeseries", "title": title, "targets": [{"expr": "wifi_report_clients"}], **more}


def board(key: str, title: str, folder: Folder = KOREAN, **more: Any) -> Wanted:
    language = folder.uid.rpartition("-")[2]
    document = {
        "uid": f"hangang-vm-{key}-{language}",
        "title": title,
        "tags": ["hangang", language],
        "schemaVersion": 39,
        "refresh": "1m",
        "panels": [{"id": 1, "type": "row", "title": "지금"}, panel("접속 기기", 2), panel("속도", 3)],
        **more,
    }
    return Wanted(folder, document)


BOARDS = (board("city", "도시"), board("site", "장소"), board("city", "City", ENGLISH))


@pytest.fixture
def grafana() -> Iterator[GrafanaStandIn]:
    with GrafanaStandIn() as stand_in:
        yield stand_in
    assert stand_in.faults == []


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    return file


class Printed(NamedTuple):
    out: str
    err: str


class Told:
    """What was printed, which never holds the token."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def readouterr(self) -> Printed:
        out, err = self._capsys.readouterr()
        assert TOKEN not in out + err
        return Printed(out, err)


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Iterator[Told]:
    printed = Told(capsys)
    yield printed
    printed.readouterr()


class Commands:
    """The commands as they are typed, with boards of the test's own."""

    def __init__(self, url: str, token_file: Path) -> None:
        self._always = ["--url", url, "--token-file", str(token_file), "--lang", "en"]

    def options(self, action: str, *more: str) -> argparse.Namespace:
        parser = argparse.ArgumentParser()
        dashboards.add_to(parser.add_subparsers())
        return parser.parse_args(["dashboards", action, *self._always, *more])

    def push(self, boards: Sequence[Wanted] = BOARDS, *more: str) -> int:
        return dashboards.push(self.options("push", "--yes", *more), boards)

    def diff(self, boards: Sequence[Wanted] = BOARDS, *more: str) -> int:
        return dashboards.diff(self.options("diff", *more), boards)


@pytest.fixture
def commands(grafana: GrafanaStandIn, token_file: Path, told: object) -> Commands:
    return Commands(grafana.url, token_file)


def test_the_first_push_makes_folders_and_boards(grafana: GrafanaStandIn, commands: Commands, told: Told) -> None:
    assert commands.diff() == 3
    assert grafana.writes == []
    assert commands.push() == 0
    assert grafana.folders == {KOREAN.uid: KOREAN.title, ENGLISH.uid: ENGLISH.title}
    for wanted in BOARDS:
        made = grafana.boards[wanted.uid]
        assert made.folder == wanted.folder.uid
        assert made.newest["message"] == message_of(wanted.document)
        assert {**made.newest["document"], "id": None, "version": None} == {
            **wanted.document,
            "id": None,
            "version": None,
        }
    out = told.readouterr().out
    assert f"Grafana 12.1.0 at {grafana.url}, organisation Main Org." in out
    assert "+ folder hangang-vm-ko (한강 공공와이파이): new" in out
    assert "+ hangang-vm-city-ko (도시): new, 2 panels" in out
    assert "made: hangang-vm-city-ko (도시)" in out


@pytest.mark.parametrize("version", ["10.0.0", "10.4.1", "11.6.0", "13.0.0-pre"])
def test_a_second_push_writes_nothing(grafana: GrafanaStandIn, commands: Commands, told: Told, version: str) -> None:
    grafana.version = version
    assert commands.push() == 0
    made, state = list(grafana.writes), grafana.snapshot()
    told.readouterr()
    assert commands.push() == 0
    assert commands.diff() == 0
    assert grafana.writes == made
    assert grafana.snapshot() == state
    assert told.readouterr().out.splitlines()[1] == "3 unchanged"


def test_what_changes_is_shown_by_panel_and_field_before_it_is_done(
    grafana: GrafanaStandIn, commands: Commands, told: Told
) -> None:
    commands.push()
    panels = [
        {"id": 1, "type": "row", "title": "지금"},
        panel("새 패널", 4, type="stat"),
        panel(
            "접속 기기", 5, targets=[{"expr": "sum(wifi_report_clients)"}], fieldConfig={"defaults": {"unit": "short"}}
        ),
    ]
    changed = (board("city", "도시", panels=panels, refresh="5m"), *BOARDS[1:])
    told.readouterr()
    assert commands.diff(changed) == 3
    assert told.readouterr().out.splitlines()[1:] == [
        "~ hangang-vm-city-ko (도시): changes",
        "    ~ the board itself: refresh",
        "    + 새 패널",
        "    - 속도",
        "    ~ 접속 기기: fieldConfig, targets[0].expr",
        "1 changed; 2 unchanged",
    ]
    assert commands.push(changed) == 0
    assert [each["message"] for each in grafana.boards["hangang-vm-city-ko"].versions] == [
        message_of(BOARDS[0].document),
        message_of(changed[0].document),
    ]
    assert len(grafana.boards["hangang-vm-site-ko"].versions) == 1


def test_a_board_that_was_changed_by_hand_is_kept_and_told(
    grafana: GrafanaStandIn, commands: Commands, told: Told
) -> None:
    commands.push()
    grafana.edit_by_hand("hangang-vm-site-ko", title="우리 장소")
    before, writes = grafana.snapshot(), list(grafana.writes)
    told.readouterr()
    assert commands.push((BOARDS[0], board("site", "장소", refresh="5m"), BOARDS[2])) == 0
    assert grafana.snapshot() == before
    assert grafana.writes == writes
    out = told.readouterr().out
    assert "! hangang-vm-site-ko (장소): changed by hand in Grafana (version 2), left as it is" in out
    assert "    ~ the board itself: refresh, title" in out


def test_with_overwrite_it_is_replaced_and_stays_in_the_history(grafana: GrafanaStandIn, commands: Commands) -> None:
    commands.push()
    grafana.edit_by_hand("hangang-vm-site-ko", title="우리 장소")
    assert commands.push(BOARDS, "--overwrite") == 0
    versions = grafana.boards["hangang-vm-site-ko"].versions
    assert [each["document"]["title"] for each in versions] == ["장소", "우리 장소", "장소"]
    assert commands.push(BOARDS, "--overwrite") == 0
    assert len(versions) == 3


def test_a_board_that_was_moved_to_another_folder_stays_there(grafana: GrafanaStandIn, commands: Commands) -> None:
    commands.push()
    grafana.folders["ours"] = "Ours"
    grafana.boards["hangang-vm-site-ko"].folder = "ours"
    before = grafana.snapshot()
    assert commands.push((BOARDS[0], board("site", "장소", refresh="5m"), BOARDS[2])) == 0
    assert commands.push((BOARDS[0], BOARDS[2])) == 0
    assert grafana.snapshot() == before


def test_somebody_who_saves_between_look_and_write_is_not_overwritten(
    grafana: GrafanaStandIn, commands: Commands, told: Told
) -> None:
    commands.push()
    changed = (board("city", "도시", refresh="5m"), board("site", "장소", refresh="5m"))

    def save_first(method: str, path: str) -> None:
        if method == "POST" and grafana.boards["hangang-vm-city-ko"].newest["version"] == 1:
            grafana.edit_by_hand("hangang-vm-city-ko", title="우리 도시")

    grafana.before = save_first
    assert commands.push(changed) == 1
    assert grafana.boards["hangang-vm-city-ko"].newest["document"]["title"] == "우리 도시"
    assert grafana.boards["hangang-vm-site-ko"].newest["document"]["refresh"] == "5m"
    err = told.readouterr().err
    assert "hangang-vm-city-ko (도시): somebody has changed it meanwhile; nothing was overwritten" in err
    assert "1 left: hangang-vm-city-ko" in err


def test_a_board_of_ours_that_is_made_no_more_is_removed_and_nothing_else(
    grafana: GrafanaStandIn, commands: Commands, told: Told
) -> None:
    commands.push((*BOARDS, board("old", "옛 보드"), board("edited", "고친 보드")))
    grafana.edit_by_hand("hangang-vm-edited-ko", title="우리 보드")
    others = {
        "hangang-vm-of-others-ko": (KOREAN.uid, ["hangang"], "by hand"),
        "hangang-vm-untagged-ko": (KOREAN.uid, [], message_of(BOARDS[0].document)),
        "hangang-influx-city-ko": ("hangang-influx-ko", ["hangang"], message_of(BOARDS[0].document)),
        "somebody": ("general", ["hangang"], message_of(BOARDS[0].document)),
        "hangang-vm-moved-ko": ("elsewhere", ["hangang"], message_of(BOARDS[0].document)),
    }
    for uid, (folder, tags, message) in others.items():
        grafana.boards[uid] = Board(folder)
        grafana.boards[uid].add({"uid": uid, "title": uid, "tags": tags}, message)
    told.readouterr()
    assert commands.push() == 0
    assert grafana.boards.keys() == {each.uid for each in BOARDS} | others.keys() | {"hangang-vm-edited-ko"}
    assert [each for each in grafana.writes if each[0] == "DELETE"] == [
        ("DELETE", "/api/dashboards/uid/hangang-vm-old-ko")
    ]
    out = told.readouterr().out
    assert "- hangang-vm-old-ko (옛 보드): is made no more, and removed" in out
    assert "! hangang-vm-edited-ko (우리 보드): is made no more, but was changed by hand (version 2)" in out
    assert "influx" not in out
    assert "somebody" not in out


def test_a_push_of_one_language_leaves_the_other(grafana: GrafanaStandIn, commands: Commands, told: Told) -> None:
    commands.push()
    told.readouterr()
    assert commands.push([each for each in BOARDS if each.folder is KOREAN]) == 0
    assert grafana.boards.keys() == {each.uid for each in BOARDS}
    assert told.readouterr().out.splitlines()[1:] == ["2 unchanged"]


def test_a_board_without_our_tag_is_never_removed() -> None:
    """Whatever the search of a Grafana finds."""
    document = {"uid": "hangang-vm-old-ko", "title": "옛 보드", "tags": ["hangang"]}
    ours = Found(document, KOREAN.uid, 1, message_of(document))
    untagged = replace(ours, document=document | {"tags": ["other"]})
    steps = [plan(BOARDS, {each.uid: each}, (), overwrites=True).steps[len(BOARDS) :] for each in (ours, untagged)]
    assert [[step.fate for step in some] for some in steps] == [[Fate.REMOVE], []]


def test_a_board_whose_newest_version_is_not_known_counts_as_changed_by_hand(
    grafana: GrafanaStandIn, commands: Commands
) -> None:
    """Where the history lags behind, an older message of ours says nothing."""
    commands.push()
    grafana.edit_by_hand("hangang-vm-site-ko", title="우리 장소")
    grafana.newest_versions_missing = 1
    before = grafana.snapshot()
    assert commands.push([board(key, key, refresh="5m") for key in ("city", "site")]) == 0
    assert grafana.snapshot() == before


def test_a_board_that_is_changed_just_before_it_is_removed_is_kept(grafana: GrafanaStandIn, commands: Commands) -> None:
    commands.push((*BOARDS, board("old", "옛 보드")))
    changed = (board("city", "도시", refresh="5m"), *BOARDS[1:])

    def save_first(method: str, path: str) -> None:
        if method == "POST":
            grafana.edit_by_hand("hangang-vm-old-ko", title="우리 보드")

    grafana.before = save_first
    assert commands.push(changed) == 1
    assert grafana.boards["hangang-vm-old-ko"].newest["document"]["title"] == "우리 보드"


def test_a_board_that_is_provisioned_from_files_is_left(
    grafana: GrafanaStandIn, commands: Commands, told: Told
) -> None:
    commands.push()
    grafana.boards["hangang-vm-city-ko"].is_provisioned = True
    before = grafana.snapshot()
    assert commands.push((board("city", "도시", refresh="5m"), *BOARDS[1:]), "--overwrite") == 0
    assert grafana.snapshot() == before
    assert "hangang-vm-city-ko (도시): provisioned from files, left as it is" in told.readouterr().out


@pytest.mark.parametrize("drops", ["the question", "the answer"])
def test_a_network_that_breaks_at_any_request_leaves_nothing_half_or_twice(
    token_file: Path, told: Told, drops: Any
) -> None:
    """For every request of a push that makes, changes and removes."""
    before = (board("city", "도시", refresh="5m"), board("old", "옛 보드"))

    def pushed(breaks_at: int | None) -> tuple[GrafanaStandIn, int, int]:
        with GrafanaStandIn() as grafana:
            commands = Commands(grafana.url, token_file)
            assert commands.push(before) == 0
            begun = len(grafana.requests)
            grafana.drops, grafana.drops_request = drops, None if breaks_at is None else begun + breaks_at
            told.readouterr()
            code = _code(commands)
            needed = len(grafana.requests) - begun
            err = told.readouterr().err
            grafana.drops_request = None
            if breaks_at is not None:
                assert code == 1
                assert "does not answer" in err
                assert _code(commands) == 0
            assert commands.diff() == 0
        assert grafana.faults == []
        return grafana, code, needed

    whole, code, needed = pushed(None)
    assert (code, len(whole.writes)) == (0, 3 + 5)
    for breaks_at in range(1, needed + 1):
        broken, _, _ = pushed(breaks_at)
        assert broken.snapshot() == whole.snapshot(), f"request {breaks_at}"


def _code(commands: Commands) -> int:
    try:
        return commands.push()
    except CollectorError as error:
        print(f"hangang: {error}", file=sys.stderr)
        return 1


def test_what_is_done_and_what_is_left_is_told_when_the_network_breaks(
    grafana: GrafanaStandIn, commands: Commands, told: Told
) -> None:
    commands.diff()
    grafana.drops_request = 2 * len(grafana.requests) + 4  # two folders and a board, then
    assert commands.push() == 1
    captured = told.readouterr()
    assert "made: hangang-vm-city-ko (도시)" in captured.out
    assert "3 done" in captured.out
    assert "hangang-vm-site-ko (장소): it is not known whether it was done" in captured.err
    assert "2 left: hangang-vm-site-ko, hangang-vm-city-en. The same command again goes on from here" in captured.err


def test_nothing_more_is_tried_when_the_network_breaks(grafana: GrafanaStandIn, commands: Commands, told: Told) -> None:
    commands.diff()
    grafana.drops_request = 2 * len(grafana.requests) + 1
    assert commands.push() == 1
    assert grafana.writes == [("POST", "/api/folders")]
    assert "5 left: hangang-vm-ko, hangang-vm-en, hangang-vm-city-ko" in told.readouterr().err


@pytest.mark.parametrize(
    ("lacks", "named"),
    [
        ("folders:create", "folders:create"),
        ("dashboards:create", "dashboards:create"),
        ("dashboards:read", "dashboards:read"),
    ],
)
def test_a_permission_that_is_missing_is_named_before_anything_is_written(
    grafana: GrafanaStandIn, commands: Commands, told: Told, lacks: str, named: str
) -> None:
    grafana.permissions = EDITOR - {lacks}
    with pytest.raises(CollectorError, match="nothing is changed"):
        commands.push()
    assert grafana.writes == []
    assert f"the token lacks the permission {named}; give its service account the role Editor" in told.readouterr().err


def test_a_token_that_may_only_look_is_told_what_it_lacks(grafana: GrafanaStandIn, commands: Commands) -> None:
    commands.push()
    grafana.permissions = EDITOR - {"dashboards:write", "dashboards:create", "dashboards:delete"}
    with pytest.raises(CollectorError, match=r"role Editor, or the permission in brackets \(dashboards:write\)"):
        commands.push((board("city", "도시", refresh="5m"),))


def test_a_board_that_must_not_be_removed_is_named(grafana: GrafanaStandIn, commands: Commands, told: Told) -> None:
    commands.push((*BOARDS, board("old", "옛 보드")))
    grafana.permissions = EDITOR - {"dashboards:delete"}
    with pytest.raises(CollectorError):
        commands.push()
    assert "the permission dashboards:delete" in (err := told.readouterr().err)
    assert "(board hangang-vm-old-ko)" in err


def test_permissions_that_are_not_told_are_found_out_by_trying(
    grafana: GrafanaStandIn, commands: Commands, told: Told
) -> None:
    grafana.tells_permissions = False
    grafana.permissions = EDITOR - {"dashboards:create"}
    assert commands.push() == 1
    assert grafana.folders.keys() == {KOREAN.uid, ENGLISH.uid}
    assert grafana.boards == {}
    err = told.readouterr().err
    assert "does not tell what the token may do" in err
    assert err.count("the token may not (403)") == 3
    assert "(dashboards:create)" in err
    grafana.permissions = EDITOR
    assert commands.push() == 0
    assert grafana.boards.keys() == {each.uid for each in BOARDS}


def test_a_token_that_is_not_accepted_is_told(grafana: GrafanaStandIn, token_file: Path) -> None:
    token_file.write_text("glsa_another")
    with pytest.raises(CollectorError, match=r"does not accept the token \(401\)") as raised:
        Commands(grafana.url, token_file).push()
    assert "glsa_another" not in str(raised.value)
    assert grafana.writes == []


def test_a_data_source_that_is_missing_is_told_and_how_to_make_it(
    grafana: GrafanaStandIn, commands: Commands, told: Told
) -> None:
    grafana.data_sources = {"Other": {"uid": "x", "type": "prometheus", "name": "Other"}}
    assert commands.push() == 0
    err = told.readouterr().err
    assert "there is no data source with the uid hangang-victoriametrics; make one of type prometheus" in err
    assert "others of that type can be chosen in a board's own list: Other" in err
    grafana.data_sources = {"VM": {"uid": "hangang-victoriametrics", "type": "influxdb", "name": "VM"}}
    assert commands.push() == 0
    assert "is of type influxdb, not prometheus" in told.readouterr().err


def test_a_plugin_that_is_missing_is_told(grafana: GrafanaStandIn, commands: Commands, told: Told) -> None:
    wanted = (board("city", "도시", panels=[panel("지도", 1, type="geomap"), panel("표", 2, type="table")]),)
    grafana.panels = ("table", "timeseries")
    assert commands.push(wanted) == 0
    assert "plugins are missing: geomap; install or enable them" in told.readouterr().err
    grafana.panels = None
    assert commands.push(wanted) == 0
    assert told.readouterr().err == ""


def test_what_may_not_be_looked_at_is_told_as_not_checked(
    grafana: GrafanaStandIn, commands: Commands, told: Told
) -> None:
    grafana.tells_settings = False
    grafana.permissions = EDITOR - {"plugins:read"}
    assert commands.push() == 0
    err = told.readouterr().err
    assert "data sources may not be seen, and were not checked; there must be one of type prometheus" in err
    assert "plugins may not be seen, and were not checked; needed are timeseries" in err


@pytest.mark.parametrize("version", ["8.5.27", "9.5.21"])
def test_a_grafana_that_is_too_old_is_told_and_left(
    grafana: GrafanaStandIn, commands: Commands, told: Told, version: str
) -> None:
    grafana.version = version
    with pytest.raises(CollectorError):
        commands.push()
    assert grafana.requests == [("GET", "/api/health")]
    assert f"Grafana {version} is too old; upgrade it to 10.0 or newer" in told.readouterr().err


def test_a_folder_of_others_with_our_title_is_not_used(grafana: GrafanaStandIn, commands: Commands, told: Told) -> None:
    grafana.folders["others"] = KOREAN.title
    assert commands.push() == 1
    assert grafana.boards.keys() == {"hangang-vm-city-en"}
    assert len([each for each in grafana.writes if each == ("POST", "/api/dashboards/db")]) == 1
    err = told.readouterr().err
    assert "there is a folder of that uid or title" in err
    assert "3 left: hangang-vm-ko, hangang-vm-city-ko, hangang-vm-site-ko" in err


@contextmanager
def web_server(status: int, headers: dict[str, str], body: bytes) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("status", "headers", "body", "said"),
    [
        (200, {"Content-Type": "text/html"}, b"<html>hello</html>", "does not answer as the API of a Grafana"),
        (200, {"Content-Type": "application/json"}, b"<html>", "does not answer as the API of a Grafana"),
        (200, {"Content-Type": "application/json"}, b'{"ok": true}', "does not answer as the API of a Grafana"),
        (404, {"Content-Type": "text/html"}, b"<html>no</html>", "does not answer as the API of a Grafana"),
        (302, {"Location": "/login?token=hidden"}, b"", r"leads elsewhere.*https, not http\) \(/login\)"),
        (502, {"Content-Type": "text/html"}, b"<html>bad gateway</html>", r"reports an error of its own.*\(502\)"),
    ],
)
def test_what_is_no_grafana_is_told(
    token_file: Path, status: int, headers: dict[str, str], body: bytes, said: str
) -> None:
    with web_server(status, headers, body) as url, pytest.raises(CollectorError, match=said):
        Commands(url, token_file).push()


def test_a_redirect_to_another_server_is_not_followed(grafana: GrafanaStandIn, token_file: Path) -> None:
    elsewhere = f"{grafana.url}/api/health"
    said = rf"leads elsewhere.*\({elsewhere}\)"
    with web_server(301, {"Location": elsewhere}, b"") as url, pytest.raises(CollectorError, match=said):
        Commands(url, token_file).push()
    assert grafana.requests == []


def test_a_server_that_repeats_the_token_does_not_have_it_printed(token_file: Path) -> None:
    said = f'{{"message": "no user has Bearer {TOKEN}"}}'.encode()
    with web_server(500, {"Content-Type": "application/json"}, said) as url, pytest.raises(CollectorError) as raised:
        Commands(url, token_file).push()
    assert "(Server Error" not in str(raised.value)
    assert "no user has Bearer …" in str(raised.value)


def test_nobody_there_is_told(token_file: Path) -> None:
    with web_server(200, {}, b"") as url:
        pass
    with pytest.raises(CollectorError, match=rf"{url} does not answer.*\(.*refused.*\)"):
        Commands(url, token_file).push()


@pytest.mark.parametrize("content", [b"", b"\n", b"two words", b"first\nsecond", "토큰".encode()])
def test_a_file_without_a_token_is_told(token_file: Path, content: bytes) -> None:
    token_file.write_bytes(content)
    with pytest.raises(CollectorError, match="holds no token") as raised:
        Commands("http://127.0.0.1:1", token_file).push()
    assert "second" not in str(raised.value)


def test_a_token_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(CollectorError, match="No such file or directory; name the file that holds the token"):
        Commands("http://127.0.0.1:1", tmp_path / "nothing").push()
    with pytest.raises(CollectorError, match="Is a directory"):
        Commands("http://127.0.0.1:1", tmp_path).push()


def test_without_a_terminal_nothing_is_done_unless_it_is_said(
    grafana: GrafanaStandIn, commands: Commands, told: Told
) -> None:
    with pytest.raises(SystemExit) as ended:
        dashboards.push(commands.options("push"), BOARDS)
    assert ended.value.code == 2
    assert grafana.writes == []
    captured = told.readouterr()
    assert "+ hangang-vm-city-ko (도시): new" in captured.out
    assert "there is no terminal to ask at; say --yes" in captured.err


@pytest.mark.parametrize(("typed", "code"), [("y\n", 0), ("yes\n", 0), ("\n", 1), ("no\n", 1)])
def test_at_a_terminal_it_is_asked(
    grafana: GrafanaStandIn, commands: Commands, monkeypatch: pytest.MonkeyPatch, typed: str, code: int
) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

        def readline(self, *_: object) -> str:
            return typed

    monkeypatch.setattr("sys.stdin", Terminal())
    assert dashboards.push(commands.options("push"), BOARDS) == code
    assert len(grafana.boards) == (3 if code == 0 else 0)


@pytest.mark.parametrize(
    "url", ["grafana.example.org", "ftp://grafana", "http://", "http://a:b@grafana", "http://grafana?verify=false"]
)
def test_an_address_that_is_none_is_refused_without_being_repeated(
    token_file: Path, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        Commands(url, token_file).push()
    assert ended.value.code == 2
    assert "a:b" not in capsys.readouterr().err


def test_a_grafana_below_a_path_is_reached(token_file: Path) -> None:
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.handle_request, daemon=True)
    thread.start()
    with pytest.raises(CollectorError):
        Commands(f"http://127.0.0.1:{server.server_address[1]}/monitoring/grafana/", token_file).push()
    thread.join()
    server.server_close()
    assert asked == ["/monitoring/grafana/api/health"]


def test_a_version_that_is_not_told_is_said_to_be_unchecked(
    grafana: GrafanaStandIn, commands: Commands, told: Told
) -> None:
    grafana.version = ""
    assert commands.diff() == 3
    assert "does not tell its version, which was not checked; it must be 10.0 or newer" in told.readouterr().err


def test_our_own_boards_are_pushed_and_then_unchanged(
    grafana: GrafanaStandIn, token_file: Path, told: Told, tmp_path: Path
) -> None:
    """As they are typed, with nothing of the test's own."""
    where = ["--url", grafana.url, "--token-file", str(token_file), "--pages", "https://wifi.example.org"]
    assert run(["dashboards", "push", "--yes", *where]) == 0
    assert len(grafana.boards) == len(BOARD_KEYS) * 2
    assert all("https://wifi.example.org" in str(board.newest["document"]) for board in grafana.boards.values())
    begun = list(grafana.writes)
    assert run(["dashboards", "diff", *where]) == 0
    assert run(["dashboards", "push", "--yes", "--language", "ko", *where]) == 0
    assert grafana.writes == begun
    assert "plugins are missing" not in told.readouterr().err
    assert run(["dashboards", "build", "--to", str(tmp_path / "boards")]) == 0
    assert len(list((tmp_path / "boards").glob("*/*/*.json"))) == len(BOARD_KEYS) * 4
    assert dashboards.PAGES_URL == building.PAGES_URL


def test_every_phrase_is_there_in_both_languages_with_the_same_places() -> None:
    places = {
        key: {language: set(re.findall(r"\{(\w+)\}", text)) for language, text in each.items()}
        for key, each in phrases().items()
    }
    assert {key for key, each in places.items() if each.keys() != {"ko", "en"}} == set()
    assert {key for key, each in places.items() if each["ko"] != each["en"]} == set()


def test_korean_is_spoken(grafana: GrafanaStandIn, commands: Commands, told: Told) -> None:
    assert commands.push(BOARDS, "--lang", "ko") == 0
    assert "만들었습니다: hangang-vm-city-ko (도시)" in told.readouterr().out
