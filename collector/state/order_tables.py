"""The tables of orders, and of what is written down about sites."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from collector.state.columns import Instant, RowId, metadata

orders = Table(
    "orders",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("access_point", String(63), nullable=False),
    Column("site", String(63), nullable=False),
    Column("status", String(20), nullable=False),
    Column("is_closed", Boolean, nullable=False),
    Column("technician", String(64)),
    Column("planned_on", Date),
    Column("is_silent", Boolean, nullable=False),
    Column("new_serial", String(128)),
    Column("new_mac", String(17)),
    Column("opened_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("document", Text, nullable=False),
    Index("orders_by_status", "status", "id"),
    Index("orders_by_access_point", "access_point", "id"),
    Index("orders_by_technician", "technician", "is_closed", "planned_on"),
    Index("orders_by_site", "site", "is_closed"),
    Index(
        "one_order_a_place",
        "access_point",
        unique=True,
        sqlite_where=text("NOT is_closed"),
        postgresql_where=text("NOT is_closed"),
    ),
)
"""What is asked for stands in columns of its own; the whole order is in `document`, as JSON: see `orders`."""

order_changes = Table(
    "order_changes",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("order_id", RowId, ForeignKey("orders.id", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", String(64), nullable=False),
    Column("document", Text, nullable=False),
    UniqueConstraint("order_id", "version", name="order_changes_once"),
)

site_notes = Table(
    "site_notes",
    metadata,
    Column("site", String(63), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("contact", Text, nullable=False),
    Column("access_note", Text, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("changed_by", String(64), nullable=False),
)
