"""A copy of the embedded store is one moment of it, whatever is written, rolled up and deleted while it is read."""

from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from writing import write

from agent.wire import Radio, Report
from collector.backup.embedded_points import PointsFile
from collector.backup.pieces import Piece, TravellingPoints, encoded
from collector.backup.problems import BackupError
from collector.stores import FrameKey, StoredFrame, StoredReport
from collector.stores.duckdb import DuckDBStore, Retention, open_store

NOW = datetime(2026, 5, 20, 12, 30, tzinfo=UTC)
ROWS_AT_ONCE = 500


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[DuckDBStore]:
    opened = open_store(tmp_path / "points.duckdb", Retention(raw=timedelta(days=10)))
    yield opened
    await opened.close()


def frames(first: int, count: int, at: datetime) -> list[StoredFrame]:
    """One report with a radio in each; the number stands in its clients."""
    return [
        StoredFrame(
            FrameKey("gw-a", "00c0ffee", number),
            at,
            (
                StoredReport(
                    "a-1",
                    at + timedelta(milliseconds=number),
                    False,
                    Report(access_point="a-1", observed_at=at, clients=number, radios=(Radio(name="r0", channel=6),)),
                ),
            ),
            (),
        )
        for number in range(first, first + count)
    ]


async def test_it_is_what_was_stored_when_it_began(store: DuckDBStore, tmp_path: Path) -> None:
    await write(store, frames(1, 2000, NOW - timedelta(days=11)))  # what is forgotten, and rolled up, meanwhile
    await write(store, frames(2001, 2000, NOW - timedelta(hours=3)))
    await store.maintain(NOW - timedelta(days=11))
    with store._cursor() as cursor:
        expected = cursor.execute("SELECT * FROM reports ORDER BY clients").fetchall()
    pieces: list[Piece] = []
    with store.copy() as points:
        rows = {name: table.rows for name, table in points.tables.items()}
        columns = {name: table.columns for name, table in points.tables.items()}
        for piece in points.pieces(ROWS_AT_ONCE):
            pieces.append(piece)
            await write(store, frames(4001 + 10 * len(pieces), 10, NOW))
            await store.maintain(NOW)
    with store._cursor() as cursor:
        assert cursor.execute("SELECT min(clients) FROM reports").fetchall() == [(2001,)], "the rest is forgotten"
    assert (rows["reports"], rows["radios"]) == (4000, 4000)
    assert len([piece for piece in pieces if piece.table == "reports"]) == 8

    with closing(PointsFile(tmp_path / "again.duckdb")) as file:
        assert file.columns == columns
        for piece in pieces:
            (tmp_path / "piece").write_bytes(piece.content)
            file.add(piece.table, tmp_path / "piece")
        file.finish(rows)
    with duckdb.connect(tmp_path / "again.duckdb", read_only=True) as again:
        assert again.execute("SELECT * FROM reports ORDER BY clients").fetchall() == expected
    reopened = open_store(tmp_path / "again.duckdb")
    assert reopened.stored_frames(NOW - timedelta(days=12)) == {("gw-a", "00c0ffee"): [(1, 4000)]}
    await reopened.close()


async def test_a_piece_that_is_missing_is_told(store: DuckDBStore, tmp_path: Path) -> None:
    await write(store, frames(1, 1200, NOW))
    with store.copy() as points:
        pieces = [*points.pieces(ROWS_AT_ONCE)]
        rows = {name: table.rows for name, table in points.tables.items()}
    with closing(PointsFile(tmp_path / "again.duckdb")) as file:
        for piece in pieces[:-1]:
            (tmp_path / "piece").write_bytes(piece.content)
            file.add(piece.table, tmp_path / "piece")
        with pytest.raises(BackupError) as raised:
            file.finish(rows)
    assert raised.value.reason == "rows_lost"
    assert raised.value.about == {"table": pieces[-1].table, "wanted": 1200, "found": 1000}


async def test_the_store_closes_while_it_is_read(store: DuckDBStore) -> None:
    await write(store, frames(1, 1200, NOW))
    with store.copy() as points:
        reading = points.pieces(ROWS_AT_ONCE)
        next(reading)
        points.close()
        assert [*reading] == []
    await store.close()


class Sent:
    """A stream that ends after so many bytes."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self, size: int) -> bytes:
        found, self._content = self._content[:size], self._content[size:]
        return found


async def test_a_stream_that_breaks_off_is_no_end(store: DuckDBStore) -> None:
    await write(store, frames(1, 100, NOW))
    with store.copy() as points:
        whole = b"".join(encoded(points))
        expected = [*points.pieces()]
    assert [*TravellingPoints(Sent(whole)).pieces()] == expected  # type: ignore[arg-type]  # all that tarfile asks of it
    for size in (0, 100, 5_000, len(whole) // 2 // 512 * 512, len(whole) - 2048):
        with pytest.raises(BackupError) as raised:
            [*TravellingPoints(Sent(whole[:size])).pieces()]  # type: ignore[arg-type]  # likewise
        assert raised.value.reason == "points_broke_off"
