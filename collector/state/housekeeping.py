"""Forgets what is old. Run every hour by the elected evaluator."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, delete

from collector.state.alerts import prune_alerts
from collector.state.audit import prune_entries
from collector.state.delivery_desk import prune_outbox
from collector.state.enrolments import prune_enrolments
from collector.state.events import prune_events
from collector.state.guesses import prune_failures
from collector.state.people_tables import sessions
from collector.state.placements import prune_placements
from collector.state.suppressions import prune_suppressions

EVENTS_KEPT_FOR = timedelta(days=2 * 365)
AUDIT_KEPT_FOR = timedelta(days=2 * 365)
ALERTS_KEPT_FOR = timedelta(days=2 * 365)
DELIVERIES_KEPT_FOR = timedelta(days=90)
"""What was told to whom, dead letters included: nobody tries those again after a quarter."""
PLACEMENTS_KEPT_FOR = timedelta(days=9)
"""Longer than an agent keeps a frame that nobody acknowledges, so that it is placed as before whenever it comes."""

TOKENS_KEPT_FOR = timedelta(days=7)
CERTIFICATES_KEPT_FOR = timedelta(days=366)


def prune(engine: Engine, now: datetime) -> None:
    """Forget everywhere what has had its time. The quarantine bounds itself."""
    prune_events(engine, now - EVENTS_KEPT_FOR)
    prune_placements(engine, now - PLACEMENTS_KEPT_FOR)
    prune_failures(engine, now)
    prune_entries(engine, now - AUDIT_KEPT_FOR)
    prune_outbox(engine, now - DELIVERIES_KEPT_FOR)
    prune_alerts(engine, now - ALERTS_KEPT_FOR)
    prune_suppressions(engine, now - ALERTS_KEPT_FOR, now)
    prune_enrolments(engine, now - TOKENS_KEPT_FOR, now - CERTIFICATES_KEPT_FOR)
    with engine.begin() as connection:
        connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
