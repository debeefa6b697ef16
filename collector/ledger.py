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
    """A set of whole numbers, as sorted ranges that do not touch. There is one for every access point of a city, and it
    is one list: where a range begins and where the next number is not in it, by turns."""

    __slots__ = ("_edges",)

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        self._edges = [edge for first, last in ranges for edge in (first, last + 1)]

    def __contains__(self, number: int) -> bool:
        return bisect_right(self._edges, number) % 2 == 1

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return ((first, end - 1) for first, end in zip(self._edges[::2], self._edges[1::2], strict=True))

    def __len__(self) -> int:
        return len(self._edges) // 2

    def add(self, number: int) -> None:
        """Put a number in, joining the ranges that it bridges."""
        edges = self._edges
        position = bisect_right(edges, number)
        if position % 2 == 1:
            return
        ends_here = position > 0 and edges[position - 1] == number
        begins_next = position < len(edges) and edges[position] == number + 1
        if ends_here and begins_next:
            del edges[position - 1 : position + 1]
        elif ends_here:
            edges[position - 1] = number + 1
        elif begins_next:
            edges[position] = number
        else:
            edges[position:position] = number, number + 1

    def drop_lowest(self, count: int) -> None:
        """Forget the lowest ranges."""
        del self._edges[: 2 * count]


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
