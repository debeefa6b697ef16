"""The tables of enrolment: tokens of first contact, what was certified for whom, and who is denied."""

from sqlalchemy import Column, Index, String, Table, Text

from collector.state.columns import Instant, metadata

enrolment_tokens = Table(
    "enrolment_tokens",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("agent", String(63), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("certificate_pem", Text),
    Index("enrolment_tokens_by_agent", "agent"),
    Index("enrolment_tokens_by_expires_at", "expires_at"),
)
"""`certificate_pem` is what a used token has brought."""

certificates = Table(
    "certificates",
    metadata,
    Column("serial", String(40), primary_key=True),
    Column("agent", String(63), nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("valid_until", Instant, nullable=False),
    Column("revoked_at", Instant),
    Index("certificates_by_agent", "agent", "issued_at"),
    Index("certificates_by_valid_until", "valid_until"),
)
"""`serial` is a certificate's number in hexadecimal digits, of which it has 159 bits at most."""

denied_agents = Table(
    "denied_agents",
    metadata,
    Column("agent", String(63), primary_key=True),
    Column("denied_at", Instant, nullable=False),
)
"""Who was revoked and has not been let in again. What their certificates are need not be known."""

restorations = Table("restorations", metadata, Column("restored_at", Instant, primary_key=True))
"""When this database was put back from a backup: it does not know what was certified between the two."""
