"""Flapping: what is bad and well by turns, so that each turn is no news. Pure; used by `life` and `moves`.

Icinga 2 (since 2.8) remembers for its last 20 checks whether the state changed with each. A change weighs 0.8 + 0.02 i,
where i counts from 0, the oldest, to 19, the newest; the flapping value is 100 × (sum of the weights) / 20 percent.
Flapping starts above 30 and goes on while the value is above 25 (its defaults).

Ours differs in one thing: what is remembered is not checks but spans of time. Rules are judged each second, and of 20
seconds nothing could be said. A span has one bit, however often the state changed in it, and the span that is under way
counts as the newest. Spans are of three minutes, so that 20 of them are an hour: that is a judgement of ours. Some
reports fall into each span, as these come once a minute; flapping is seen after a quarter of an hour of it (six spans),
and is over after at most 45 minutes without a change; what changes less often than every ten minutes or so is no
flapping but several troubles. It is no setting, since each rule has its durations already.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from collector.alerts.alert import Flaps

SLOTS = 20
SLOT = timedelta(minutes=3)
STARTS_ABOVE = 0.30
ENDS_AT = 0.25
LONGEST_CLEARING = 10 * SLOT
"""How long something must be well at most because it has changed often: half of what is remembered, a judgement of
ours."""

_ALL = (1 << SLOTS) - 1


def slot_at(now: datetime) -> int:
    """Which span of time it is, counted from 1970."""
    return int(now.timestamp() // SLOT.total_seconds())


def aged(flaps: Flaps, now: datetime) -> Flaps:
    """The history as it stands now. If the clock has been put back, it goes on from there and nothing is forgotten."""
    slot = slot_at(now)
    passed = slot - flaps.slot
    if passed == 0:
        return flaps
    if passed < 0:
        return replace(flaps, slot=slot)
    if passed >= SLOTS:
        return Flaps(slot=slot, was_bad=flaps.was_bad)
    return replace(
        flaps,
        slot=slot,
        changes=(flaps.changes << passed) & _ALL,
        bad_seconds=flaps.bad_seconds * (1 - 1 / SLOTS) ** passed,  # what is bad half of the time nears half an hour
    )


def rewound(flaps: Flaps, now: datetime) -> Flaps:
    """As `aged` where the clock has been put back since; else the very same."""
    return aged(flaps, now) if flaps.slot > slot_at(now) else flaps


def noted(flaps: Flaps, now: datetime, *, is_bad: bool) -> Flaps:
    """With a state that is known for certain; the very same where that is as it was."""
    if is_bad == flaps.was_bad:
        return flaps
    current = aged(flaps, now)
    return replace(current, changes=current.changes | 1, was_bad=is_bad)


def with_bad(flaps: Flaps, seconds: float, now: datetime) -> Flaps:
    """With a while of being bad that was too short to fire. Of a long one the last hour counts."""
    current = aged(flaps, now)
    return replace(current, bad_seconds=current.bad_seconds + min(seconds, (SLOTS * SLOT).total_seconds()))


def is_forgotten(flaps: Flaps, now: datetime) -> bool:
    """Whether nothing of it counts any longer; nor does what a clock noted that was far ahead."""
    return abs(slot_at(now) - flaps.slot) >= SLOTS


def share(flaps: Flaps, now: datetime) -> float:
    """Icinga's flapping value as a ratio."""
    return _weighed(aged(flaps, now).changes)


@lru_cache(maxsize=4096)
def _weighed(changes: int) -> float:
    # In fiftieths, which are whole: bit 0 is the newest, whose i is 19.
    return sum(40 + SLOTS - 1 - bit for bit in range(SLOTS) if changes >> bit & 1) / (50 * SLOTS)


def is_flapping(flaps: Flaps, now: datetime, *, was_flapping: bool) -> bool:
    """Whether it flaps, given whether it did a moment ago."""
    return share(flaps, now) > (ENDS_AT if was_flapping else STARTS_ABOVE)


def clearing_seconds(flaps: Flaps, clear_after_seconds: float, now: datetime) -> float:
    """How long it must be well to be over: what its rule asks for, doubled for each span with a change within the hour
    beyond the two of one plain trouble, up to LONGEST_CLEARING.

    So a slow turning, in which each well time is longer than what the rule asks for, does not come and go many times
    before it is known as flapping: the second time it must be well for four times as long.
    """
    spare = max(0, aged(flaps, now).changes.bit_count() - 2)
    longer = min(clear_after_seconds * (1 << spare), LONGEST_CLEARING.total_seconds())
    return max(clear_after_seconds, longer)
