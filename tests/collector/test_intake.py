"""Intake: what of a message is stored, under whose name, and what is refused with which reason."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from harness import INVENTORY

from agent.wire import AgentHealth, Topic, decode_frame, pack
from collector.fleet import HeardHealth
from collector.intake import Intake, Taken, moved, refused_by_store
from collector.points import TABLES, microseconds, rows_of
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
    times = ["1970-01-01T00:00:40Z", "9999-12-31T23:59:59Z", None]
    probes = [{"kind": "portal", "target": str(n), "observed_at": at} for n, at in enumerate(times)]
    report = {"access_point": "lab-001", "observed_at": "1970-01-01T00:00:50Z", "probes": probes}
    taken = take(intake, message(report, sent_at="1970-01-01T00:01:00Z"))
    ((_, reading),) = taken.readings
    placed = [probe.observed_at for probe in reading.report.probes]
    assert placed[:2] == [datetime(2026, 5, 2, 11, 59, 40, tzinfo=UTC), datetime(2026, 5, 2, 11, 59, 50, tzinfo=UTC)]
    assert placed[2] == reading.observed_at
    assert taken.frame is not None
    (table,) = (table for table in TABLES if table.name == "probes")
    column = [column.name for column in table.columns].index("observed_at")
    assert [row[column] for row in rows_of(taken.frame)[table.name]] == [
        microseconds(at) for at in placed if at is not None
    ]


def test_unknown_fields_are_counted_as_a_correction(intake: Intake) -> None:
    taken = take(intake, message({"access_point": "lab-001", "mood": "good"}))
    assert (stored(taken), taken.corrections) == (["lab-001"], ["unknown_field"])


def test_an_empty_frame_is_stored_so_that_its_agent_can_forget_it(intake: Intake) -> None:
    taken = take(intake, message())
    assert taken.frame is not None
    assert reasons(taken) == []


HEALTH = {"spooled_frames": 3, "cpu_seconds": 0.5}


def test_health_is_of_the_instant_at_which_it_was_gathered_whatever_the_agents_clock_says(intake: Intake) -> None:
    taken = take(intake, message(health=HEALTH))
    assert taken.health == HeardHealth(NOW, AgentHealth(spooled_frames=3, cpu_seconds=0.5))
    assert (stored(taken), taken.corrections, reasons(taken)) == ([], [], [])
    assert taken.frame is not None
    clocks = {"sampled_at": "1970-01-01T00:01:00Z", "sampled_monotonic_seconds": 60.0, "sent_monotonic_seconds": 70.0}
    taken = take(intake, message(health=HEALTH, sent_at="1970-01-01T00:01:10Z", **clocks))
    assert taken.health is not None
    assert taken.health.at == NOW - timedelta(seconds=10)
    assert moved(taken, taken.offset + timedelta(minutes=1)).health == taken.health


def test_health_of_the_past_and_of_an_agent_that_nobody_knows_is_left_out(intake: Intake) -> None:
    topic = Topic("gw-lab", "backlog")
    (taken,) = intake.take_bundle(topic, pack([message(health=HEALTH)]), NOW, is_retained=False)
    assert taken.health is None
    assert taken.frame is not None
    stranger = take(intake, message(agent="gw-other", health=HEALTH), agent="gw-other")
    assert stranger.health is None
    late = take(intake, message(health=HEALTH, sampled_at=(NOW - timedelta(hours=1)).isoformat()))
    assert late.health is not None
    assert late.health.at == NOW - timedelta(hours=1)


def test_a_part_that_is_refused_is_kept_without_its_agents_health(intake: Intake) -> None:
    taken = take(intake, message({"access_point": "other-001"}, {"access_point": "lab-001"}, health=HEALTH))
    assert (stored(taken), reasons(taken)) == (["lab-001"], ["not_allowed"])
    assert taken.health is not None
    assert b"spooled" not in taken.refusals[0].payload


def test_what_happened_to_a_device_happened_at_the_place_where_it_hangs(intake: Intake) -> None:
    happened = {"kind": "access_point_down", "occurred_at": NOW.isoformat()}
    devices = [{"mac": "02:00:00:00:00:02"}, {"name": "nobody's"}]
    events = [happened | {"device": device} for device in devices]
    taken = take(intake, message(events=[*events, happened | {"access_point": "lab-001", "device": devices[0]}]))
    assert taken.frame is not None
    assert [stored.event.access_point for stored in taken.frame.events] == ["lab-002", None, "lab-001"]


IN_1970 = {"sent_at": "1970-01-01T00:01:00Z"}
REPORT_OF_1970 = {"access_point": "lab-001", "observed_at": "1970-01-01T00:00:50Z"}


def test_a_part_is_refused_as_a_frame_with_it_alone_and_a_whole_frame_as_it_came(intake: Intake) -> None:
    event = {"kind": "link_down", "occurred_at": NOW.isoformat(), "access_point": "other-001"}
    bad = {"access_point": "lab-001", "clients": -1}
    payload = message(bad, {"access_point": "other-001"}, {"access_point": "lab-001"}, events=[event, {"kind": 7}])
    taken = take(intake, payload)
    assert [(refusal.part, refusal.reason) for refusal in taken.refusals] == [
        ("report", "invalid"),
        ("event", "invalid"),
        ("report", "not_allowed"),
        ("event", "not_allowed"),
    ]
    assert not any(refusal.is_cut for refusal in taken.refusals)
    report, event_as_kept = (json.loads(taken.refusals[number].payload) for number in (2, 3))
    header = {"version": 1, "agent": "gw-lab", "boot_id": "00c0ffee", "sequence": 3, "sent_at": "2026-05-02T12:00:00Z"}
    at = {"observed_at": "2026-05-02T12:00:00Z"}
    assert report == header | {"reports": [{"access_point": "other-001"} | at]}
    assert event_as_kept == header | {"events": [event | {"occurred_at": at["observed_at"]}]}
    (whole,) = take(intake, message({"access_point": "lab-001"}, version=9)).refusals
    assert (whole.part, json.loads(whole.payload)["version"]) == ("frame", 9)


def test_a_frame_that_is_sent_again_is_refused_as_the_same(intake: Intake) -> None:
    def digests(**header: object) -> list[str]:
        payload = message({"access_point": "other-001"}, {"access_point": "other-001", "clients": 1}, **header)
        return [refusal.digest for refusal in take(intake, payload).refusals]

    again = {"sent_at": (NOW + timedelta(seconds=40)).isoformat(), "is_resent": True}
    assert digests() == digests(**again)
    assert len(set(digests())) == 2
    assert digests(version=9) == digests(version=9, **again)
    for other in (digests(sequence=4), digests(boot_id="00c0ffef"), digests(version=9), digests(version=9, sequence=4)):
        assert not set(other) & set(digests())


def test_what_claims_to_be_no_frame_is_the_same_where_it_reads_the_same(intake: Intake) -> None:
    one, same, other = (take(intake, payload).refusals[0] for payload in (b"{rubbish", b"{rubbish", b"{rubbisj"))
    assert one.digest == same.digest != other.digest


@pytest.mark.parametrize(
    ("payload", "is_cut"),
    [
        (b"x" * 200, False),
        (b"x" * 201, True),
        (b"[" * 100_000, True),
        (b'{"a": 1, "b": "%b"}' % (b"x" * 100_000), False),  # what nobody knows would be ignored
        (message({"access_point": "lab-001"}, agent="gw-other"), False),
        (message(*[{"access_point": "lab-001"}] * 900, agent="gw-other"), False),
        (message(*[{"access_point": "lab-001", "device": {"name": "x" * 100}}] * 900, agent="gw-other"), True),
    ],
    ids=["short text", "long text", "deep", "strange", "frame", "large frame", "too large a frame"],
)
def test_a_refusal_says_whether_less_is_kept_than_came(intake: Intake, payload: bytes, is_cut: bool) -> None:
    (refusal,) = take(intake, payload).refusals
    assert refusal.is_cut == is_cut
    assert len(refusal.payload) <= 64 * 1024
    assert refusal.payload_bytes == len(payload)


def test_a_bundle_is_taken_line_by_line(intake: Intake) -> None:
    frames = [message({"access_point": "lab-001"}, sequence=number) for number in (1, 2, 3)]
    frames[1] = b'{"version": 1, "boot_id": "00c0ffee", "sequence": 2, "reports": ['
    for payload in (pack(frames), gzip.compress(b"\n".join(frames))):
        taken = intake.take_bundle(Topic("gw-lab", "backlog"), payload, NOW, is_retained=False)
        assert [each.key for each in taken] == [FrameKey("gw-lab", "00c0ffee", number) for number in (1, 2, 3)]
        assert [stored(each) for each in taken] == [["lab-001"], [], ["lab-001"]]
        assert [reasons(each) for each in taken] == [[], ["not_json"], []]
        alone = take(intake, frames[1])
        assert taken[1].refusals[0] == alone.refusals[0]  # the same wherever it comes


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (gzip.compress(message({}), mtime=0)[:-9], "corrupt"),
        (b"\x1f\x8bnonsense", "corrupt"),
        (b"", "invalid"),
        (b"\n" * 5000, "too_large"),
        (gzip.compress(bytes(50_000_000), mtime=0), "too_large"),
    ],
    ids=["cut", "no gzip", "empty", "many lines", "bomb"],
)
def test_a_bundle_that_cannot_be_taken_apart_is_one_refusal(intake: Intake, payload: bytes, reason: str) -> None:
    (taken,) = intake.take_bundle(Topic("gw-lab", "backlog"), payload, NOW, is_retained=False)
    assert (taken.key, taken.frame, reasons(taken)) == (None, None, [reason])
    (refusal,) = taken.refusals
    assert (refusal.part, refusal.topic) == ("message", "wifi/v1/gw-lab/backlog")


def test_a_retained_bundle_is_refused(intake: Intake) -> None:
    (taken,) = intake.take_bundle(Topic("gw-lab", "backlog"), pack([message({})]), NOW, is_retained=True)
    assert (taken.key, stored(taken), reasons(taken)) == (None, [], ["retained"])


def test_a_frame_of_a_wrong_clock_can_be_placed_where_it_was_before(intake: Intake) -> None:
    probes = [{"kind": "portal", "observed_at": "1970-01-01T00:00:40Z"}]
    reports = [REPORT_OF_1970 | {"probes": probes}, {"observed_at": "1970-01-01T00:00:49Z"}]
    events = [{"kind": "started", "occurred_at": "1970-01-01T00:00:48Z"}]
    payload = message(*reports, {"access_point": "other-001"}, events=events, **IN_1970)
    first = take(intake, payload)
    assert first.offset == NOW - datetime(1970, 1, 1, 0, 1, tzinfo=UTC)
    assert first.is_clock_suspect
    second = intake.take(Topic("gw-lab", "frame"), payload, NOW + timedelta(seconds=5), is_retained=False)
    assert second.offset == first.offset + timedelta(seconds=5)
    again = moved(second, first.offset)
    assert first.frame is not None
    assert again.frame is not None
    assert again.frame.received_at == NOW + timedelta(seconds=5)
    assert (again.frame.reports, again.frame.events) == (first.frame.reports, first.frame.events)
    assert [reading.probes for _, reading in again.readings] == [reading.probes for _, reading in first.readings]
    assert [name for name, _ in again.readings] == ["lab-001"]
    assert again.unknown == first.unknown
    assert (again.key, again.corrections, again.offset) == (first.key, first.corrections, first.offset)
    assert [refusal.digest for refusal in again.refusals] == [refusal.digest for refusal in first.refusals]


def test_moved_by_nothing_it_is_the_same_and_moved_by_zero_it_is_no_correction(intake: Intake) -> None:
    taken = take(intake, message({"access_point": "lab-001"}, sent_at=(NOW + timedelta(seconds=61)).isoformat()))
    assert taken.corrections == ["clock"]
    assert moved(taken, taken.offset) is taken
    again = moved(taken, timedelta(0))
    assert again.frame is not None
    assert again.corrections == []
    assert [(report.observed_at, report.is_clock_corrected) for report in again.frame.reports] == [(NOW, False)]


def test_what_another_offset_puts_where_it_cannot_be_is_refused_as_it_came(intake: Intake) -> None:
    taken = take(intake, message(REPORT_OF_1970, **IN_1970))
    again = moved(taken, timedelta(days=1))
    assert (again.frame, again.readings, reasons(again)) == (None, [], ["unplaceable"])
    replayed = take(intake, again.refusals[0].payload)
    assert replayed.frame == taken.frame
    assert replayed.offset == taken.offset


@pytest.mark.parametrize("header", [{}, IN_1970], ids=["right clock", "of 1970"])
def test_what_the_store_refuses_is_kept_so_that_it_lands_at_the_same_place_again(
    intake: Intake, header: dict[str, object]
) -> None:
    report = REPORT_OF_1970 if header else {"access_point": "lab-001"}
    taken = take(
        intake, message(report, {"access_point": "lab-002"} | ({} if not header else REPORT_OF_1970), **header)
    )
    assert taken.frame is not None
    whole = refused_by_store(taken.frame, "a value it cannot hold")
    assert (whole.reason, whole.part, whole.detail) == ("store", "frame", "a value it cannot hold")
    assert take(intake, whole.payload).frame == taken.frame
    one = refused_by_store(taken.frame, "a value it cannot hold", taken.frame.reports[1])
    assert (one.reason, one.part) == ("store", "report")
    replayed = take(intake, one.payload).frame
    assert replayed is not None
    assert replayed.reports == taken.frame.reports[1:]
    assert whole.digest != one.digest


def test_a_serial_that_is_the_devices_mac_is_kept(intake: Intake) -> None:
    device = {"serial": "AC0011223344", "mac": "ac:00:11:22:33:44", "name": "ac0011223344"}
    (refusal,) = take(intake, message({"access_point": "other-001", "device": device})).refusals
    (report,) = decode_frame(refusal.payload).frame.reports
    assert report.device is not None
    assert (report.device.serial, report.device.name) == ("AC0011223344", "[mac]")


def test_text_that_was_too_long_stays_so(intake: Intake) -> None:
    event = {"kind": "started", "occurred_at": NOW.isoformat(), "text": "x" * 900}
    (refusal,) = take(intake, message(events=[event, {"kind": "started", "occurred_at": NOW.isoformat()}])).refusals
    assert reasons(take(intake, refusal.payload)) == ["invalid"]


def test_what_an_agent_may_speak_for_is_remembered_for_it_alone(intake: Intake) -> None:
    assert stored(take(intake, message({"access_point": "lab-001"}))) == ["lab-001"]
    taken = take(intake, message({"access_point": "lab-001"}, agent="lab-002"), agent="lab-002")
    assert (stored(taken), reasons(taken)) == ([], ["not_allowed"])
    assert stored(take(intake, message({"access_point": "lab-001"}))) == ["lab-001"]


def test_an_instant_of_any_time_zone_is_stored_in_utc(intake: Intake) -> None:
    taken = take(intake, message({"access_point": "lab-001", "observed_at": "2026-05-02T20:59:00+09:00"}))
    assert taken.frame is not None
    (report,) = taken.frame.reports
    assert (report.observed_at, report.observed_at.tzinfo) == (NOW - timedelta(minutes=1), UTC)


def test_a_probe_at_the_beginning_of_the_calendar_hurts_nobody_in_any_time_zone(intake: Intake) -> None:
    probes = [{"kind": "portal", "observed_at": f"0001-01-01T05:00:00{zone}"} for zone in ("+14:00", "-12:00", "Z")]
    for zone in ("+14:00", "-12:00", "Z"):
        at = NOW.strftime("%Y-%m-%dT%H:%M:%S") + zone
        for probe in probes:
            report = {"access_point": "lab-001", "observed_at": at, "probes": [probe]}
            taken = take(intake, message(report, sent_at=at))
            assert reasons(taken) == ["unplaceable"] or [
                kept.at for _, reading in taken.readings for kept in reading.probes
            ] == [stored.observed_at for stored in (taken.frame.reports if taken.frame else ())]
