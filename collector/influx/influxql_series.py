"""Queries in InfluxQL, and what their answers list. For the readers of InfluxDB.

A backslash in a tag is written twice. Versions 1 and 2 keep both of them, version 3 one: both are asked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from collector.influx.answers import quote
from collector.influx.asking import Asker
from collector.influx.buckets import instant
from collector.influx.series import kept
from collector.stores import StoreError

Row = tuple[Mapping[str, str], datetime, dict[str, float | None]]
"""Tags, the bucket's beginning, and values by name."""


class Database:
    """Asks one database of an engine."""

    def __init__(self, asker: Asker, bucket: str) -> None:
        self._asker = asker
        self._bucket = bucket

    def rows(self, query: str, names: Mapping[str, str]) -> Iterator[Row]:
        """The rows of an answer, their values under these names. Raises StoreError."""
        fields = {"db": self._bucket, "epoch": "ms", "q": query}
        for series in chain.from_iterable(self._asker.ask_in_parts("/query", fields, b'{"name":"', _series)):
            tags = series.get("tags", {})
            for at, *values in series["values"]:
                yield tags, instant(at), dict(zip(names, values, strict=True))


def select(named: Mapping[str, str], source: str, where: str, *groups: str) -> str:
    """Figures by name of each group. What is not known is not filled in."""
    columns = ", ".join(f"{function} AS {name}" for name, function in named.items())
    grouped = f" GROUP BY {', '.join(groups)} fill(none)" if groups else ""
    return f"SELECT {columns} FROM {source} WHERE {where}{grouped}"  # noqa: S608  # of our own words; names are in a pattern


def every(width_ms: int) -> str:
    """A group for each bucket of time."""
    return f"time({width_ms}ms)"


def of_places(names: str, since_ms: int, until_ms: int) -> str:
    """The points of the access points whose names match, in a span."""
    return f"access_point =~ /^(?:{names})$/ AND {between(since_ms, until_ms)}"


def between(since_ms: int, until_ms: int) -> str:
    """The points in a span."""
    return f"time >= {since_ms}ms AND time < {until_ms}ms"


def spellings(access_points: Sequence[str]) -> dict[str, str]:
    """Whose name an engine's spelling is."""
    doubled = {kept(name).replace("\\", "\\\\"): name for name in access_points}
    return doubled | {kept(name): name for name in access_points}


def _series(answer: Any) -> list[Any]:  # JSON
    try:
        result = answer["results"][0]
        if "error" in result:
            words = quote(str(result["error"]).encode(), None)
            raise StoreError(f"the engine did not answer ({words}); check bucket", is_permanent=False)
        series = result.get("series", [])
    except (KeyError, IndexError, TypeError) as error:
        raise StoreError("the engine's answer is no answer to InfluxQL; check query_url", is_permanent=False) from error
    assert isinstance(series, list)  # noqa: S101  # so says the API
    return series
