"""How much is taken in: token buckets for one sender and for all, and the memory of senders, which is bounded. Pure.

The caller brings the time, in seconds that only go forward.
"""

from collections import Counter, OrderedDict
from collections.abc import Mapping

MAX_SENDERS = 1000
"""As many senders are told apart; beyond it the one that was silent for longest is forgotten."""


class TokenBucket:
    """Lets `capacity` through at once, and `per_second` in the long run."""

    def __init__(self, capacity: float, per_second: float) -> None:
        self._capacity = capacity
        self._per_second = per_second
        self._tokens = capacity
        self._at_seconds: float | None = None

    def take(self, now_seconds: float) -> bool:
        """Whether one more may pass."""
        if self._at_seconds is not None:
            gained = max(0.0, now_seconds - self._at_seconds) * self._per_second
            self._tokens = min(self._capacity, self._tokens + gained)
        self._at_seconds = now_seconds
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class SenderBuckets:
    """A bucket for each sender."""

    def __init__(self, capacity: float, per_second: float) -> None:
        self._capacity = capacity
        self._per_second = per_second
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def take(self, sender: str, now_seconds: float) -> bool:
        """Whether one more of this sender may pass."""
        bucket = self._buckets.get(sender)
        if bucket is None:
            bucket = self._buckets[sender] = TokenBucket(self._capacity, self._per_second)
        self._buckets.move_to_end(sender)
        if len(self._buckets) > MAX_SENDERS:
            self._buckets.popitem(last=False)
        return bucket.take(now_seconds)


class SenderLimits:
    """A bucket for each sender and one for all of them together, and how often each sender was turned away."""

    def __init__(self, *, events_per_minute: int, events_per_minute_of_all: int) -> None:
        self._of_each = SenderBuckets(events_per_minute, events_per_minute / 60)
        self._of_all = TokenBucket(events_per_minute_of_all, events_per_minute_of_all / 60)
        self._dropped: Counter[str] = Counter()

    def allows(self, sender: str, now_seconds: float) -> bool:
        """Whether one more event of this sender may pass; if not, it is counted as dropped."""
        if self._of_each.take(sender, now_seconds) and self._of_all.take(now_seconds):
            return True
        # Senders are counted apart up to the bound, and under no name beyond it.
        self._dropped[sender if sender in self._dropped or len(self._dropped) < MAX_SENDERS else ""] += 1
        return False

    def take_dropped(self) -> Mapping[str, int]:
        """The events dropped since this was last asked, by sender."""
        dropped, self._dropped = self._dropped, Counter()
        return dropped
