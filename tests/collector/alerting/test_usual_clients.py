"""The store asked how many people each place had at this hour of the last weeks."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from writing import write

from agent.wire import Report
from collector.alerting.usual_clients import UsualClients
from collector.alerts.looking.usual import UsualHour
from collector.stores import FrameKey, StoredFrame, StoredReport
from collector.stores.duckdb import open_store

NOW = datetime(2026, 7, 15, 9, 20, tzinfo=UTC)
HOUR = NOW.replace(minute=0)
WEEK = timedelta(weeks=1)


def report(place: str, at: datetime, clients: int | None) -> StoredReport:
    return StoredReport(place, at, False, Report(observed_at=at, interval_seconds=60.0, clients=clients))


async def test_the_same_hour_of_the_last_weeks_is_asked_for_and_no_other(tmp_path: Path) -> None:
    store = open_store(tmp_path / "points.duckdb")
    minute = timedelta(minutes=1)
    reports = [report("a", HOUR - week * WEEK + 30 * minute, 10 * week) for week in (1, 2, 3)]
    reports += [report("a", HOUR - WEEK + beside, 900) for beside in (-minute, 60 * minute)]
    reports += [report("a", HOUR, 900), report("a", HOUR - 5 * WEEK, 900)]
    reports += [report("b", HOUR - week * WEEK, 5) for week in (1, 2)]
    reports += [report("c", HOUR - week * WEEK, None) for week in (1, 2, 3, 4)]
    reports += [report("d", HOUR - week * WEEK, 0) for week in (1, 2, 3, 4)]
    await write(store, [StoredFrame(FrameKey("gw", "0123abcd", 1), NOW, tuple(reports), ())])
    try:
        assert UsualClients(store, ["a", "b", "c", "d", "e"], at_once=2).ask(NOW) == UsualHour(
            HOUR, {"a": 20.0, "d": 0.0}
        )
        assert UsualClients(store, []).ask(NOW) == UsualHour(HOUR, {})
    finally:
        await store.close()
