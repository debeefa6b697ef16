"""What Alembic runs to take steps: on the connection, and in the transaction, of `collector.state.upgrading`."""

from alembic import context

from collector.state.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
