"""Opening the state database: the tables are those of this version, and what stands in the way is told in words."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from postgres import Postgres
from sqlalchemy import Engine, insert, inspect, select, text

from collector.state import migrations
from collector.state.columns import metadata
from collector.state.database import StateError, is_shared, open_database
from collector.state.people_tables import users
from collector.state.settings import StateSettings
from collector.state.tables import quarantine

NOW = datetime(2026, 5, 2, 12, 0, 0, 123456, tzinfo=UTC)


def settings_for(kind: str, postgres: Postgres, **more: object) -> StateSettings:
    """A database that has no tables yet."""
    url = postgres.url(postgres.new_database()) if kind == "shared" else None
    return StateSettings.model_validate({"url": url} | more)


kinds = pytest.mark.parametrize("kind", ["alone", "shared"])


def test_the_steps_lead_to_the_tables_as_they_are_declared(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == migrations.HEAD


def test_steps_are_numbered_one_after_the_other_up_to_head() -> None:
    steps = list(ScriptDirectory(str(Path(migrations.__file__).parent)).walk_revisions())
    numbers = [f"{number:04}" for number in range(len(steps), 0, -1)]
    assert [step.revision for step in steps] == numbers
    assert [step.down_revision for step in steps] == [*numbers[1:], None]
    assert numbers[0] == migrations.HEAD


@kinds
def test_what_is_kept_is_there_when_it_is_opened_again(kind: str, postgres: Postgres, tmp_path: Path) -> None:
    settings = settings_for(kind, postgres)
    row = {"name": "kim", "role": "viewer", "password_hash": "-", "has_first_password": False, "created_at": NOW}
    first = open_database(settings, tmp_path / "state.sqlite")
    with first.begin() as connection:
        connection.execute(insert(users), row)
    first.dispose()
    again = open_database(settings, tmp_path / "state.sqlite")
    with again.connect() as connection:
        assert [dict(found) for found in connection.execute(select(users)).mappings()] == [
            {"id": 1, "locked_out_at": None} | row
        ]
    again.dispose()
    assert is_shared(again) == (kind == "shared")


@kinds
def test_collectors_that_start_at_once_make_the_tables_once(kind: str, postgres: Postgres, tmp_path: Path) -> None:
    settings = settings_for(kind, postgres)
    together = threading.Barrier(4)

    def start() -> list[str]:
        together.wait()
        engine = open_database(settings, tmp_path / "state.sqlite")
        tables = inspect(engine).get_table_names()
        engine.dispose()
        return sorted(tables)

    with ThreadPoolExecutor(4) as pool:
        starts = [pool.submit(start) for _ in range(4)]
    expected = sorted([*metadata.tables, "alembic_version"])
    assert [start.result() for start in starts] == [expected] * 4


@kinds
def test_a_step_that_fails_leaves_nothing_behind(kind: str, postgres: Postgres, tmp_path: Path) -> None:
    settings = settings_for(kind, postgres)
    opened = open_database(settings, tmp_path / "state.sqlite")
    metadata.drop_all(opened, [table for table in metadata.sorted_tables if table.name != "events"])
    with opened.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    with pytest.raises(StateError, match=r"events.* already exists"):
        open_database(settings, tmp_path / "state.sqlite")
    assert sorted(inspect(opened).get_table_names()) == ["alembic_version", "events"]
    opened.dispose()


@kinds
def test_a_database_of_a_newer_version_is_left_alone(kind: str, postgres: Postgres, tmp_path: Path) -> None:
    settings = settings_for(kind, postgres)
    opened = open_database(settings, tmp_path / "state.sqlite")
    with opened.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StateError, match="was made by a newer version, with tables of step 9999; install that version"):
        open_database(settings, tmp_path / "state.sqlite")
    opened.dispose()


def test_an_instant_comes_back_in_utc_to_the_microsecond_and_sorts_by_time(engine: Engine) -> None:
    seoul = timezone(timedelta(hours=9))
    instants = [NOW.replace(microsecond=0), NOW.astimezone(seoul), datetime(1970, 1, 1, tzinfo=UTC)]
    with engine.begin() as connection:
        rows = [
            {
                "name": f"{number}",
                "role": "viewer",
                "password_hash": "-",
                "has_first_password": False,
                "created_at": instant,
            }
            for number, instant in enumerate(instants)
        ]
        connection.execute(insert(users), rows)
    with engine.connect() as connection:
        found = list(connection.scalars(select(users.c.created_at).order_by(users.c.created_at)))
        later = list(connection.scalars(select(users.c.name).where(users.c.created_at > NOW.replace(microsecond=0))))
    assert found == sorted(instants)
    assert {instant.tzinfo for instant in found} == {UTC}
    assert later == ["1"]


def test_what_strangers_write_can_always_be_kept(engine: Engine) -> None:
    row = {
        "digest": "d",
        "reason": "invalid",
        "detail": "nul \x00 and half \ud800",
        "topic": "wifi/\x00",
        "part": "message",
        "payload": b"\x00\xff",
        "payload_bytes": 2**40,
        "is_cut": True,
        "count": 1,
        "first_seen": NOW,
        "last_seen": NOW,
    }
    with engine.begin() as connection:
        connection.execute(insert(quarantine), row)
        found = connection.execute(select(quarantine)).mappings().one()
    assert dict(found) == row | {
        "id": 1,
        "agent": None,
        "detail": "nul \ufffd and half ?",
        "topic": "wifi/\ufffd",
        "replay_requested_at": None,
        "replayed_at": None,
        "replay_outcome": None,
    }


def test_the_server_lets_go_of_what_a_lost_collector_held(shared: Engine) -> None:
    names = ("statement_timeout", "idle_in_transaction_session_timeout", "tcp_user_timeout", "tcp_keepalives_idle")
    with shared.connect() as connection:
        values = [connection.scalar(text(f"SHOW {name}")) for name in names]
    assert values == ["15s", "15s", "5000", "3"]


def test_a_pool_mends_itself_after_the_server_has_ended_its_sessions(shared: Engine, postgres: Postgres) -> None:
    with shared.connect() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
    postgres.execute(f"SELECT pg_terminate_backend({pid}, 5000)")
    with shared.connect() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) not in {None, pid}


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    path.write_bytes(b"not a database, and long enough to look like one that is broken" * 20)
    with pytest.raises(StateError, match=r"state\.sqlite: cannot be opened: file is not a database"):
        open_database(StateSettings(), path)


@pytest.fixture(scope="module")
def outsider(postgres: Postgres) -> str:
    postgres.execute(f"CREATE ROLE {Postgres.OUTSIDER} LOGIN PASSWORD '{Postgres.PASSWORD}'")
    return Postgres.OUTSIDER


@pytest.mark.parametrize(
    ("password", "told"),
    [
        (None, "no password supplied; name the file with the user's password in password_file"),
        ("wrong", 'failed for user "outsider"; check the password in password_file and the user in url'),
        ("secret", "permission denied for schema public; let outsider create tables: make it the owner"),
    ],
)
def test_a_user_who_may_not_is_told_the_remedy(
    password: str | None, told: str, outsider: str, postgres: Postgres, tmp_path: Path
) -> None:
    path = tmp_path / "password"
    path.write_text(f"{password}\n")
    url = postgres.url(postgres.new_database(), user=outsider)
    settings = StateSettings(url=url, password_file=path if password is not None else None)
    with pytest.raises(StateError, match=f"^{url}: .*{told}"):
        open_database(settings, tmp_path / "unused")


def test_a_user_with_a_password_and_a_database_of_its_own_may(
    outsider: str, postgres: Postgres, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text(f"{Postgres.PASSWORD}\n")
    database = postgres.new_database()
    postgres.execute(f"ALTER DATABASE {database} OWNER TO {outsider}")
    settings = StateSettings(url=postgres.url(database, user=outsider), password_file=tmp_path / "password")
    open_database(settings, tmp_path / "unused").dispose()


def test_a_database_or_user_that_is_missing_is_told_the_remedy(postgres: Postgres, tmp_path: Path) -> None:
    with pytest.raises(StateError, match='database "nowhere" does not exist; create the database, or correct its name'):
        open_database(StateSettings(url=postgres.url("nowhere")), tmp_path / "unused")
    with pytest.raises(StateError, match='role "nobody" does not exist; create the user, or correct its name in url'):
        open_database(StateSettings(url=postgres.url("postgres", user="nobody")), tmp_path / "unused")


def test_a_server_that_is_not_there_is_told_with_its_address(tmp_path: Path) -> None:
    with pytest.raises(StateError, match=r"refused; check that a PostgreSQL server listens at port 1 of 127\.0\.0\.1"):
        open_database(StateSettings(url="postgresql://hangang@127.0.0.1:1/hangang"), tmp_path / "unused")
