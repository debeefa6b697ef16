"""Acks: of all frames of a batch what each agent is to hear, and nobody else."""

from agent.wire import Ack, SequenceRange
from collector.acknowledging import acks_for, spans
from collector.stores import FrameKey


def keys(agent: str, boot_id: str, *sequences: int) -> list[FrameKey]:
    return [FrameKey(agent, boot_id, sequence) for sequence in sequences]


def span(boot_id: str, first: int, last: int) -> SequenceRange:
    return SequenceRange(boot_id=boot_id, first=first, last=last)


def test_frames_are_named_as_ranges_by_agent_and_boot() -> None:
    mixed = keys("gw-a", "00c0ffee", 3, 1, 2, 7) + keys("gw-b", "00c0ffee", 4) + keys("gw-a", "deadbeef", 1)
    assert spans(mixed) == {
        "gw-a": (span("00c0ffee", 1, 3), span("00c0ffee", 7, 7), span("deadbeef", 1, 1)),
        "gw-b": (span("00c0ffee", 4, 4),),
    }


def test_each_agent_hears_once_what_is_stored_what_is_refused_and_a_greeting_otherwise() -> None:
    stored, refused = keys("gw-a", "00c0ffee", 1, 2) + keys("gw-b", "00c0ffee", 1), keys("gw-a", "00c0ffee", 3)
    assert dict(acks_for(stored, refused, ["gw-b", "gw-c"])) == {
        "gw-a": Ack(version=1, stored=(span("00c0ffee", 1, 2),), refused=(span("00c0ffee", 3, 3),)),
        "gw-b": Ack(version=1, stored=(span("00c0ffee", 1, 1),)),
        "gw-c": Ack(version=1),
    }
    assert acks_for([], [], []) == []
