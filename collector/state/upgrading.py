"""Brings the tables of a state database to this version, when it is opened. Several collectors may do so at once."""

import logging

from sqlalchemy import Connection, Engine, inspect, text

from collector.state import migrations

MIGRATION_LOCK = 0x68616E67
"""The key of the advisory lock at a PostgreSQL under which one collector at a time takes steps."""
_LONGEST_STEP = "10min"

_logger = logging.getLogger(__name__)
logging.getLogger("alembic").setLevel(logging.WARNING)


class NewerDatabaseError(Exception):
    """The database was made by a newer version, whose number of steps is the argument."""


def upgrade(engine: Engine) -> None:
    """Take the steps that are missing, all or none. Raises NewerDatabaseError and SQLAlchemy's DBAPIError."""
    with engine.connect() as connection:
        if _version(connection) == migrations.HEAD:
            return
    with engine.connect() as connection, connection.begin():
        _wait_for_our_turn(connection)
        version = _version(connection)
        if version == migrations.HEAD:
            return
        if version is not None and version > migrations.HEAD:
            raise NewerDatabaseError(version)
        _take_steps(connection)
    _logger.info("state_upgraded from_version=%s to_version=%s", version, migrations.HEAD)


def _version(connection: Connection) -> str | None:
    """The number of the last step taken; None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version


def _wait_for_our_turn(connection: Connection) -> None:
    """From here to the end of the transaction no other process takes steps."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver would begin no transaction for a CREATE TABLE
        return
    connection.execute(text(f"SET LOCAL statement_timeout = '{_LONGEST_STEP}'"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})


def _take_steps(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  # most starts find nothing to do, and do not pay for loading it
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", f"{migrations.__name__.replace('.migrations', '')}:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
