"""Who is denied until let in again, whatever is known of their certificates; and when the database was restored."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add two tables. Whoever was revoked and has nothing since is denied."""
    op.create_table(
        "denied_agents",
        sa.Column("agent", sa.String(63), primary_key=True),
        sa.Column("denied_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table("restorations", sa.Column("restored_at", sa.DateTime(timezone=True), primary_key=True))
    op.execute(
        "INSERT INTO denied_agents (agent, denied_at) SELECT agent, max(revoked_at) FROM certificates "
        "GROUP BY agent HAVING count(*) = count(revoked_at)"
    )
