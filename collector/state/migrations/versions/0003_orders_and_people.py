"""Orders and their changes, notes of sites, roles, API tokens, failed attempts to log in, and who did what.

Whoever could log in before may do everything still.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_INSTANT = sa.DateTime(timezone=True)
_ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_NOT_CLOSED = sa.text("NOT is_closed")


def upgrade() -> None:
    """Add six tables, and three columns to the users."""
    _add_orders()
    op.create_table(
        "site_notes",
        sa.Column("site", sa.String(63), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("contact", sa.Text, nullable=False),
        sa.Column("access_note", sa.Text, nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.Column("changed_by", sa.String(64), nullable=False),
    )
    _give_roles()
    _add_people()


def _add_orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("access_point", sa.String(63), nullable=False),
        sa.Column("site", sa.String(63), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("is_closed", sa.Boolean, nullable=False),
        sa.Column("technician", sa.String(64)),
        sa.Column("planned_on", sa.Date),
        sa.Column("is_silent", sa.Boolean, nullable=False),
        sa.Column("new_serial", sa.String(128)),
        sa.Column("new_mac", sa.String(17)),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("orders_by_status", "orders", ["status", "id"])
    op.create_index("orders_by_access_point", "orders", ["access_point", "id"])
    op.create_index("orders_by_technician", "orders", ["technician", "is_closed", "planned_on"])
    op.create_index("orders_by_site", "orders", ["site", "is_closed"])
    op.create_index(
        "one_order_a_place",
        "orders",
        ["access_point"],
        unique=True,
        sqlite_where=_NOT_CLOSED,
        postgresql_where=_NOT_CLOSED,
    )
    op.create_table(
        "order_changes",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("order_id", _ROW_ID, sa.ForeignKey("orders.id", ondelete="CASCADE"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.UniqueConstraint("order_id", "version", name="order_changes_once"),
    )


def _give_roles() -> None:
    op.add_column("users", sa.Column("role", sa.String(20), nullable=False, server_default="viewer"))
    op.add_column("users", sa.Column("has_first_password", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("users", sa.Column("locked_out_at", _INSTANT))
    op.execute("UPDATE users SET role = 'admin'")


def _add_people() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("last_used_at", _INSTANT),
        sa.Column("revoked_at", _INSTANT),
    )
    op.create_index("api_tokens_by_user", "api_tokens", ["user_id", "id"])
    op.create_table(
        "login_failures",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("last_at", _INSTANT, nullable=False),
    )
    op.create_index("login_failures_by_last_at", "login_failures", ["last_at"])
    op.create_table(
        "audit_log",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("means", sa.String(20), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("audit_log_by_at", "audit_log", ["at"])
