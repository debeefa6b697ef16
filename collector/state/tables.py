"""The tables of the state database."""

from datetime import UTC, datetime

from sqlalchemy import (
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC: SQLite has no time zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's signature
        """To UTC, naive."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's signature
        """Back to aware."""
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData()

newest_readings = Table(
    "newest_readings",
    metadata,
    Column("access_point", String(63), primary_key=True),
    Column("agent", String(63), nullable=False),
    Column("observed_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("report", Text, nullable=False),
)

unknown_devices = Table(
    "unknown_devices",
    metadata,
    Column("key", String(300), primary_key=True),
    Column("agent", String(63), nullable=False),
    Column("device", Text, nullable=False),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
)

devices_seen = Table(
    "devices_seen",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("access_point", String(63), nullable=False),
    Column("serial", String(128), nullable=False),
    Column("vendor", String(128)),
    Column("model", String(128)),
    Column("mac", String(17)),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Index("devices_seen_by_access_point", "access_point", "last_seen"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("reason", String(40), nullable=False),
    Column("detail", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("agent", String(63)),
    Column("payload", LargeBinary, nullable=False),
    Column("payload_bytes", Integer, nullable=False),
    Column("count", Integer, nullable=False),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Index("quarantine_by_last_seen", "last_seen"),
)

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", Integer, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("csrf_token", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
