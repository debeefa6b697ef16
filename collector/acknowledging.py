"""From frames that are stored, or refused for good, to the Acks that their agents hear. Pure; used by the pipeline."""

from collections.abc import Iterable
from itertools import groupby

from agent.wire import VERSION, Ack, SequenceRange
from collector.ledger import Ranges
from collector.stores import FrameKey

Spans = dict[str, tuple[SequenceRange, ...]]
_NOTHING: tuple[SequenceRange, ...] = ()


def acks_for(stored: Iterable[FrameKey], refused: Iterable[FrameKey], greeted: Iterable[str]) -> list[tuple[str, Ack]]:
    """An Ack for each agent that has one of these frames; an empty one, which is a greeting, for the others named."""
    stored_spans, refused_spans = spans(stored), spans(refused)
    return [
        (
            agent,
            Ack(
                version=VERSION,
                stored=stored_spans.get(agent, _NOTHING),
                refused=refused_spans.get(agent, _NOTHING),
            ),
        )
        for agent in {**stored_spans, **refused_spans, **dict.fromkeys(greeted)}
    ]


def spans(keys: Iterable[FrameKey]) -> Spans:
    """Frames by agent as the ranges that an Ack names."""
    named: Spans = {}
    for (agent, boot_id), frames in groupby(sorted(keys), key=_boot):
        ranges = Ranges()
        for frame in frames:
            ranges.add(frame.sequence)
        named[agent] = named.get(agent, ()) + tuple(
            SequenceRange(boot_id=boot_id, first=first, last=last) for first, last in ranges
        )
    return named


def _boot(key: FrameKey) -> tuple[str, str]:
    return key[:2]
