"""The types of the columns of the state database, which mean the same on SQLite and PostgreSQL, and what holds the
tables together.

What makes the tables in a database is `migrations`; a test holds the two together.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, MetaData, Text, TypeDecorator


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
