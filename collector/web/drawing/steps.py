"""Areas in steps, one upon the other, for what makes up a whole. Pure; in the coordinates of `charts`."""

from collections.abc import Sequence

from collector.web.drawing.charts import HEIGHT, WIDTH, Slots


def stacked(rows: Sequence[Slots], top: float) -> tuple[str, ...]:
    """The area of each row upon those before it, as SVG path data, a step for each bucket. Where a row has no value
    there is none of it, and nothing above it."""
    floor: list[float | None] = [0.0] * len(rows[0])
    areas = []
    for row in rows:
        ceiling = [
            None if value is None or below is None else min(below + value, top)
            for value, below in zip(row, floor, strict=True)
        ]
        areas.append(_area(floor, ceiling, top))
        floor = ceiling
    return tuple(areas)


def _area(floor: Slots, ceiling: Slots, top: float) -> str:
    """Along the ceiling of each unbroken stretch, and back along its floor."""
    width = WIDTH / len(ceiling)
    path: list[str] = []
    start: int | None = None
    for index in range(len(ceiling) + 1):
        is_there = index < len(ceiling) and ceiling[index] is not None
        if is_there and start is None:
            start = index
        elif not is_there and start is not None:
            forth, back = range(start, index), range(index - 1, start - 1, -1)
            path.append(f"M{_round(start * width)} {_y(floor[start], top)}")
            path += (f"V{_y(ceiling[at], top)}H{_round((at + 1) * width)}" for at in forth)
            path += (f"V{_y(floor[at], top)}H{_round(at * width)}" for at in back)
            path.append("Z")
            start = None
    return "".join(path)


def _y(value: float | None, top: float) -> str:
    return _round(HEIGHT * (1 - (value or 0.0) / top))


def _round(number: float) -> str:
    return f"{round(number, 1):g}"
