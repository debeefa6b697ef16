"""Which device next: need × benefit × weight of the place, each a column of its own. Pure.

Age is in none of them. A gate (`gates`) says that a device is due; this says which of those that are due comes first.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from collector.legacy.benefit import Benefit
from collector.legacy.need import Need
from collector.legacy.place_weight import PlaceWeight
from collector.legacy.reasons import Reason
from collector.legacy.score_settings import ScoreSettings

MOST = 100


@dataclass(frozen=True, slots=True)
class Score:
    """Of one access point, in its columns."""

    access_point: str
    need: Need
    benefit: Benefit
    weight: PlaceWeight

    @property
    def number(self) -> float | None:
        """From 0 to 100: the product of the columns as they are shown. None where one of them is not known."""
        need, benefit = self.need.value, self.benefit.value
        return None if need is None or benefit is None else MOST * need * benefit * self.weight.value

    @property
    def formula(self) -> str:
        """How the columns make the number, such as `100 × 0.8 × 0.5 × 0.88 = 35.2`; empty where there is none."""
        if self.number is None:
            return ""
        return f"{MOST} × {self.need.value:g} × {self.benefit.value:g} × {self.weight.value:g} = {self.number:.3g}"

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Those of need, benefit and weight, in this order."""
        return (*self.need.reasons, *self.benefit.reasons, *self.weight.reasons)

    def weighed_by(self, settings: ScoreSettings) -> "Score":
        """The same parts under other weights. Scales belong to the parts, and stay as they were."""
        weight = PlaceWeight(self.weight.kind, self.weight.visitors_rank, settings)
        return Score(self.access_point, Need(self.need.parts, settings), self.benefit, weight)


def rank(scores: Iterable[Score]) -> list[Score]:
    """Those that have a number, the highest first, and of the same number by access point. Whoever cannot be judged is
    not last but stands in no order: see `unjudged`."""
    numbered = [(number, score) for score in scores if (number := score.number) is not None]
    return [score for _, score in sorted(numbered, key=lambda pair: (-pair[0], pair[1].access_point))]


def unjudged(scores: Iterable[Score]) -> list[Score]:
    """Those without a number, by access point; their reasons say what is missing."""
    return sorted((score for score in scores if score.number is None), key=lambda score: score.access_point)
