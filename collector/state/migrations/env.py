"""What Alembic runs to take steps: on the connection, and in the transaction, of `collector.state.upgrading`."""

from alembic import context

from collector.state import (  # each adds its tables
    alert_tables,  # noqa: F401
    enrolment_tables,  # noqa: F401
    order_tables,  # noqa: F401
    people_tables,  # noqa: F401
    tables,  # noqa: F401
)
from collector.state.columns import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
