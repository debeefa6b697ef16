"""How many frames a spool has ever taken, counted by its own database: the agent knows nothing of it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from agent.clock import SystemClock
from agent.spool_file import open_file

_COUNT = """
CREATE TABLE ever (frames INTEGER NOT NULL);
INSERT INTO ever VALUES (0);
CREATE TRIGGER count_ever AFTER INSERT ON frames BEGIN UPDATE ever SET frames = frames + 1; END;
"""


def begin_counting(spool: Path) -> None:
    """Make an agent's spool, in which that is counted. The agent is not running yet."""
    with closing(open_file(spool, SystemClock())) as file:
        file.executescript(_COUNT)


def ever_spooled(file: sqlite3.Connection) -> int:
    """The count, of a spool whose agent has ended."""
    (frames,) = file.execute("SELECT frames FROM ever").fetchone()
    return int(frames)
