"""The audit log: who did what, when, and from where. Orders keep their own changes, and are not in it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Engine, delete, insert, select

from collector.state.people_tables import audit_log

_MOST_LETTERS = 1_000


class Action(StrEnum):
    """What is noted."""

    LOGGED_IN = "logged_in"
    LOG_IN_REFUSED = "log_in_refused"
    LOGGED_OUT = "logged_out"
    PERSON_ADDED = "person_added"
    ROLE_CHANGED = "role_changed"
    LOCKED_OUT = "locked_out"
    LET_IN_AGAIN = "let_in_again"
    PASSWORD_DRAWN = "password_drawn"  # noqa: S105  # the word, and no password
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    PASSWORD_REFUSED = "password_refused"  # noqa: S105
    TOKEN_MADE = "token_made"  # noqa: S105
    TOKEN_REVOKED = "token_revoked"  # noqa: S105
    NOTE_WRITTEN = "note_written"
    MEASURED = "measured"
    ALERT_ACKNOWLEDGED = "alert_acknowledged"
    ALERT_RELEASED = "alert_released"
    SILENCE_MADE = "silence_made"
    SILENCE_ENDED = "silence_ended"
    MAINTENANCE_PLANNED = "maintenance_planned"
    MAINTENANCE_TAKEN_BACK = "maintenance_taken_back"
    ENDPOINT_PAUSED = "endpoint_paused"
    ENDPOINT_OPENED = "endpoint_opened"
    ENDPOINT_TESTED = "endpoint_tested"
    DELIVERY_REPLAYED = "delivery_replayed"
    ENROLMENT_TOKEN_DRAWN = "enrolment_token_drawn"  # noqa: S105
    CERTIFICATE_ISSUED = "certificate_issued"
    CERTIFICATE_RENEWED = "certificate_renewed"
    AGENT_PASSWORD_DRAWN = "agent_password_drawn"  # noqa: S105
    AGENT_REVOKED = "agent_revoked"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `by` is a name as it was shown, which of a refused log-in need not be anybody's; `means` how it was
    shown; `subject` whom or what it was about."""

    at: datetime
    by: str
    means: str
    address: str
    action: Action
    subject: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """One line, with its number."""

    id: int
    entry: Entry


def note(engine: Engine, entry: Entry) -> None:
    """Write a line. What is longer than a line has any use for is cut."""
    with engine.begin() as connection:
        note_within(connection, entry)


def note_within(connection: Connection, entry: Entry) -> None:
    """Write a line together with what is done in the same transaction: both or neither."""
    connection.execute(
        insert(audit_log).values(
            at=entry.at,
            by=entry.by[:_MOST_LETTERS],
            means=entry.means,
            address=entry.address[:64],
            action=str(entry.action),
            subject=entry.subject[:_MOST_LETTERS],
            detail=entry.detail[:_MOST_LETTERS],
        )
    )


def entries(
    engine: Engine, *, before: int | None = None, limit: int, by: str | None = None, action: Action | None = None
) -> list[KeptEntry]:
    """The newest lines with a number below `before`, the newest first; those by one person, or of one action, where one
    is named."""
    query = select(audit_log).order_by(audit_log.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(audit_log.c.id < before)
    if by is not None:
        query = query.where(audit_log.c.by == by)
    if action is not None:
        query = query.where(audit_log.c.action == str(action))
    with engine.connect() as connection:
        return [
            KeptEntry(
                row.id, Entry(row.at, row.by, row.means, row.address, Action(row.action), row.subject, row.detail)
            )
            for row in connection.execute(query)
        ]


def prune_entries(engine: Engine, before: datetime) -> None:
    """Forget what was done before then."""
    with engine.begin() as connection:
        connection.execute(delete(audit_log).where(audit_log.c.at < before))
