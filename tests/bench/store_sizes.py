"""What a million reports take on the disk, in DuckDB and in VictoriaMetrics."""

import contextlib
import time
from pathlib import Path

import duckdb
import httpx

_MERGE_SECONDS = 120.0


def duckdb_megabytes_per_million(data: Path) -> float:
    """Of a collector's data folder, after the collector has ended: the file with its log merged in."""
    path = data / "points.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("CHECKPOINT")
        counted = connection.execute("SELECT count(*) FROM reports").fetchone()
    assert counted is not None
    return path.stat().st_size / counted[0]  # bytes a report are megabytes a million


def victoriametrics_megabytes_per_million(folder: Path, port: int, reports: float) -> tuple[float, float]:
    """Of an engine that holds so many reports, after a merge: of the samples, and of the index over the series. The
    index grows with the number of series and not with time."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=_MERGE_SECONDS) as engine:
        for step in ("force_flush", "force_merge"):
            engine.get(f"/internal/{step}").raise_for_status()
    size = -1
    while size != (size := _bytes(folder)):
        time.sleep(1)  # merges go on by themselves; they are over when the folder rests
    return _bytes(folder / "data") / reports, _bytes(folder / "indexdb") / reports


def _bytes(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # merged away meanwhile
            total += path.stat().st_size if path.is_file() else 0
    return total
