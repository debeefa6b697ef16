"""The audit log: what is written is found again, by whom and of what, a page at a time."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from collector.state.audit import Action, Entry, entries, note, prune_entries

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)


def entry(by: str, action: Action, number: int = 0, **changes: str) -> Entry:
    words = {"means": "session", "address": "192.0.2.1", "subject": by, **changes}
    return Entry(at=NOW + timedelta(seconds=number), by=by, action=action, **words)


def test_the_log_is_read_from_the_newest_on_a_page_at_a_time(engine: Engine) -> None:
    written = [entry("kim" if number % 2 else "lee", Action.LOGGED_IN, number) for number in range(5)]
    for each in written:
        note(engine, each)
    first = entries(engine, limit=2)
    rest = entries(engine, before=first[-1].id, limit=10)
    assert [kept.entry for kept in (*first, *rest)] == written[::-1]


def test_the_log_is_searched_by_person_and_by_action(engine: Engine) -> None:
    wanted = entry("kim", Action.TOKEN_MADE, 2, detail="export: read")
    others = [entry("kim", Action.LOGGED_IN, 1), entry("lee", Action.TOKEN_MADE, 3)]
    for each in (others[0], wanted, others[1]):
        note(engine, each)
    assert [kept.entry for kept in entries(engine, limit=9, by="kim", action=Action.TOKEN_MADE)] == [wanted]
    assert [kept.entry.action for kept in entries(engine, limit=9, by="kim")] == ["token_made", "logged_in"]
    assert [kept.entry.by for kept in entries(engine, limit=9, action=Action.TOKEN_MADE)] == ["lee", "kim"]
    assert entries(engine, limit=9, by="nobody") == []


def test_whatever_somebody_typed_for_a_name_can_be_written_and_looked_for(engine: Engine) -> None:
    note(engine, entry("\x00\ud800<script>" + "x" * 2_000, Action.LOG_IN_REFUSED, address="fe80::1%" + "y" * 100))
    (kept,) = entries(engine, limit=9)
    assert kept.entry.by.startswith("\ufffd?<script>x")
    assert (len(kept.entry.by), len(kept.entry.address)) == (1_000, 64)
    assert entries(engine, limit=9, by="\x00") == []


def test_what_is_old_is_forgotten(engine: Engine) -> None:
    for number in range(3):
        note(engine, entry("kim", Action.LOGGED_IN, number))
    prune_entries(engine, NOW + timedelta(seconds=2))
    assert [kept.entry.at for kept in entries(engine, limit=9)] == [NOW + timedelta(seconds=2)]
