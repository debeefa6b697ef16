"""What is judged of each place, and whether the promise was kept."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_INSTANT = sa.DateTime(timezone=True)
_ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add three tables."""
    op.create_table(
        "assessment_runs",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("until", _INSTANT, nullable=False),
        sa.Column("assessed_at", _INSTANT, nullable=False),
        sa.Column("is_complete", sa.Boolean, nullable=False),
    )
    op.create_table(
        "assessments",
        sa.Column("run_id", _ROW_ID, sa.ForeignKey("assessment_runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("access_point", sa.String(63), primary_key=True),
        sa.Column("rank", sa.Integer),
        sa.Column("standing", sa.String(20), nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
    )
    op.create_index("assessments_by_rank", "assessments", ["run_id", "standing", "rank"])
    op.create_table(
        "verifications",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("verified_at", _INSTANT, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
    )
