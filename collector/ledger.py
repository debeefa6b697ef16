"""Which frames are stored already, as ranges of sequence numbers: what makes running a frame through twice harmless.

A view of the store in memory, read from it at start and brought forward after each commit by the pipeline.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence

from collector.stores import FrameKey

MAX_RANGES_PER_BOOT = 4096
MAX_BOOTS_PER_AGENT = 4096
"""A device that reboots every three minutes for as long as a frame may be late has this many boots. Who has more makes
them up; what was heard of least recently is forgotten then."""


class Ranges:
    """A set of whole numbers, as sorted ranges that do not touch."""

    __slots__ = ("_firsts", "_lasts")

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        for first, last in ranges:
            self._firsts.append(first)
            self._lasts.append(last)

    def __contains__(self, number: int) -> bool:
        position = bisect_right(self._firsts, number) - 1
        return position >= 0 and number <= self._lasts[position]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(zip(self._firsts, self._lasts, strict=True))

    def __len__(self) -> int:
        return len(self._firsts)

    def add(self, number: int) -> None:
        """Put a number in, joining the ranges that it bridges."""
        position = bisect_right(self._firsts, number)
        joins_left = position > 0 and number <= self._lasts[position - 1] + 1
        joins_right = position < len(self._firsts) and number == self._firsts[position] - 1
        if joins_left and number <= self._lasts[position - 1]:
            return
        if joins_left and joins_right:
            self._lasts[position - 1] = self._lasts.pop(position)
            del self._firsts[position]
        elif joins_left:
            self._lasts[position - 1] = number
        elif joins_right:
            self._firsts[position] = number
        else:
            self._firsts.insert(position, number)
            self._lasts.insert(position, number)

    def drop_lowest(self, count: int) -> None:
        """Forget the lowest ranges."""
        del self._firsts[:count]
        del self._lasts[:count]


class Ledger:
    """The stored frames of all agents. Boots are in the order in which they were last heard of."""

    def __init__(self, stored: Mapping[tuple[str, str], Sequence[tuple[int, int]]]) -> None:
        self._agents: dict[str, dict[str, Ranges]] = {}
        for (agent, boot_id), ranges in stored.items():
            self._agents.setdefault(agent, {})[boot_id] = Ranges(ranges)

    def __contains__(self, key: FrameKey) -> bool:
        boots = self._agents.get(key.agent)
        ranges = boots.get(key.boot_id) if boots is not None else None
        return ranges is not None and key.sequence in ranges

    def add(self, key: FrameKey) -> None:
        """Note that a frame is stored."""
        boots = self._agents.setdefault(key.agent, {})
        ranges = boots.pop(key.boot_id, None) or Ranges()
        boots[key.boot_id] = ranges  # now the one most recently heard of
        if len(boots) > MAX_BOOTS_PER_AGENT:
            del boots[next(iter(boots))]
        ranges.add(key.sequence)
        if len(ranges) > MAX_RANGES_PER_BOOT:
            ranges.drop_lowest(MAX_RANGES_PER_BOOT // 4)
