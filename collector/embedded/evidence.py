"""Reads evidence and active throughput off the DuckDB file: weeks of hours, of so many access points at once as fit
into DuckDB's memory with what it keeps of them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb

from collector.embedded.evidence_questions import PROBES, RADIOS, SPEEDS, THROUGHPUT, UPLINKS, USAGE, Question
from collector.embedded.hours import places
from collector.embedded.reading import HOUR_SECONDS, next_hour, span
from collector.evidence import BUSIEST, Evidence, ProbeEvidence, RadioEvidence, RadioKey, UplinkEvidence, UsageEvidence
from collector.evidence_parts import EvidenceParts
from collector.stores import ActiveThroughput

_VALUES_AT_ONCE = 750_000
"""Of 8 bytes, in each of two threads; fewer where an access point has more radios or checks than expected."""
_VALUES_AT_LEAST = _VALUES_AT_ONCE // 64
"""So few are needed where days of hours are not rolled up yet, as after an outage: each is a group of raw points."""


def evidence(
    cursor: duckdb.DuckDBPyConnection, access_points: Sequence[str], since: datetime, until: datetime
) -> dict[str, Evidence]:
    """Of the hours that begin in the span. The cursor is in a transaction before and after; where memory runs out, both
    it and the answer have begun anew."""
    values_at_once = _VALUES_AT_ONCE
    while True:
        try:
            return _parts(_Asking.of(cursor, access_points, since, until, values_at_once)).together()
        except duckdb.OutOfMemoryException:
            if values_at_once <= _VALUES_AT_LEAST:
                raise
            values_at_once //= 2
            cursor.rollback()
            cursor.begin()


def hourly_throughput(
    cursor: duckdb.DuckDBPyConnection, access_points: Sequence[str], since: datetime, until: datetime
) -> Iterator[tuple[str, ActiveThroughput]]:
    """Each access point's hours with a measurement that begin in the span, in order within each."""
    parameters = span(cursor, access_points, next_hour(since), next_hour(until)) | places(access_points)
    for access_point, hour, checks, throughput in cursor.execute(THROUGHPUT, parameters).fetchall():
        yield access_point, ActiveThroughput(hour.replace(tzinfo=UTC), checks, throughput)


@dataclass(frozen=True, slots=True)
class _Asking:
    """What all questions of one answer share."""

    cursor: duckdb.DuckDBPyConnection
    access_points: Sequence[str]
    span: Mapping[str, object]
    busiest: int
    values_at_once: int

    @classmethod
    def of(
        cls,
        cursor: duckdb.DuckDBPyConnection,
        access_points: Sequence[str],
        since: datetime,
        until: datetime,
        values_at_once: int,
    ) -> "_Asking":
        """About the hours that begin in a span."""
        first, end = next_hour(since), next_hour(until)
        hours = max(1, round((end - first).total_seconds()) // HOUR_SECONDS)
        return cls(cursor, sorted({*access_points}), span(cursor, (), first, end), _busiest(hours), values_at_once)

    def rows(self, question: Question) -> Iterator[tuple[Any, ...]]:
        """The answers to a question, asked in parts."""
        at_once = max(1, self.values_at_once // (question.times * self.busiest))
        kept = {"busiest": self.busiest} if "$busiest" in question.sql else {}
        for start in range(0, len(self.access_points), at_once):
            part = places(self.access_points[start : start + at_once])
            yield from self.cursor.execute(question.sql, {**self.span, **kept, **part}).fetchall()


def _parts(asking: _Asking) -> EvidenceParts:
    parts = EvidenceParts()
    for access_point, *values in asking.rows(USAGE):
        parts.usage[access_point] = UsageEvidence(*values)
    for access_point, name, band, *values in asking.rows(RADIOS):
        parts.radios[access_point][RadioKey(name, band or "")] = RadioEvidence(*values)
    speeds = {(access_point, name): speed for access_point, name, speed in asking.rows(SPEEDS)}
    for access_point, name, hours, *values in asking.rows(UPLINKS):
        parts.uplinks[access_point][name] = UplinkEvidence(hours, speeds.get((access_point, name)), *values)
    for access_point, kind, *values in asking.rows(PROBES):
        parts.probes[access_point][kind] = ProbeEvidence(*values)
    return parts


def _busiest(hours: int) -> int:
    """How many of the highest values the quantile of so many hours may need, and one for the rounding."""
    return hours - math.floor(BUSIEST * (hours - 1)) + 1
