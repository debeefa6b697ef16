"""Fleets with a known effect: what a new device does to a place is put in, and the statistics have to find it again.

A place has its own level, shares its weeks with its kind of site and, a little, with those replaced with it, and
keeps some of last week's noise; replaced places differ in what they gain.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from collector.legacy.acceptance import Place


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """How many, for how long, and how much of it is noise: standard deviations of logarithms."""

    replaced: int = 40
    unreplaced: int = 60
    weeks: int = 4
    kinds: int = 2
    gain_noise: float = 0.25
    shared_noise: float = 0.15
    group_noise: float = 0.0
    week_noise: float = 0.25
    kept_noise: float = 0.5
    missing_ratio: float = 0.05


def fleet(plan: FleetPlan, effect: float, seed: int) -> list[Place]:
    """Its places, of which the replaced ones become `effect` times faster."""
    draw = np.random.default_rng(seed)
    weeks = 2 * plan.weeks
    shared = draw.normal(0, plan.shared_noise, (plan.kinds, weeks))
    of_group = draw.normal(0, plan.group_noise, (2, weeks))
    places = []
    for number in range(plan.replaced + plan.unreplaced):
        is_replaced, kind = number < plan.replaced, number % plan.kinds
        values = draw.normal(3, 1) + shared[kind] + of_group[int(is_replaced)] + _noise(plan, weeks, draw)
        values[plan.weeks :] += draw.normal(0, plan.gain_noise) + (np.log(effect) if is_replaced else 0.0)
        told = [None if draw.random() < plan.missing_ratio else float(np.exp(value)) for value in values]
        places.append(Place(f"ap-{number:04}", f"kind-{kind}", is_replaced, told[: plan.weeks], told[plan.weeks :]))
    return places


def _noise(plan: FleetPlan, weeks: int, draw: np.random.Generator) -> npt.NDArray[np.float64]:
    fresh = draw.normal(0, plan.week_noise * np.sqrt(1 - plan.kept_noise**2), weeks)
    noise = np.empty(weeks)
    noise[0] = draw.normal(0, plan.week_noise)
    for week in range(1, weeks):
        noise[week] = plan.kept_noise * noise[week - 1] + fresh[week]
    return noise
