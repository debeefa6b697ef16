"""Intake: what of a message is stored, under whose name, and what is refused with which reason."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from harness import INVENTORY

from agent.wire import Topic
from collector.intake import Intake, Taken
from collector.points import TABLES
from collector.stores import FrameKey
from inventory import load_inventory

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
KEY = FrameKey("gw-lab", "00c0ffee", 3)


@pytest.fixture
def intake(tmp_path: Path) -> Intake:
    (tmp_path / "lab.toml").write_text(INVENTORY, encoding="utf-8")
    return Intake(load_inventory(tmp_path))


def message(*reports: dict[str, object], **header: object) -> bytes:
    base = {"version": 1, "agent": "gw-lab", "boot_id": "00c0ffee", "sequence": 3, "sent_at": NOW.isoformat()}
    stamped = [{"observed_at": NOW.isoformat()} | report for report in reports]
    return json.dumps(base | header | {"reports": stamped}).encode()


def take(intake: Intake, payload: bytes, *, agent: str = "gw-lab", is_retained: bool = False) -> Taken:
    return intake.take(Topic(agent, "frame"), payload, NOW, is_retained=is_retained)


def stored(taken: Taken) -> list[str]:
    return [] if taken.frame is None else [report.access_point for report in taken.frame.reports]


def reasons(taken: Taken) -> list[str]:
    return [refusal.reason for refusal in taken.refusals]


def test_a_gateway_speaks_for_its_site(intake: Intake) -> None:
    taken = take(intake, message({"access_point": "lab-001"}, {"access_point": "lab-002"}))
    assert taken.key == KEY
    assert stored(taken) == ["lab-001", "lab-002"]
    assert [access_point for access_point, _ in taken.readings] == ["lab-001", "lab-002"]
    assert (taken.refusals, taken.corrections, taken.unknown) == ([], [], [])


def test_an_agent_on_an_access_point_speaks_for_it_alone(intake: Intake) -> None:
    taken = take(
        intake,
        message({"access_point": "lab-001"}, {"access_point": "lab-002"}, agent="lab-001"),
        agent="lab-001",
    )
    assert stored(taken) == ["lab-001"]
    assert reasons(taken) == ["not_allowed"]
    assert b"lab-002" in taken.refusals[0].payload


def test_the_topic_says_who_speaks_and_the_payload_cannot_claim_otherwise(intake: Intake) -> None:
    taken = take(intake, message({"access_point": "lab-001"}, agent="gw-lab"), agent="other-001")
    assert (stored(taken), reasons(taken)) == ([], ["wrong_agent"])
    assert taken.key == FrameKey("other-001", "00c0ffee", 3)


def test_a_device_is_found_by_what_it_is_and_an_unknown_one_is_kept_by_name(intake: Intake) -> None:
    taken = take(
        intake,
        message(
            {"device": {"serial": "EX0002"}},
            {"device": {"mac": "02:00:00:00:00:02"}},
            {"device": {"serial": "NEW-1"}},
            {"access_point": "lab-999"},
            {},
        ),
    )
    assert stored(taken) == [
        "lab-002",
        "lab-002",
        "unknown/gw-lab/NEW-1",
        "unknown/gw-lab/lab-999",
        "unknown/gw-lab/nameless",
    ]
    assert [name for name, _ in taken.unknown] == stored(taken)[2:]


def test_a_device_of_another_site_is_unknown_to_this_gateway(intake: Intake) -> None:
    taken = take(intake, message({"device": {"serial": "EX0002"}}, agent="other-001"), agent="other-001")
    assert stored(taken) == ["unknown/other-001/EX0002"]


def test_a_retained_frame_is_refused(intake: Intake) -> None:
    taken = take(intake, message({"access_point": "lab-001"}), is_retained=True)
    assert (taken.key, stored(taken), reasons(taken)) == (None, [], ["retained"])


def test_a_frame_beyond_use_still_says_which_it_claims_to_be(intake: Intake) -> None:
    taken = take(intake, message(version=9))
    assert (taken.key, taken.frame, reasons(taken)) == (KEY, None, ["unsupported_version"])


def test_a_report_of_2100_is_refused_and_its_neighbour_kept(intake: Intake) -> None:
    taken = take(
        intake, message({"access_point": "lab-001", "observed_at": "2100-01-01T00:00:00Z"}, {"access_point": "lab-002"})
    )
    assert (stored(taken), reasons(taken)) == (["lab-002"], ["unplaceable"])


def test_a_frame_from_1970_is_placed_and_marked(intake: Intake) -> None:
    report = {"access_point": "lab-001", "observed_at": "1970-01-01T00:00:50Z"}
    payload = message(report, sent_at="1970-01-01T00:01:00Z")
    taken = take(intake, payload)
    assert taken.corrections == ["clock"]
    assert taken.frame is not None
    (report,) = taken.frame.reports
    assert report.is_clock_corrected
    assert report.observed_at == datetime(2026, 5, 2, 11, 59, 50, tzinfo=UTC)


def test_probes_are_placed_with_the_report_that_brought_them_and_never_after_it(intake: Intake) -> None:
    times = ["1970-01-01T00:00:40Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", None]
    probes = [{"kind": "portal", "target": str(n), "observed_at": at} for n, at in enumerate(times)]
    report = {"access_point": "lab-001", "observed_at": "1970-01-01T00:00:50Z", "probes": probes}
    taken = take(intake, message(report, sent_at="1970-01-01T00:01:00Z"))
    ((_, reading),) = taken.readings
    placed = [probe.observed_at for probe in reading.report.probes]
    assert placed[:2] == [datetime(2026, 5, 2, 11, 59, 40, tzinfo=UTC), datetime(2026, 5, 2, 11, 59, 50, tzinfo=UTC)]
    assert placed[2] is not None
    assert placed[2].year < 100
    assert placed[3] is None
    assert taken.frame is not None
    (table,) = (table for table in TABLES if table.name == "probes")
    (column,) = (column for column in table.columns if column.name == "observed_at")
    stored_at = [column.value(row) for row in table.rows(taken.frame)]
    assert stored_at == [*placed[:3], reading.observed_at]


def test_unknown_fields_are_counted_as_a_correction(intake: Intake) -> None:
    taken = take(intake, message({"access_point": "lab-001", "mood": "good"}))
    assert (stored(taken), taken.corrections) == (["lab-001"], ["unknown_field"])


def test_an_empty_frame_is_stored_so_that_its_agent_can_forget_it(intake: Intake) -> None:
    taken = take(intake, message())
    assert taken.frame is not None
    assert reasons(taken) == []


def test_what_happened_to_a_device_happened_at_the_place_where_it_hangs(intake: Intake) -> None:
    happened = {"kind": "access_point_down", "occurred_at": NOW.isoformat()}
    devices = [{"mac": "02:00:00:00:00:02"}, {"name": "nobody's"}]
    events = [happened | {"device": device} for device in devices]
    taken = take(intake, message(events=[*events, happened | {"access_point": "lab-001", "device": devices[0]}]))
    assert taken.frame is not None
    assert [stored.event.access_point for stored in taken.frame.events] == ["lab-002", None, "lab-001"]
