"""The published language between agents and collector: models, topics and codec of version 1.

The only room of the agent, beside `agent.settings`, that other packages may import.
"""

from agent.wire.ack import Ack, SequenceRange
from agent.wire.bundle import MAX_BUNDLE_BYTES, MAX_BUNDLE_FRAMES, pack, unpack
from agent.wire.codec import (
    MAX_FRAME_BYTES,
    DecodedFrame,
    DecodeError,
    Reason,
    RefusedReport,
    decode_ack,
    decode_certificate,
    decode_frame,
    decode_renewal,
    decode_status,
    encode,
)
from agent.wire.frame import VERSION, AgentHealth, Event, Frame
from agent.wire.identifiers import MAX_BITS_PER_SECOND, MAX_COUNT, AccessPointId, AgentId
from agent.wire.renewal import Certificate, Renewal
from agent.wire.report import (
    Band,
    Device,
    Direction,
    Distribution,
    Interface,
    Probe,
    Radio,
    Report,
    Ssid,
    StandardClients,
    System,
    WifiStandard,
)
from agent.wire.status import Status
from agent.wire.topics import Kind, Topic, parse_topic, topic_for

__all__ = [
    "MAX_BITS_PER_SECOND",
    "MAX_BUNDLE_BYTES",
    "MAX_BUNDLE_FRAMES",
    "MAX_COUNT",
    "MAX_FRAME_BYTES",
    "VERSION",
    "AccessPointId",
    "Ack",
    "AgentHealth",
    "AgentId",
    "Band",
    "Certificate",
    "DecodeError",
    "DecodedFrame",
    "Device",
    "Direction",
    "Distribution",
    "Event",
    "Frame",
    "Interface",
    "Kind",
    "Probe",
    "Radio",
    "Reason",
    "RefusedReport",
    "Renewal",
    "Report",
    "SequenceRange",
    "Ssid",
    "StandardClients",
    "Status",
    "System",
    "Topic",
    "WifiStandard",
    "decode_ack",
    "decode_certificate",
    "decode_frame",
    "decode_renewal",
    "decode_status",
    "encode",
    "pack",
    "parse_topic",
    "topic_for",
    "unpack",
]
