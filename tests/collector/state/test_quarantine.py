"""The quarantine: the same again only counts up, nothing stays for ever, and nobody crowds the others out."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, func, select

from collector.state import quarantine as room
from collector.state.quarantine import (
    CLAIMED_FOR,
    KEPT_FOR,
    MAX_BYTES,
    MAX_ENTRIES,
    MAX_PAYLOAD_BYTES,
    Refusal,
    Selection,
    claim_replays,
    end_replay,
    entries,
    keep,
    outcome_of,
    replays,
    request_replay,
)
from collector.state.tables import quarantine

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def refusal(
    payload: bytes, seen_at: datetime = NOW, *, agent: str | None = "gw-lab", reason: str = "invalid"
) -> Refusal:
    return Refusal(
        reason=reason,
        detail="wrong",
        topic=f"wifi/v1/{agent}/frame",
        agent=agent,
        part="frame",
        payload=payload,
        payload_bytes=len(payload),
        is_cut=False,
        digest=f"{agent}/{reason}/{payload[:40].decode()}",
        seen_at=seen_at,
    )


def kept(engine: Engine) -> dict[bytes, tuple[int, datetime]]:
    return {entry.payload: (entry.count, entry.last_seen) for entry in entries(engine)}


def held(engine: Engine) -> dict[str | None, tuple[int, int]]:
    """By agent: entries, and the bytes of their payloads."""
    size = func.sum(func.length(quarantine.c.payload))
    with engine.connect() as connection:
        rows = connection.execute(select(quarantine.c.agent, func.count(), size).group_by(quarantine.c.agent))
        return {agent: (int(count), int(total)) for agent, count, total in rows}


def test_entries_that_were_not_seen_for_thirty_days_go(engine: Engine) -> None:
    keep(engine, [refusal(b"gone"), refusal(b"again"), refusal(b"just", NOW + SECOND)])
    keep(engine, [refusal(b"again", NOW + KEPT_FOR), refusal(b"new", NOW + KEPT_FOR + SECOND)])
    assert kept(engine) == {
        b"just": (1, NOW + SECOND),
        b"again": (2, NOW + KEPT_FOR),
        b"new": (1, NOW + KEPT_FOR + SECOND),
    }


def test_nothing_to_keep_changes_nothing(engine: Engine) -> None:
    keep(engine, [refusal(b"one")])
    keep(engine, [])
    assert kept(engine) == {b"one": (1, NOW)}


def test_the_same_only_counts_up_and_stays_as_it_first_came(engine: Engine) -> None:
    keep(engine, [refusal(b"one"), refusal(b"one", NOW + SECOND)])
    keep(engine, [refusal(b"one", NOW + 5 * SECOND)])
    keep(engine, [refusal(b"one", NOW + 3 * SECOND)])  # from the past, as a replay's
    (entry,) = entries(engine)
    assert (entry.count, entry.first_seen, entry.last_seen) == (4, NOW, NOW + 5 * SECOND)


def test_all_that_was_told_is_there_again(engine: Engine) -> None:
    told = Refusal("not_allowed", "a\x00b \ud800", "wifi/v1/gw-lab/frame", "gw-lab", "report", b"{}", 9, True, "d", NOW)
    keep(engine, [told])
    (entry,) = entries(engine)
    assert entry.detail.startswith("a\ufffdb ")
    assert (entry.part, entry.is_cut, entry.digest, entry.payload_bytes) == ("report", True, "d", 9)
    assert (entry.replay_requested_at, entry.replayed_at, entry.replay_outcome) == (None, None, None)


def test_entries_are_found_by_reason_agent_and_id(engine: Engine) -> None:
    keep(engine, [refusal(b"1"), refusal(b"2", agent="gw-b"), refusal(b"3", reason="unplaceable")])
    ids = {entry.payload: entry.id for entry in entries(engine)}

    def found(selection: Selection) -> set[bytes]:
        return {entry.payload for entry in entries(engine, selection)}

    assert found(Selection(agent="gw-lab")) == {b"1", b"3"}
    assert found(Selection(agent="gw-lab", reason="invalid")) == {b"1"}
    assert found(Selection(ids=[ids[b"2"], ids[b"3"], 999])) == {b"2", b"3"}
    assert found(Selection(ids=[])) == set()
    assert len(entries(engine, limit=2)) == 2


def test_a_poisoner_fills_the_quarantine_and_loses_his_own_oldest(alone: Engine) -> None:
    keep(alone, [refusal(b"of another, and older than all", NOW - SECOND, agent="gw-b"), refusal(b"stray", agent=None)])
    for first in range(0, MAX_ENTRIES + 1000, 500):
        keep(alone, [refusal(b"%d" % number, NOW + number * SECOND) for number in range(first, first + 500)])
    newest = entries(alone, Selection(agent="gw-lab"), limit=1)[0]
    assert newest.payload == b"%d" % (MAX_ENTRIES + 999)
    by_agent = held(alone)
    assert by_agent["gw-b"][0] == by_agent[None][0] == 1
    assert MAX_ENTRIES // 2 < by_agent["gw-lab"][0] <= MAX_ENTRIES - 2
    oldest = min(int(entry.payload) for entry in entries(alone, Selection(agent="gw-lab"), limit=MAX_ENTRIES))
    assert oldest == MAX_ENTRIES + 1000 - by_agent["gw-lab"][0]


def test_all_payloads_together_are_bounded_at_every_time(engine: Engine) -> None:
    large = b"x" * (MAX_PAYLOAD_BYTES - 40)
    for first in range(0, 1200, 300):
        keep(
            engine, [refusal(b"%040d" % number + large, NOW + number * SECOND) for number in range(first, first + 300)]
        )
        keep(engine, [refusal(b"small %d" % first, NOW + first * SECOND, agent="gw-b")])
        assert sum(size for _, size in held(engine).values()) <= MAX_BYTES
    assert held(engine)["gw-b"][0] == 4
    assert held(engine)["gw-lab"][0] > 800


def test_one_by_one_it_is_bounded_as_well(engine: Engine) -> None:
    keep(engine, [refusal(b"%d" % number) for number in range(MAX_ENTRIES - 80)])
    most = 0
    for number in range(100):
        keep(engine, [refusal(b"late %d" % number, NOW + number * SECOND)])
        most = max(most, held(engine)["gw-lab"][0])
    assert most <= MAX_ENTRIES
    assert held(engine)["gw-lab"][0] < MAX_ENTRIES - 80


def test_who_has_most_is_levelled_down_to_the_others_before_they_lose_anything() -> None:
    rows = [(number, agent, 100) for number, agent in enumerate("aaaaaabbbbc")]
    assert room._surplus(rows, 9, 10_000) == [0, 1]
    assert sorted(room._surplus(rows, 3, 10_000)) == [0, 1, 2, 3, 4, 6, 7, 8]
    assert room._surplus(rows, 100, 700) == room._surplus(rows, 7, 10_000)
    assert room._surplus([(1, "a", 5000), *rows], 100, 1200) == [1]


def test_two_collectors_that_keep_the_same_in_another_order_do_not_block_each_other(engine: Engine) -> None:
    together = threading.Barrier(2)
    refusals = [refusal(b"%d" % number) for number in range(300)]

    def put_away(order: int) -> None:
        together.wait()
        for _ in range(5):
            keep(engine, refusals[::order])

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(put_away, order) for order in (1, -1)]:
            done.result()
    assert {entry.count for entry in entries(engine, limit=1000)} == {10}


def test_a_replay_is_claimed_once_and_again_when_its_collector_has_died(engine: Engine) -> None:
    keep(engine, [refusal(b"1"), refusal(b"2"), refusal(b"3")])
    ids = sorted(entry.id for entry in entries(engine))
    request_replay(engine, ids[:2], NOW)
    assert {replay.is_begun for replay in replays(engine, ids).values()} == {False}
    assert [entry.id for entry in claim_replays(engine, NOW, limit=1)] == ids[:1]
    assert [entry.id for entry in claim_replays(engine, NOW)] == ids[1:2]
    assert claim_replays(engine, NOW + CLAIMED_FOR) == []
    assert sorted(entry.id for entry in claim_replays(engine, NOW + CLAIMED_FOR + SECOND)) == ids[:2]
    assert [replay.is_begun for _, replay in sorted(replays(engine, ids).items())] == [True, True, False]


def test_collectors_that_look_at_once_share_the_replays(engine: Engine) -> None:
    keep(engine, [refusal(b"%d" % number) for number in range(60)])
    ids = sorted(entry.id for entry in entries(engine))
    request_replay(engine, ids, NOW)
    together = threading.Barrier(4)

    def claim() -> list[int]:
        together.wait()
        return [entry.id for _ in range(4) for entry in claim_replays(engine, NOW, limit=20)]

    with ThreadPoolExecutor(4) as threads:
        claimed = [number for done in [threads.submit(claim) for _ in range(4)] for number in done.result()]
    assert sorted(claimed) == ids


def test_a_replay_ends_with_the_entry_gone_or_with_what_it_was_refused_for(engine: Engine) -> None:
    keep(engine, [refusal(b"1"), refusal(b"2"), refusal(b"3")])
    one, two, three = sorted(entries(engine), key=lambda entry: entry.id)
    request_replay(engine, [one.id, two.id, three.id], NOW)
    end_replay(engine, one, outcome=None, rest=[], at=NOW + SECOND)
    end_replay(engine, two, outcome="invalid: still", rest=[], at=NOW + SECOND)
    left = sorted(entries(engine), key=lambda entry: entry.id)
    assert [entry.id for entry in left] == [two.id, three.id]
    assert (left[0].replay_requested_at, left[0].replayed_at, left[0].replay_outcome) == (
        None,
        NOW + SECOND,
        "invalid: still",
    )
    assert claim_replays(engine, NOW + 2 * CLAIMED_FOR)[0].id == three.id
    assert [entry.id for entry in entries(engine, Selection(refused_again_since=NOW))] == [two.id]
    assert entries(engine, Selection(refused_again_since=NOW + 2 * SECOND)) == []
    request_replay(engine, [two.id], NOW + 3 * SECOND)
    assert replays(engine, [two.id, one.id]) == {two.id: (False, None)}


def test_what_of_a_replay_is_refused_is_kept_and_says_so(engine: Engine) -> None:
    rest = refusal(b"a part", reason="not_allowed")
    keep(engine, [refusal(b"whole"), rest])
    (whole,) = entries(engine, Selection(reason="invalid"))
    end_replay(engine, whole, outcome=None, rest=[rest], at=NOW + SECOND)
    (left,) = entries(engine)
    assert (left.payload, left.replay_outcome) == (b"a part", outcome_of(rest))
