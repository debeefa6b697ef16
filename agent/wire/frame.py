"""A Frame: one row of an agent's spool, and one MQTT message or one line of a bundle."""

from typing import Annotated, Literal

from pydantic import FailFast, Field

from agent.wire.identifiers import (
    AccessPointId,
    AgentId,
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
    count: Annotated[int, Field(ge=0, le=2**53)] | None = None
    text: Text | None = None


class Frame(WireModel):
    """What one agent sends at once: reports that were made at about one time, or events.

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
    reports: Annotated[tuple[Report, ...], Field(max_length=1000), FailFast()] = ()
    events: Annotated[tuple[Event, ...], Field(max_length=1000), FailFast()] = ()
