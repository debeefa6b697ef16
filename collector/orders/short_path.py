"""A short open path through points: by nearest neighbour, made shorter by 2-opt and or-opt. Pure; called by `rounds`.

The path has two ends. A point that is nowhere, as far from all others as from itself, stands before the first end and
after the last one, so that an end is turned and moved like any other part.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from collector.orders.distances import Distances

MOST_STARTS = 16
"""From each point where there are no more than these; else from about so many, evenly spread."""
IMPROVED_POINTS = 100
"""Of the paths that nearest neighbours give, so many are improved as have so many points together, the shortest first;
one in any case."""
MOST_PASSES = 6
LONGEST_PART = 3
"""Or-opt moves parts of so many points at most (Or, 1976)."""
_NEAREST = 8
"""A part is moved beside one of so many points that are nearest to its ends, or to an end of the path."""
_GAIN_METRES = 1e-6
"""Less is not shorter, but rounded otherwise."""


def short_path(distances: Distances, *, start: int | None = None) -> list[int]:
    """All points by their index, each once, in the order of a short path: from `start` on, else from whichever end is
    listed first. It is never longer than any of the nearest neighbours' paths that it was found from, and for the same
    distances always the same."""
    count = len(distances)
    if count < 2:
        return list(range(count))
    paths = sorted(
        (nearest_neighbours(distances, begin) for begin in _begins(count, start)),
        key=lambda path: _by_length(distances, path),
    )
    improving = _Improving(distances, is_start_fixed=start is not None)
    improved = [improving.improved(path) for path in paths[: max(1, IMPROVED_POINTS // count)]]
    best = min(improved, key=lambda path: _by_length(distances, path))
    return best[::-1] if start is None and best[-1] < best[0] else best


def nearest_neighbours(distances: Distances, begin: Sequence[int]) -> list[int]:
    """As it begins, then from each point on to the nearest one that is left, the one listed first where several are."""
    path, left = [*begin], [point for point in range(len(distances)) if point not in begin]
    while left:
        nearest = min(left, key=distances[path[-1]].__getitem__)
        left.remove(nearest)
        path.append(nearest)
    return path


def length_metres(distances: Distances, path: Sequence[int]) -> float:
    """Of a path from its first point to its last."""
    return sum(distances[one][other] for one, other in pairwise(path))


def _begins(count: int, start: int | None) -> list[tuple[int, ...]]:
    """From where nearest neighbours are followed; where the start is given, from wherever one may go first as well."""
    sample = range(0, count, -(-count // MOST_STARTS))
    if start is None:
        return [(point,) for point in sample]
    return [(start,), *((start, point) for point in sample if point != start)]


def _by_length(distances: Distances, path: list[int]) -> tuple[float, list[int]]:
    return length_metres(distances, path), path


class _Improving:
    """Makes paths through the same points shorter. The point that is nowhere has the last index."""

    def __init__(self, distances: Distances, *, is_start_fixed: bool) -> None:
        self._nowhere = len(distances)
        self._metres = [[*row, 0.0] for row in distances] + [[0.0] * (self._nowhere + 1)]
        self._nearest = [sorted(range(len(row)), key=row.__getitem__)[: _NEAREST + 1] for row in distances]
        self._is_start_fixed = is_start_fixed

    def improved(self, path: list[int]) -> list[int]:
        """Until nothing more is found, or as often as is allowed."""
        path = [*path, self._nowhere] if self._is_start_fixed else [self._nowhere, *path, self._nowhere]
        for _ in range(MOST_PASSES):
            has_turned = self._turn_parts(path)
            if not self._move_parts(path) and not has_turned:
                break
        return [point for point in path if point != self._nowhere]

    def _turn_parts(self, path: list[int]) -> bool:
        """2-opt, once through: turn a part round wherever that makes the path shorter (Croes, 1958)."""
        metres, has_turned = self._metres, False
        for first in range(1, len(path) - 2):
            before, begin = path[first - 1], path[first]
            of_before, of_begin = metres[before], metres[begin]
            for last in range(first + 1, len(path) - 1):
                end, after = path[last], path[last + 1]
                if of_before[begin] + metres[end][after] - of_before[end] - of_begin[after] > _GAIN_METRES:
                    path[first : last + 1] = path[first : last + 1][::-1]
                    begin, of_begin, has_turned = end, metres[end], True
        return has_turned

    def _move_parts(self, path: list[int]) -> bool:
        """Or-opt, once through: move a part to where that makes the path shorter, turned round or not."""
        has_moved = False
        where = {point: at for at, point in enumerate(path)}
        for size in range(1, LONGEST_PART + 1):
            for first in range(1, len(path) - size):
                if self._move_part(path, first, first + size, where):
                    where = {point: at for at, point in enumerate(path)}
                    has_moved = True
        return has_moved

    def _move_part(self, path: list[int], first: int, until: int, where: Mapping[int, int]) -> bool:
        part = path[first:until]
        ends = (part[0], part[-1])
        saved = self._added(path[first - 1], ends, path[until])
        best = saved - _GAIN_METRES
        found: tuple[int, list[int]] | None = None
        for gap in self._gaps(len(path), ends, where):
            if first <= gap <= until:
                continue
            for candidate in (part, part[::-1]):
                added = self._added(path[gap - 1], (candidate[0], candidate[-1]), path[gap])
                if added < best:
                    best, found = added, (gap, candidate)
        if found is None:
            return False
        gap, part = found
        path[gap:gap] = part
        moved = len(part) if gap < first else 0
        del path[first + moved : until + moved]
        return True

    def _added(self, before: int, ends: tuple[int, int], after: int) -> float:
        """What a part between those two adds to the way, beside its own length."""
        metres = self._metres
        return metres[before][ends[0]] + metres[ends[1]][after] - metres[before][after]

    def _gaps(self, length: int, ends: tuple[int, int], where: Mapping[int, int]) -> list[int]:
        """Before which places of the path the part may go: beside what is near to its ends, and to the path's ends."""
        beside = {where[near] for end in ends for near in self._nearest[end]}
        return sorted(({1, length - 1} | beside | {at + 1 for at in beside}) - {0})
