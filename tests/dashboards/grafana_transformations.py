"""What Grafana makes of the answers of a panel's targets, after its sources: the frames that the data sources for
Prometheus and InfluxDB hand on as tables, and the few transformations that our panels use. Pure.

A frame is its fields in order, each with its values; rows are what lies at the same place in all of them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

Value = str | float | None
Frame = dict[str, list[Value]]
Tags = Mapping[str, str]
Answer = Sequence[tuple[Tags, float]]
"""Of one target: series, by their tags, with one value each."""
Options = Mapping[str, Any]


def prometheus_tables(answers: Mapping[str, Answer], at: float) -> list[Frame]:
    """By letters of targets. A target without series has no frame, and is not counted."""
    told = {letter: answer for letter, answer in answers.items() if answer}
    return [
        _frame(answer, at, "Value" if len(told) == 1 else f"Value #{letter}", sorted) for letter, answer in told.items()
    ]


def influxdb_tables(answers: Mapping[str, Answer], begins: Sequence[float], columns: Sequence[str]) -> list[Frame]:
    """Each target has the time of its own span's beginning, and the name of its column. Tags come in no order."""
    told = zip(answers.values(), begins, columns, strict=True)
    return [_frame(answer, begin, column, reversed) for answer, begin, column in told if answer]


def _frame(answer: Answer, at: float, value: str, ordered: Callable[[list[str]], Iterable[str]]) -> Frame:
    tags = list(ordered(list(dict.fromkeys(tag for series, _ in answer for tag in series))))
    frame: Frame = {"Time": [at] * len(answer)}
    frame |= {tag: [series.get(tag, "") for series, _ in answer] for tag in tags}
    return frame | {value: [number for _, number in answer]}


def transformed(frames: list[Frame], transformations: Sequence[Mapping[str, Any]]) -> list[Frame]:
    """One after the other, as a panel lists them."""
    for each in transformations:
        frames = _TRANSFORMATIONS[each["id"]](frames, each["options"])
    return frames


def _without_fields(frames: list[Frame], options: Options) -> list[Frame]:
    names = set(options["exclude"]["names"])
    return [{name: values for name, values in frame.items() if name not in names} for frame in frames]


def _merged(frames: list[Frame], _: Options) -> list[Frame]:
    """Rows are one where all fields are equal that every frame has, unless they differ in another one."""
    frames = [frame for frame in frames if frame]
    if len(frames) <= 1:
        return frames
    names = list(dict.fromkeys(name for frame in frames for name in frame))
    keys = [name for name in names if all(name in frame for frame in frames)]
    rows: list[dict[str, Value]] = []
    for frame in frames:
        for row in _rows(frame):
            same = (old for old in rows if all(old[key] == row[key] for key in keys) and _fits(old, row))
            found = next(same, None)
            if found is None:
                rows.append(row)
            else:
                found.update(row)
    return [{name: [row.get(name) for row in rows] for name in names}]


def _fits(old: Mapping[str, Value], row: Mapping[str, Value]) -> bool:
    return all(old.get(name) is None or old[name] == value for name, value in row.items())


def _rows(frame: Frame) -> list[dict[str, Value]]:
    return [dict(zip(frame, values, strict=True)) for values in zip(*frame.values(), strict=True)]


def _organized(frames: list[Frame], options: Options) -> list[Frame]:
    if len(frames) != 1:
        return frames
    order, names = options["indexByName"], options["renameByName"]
    fields = sorted(frames[0], key=lambda name: order.get(name, len(order)))
    return [{names.get(name) or name: frames[0][name] for name in fields}]


def _sorted(frames: list[Frame], options: Options) -> list[Frame]:
    field, is_falling = options["sort"][0]["field"], options["sort"][0]["desc"]

    def key(row: Mapping[str, Value]) -> tuple[float, str]:
        text = str(row[field])
        return (float(text) if text.isdigit() else float("inf"), text)

    told = []
    for frame in frames:
        rows = sorted(_rows(frame), key=key, reverse=is_falling) if field in frame else _rows(frame)
        told.append({name: [row[name] for row in rows] for name in frame})
    return told


def _matrix(frames: list[Frame], options: Options) -> list[Frame]:
    across, down, value = options["columnField"], options["rowField"], options["valueField"]
    if len(frames) != 1 or not {across, down, value} <= frames[0].keys():
        return frames
    rows = _rows(frames[0])
    cells = {(row[down], row[across]): row[value] for row in rows}
    downs = list(dict.fromkeys(row[down] for row in rows))
    made: Frame = {f"{down}\\{across}": downs}
    for column in dict.fromkeys(row[across] for row in rows):
        made[str(column)] = [cells.get((each, column)) for each in downs]
    return [made]


_TRANSFORMATIONS: Mapping[str, Callable[[list[Frame], Options], list[Frame]]] = {
    "filterFieldsByName": _without_fields,
    "merge": _merged,
    "organize": _organized,
    "sortBy": _sorted,
    "groupingToMatrix": _matrix,
}
