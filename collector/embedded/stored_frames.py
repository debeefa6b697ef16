"""Which frames the DuckDB file holds: the account that makes a repeat known, kept as ranges of sequence numbers.

A frame is a row when it is written, in the transaction of its points; rows of frames that are no longer quite new are
put together into ranges now and then, so that a start has little to read.
"""

from datetime import datetime, timedelta

import duckdb

from collector.embedded.transactions import roll_back
from collector.stores import FrameKey

NEW_FOR = timedelta(minutes=10)

_RANGES = """
SELECT agent, boot_id, min(first_sequence) AS first_sequence, max(last_sequence) AS last_sequence,
       max(received_at) AS received_at, sum(reports)::BIGINT AS reports
FROM (
    SELECT *, sum(begins) OVER (PARTITION BY agent, boot_id ORDER BY first_sequence) AS island
    FROM (
        SELECT *,
               coalesce(first_sequence > 1 + max(last_sequence) OVER (
                   PARTITION BY agent, boot_id ORDER BY first_sequence
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
               ), FALSE)::INTEGER AS begins
        FROM frames
        WHERE {which}
    )
)
GROUP BY agent, boot_id, island
"""
_STORED = f"""
SELECT agent, boot_id, first_sequence, last_sequence FROM ({_RANGES.format(which="received_at >= ?")})
ORDER BY max(received_at) OVER (PARTITION BY agent, boot_id), agent, boot_id, first_sequence
"""  # noqa: S608  # constants only


def stored_ranges(cursor: duckdb.DuckDBPyConnection, since: datetime) -> list[tuple[str, str, int, int]]:
    """Agent, boot, first and last sequence number of what was received since then (UTC, naive). Boots come in the
    order in which they were last heard of."""
    return cursor.execute(_STORED, [since]).fetchall()


def holds(cursor: duckdb.DuckDBPyConnection, key: FrameKey) -> bool:
    """Whether this frame is stored."""
    query = (
        "SELECT 1 FROM frames WHERE agent = ? AND boot_id = ? AND ? BETWEEN first_sequence AND last_sequence LIMIT 1"
    )
    return cursor.execute(query, list(key)).fetchall() != []


def put_together(cursor: duckdb.DuckDBPyConnection, now: datetime) -> None:
    """Make ranges of what was received a while before `now`, in one transaction."""
    before = now - NEW_FOR
    cursor.begin()
    try:
        cursor.execute(f"CREATE TEMPORARY TABLE ranges AS {_RANGES.format(which='received_at < ?')}", [before])
        cursor.execute("DELETE FROM frames WHERE received_at < ?", [before])
        cursor.execute("INSERT INTO frames SELECT * FROM ranges")
        cursor.execute("DROP TABLE ranges")
        cursor.commit()
    except BaseException:
        roll_back(cursor)
        raise
