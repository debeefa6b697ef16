"""When a throughput test begins: at a random instant of an off-peak window, the same one however often it is asked.

Pure. Each day's window is cut into as many equal turns as there are runs a day, and one instant is drawn in each. The
draw follows from a seed (the access point and the server), the day and the turn alone: a restart does not draw again,
and a city's access points do not begin together.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Window:
    """Local times between which tests begin, every day. An end that is not later than the beginning is of the next
    day, so that equal times are a whole day."""

    begins: time
    ends: time
    zone: ZoneInfo

    def on(self, day: date) -> tuple[datetime, datetime]:
        """When the window that begins on a day begins and ends, in UTC."""
        last = day if self.ends > self.begins else day + timedelta(days=1)
        begins, ends = (
            datetime.combine(of, at, self.zone).astimezone(UTC) for of, at in ((day, self.begins), (last, self.ends))
        )
        return begins, ends

    def day_of(self, now: datetime) -> date:
        """The local calendar day."""
        return now.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Turn:
    """One run: not before `starts_at`, which was drawn, and not from `ends_at` on. `key` names it for good."""

    key: str
    starts_at: datetime
    ends_at: datetime


def turns_of(window: Window, day: date, *, runs: int, seed: str, tail_seconds: float) -> Iterator[Turn]:
    """The turns of the window that begins on a day.

    No start is drawn in the last `tail_seconds` of a turn, or in its second half where that is shorter: who asks only
    now and then must still meet the turn, and who is to try again needs time. A window that a change of the clocks
    swallows has no turns.
    """
    begins, ends = window.on(day)
    length = (ends - begins) / runs
    if length <= timedelta():
        return
    drawn_from = length - min(timedelta(seconds=tail_seconds), length / 2)
    for number in range(runs):
        first = begins + number * length
        key = f"{day.isoformat()}/{number}"
        yield Turn(key, first + _drawn(f"{seed} {key}") * drawn_from, first + length)


def turn_at(window: Window, now: datetime, *, runs: int, seed: str, tail_seconds: float) -> Turn | None:
    """The turn that has started at an instant and not ended, if there is one."""
    today = window.day_of(now)
    for day in (today - timedelta(days=1), today):
        for turn in turns_of(window, day, runs=runs, seed=seed, tail_seconds=tail_seconds):
            if turn.starts_at <= now < turn.ends_at:
                return turn
    return None


def is_within(window: Window, now: datetime) -> bool:
    """Whether an instant lies between the ends of the window, whatever was drawn there."""
    today = window.day_of(now)
    spans = [window.on(day) for day in (today - timedelta(days=1), today)]
    return any(begins <= now < ends for begins, ends in spans)


def seconds_to_midnight(window: Window, now: datetime) -> float:
    """How long the local calendar day still lasts."""
    midnight = datetime.combine(window.day_of(now) + timedelta(days=1), time(), window.zone)
    return (midnight.astimezone(UTC) - now.astimezone(UTC)).total_seconds()


def _drawn(seed: str) -> float:
    """A number from 0 up to 1 that follows from the seed, evenly spread over seeds."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:6], "big") / 2**48
