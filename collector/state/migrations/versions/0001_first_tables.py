"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_INSTANT = sa.DateTime(timezone=True)
_ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables in an empty database."""
    _make_tables_of_the_fleet()
    _make_tables_of_frames()
    _make_tables_of_people()


def _make_tables_of_the_fleet() -> None:
    op.create_table(
        "newest_readings",
        sa.Column("access_point", sa.String(63), primary_key=True),
        sa.Column("agent", sa.String(63), nullable=False),
        sa.Column("observed_at", _INSTANT, nullable=False),
        sa.Column("received_at", _INSTANT, nullable=False),
        sa.Column("report", sa.LargeBinary, nullable=False),
        sa.Column("saved_by", sa.String(32), nullable=False),
        sa.Column("saved_in", sa.BigInteger, nullable=False),
    )
    op.create_index("newest_readings_by_saved_in", "newest_readings", ["saved_in"])
    op.create_table(
        "unknown_devices",
        sa.Column("key", sa.String(300), primary_key=True),
        sa.Column("agent", sa.String(63), nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("first_seen", _INSTANT, nullable=False),
        sa.Column("last_seen", _INSTANT, nullable=False),
    )
    op.create_index("unknown_devices_by_agent", "unknown_devices", ["agent", "last_seen"])
    op.create_table(
        "devices_seen",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("access_point", sa.String(63), nullable=False),
        sa.Column("serial", sa.String(128), nullable=False),
        sa.Column("vendor", sa.String(128)),
        sa.Column("model", sa.String(128)),
        sa.Column("mac", sa.String(17)),
        sa.Column("first_seen", _INSTANT, nullable=False),
        sa.Column("last_seen", _INSTANT, nullable=False),
    )
    op.create_index("devices_seen_by_access_point", "devices_seen", ["access_point", "last_seen"])
    op.create_table(
        "leadership",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("elected_at", _INSTANT, nullable=False),
    )


def _make_tables_of_frames() -> None:
    op.create_table(
        "events",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("agent", sa.String(63), nullable=False),
        sa.Column("boot_id", sa.String(32), nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("occurred_at", _INSTANT, nullable=False),
        sa.Column("access_point", sa.String(63)),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(128)),
        sa.Column("count", sa.BigInteger),
        sa.Column("text", sa.Text),
        sa.UniqueConstraint("agent", "boot_id", "sequence", "position", name="events_once"),
    )
    op.create_index("events_by_access_point", "events", ["access_point", "occurred_at"])
    op.create_index("events_by_occurred_at", "events", ["occurred_at"])
    op.create_table(
        "placements",
        sa.Column("agent", sa.String(63), primary_key=True),
        sa.Column("boot_id", sa.String(32), primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("offset_microseconds", sa.BigInteger, nullable=False),
        sa.Column("noted_at", _INSTANT, nullable=False),
    )
    op.create_index("placements_by_noted_at", "placements", ["noted_at"])
    op.create_table(
        "quarantine",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("agent", sa.String(63)),
        sa.Column("part", sa.String(10), nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("payload_bytes", sa.BigInteger, nullable=False),
        sa.Column("is_cut", sa.Boolean, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("first_seen", _INSTANT, nullable=False),
        sa.Column("last_seen", _INSTANT, nullable=False),
        sa.Column("replay_requested_at", _INSTANT),
        sa.Column("replayed_at", _INSTANT),
        sa.Column("replay_outcome", sa.Text),
    )
    op.create_index("quarantine_by_last_seen", "quarantine", ["last_seen"])


def _make_tables_of_people() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(64), nullable=False, unique=True),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("csrf_token", sa.String(64), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
    )
    op.create_index("sessions_by_expires_at", "sessions", ["expires_at"])
