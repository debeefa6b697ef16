"""Grafana's two data sources, as far as tests need them: they ask real engines and tell series."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grafana_intervals import Span
from grafana_queries import InfluxQLRequest, PrometheusRequest

_LABEL_VALUES = re.compile(r"label_values\((?:(.+),\s*)?(\w+)\)\s*")
_WITHIN_SECONDS = 60


class RefusedQueryError(AssertionError):
    """The engine does not take a query."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a panel, or one row of a table, which has one point. Times are in seconds since 1970; a point without
    a value is left out."""

    name: str
    tags: Mapping[str, str]
    points: Mapping[float, float]


class PrometheusSource:
    """Asks an engine that speaks PromQL."""

    def __init__(self, url: str) -> None:
        self._url = url

    def values(self, question: str, span: Span) -> tuple[str, ...]:
        """What fills a variable whose query is `label_values(metric, label)`."""
        found = _LABEL_VALUES.fullmatch(question)
        assert found is not None, question
        form = {
            "match[]": found[1],
            "start": str(span.since_milliseconds // 1000),
            "end": str(-(-span.until_milliseconds // 1000)),
        }
        answer = _answer(f"{self._url}/api/v1/label/{found[2]}/values?{urllib.parse.urlencode(form)}", None)
        return tuple(answer["data"])

    def ask(self, request: PrometheusRequest) -> list[Series]:
        """Raises RefusedQueryError."""
        form = {"query": request.expression}
        if request.step_seconds is None:
            path, form["time"] = "query", repr(request.end_seconds)
        else:
            path = "query_range"
            form |= {
                "start": repr(request.start_seconds),
                "end": repr(request.end_seconds),
                "step": repr(request.step_seconds),
            }
        answer = _answer(f"{self._url}/api/v1/{path}", form)
        return [
            Series(
                _filled(r"\{\{\s*(.+?)\s*\}\}", request.legend, found["metric"]),
                found["metric"],
                {float(time): float(value) for time, value in found.get("values") or [found["value"]]},
            )
            for found in answer["data"]["result"]
        ]


class InfluxQLSource:
    """Asks an InfluxDB in InfluxQL."""

    def __init__(self, url: str, database: str) -> None:
        self._url = url
        self._database = database

    def values(self, question: str, _: Span) -> tuple[str, ...]:
        """What fills a variable whose query is `SHOW TAG VALUES`, which knows no time."""
        rows = self._rows(question)
        return tuple(dict.fromkeys(value for row in rows for _, value in row["values"]))

    def ask(self, request: InfluxQLRequest) -> list[Series]:
        """The last column is the value. Raises RefusedQueryError."""
        return [
            Series(
                _filled(r"\$tag_(\w+)|\[\[tag_(\w+)\]\]", request.alias, row.get("tags", {})),
                {tag: value for tag, value in row.get("tags", {}).items() if value},
                {time / 1000: float(value) for time, *_, value in row["values"] if value is not None},
            )
            for row in self._rows(request.statement)
        ]

    def _rows(self, statement: str) -> list[dict[str, Any]]:
        form = {"db": self._database, "q": statement, "epoch": "ms"}
        (result,) = _answer(f"{self._url}/query", form)["results"]
        if "error" in result:
            raise RefusedQueryError(f"{result['error']}: {statement}")
        rows: list[dict[str, Any]] = result.get("series", [])
        return rows


def _filled(gap: str, legend: str, tags: Mapping[str, str]) -> str:
    """A legend with its tags."""
    return re.sub(gap, lambda found: tags.get(next(filter(None, found.groups())), ""), legend)


def _answer(url: str, form: Mapping[str, str] | None) -> dict[str, Any]:
    body = None if form is None else urllib.parse.urlencode(form).encode()
    try:
        with urllib.request.urlopen(url, body, timeout=_WITHIN_SECONDS) as answer:
            document: dict[str, Any] = json.load(answer)
            return document
    except urllib.error.HTTPError as error:
        with error:
            raise RefusedQueryError(f"{error.read().decode()[:500]}: {form or url}") from error
