"""`hangang alerts` against a collector's pages, over HTTP: what is wrong, what is held back, and who was told."""

import argparse
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from made_alerts import alert
from served import NOW, Served

from collector.alerts.alert import Acknowledgement, End, Phase, Severity
from collector.alerts.notice import Notice
from collector.alerts.telling.sample import sample_notice
from collector.cli.arguments import instant, span
from collector.cli.command import run
from collector.state import deliveries
from collector.state.alerts import open_acknowledgements, write_alerts
from collector.state.delivery_desk import Delivery, DeliveryFilter, DeliveryState, find_deliveries
from collector.state.endpoint_states import endpoint_state
from collector.state.leadership import begin_epoch
from collector.state.outbox import put_in
from collector.state.suppressions import find_maintenance, find_silences
from inventory.models import AccessPoint, Inventory, Site, SiteKind

ESCAPE = "\x1b[2J"
SECRET = "whsec_" + "c2VjcmV0" * 4
INVENTORY = Inventory(
    sites=(Site(id="park", kind=SiteKind.PARK, name_ko=f"한강공원{ESCAPE}", name_en="Park", district="마포구"),),
    access_points=tuple(AccessPoint(id=f"park-{number}", site="park") for number in (1, 2, 3)),
)
ENDPOINTS = """
[[alerts.endpoints]]
name = "ops"
kind = "standard_webhooks"
url_file = "url.txt"
secret_file = "secret.txt"

[[alerts.endpoints]]
name = "pager"
kind = "pagerduty"
routing_key_file = "key.txt"
"""


def write_endpoint_files(folder: Path) -> None:
    (folder / "url.txt").write_text("https://ops.example.org/hooks/very-secret?token=hidden-too\n")
    (folder / "secret.txt").write_text(f"{SECRET}\n")
    (folder / "key.txt").write_text("R0123456789abcdefghijABCDEFGHIJ5\n")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    write_endpoint_files(tmp_path)
    collector = Served(tmp_path, "alerts", inventory=INVENTORY, tables=ENDPOINTS)
    with collector.state.begin() as connection:
        silent = alert("access_point_silent", "park-1", id="a1", fired_at=NOW, since=NOW, value=300.0, people=12)
        outage = alert("site_outage", "park", id="a2", severity=Severity.CRITICAL, members=("park-1", "park-2"))
        over = alert("uplink_down", "park-3", id="a3", phase=Phase.RESOLVED, ended_at=NOW, end=End.WELL)
        write_alerts(connection, [silent, outage, over], [])
    yield collector
    collector.stop()


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> pytest.CaptureFixture[str]:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return capsys


def alerts(served: Served, *arguments: str) -> int:
    return run(["alerts", *arguments, "--config", str(served.config)])


def put(served: Served, endpoint: str, id_: str) -> Notice:
    notice = sample_notice(endpoint, id_, NOW)
    with served.state.begin() as connection:
        put_in(connection, notice, NOW)
    return notice


def newest(served: Served, **wanted: Any) -> list[Delivery]:
    return find_deliveries(served.state, DeliveryFilter(**wanted), limit=10)


def test_what_fires_is_listed_and_what_has_ended_when_it_is_asked_for(
    served: Served, printed: pytest.CaptureFixture[str]
) -> None:
    assert alerts(served, "list") == 0
    header, *rows = printed.readouterr().out.splitlines()
    assert header.split() == ["ID", "SINCE", "(KST)", "SEVERITY", "RULE", "ABOUT", "STATE", "WHAT"]
    assert sorted(row.split()[0] for row in rows) == ["a1", "a2"]
    assert any("2026-05-02 21:00  warning   access_point_silent  park-1" in row for row in rows)
    assert alerts(served, "list", "--history", "--json") == 0
    assert {each["id"] for each in json.loads(printed.readouterr().out)["alerts"]} == {"a1", "a2", "a3"}
    assert alerts(served, "list", "--severity", "critical", "--limit", "1") == 0
    assert printed.readouterr().out.splitlines()[1].startswith("a2 ")
    assert alerts(served, "list", "--site", "elsewhere") == 0
    assert printed.readouterr().out == "no alerts\n"


def test_a_list_that_is_cut_says_so(served: Served, printed: pytest.CaptureFixture[str]) -> None:
    assert alerts(served, "list", "--history", "--limit", "2") == 0
    assert printed.readouterr().out.endswith("\n\nthere are more; --limit shows more of them\n")


def test_one_alert_in_full(served: Served, printed: pytest.CaptureFixture[str]) -> None:
    assert alerts(served, "show", "a2") == 0
    told = printed.readouterr().out
    assert told.startswith("alert a2: site_outage, critical, fires\n")
    assert "access points  park-1, park-2" in told
    assert "\x1b" not in told
    assert alerts(served, "show", "nobody") == 1
    assert "hangang: there is no alert 'nobody'" in printed.readouterr().err


def test_somebody_takes_care_and_stops_taking_care(served: Served, printed: pytest.CaptureFixture[str]) -> None:
    assert alerts(served, "ack", "a2", "--comment", "on my way") == 0
    assert printed.readouterr().out == "alert a2: fires, held back: command takes care of it\n"
    assert open_acknowledgements(served.state) == {"a2": Acknowledgement("command", NOW, "on my way")}
    assert alerts(served, "release", "a2") == 0
    assert printed.readouterr().out == "alert a2: nobody takes care of it any more; fires\n"
    assert alerts(served, "release", "a2") == 1
    assert "nobody has acknowledged the alert 'a2'" in printed.readouterr().err
    assert alerts(served, "ack", "a3") == 1
    assert "does not fire" in printed.readouterr().err


def test_a_silence_is_made_listed_and_ended(served: Served, printed: pytest.CaptureFixture[str]) -> None:
    made = ("--site", "park", "--rule", "access_point_silent", "--until", "2026-05-03T09:00", "--comment", "works")
    assert alerts(served, "silence", "make", *made) == 0
    assert printed.readouterr().out == (
        "silence 1, active, 2026-05-02 21:00 to 2026-05-03 09:00: site park, rule access_point_silent\n"
    )
    (silence,) = find_silences(served.state, NOW, limit=10)
    assert (silence.comment, silence.by, silence.ends_at.isoformat()) == (
        "works",
        "command",
        "2026-05-03T09:00:00+09:00",
    )
    assert alerts(served, "list", "--access-point", "park-1") == 0
    assert "fires, held back until 2026-05-03 09:00: silence 1" in printed.readouterr().out
    assert alerts(served, "silence", "list") == 0
    assert printed.readouterr().out.splitlines()[1].startswith("1   active  2026-05-02 21:00")
    assert alerts(served, "silence", "end", "1") == 0
    assert printed.readouterr().out.startswith("silence 1, ended by command, ")
    assert alerts(served, "silence", "list") == 0
    assert alerts(served, "silence", "list", "--history", "--json") == 0
    listed, _, history = printed.readouterr().out.partition("\n")
    assert (listed, json.loads(history)["silences"][0]["is_over"]) == ("no silences", True)


def test_a_silence_of_everything_must_be_meant(served: Served, printed: pytest.CaptureFixture[str]) -> None:
    until = ("--until", "2026-05-03T09:00", "--comment", "storm")
    assert alerts(served, "silence", "make", *until) == 1
    assert "names nothing, and would hold back the whole city" in printed.readouterr().err
    assert alerts(served, "silence", "make", "--everything", *until) == 0
    assert printed.readouterr().out.endswith(": everything\n")
    assert alerts(served, "silence", "make", "--site", "nowhere", *until) == 1
    assert "there is no site 'nowhere'" in printed.readouterr().err


def test_works_are_planned_once_or_every_week_and_taken_back(
    served: Served, printed: pytest.CaptureFixture[str]
) -> None:
    named = ("--name", "switches", "--kind", "park", "--comment", "new firmware")
    once = ("--from", "2026-05-04T02:00", "--until", "2026-05-04T04:00")
    assert alerts(served, "maintenance", "plan", *named, *once) == 0
    weekly = ("--weekday", "sun", "--weekday", "sat", "--at", "02:00", "--minutes", "90", "--first-day", "2026-05-02")
    assert alerts(served, "maintenance", "plan", *named, *weekly) == 0
    assert printed.readouterr().out.splitlines() == [
        "maintenance 1 'switches', to come, 2026-05-04 02:00 to 2026-05-04 04:00: kind of site park",
        "maintenance 2 'switches', to come, sat,sun 02:00 for 90 min, from 2026-05-02: kind of site park",
    ]
    assert len(find_maintenance(served.state, limit=10)) == 2
    assert alerts(served, "maintenance", "take-back", "1") == 0
    assert alerts(served, "maintenance", "list") == 0
    taken, _, works = printed.readouterr().out.splitlines()
    assert taken.startswith("maintenance 1 'switches', over, ")
    assert works.split()[:2] == ["2", "switches"]
    assert "2026-05-03 02:00" in works
    with pytest.raises(SystemExit):
        alerts(served, "maintenance", "plan", *named, *once, *weekly)
    assert "either --from and --until, or --weekday, --at and --minutes" in printed.readouterr().err


def test_an_endpoint_is_paused_and_opened(served: Served, printed: pytest.CaptureFixture[str]) -> None:
    assert alerts(served, "endpoints", "pause", "ops") == 0
    assert printed.readouterr().out == "ops: paused by command since 2026-05-02 21:00\n"
    assert endpoint_state(served.state, "ops").paused_by == "command"
    assert alerts(served, "endpoints", "list") == 0
    told = printed.readouterr().out
    assert "ops.example.org" in told
    assert "secret" not in told
    assert alerts(served, "endpoints", "open", "ops") == 0
    assert printed.readouterr().out == "ops: open\n"
    assert alerts(served, "endpoints", "open", "ops") == 1
    assert alerts(served, "endpoints", "pause", "nobody") == 1
    assert "the configuration has no endpoint 'nobody'" in printed.readouterr().err


def test_what_is_dead_is_tried_again(served: Served, printed: pytest.CaptureFixture[str]) -> None:
    for endpoint, name in (("ops", "msg_1"), ("ops", "msg_2"), ("pager", "msg_3")):
        deliveries.note_dead(served.state, put(served, endpoint, name), "404 Not Found", NOW)
    assert alerts(served, "deliveries", "list", "--state", "dead", "--endpoint", "ops") == 0
    rows = printed.readouterr().out.splitlines()[1:]
    assert [row.split()[0] for row in rows] == ["msg_2", "msg_1"]
    assert all(row.endswith("404 Not Found") for row in rows)
    assert alerts(served, "deliveries", "show", "msg_3") == 0
    assert "msg_3" in printed.readouterr().out
    assert alerts(served, "deliveries", "replay", "msg_3", "nobody") == 1
    told = printed.readouterr()
    assert told.out.startswith("msg_3: is tried again\nnobody: not tried: ")
    assert told.err == "hangang: 1 of 2 are not tried again\n"
    assert alerts(served, "deliveries", "replay", "--all-dead", "--endpoint", "ops") == 0
    assert printed.readouterr().out == "msg_2: is tried again\nmsg_1: is tried again\n"
    assert newest(served, state=DeliveryState.DEAD) == []
    assert alerts(served, "deliveries", "replay", "--all-dead") == 0
    assert printed.readouterr().out == "nothing is dead\n"
    with pytest.raises(SystemExit):
        alerts(served, "deliveries", "replay")


def test_the_rules_with_their_settings(served: Served, printed: pytest.CaptureFixture[str]) -> None:
    assert alerts(served, "rules") == 0
    rules = {line.split()[0]: line.split() for line in printed.readouterr().out.splitlines()}
    assert rules["access_point_silent"][1:] == ["warning", "access_point", "0", "s", "120", "s"]
    assert rules["throughput_low"][-6:-3] == ["raise_below_bits_per_second", "30000000,", "clear_above_bits_per_second"]
    assert alerts(served, "rules", "site_outage") == 0
    told = printed.readouterr().out
    assert "  raise_above_ratio = 0.5\n    Most of a site is more than half of it." in told
    assert alerts(served, "rules", "nothing") == 0
    assert printed.readouterr().out.startswith("there is no such rule")


def _answered(served: Served, problem: str | None) -> threading.Thread:
    """A sender that makes the call as soon as there is one to make."""
    with served.state.begin() as connection:
        epoch = begin_epoch(connection, NOW)

    def send() -> None:
        while not (due := deliveries.due(served.state, "ops", NOW + timedelta(hours=1), 1)):
            pass
        notice = due[0].notice
        assert deliveries.claim(served.state, notice, epoch, NOW)
        if problem is None:
            deliveries.note_delivered(served.state, notice, NOW)
        else:
            deliveries.note_dead(served.state, notice, problem, NOW)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


@pytest.mark.parametrize("problem", [None, "403 Forbidden"])
def test_a_test_says_whether_it_has_arrived(
    served: Served, printed: pytest.CaptureFixture[str], problem: str | None
) -> None:
    sender = _answered(served, problem)
    code = alerts(served, "test", "ops")
    sender.join()
    told = printed.readouterr()
    assert code == (0 if problem is None else 1)
    assert ("delivered" if problem is None else "dead") in told.out
    if problem is not None:
        assert told.err.startswith("hangang: the test has not arrived at ops: 403 Forbidden; see ")


def test_a_test_is_not_waited_for_for_ever(served: Served, printed: pytest.CaptureFixture[str]) -> None:
    assert alerts(served, "test", "ops", "--wait", "0") == 1
    assert "no call has ended yet" in printed.readouterr().err


def test_a_request_is_shown_without_its_secrets_and_without_a_collector(
    tmp_path: Path, printed: pytest.CaptureFixture[str]
) -> None:
    write_endpoint_files(tmp_path)
    (tmp_path / "inventory").mkdir()
    config = tmp_path / "collector.toml"
    config.write_text(f"[embedded_broker]\n{ENDPOINTS}")
    for name in ("ops", "pager"):
        assert run(["alerts", "test", name, "--dry-run", "--config", str(config)]) == 0
    told = printed.readouterr().out
    assert told.startswith("POST https://ops.example.org/***\n")
    assert "POST https://events.pagerduty.com/***\n" in told
    assert '"routing_key": "***"' in told
    assert "webhook-signature: v1," in told
    assert not [secret for secret in ("very-secret", "hidden-too", SECRET[6:], "R0123456789") if secret in told]
    assert run(["alerts", "test", "nobody", "--dry-run", "--config", str(config)]) == 1
    assert "no endpoint 'nobody' (there are: ops, pager)" in printed.readouterr().err


def test_times_as_people_write_them() -> None:
    assert [span(text) for text in ("90s", "30m", "4h", "7d")] == [
        timedelta(seconds=90),
        timedelta(minutes=30),
        timedelta(hours=4),
        timedelta(days=7),
    ]
    assert instant("2026-05-31T22:00").isoformat() == "2026-05-31T22:00:00+09:00"
    assert instant("2026-05-31T22:00Z").isoformat() == "2026-05-31T22:00:00+00:00"
    for text in ("4", "0h", "h", "-4h", "4 hours"):
        with pytest.raises(argparse.ArgumentTypeError, match="is not a time such as"):
            span(text)
    with pytest.raises(argparse.ArgumentTypeError, match="is not an instant such as"):
        instant("tomorrow")
