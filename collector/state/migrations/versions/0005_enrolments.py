"""Tokens of first contact, and what was certified for whom."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add two tables."""
    op.create_table(
        "enrolment_tokens",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("agent", sa.String(63), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("used_at", _INSTANT),
    )
    op.create_index("enrolment_tokens_by_agent", "enrolment_tokens", ["agent"])
    op.create_index("enrolment_tokens_by_expires_at", "enrolment_tokens", ["expires_at"])
    op.create_table(
        "certificates",
        sa.Column("serial", sa.String(40), primary_key=True),
        sa.Column("agent", sa.String(63), nullable=False),
        sa.Column("issued_at", _INSTANT, nullable=False),
        sa.Column("valid_until", _INSTANT, nullable=False),
        sa.Column("revoked_at", _INSTANT),
    )
    op.create_index("certificates_by_agent", "certificates", ["agent", "issued_at"])
    op.create_index("certificates_by_valid_until", "certificates", ["valid_until"])
