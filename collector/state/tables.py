"""The tables of the state database, with types that mean the same on SQLite and PostgreSQL.

The queries beside it stand on these. What makes them in a database is `migrations`; a test holds the two together.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
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
    UniqueConstraint,
)


class Instant(TypeDecorator[datetime]):
    """An aware datetime: `timestamptz` where there is one, and text in UTC on SQLite, which has no time zones.

    The text is as SQLAlchemy would write it, and sorts by time. It is written here for the speed of it: a city's access
    points bring several a minute each.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], object]:
        """To what the driver takes."""
        return _to_text if dialect.name == "sqlite" else _to_utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:  # noqa: ARG002  # SQLAlchemy's signature
        """Back to aware, in UTC whatever the session's time zone is."""
        return _from_text if dialect.name == "sqlite" else _to_utc


def _to_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


def _to_text(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat(" ", "microseconds")[: -len("+00:00")]


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


class StrangersText(TypeDecorator[str]):
    """Text that anybody may have sent. What PostgreSQL cannot keep, NUL and halves of surrogate pairs, is replaced."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  # SQLAlchemy's signature
        """To what every database can keep."""
        if value is None:
            return None
        return value.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


RowId = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where their key is an INTEGER, which has 64 bits there. PostgreSQL uses up a
number for each row that turns out to be there already, so that 32 bits would not last."""

metadata = MetaData()

newest_readings = Table(
    "newest_readings",
    metadata,
    Column("access_point", String(63), primary_key=True),
    Column("agent", String(63), nullable=False),
    Column("observed_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("report", LargeBinary, nullable=False),
    Column("saved_by", String(32), nullable=False),
    Column("saved_in", BigInteger, nullable=False),
    Index("newest_readings_by_saved_in", "saved_in"),
)
"""`saved_by` is the process that saved a row, `saved_in` the number of its transaction (0 on SQLite): see `newest`."""

unknown_devices = Table(
    "unknown_devices",
    metadata,
    Column("key", String(300), primary_key=True),
    Column("agent", String(63), nullable=False),
    Column("device", Text, nullable=False),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Index("unknown_devices_by_agent", "agent", "last_seen"),
)

devices_seen = Table(
    "devices_seen",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("access_point", String(63), nullable=False),
    Column("serial", String(128), nullable=False),
    Column("vendor", String(128)),
    Column("model", String(128)),
    Column("mac", String(17)),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Index("devices_seen_by_access_point", "access_point", "last_seen"),
)

events = Table(
    "events",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("agent", String(63), nullable=False),
    Column("boot_id", String(32), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("position", Integer, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("access_point", String(63)),
    Column("kind", String(64), nullable=False),
    Column("subject", String(128)),
    Column("count", BigInteger),
    Column("text", Text),
    UniqueConstraint("agent", "boot_id", "sequence", "position", name="events_once"),
    Index("events_by_access_point", "access_point", "occurred_at"),
    Index("events_by_occurred_at", "occurred_at"),
)

placements = Table(
    "placements",
    metadata,
    Column("agent", String(63), primary_key=True),
    Column("boot_id", String(32), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("offset_microseconds", BigInteger, nullable=False),
    Column("noted_at", Instant, nullable=False),
    Index("placements_by_noted_at", "noted_at"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("reason", String(40), nullable=False),
    Column("detail", StrangersText, nullable=False),
    Column("topic", StrangersText, nullable=False),
    Column("agent", String(63)),
    Column("part", String(10), nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("payload_bytes", BigInteger, nullable=False),
    Column("is_cut", Boolean, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Column("replay_requested_at", Instant),
    Column("replayed_at", Instant),
    Column("replay_outcome", Text),
    Index("quarantine_by_last_seen", "last_seen"),
)
"""`part` is one of "frame", "report", "event", "status" and "message"."""

assessment_runs = Table(
    "assessment_runs",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("assessed_at", Instant, nullable=False),
    Column("is_complete", Boolean, nullable=False),
)

assessments = Table(
    "assessments",
    metadata,
    Column("run_id", RowId, ForeignKey("assessment_runs.id", ondelete="CASCADE"), primary_key=True),
    Column("access_point", String(63), primary_key=True),
    Column("rank", Integer),
    Column("standing", String(20), nullable=False),
    Column("document", LargeBinary, nullable=False),
    Index("assessments_by_rank", "run_id", "standing", "rank"),
)
"""What is judged of each place, packed: see `assessments`."""

verifications = Table(
    "verifications",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("verified_at", Instant, nullable=False),
    Column("document", LargeBinary, nullable=False),
)
"""Results of acceptances, packed: see `assessments`."""

leadership = Table(
    "leadership",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
    Column("elected_at", Instant, nullable=False),
)
"""One row: how many times an evaluator has been elected, and when last."""

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
    Index("sessions_by_expires_at", "expires_at"),
)
