"""Whether replacing devices made the places as much faster as was promised, with how much is not known about it. Pure.

What is compared is the same place before and after, week by week, against places of the same kind of site that kept
their devices over the same weeks: what changed for all of them, the season or a holiday, is no merit of the new device.
Values are compared by their ratio, so that each place counts the same, however busy it is.

The uncertainty is estimated by the bootstrap in two directions. Drawing access points keeps all weeks of each together,
for its weeks are alike; drawing weeks keeps all access points of each together, for they share the weather. What both
count twice, the noise of a single week of a single place, is taken off once: as in Cameron, Gelbach and Miller
(Robust Inference with Multiway Clustering, 2011), of which this is the bootstrap's form.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from collector.legacy import PROMISED_RATIO
from collector.legacy.reasons import Reason, reason

if TYPE_CHECKING:  # it is loaded by whoever measures
    from numpy.random import Generator

Numbers = npt.NDArray[np.float64]

TOLERANCE = 0.8
"""A programme has kept its promise when four times is likely and less than this share of it is not."""
CONFIDENCE = 0.95
FEWEST_PLACES = 8
FEWEST_OF_A_KIND = 3
"""Places of a kind, replaced and unreplaced each: of fewer nobody can say how they differ."""
FEWEST_WEEKS = 4
"""28 days: fewer weeks say nothing about how weeks differ."""
_DRAWS = 1_000
_DRAWS_AT_ONCE = 50
"""So many are held in memory for all places of a city."""
_FEWEST_REPLICATES = 0.9


class Verdict(StrEnum):
    """What may be said of the promise."""

    MET = "met"
    NOT_MET = "not met"
    NO_CONCLUSION = "no conclusion"


@dataclass(frozen=True, slots=True)
class Place:
    """One access point: the kind of its site, whether its device was replaced, and its values week by week before and
    after, in one unit, all above zero; None where a week has too little to say."""

    access_point: str
    kind: str
    is_replaced: bool
    before: Sequence[float | None]
    after: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many replaced places and controls do not count: those without a value above zero before or after, and those
    of kinds of site of which too few are left on one of the sides."""

    replaced: int = 0
    controls: int = 0


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The programme's result. `ratio` is how many times faster the replaced places became than they would have been;
    `low` and `high` end its interval. All three are None where there is not enough to say; `reason` says why then.

    `replaced` and `controls` are the places that count. Results are the same where these are, whatever was `left_out`.
    """

    verdict: Verdict
    ratio: float | None
    low: float | None
    high: float | None
    replaced: int
    controls: int
    reason: Reason | None = None
    left_out: LeftOut = field(default=LeftOut(), compare=False)


def accept(places: Iterable[Place], *, promised_ratio: float = PROMISED_RATIO, seed: int = 0) -> Acceptance:
    """The programme's verdict. The same places and seed give the same result, in whatever order they come.

    Only kinds of site that have enough replaced and unreplaced places with values on both sides count, each with the
    weight of its replaced ones.
    """
    given = sorted(places, key=lambda place: place.access_point)
    panel = _panel(given)
    replaced, controls = int(panel.is_replaced.sum()), int((~panel.is_replaced).sum())
    all_replaced = sum(place.is_replaced for place in given)
    left_out = LeftOut(all_replaced - replaced, len(given) - all_replaced - controls)
    why_not = _too_little(panel)
    if why_not is not None:
        return Acceptance(Verdict.NO_CONCLUSION, None, None, None, replaced, controls, why_not, left_out)
    effect, error, freedom = _effect_and_error(panel, np.random.default_rng(seed))
    if not np.isfinite(error):
        why_not = reason("acceptance.scattered")
        return Acceptance(Verdict.NO_CONCLUSION, None, None, None, replaced, controls, why_not, left_out)
    reach = _quantile_of_t(0.5 + CONFIDENCE / 2, freedom) * error
    ratio, low, high = (float(np.exp(value)) for value in (effect, effect - reach, effect + reach))
    return Acceptance(_verdict(low, high, promised_ratio), ratio, low, high, replaced, controls, left_out=left_out)


def _quantile_of_t(probability: float, freedom: float) -> float:
    """Of Student's distribution. SciPy is loaded here, for it takes 27 MB that only an acceptance needs."""
    from scipy.special import stdtrit  # noqa: PLC0415

    return float(stdtrit(freedom, probability))


def _verdict(low: float, high: float, promised_ratio: float) -> Verdict:
    if high < promised_ratio:
        return Verdict.NOT_MET
    return Verdict.MET if low >= TOLERANCE * promised_ratio else Verdict.NO_CONCLUSION


@dataclass(frozen=True, slots=True)
class _Panel:
    """Logarithms by place (rows) and week (columns), NaN where absent; and what kind and group each row is of."""

    before: Numbers
    after: Numbers
    kinds: npt.NDArray[np.int64]
    is_replaced: npt.NDArray[np.bool_]


def _panel(places: Sequence[Place]) -> _Panel:
    known = [place for place in places if all(map(_has_values, (place.before, place.after)))]
    sizes = Counter((place.kind, place.is_replaced) for place in known)
    kinds = sorted(
        kind
        for kind in {place.kind for place in known}
        if min(sizes[kind, True], sizes[kind, False]) >= FEWEST_OF_A_KIND
    )
    kept = [place for place in known if place.kind in kinds]
    before, after = (_logarithms([getattr(place, side) for place in kept]) for side in ("before", "after"))
    return _Panel(
        before,
        after,
        np.array([kinds.index(place.kind) for place in kept], dtype=np.int64),
        np.array([place.is_replaced for place in kept], dtype=np.bool_),
    )


def _has_values(weeks: Sequence[float | None]) -> bool:
    return any(value is not None and value > 0 for value in weeks)


def _logarithms(rows: Sequence[Sequence[float | None]]) -> Numbers:
    weeks = max((len(row) for row in rows), default=0)
    values = np.full((len(rows), weeks), np.nan)
    for number, row in enumerate(rows):
        values[number, : len(row)] = [np.nan if value is None or value <= 0 else np.log(value) for value in row]
    return values[:, np.isfinite(values).any(axis=0)]  # a week of which nothing is known is none


def _too_little(panel: _Panel) -> Reason | None:
    """Places before weeks: without places no week is known either, and that is not for want of weeks."""
    for name, places in (("replaced", int(panel.is_replaced.sum())), ("controls", int((~panel.is_replaced).sum()))):
        if places < FEWEST_PLACES:
            return reason(f"acceptance.{name}", places=places, fewest=FEWEST_PLACES)
    for name, weeks in (("before", panel.before.shape[1]), ("after", panel.after.shape[1])):
        if weeks < FEWEST_WEEKS:
            return reason(f"acceptance.weeks_{name}", weeks=weeks, fewest=FEWEST_WEEKS)
    return None


def _effect_and_error(panel: _Panel, draw: "Generator") -> tuple[float, float, float]:
    """The difference of the logarithms' changes, its standard error, and the degrees of freedom of that."""
    places, weeks_before, weeks_after = len(panel.kinds), panel.before.shape[1], panel.after.shape[1]
    ones = np.ones((1, places)), np.ones((1, weeks_before)), np.ones((1, weeks_after))
    effect = float(_effects(panel, *ones)[0])
    by_place, by_week, by_both = _variances(panel, ones, draw)
    of_weeks = max(0.0, by_week - max(0.0, by_both - by_place - by_week))
    free_weeks = min(weeks_before, weeks_after) - 1
    of_weeks *= (free_weeks + 1) / free_weeks
    free_places = min(int(panel.is_replaced.sum()), int((~panel.is_replaced).sum())) - len(np.unique(panel.kinds))
    variance = by_place + of_weeks
    if not np.isfinite(by_both) or not np.isfinite(variance):
        return effect, float("inf"), 1.0
    if variance == 0.0:
        return effect, 0.0, float(free_places)
    freedom = variance**2 / (by_place**2 / free_places + of_weeks**2 / free_weeks)
    return effect, float(np.sqrt(variance)), freedom


def _variances(panel: _Panel, ones: tuple[Numbers, Numbers, Numbers], draw: "Generator") -> tuple[float, float, float]:
    """Of the effect when places are drawn, when weeks are, and when both are."""
    effects: tuple[list[Numbers], ...] = ([], [], [])
    for _ in range(0, _DRAWS, _DRAWS_AT_ONCE):
        of_places = _place_weights(panel, draw)
        of_weeks = [_week_weights(draw, side.shape[1]) for side in (panel.before, panel.after)]
        for found, weights in zip(
            effects, ((of_places, *ones[1:]), (ones[0], *of_weeks), (of_places, *of_weeks)), strict=True
        ):
            found.append(_effects(panel, *weights))
    by_place, by_week, by_both = (_variance(np.concatenate(found)) for found in effects)
    return by_place, by_week, by_both


def _place_weights(panel: _Panel, draw: "Generator") -> Numbers:
    """How much each place counts (draws, places): of the n places of a kind and group n - 1 are drawn, with repeats, so
    that the variance over the draws is that of a mean of n, however few they are (Rao and Wu, Resampling Inference
    with Complex Survey Data, 1988)."""
    weights = np.zeros((_DRAWS_AT_ONCE, len(panel.kinds)))
    for kind in np.unique(panel.kinds):
        for group in (True, False):
            (rows,) = np.nonzero((panel.kinds == kind) & (panel.is_replaced == group))
            weights[:, rows] = draw.multinomial(len(rows) - 1, np.full(len(rows), 1 / len(rows)), size=_DRAWS_AT_ONCE)
    return weights


def _week_weights(draw: "Generator", weeks: int) -> Numbers:
    """How often each week is drawn (draws, weeks)."""
    return draw.multinomial(weeks, np.full(weeks, 1 / weeks), size=_DRAWS_AT_ONCE).astype(np.float64)


def _effects(panel: _Panel, places: Numbers, weeks_before: Numbers, weeks_after: Numbers) -> Numbers:
    """The effect for each draw (draws,): the mean change of the replaced less that of the unreplaced, kind by kind. One
    row of weights stands for all draws."""
    changes = _means(panel.after, weeks_after) - _means(panel.before, weeks_before)
    known = np.isfinite(changes)
    weights = places * known
    changes = np.broadcast_to(np.where(known, changes, 0.0), weights.shape)
    total, share = np.zeros(len(weights)), np.zeros(len(weights))
    for kind in np.unique(panel.kinds):
        means = []
        for group in (True, False):
            rows = (panel.kinds == kind) & (panel.is_replaced == group)
            with np.errstate(invalid="ignore", divide="ignore"):
                means.append(np.einsum("dp,dp->d", weights[:, rows], changes[:, rows]) / weights[:, rows].sum(axis=1))
        size = float(((panel.kinds == kind) & panel.is_replaced).sum())
        difference = means[0] - means[1]
        is_known = np.isfinite(difference)
        total += np.where(is_known, difference, 0.0) * size
        share += is_known * size
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(total / share)


def _means(values: Numbers, weights: Numbers) -> Numbers:
    """Means over the weeks by their weights (draws, places); NaN where none of a place's weeks is drawn."""
    known = np.isfinite(values)
    sums = weights @ np.where(known, values, 0.0).T
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums / (weights @ known.T.astype(np.float64)))


def _variance(effects: Numbers) -> float:
    known = effects[np.isfinite(effects)]
    return float(known.var(ddof=1)) if len(known) >= _FEWEST_REPLICATES * len(effects) else float("inf")
