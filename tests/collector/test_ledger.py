"""The ledger: which frames are stored, as ranges."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from collector.ledger import MAX_BOOTS_PER_AGENT, MAX_RANGES_PER_BOOT, Ledger, Ranges
from collector.stores import FrameKey


@given(st.lists(st.integers(1, 60)))
def test_ranges_are_a_set_in_the_fewest_ranges(numbers: list[int]) -> None:
    ranges = Ranges()
    for number in numbers:
        ranges.add(number)
    assert {number for number in range(62) if number in ranges} == set(numbers)
    spans_of = list(ranges)
    assert spans_of == sorted(spans_of)
    assert all(first <= last for first, last in spans_of)
    assert all(later[0] > earlier[1] + 1 for earlier, later in pairwise(spans_of))


def test_the_ledger_knows_what_the_store_holds_and_what_is_added() -> None:
    ledger = Ledger({("gw-a", "00c0ffee"): [(1, 5), (9, 9)]})
    ledger.add(FrameKey("gw-a", "00c0ffee", 6))
    ledger.add(FrameKey("gw-b", "deadbeef", 1))
    known = [sequence for sequence in range(12) if FrameKey("gw-a", "00c0ffee", sequence) in ledger]
    assert known == [1, 2, 3, 4, 5, 6, 9]
    assert FrameKey("gw-b", "deadbeef", 1) in ledger
    assert FrameKey("gw-b", "00c0ffee", 1) not in ledger
    assert FrameKey("gw-c", "00c0ffee", 1) not in ledger


def test_an_agent_that_makes_up_boots_and_sequences_does_not_fill_the_memory() -> None:
    ledger = Ledger({})
    for boot in range(3 * MAX_BOOTS_PER_AGENT):
        ledger.add(FrameKey("gw-a", f"{boot:08x}", 1))
    for sequence in range(1, 4 * MAX_RANGES_PER_BOOT, 2):
        ledger.add(FrameKey("gw-b", "00c0ffee", sequence))
    assert len(ledger._agents["gw-a"]) == MAX_BOOTS_PER_AGENT
    assert len(ledger._agents["gw-b"]["00c0ffee"]) <= MAX_RANGES_PER_BOOT
    assert FrameKey("gw-b", "00c0ffee", 4 * MAX_RANGES_PER_BOOT - 1) in ledger


def test_the_boot_not_heard_of_for_longest_is_forgotten_first() -> None:
    ledger = Ledger({("gw-a", "0000aaaa"): [(1, 1)]})
    ledger.add(FrameKey("gw-a", "0000bbbb", 1))
    ledger.add(FrameKey("gw-a", "0000aaaa", 2))
    for boot in range(1, MAX_BOOTS_PER_AGENT):
        ledger.add(FrameKey("gw-a", f"{boot:08x}", 1))
    assert FrameKey("gw-a", "0000bbbb", 1) not in ledger
    assert FrameKey("gw-a", "0000aaaa", 1) in ledger
