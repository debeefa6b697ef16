"""The wire: golden frames, and what becomes of frames that are not as they should be."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from agent.wire import (
    MAX_FRAME_BYTES,
    Ack,
    AgentHealth,
    DecodeError,
    Distribution,
    Event,
    Frame,
    Reason,
    Report,
    SequenceRange,
    decode_ack,
    decode_frame,
    encode,
    parse_topic,
    topic_for,
)

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))
NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
HEADER = {"version": 1, "agent": "gw-a", "boot_id": "00c0ffee", "sequence": 3, "sent_at": "2026-05-02T12:00:00Z"}


def frame_bytes(**changes: object) -> bytes:
    return json.dumps({**HEADER, "reports": [{"observed_at": "2026-05-02T12:00:00Z"}]} | changes).encode()


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_frames_of_version_1_are_read_and_written_to_the_byte(path: Path) -> None:
    payload = path.read_bytes().rstrip(b"\n")
    decoded = decode_frame(payload)
    assert decoded.refused == ()
    assert decoded.unknown_fields == ()
    assert encode(decoded.frame) == payload


def test_golden_gateway_frame_means_what_it_says() -> None:
    frame = decode_frame((Path(__file__).parent / "golden" / "gateway.json").read_bytes()).frame
    report = frame.reports[0]
    assert (frame.agent, frame.sequence, frame.is_resent) == ("gw-yeouido", 4211, False)
    assert report.observed_at == datetime(2026, 5, 2, 11, 30, 0, 100_000, UTC)
    assert [radio.band for radio in report.radios] == ["2.4", "5", "6"]
    assert report.radios[2].busy_ratio is None
    assert report.ssids[2].ssid == ""
    assert report.uplink is not None
    assert report.uplink.speed_bits_per_second == 2.5e9
    assert [probe.failure for probe in report.probes] == ["redirected to a login page", None, None, None]
    assert report.radios[0].client_signal_dbm == Distribution(bounds=(-80, -70, -60), counts=(1, 3, 4, 1))
    assert frame.reports[1].clients is None


@pytest.mark.parametrize(
    ("payload", "reason", "claims"),
    [
        (b"{", Reason.NOT_JSON, None),
        (b"", Reason.NOT_JSON, None),
        (b"\xff\xfe{}", Reason.NOT_UTF8, None),
        (b"[]", Reason.INVALID, None),
        (b"[" * 100_000, Reason.NOT_JSON, None),
        (b" " * (MAX_FRAME_BYTES + 1), Reason.TOO_LARGE, None),
        (frame_bytes(version=2), Reason.UNSUPPORTED_VERSION, 3),
        (frame_bytes(version=None), Reason.UNSUPPORTED_VERSION, 3),
        (frame_bytes(agent="Not An Id"), Reason.INVALID, 3),
        (frame_bytes(sequence=0), Reason.INVALID, None),
        (frame_bytes(sent_at="yesterday"), Reason.INVALID, 3),
        (frame_bytes(reports="none"), Reason.INVALID, 3),
        (frame_bytes(reports=[{}] * 1001), Reason.INVALID, 3),
        (frame_bytes(reports=[{"observed_at": "2026-05-02T12:00:00"}]), Reason.INVALID, 3),
    ],
)
def test_what_cannot_be_used_says_why_and_which_frame_it_claims_to_be(
    payload: bytes, reason: Reason, claims: int | None
) -> None:
    with pytest.raises(DecodeError) as caught:
        decode_frame(payload)
    assert caught.value.reason is reason
    assert caught.value.detail
    expected = None if claims is None else SequenceRange(boot_id="00c0ffee", first=claims, last=claims)
    assert caught.value.claims == expected


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-0.1", "1.01"])
def test_a_number_that_cannot_be_costs_its_report_and_no_other(number: str) -> None:
    good = '{"access_point":"a-1","observed_at":"2026-05-02T12:00:00Z"}'
    bad = '{"access_point":"a-2","observed_at":"2026-05-02T12:00:00Z","system":{"cpu_ratio":NUMBER}}'.replace(
        "NUMBER", number
    )
    payload = json.dumps(HEADER)[:-1] + f', "reports": [{good}, {bad}, {good}]}}'
    decoded = decode_frame(payload.encode())
    assert [report.access_point for report in decoded.frame.reports] == ["a-1", "a-1"]
    (refused,) = decoded.refused
    assert b"a-2" in refused.raw
    assert refused.detail.startswith("reports[1]: system.cpu_ratio:")


def test_a_bad_event_does_not_take_the_reports_along() -> None:
    decoded = decode_frame(frame_bytes(events=[{"kind": "Link Down", "occurred_at": "2026-05-02T12:00:00Z"}]))
    assert len(decoded.frame.reports) == 1
    assert decoded.refused[0].detail.startswith("events[0]: kind")


def test_a_frame_of_nothing_but_health_says_how_its_agent_fares() -> None:
    frame = decode_frame((Path(__file__).parent / "golden" / "health.json").read_bytes()).frame
    assert frame.health == AgentHealth(
        spooled_frames=3,
        spooled_bytes=5120,
        dropped_frames=0,
        resident_bytes=40 * 2**20,
        cpu_seconds=12.25,
        uptime_seconds=86_400.5,
    )
    assert (frame.reports, frame.events) == ((), ())


@pytest.mark.parametrize("health", [{}, {"spooled_frames": 0}, {"cpu_seconds": None}, None])
def test_health_tells_as_little_as_it_likes(health: object) -> None:
    decoded = decode_frame(frame_bytes(health=health))
    assert (len(decoded.frame.reports), decoded.unknown_fields) == (1, ())


@pytest.mark.parametrize(
    "health", [{"cpu_seconds": -1}, {"spooled_frames": 2**53 + 1}, {"resident_bytes": "all"}, [], 7]
)
def test_health_that_cannot_be_costs_nothing_but_itself(health: object) -> None:
    decoded = decode_frame(frame_bytes(health=health))
    assert (len(decoded.frame.reports), decoded.refused) == (1, ())
    assert (decoded.frame.health, decoded.unknown_fields) == (None, ("health",))


def test_what_a_later_version_tells_of_health_is_ignored_and_named() -> None:
    decoded = decode_frame(frame_bytes(health={"spooled_frames": 3, "mood": "good"}))
    assert (decoded.frame.health, decoded.unknown_fields) == (AgentHealth(spooled_frames=3), ("health.mood",))


def test_unknown_fields_are_ignored_and_named() -> None:
    reports = [{"observed_at": "2026-05-02T12:00:00Z", "mood": 1, "system": {"fans": 2}}] * 2
    decoded = decode_frame(frame_bytes(reports=reports, colour="red"))
    assert len(decoded.frame.reports) == 2
    assert set(decoded.unknown_fields) == {"reports.mood", "reports.system.fans", "colour"}


@pytest.mark.parametrize("counts", [[1, 2], [1, 2, 3, 4]])
def test_a_distribution_has_a_count_for_each_range(counts: list[int]) -> None:
    with pytest.raises(ValueError, match="one more than bounds"):
        Distribution.model_validate({"bounds": [-80, -70], "counts": counts})


def test_the_ranges_of_a_distribution_ascend() -> None:
    with pytest.raises(ValueError, match="ascend"):
        Distribution(bounds=(-70, -80), counts=(1, 2, 3))


def test_an_error_message_never_repeats_a_value() -> None:
    with pytest.raises(DecodeError) as caught:
        decode_frame(frame_bytes(agent="secret value of somebody"))
    assert "secret" not in caught.value.detail


@pytest.mark.parametrize("text", ["a\x00b", "line\nbreak", "x" * 129])
def test_control_characters_and_endless_names_stay_out(text: str) -> None:
    with pytest.raises(ValidationError):
        Report.model_validate({"observed_at": NOW, "device": {"model": text}})


def test_absent_is_not_written_and_zero_is() -> None:
    report = Report(observed_at=NOW, clients=0)
    assert encode(report) == b'{"observed_at":"2026-05-02T12:00:00Z","clients":0}'


def test_a_frame_of_events_alone_is_a_frame() -> None:
    frame = Frame(
        version=1,
        agent="gw-a",
        boot_id="00c0ffee",
        sequence=1,
        sent_at=NOW,
        events=(Event(kind="agent_started", occurred_at=NOW),),
    )
    assert decode_frame(encode(frame)).frame == frame


def test_acks_are_read_back_and_rubbish_on_their_topic_is_told() -> None:
    ack = Ack(version=1, stored=(SequenceRange(boot_id="00c0ffee", first=1, last=9),))
    assert decode_ack(encode(ack)) == ack
    with pytest.raises(DecodeError):
        decode_ack(b'{"version":1,"stored":"all"}')


def test_topics() -> None:
    assert topic_for("yeouido-017", "frame") == "wifi/v1/yeouido-017/frame"
    assert parse_topic("wifi/v1/yeouido-017/status") == ("yeouido-017", "status")
    assert parse_topic(topic_for("yeouido-017", "backlog")) == ("yeouido-017", "backlog")


@pytest.mark.parametrize(
    "topic",
    [
        "wifi/v1/a/b/frame",
        "wifi/v2/a/frame",
        "wifi/v1//frame",
        "wifi/v1/A/frame",
        "wifi/v1/a/frames",
        "wifi/v1/+/frame",
        "",
    ],
)
def test_topics_that_are_none_of_ours(topic: str) -> None:
    assert parse_topic(topic) is None
