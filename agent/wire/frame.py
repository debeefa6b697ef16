"""A Frame: one row of an agent's spool, and one MQTT message or one line of a bundle."""

from typing import Annotated, Literal

from pydantic import FailFast, Field

from agent.wire.identifiers import (
    AccessPointId,
    AgentId,
    Amount,
    BootId,
    Instant,
    Name,
    Seconds,
    Sequence,
    Text,
    WireModel,
    Word,
)
from agent.wire.report import Device, Report

VERSION: Literal[1] = 1


class Event(WireModel):
    """Something that happened once, on an access point or in the agent itself."""

    kind: Word
    occurred_at: Instant
    access_point: AccessPointId | None = None
    device: Device | None = Field(
        default=None, description="The box it happened to, where its place is the collector's to find"
    )
    subject: Name | None = Field(default=None, description="What it happened to, such as an interface's name")
    count: Amount | None = None
    text: Text | None = None


class AgentHealth(WireModel):
    """How the agent itself fares when the frame is gathered. Of its process, never of who uses the Wi-Fi.

    An agent tells it about once a minute while it is connected, if need be in a frame with nothing else. What is older
    than that says nothing of now, so it counts in live frames only.
    """

    spooled_frames: Amount | None = Field(default=None, description="Frames on its disk, not acknowledged yet")
    spooled_bytes: Amount | None = Field(default=None, description="Their size")
    dropped_frames: Amount | None = Field(
        default=None, description="Frames that it gave up for their age, or for want of room, since its start"
    )
    resident_bytes: Amount | None = Field(default=None, description="Memory that its process holds")
    cpu_seconds: Seconds | None = Field(default=None, description="Processor time of its process since its start")
    uptime_seconds: Seconds | None = Field(default=None, description="Since the start of its process")


class Frame(WireModel):
    """What one agent sends at once: reports that were made at about one time, or events, or its own health.

    `sent_at` and `sent_monotonic_seconds` are the agent's wall clock and its monotonic clock at the moment of
    sending, `sampled_at` and `sampled_monotonic_seconds` the same two when they were gathered. The monotonic pair
    is there only while both belong to one start of the machine; their difference is the frame's age, whatever the
    wall clock did in between.
    """

    version: Literal[1]
    agent: AgentId
    boot_id: BootId
    sequence: Sequence
    is_resent: bool = Field(default=False, description="May have been sent before")
    sent_at: Instant
    sent_monotonic_seconds: Seconds | None = None
    sampled_at: Instant | None = None
    sampled_monotonic_seconds: Seconds | None = None
    health: AgentHealth | None = None
    reports: Annotated[tuple[Report, ...], Field(max_length=1000), FailFast()] = ()
    events: Annotated[tuple[Event, ...], Field(max_length=1000), FailFast()] = ()
