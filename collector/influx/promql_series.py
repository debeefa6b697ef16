"""How PromQL names series, and how its answers list them. For the readers of VictoriaMetrics."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from collector.influx.asking import Asker
from collector.influx.buckets import Windows
from collector.stores import StoreError


def quoted(text: str) -> str:
    """A text in a query."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def just_before(end_ms: int) -> str:
    """The instant one millisecond before a window ends, in seconds."""
    return seconds(end_ms - 1)


def seconds(at_ms: int) -> str:
    """An instant in seconds since 1970."""
    return f"{at_ms // 1000}.{at_ms % 1000:03d}"


def range_fields(query: str, windows: Windows) -> dict[str, str]:
    """The form that asks a query of each window."""
    last = windows.first_ms + windows.count * windows.width_ms
    return {
        "query": query,
        "start": just_before(windows.first_ms + windows.width_ms),
        "end": just_before(last),
        "step": f"{windows.width_ms}ms",
        "nocache": "1",  # or the engine rounds the instants
    }


def all_series(asker: Asker, path: str, fields: Mapping[str, str]) -> Iterator[Any]:  # JSON
    """The series of an answer that may be long, one by one. Raises StoreError."""
    return chain.from_iterable(asker.ask_in_parts(path, fields, b'{"metric":{', series_of))


def points_of(answer: Any) -> Iterator[tuple[Mapping[str, str], int, float]]:  # JSON
    """Of every series of an answer every point: the labels, the millisecond and the value. Raises StoreError where it
    is no answer."""
    return points_of_series(series_of(answer))


def points_of_series(found: Iterable[Any]) -> Iterator[tuple[Mapping[str, str], int, float]]:  # JSON
    """The same of its series."""
    for series in found:
        for at, value in series["values"]:
            yield series["metric"], round(at * 1000), float(value)


def series_of(answer: Any) -> list[Any]:  # JSON
    """The series of an answer. Raises StoreError where it is none."""
    try:
        result = answer["data"]["result"]
    except (KeyError, TypeError) as error:
        raise StoreError("the engine's answer is no answer to PromQL; check query_url", is_permanent=False) from error
    assert isinstance(result, list)  # noqa: S101  # so says the API
    return result
