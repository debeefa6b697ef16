"""Reads recorded state, a JSON document a line: what agents sent, as somebody has kept it.

What a line is shows by its keys:

- `topic`, `payload` and `tst`: a message with when it was received, as `mosquitto_sub -F %J` writes it
- `observed_at`: a Report, as `hangang-agent once` prints it
- `version` and `sequence`: a Frame, as it is sent, and as `mosquitto_sub -F %p` writes it
- `is_online`: that an agent is connected or not, `at` an instant
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from agent.wire import VERSION, DecodeError, Frame, Report, Status, decode_status, encode, parse_topic
from agent.wire.identifiers import AgentId
from collector.alerts.holding.dates import LAST_YEAR

_NEVER_BOOTED = "00000000"
"""The boot of what a status line does not say."""
_AGENT: TypeAdapter[str] = TypeAdapter(AgentId)
_INSTANT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)
_FORMS = (
    "write a Report with access_point and observed_at, a Frame, a message as mosquitto_sub -F %J has it, or "
    '{"agent": "yeouido-001", "is_online": false, "at": "2026-07-03T19:00:00+09:00"}'
)


class RecordingError(ValueError):
    """A line that cannot be used. The message names it, and says what to do."""

    def __init__(self, number: int, problem: str) -> None:
        super().__init__(f"line {number}: {problem}")


@dataclass(frozen=True, slots=True)
class Line:
    """What an agent sent: a frame as it was sent, or a report by itself, or its status. `said_at` is when that was by
    the line itself: when it was received where `is_receipt` says so, and else by the agent's own clock."""

    number: int
    agent: str
    said_at: datetime
    content: bytes | Report | Status
    is_receipt: bool = False


def read_lines(lines: Iterable[bytes]) -> Iterator[Line]:
    """The lines of a recording, but those that are empty and messages that are not for a collector. Raises
    RecordingError."""
    for number, text in enumerate(lines, start=1):
        if text.strip():
            line = _read(number, text)
            if line is not None:
                yield replace(line, said_at=_in_utc(number, line.said_at))


def _in_utc(number: int, instant: datetime) -> datetime:
    """The clock of a recording goes as far as the calendar of people does; an agent's that is further has none."""
    if instant.year > LAST_YEAR:
        raise RecordingError(number, f"is of the year {instant.year}; correct or remove the line")
    try:
        return instant.astimezone(UTC)
    except OverflowError:  # in the year 1
        return datetime.min.replace(tzinfo=UTC)


def _read(number: int, text: bytes) -> Line | None:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise RecordingError(number, "is no JSON; remove it, or record without a display format of your own") from error
    if not isinstance(document, dict):
        raise RecordingError(number, f"is no JSON object; {_FORMS}")
    try:
        if document.keys() >= {"topic", "payload"}:
            return _message(number, document)
        if "sequence" in document and "version" in document:
            return _frame(number, text)
        if "observed_at" in document:
            return _report(number, text)
        if "is_online" in document:
            return _status(number, document)
    except ValidationError as error:
        raise RecordingError(number, f"{_first_of(error)}; correct or remove the line") from error
    except DecodeError as error:
        raise RecordingError(number, f"{error.detail}; correct or remove the line") from error
    raise RecordingError(number, f"is nothing that an agent sends; {_FORMS}")


def _message(number: int, document: dict[str, Any]) -> Line | None:
    """A message of any topic; those that are not frames or statuses are left out."""
    topic = parse_topic(str(document["topic"]))
    if topic is None or topic.kind not in {"frame", "status"} or document["payload"] is None:
        return None
    received_at = _received_at(number, document.get("tst"))
    payload = json.dumps(document["payload"]).encode()
    if topic.kind == "status":
        return Line(number, topic.agent, received_at, decode_status(payload), is_receipt=True)
    return None if document.get("retain") else Line(number, topic.agent, received_at, payload, is_receipt=True)


def _received_at(number: int, text: object) -> datetime:
    """Mosquitto writes `2026-07-03T19:00:00.123456Z+0900`: local time, whatever its Z says."""
    try:
        return _INSTANT.validate_python(str(text).replace("Z+", "+").replace("Z-", "-"))
    except ValidationError as error:
        problem = "does not say in tst when it was received; record with mosquitto_sub -F %J"
        raise RecordingError(number, problem) from error


def _frame(number: int, text: bytes) -> Line:
    frame = Frame.model_validate_json(text)
    return Line(number, frame.agent, frame.sent_at, text)


def _report(number: int, text: bytes) -> Line:
    """What a report by itself does not say is who sent it: the access point itself, as far as is known."""
    report = Report.model_validate_json(text)
    if report.access_point is None:
        raise RecordingError(number, "names no access point; add access_point, or record what the broker has")
    return Line(number, report.access_point, report.observed_at, report)


def _status(number: int, document: dict[str, Any]) -> Line:
    if "at" not in document:
        remedy = "add at, or record with mosquitto_sub -F %J, which writes when it was received"
        raise RecordingError(number, f"does not say when the agent came or went; {remedy}")
    agent, at = _AGENT.validate_python(document.get("agent")), _INSTANT.validate_python(document["at"])
    is_online = document["is_online"]
    if not isinstance(is_online, bool):
        raise RecordingError(number, "is_online must be true or false; correct it")
    return Line(
        number, agent, at, Status(version=VERSION, agent=agent, boot_id=_NEVER_BOOTED, is_online=is_online, since=at)
    )


def framed(report: Report, agent: str, number: int, received_at: datetime) -> bytes:
    """A report by itself as the frame in which it would have come."""
    return encode(
        Frame(
            version=VERSION,
            agent=agent,
            boot_id=_NEVER_BOOTED,
            sequence=number,
            sent_at=received_at,
            reports=(report,),
        )
    )


def _first_of(error: ValidationError) -> str:
    mistake = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in mistake["loc"])
    return f"{place}: {mistake['msg']}" if place else str(mistake["msg"])
