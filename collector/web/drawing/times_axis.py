"""How many times faster, drawn: an axis on which each doubling is as wide. Pure; for the page of the programme."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, log2
from typing import NamedTuple

NARROWEST = (-1, 4)
"""From half to sixteen times, as powers of two: an axis is never narrower, so that results look alike."""
WIDEST = (-4, 6)
"""What lies beyond is drawn at the end; the numbers beside it say how far it goes."""
_MARGIN_PERCENT = 4.0
"""At both ends, for the labels."""


class Tick(NamedTuple):
    """A number of times, and where it stands, in per cent of the width."""

    times: float
    percent: float


@dataclass(frozen=True, slots=True)
class TimesAxis:
    """From 2 to the `low` to 2 to the `high`."""

    low: int
    high: int

    @property
    def ticks(self) -> tuple[Tick, ...]:
        """At each doubling."""
        return tuple(Tick(2.0**power, self.at(2.0**power)) for power in range(self.low, self.high + 1))

    def at(self, times: float) -> float:
        """Where it stands, in per cent of the width; at the end where it lies beyond."""
        power = min(max(log2(times), self.low), self.high) if times > 0 else self.low
        share = (power - self.low) / (self.high - self.low)
        return round(_MARGIN_PERCENT + (100 - 2 * _MARGIN_PERCENT) * share, 2)

    def at_or_none(self, times: float | None) -> float | None:
        """The same for what may not be known."""
        return None if times is None else self.at(times)


def axis_for(ratios: Iterable[float]) -> TimesAxis:
    """One that shows all of them, as far as it may be wide."""
    powers = [log2(ratio) for ratio in ratios if ratio > 0]
    low = min((floor(power) for power in powers), default=NARROWEST[0])
    high = max((ceil(power) for power in powers), default=NARROWEST[1])
    return TimesAxis(max(min(low, NARROWEST[0]), WIDEST[0]), min(max(high, NARROWEST[1]), WIDEST[1]))
