"""The tables of what is measured, refused and judged. The queries beside it stand on these."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from collector.state.columns import Instant, RowId, StrangersText, metadata

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

collector_groups = Table(
    "collector_groups",
    metadata,
    Column("name", String(63), primary_key=True),
    Column("secret", String(64), nullable=False),
    Column("drawn_at", Instant, nullable=False),
)
"""By what the name is made that a group of collectors has at the broker: see `share_names`."""
