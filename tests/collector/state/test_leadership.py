"""Epochs only rise, and who led before is told so where it writes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from sqlalchemy import Engine

from collector.state.leadership import begin_epoch, is_current

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)


def test_each_epoch_ends_the_one_before(engine: Engine) -> None:
    with engine.begin() as connection:
        assert not is_current(connection, 1)
        assert begin_epoch(connection, NOW) == 1
        assert is_current(connection, 1)
    with engine.begin() as connection:
        assert begin_epoch(connection, NOW) == 2
    with engine.begin() as connection:
        assert (is_current(connection, 1), is_current(connection, 2)) == (False, True)


def test_nobody_is_elected_while_the_leader_writes(shared: Engine) -> None:
    with shared.begin() as connection:
        begin_epoch(connection, NOW)
    has_written = threading.Event()

    def elect() -> tuple[int, bool]:
        with shared.begin() as connection:
            return begin_epoch(connection, NOW), has_written.is_set()

    with ThreadPoolExecutor(1) as pool:
        with shared.begin() as connection:
            assert is_current(connection, 1)
            elected = pool.submit(elect)
            while not _is_waited_for(shared):
                assert not elected.done()
            has_written.set()
        assert elected.result() == (2, True)


def _is_waited_for(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar())
