"""The space that a spool holds back for a full disk."""

import errno
import os
from pathlib import Path

import pytest

from agent.spool_file import RESERVE_BYTES, Reserve


def held_bytes(path: Path) -> int:
    return path.stat().st_blocks * 512


def test_the_space_is_held_given_and_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "spool.reserve"
    reserve = Reserve(path)
    for _ in range(2):
        reserve.take()
        assert held_bytes(path) >= RESERVE_BYTES
        reserve.release()
        assert held_bytes(path) == 0


def test_where_a_file_system_gives_no_space_beforehand_it_is_written_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(_descriptor: int, _offset: int, _length: int) -> None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(os, "posix_fallocate", refuses)
    path = tmp_path / "spool.reserve"
    reserve = Reserve(path)
    reserve.take()
    written = path.read_bytes()
    assert len(written) == RESERVE_BYTES
    assert len(set(written)) == 256  # what can be compressed holds nothing
    reserve.take()
    assert path.read_bytes() == written
    reserve.release()
    assert held_bytes(path) == 0


def test_a_disk_that_is_full_already_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def is_full(_descriptor: int, _offset: int, _length: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", is_full)
    Reserve(tmp_path / "spool.reserve").take()
    assert "spool_reserve_not_held error='No space left on device'" in caplog.text
