"""Alerts, what is said about them, and what receivers are told."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_INSTANT = sa.DateTime(timezone=True)
_ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add eight tables."""
    _add_alerts()
    _add_what_is_said()
    _add_outbox()


def _add_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("rule", sa.String(40), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("site", sa.String(63)),
        sa.Column("access_point", sa.String(63)),
        sa.Column("severity", sa.String(10), nullable=False),
        sa.Column("phase", sa.String(10), nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("fired_at", _INSTANT),
        sa.Column("ended_at", _INSTANT),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("alerts_by_fired_at", "alerts", ["fired_at", "id"])
    op.create_index("alerts_by_ended_at", "alerts", ["ended_at"])
    op.create_index("alerts_by_site", "alerts", ["site", "fired_at"])
    op.create_index("alerts_by_access_point", "alerts", ["access_point", "fired_at"])
    op.create_index(
        "open_alerts",
        "alerts",
        ["rule", "subject"],
        unique=True,
        sqlite_where=sa.text("is_open = 1"),
        postgresql_where=sa.text("is_open"),
    )
    op.create_table(
        "evaluations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("evaluated_at", _INSTANT, nullable=False),
    )
    op.create_table(
        "acknowledgements",
        sa.Column("alert", sa.String(32), sa.ForeignKey("alerts.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
    )


def _add_what_is_said() -> None:
    op.create_table(
        "silences",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("starts_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("silences_by_ends_at", "silences", ["ends_at"])
    op.create_table(
        "maintenance",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("is_over", sa.Boolean, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )


def _add_outbox() -> None:
    op.create_table(
        "threads",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("endpoint", sa.String(63), nullable=False),
        sa.Column("rule", sa.String(40), nullable=False),
        sa.Column("site", sa.String(63), nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("closed_at", _INSTANT),
        sa.Column("believed", sa.Text, nullable=False),
    )
    is_open = sa.text("closed_at IS NULL")
    op.create_index(
        "open_threads",
        "threads",
        ["endpoint", "rule", "site"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index("threads_by_closed_at", "threads", ["closed_at"])
    op.create_table(
        "deliveries",
        sa.Column("number", _ROW_ID, primary_key=True),
        sa.Column("id", sa.String(40), nullable=False, unique=True),
        sa.Column("thread", sa.String(32), sa.ForeignKey("threads.id", ondelete="CASCADE")),
        sa.Column("endpoint", sa.String(63), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("rule", sa.String(40), nullable=False),
        sa.Column("site", sa.String(63), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("claimed_at", _INSTANT),
        sa.Column("ended_at", _INSTANT),
        sa.Column("problem", sa.Text),
        sa.Column("document", sa.Text, nullable=False),
    )
    is_waiting = sa.text("state = 'waiting'")
    op.create_index(
        "deliveries_waiting",
        "deliveries",
        ["endpoint", "due_at"],
        sqlite_where=is_waiting,
        postgresql_where=is_waiting,
    )
    op.create_index("deliveries_by_state", "deliveries", ["state", "number"])
    op.create_index("deliveries_by_thread", "deliveries", ["thread", "number"])
    op.create_index("deliveries_by_ended_at", "deliveries", ["ended_at"])
    op.create_table(
        "endpoint_states",
        sa.Column("endpoint", sa.String(63), primary_key=True),
        sa.Column("paused_by", sa.String(64)),
        sa.Column("paused_at", _INSTANT),
        sa.Column("disabled_at", _INSTANT),
        sa.Column("disabled_because", sa.Text),
        sa.Column("delivered_at", _INSTANT),
        sa.Column("failed_at", _INSTANT),
        sa.Column("problem", sa.Text),
    )
