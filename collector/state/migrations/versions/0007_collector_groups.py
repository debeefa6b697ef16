"""The secret by which the collectors of a group share what comes in."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add a table."""
    op.create_table(
        "collector_groups",
        sa.Column("name", sa.String(63), primary_key=True),
        sa.Column("secret", sa.String(64), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
    )
