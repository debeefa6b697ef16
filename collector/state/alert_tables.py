"""The tables of alerts, of what is said about them, and of what receivers are told."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from collector.state.columns import Instant, RowId, StrangersText, metadata

alerts = Table(
    "alerts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("rule", String(40), nullable=False),
    Column("subject", StrangersText, nullable=False),
    Column("site", String(63)),
    Column("access_point", String(63)),
    Column("severity", String(10), nullable=False),
    Column("phase", String(10), nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("since", Instant, nullable=False),
    Column("fired_at", Instant),
    Column("ended_at", Instant),
    Column("document", StrangersText, nullable=False),
    Index("alerts_by_fired_at", "fired_at", "id"),
    Index("alerts_by_ended_at", "ended_at"),
    Index("alerts_by_site", "site", "fired_at"),
    Index("alerts_by_access_point", "access_point", "fired_at"),
    Index(
        "open_alerts",
        "rule",
        "subject",
        unique=True,
        sqlite_where=text("is_open = 1"),
        postgresql_where=text("is_open"),
    ),
)
"""What is asked for stands in columns of its own; the whole alert is in `document`, as JSON: see `alerts`. Of one rule
and one subject there is one that is open. The index says so in the words of each database: SQLite takes it for open
alerts only if its condition is the question's, to the letter."""

evaluations = Table(
    "evaluations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("evaluated_at", Instant, nullable=False),
)
"""One row: when the city was last judged, noted now and then."""

acknowledgements = Table(
    "acknowledgements",
    metadata,
    Column("alert", String(32), ForeignKey("alerts.id", ondelete="CASCADE"), primary_key=True),
    Column("by", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("comment", Text, nullable=False),
)

silences = Table(
    "silences",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("document", Text, nullable=False),
    Index("silences_by_ends_at", "ends_at"),
)
"""`ends_at` is when it ends in truth: earlier than was first said where somebody has ended it."""

maintenance = Table(
    "maintenance",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("is_over", Boolean, nullable=False),
    Column("document", Text, nullable=False),
)
"""Windows of maintenance. One that is over, or was taken back, is kept to be read."""

threads = Table(
    "threads",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("endpoint", String(63), nullable=False),
    Column("rule", String(40), nullable=False),
    Column("site", String(63), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("believed", Text, nullable=False),
    Index(
        "open_threads",
        "endpoint",
        "rule",
        "site",
        unique=True,
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    Index("threads_by_closed_at", "closed_at"),
)
"""What one endpoint is told of one rule at one site (empty where it is nowhere), from its beginning to its end.
`believed` are, as a JSON list, the ids of the alerts that the endpoint may believe to fire, as far as deliveries have
been attempted."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("number", RowId, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("thread", String(32), ForeignKey("threads.id", ondelete="CASCADE")),
    Column("endpoint", String(63), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("rule", String(40), nullable=False),
    Column("site", String(63), nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("claimed_at", Instant),
    Column("ended_at", Instant),
    Column("problem", Text),
    Column("document", StrangersText, nullable=False),
    Index(
        "deliveries_waiting",
        "endpoint",
        "due_at",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    Index("deliveries_by_state", "state", "number"),
    Index("deliveries_by_thread", "thread", "number"),
    Index("deliveries_by_ended_at", "ended_at"),
)
"""One row a notice to one endpoint. `number` is the order in which they were made, `id` is what the receiver sees,
`document` the notice as JSON. `claimed_at` says that a call is under way."""

endpoint_states = Table(
    "endpoint_states",
    metadata,
    Column("endpoint", String(63), primary_key=True),
    Column("paused_by", String(64)),
    Column("paused_at", Instant),
    Column("disabled_at", Instant),
    Column("disabled_because", Text),
    Column("delivered_at", Instant),
    Column("failed_at", Instant),
    Column("problem", Text),
)
"""How the endpoints of the configuration fare. One that was never called, and never paused, has no row."""
