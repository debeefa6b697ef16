"""Turns successive readings of counters into growth and rates, and tells a wrap from a reset.

Used by every source that reads counters (host, snmp, openwrt): a rate is computed where its counter is, so
that nobody downstream has to guess what a counter did between two reports. Pure: the caller brings the clock.
"""

from collections.abc import Hashable
from typing import NamedTuple


class _Reading(NamedTuple):
    value: int
    at_seconds: float


class _Growth(NamedTuple):
    amount: int
    seconds: float


class Counters:
    """The previous reading of each counter that a source follows.

    A counter that went forward has grown by the difference. One that went backwards has wrapped only if all of
    this holds, and was reset otherwise:

    - its previous reading fits into `bits`;
    - the growth through the top of the range is less than a quarter of the range, so that the counter came
      from near the top and is near the bottom. A reset that is mistaken for a wrap invents traffic, a wrap
      that is mistaken for a reset only leaves one value out: in doubt it is a reset;
    - `max_per_second`, where given, allows that growth.

    64 bits of anything countable do not fill up in the life of a device. A counter whose width nobody knows is
    given as 32 bits wide: going back from above 32 bits is a reset even so. A counter that can wrap twice
    between two readings cannot be told from a slow one: read it more often.

    `max_per_second` is the most that the counter can do, such as the speed of its link. Growth beyond it is not
    believed, forwards neither. A negative value is no reading of a counter: a source that knows a counter to be
    printed as signed undoes that first.
    """

    def __init__(self) -> None:
        self._readings: dict[Hashable, _Reading] = {}
        self._seen: set[Hashable] = set()

    def rate(
        self,
        key: Hashable,
        value: int,
        at_seconds: float,
        *,
        bits: int = 64,
        max_per_second: float | None = None,
    ) -> float | None:
        """Growth per second since the key's previous reading; None where `delta` is."""
        grown = self._advance(key, _Reading(value, at_seconds), bits, max_per_second)
        return None if grown is None else grown.amount / grown.seconds

    def delta(
        self,
        key: Hashable,
        value: int,
        at_seconds: float,
        *,
        bits: int = 64,
        max_per_second: float | None = None,
    ) -> int | None:
        """Growth since the key's previous reading. `at_seconds` is of a monotonic clock.

        None for a first reading, for a reset, for growth that is not believed, and where no time has passed:
        then the earlier reading stays, and nothing that was counted is lost.
        """
        grown = self._advance(key, _Reading(value, at_seconds), bits, max_per_second)
        return None if grown is None else grown.amount

    def forget_unseen(self) -> None:
        """Forget the keys that were not given since the last call.

        To be called at the end of each complete reading: memory stays bounded by what one reading holds, and no
        rate reaches back beyond the reading before.
        """
        self._readings = {key: reading for key, reading in self._readings.items() if key in self._seen}
        self._seen.clear()

    def _advance(self, key: Hashable, now: _Reading, bits: int, max_per_second: float | None) -> _Growth | None:
        """Take in a reading; the growth since the one before, over a time that is never nothing."""
        if now.value < 0:
            self._readings.pop(key, None)
            return None
        self._seen.add(key)
        before = self._readings.get(key)
        if before is not None and now.at_seconds == before.at_seconds:
            return None
        self._readings[key] = now
        if before is None or now.at_seconds < before.at_seconds:
            return None
        seconds = now.at_seconds - before.at_seconds
        amount = _difference(before.value, now.value, bits)
        if amount is None or (max_per_second is not None and amount > max_per_second * seconds):
            return None
        return _Growth(amount, seconds)


def share(part: int | None, whole: int | None) -> float | None:
    """The ratio of two deltas, such as busy time to all time, from 0 to 1.

    None where either is unknown or the whole did not grow. Counters are not read at one instant: a part that is
    ahead of its whole counts as all of it.
    """
    if part is None or whole is None or whole <= 0:
        return None
    return min(1.0, part / whole)


def _difference(before: int, now: int, bits: int) -> int | None:
    """What was counted between two values, or None where the counter was reset: the rule of `Counters`."""
    if now >= before:
        return now - before
    span = 1 << bits
    through_the_top = now - before + span
    return through_the_top if before < span and through_the_top < span // 4 else None
