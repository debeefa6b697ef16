"""What is known of agents is found by time, and never by walking through all that there is."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event, text

from agent.wire import Event
from collector.alerts.judging.snapshot import AgentWord
from collector.state.agent_words import words_since
from collector.state.events import KeptEvent, keep_events
from collector.state.placements import settle_offsets
from collector.state.quarantine import Refusal, keep
from collector.stores import FrameKey, StoredEvent

NOW = datetime(2026, 7, 15, 3, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = 60 * MINUTE


def refusal(agent: str | None, digest: str, at: datetime, *, reason: str = "not_allowed") -> Refusal:
    return Refusal(
        reason=reason,
        detail=f"{agent} may not speak for {digest}",
        topic=f"hangang/v1/{agent}/frame",
        agent=agent,
        part="report",
        payload=b"{}",
        payload_bytes=2,
        is_cut=False,
        digest=digest,
        seen_at=at,
    )


def told(agent: str, sequence: int, at: datetime, kind: str = "frames_dropped", count: int | None = 1) -> KeptEvent:
    happened = Event(kind=kind, occurred_at=at, count=count)
    return KeptEvent(FrameKey(agent, "0123abcd", sequence), 0, StoredEvent(agent, at, happened))


def place(engine: Engine, agent: str, sequence: int, offset: timedelta, at: datetime) -> None:
    settle_offsets(engine, {FrameKey(agent, "0123abcd", sequence): offset}, at)


def test_of_agents_that_do_nothing_wrong_nothing_is_told(engine: Engine) -> None:
    keep(engine, [refusal("gw-a", "invalid", NOW, reason="invalid"), refusal(None, "nobody's", NOW)])
    keep_events(engine, [told("gw-a", 1, NOW, kind="agent_started"), told("gw-a", 2, NOW, kind="traps_dropped")])
    assert words_since(engine, NOW - HOUR) == {}


def test_refusals_count_by_agent_with_the_newest_one(engine: Engine) -> None:
    keep(engine, [refusal("gw-a", "lab-001", NOW - 2 * MINUTE), refusal("gw-b", "lab-001/b", NOW - 9 * MINUTE)])
    keep(engine, [refusal("gw-a", "lab-002", NOW - MINUTE), refusal("gw-a", "long-ago", NOW - HOUR - MINUTE)])
    assert words_since(engine, NOW - HOUR) == {
        "gw-a": AgentWord(
            "gw-a", foreign_reports=2, foreign_at=NOW - MINUTE, foreign_detail="gw-a may not speak for lab-002"
        ),
        "gw-b": AgentWord(
            "gw-b", foreign_reports=1, foreign_at=NOW - 9 * MINUTE, foreign_detail="gw-b may not speak for lab-001/b"
        ),
    }


def test_the_same_report_that_is_refused_again_is_one(engine: Engine) -> None:
    for minutes in (3, 2, 1):
        keep(engine, [refusal("gw-a", "lab-001", NOW - minutes * MINUTE)])
    word = words_since(engine, NOW - HOUR)["gw-a"]
    assert (word.foreign_reports, word.foreign_at) == (1, NOW - MINUTE)


def test_losses_are_added_up_by_when_they_happened(engine: Engine) -> None:
    keep_events(
        engine,
        [
            told("gw-a", 1, NOW - HOUR - MINUTE, count=1000),
            told("gw-a", 2, NOW - HOUR, count=20),
            told("gw-a", 3, NOW - 5 * MINUTE, kind="events_dropped", count=2**40),
            told("gw-b", 1, NOW - MINUTE, count=None),
        ],
    )
    assert words_since(engine, NOW - HOUR) == {
        "gw-a": AgentWord("gw-a", dropped=20 + 2**40, dropped_at=NOW - 5 * MINUTE),
        "gw-b": AgentWord("gw-b", dropped=1, dropped_at=NOW - MINUTE),
    }


def test_a_clock_is_as_wrong_as_it_was_by_the_newest_frame(engine: Engine) -> None:
    place(engine, "gw-a", 1, 9 * HOUR, NOW - 9 * MINUTE)
    place(engine, "gw-a", 2, timedelta(microseconds=-1), NOW - 2 * MINUTE)
    place(engine, "gw-b", 1, 20_000 * 24 * HOUR, NOW - 3 * MINUTE)
    place(engine, "gw-c", 1, HOUR, NOW - HOUR - MINUTE)
    assert words_since(engine, NOW - HOUR) == {
        "gw-a": AgentWord("gw-a", clock_offset=timedelta(microseconds=-1), clock_measured_at=NOW - 2 * MINUTE),
        "gw-b": AgentWord("gw-b", clock_offset=20_000 * 24 * HOUR, clock_measured_at=NOW - 3 * MINUTE),
    }


def test_of_frames_that_came_together_the_one_that_was_read_last_counts(engine: Engine) -> None:
    offsets = {FrameKey("gw-a", "0123abcd", sequence): sequence * HOUR for sequence in (1, 3, 2)}
    settle_offsets(engine, offsets, NOW)
    assert words_since(engine, NOW - HOUR)["gw-a"].clock_offset == 3 * HOUR


def test_all_of_it_comes_together(engine: Engine) -> None:
    keep(engine, [refusal("gw-a", "lab-001", NOW)])
    keep_events(engine, [told("gw-a", 1, NOW - MINUTE, count=7)])
    place(engine, "gw-a", 1, HOUR, NOW)
    assert words_since(engine, NOW - HOUR) == {
        "gw-a": AgentWord(
            "gw-a",
            clock_offset=HOUR,
            clock_measured_at=NOW,
            dropped=7,
            dropped_at=NOW - MINUTE,
            foreign_reports=1,
            foreign_at=NOW,
            foreign_detail="gw-a may not speak for lab-001",
        )
    }


@pytest.mark.parametrize("is_analysed", [False, True])
def test_no_table_is_walked_through(alone: Engine, is_analysed: bool) -> None:
    keep_events(alone, [told(f"gw-{number % 50}", number, NOW - number * HOUR) for number in range(2000)])
    settle_offsets(alone, {FrameKey(f"gw-{number % 50}", "0123abcd", number): HOUR for number in range(2000)}, NOW)
    keep(alone, [refusal(f"gw-{number % 50}", str(number), NOW - number * MINUTE) for number in range(500)])
    if is_analysed:
        with alone.begin() as connection:
            connection.execute(text("ANALYZE"))
    asked: list[tuple[str, tuple[object, ...]]] = []
    event.listen(alone, "before_cursor_execute", lambda *args: asked.append((args[2], args[3])))
    words_since(alone, NOW - HOUR)
    steps = [step for query, parameters in list(asked) for step in plan(alone, query, parameters)]
    tables = ("quarantine", "events", "placements")
    assert [step for step in steps if any(table in step for table in tables)] == [
        "SEARCH quarantine USING INDEX quarantine_by_last_seen (last_seen>?)",
        "SEARCH events USING INDEX events_by_occurred_at (occurred_at>?)",
        "SEARCH placements USING INDEX placements_by_noted_at (noted_at>?)",
    ]


def plan(engine: Engine, query: str, parameters: tuple[object, ...]) -> list[str]:
    with engine.connect() as connection:
        return [step for *_, step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", parameters)]
