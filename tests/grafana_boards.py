"""A board that somebody has opened in Grafana: its JSON, and all that is chosen above it, over an engine."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from grafana_intervals import Span
from grafana_queries import (
    Document,
    InfluxQLRequest,
    PrometheusRequest,
    Variables,
    chosen_first,
    influxql_request,
    influxql_text,
    panels_of,
    prometheus_request,
    prometheus_text,
    question_of,
    variables_of,
)
from grafana_sources import InfluxQLSource, PrometheusSource, Series

from dashboards.engines import Engine
from dashboards.panels import Board
from dashboards.rendering import render
from dashboards.words import Words

_ANNOTATIONS: Document = {"gridPos": {"w": 24}, "maxDataPoints": 100}
"""Grafana asks for marks on no panel's behalf."""
Source = PrometheusSource | InfluxQLSource
Request = PrometheusRequest | InfluxQLRequest


@dataclass(frozen=True, slots=True)
class Asked:
    """One target of a panel, as it is sent, and how it is called where a test fails."""

    name: str
    panel: Document
    request: Request

    @property
    def is_course(self) -> bool:
        """Whether it asks for a value for every interval."""
        if isinstance(self.request, PrometheusRequest):
            return self.request.step_seconds is not None
        return "GROUP BY time(" in self.request.statement


class OpenBoard:
    """A board over an engine and a span. `chosen` are variables' values where they are not those that it opens with,
    `words` its own where it is not one of those that people see."""

    def __init__(
        self,
        board: Board,
        engine: Engine,
        source: Source,
        span: Span,
        chosen: Mapping[str, str] | None = None,
        *,
        words: Words | None = None,
    ) -> None:
        self.document: dict[str, Any] = render(board, engine, "ko", "https://wifi.example.org", words=words)
        self._source = source
        self._span = span
        self.variables = self._filled(chosen or {})
        self._answers: dict[Request, list[Series]] = {}

    def targets(self) -> Iterator[Asked]:
        """All of all panels, in order."""
        for panel in panels_of(self.document):
            for target in panel["targets"]:
                yield Asked(f"{panel['title']} {target['refId']}", panel, self._request(target, panel))

    def annotations(self) -> Iterator[Asked]:
        """What is marked on its courses."""
        for each in self.document["annotations"]["list"]:
            if not each.get("builtIn"):
                yield Asked(each["name"], _ANNOTATIONS, self._request(each["target"], _ANNOTATIONS))

    def ask(self, asked: Asked) -> list[Series]:
        """Once; what was answered is remembered. Raises RefusedQueryError."""
        if asked.request not in self._answers:
            self._answers[asked.request] = self._source.ask(asked.request)  # type: ignore[arg-type]  # of its engine
        return self._answers[asked.request]

    def _request(self, target: Document, panel: Document) -> Request:
        if isinstance(self._source, PrometheusSource):
            return prometheus_request(target, panel, self.variables, self._span)
        return influxql_request(target, panel, self.variables, self._span)

    def _filled(self, chosen: Mapping[str, str]) -> Variables:
        """One after the other, for each is asked with what is chosen before it."""
        text_of = prometheus_text if isinstance(self._source, PrometheusSource) else influxql_text
        filled: dict[str, Any] = {}
        for variable in variables_of(self.document):
            name = variable["name"]
            options = self._source.values(text_of(question_of(variable), filled, self._span), self._span)
            filled[name] = chosen_first(variable, options)
            if name in chosen:
                assert chosen[name] in options, f"{name} has {options}"
                filled[name] = replace(filled[name], values=(chosen[name],), is_all=False)
        return filled
