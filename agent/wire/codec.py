"""Between bytes and models. The agent encodes frames, the collector decodes what anybody may have sent.

A frame is judged as a whole first, which is fast and right for nearly all. Only when that fails is it taken apart:
one bad report does not take its neighbours along, nor does health that cannot be read; and a frame that is beyond use
still tells, where it can, which boot and sequence it claims, so that its sender can be told to stop sending it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json, to_json

from agent.wire.ack import Ack, SequenceRange
from agent.wire.frame import VERSION, AgentHealth, Event, Frame
from agent.wire.identifiers import WireModel
from agent.wire.renewal import Certificate, Renewal
from agent.wire.report import Report
from agent.wire.status import Status

M = TypeVar("M", bound=WireModel)

MAX_FRAME_BYTES = 1024 * 1024
"""The largest frame that is read at all. A report is 0.5 to 2 kB; a site of 500 access points stays below."""


_MAX_ITEMS = 1000
_MAX_MISTAKES = 1000
_HEADER_BYTES = 512


class Reason(StrEnum):
    """Why a message was not taken as it came. The words are labels of metrics and stay as they are."""

    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    UNSUPPORTED_VERSION = "unsupported_version"
    INVALID = "invalid"
    CORRUPT = "corrupt"


class DecodeError(ValueError):
    """A message that cannot be used. `reason` is for counting, `detail` for people; `claims` is the frame that the
    message says it is, where that much could be read."""

    def __init__(self, reason: Reason, detail: str, claims: SequenceRange | None = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.claims = claims


@dataclass(frozen=True, slots=True)
class RefusedReport:
    """One report or event of an otherwise good frame that was left out: its raw JSON, and what is wrong with it."""

    part: Literal["report", "event"]
    raw: bytes
    detail: str


@dataclass(frozen=True, slots=True)
class DecodedFrame:
    """A frame as far as it can be used, what of it could not be, and which of its fields this version does not know;
    `health` among them where it could not be read."""

    frame: Frame
    refused: tuple[RefusedReport, ...] = ()
    unknown_fields: tuple[str, ...] = ()


def encode(message: WireModel) -> bytes:
    """The JSON of a model as UTF-8, without the fields that have nothing to say."""
    return message.model_dump_json(exclude_defaults=True).encode()


def decode_frame(payload: bytes, *, max_bytes: int = MAX_FRAME_BYTES) -> DecodedFrame:
    """Read a frame; raises DecodeError where not even a part of it can be used."""
    _check_size(payload, max_bytes)
    try:
        return DecodedFrame(Frame.model_validate_json(payload, extra="forbid"))
    except ValidationError as error:
        unknown = _unknown_fields(error)
    if unknown:
        try:
            return DecodedFrame(Frame.model_validate_json(payload), unknown_fields=unknown)
        except ValidationError:
            pass  # there is more wrong with it
    return _salvage(payload, unknown)


def decode_ack(payload: bytes) -> Ack:
    """Read an acknowledgement; raises DecodeError."""
    return _decode_small(Ack, payload)


def decode_status(payload: bytes) -> Status:
    """Read an agent's status; raises DecodeError."""
    return _decode_small(Status, payload)


def decode_renewal(payload: bytes) -> Renewal:
    """Read a request for a new certificate; raises DecodeError."""
    return _decode_small(Renewal, payload)


def decode_certificate(payload: bytes) -> Certificate:
    """Read the answer to such a request; raises DecodeError."""
    return _decode_small(Certificate, payload)


def _decode_small(model: type[M], payload: bytes) -> M:
    _check_size(payload, MAX_FRAME_BYTES)
    try:
        return model.model_validate_json(payload)
    except ValidationError as error:
        raise DecodeError(Reason.INVALID, _explain(error)) from error


def _check_size(payload: bytes, max_bytes: int) -> None:
    if len(payload) > max_bytes:
        detail = f"{len(payload)} bytes, at most {max_bytes} are read"
        raise DecodeError(Reason.TOO_LARGE, detail, _claims_of_beginning(payload))


def _unknown_fields(error: ValidationError) -> tuple[str, ...]:
    """The names of unknown fields, without list positions; lists tell the first only."""
    names: dict[str, None] = {}
    for mistake in _mistakes(error):
        if mistake["type"] == "extra_forbidden":
            names[".".join(str(part) for part in mistake["loc"] if not isinstance(part, int))] = None
    return tuple(names)


def _salvage(payload: bytes, unknown: tuple[str, ...]) -> DecodedFrame:
    document = _parse(payload)
    claims = _claims(document)
    if document.get("version") != VERSION:
        version = document.get("version")
        claimed = f"version {version}" if isinstance(version, int) and abs(version) < 1000 else "no version of ours"
        detail = f"{claimed}, this collector reads {VERSION}"
        raise DecodeError(Reason.UNSUPPORTED_VERSION, detail, claims)
    if not _is_health(document.get("health")):
        document, unknown = {**document, "health": None}, (*unknown, "health")
    reports, refused_reports = _sift(Report, document, "report")
    events, refused_events = _sift(Event, document, "event")
    try:
        frame = Frame.model_validate({**document, "reports": reports, "events": events})
    except ValidationError as error:
        raise DecodeError(Reason.INVALID, _explain(error), claims) from error
    refused = refused_reports + refused_events
    if refused and not frame.reports and not frame.events:
        raise DecodeError(Reason.INVALID, refused[0].detail, claims)
    return DecodedFrame(frame, refused, unknown)


def _parse(payload: bytes) -> dict[str, Any]:
    try:
        payload.decode("utf-8")
    except UnicodeDecodeError as error:
        detail = f"byte {error.start} is not UTF-8"
        raise DecodeError(Reason.NOT_UTF8, detail, _claims_of_beginning(payload)) from error
    try:
        document = from_json(payload)
    except ValueError as error:
        raise DecodeError(Reason.NOT_JSON, str(error)[:200], _claims_of_beginning(payload)) from error
    if not isinstance(document, dict):
        raise DecodeError(Reason.INVALID, "not a JSON object")
    return document


def _claims_of_beginning(payload: bytes) -> SequenceRange | None:
    """Which frame a broken message says it is: our agents write that first. Without it the agent would send the
    message again and again, and never could forget it."""
    try:
        document = from_json(payload[:_HEADER_BYTES], allow_partial=True)
    except ValueError:
        return None
    return _claims(document) if isinstance(document, dict) else None


def _claims(document: dict[str, Any]) -> SequenceRange | None:
    try:
        sequence = document.get("sequence")
        return SequenceRange.model_validate({"boot_id": document.get("boot_id"), "first": sequence, "last": sequence})
    except ValidationError:
        return None


def _sift(
    model: type[M], document: dict[str, Any], part: Literal["report", "event"]
) -> tuple[Any, tuple[RefusedReport, ...]]:
    """The valid items of the list of these parts, and the others with what is wrong with each.

    What is not a list, or too long a one, is handed back as it is: the frame's own validation refuses it.
    """
    key = f"{part}s"
    items = document.get(key, ())
    if not isinstance(items, list) or len(items) > _MAX_ITEMS:
        return items, ()
    good, refused = [], []
    for position, item in enumerate(items):
        try:
            good.append(model.model_validate(item))
        except ValidationError as error:
            refused.append(RefusedReport(part, to_json(item), f"{key}[{position}]: {_explain(error)}"))
    return good, tuple(refused)


def _is_health(value: Any) -> bool:
    try:
        AgentHealth.model_validate({} if value is None else value)
    except ValidationError:
        return False
    return True


def _explain(error: ValidationError) -> str:
    """The first mistakes as `field: what is wrong`, without the input, which may be anything."""
    lines = [f"{'.'.join(str(part) for part in m['loc'])}: {m['msg']}" for m in _mistakes(error)[:3]]
    if error.error_count() > len(lines):
        lines.append(f"and {error.error_count() - len(lines)} more")
    return "; ".join(lines)[:400]


def _mistakes(error: ValidationError) -> list[ErrorDetails]:
    """What pydantic found; nothing where it is so much that listing it would take longer than the frame is worth."""
    if error.error_count() > _MAX_MISTAKES:
        return []
    return error.errors(include_url=False, include_context=False, include_input=False)
