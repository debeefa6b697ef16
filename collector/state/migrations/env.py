"""What Alembic runs to take steps: on the connection, and in the transaction, of `collector.state.upgrading`."""

from alembic import context

from collector.state import alert_tables, order_tables, people_tables, tables  # noqa: F401  # each adds its tables
from collector.state.columns import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
