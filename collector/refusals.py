"""Makes refusals: what is kept of what was not taken, and what tells the same refusal when it comes again. Pure; used
by intake and pipeline.

Of a frame of which only a report or an event is at fault, that part is kept with the frame's own header, so that it
can be judged again later just as it came.
"""

import hashlib
from datetime import datetime

from pydantic_core import from_json

from agent.wire import Event, Frame, Report, encode, topic_for
from collector.redaction import MAX_TEXT_BYTES, mask_addresses, redact
from collector.state.quarantine import MAX_PAYLOAD_BYTES, Part, Refusal
from collector.stores import FrameKey

MAX_DETAIL_LETTERS = 400
MAX_TOPIC_LETTERS = 500
_LISTS = {"report": b"reports", "event": b"events"}
_LONGEST_BEGINNING_BYTES = 4 * MAX_TEXT_BYTES


def refuse(
    reason: str,
    detail: str,
    payload: bytes,
    seen_at: datetime,
    *,
    topic: str,
    agent: str | None = None,
    part: Part = "message",
    key: FrameKey | None = None,
) -> Refusal:
    """A refusal of a message, without what might name a person. With the `key` of the frame that it says it is, it is
    the same refusal however that frame is sent again; else it is the same where it reads the same."""
    kept = redact(payload)
    identity = b"%d\0%b" % (len(payload), kept[:MAX_PAYLOAD_BYTES]) if key is None else _identity(key)
    return Refusal(
        reason=reason,
        detail=mask_addresses(detail[:MAX_DETAIL_LETTERS]),
        topic=mask_addresses(topic[:MAX_TOPIC_LETTERS]),
        agent=agent,
        part=part,
        payload=kept[:MAX_PAYLOAD_BYTES],
        payload_bytes=len(payload),
        is_cut=_is_cut(payload, kept),
        digest=_digest(reason, topic, identity),
        seen_at=seen_at,
    )


class PartsOfAFrame:
    """Refuses single reports and events of one frame."""

    def __init__(self, frame: Frame, key: FrameKey, received_at: datetime) -> None:
        self._frame = frame
        self._key = key
        self._received_at = received_at

    def refuse(self, reason: str, detail: str, part: Report | Event) -> Refusal:
        """A refusal of a report or event that could be read."""
        return self.refuse_raw(reason, detail, encode(part), "report" if isinstance(part, Report) else "event")

    def refuse_raw(self, reason: str, detail: str, raw: bytes, part: Part) -> Refusal:
        """A refusal of what stood in the place of a report or event."""
        kept = redact(raw)
        topic = topic_for(self._key.agent, "frame")
        payload = self._header()[:-1] + b',"%b":[%b]}' % (_LISTS[part], kept)
        return Refusal(
            reason=reason,
            detail=mask_addresses(detail[:MAX_DETAIL_LETTERS]),
            topic=topic,
            agent=self._key.agent,
            part=part,
            payload=payload[:MAX_PAYLOAD_BYTES],
            payload_bytes=len(raw),
            is_cut=len(payload) > MAX_PAYLOAD_BYTES or _is_cut(raw, kept),
            digest=_digest(reason, topic, b"%b\0%b" % (_identity(self._key), kept)),
            seen_at=self._received_at,
        )

    def _header(self) -> bytes:
        return encode(self._frame.model_copy(update={"health": None, "reports": (), "events": ()}))


def _identity(key: FrameKey) -> bytes:
    return f"{key.boot_id}\0{key.sequence}".encode()


def _digest(reason: str, topic: str, identity: bytes) -> str:
    """One poison message is one entry however often it comes."""
    content = hashlib.sha256(f"{reason}\0{topic}\0".encode(errors="replace"))
    content.update(identity)
    return content.hexdigest()


def _is_cut(payload: bytes, kept: bytes) -> bool:
    """Whether more came than is kept. What the wire does not know is not missed: it would be ignored."""
    if len(kept) > MAX_PAYLOAD_BYTES:
        return True
    if len(payload) <= MAX_TEXT_BYTES or len(kept) > _LONGEST_BEGINNING_BYTES:
        return False
    try:
        return not isinstance(from_json(kept), dict | list)
    except ValueError:
        return True
