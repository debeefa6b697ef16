"""An INSERT that says what happens to a row that is there already, in the words of the database at hand.

For the other files of this room: both SQLite and PostgreSQL have `ON CONFLICT`, and SQLAlchemy has an INSERT for each.
"""

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(bind: Connection | Engine, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT into `table` that has `on_conflict_do_update`, `on_conflict_do_nothing` and `excluded`.

    No two rows of one execution may have the same key: PostgreSQL refuses to update a row twice in one statement.
    """
    return postgresql.insert(table) if bind.dialect.name == "postgresql" else sqlite.insert(table)
