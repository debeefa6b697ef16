"""What the score weighs and on which scales: `[legacy.score]` in the collector's configuration. Pure.

The four weights of the need are three large ones that are alike and a small one on purpose. Whether half of the need is
known is then a matter of which quantities are known, two of the large ones, and does not turn when a weight moves.
"""

from collections.abc import Iterator
from math import log2
from typing import Annotated, Literal

from pydantic import Field

from agent.settings import Contradiction, SettingsModel
from inventory.models import SiteKind

PartName = Literal["airtime", "clients", "ceiling", "failures"]
Weight = Annotated[float, Field(gt=0, le=100)]


def as_shown(number: float) -> float:
    """Three significant digits. Columns are kept as they are shown, so that whoever multiplies what stands there gets
    the number that stands there."""
    return float(f"{number:.3g}")


class Ramp(SettingsModel):
    """A scale from 0 to 1: 0 up to `low`, 1 from `high` on, and even in between."""

    low: Annotated[float, Field(ge=0)]
    high: float

    @classmethod
    def contradictions(cls, document: object) -> Iterator[Contradiction]:
        """It rises."""
        yield from super().contradictions(document)
        if isinstance(document, dict):
            low, high = document.get("low"), document.get("high")
            if isinstance(low, int | float) and isinstance(high, int | float) and low >= high:
                yield ("high",), "must be above low; raise it, or lower low"

    def at(self, quantity: float) -> float:
        """Where a quantity stands on it, in three digits."""
        return as_shown(_between(quantity, self.low, self.high))


class GainRamp(Ramp):
    """The same for how many times faster something becomes: each doubling counts alike."""

    low: Annotated[float, Field(ge=1)]

    def at(self, quantity: float) -> float:
        """Where a ratio above 0 stands on it, in three digits."""
        return as_shown(_between(log2(quantity), log2(self.low), log2(self.high)))


def _between(quantity: float, low: float, high: float) -> float:
    return min(max((quantity - low) / (high - low), 0.0), 1.0)


class ScoreSettings(SettingsModel):
    """The `[legacy.score]` table. Thresholds that others use name them; the rest is judgement, and says so."""

    fewest_hours: Annotated[int, Field(ge=1)] = 168
    """A week: of less, not every hour of it has been seen once."""

    airtime_weight: Weight = 3.0
    airtime: Ramp = Ramp(low=0.25, high=0.75)
    """Others warn at a channel utilisation of 50 % where there is video and of 75 % for data: from half of the one, all
    of it at the other."""

    clients_weight: Weight = 3.0
    clients: Ramp = Ramp(low=10, high=50)
    """On one radio. Others warn above 30 or 50; below ten is no load (judgement)."""

    ceiling_weight: Weight = 3.0
    ceiling: Ramp = Ramp(low=0.0, high=0.5)
    """Of the capacity, by means of hours: one that is half full on the mean has its minutes at the ceiling, and any
    that is not empty has a share in them (judgement)."""

    failures_weight: Weight = 1.0
    """A third of the others': they have other causes often enough (judgement)."""
    retries: Ramp = Ramp(low=0.10, high=0.30)
    """Of the frames sent. Others warn at 10 to 15 %; twice the upper one is as bad as counts (judgement)."""
    failures: Ramp = Ramp(low=0.01, high=0.10)
    """Of the frames sent, those that nobody acknowledged in spite of retries (judgement)."""
    starts_a_week: Ramp = Ramp(low=1, high=7)
    """One may be an update; one every day is a fault (judgement)."""

    gain_times: GainRamp = GainRamp(low=1, high=16)
    """From 300 Mb/s, the slowest radios of Wi-Fi 4 in the catalogue, to 5 Gb/s, those of Wi-Fi 6E. Four times is half
    of it."""

    inclusion_kinds: tuple[SiteKind, ...] = (
        SiteKind.WELFARE,
        SiteKind.SENIOR,
        SiteKind.DISABILITY,
        SiteKind.CHILDREN,
        SiteKind.LIBRARY,
    )
    """The facilities for digitally vulnerable people, as the city's programme names them."""
    inclusion_weight: Annotated[float, Field(ge=0, le=10)] = 0.5
    """How much more such a facility weighs than any other site: it comes first where the need is alike, and who needs
    a device more than half as much again comes before it (judgement)."""
    visitors_weight: Annotated[float, Field(ge=0, le=1)] = 0.5
    """How much more the site with the most visitors weighs than the one with the fewest, of one in the middle
    (judgement)."""

    @property
    def need_weights(self) -> dict[PartName, float]:
        """By the parts of the need, in the order in which they are told."""
        return {
            "airtime": self.airtime_weight,
            "clients": self.clients_weight,
            "ceiling": self.ceiling_weight,
            "failures": self.failures_weight,
        }
