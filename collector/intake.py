"""From a message to what of it will be stored: decode, identify, place in time. Pure; used by the pipeline.

Nothing is guessed and nothing vanishes: what is not taken comes out as a refusal with its reason.
"""

from dataclasses import dataclass, field
from datetime import datetime

from pydantic_core import to_json

from agent.wire import (
    VERSION,
    DecodedFrame,
    DecodeError,
    Device,
    Frame,
    Report,
    SequenceRange,
    Topic,
    decode_frame,
    encode,
    topic_for,
)
from collector.clocks import Correction, UnplaceableError, correction_for, place
from collector.readings import Reading, with_probes_in_time
from collector.redaction import mask_addresses, redact
from collector.state.quarantine import MAX_PAYLOAD_BYTES, Refusal
from collector.stores import FrameKey, StoredEvent, StoredFrame, StoredReport
from inventory import Inventory

UNKNOWN_PREFIX = "unknown/"
"""Begins the name under which the points of a device without a place are kept; no access point's id has a slash."""


@dataclass(slots=True)
class Taken:
    """What came of one message. `key` is the frame it was or claimed to be; `frame` is None where nothing is stored."""

    key: FrameKey | None = None
    frame: StoredFrame | None = None
    readings: list[tuple[str, Reading]] = field(default_factory=list)
    unknown: list[tuple[str, Report]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    corrections: list[str] = field(default_factory=list)


class Intake:
    """Takes messages in for one inventory."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory

    def knows(self, agent: str) -> bool:
        """Whether the inventory has this agent, or an access point of its name."""
        return agent in self._inventory.agents or agent in self._inventory.access_points

    def take(self, topic: Topic, payload: bytes, received_at: datetime, *, is_retained: bool) -> Taken:
        """Judge one message on a frame topic."""
        message = _Message(topic, payload, received_at)
        if is_retained:
            return Taken(
                refusals=[message.refuse("retained", "a retained frame is an old one; nobody of ours sends them")]
            )
        try:
            decoded = decode_frame(payload)
        except DecodeError as error:
            return Taken(_claimed(topic, error.claims), refusals=[message.refuse(error.reason, error.detail)])
        frame = decoded.frame
        taken = Taken(FrameKey(topic.agent, frame.boot_id, frame.sequence))
        if frame.agent != topic.agent:
            taken.refusals.append(message.refuse("wrong_agent", f"says it is from {frame.agent}"))
            return taken
        try:
            correction = correction_for(frame, received_at)
        except UnplaceableError as error:
            taken.refusals.append(message.refuse("unplaceable", str(error)))
            return taken
        self._sort_out(decoded, correction, message, taken)
        return taken

    def _sort_out(self, decoded: DecodedFrame, correction: Correction, message: "_Message", taken: Taken) -> None:
        frame = decoded.frame
        for refused in decoded.refused:
            taken.refusals.append(message.refuse("invalid", refused.detail, refused.raw))
        if decoded.unknown_fields:
            taken.corrections.append("unknown_field")
        if correction.is_needed:
            taken.corrections.append("clock")
        reports = self._reports(frame, correction, message, taken)
        events = self._events(frame, correction, message, taken)
        is_stored = bool(reports or events) or not taken.refusals
        if taken.key is not None and is_stored:
            taken.frame = StoredFrame(taken.key, message.received_at, tuple(reports), tuple(events))

    def _reports(self, frame: Frame, correction: Correction, message: "_Message", taken: Taken) -> list[StoredReport]:
        stored = []
        for report in frame.reports:
            try:
                observed_at = place(report.observed_at, correction, message.received_at)
                access_point = self._identify(message.topic.agent, report)
            except (UnplaceableError, NotAllowedError) as error:
                reason = "not_allowed" if isinstance(error, NotAllowedError) else "unplaceable"
                taken.refusals.append(message.refuse(reason, str(error), encode(report)))
                continue
            if access_point.startswith(UNKNOWN_PREFIX):
                taken.unknown.append((access_point, report))
            else:
                timed = with_probes_in_time(report, observed_at)
                reading = Reading(timed, observed_at, message.received_at, message.topic.agent)
                taken.readings.append((access_point, reading))
            stored.append(StoredReport(access_point, observed_at, correction.is_needed, report))
        return stored

    def _events(self, frame: Frame, correction: Correction, message: "_Message", taken: Taken) -> list[StoredEvent]:
        stored = []
        for event in frame.events:
            try:
                occurred_at = place(event.occurred_at, correction, message.received_at)
                if event.access_point is not None:
                    self._check_allowed(message.topic.agent, event.access_point)
                elif event.device is not None:
                    found = self._find(message.topic.agent, event.device)
                    event = event.model_copy(update={"access_point": found})  # noqa: PLW2901  # the event, with its place
            except (UnplaceableError, NotAllowedError) as error:
                reason = "not_allowed" if isinstance(error, NotAllowedError) else "unplaceable"
                taken.refusals.append(message.refuse(reason, str(error), encode(event)))
                continue
            stored.append(StoredEvent(message.topic.agent, occurred_at, event))
        return stored

    def _identify(self, agent: str, report: Report) -> str:
        """The access point a report is about, or the name of an unknown device. Raises NotAllowedError."""
        if report.access_point is not None:
            if report.access_point not in self._inventory.access_points:
                return f"{UNKNOWN_PREFIX}{agent}/{report.access_point}"
            self._check_allowed(agent, report.access_point)
            return report.access_point
        device = report.device
        if device is None:
            return f"{UNKNOWN_PREFIX}{agent}/nameless"
        found = self._find(agent, device)
        return found or f"{UNKNOWN_PREFIX}{agent}/{device.serial or device.mac or device.name or 'nameless'}"

    def _find(self, agent: str, device: Device) -> str | None:
        return self._inventory.find_access_point(agent, serial=device.serial, mac=device.mac, name=device.name)

    def _check_allowed(self, agent: str, access_point: str) -> None:
        """For a place that nobody knows, anybody may speak. Raises NotAllowedError."""
        is_known = access_point in self._inventory.access_points
        if is_known and not self._inventory.may_speak_for(agent, access_point):
            raise NotAllowedError(f"{agent} may not speak for {access_point}")


class NotAllowedError(Exception):
    """An agent spoke for an access point that is not its own."""


@dataclass(frozen=True, slots=True)
class _Message:
    topic: Topic
    payload: bytes
    received_at: datetime

    def refuse(self, reason: str, detail: str, part: bytes | None = None) -> Refusal:
        """A refusal of the message, or of a part of it."""
        payload = self.payload if part is None else part
        topic, agent = topic_for(*self.topic), self.topic.agent
        return refuse(reason, detail, payload, self.received_at, topic=topic, agent=agent)


def refuse(
    reason: str, detail: str, payload: bytes, seen_at: datetime, *, topic: str, agent: str | None = None
) -> Refusal:
    """A refusal, without what might name a person."""
    return Refusal(
        reason=reason,
        detail=mask_addresses(detail),
        topic=mask_addresses(topic),
        agent=agent,
        payload=redact(payload)[:MAX_PAYLOAD_BYTES],
        payload_bytes=len(payload),
        seen_at=seen_at,
    )


def refused_by_store(frame: StoredFrame, detail: str) -> Refusal:
    """A refusal of a frame that the store does not take; the defect is ours, so all of it is kept."""
    key = frame.key
    document = to_json(
        {
            "version": VERSION,
            "agent": key.agent,
            "boot_id": key.boot_id,
            "sequence": key.sequence,
            "reports": [stored.report.model_dump(exclude_defaults=True) for stored in frame.reports],
            "events": [stored.event.model_dump(exclude_defaults=True) for stored in frame.events],
        }
    )
    payload = redact(document)
    topic = topic_for(key.agent, "frame")
    return Refusal("store", detail[:400], topic, key.agent, payload, len(payload), frame.received_at)


def _claimed(topic: Topic, claims: SequenceRange | None) -> FrameKey | None:
    return None if claims is None else FrameKey(topic.agent, claims.boot_id, claims.first)
