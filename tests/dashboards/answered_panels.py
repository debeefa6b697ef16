"""Panels of a board's JSON with what an engine has answered them, as Grafana lays it out before it draws. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from grafana_intervals import Span
from grafana_queries import Document
from grafana_sources import Series
from grafana_transformations import Frame, Value, prometheus_tables, transformed
from value_texts import value_text


@dataclass(frozen=True, slots=True)
class Point:
    """Of a line. Without a value it is where the line is broken; `is_lone` are those with a break on either side."""

    series: str
    seconds: float
    value: float | None
    is_lone: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A time in which a series had one value."""

    series: str
    since_seconds: float
    until_seconds: float
    value: float


@dataclass(frozen=True, slots=True)
class AnsweredPanel:
    """A panel, and the answer of VictoriaMetrics to each of its targets. `step_seconds` is how far the points of its
    lines lie apart, `marks` are the instants of annotations in seconds since 1970; its size is in pixels."""

    document: Document
    answers: Sequence[Sequence[Series]]
    span: Span
    step_seconds: float
    marks: tuple[float, ...]
    width: int
    height: int

    @property
    def title(self) -> str:
        """In words."""
        return str(self.document["title"])

    @property
    def defaults(self) -> Document:
        """What holds for all fields: unit, bounds, thresholds."""
        found: Document = self.document["fieldConfig"]["defaults"]
        return found

    @property
    def unit(self) -> str:
        """Grafana's id of it."""
        return str(self.defaults["unit"])

    @property
    def is_empty(self) -> bool:
        """Whether no target has a value."""
        return not any(series.points for answer in self.answers for series in answer)

    def names(self) -> list[str]:
        """Of all its series, each target's by themselves in order."""
        return list(dict.fromkeys(self._in_words(series.name) for series in self._series()))

    def points(self) -> Iterator[Point]:
        """Of all its lines."""
        for series in self._series():
            yield from _with_breaks(self._in_words(series.name), series.points, self.step_seconds)

    def pieces(self) -> Iterator[Piece]:
        """Of all its series: equal values beside each other are one, and each reaches to the next value, or for a
        step where there is none."""
        end = self.span.until_milliseconds / 1000
        for series in self._series():
            name = self._in_words(series.name)
            begun: Piece | None = None
            for seconds, value in sorted(series.points.items()):
                since = seconds
                if begun is not None and begun.until_seconds == seconds and begun.value == value:
                    since = begun.since_seconds
                elif begun is not None:
                    yield begun
                begun = Piece(name, since, min(seconds + self.step_seconds, end), value)
            if begun is not None:
                yield begun

    def table(self) -> Frame:
        """The one table that the panel's transformations leave: fields by their headings."""
        letters = (target["refId"] for target in self.document["targets"])
        answers = ([(series.tags, next(iter(series.points.values()))) for series in each] for each in self.answers)
        frames = prometheus_tables(dict(zip(letters, answers, strict=True)), self.span.until_milliseconds / 1000)
        (table,) = transformed(frames, self.document["transformations"])
        return table

    def text(self, value: Value) -> str:
        """A value as a cell or a piece shows it: in words where there are some."""
        for mapping in self.defaults.get("mappings", ()):
            if mapping["type"] == "special" and value is None:
                return str(mapping["options"]["result"]["text"])
            if mapping["type"] == "value" and isinstance(value, float) and f"{value:g}" in mapping["options"]:
                return str(mapping["options"][f"{value:g}"]["text"])
            if mapping["type"] == "regex" and re.search(mapping["options"]["pattern"], str(value)):
                return str(mapping["options"]["result"]["text"])
        return value_text(value, self.unit, self.defaults.get("decimals")) if isinstance(value, float) else value or ""

    def colour(self, value: float, heading: str | None = None) -> str:
        """What a value means, by the thresholds of its own column or else the panel's."""
        steps = self._override(heading, "thresholds") or self.defaults["thresholds"]
        reached = [step["color"] for step in steps["steps"] if step["value"] is None or value >= step["value"]]
        return str(reached[-1])

    @property
    def is_graded(self) -> bool:
        """Whether more is darker."""
        return str(self.defaults.get("color", {}).get("mode", "")).startswith("continuous")

    def is_coloured(self, heading: str) -> bool:
        """Whether a column of a table has colours of its own."""
        return self._override(heading, "thresholds") is not None

    def _override(self, heading: str | None, name: str) -> Mapping[str, object] | None:
        for each in self.document["fieldConfig"].get("overrides", ()):
            if heading in each["matcher"]["options"].get("names", ()):
                found = (told["value"] for told in each["properties"] if told["id"] == name)
                return next(found, None)
        return None

    def _series(self) -> Iterator[Series]:
        for answer in self.answers:
            yield from sorted((series for series in answer if series.points), key=lambda series: natural(series.name))

    def _in_words(self, name: str) -> str:
        """With the names that the panel's transformations give."""
        for each in self.document.get("transformations", ()):
            if each["id"] == "renameByRegex":
                name = re.sub(each["options"]["regex"], each["options"]["renamePattern"], name)
        return name


def natural(text: str) -> list[tuple[int, float, str]]:
    """By which numbers in texts are sorted as numbers."""
    parts = re.findall(r"\d+(?:\.\d+)?|\D+", text)
    return [(0, float(part), "") if part[0].isdigit() else (1, 0.0, part) for part in parts]


def _with_breaks(name: str, points: Mapping[float, float], step_seconds: float) -> Iterator[Point]:
    times = sorted(points)
    is_after_break = True
    for at, seconds in enumerate(times):
        is_last = at + 1 == len(times)
        is_before_break = is_last or times[at + 1] - seconds > 1.5 * step_seconds
        yield Point(name, seconds, points[seconds], is_lone=is_after_break and is_before_break)
        if is_before_break and not is_last:
            yield Point(name, seconds + step_seconds, None)
        is_after_break = is_before_break
