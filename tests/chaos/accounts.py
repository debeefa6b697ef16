"""The account at the end: what each agent accepted against what the store has, report by report."""

import json
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
from chaos.journal import Accepted, FrameOfBoot, Journal, Observation
from chaos.witness import Witness
from engines import VictoriaMetrics

_TOLD_AT_MOST = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Stored:
    """What a store has: how often each report, and each frame where the store keeps account of frames. An instant is
    kept in whole steps of `instants_in`, what is beyond cut off."""

    observations: Counter[Observation]
    frames: Counter[tuple[str, str, int]] | None
    instants_in: timedelta = timedelta(microseconds=1)

    def times(self, observation: Observation) -> int:
        """How often a report is stored."""
        return self.observations[self.kept_as(observation)]

    def kept_as(self, observation: Observation) -> Observation:
        """A report as this store knows it."""
        access_point, observed_at = observation
        return access_point, observed_at - (observed_at - _EPOCH) % self.instants_in


def stored_in_duckdb(data: Path) -> Stored:
    """All of a DuckDB file whose collector has ended."""
    with closing(duckdb.connect(data / "points.duckdb", read_only=True)) as points:
        observations = points.execute("SELECT access_point, observed_at FROM reports").fetchall()
        frames = points.execute(
            "SELECT agent, boot_id, unnest(range(first_sequence, last_sequence + 1)) FROM frames"
        ).fetchall()
    return Stored(
        Counter((access_point, observed_at.replace(tzinfo=UTC)) for access_point, observed_at in observations),
        Counter(frames),
    )


def stored_in_victoriametrics(engine: VictoriaMetrics) -> Stored:
    """All reports of a VictoriaMetrics that is running."""
    engine.flush()
    observations: Counter[Observation] = Counter()
    for line in engine.series("wifi_report_reports"):
        series = json.loads(line)
        access_point = series["metric"]["access_point"]
        observations.update((access_point, _EPOCH + timedelta(milliseconds=at)) for at in series["timestamps"])
    return Stored(observations, frames=None, instants_in=timedelta(milliseconds=1))


@dataclass(frozen=True, slots=True)
class Account:
    """One agent's side: what it accepted, how much of that is stored, and whether its own count covers the rest."""

    agent: str
    journal: Journal
    missing: tuple[FrameOfBoot, ...]
    problems: tuple[str, ...]

    @property
    def dropped_and_stored(self) -> int:
        """Frames that were stored, and then dropped for space before their acknowledgement came."""
        return self.journal.dropped - self.journal.never_on_disk - len(self.missing)

    def __str__(self) -> str:
        journal = self.journal
        return (
            f"{self.agent}: {len(journal.frames)} frames accepted and {journal.never_on_disk} never on disk; "
            f"{len(journal.frames) - len(self.missing)} stored, {len(self.missing)} not; {journal.dropped} dropped"
        )


def account_for(agent: str, journal: Journal, stored: Stored, witness: Witness, *, may_drop: bool) -> Account:
    """Compare. Where nothing can have been dropped, nothing may be missing and the count must be 0."""
    missing = tuple(key for key, accepted in journal.frames.items() if not _is_stored(agent, key, accepted, stored))
    problems = []
    if journal.in_spool:
        problems.append(f"{journal.in_spool} frames are in the spool still")
    if journal.ever_spooled != len(journal.frames):
        problems.append(f"the spool numbered {journal.ever_spooled} frames, and the journal has {len(journal.frames)}")
    can_be_missing = journal.dropped - journal.never_on_disk if may_drop else 0
    if len(missing) > can_be_missing:
        lost = [f"  {boot_id} {number}: {witness.history(agent, boot_id, number)}" for boot_id, number in missing]
        told = "\n".join(lost[:_TOLD_AT_MOST])
        problems.append(f"{len(missing)} frames are missing, {can_be_missing} are accounted for:\n{told}")
    if journal.dropped and not may_drop:
        problems.append(f"{journal.dropped} frames were dropped without need")
    problems += _doubled(agent, journal, stored, witness)
    return Account(agent, journal, missing, tuple(problems))


def strangers(journals: Mapping[str, Journal], stored: Stored) -> list[str]:
    """Reports in the store that no agent has accepted."""
    frames = [frame for journal in journals.values() for frame in journal.frames.values()]
    accepted = {stored.kept_as(seen) for frame in frames for seen in frame.observations}
    return [f"{place} at {at} is stored, and nobody accepted it" for place, at in stored.observations.keys() - accepted]


def _is_stored(agent: str, key: FrameOfBoot, accepted: Accepted, stored: Stored) -> bool:
    is_known = stored.frames is None or stored.frames[agent, *key] > 0
    return is_known and all(stored.times(seen) > 0 for seen in accepted.observations)


def _doubled(agent: str, journal: Journal, stored: Stored, witness: Witness) -> list[str]:
    """Frames of which something is stored more than once."""
    problems = []
    for key, accepted in journal.frames.items():
        times = max(
            [0 if stored.frames is None else stored.frames[agent, *key]]
            + [stored.times(seen) for seen in accepted.observations]
        )
        if times > 1:
            problems.append(f"frame {key} is stored {times} times: {witness.history(agent, *key)}")
    return problems[:_TOLD_AT_MOST]
