"""What a token of first contact has brought, to be answered again where the answer was lost."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add a column."""
    op.add_column("enrolment_tokens", sa.Column("certificate_pem", sa.Text))
