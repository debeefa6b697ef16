"""What has gathered since the last commit: frames to store, refusals to keep, agents to answer. The pipeline's."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from collector.intake import Taken
from collector.state.quarantine import Refusal
from collector.stores import FrameKey

MAX_PENDING_BYTES = 256 * 1024 * 1024
MAX_PENDING_REFUSALS = 1_000
MAX_PENDING_REFUSALS_OF_ONE = 100
"""What comes beyond is deferred: counted, neither taken nor acknowledged. Its agent keeps it and sends it again."""


@dataclass(slots=True)
class Batch:
    """Gathers on the event loop; is handed over whole. `waiting` are told what of their frame is
    refused once it is written; `unstorable` is what the store refused of it."""

    taken: dict[FrameKey, Taken] = field(default_factory=dict)
    refused: dict[FrameKey, Taken] = field(default_factory=dict)
    strays: list[Refusal] = field(default_factory=list)
    repeated: set[FrameKey] = field(default_factory=set)
    greeted: set[str] = field(default_factory=set)
    waiting: dict[FrameKey, asyncio.Future[Sequence[Refusal]]] = field(default_factory=dict)
    unstorable: dict[FrameKey, list[Refusal]] = field(default_factory=dict)
    refusals_by_sender: Counter[str | None] = field(default_factory=Counter)
    bytes: int = 0
    reports: int = 0

    def __contains__(self, key: FrameKey) -> bool:
        return key in self.taken or key in self.refused

    def has_room_for(self, refusals: Sequence[Refusal], sender: str | None) -> bool:
        """Whether so many more refusals of one sender may wait for their quarantine."""
        if not refusals:
            return True
        if not self.refusals_by_sender.total():
            return True  # or a frame of more than so many could never come through
        of_one = self.refusals_by_sender[sender] + len(refusals)
        of_all = self.refusals_by_sender.total() + len(refusals)
        is_first = not self.refusals_by_sender[sender]  # or a frame of many bad reports could never come through
        return of_all <= MAX_PENDING_REFUSALS and (is_first or of_one <= MAX_PENDING_REFUSALS_OF_ONE)

    def put(self, taken: Taken, sender: str | None, size: int) -> None:
        """Put in what came of one message."""
        self.bytes += size
        self.refusals_by_sender[sender] += len(taken.refusals)
        if taken.key is None:
            self.strays += taken.refusals
        elif taken.frame is not None:
            self.taken[taken.key] = taken
            self.reports += taken.reports
        else:
            self.refused[taken.key] = taken

    def put_stray(self, refusal: Refusal) -> None:
        """Put in the refusal of what is no frame, and so is nobody's to send again."""
        self.refusals_by_sender[refusal.agent] += 1
        self.strays.append(refusal)
        self.bytes += refusal.payload_bytes

    def refusals(self) -> list[Refusal]:
        """All that is to go into quarantine."""
        of_frames = [
            refusal for group in (self.taken, self.refused) for taken in group.values() for refusal in taken.refusals
        ]
        return of_frames + self.strays
