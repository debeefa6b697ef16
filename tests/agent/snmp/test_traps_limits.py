"""Token buckets, and how many senders are remembered."""

from agent.snmp.traps.limits import MAX_SENDERS, SenderLimits, TokenBucket


def passing(bucket: TokenBucket, attempts: int, now_seconds: float) -> int:
    return sum(bucket.take(now_seconds) for _ in range(attempts))


def test_a_bucket_lets_a_burst_through_and_then_its_rate() -> None:
    bucket = TokenBucket(60, 1)
    assert passing(bucket, 100, 1000.0) == 60
    assert passing(bucket, 100, 1010.0) == 10
    assert passing(bucket, 100, 5000.0) == 60


def test_a_clock_that_goes_back_fills_no_bucket() -> None:
    bucket = TokenBucket(2, 1)
    assert passing(bucket, 5, 1000.0) == 2
    assert passing(bucket, 5, 10.0) == 0
    assert passing(bucket, 5, 11.0) == 1


def test_senders_are_limited_each_and_together() -> None:
    limits = SenderLimits(events_per_minute=3, events_per_minute_of_all=5)
    allowed = [sender for sender in "aaaabbbb" if limits.allows(sender, 0.0)]
    assert allowed == ["a", "a", "a", "b", "b"]
    assert limits.take_dropped() == {"a": 1, "b": 2}
    assert limits.take_dropped() == {}


def test_senders_beyond_the_bound_push_out_the_one_silent_for_longest_and_are_still_counted() -> None:
    limits = SenderLimits(events_per_minute=1, events_per_minute_of_all=10 * MAX_SENDERS)
    assert limits.allows("first", 0.0)
    assert not limits.allows("first", 0.0)
    assert all(limits.allows(f"other {number}", 0.0) for number in range(MAX_SENDERS))
    assert limits.allows("first", 0.0)  # it was forgotten
    assert limits.take_dropped() == {"first": 1}
    for number in range(MAX_SENDERS + 10):
        limits.allows(f"loud {number}", 1.0)
        limits.allows(f"loud {number}", 1.0)
    dropped = limits.take_dropped()
    assert (len(dropped), sum(dropped.values()), dropped[""]) == (MAX_SENDERS + 1, MAX_SENDERS + 10, 10)
