"""Writes frames into the DuckDB file: columns from NumPy, one transaction a batch.

The points, the note that their frames are stored and the hours that they make dirty are on disk together or not at
all, which is what makes an acknowledgement true.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any, NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt

from collector.embedded.transactions import roll_back
from collector.points import FRAMES, TABLES, Column, Row, Rows, frame_row, microseconds, rows_of
from collector.stores import FrameKey, StoredFrame

Array = npt.NDArray[Any]
_HOUR_MICROSECONDS = 3_600_000_000


class CommitUncertainError(Exception):
    """The commit failed, perhaps after it had become durable."""


class FrameRows(NamedTuple):
    """A frame as the rows that it adds to each table."""

    key: FrameKey
    account: Row
    received_at: datetime
    rows: Rows


def prepare(frame: StoredFrame) -> FrameRows:
    """A frame as rows."""
    return FrameRows(frame.key, frame_row(frame), frame.received_at, rows_of(frame))


def write_frames(cursor: duckdb.DuckDBPyConnection, frames: Sequence[FrameRows], *, oldest: datetime) -> None:
    """One transaction for all of them. Raises duckdb's errors, ValueError, OverflowError, and nothing is written then;
    and CommitUncertainError. Hours before `oldest` (UTC, naive) have no raw points any more: they stay as they were
    rolled up.
    """
    noted_at = max(frame.received_at for frame in frames).astimezone(UTC).replace(tzinfo=None)
    cursor.begin()
    try:
        _insert(cursor, "frames", FRAMES, [frame.account for frame in frames])
        first_hour, hours = microseconds(oldest.replace(tzinfo=UTC)), set[int]()
        for table in TABLES:
            rows = [*chain.from_iterable(frame.rows[table.name] for frame in frames)]
            if rows:
                columns = _insert(cursor, table.name, table.columns, rows)
                hours.update(hour for hour in _hours(columns["observed_at"]) if hour >= first_hour)
        if hours:
            cursor.execute(
                "INSERT INTO dirty_hours SELECT make_timestamp(unnest($hours)), $noted_at",
                {"hours": sorted(hours), "noted_at": noted_at},
            )
    except BaseException:
        roll_back(cursor)
        raise
    try:
        cursor.commit()
    except duckdb.Error as error:
        raise CommitUncertainError(str(error)) from error


def _hours(instants: Array) -> list[int]:
    """In which hours these lie, in microseconds since 1970."""
    hours: list[int] = (np.unique(instants.view(np.int64) // _HOUR_MICROSECONDS) * _HOUR_MICROSECONDS).tolist()
    return hours


def _insert(
    cursor: duckdb.DuckDBPyConnection, name: str, columns: Sequence[Column], rows: Sequence[Row]
) -> Mapping[str, Array]:
    """What was inserted, by column."""
    values = zip(columns, zip(*rows, strict=True), strict=True)
    arrays = {column.name: _array(column, of_column) for column, of_column in values}
    cursor.register("incoming", arrays)
    cursor.execute(f"INSERT INTO {name} SELECT * FROM incoming")  # noqa: S608  # a constant's name
    cursor.unregister("incoming")
    return arrays


def _array(column: Column, values: Sequence[object]) -> Array:
    if column.kind == "instant":
        return np.array(values, dtype=np.int64).view("datetime64[us]")
    if column.kind in {"text", "flag"}:
        return np.array(values, dtype=object)
    return np.array(values, dtype=float)  # None becomes NaN, and NaN, which the wire never carries, NULL
