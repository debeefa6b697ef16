"""Frames that are written and may still be lost: an engine that has answered may lose for a while what it had taken.

Held here until that while is over and the same run of the engine still answers; only then are they stored, and may
their agents forget them. Where another run answers, they are lost, and their agents are asked for them again. Nothing
of them is kept but their names: the edge remembers. The same holds for windows of site figures, by their beginnings.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

POLL_SECONDS = 1.0

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class _Written(Generic[Key]):
    """Frames of one batch: when they were written, and which run of the engine answered last before that."""

    keys: tuple[Key, ...]
    at: float
    incarnation: str | None


class Settling(Generic[Key]):
    """What has been written lately. `monotonic` is a clock that only goes forward, in seconds."""

    def __init__(self, settle_seconds: float, monotonic: Callable[[], float]) -> None:
        self._settle_seconds = settle_seconds
        self._monotonic = monotonic
        self._written: deque[_Written[Key]] = deque()
        self._keys: set[Key] = set()
        self.incarnation: str | None = None

    def __contains__(self, key: Key) -> bool:
        return key in self._keys

    def __len__(self) -> int:
        return len(self._keys)

    def put(self, keys: Iterable[Key], incarnation: str | None) -> None:
        """These have just been written; `incarnation` is the run that answered last before they were."""
        written = _Written(tuple(keys), self._monotonic(), incarnation)
        self._written.append(written)
        self._keys.update(written.keys)

    def judge(self, incarnation: str | None, asked_at: float) -> tuple[Sequence[Key], Sequence[Key]]:
        """What is stored now for good, and what is lost, by the run of the engine that answered a question which was
        asked at that time; None says nothing, for nobody answered."""
        stored: list[Key] = []
        lost: list[Key] = []
        if incarnation is None:
            return stored, lost
        self.incarnation = incarnation
        while self._written:
            written = self._written[0]
            if written.incarnation == incarnation and asked_at < written.at + self._settle_seconds:
                break  # and so is all that was written after it by this run
            self._written.popleft()
            (stored if written.incarnation == incarnation else lost).extend(written.keys)
        self._keys.difference_update(stored, lost)
        return stored, lost
