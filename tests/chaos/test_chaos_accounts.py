"""The account finds what is lost, doubled or made up: one that always came out right would prove nothing."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chaos.accounts import Stored, account_for, strangers
from chaos.journal import Accepted, FrameOfBoot, Journal, begin_journal, read_journal
from chaos.witness import Witness
from harness import FrozenClock

from agent.spool import Spool
from agent.wire import SequenceRange

BEGAN = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
AGENT, BOOT = "lab-001", "ab" * 8
UNSEEN = Witness(1)


def _journal(sequences: Iterable[int], *, in_spool: int = 0, dropped: int = 0) -> Journal:
    """Of an agent that accepted these frames, with two reports each."""
    frames = {}
    for number in sequences:
        instants = [BEGAN + timedelta(seconds=number, milliseconds=part) for part in (1, 2)]
        frames[BOOT, number] = Accepted(BEGAN, 1000.0, [(AGENT, instant) for instant in instants])
    return Journal(frames, in_spool, len(frames), dropped)


def _stored(journal: Journal, sequences: Iterable[int]) -> Stored:
    keys: list[FrameOfBoot] = [(BOOT, number) for number in sequences]
    observations = Counter(seen for key in keys for seen in journal.frames[key].observations)
    return Stored(observations, Counter((AGENT, *key) for key in keys))


def _problems(journal: Journal, stored: Stored, *, may_drop: bool = True) -> list[str]:
    account = account_for(AGENT, journal, stored, UNSEEN, may_drop=may_drop)
    return [problem.splitlines()[0] for problem in account.problems]


def test_all_stored_once_is_no_problem() -> None:
    journal = _journal([1, 2, 3])
    assert _problems(journal, _stored(journal, [1, 2, 3]), may_drop=False) == []


def test_what_is_missing_is_told_unless_it_is_counted_as_dropped() -> None:
    journal = _journal([1, 2, 3])
    stored = _stored(journal, [2, 3])
    assert _problems(journal, stored) == ["1 frames are missing, 0 are accounted for:"]
    assert _problems(replace(journal, dropped=1), stored) == []
    assert _problems(replace(journal, dropped=1), stored, may_drop=False) == [
        "1 frames are missing, 0 are accounted for:",
        "1 frames were dropped without need",
    ]


def test_a_drop_that_was_never_on_disk_stands_for_no_frame_that_was() -> None:
    journal = _journal([1, 2, 4], dropped=1)
    assert journal.never_on_disk == 1
    assert _problems(journal, _stored(journal, [1, 2, 4])) == []
    assert _problems(journal, _stored(journal, [1, 2])) == ["1 frames are missing, 0 are accounted for:"]


def test_half_a_frame_is_a_missing_frame() -> None:
    journal = _journal([1, 2])
    stored = _stored(journal, [1, 2])
    del stored.observations[AGENT, BEGAN + timedelta(seconds=2, milliseconds=1)]
    assert _problems(journal, stored) == ["1 frames are missing, 0 are accounted for:"]


def test_what_is_stored_twice_is_told() -> None:
    journal = _journal([1, 2])
    doubled = f"frame {(BOOT, 2)} is stored 2 times: never seen at the broker"
    assert _problems(journal, _stored(journal, [1, 2, 2])) == [doubled]
    only_a_report = _stored(journal, [1, 2])
    only_a_report.observations[AGENT, BEGAN + timedelta(seconds=2, milliseconds=1)] += 1
    assert _problems(journal, replace(only_a_report, frames=None)) == [doubled]


def test_what_nobody_accepted_is_told() -> None:
    journal = _journal([1])
    stored = _stored(_journal([1, 2]), [1, 2])
    assert len(strangers({AGENT: journal}, stored)) == 2
    assert strangers({AGENT: journal}, _stored(journal, [1])) == []


def test_what_is_in_the_spool_still_is_told() -> None:
    journal = _journal([1], in_spool=1)
    assert _problems(journal, _stored(journal, [1])) == ["1 frames are in the spool still"]


def test_instants_are_compared_as_the_store_keeps_them() -> None:
    instant = BEGAN + timedelta(microseconds=1999)
    journal = Journal({(BOOT, 1): Accepted(BEGAN, 1000.0, [(AGENT, instant)])}, 0, 1, 0)
    kept = (AGENT, BEGAN + timedelta(milliseconds=1))
    stored = Stored(Counter([kept]), None, instants_in=timedelta(milliseconds=1))
    assert _problems(journal, stored, may_drop=False) == []
    assert strangers({AGENT: journal}, stored) == []
    assert _problems(journal, replace(stored, instants_in=timedelta(microseconds=1))) != []


async def test_the_journal_keeps_what_the_spool_forgets(tmp_path: Path, clock: FrozenClock) -> None:
    path = tmp_path / "lab-001.spool"
    begin_journal(path)
    spool = Spool(path, boot_id=BOOT, max_bytes=2**20, max_age_seconds=3600, clock=clock)
    await spool.append(
        b'{"reports":[{"access_point":"lab-001","observed_at":"2026-05-02T12:00:01.001Z"},'
        b'{"access_point":"lab-001","observed_at":"2026-05-02T12:00:01.002Z"}]}'
    )
    await spool.append(b'{"events":[{"kind":"agent_started","occurred_at":"2026-05-02T12:00:00Z"}]}')
    await spool.forget([SequenceRange(boot_id=BOOT, first=1, last=1)])
    await spool.close()
    instants = [BEGAN + timedelta(seconds=1, milliseconds=part) for part in (1, 2)]
    assert read_journal(path) == Journal(
        {
            (BOOT, 1): Accepted(clock.wall(), clock.monotonic(), [(AGENT, instant) for instant in instants]),
            (BOOT, 2): Accepted(clock.wall(), clock.monotonic(), []),
        },
        in_spool=1,
        ever_spooled=2,
        dropped=0,
    )
