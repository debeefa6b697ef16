"""What an agent's spool and the collector's DuckDB file say together, once neither is open any more."""

import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
from spooled_ever import ever_spooled


def must_be_stored_once(agent: str, *, spool: Path, points: Path) -> int:
    """Every frame that the agent ever wrote, as its spool has counted them, is in the database, unless it is in the
    spool still, for it was not acknowledged; and none is there twice. How many are there."""
    with closing(sqlite3.connect(spool)) as file:
        ever = ever_spooled(file)
        waiting = set(file.execute("SELECT boot_id, sequence FROM frames").fetchall())
        assert file.execute("SELECT frames FROM dropped").fetchone() == (0,)
    with duckdb.connect(points, read_only=True) as database:
        ranges = database.execute(
            "SELECT boot_id, first_sequence, last_sequence FROM frames WHERE agent = ?", [agent]
        ).fetchall()
        rows, instants, told = database.execute(
            "SELECT (SELECT count(*) FROM reports), (SELECT count(DISTINCT (access_point, observed_at)) FROM reports),"
            " (SELECT sum(reports) FROM frames)"
        ).fetchall()[0]
    stored = [(boot, number) for boot, first, last in ranges for number in range(first, last + 1)]
    assert len(stored) == len(set(stored)), "no frame is stored twice"
    assert rows == instants == told, "no report is stored twice, or without its frame"
    last = {boot: max(number for its, number in stored if its == boot) for boot, _ in stored}
    assert len({*stored} | waiting) == ever, "no frame is missing"
    assert sum(last.values()) <= ever, "none came from elsewhere"
    return len(stored)
