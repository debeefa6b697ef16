"""Lines of a recording: what each is, when it came, and which are refused with what remedy."""

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from evenings import SEVEN, at, frame, report, status
from harness import Mosquitto, program

from agent.wire import Frame, Report, Status, encode, topic_for
from collector.simulating.arrivals import arrivals
from collector.simulating.recording import Line, RecordingError, read_lines

FRAME = Frame.model_validate(
    {
        "version": 1,
        "agent": "gw-yeouido",
        "boot_id": "0123456789abcdef",
        "sequence": 7,
        "sent_at": SEVEN,
        "reports": [{"access_point": "yeouido-001", "observed_at": SEVEN}],
    }
)


def read(*documents: Any) -> list[Line]:
    return list(read_lines(json.dumps(document).encode() for document in documents))


def test_each_form_is_known_by_its_keys() -> None:
    lines = read(report(1, 0)[1], status(2, 1, is_online=False)[1], json.loads(encode(FRAME)), frame("gw-a", 2)[1])
    assert [(line.number, line.agent, line.said_at, line.is_receipt) for line in lines] == [
        (1, "yeouido-001", SEVEN, False),
        (2, "yeouido-002", at(1), False),
        (3, "gw-yeouido", SEVEN, False),
        (4, "gw-a", at(2), True),
    ]
    assert [type(line.content) for line in lines] == [Report, Status, bytes, bytes]


def test_empty_lines_and_what_is_not_for_a_collector_are_left_out() -> None:
    message = {"tst": "2026-07-03T10:00:00.000000Z+0000", "retain": 0, "payload": {}}
    ack, others = {**message, "topic": topic_for("gw-a", "ack")}, {**message, "topic": "zigbee/lamp"}
    retained = {**frame("gw-a", 0)[1], "retain": 1}
    assert list(read_lines([b"\n", b"  \n", *(json.dumps(each).encode() for each in (ack, others, retained))])) == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"{", "line 1: is no JSON; remove it"),
        (b"[1]", "line 1: is no JSON object; write a Report"),
        (b'{"a": 1}', "line 1: is nothing that an agent sends; write a Report"),
        (b'{"observed_at": "2026-07-03T19:00:00+09:00"}', "line 1: names no access point; add access_point"),
        (b'{"observed_at": "2026-07-03T19:00:00", "access_point": "a"}', "line 1: observed_at: "),
        (b'{"observed_at": "9999-12-31T23:00:00Z", "access_point": "a"}', "line 1: is of the year 9999; correct"),
        (b'{"agent": "a", "is_online": false}', "line 1: does not say when the agent came or went; add at"),
        (b'{"agent": "A!", "is_online": false, "at": "2026-07-03T19:00:00Z"}', "line 1: String should match"),
        (b'{"agent": "a", "is_online": 0, "at": "2026-07-03T19:00:00Z"}', "line 1: is_online must be true or false"),
        (b'{"version": 1, "sequence": 0}', "line 1: agent: Field required"),
        (b'{"topic": "wifi/v1/a/frame", "payload": {}}', "line 1: does not say in tst when it was received; record"),
        (
            b'{"topic": "wifi/v1/a/status", "payload": {}, "tst": "2026-07-03T19:00:00Z+0900"}',
            "line 1: version: Field required",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_line_and_a_remedy(line: bytes, told: str) -> None:
    with pytest.raises(RecordingError) as caught:
        list(read_lines([line]))
    assert str(caught.value).startswith(told)


def test_mosquitto_writes_the_local_time_of_where_it_runs() -> None:
    message = frame("gw-a", 0)[1] | {"tst": "2026-07-03T19:00:00.500000Z+0900"}
    assert read(message)[0].said_at == SEVEN + timedelta(seconds=0.5)


def when(*minutes_of: tuple[str, float]) -> list[float]:
    """When lines of these agents, with what each says of the time, came: in minutes."""
    lines = [
        Line(number, agent, at(minute), Status(version=1, agent=agent, boot_id="0" * 8, is_online=True, since=SEVEN))
        for number, (agent, minute) in enumerate(minutes_of, start=1)
    ]
    return [(arrived - SEVEN) / timedelta(minutes=1) for arrived, _ in arrivals(lines)]


@pytest.mark.parametrize(
    ("said", "came"),
    [
        ([("a", 0), ("b", 1), ("a", 2)], [0, 1, 2]),
        ([("a", 5), ("b", 3), ("a", 6)], [5, 5, 6]),
        ([("a", 0), ("b", 9), ("a", 1)], [0, 9, 9]),
        ([("a", 0), ("b", 600), ("b", 601), ("a", 1), ("c", 2)], [0, 0, 0, 1, 2]),
        ([("a", 0), ("b", 600), ("a", 600.5)], [0, 600, 600.5]),
        ([("a", -9_999_999), ("b", 0), ("c", 1)], [-9_999_999, 0, 1]),
        ([("a", 9_999_999), ("b", 0), ("c", 1)], [0, 0, 1]),
        ([], []),
    ],
)
def test_the_clock_goes_by_what_lines_agree_on(said: list[tuple[str, float]], came: list[float]) -> None:
    assert when(*said) == came


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    mosquitto = Mosquitto(tmp_path)
    mosquitto.start()
    yield mosquitto
    mosquitto.kill()


def test_what_mosquitto_sub_records_is_read(broker: Mosquitto) -> None:
    def publish(kind: Any, payload: bytes, *more: str) -> None:
        command = [program("mosquitto_pub"), "-p", str(broker.port), "-q", "1", "-s", *more]
        subprocess.run([*command, "-t", topic_for("gw-yeouido", kind)], input=payload, check=True)

    online = Status(version=1, agent="gw-yeouido", boot_id="0" * 8, is_online=True, since=SEVEN)
    publish("status", encode(online), "-r")
    publish("frame", encode(FRAME), "-r")
    began = datetime.now(UTC)
    command = [program("mosquitto_sub"), "-p", str(broker.port), "-q", "1", "-F", "%J", "-C", "2"]
    topics = ["-t", topic_for("+", "status"), "-t", topic_for("+", "frame")]
    recorded = subprocess.run([*command, *topics], capture_output=True, check=True, timeout=30).stdout
    (line,) = read_lines(recorded.splitlines())  # a retained frame is an old one
    assert (line.content, line.agent, line.is_receipt) == (online, "gw-yeouido", True)
    assert began - timedelta(seconds=1) <= line.said_at <= datetime.now(UTC)
