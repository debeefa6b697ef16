"""Collectors of a group come by one name at the broker, which nobody can work out who knows the group's."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, select
from state_files import open_state

from collector.state.share_names import share_name
from collector.state.tables import collector_groups

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)


def test_it_is_drawn_once(engine: Engine) -> None:
    first = share_name(engine, "city", NOW)
    assert {share_name(engine, "city", NOW + timedelta(days=day)) for day in range(3)} == {first}
    with engine.connect() as connection:
        assert connection.scalars(select(collector_groups.c.drawn_at)).all() == [NOW]


def test_nobody_knows_it_by_the_name_of_the_group(engine: Engine, tmp_path: Path) -> None:
    other = open_state(tmp_path / "other.sqlite")
    names = [share_name(database, group, NOW) for database in (engine, other) for group in ("city", "town")]
    other.dispose()
    assert len(set(names)) == 4
    for name in names:
        assert len(bytes.fromhex(name)) == 16


def test_it_is_not_the_secret_itself(engine: Engine) -> None:
    """Who sees it at the broker cannot tell it for another group of the same database."""
    name = share_name(engine, "city", NOW)
    with engine.connect() as connection:
        secret = connection.scalar(select(collector_groups.c.secret))
    assert secret is not None
    assert name not in secret


def test_collectors_that_start_at_one_instant_agree(engine: Engine) -> None:
    together = threading.Barrier(8)

    def start(_: int) -> str:
        together.wait()
        return share_name(engine, "city", NOW)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(start, range(8)))) == 1
