"""What an agent has accepted, written down by the spool's own database: a trigger notes each frame that is committed,
and keeps the note when the frame is forgotten. An agent knows nothing of it, and no collector is asked."""

import contextlib
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from spooled_ever import begin_counting, ever_spooled

_JOURNAL = """
CREATE TABLE accepted_frames (
    boot_id TEXT, sequence INTEGER, sampled_at REAL, sampled_monotonic_seconds REAL
);
CREATE TABLE accepted_reports (boot_id TEXT, sequence INTEGER, access_point TEXT, observed_at TEXT);
CREATE TRIGGER accept AFTER INSERT ON frames BEGIN
    INSERT INTO accepted_frames
        VALUES (NEW.boot_id, NEW.sequence, NEW.sampled_at, NEW.sampled_monotonic_seconds);
    INSERT INTO accepted_reports
        SELECT
            NEW.boot_id, NEW.sequence, json_extract(value, '$.access_point'), json_extract(value, '$.observed_at')
        FROM json_each(CAST(NEW.body AS TEXT), '$.reports');
END;
"""

FrameOfBoot = tuple[str, int]
"""A frame as acknowledgements name it: boot and sequence number."""
Observation = tuple[str, datetime]
"""A report as a store knows it: access point and instant."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A frame that an agent had on disk: when it was read by the agent's two clocks, and the reports in it."""

    sampled_at: datetime
    sampled_monotonic_seconds: float
    observations: list[Observation] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Journal:
    """All that an agent has accepted, what of it is in the spool still, and how much the agent says it dropped."""

    frames: dict[FrameOfBoot, Accepted]
    in_spool: int
    ever_spooled: int
    dropped: int

    @property
    def never_on_disk(self) -> int:
        """Frames that have a number and were never committed: a full disk took nothing. The last ones of a process
        that was killed leave no gap, and are not among these."""
        highest: Counter[str] = Counter()
        for boot_id, sequence in self.frames:
            highest[boot_id] = max(highest[boot_id], sequence)
        return highest.total() - len(self.frames)


def begin_journal(spool: Path) -> None:
    """Make an agent's spool, with a journal in it. The agent is not running yet."""
    begin_counting(spool)
    with contextlib.closing(sqlite3.connect(spool)) as connection:
        connection.executescript(_JOURNAL)


def read_journal(spool: Path) -> Journal:
    """The journal of an agent that has ended."""
    with contextlib.closing(sqlite3.connect(spool)) as connection:
        accepted = connection.execute("SELECT * FROM accepted_frames").fetchall()
        frames = {
            (boot_id, sequence): Accepted(datetime.fromtimestamp(sampled_at, UTC), monotonic)
            for boot_id, sequence, sampled_at, monotonic in accepted
        }
        reports = connection.execute("SELECT * FROM accepted_reports")
        for boot_id, sequence, access_point, observed_at in reports:
            frames[boot_id, sequence].observations.append((access_point, datetime.fromisoformat(observed_at)))
        (in_spool,) = connection.execute("SELECT count(*) FROM frames").fetchone()
        (dropped,) = connection.execute("SELECT frames FROM dropped").fetchone()
        ever = ever_spooled(connection)
    assert len(frames) == len(accepted)
    return Journal(frames, in_spool, ever, dropped)


def true_instant(accepted: Accepted, observed_at: datetime, boot_of_machine: datetime) -> datetime:
    """When something in a frame was observed in truth, whatever the agent's wall clock said: its monotonic clock
    counts from the machine's start, whose instant the test knows from a clock that is right."""
    sampled_at = boot_of_machine + timedelta(seconds=accepted.sampled_monotonic_seconds)
    return sampled_at + (observed_at - accepted.sampled_at)
