"""The spool: nothing leaves it but by acknowledgement or by a bound, and a bound that bites is counted."""

import contextlib
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from harness import FrozenClock

from agent.spool import Spool
from agent.spool_file import SpoolError
from agent.wire import SequenceRange

BODY = b'{"reports":[]}'
BOOT = "00c0ffee"


@pytest.fixture
async def open_spool(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Callable[..., Spool]]:
    opened: list[Spool] = []

    def opener(**changes: object) -> Spool:
        settings = {"boot_id": BOOT, "max_bytes": 1_000_000, "max_age_seconds": 3600.0, "clock": clock}
        spool = Spool(tmp_path / "spool.db", **(settings | changes))  # type: ignore[arg-type]
        opened.append(spool)
        return spool

    yield opener
    for spool in opened:
        await spool.close()


async def sequences(spool: Spool) -> list[int]:
    """All that it holds, oldest first."""
    seen: list[int] = []
    ids: list[int] = []
    while (frame := await spool.oldest(leaving_out=ids)) is not None:
        ids.append(frame.id)
        seen.append(frame.sequence)
    return seen


async def test_frames_come_back_as_they_went_in_and_in_both_orders(
    open_spool: Callable[..., Spool], clock: FrozenClock
) -> None:
    spool = open_spool()
    await spool.append(b'{"first":1}')
    clock.advance(10)
    await spool.append(b'{"second":2}')
    newest = await spool.newest(leaving_out=())
    oldest = await spool.oldest(leaving_out=())
    assert newest is not None
    assert oldest is not None
    assert (oldest.sequence, oldest.body, oldest.boot_id, oldest.epoch) == (1, b'{"first":1}', BOOT, "first")
    assert (newest.sequence, newest.body) == (2, b'{"second":2}')
    assert newest.sampled_monotonic_seconds - oldest.sampled_monotonic_seconds == 10
    assert await spool.newest(leaving_out=[newest.id]) == oldest
    assert await spool.newest(leaving_out=[newest.id, oldest.id]) is None
    assert await spool.frame(newest.id) == newest
    assert (spool.frames, spool.bytes) == (2, len(b'{"first":1}{"second":2}'))


async def test_only_what_is_acknowledged_is_forgotten(open_spool: Callable[..., Spool]) -> None:
    spool = open_spool()
    for _ in range(6):
        await spool.append(BODY)
    other_boot = SequenceRange(boot_id="deadbeef", first=1, last=6)
    assert await spool.forget([other_boot]) == set()
    ranges = [SequenceRange(boot_id=BOOT, first=2, last=3), SequenceRange(boot_id=BOOT, first=5, last=99)]
    assert len(await spool.forget(ranges)) == 4
    assert await spool.forget(ranges) == set()
    assert await sequences(spool) == [1, 4]
    assert (spool.frames, spool.bytes, spool.dropped_frames) == (2, 2 * len(BODY), 0)


async def test_the_oldest_are_picked_together_within_both_bounds(open_spool: Callable[..., Spool]) -> None:
    spool = open_spool()
    for size in (10, 10, 10, 200, 10):
        await spool.append(b"x" * size)

    async def picked(leaving_out: set[int], at_most_frames: int, at_most_bytes: int) -> list[int]:
        frames = await spool.oldest_together(
            leaving_out=leaving_out, at_most_frames=at_most_frames, at_most_bytes=at_most_bytes
        )
        return [frame.sequence for frame in frames]

    assert await picked(set(), 99, 10_000) == [1, 2, 3, 4, 5]
    assert await picked(set(), 2, 10_000) == [1, 2]
    assert await picked({1, 3}, 2, 10_000) == [2, 4]
    assert await picked(set(), 99, 30) == [1, 2, 3]
    assert await picked(set(), 99, 29) == [1, 2]
    assert await picked({1, 2, 3}, 99, 30) == [4], "larger than the bound, and goes alone"
    assert await picked({1, 2, 3, 4, 5}, 99, 30) == []


async def test_what_is_asked_of_a_long_spool_reads_a_few_of_its_rows(
    open_spool: Callable[..., Spool], tmp_path: Path, clock: FrozenClock
) -> None:
    """As counted by SQLite's virtual machine, which does not depend on the machine's load."""
    await open_spool().close()
    rows = [(f"{BOOT}ff", number, clock.epoch, 0.0, clock.monotonic(), BODY) for number in range(1, 3001)]
    with sqlite3.connect(tmp_path / "spool.db") as connection:
        connection.executemany("INSERT INTO frames VALUES (NULL, ?, ?, ?, ?, ?, ?)", rows)
    connection.close()
    spool = open_spool(max_bytes=3000 * len(BODY))
    assert spool.frames == 3000
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    spool._connection.set_progress_handler(count, 1)
    await spool.append(BODY)
    newest = await spool.newest(leaving_out={3001, 3000})
    oldest = await spool.oldest_together(leaving_out={2}, at_most_frames=3, at_most_bytes=10_000)
    await spool.forget([SequenceRange(boot_id=f"{BOOT}ff", first=2, last=4)])
    assert newest is not None
    assert newest.sequence == 2999
    assert [frame.sequence for frame in oldest] == [3, 4, 5]
    assert (spool.frames, spool.dropped_frames) == (2997, 1)
    assert steps < 1000


async def test_everything_is_there_after_a_restart_and_sequences_begin_anew_with_the_boot(
    open_spool: Callable[..., Spool], clock: FrozenClock
) -> None:
    first = open_spool()
    await first.append(BODY)
    await first.append(BODY)
    await first.close()
    second = open_spool(boot_id="deadbeef")
    await second.append(BODY)
    assert (second.frames, second.bytes) == (3, 3 * len(BODY))
    newest = await second.newest(leaving_out=())
    assert newest is not None
    assert (newest.boot_id, newest.sequence) == ("deadbeef", 1)


async def test_too_many_bytes_drop_the_oldest_and_count_them_across_restarts(
    open_spool: Callable[..., Spool], clock: FrozenClock
) -> None:
    spool = open_spool(max_bytes=3 * len(BODY))
    for _ in range(5):
        await spool.append(BODY)
    assert await sequences(spool) == [3, 4, 5]
    assert (spool.frames, spool.bytes, spool.dropped_frames) == (3, 3 * len(BODY), 2)
    await spool.close()
    assert open_spool(boot_id="deadbeef").dropped_frames == 2


async def test_what_is_too_old_makes_room_and_costs_no_other_frame(
    open_spool: Callable[..., Spool], clock: FrozenClock
) -> None:
    spool = open_spool(max_bytes=2 * len(BODY), max_age_seconds=100.0)
    await spool.append(BODY)
    clock.advance(60)
    await spool.append(BODY)
    clock.advance(60)
    await spool.append(BODY)
    assert await sequences(spool) == [2, 3]
    assert (spool.frames, spool.bytes, spool.dropped_frames) == (2, 2 * len(BODY), 1)


async def test_too_old_frames_go_by_the_monotonic_clock_whatever_the_wall_clock_says(
    open_spool: Callable[..., Spool], clock: FrozenClock
) -> None:
    spool = open_spool(max_age_seconds=100.0)
    await spool.append(BODY)
    clock.set_wall(datetime(2031, 1, 1, tzinfo=UTC))
    clock.advance(60)
    await spool.append(BODY)
    assert await sequences(spool) == [1, 2]
    clock.advance(60)
    await spool.append(BODY)
    assert await sequences(spool) == [2, 3]
    assert spool.dropped_frames == 1


async def test_of_two_starts_of_the_machine_only_the_frames_of_this_one_grow_too_old(
    open_spool: Callable[..., Spool], clock: FrozenClock
) -> None:
    first = open_spool()
    await first.append(BODY)
    await first.close()
    clock.epoch = "second"
    second = open_spool(boot_id="deadbeef")
    await second.append(BODY)
    await second.close()
    third = open_spool(boot_id="cafecafe", max_age_seconds=100.0)
    await third.append(BODY)
    clock.advance(101)
    await third.append(BODY)
    assert await sequences(third) == [1, 2]
    oldest = await third.oldest(leaving_out=())
    assert oldest is not None
    assert oldest.boot_id == BOOT
    assert (third.frames, third.bytes, third.dropped_frames) == (2, 2 * len(BODY), 2)


async def test_frames_of_an_earlier_start_of_the_machine_stay_whatever_the_wall_clock_says(
    open_spool: Callable[..., Spool], clock: FrozenClock
) -> None:
    first = open_spool()
    await first.append(BODY)
    await first.close()
    clock.set_wall(datetime(2036, 5, 3, tzinfo=UTC))
    clock.epoch = "second"
    second = open_spool(boot_id="deadbeef", max_age_seconds=3600.0)
    await second.append(BODY)
    assert await sequences(second) == [1, 1]
    assert second.dropped_frames == 0


async def test_a_second_agent_on_the_same_spool_is_told_so(open_spool: Callable[..., Spool]) -> None:
    await open_spool().append(BODY)
    with pytest.raises(SpoolError, match="another agent is using it"):
        open_spool(boot_id="deadbeef")


async def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, clock: FrozenClock) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolError, match=r"file/spool\.db.*make its folder writable"):
        Spool(tmp_path / "file" / "spool.db", boot_id=BOOT, max_bytes=10**6, max_age_seconds=60, clock=clock)


async def test_a_broken_file_is_set_aside_and_a_new_one_begun(open_spool: Callable[..., Spool], tmp_path: Path) -> None:
    (tmp_path / "spool.db.broken-1").write_bytes(b"an earlier one")
    (tmp_path / "spool.db").write_bytes(b"not a database at all" * 100)
    spool = open_spool()
    await spool.append(BODY)
    assert await sequences(spool) == [1]
    (aside,) = tmp_path.glob("spool.db.broken-*")
    assert aside.read_bytes().startswith(b"not a database")


async def test_of_a_file_with_a_broken_page_what_can_be_read_is_saved(
    open_spool: Callable[..., Spool], tmp_path: Path
) -> None:
    spool = open_spool()
    for _ in range(60):
        await spool.append(b'{"reports":["' + b"x" * 2000 + b'"]}')
    await spool.close()
    path = tmp_path / "spool.db"
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 200] = b"\xff" * 200
    path.write_bytes(content)
    mended = open_spool(boot_id="deadbeef")
    saved = await sequences(mended)
    assert saved == sorted(set(saved))
    assert saved[:5] == [1, 2, 3, 4, 5]
    assert len(saved) > 50
    await mended.append(BODY)
    assert (await sequences(mended))[-1] == 1


async def test_a_frame_that_was_lost_is_counted_once(open_spool: Callable[..., Spool]) -> None:
    spool = open_spool()
    await spool.append(BODY)
    spool._connection.execute("CREATE TRIGGER no BEFORE INSERT ON frames BEGIN SELECT RAISE(ABORT, 'not now'); END")
    await spool.append(BODY)
    spool._connection.execute("DROP TRIGGER no")
    for _ in range(5):
        await spool.append(BODY)
    assert await sequences(spool) == [1, 3, 4, 5, 6, 7]
    assert spool.dropped_frames == 1
    await spool.close()
    assert open_spool(boot_id="deadbeef").dropped_frames == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB, where this user may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], capture_output=True)
    if done.returncode != 0:
        pytest.skip("a file system of limited size needs the right to mount one")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


async def test_a_full_disk_costs_the_oldest_frames_and_the_loss_is_counted_to_the_unit(
    small_disk: Path, clock: FrozenClock
) -> None:
    spool = Spool(small_disk / "spool", boot_id=BOOT, max_bytes=10**8, max_age_seconds=3600, clock=clock)
    large = b'{"reports":["' + b"x" * 20_000 + b'"]}'
    for _ in range(10):
        await spool.append(large)
    with contextlib.suppress(OSError), (small_disk / "somebody else's").open("wb", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass
    for _ in range(300):
        await spool.append(large)
    held = await sequences(spool)
    assert held == list(range(held[0], 311)), "the newest are all there"
    assert spool.dropped_frames == 310 - len(held)
    assert len(await spool.forget([SequenceRange(boot_id=BOOT, first=1, last=310)])) == len(held)
    await spool.close()
    with sqlite3.connect(small_disk / "spool") as connection:
        assert connection.execute("SELECT frames FROM dropped").fetchone() == (310 - len(held),)
    connection.close()
