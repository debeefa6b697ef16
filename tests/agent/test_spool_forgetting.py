"""Forgetting: gone for the process at once, off the disk with the next frame. What a kill leaves is read from a copy of
the files, as they are in the middle of it."""

import contextlib
import random
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

import pytest
from harness import FrozenClock
from test_spool import BODY, BOOT, sequences, small_disk  # noqa: F401  # the fixture

from agent.spool import FORGOTTEN_AT_MOST, Spool, SpooledFrame
from agent.wire import SequenceRange

OpenSpool = Callable[..., Spool]


@pytest.fixture
async def open_spool(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[OpenSpool]:
    opened: list[Spool] = []

    def opener(folder: Path = tmp_path, boot_id: str = BOOT, max_bytes: int = 1_000_000) -> Spool:
        spool = Spool(folder / "spool.db", boot_id=boot_id, max_bytes=max_bytes, max_age_seconds=3600.0, clock=clock)
        opened.append(spool)
        return spool

    yield opener
    for spool in opened:
        await spool.close()


def acknowledged(*numbers: int, boot_id: str = BOOT) -> list[SequenceRange]:
    return [SequenceRange(boot_id=boot_id, first=number, last=number) for number in numbers]


def as_a_kill_leaves_it(folder: Path) -> Path:
    """A folder with what is on the disk now."""
    left = folder / "left"
    shutil.rmtree(left, ignore_errors=True)
    left.mkdir()
    for file in (*folder.glob("spool.db"), *folder.glob("spool.db-wal")):
        shutil.copy(file, left)
    return left


def on_disk(folder: Path) -> list[tuple[str, int]]:
    """Boots and numbers of the frames that a process would find after a kill, the oldest first."""
    with contextlib.closing(sqlite3.connect(as_a_kill_leaves_it(folder) / "spool.db")) as file:
        file.execute("PRAGMA synchronous = OFF")
        return file.execute("SELECT boot_id, sequence FROM frames ORDER BY id").fetchall()


def numbers_on_disk(folder: Path) -> list[int]:
    return [number for _, number in on_disk(folder)]


async def test_what_is_forgotten_is_gone_at_once_and_off_the_disk_with_the_next_frame(
    open_spool: OpenSpool, tmp_path: Path
) -> None:
    spool = open_spool()
    for _ in range(3):
        await spool.append(BODY)
    newest = await spool.newest(leaving_out=())
    assert newest is not None
    assert len(await spool.forget(acknowledged(1, 3))) == 2
    assert await spool.forget(acknowledged(1, 3)) == set()
    assert await sequences(spool) == [2]
    assert (await spool.newest(leaving_out=())) == (await spool.oldest(leaving_out=()))
    assert await spool.frame(newest.id) is None
    assert [frame.sequence for frame in await _together(spool)] == [2]
    assert (spool.frames, spool.bytes) == (1, len(BODY))
    assert numbers_on_disk(tmp_path) == [1, 2, 3]
    await spool.append(BODY)
    assert numbers_on_disk(tmp_path) == await sequences(spool) == [2, 4]


async def _together(spool: Spool) -> list[SpooledFrame]:
    return await spool.oldest_together(leaving_out=(), at_most_frames=99, at_most_bytes=10_000)


async def test_a_kill_brings_back_what_was_forgotten_since_the_last_frame_and_counts_it(
    open_spool: OpenSpool, tmp_path: Path
) -> None:
    first = open_spool()
    for _ in range(3):
        await first.append(BODY)
    await first.forget(acknowledged(1, 2))
    again = open_spool(as_a_kill_leaves_it(tmp_path), boot_id="deadbeef")
    assert await sequences(again) == [1, 2, 3]
    assert (again.frames, again.bytes, again.dropped_frames) == (3, 3 * len(BODY), 0)
    assert len(await again.forget(acknowledged(1, 2))) == 2
    await again.append(BODY)
    assert on_disk(tmp_path / "left") == [(BOOT, 3), ("deadbeef", 1)]


async def test_a_process_that_ends_leaves_nothing_that_was_forgotten(open_spool: OpenSpool, tmp_path: Path) -> None:
    first = open_spool()
    for _ in range(3):
        await first.append(BODY)
    await first.forget(acknowledged(1, 3))
    await first.close()
    assert numbers_on_disk(tmp_path) == [2]


async def test_many_that_are_forgotten_wait_for_no_frame(open_spool: OpenSpool, tmp_path: Path) -> None:
    spool = open_spool()
    for _ in range(FORGOTTEN_AT_MOST + 1):
        await spool.append(BODY)
    await spool.forget([SequenceRange(boot_id=BOOT, first=1, last=FORGOTTEN_AT_MOST - 1)])
    assert len(on_disk(tmp_path)) == FORGOTTEN_AT_MOST + 1
    await spool.forget(acknowledged(FORGOTTEN_AT_MOST))
    assert numbers_on_disk(tmp_path) == await sequences(spool) == [FORGOTTEN_AT_MOST + 1]


async def test_what_is_forgotten_takes_no_room_from_others_and_is_never_dropped(
    open_spool: OpenSpool, tmp_path: Path
) -> None:
    spool = open_spool(max_bytes=3 * len(BODY))
    for _ in range(3):
        await spool.append(BODY)
    await spool.forget(acknowledged(1, 2))
    await spool.append(BODY)
    await spool.append(BODY)
    assert numbers_on_disk(tmp_path) == [3, 4, 5]
    assert spool.dropped_frames == 0
    await spool.forget(acknowledged(4))
    await spool.append(BODY)
    await spool.append(BODY)
    assert numbers_on_disk(tmp_path) == await sequences(spool) == [5, 6, 7]
    assert (spool.frames, spool.bytes, spool.dropped_frames) == (3, 3 * len(BODY), 1)


async def test_what_a_failed_write_has_not_taken_off_the_disk_waits_for_the_next(
    open_spool: OpenSpool, tmp_path: Path
) -> None:
    spool = open_spool()
    await spool.append(BODY)
    await spool.append(BODY)
    await spool.forget(acknowledged(1))
    spool._connection.execute("CREATE TRIGGER no BEFORE INSERT ON frames BEGIN SELECT RAISE(ABORT, 'not now'); END")
    await spool.append(BODY)
    assert numbers_on_disk(tmp_path) == [1, 2]
    assert await sequences(spool) == [2]
    assert (spool.frames, spool.bytes, spool.dropped_frames) == (1, len(BODY), 1)
    spool._connection.execute("DROP TRIGGER no")
    await spool.append(BODY)
    assert numbers_on_disk(tmp_path) == await sequences(spool) == [2, 4]


async def test_numbers_that_an_earlier_boot_has_not_are_nobody_elses(open_spool: OpenSpool) -> None:
    first = open_spool()
    for _ in range(3):
        await first.append(BODY)
    await first.forget(acknowledged(2, 3))
    await first.close()
    second = open_spool(boot_id="deadbeef")
    await second.append(BODY)
    await second.append(BODY)
    assert await second.forget([SequenceRange(boot_id=BOOT, first=2, last=2**53)]) == set()
    assert await sequences(second) == [1, 1, 2]
    assert len(await second.forget([SequenceRange(boot_id="deadbeef", first=2, last=2**53)])) == 1
    assert len(await second.forget(acknowledged(1))) == 1
    assert await sequences(second) == [1]


async def test_on_a_full_disk_what_is_forgotten_goes_before_any_other(
    small_disk: Path,  # noqa: F811
    clock: FrozenClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    spool = Spool(small_disk / "spool", boot_id=BOOT, max_bytes=10**8, max_age_seconds=3600, clock=clock)
    large, small = (b'{"reports":["' + b"x" * size + b'"]}' for size in (20_000, 9_000))
    for _ in range(20):
        await spool.append(large)
    spool._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for _ in range(3):
        await spool.append(large)
    spool._connection.execute("PRAGMA wal_checkpoint")  # the log is too short for what comes, the file is large enough
    with contextlib.suppress(OSError), (small_disk / "somebody else's").open("wb", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass
    for number in range(1, 16):
        await spool.forget(acknowledged(number))
        await spool.append(small)
    assert "database or disk is full" in caplog.text
    assert await sequences(spool) == list(range(16, 39))
    assert spool.dropped_frames == 0
    await spool.close()


async def test_a_frame_that_comes_and_goes_costs_one_page_of_the_log(open_spool: OpenSpool, tmp_path: Path) -> None:
    """Of 2 KiB, with 24 bytes before it: what a gateway's reading takes."""
    spool = open_spool()
    log = tmp_path / "spool.db-wal"
    body = b'{"reports":["' + b"x" * 600 + b'"]}'
    await spool.append(body)
    before = log.stat().st_size
    for number in range(1, 201):
        await spool.forget(acknowledged(number))
        await spool.append(body)
    assert (log.stat().st_size - before) / 200 < 1.1 * 2072


async def test_what_leaves_the_disk_is_not_written_over(open_spool: OpenSpool, tmp_path: Path) -> None:
    """Forty frames of three pages each, of which the tree's own pages alone are written."""
    spool = open_spool()
    log = tmp_path / "spool.db-wal"
    for _ in range(40):
        await spool.append(b'{"reports":["' + b"x" * 4400 + b'"]}')
    before = log.stat().st_size
    await spool.forget([SequenceRange(boot_id=BOOT, first=1, last=40)])
    await spool.append(BODY)
    assert (log.stat().st_size - before) / 2072 < 20


@pytest.mark.parametrize("seed", range(3))
async def test_whenever_it_is_killed_nothing_is_missing_and_all_is_counted(
    seed: int, open_spool: OpenSpool, tmp_path: Path
) -> None:
    """What was accepted is there, acknowledged, or counted as dropped; only what was acknowledged comes back."""
    chance = random.Random(seed)
    spool, folder, boots = open_spool(max_bytes=20 * len(BODY)), tmp_path, 1
    accepted: set[tuple[str, int]] = set()
    stored: set[tuple[str, int]] = set()
    for _ in range(100):
        kind = chance.choice(["append", "append", "forget", "forget", "kill"] if boots < 10 else ["append", "forget"])
        if kind == "append":
            await spool.append(BODY)
            accepted.add((spool.boot_id, spool._sequence))
        elif kind == "forget":
            held = await _held(spool)
            chosen = chance.sample(held, chance.randint(0, min(4, len(held))))
            stored.update(chosen)
            assert len(await spool.forget(_ranges(chosen))) == len(chosen)
        else:
            folder, boots = as_a_kill_leaves_it(folder), boots + 1
            spool = open_spool(folder, boot_id=f"{boots:08x}", max_bytes=20 * len(BODY))
        held = await _held(spool)
        gone = accepted.difference(held, stored)
        assert set(held) <= accepted
        assert len(gone) <= spool.dropped_frames <= len(gone) + len(stored)
        assert (spool.frames, spool.bytes) == (len(held), len(held) * len(BODY))
        left = on_disk(folder)
        assert set(held) <= set(left) <= {*held, *stored}
        assert len(left) <= 20


async def _held(spool: Spool) -> list[tuple[str, int]]:
    return [(frame.boot_id, frame.sequence) for frame in await _together(spool)]


def _ranges(frames: Iterable[tuple[str, int]]) -> list[SequenceRange]:
    return [SequenceRange(boot_id=boot_id, first=number, last=number) for boot_id, number in frames]
