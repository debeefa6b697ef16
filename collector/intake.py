"""From a message to what of it will be stored: decode, identify, place in time. Pure; used by the pipeline.

Nothing is guessed and nothing vanishes: what is not taken comes out as a refusal with its reason. This is on the path
of every report: what is the same for all reports of a frame is found out once.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from agent.wire import (
    VERSION,
    DecodedFrame,
    DecodeError,
    Device,
    Event,
    Frame,
    Report,
    Topic,
    decode_frame,
    encode,
    topic_for,
    unpack,
)
from collector.clocks import Correction, UnplaceableError, correction_by, correction_for, gathered_at, place
from collector.fleet import HeardHealth
from collector.orders.devices_brought import DevicesBrought
from collector.readings import Reading, ReportInFrame, checked_at
from collector.refusals import PartsOfAFrame, refuse
from collector.state.quarantine import Part, Refusal
from collector.stores import FrameKey, StoredEvent, StoredFrame, StoredReport
from inventory import Inventory

UNKNOWN_PREFIX = "unknown/"
"""Begins the name under which the points of a device without a place are kept; no access point's id has a slash."""
_NOWHERE: AbstractSet[str] = frozenset()


@dataclass(slots=True)
class Taken:
    """What came of one message. `key` is the frame it was or claimed to be; `frame` is None where nothing is stored.
    `payload` is what it was read from. `health` is what its agent told of itself, if that is of now. The pipeline notes
    its number of `reports`, and what the store has `prepared`.

    `offset` is what was added to the frame's instants. `is_clock_suspect` says that the agent's clock was so far off
    that the frame, should it come again, might be placed otherwise.
    """

    key: FrameKey | None = None
    frame: StoredFrame | None = None
    readings: list[tuple[str, Reading]] = field(default_factory=list)
    unknown: list[tuple[str, Device]] = field(default_factory=list)
    health: HeardHealth | None = None
    refusals: list[Refusal] = field(default_factory=list)
    corrections: list[str] = field(default_factory=list)
    offset: timedelta = timedelta(0)
    is_clock_suspect: bool = False
    payload: bytes = b""
    reports: int = 0
    prepared: Any = None


class NotAllowedError(Exception):
    """An agent spoke for an access point that is not its own."""


class Intake:
    """Takes messages in for one inventory."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self.brought = DevicesBrought()
        """What orders have brought that the inventory may not have yet: put into its place as orders change."""
        self._places_of: dict[str, set[str]] = {}
        """By agent, the access points beside its own for which it has been found to speak: no more than the inventory
        has."""

    def knows(self, agent: str) -> bool:
        """Whether the inventory has this agent, or an access point of its name."""
        return agent in self._inventory.agents or agent in self._inventory.access_points

    def place_of(self, agent: str, device: Device) -> str | None:
        """The access point at which a device hangs, of those that the agent may speak for: by the inventory, else by
        the order that brought it."""
        place = self._inventory.find_access_point(agent, serial=device.serial, mac=device.mac, name=device.name)
        if place is not None:
            return place
        place = self.brought.place_of(serial=device.serial, mac=device.mac)
        return place if place is not None and self._inventory.may_speak_for(agent, place) else None

    def take(self, topic: Topic, payload: bytes, received_at: datetime, *, is_retained: bool) -> Taken:
        """Judge one message on a frame topic."""
        message = _Message(topic, payload, received_at)
        if is_retained:
            return message.refuse("retained", "a retained frame is an old one; nobody of ours sends them", "frame")
        return self._take_frame(message)

    def take_bundle(self, topic: Topic, payload: bytes, received_at: datetime, *, is_retained: bool) -> list[Taken]:
        """Judge one message on a backlog topic: each line by itself, as the frame that it would be on a frame topic. A
        bundle that cannot be taken apart is one refusal."""
        message = _Message(topic, payload, received_at)
        if is_retained:
            return [message.refuse("retained", "a retained bundle is an old one; nobody of ours sends them")]
        try:
            lines = unpack(payload)
        except DecodeError as error:
            return [message.refuse(error.reason, error.detail)]
        line_topic = Topic(topic.agent, "frame")
        return [self._take_frame(_Message(line_topic, line, received_at, is_live=False)) for line in lines]

    def _take_frame(self, message: "_Message") -> Taken:
        agent = message.topic.agent
        try:
            decoded = decode_frame(message.payload)
        except DecodeError as error:
            claims = error.claims
            key = None if claims is None else FrameKey(agent, claims.boot_id, claims.first)
            return message.refuse(error.reason, error.detail, "frame", key)
        frame = decoded.frame
        key = FrameKey(agent, frame.boot_id, frame.sequence)
        if frame.agent != agent:
            return message.refuse("wrong_agent", f"says it is from {frame.agent}", "frame", key)
        try:
            correction = correction_for(frame, message.received_at)
        except UnplaceableError as error:
            return message.refuse("unplaceable", str(error), "frame", key)
        taken = Taken(key, offset=correction.offset, is_clock_suspect=correction.is_suspect, payload=message.payload)
        self._sort_out(decoded, correction, message, taken)
        return taken

    def _sort_out(self, decoded: DecodedFrame, correction: Correction, message: "_Message", taken: Taken) -> None:
        frame, key = decoded.frame, taken.key
        assert key is not None  # noqa: S101  # of a frame that could be read
        if frame.health is not None and message.is_live and self.knows(frame.agent):
            taken.health = HeardHealth(gathered_at(frame, message.received_at), frame.health)
        parts = PartsOfAFrame(frame, key, message.received_at)
        for refused in decoded.refused:
            taken.refusals.append(parts.refuse_raw("invalid", refused.detail, refused.raw, refused.part))
        if decoded.unknown_fields:
            taken.corrections.append("unknown_field")
        if correction.is_needed:
            taken.corrections.append("clock")
        reports = self._reports(frame, correction, message, parts, taken) if frame.reports else []
        events = self._events(frame, correction, parts, taken) if frame.events else []
        if reports or events or not taken.refusals:
            taken.frame = StoredFrame(key, message.received_at, tuple(reports), tuple(events))

    def _reports(
        self, frame: Frame, correction: Correction, message: "_Message", parts: PartsOfAFrame, taken: Taken
    ) -> list[StoredReport]:
        agent, payload, received_at = message.topic.agent, message.payload, message.received_at
        its_places, is_corrected = self._places_of.get(agent, _NOWHERE), correction.is_needed
        stored = []
        for position, report in enumerate(frame.reports):
            access_point = report.access_point
            try:
                observed_at = place(report.observed_at, correction)
                if report.probes:
                    _check_times(report, observed_at, correction)
                if access_point is None or access_point not in its_places:
                    access_point = self._identify(agent, report)
            except (UnplaceableError, NotAllowedError) as error:
                reason = "not_allowed" if isinstance(error, NotAllowedError) else "unplaceable"
                taken.refusals.append(parts.refuse(reason, str(error), report))
                continue
            if access_point.startswith(UNKNOWN_PREFIX):
                taken.unknown.append((access_point, report.device or Device(name=report.access_point)))
            else:
                origin = ReportInFrame(payload, position)
                taken.readings.append(
                    (access_point, Reading.of(report, observed_at, received_at, agent, origin=origin))
                )
            stored.append(StoredReport(access_point, observed_at, is_corrected, report))
        return stored

    def _events(self, frame: Frame, correction: Correction, parts: PartsOfAFrame, taken: Taken) -> list[StoredEvent]:
        agent, stored = frame.agent, []
        for event in frame.events:
            try:
                occurred_at = place(event.occurred_at, correction)
                located = self._located(agent, event)
            except (UnplaceableError, NotAllowedError) as error:
                reason = "not_allowed" if isinstance(error, NotAllowedError) else "unplaceable"
                taken.refusals.append(parts.refuse(reason, str(error), event))
                continue
            stored.append(StoredEvent(agent, occurred_at, located))
        return stored

    def _located(self, agent: str, event: Event) -> Event:
        """The event with the place where its device hangs. Raises NotAllowedError."""
        if event.access_point is not None:
            self._check_allowed(agent, event.access_point)
        elif event.device is not None:
            return event.model_copy(update={"access_point": self.place_of(agent, event.device)})
        return event

    def _identify(self, agent: str, report: Report) -> str:
        """The access point a report is about, or the name of an unknown device. Raises NotAllowedError."""
        access_point, device = report.access_point, report.device
        if access_point is not None:
            if access_point not in self._inventory.access_points:
                return f"{UNKNOWN_PREFIX}{agent}/{access_point}"
            self._check_allowed(agent, access_point)
            if access_point != agent:
                self._places_of.setdefault(agent, set()).add(access_point)
            return access_point
        if device is None:
            return f"{UNKNOWN_PREFIX}{agent}/nameless"
        return self.place_of(agent, device) or name_of_unknown(agent, device)

    def _check_allowed(self, agent: str, access_point: str) -> None:
        """For a place that nobody knows, anybody may speak. Raises NotAllowedError."""
        is_known = access_point in self._inventory.access_points
        if is_known and not self._inventory.may_speak_for(agent, access_point):
            raise NotAllowedError(f"{agent} may not speak for {access_point}")


def name_of_unknown(agent: str, device: Device) -> str:
    """Under which the points of a device without a place are kept, by the first thing that it tells of itself."""
    return f"{UNKNOWN_PREFIX}{agent}/{device.serial or device.mac or device.name or 'nameless'}"


def _check_times(report: Report, observed_at: datetime, correction: Correction) -> None:
    """That the times of its probes are none that nothing can be stored at. Raises UnplaceableError."""
    for probe in report.probes:
        if probe.observed_at is not None and checked_at(probe.observed_at, report, observed_at) < correction.earliest:
            raise UnplaceableError(f"a probe was made at {probe.observed_at:%Y-%m-%d %H:%M}, too far back")


def moved(taken: Taken, offset: timedelta) -> Taken:
    """The same frame with its instants moved by another offset than the one that was measured now. What was refused
    stays refused; what the other offset puts into the future or too far back is refused as well."""
    if taken.frame is None or taken.key is None or offset == taken.offset:
        return taken
    frame, correction = taken.frame, correction_by(offset, taken.frame.received_at)
    corrections = [word for word in taken.corrections if word != "clock"]
    if correction.is_needed:
        corrections.append("clock")
    again = Taken(
        taken.key,
        health=taken.health,
        refusals=list(taken.refusals),
        corrections=corrections,
        offset=offset,
        is_clock_suspect=taken.is_clock_suspect,
        payload=taken.payload,
    )
    parts = PartsOfAFrame(_as_it_came(frame, taken.offset), frame.key, frame.received_at)
    readings = iter(taken.readings)
    reports, events = [], []
    for stored in frame.reports:
        report = stored.report
        is_unknown = stored.access_point.startswith(UNKNOWN_PREFIX)
        origin = None if is_unknown else next(readings)[1].origin
        try:
            observed_at = place(report.observed_at, correction)
            _check_times(report, observed_at, correction)
        except UnplaceableError as error:
            again.refusals.append(parts.refuse("unplaceable", str(error), report))
            continue
        if is_unknown:
            again.unknown.append((stored.access_point, report.device or Device(name=report.access_point)))
        else:
            its_origin = origin if isinstance(origin, ReportInFrame) else None
            reading = Reading.of(report, observed_at, frame.received_at, frame.key.agent, origin=its_origin)
            again.readings.append((stored.access_point, reading))
        reports.append(StoredReport(stored.access_point, observed_at, correction.is_needed, report))
    for happened in frame.events:
        try:
            occurred_at = place(happened.event.occurred_at, correction)
        except UnplaceableError as error:
            again.refusals.append(parts.refuse("unplaceable", str(error), happened.event))
            continue
        events.append(StoredEvent(happened.agent, occurred_at, happened.event))
    if reports or events or not again.refusals:
        again.frame = StoredFrame(taken.key, frame.received_at, tuple(reports), tuple(events))
    return again


def refused_by_store(frame: StoredFrame, detail: str, report: StoredReport | None = None) -> Refusal:
    """A refusal of a frame, or of one report of it, that the store does not take. The defect is ours."""
    key = frame.key
    instants = [(stored.observed_at, stored.report.observed_at) for stored in frame.reports]
    instants += [(stored.occurred_at, stored.event.occurred_at) for stored in frame.events]
    offset = instants[0][0] - instants[0][1] if instants else timedelta(0)
    as_it_came = _as_it_came(frame, offset)
    if report is not None:
        return PartsOfAFrame(as_it_came, key, frame.received_at).refuse("store", detail, report.report)
    return refuse(
        "store",
        detail,
        encode(as_it_came),
        frame.received_at,
        topic=topic_for(key.agent, "frame"),
        agent=key.agent,
        part="frame",
        key=key,
    )


def _as_it_came(frame: StoredFrame, offset: timedelta) -> Frame:
    """A frame that, received when this one was, is placed by the same offset, if that can be written down."""
    try:
        sampled_at: datetime | None = frame.received_at - offset
    except OverflowError:  # a clock near the end of the calendar
        sampled_at = None
    return Frame(
        version=VERSION,
        agent=frame.key.agent,
        boot_id=frame.key.boot_id,
        sequence=frame.key.sequence,
        sent_at=frame.received_at,
        sent_monotonic_seconds=0.0,
        sampled_at=sampled_at,
        sampled_monotonic_seconds=0.0,
        reports=tuple(stored.report for stored in frame.reports),
        events=tuple(stored.event for stored in frame.events),
    )


@dataclass(slots=True)
class _Message:
    """Not frozen, which would take three times as long to make."""

    topic: Topic
    payload: bytes
    received_at: datetime
    is_live: bool = True

    def refuse(self, reason: str, detail: str, part: Part = "message", key: FrameKey | None = None) -> Taken:
        """What comes of a message that is refused as a whole."""
        topic, agent = topic_for(*self.topic), self.topic.agent
        refusal = refuse(reason, detail, self.payload, self.received_at, topic=topic, agent=agent, part=part, key=key)
        return Taken(key, refusals=[refusal])
