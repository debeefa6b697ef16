"""Replays: what was refused is judged by the inventory of today, stored once, and lost by nobody who dies meanwhile."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from harness import INVENTORY, eventually
from sqlalchemy import Engine
from state_files import open_state

from agent.wire import Topic
from collector.intake import Intake, Taken, refused_by_store
from collector.replay import NotReplayableError, Replayer, taken_from
from collector.state.quarantine import (
    CLAIMED_FOR,
    Entry,
    Refusal,
    claim_replays,
    entries,
    keep,
    request_replay,
)
from collector.stores import FrameKey, StoredFrame, StoreError, StoreLostError
from inventory import load_inventory

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=20)
ANOTHERS = {"access_point": "other-001"}


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Engine]:
    engine = open_state(tmp_path / "state.sqlite")
    yield engine
    engine.dispose()


def intake(folder: Path, *, grants: str = "") -> Intake:
    """The inventory of the lab; `grants` are further access points for which its gateway may speak."""
    folder.mkdir()
    access_points = f"access_points = [{grants}]\n"
    (folder / "lab.toml").write_text(INVENTORY + access_points, encoding="utf-8")
    return Intake(load_inventory(folder))


@pytest.fixture
def of_then(tmp_path: Path) -> Intake:
    return intake(tmp_path / "then")


@pytest.fixture
def of_today(tmp_path: Path) -> Intake:
    return intake(tmp_path / "today", grants='"other-001"')


class Store:
    """Stores once what it is given, as the pipeline does, but for the access points that it never takes."""

    def __init__(self) -> None:
        self.frames: dict[FrameKey, StoredFrame] = {}
        self.repeats = 0
        self.never_takes: set[str] = set()
        self.error: Exception | None = None

    async def submit(self, taken: Taken) -> Sequence[Refusal]:
        assert taken.refusals == []  # they are the replayer's
        assert taken.frame is not None
        if self.error is not None:
            raise self.error
        if taken.frame.key in self.frames:
            self.repeats += 1
            return []
        bad = [report for report in taken.frame.reports if report.access_point in self.never_takes]
        if len(bad) == len(taken.frame.reports):
            return [refused_by_store(taken.frame, "never")]
        good = tuple(report for report in taken.frame.reports if report not in bad)
        self.frames[taken.frame.key] = taken.frame._replace(reports=good)
        return [refused_by_store(taken.frame, "never", report) for report in bad]

    def stored(self) -> list[str]:
        return sorted(report.access_point for frame in self.frames.values() for report in frame.reports)


def message(*reports: dict[str, object], **header: object) -> bytes:
    base = {"version": 1, "agent": "gw-lab", "boot_id": "00c0ffee", "sequence": 3, "sent_at": NOW.isoformat()}
    return json.dumps(
        base | header | {"reports": [{"observed_at": NOW.isoformat()} | each for each in reports]}
    ).encode()


def quarantined(state: Engine, by: Intake, payload: bytes, *, is_retained: bool = False) -> Taken:
    taken = by.take(Topic("gw-lab", "frame"), payload, NOW, is_retained=is_retained)
    keep(state, taken.refusals)
    return taken


def asked(state: Engine) -> list[Entry]:
    request_replay(state, [entry.id for entry in entries(state)], LATER)
    return sorted(entries(state), key=lambda entry: entry.id)


def replayer(state: Engine, of: Intake, store: Store, *, at: datetime = LATER) -> Replayer:
    return Replayer(state, of, store.submit, lambda: at)


@asynccontextmanager
async def running(runner: Replayer) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(runner.run())
    yield task
    task.cancel()
    await asyncio.wait([task])


def test_a_part_is_judged_again_as_received_when_it_first_came(
    state: Engine, of_then: Intake, of_today: Intake
) -> None:
    in_1970 = {"observed_at": "1970-01-01T00:00:50Z"}
    payload = message(ANOTHERS | in_1970, {"access_point": "lab-001"} | in_1970, sent_at="1970-01-01T00:01:00Z")
    quarantined(state, of_then, payload)
    (entry,) = entries(state)
    taken = taken_from(entry, of_today)
    assert taken.key == FrameKey("gw-lab", entry.digest[:32], 1)
    assert taken.frame is not None
    assert (taken.frame.key, taken.frame.received_at) == (taken.key, NOW)
    (report,) = taken.frame.reports
    assert (report.access_point, report.observed_at) == ("other-001", NOW - timedelta(seconds=10))
    assert report.is_clock_corrected
    assert [reading.received_at for _, reading in taken.readings] == [NOW]
    assert taken_from(entry, of_then).frame is None
    assert taken_from(entry, of_then).refusals[0].digest == entry.digest  # nothing new


def test_what_is_not_whole_or_no_frame_is_not_judged_again(state: Engine, of_today: Intake) -> None:
    reports = [ANOTHERS | {"device": {"name": "x" * 100}}] * 900
    quarantined(state, of_today, message(*reports, agent="gw-other"))
    quarantined(state, of_today, b"x" * 201)
    for entry in entries(state):
        with pytest.raises(NotReplayableError, match=f"only {len(entry.payload)} of its {entry.payload_bytes} bytes"):
            taken_from(entry, of_today)


async def test_what_is_taken_today_is_stored_and_leaves_the_quarantine(
    state: Engine, of_then: Intake, of_today: Intake
) -> None:
    quarantined(state, of_then, message(ANOTHERS, {"access_point": "lab-001"}, ANOTHERS | {"clients": 4}))
    quarantined(state, of_then, message({"access_point": "lab-002"}), is_retained=True)
    assert len(asked(state)) == 3
    store = Store()
    async with running(replayer(state, of_today, store)):
        await eventually(lambda: entries(state) == [])
    assert store.stored() == ["lab-002", "other-001", "other-001"]


async def test_what_nobody_has_asked_for_stays(state: Engine, of_then: Intake, of_today: Intake) -> None:
    quarantined(state, of_then, message(ANOTHERS))
    store = Store()
    await replayer(state, of_today, store).replay_requested()
    assert store.stored() == []
    assert len(entries(state)) == 1


async def test_what_is_refused_again_says_for_what_and_is_not_tried_for_ever(state: Engine, of_then: Intake) -> None:
    quarantined(state, of_then, message(ANOTHERS))
    (before,) = asked(state)
    await replayer(state, of_then, Store()).replay_requested()
    (entry,) = entries(state)
    assert entry.replay_outcome == "not_allowed: gw-lab may not speak for other-001"
    assert (entry.id, entry.count, entry.replayed_at) == (before.id, 1, LATER)
    assert claim_replays(state, LATER + 2 * CLAIMED_FOR) == []


async def test_a_replay_that_is_interrupted_is_done_again_and_stored_once(
    state: Engine, of_then: Intake, of_today: Intake
) -> None:
    quarantined(state, of_then, message(ANOTHERS))
    asked(state)
    store = Store()
    (claimed,) = claim_replays(state, LATER)  # and stored, by a collector that dies before it can say so
    await store.submit(taken_from(claimed, of_today))
    await replayer(state, of_today, store, at=LATER + CLAIMED_FOR).replay_requested()
    assert len(entries(state)) == 1  # it might still be alive
    await replayer(state, of_today, store, at=LATER + 2 * CLAIMED_FOR).replay_requested()
    assert entries(state) == []
    assert (store.stored(), store.repeats) == (["other-001"], 1)


async def test_of_a_frame_that_is_taken_in_part_the_rest_is_kept_and_can_be_replayed_later(
    state: Engine, of_then: Intake, tmp_path: Path
) -> None:
    quarantined(state, of_then, message(ANOTHERS, {"access_point": "lab-001"}, version=2))
    (entry,) = entries(state)
    whole = message(ANOTHERS, {"access_point": "lab-001"})  # as if this version had learned to read that one
    keep(state, [Refusal("invalid", "", entry.topic, "gw-lab", "frame", whole, len(whole), False, "ab" * 32, NOW)])
    with_outcome = [entry for entry in asked(state) if entry.payload == whole]
    store = Store()
    await replayer(state, of_then, store).replay_requested()
    assert store.stored() == ["lab-001"]
    left = {entry.part: entry for entry in entries(state)}
    assert with_outcome[0].id not in {entry.id for entry in left.values()}
    assert left["report"].replay_outcome == "not_allowed: gw-lab may not speak for other-001"
    assert left["frame"].replay_outcome is not None
    asked(state)
    await replayer(state, intake(tmp_path / "today", grants='"other-001"'), store).replay_requested()
    assert store.stored() == ["lab-001", "other-001"]
    assert store.repeats == 0


async def test_what_the_store_refuses_stays_in_quarantine(state: Engine, of_then: Intake, of_today: Intake) -> None:
    quarantined(state, of_then, message(ANOTHERS))
    (entry,) = asked(state)
    store = Store()
    store.never_takes = {"other-001"}
    await replayer(state, of_today, store).replay_requested()
    assert [(left.id, left.replay_outcome) for left in entries(state)] == [(entry.id, "store: never")]


async def test_a_report_that_the_store_refuses_is_kept_by_itself(state: Engine, of_today: Intake) -> None:
    whole = message(ANOTHERS, {"access_point": "lab-001"})
    keep(state, [Refusal("invalid", "", "t", "gw-lab", "frame", whole, len(whole), False, "ab" * 32, NOW)])
    asked(state)
    store = Store()
    store.never_takes = {"other-001"}
    await replayer(state, of_today, store).replay_requested()
    (left,) = entries(state)
    assert (left.part, left.reason, left.replay_outcome) == ("report", "store", "store: never")
    store.never_takes = set()
    asked(state)
    await replayer(state, of_today, store).replay_requested()
    assert (store.stored(), store.repeats, entries(state)) == (["lab-001", "other-001"], 0, [])


async def test_while_the_store_cannot_the_replay_waits(state: Engine, of_then: Intake, of_today: Intake) -> None:
    quarantined(state, of_then, message(ANOTHERS))
    asked(state)
    store = Store()
    store.error = StoreError("disk is full", is_permanent=False)
    await replayer(state, of_today, store).replay_requested()
    (entry,) = entries(state)
    assert entry.replay_outcome is None
    store.error = None
    await replayer(state, of_today, store, at=LATER + 2 * CLAIMED_FOR).replay_requested()
    assert entries(state) == []


async def test_a_defect_is_told_once_and_holds_up_nobody(
    state: Engine, of_then: Intake, of_today: Intake, caplog: pytest.LogCaptureFixture
) -> None:
    quarantined(state, of_then, message(ANOTHERS))
    asked(state)
    store = Store()
    store.error = ZeroDivisionError("of our making")
    await replayer(state, of_today, store).replay_requested()
    (entry,) = entries(state)
    assert entry.replay_outcome == "defect: ZeroDivisionError('of our making')"
    assert any(record.levelno == logging.ERROR for record in caplog.records)
    assert claim_replays(state, LATER + 2 * CLAIMED_FOR) == []


async def test_a_store_that_has_given_up_ends_the_replayer(state: Engine, of_then: Intake, of_today: Intake) -> None:
    quarantined(state, of_then, message(ANOTHERS))
    asked(state)
    store = Store()
    store.error = StoreLostError("it must be opened anew")
    with pytest.RaisesGroup(StoreLostError):
        await replayer(state, of_today, store).run()
    assert entries(state)[0].replay_outcome is None


async def test_a_state_database_that_does_not_answer_is_asked_again(
    state: Engine, of_then: Intake, of_today: Intake, caplog: pytest.LogCaptureFixture
) -> None:
    quarantined(state, of_then, message(ANOTHERS))
    asked(state)
    with state.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE quarantine RENAME TO away")
    store = Store()
    async with running(replayer(state, of_today, store)) as task:
        await eventually(lambda: "replay_not_noted" in caplog.text)
        with state.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE away RENAME TO quarantine")
        await eventually(lambda: store.stored() == ["other-001"])
        await eventually(lambda: entries(state) == [])
        assert not task.done()


def test_what_its_agent_told_of_itself_is_not_of_now_any_more(state: Engine, of_then: Intake) -> None:
    payload = message({"access_point": "lab-001"}, health={"spooled_frames": 3})
    quarantined(state, of_then, payload, is_retained=True)
    (entry,) = asked(state)
    taken = taken_from(entry, of_then)
    assert taken.frame is not None
    assert taken.health is None
