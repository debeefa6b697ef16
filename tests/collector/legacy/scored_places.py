"""Places to be scored: one of which everything is known, and fleets of thousands with believable quantities.

In a fleet one hidden load drives airtime, clients and throughput of a place together, each with its own noise, and
sites differ in how busy they are; devices are of generations with their capacities, and some tell less than others.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from collector.evidence import Evidence, RadioEvidence, RadioKey, UsageEvidence
from collector.legacy.benefit import benefit_of
from collector.legacy.four_times import Capacity, Fit
from collector.legacy.generation import Generation, ProvenGeneration
from collector.legacy.need import need_of
from collector.legacy.place_weight import weight_of
from collector.legacy.score import Score, rank
from collector.legacy.score_settings import ScoreSettings
from inventory.catalogue import CatalogueModel
from inventory.models import Site, SiteKind

HOURS = 672
DEFAULTS = ScoreSettings()
BAND_2, BAND_5 = RadioKey("radio0", "2.4"), RadioKey("radio1", "5")
REPLACEMENT = CatalogueModel("Acme", "new", (), {})
BUSY = Evidence(
    UsageEvidence(
        hours=HOURS,
        reports=40_320,
        download_bits_per_second=50e6,
        upload_bits_per_second=10e6,
        clients=60.0,
        starts=8,
    ),
    {
        BAND_2: RadioEvidence(HOURS, busy_ratio=0.6, foreign_ratio=0.4, retry_ratio=0.2, clients=20.0),
        BAND_5: RadioEvidence(
            HOURS, busy_ratio=0.7, foreign_ratio=0.1, retry_ratio=0.15, failure_ratio=0.02, clients=40.0
        ),
    },
)
PRESENT = Capacity(289e6, 1e9)


def proven(generation: Generation | None) -> ProvenGeneration:
    return ProvenGeneration(generation, generation, None if generation is None else "radio")


def fit(ratio: float) -> Fit:
    return Fit(REPLACEMENT, ratio_now=ratio, ratio_changed=ratio, changes=(), unknowns=(), is_confirmed=True)


def site(kind: SiteKind = SiteKind.PARK) -> Site:
    return Site(id="site", kind=kind, name_ko="자리", district="성동구")


def score(
    access_point: str = "ap",
    evidence: Evidence = BUSY,
    *,
    present: Capacity | None = PRESENT,
    best: Fit | None = None,
    kind: SiteKind = SiteKind.PARK,
    visitors_rank: float | None = None,
    settings: ScoreSettings = DEFAULTS,
) -> Score:
    """Against a replacement of 2.7 Gb/s of payload, unless another is given."""
    if best is None and present is not None:
        best = fit(2.7e9 / present.bits_per_second)
    return Score(
        access_point,
        need_of(evidence, present, settings),
        benefit_of(present, best, proven(None), settings),
        weight_of(site(kind), visitors_rank, settings),
    )


@dataclass(frozen=True, slots=True)
class ScoredFleetPlan:
    """Shares are of access points, but `inclusion_ratio`, which is of sites. `median_load` is the airtime of its own
    that a place in the middle has; loads are log-normal with these deviations of their logarithms."""

    access_points: int = 3000
    access_points_of_site: int = 6
    median_load: float = 0.12
    site_noise: float = 0.6
    load_noise: float = 0.5
    quantity_noise: float = 0.35
    inclusion_ratio: float = 0.25
    silent_ratio: float = 0.1
    unsplit_ratio: float = 0.15
    uncounted_ratio: float = 0.05
    unknown_model_ratio: float = 0.1
    generations: dict[Generation, float] = field(default_factory=lambda: {"4": 0.25, "5": 0.5, "6": 0.25})


_RADIOS_BITS_PER_SECOND = {"4": (195e6, 289e6, 390e6), "5": (650e6, 758e6, 1138e6), "6": (1137e6, 1747e6, 1937e6)}
"""Payload of common models: two to four streams at the usual widths."""
_INCLUSION = (SiteKind.WELFARE, SiteKind.SENIOR, SiteKind.DISABILITY, SiteKind.CHILDREN)
_OTHERS = (SiteKind.PARK, SiteKind.LIBRARY, SiteKind.OTHER)


def scored_fleet(plan: ScoredFleetPlan, seed: int, settings: ScoreSettings = DEFAULTS) -> list[Score]:
    """Its access points' scores."""
    draw = np.random.default_rng(seed)
    sites = -(-plan.access_points // plan.access_points_of_site)
    of_sites = draw.normal(0, plan.site_noise, sites)
    ranks = of_sites.argsort().argsort() / (sites - 1)
    kinds = [
        draw.choice(np.array(_INCLUSION if draw.random() < plan.inclusion_ratio else _OTHERS)) for _ in range(sites)
    ]
    scores = []
    for number in range(plan.access_points):
        of = number // plan.access_points_of_site
        load = plan.median_load * float(np.exp(of_sites[of] + draw.normal(0, plan.load_noise)))
        present = _present(plan, draw)
        scores.append(
            score(
                f"ap-{number:05}",
                _evidence(plan, load, draw),
                present=present,
                kind=SiteKind(str(kinds[of])),
                visitors_rank=None if draw.random() < plan.silent_ratio else float(ranks[of]),
                settings=settings,
            )
        )
    return scores


def contenders(scores: Iterable[Score], top: int) -> list[Score]:
    """Those of which one may be among the top after weights moved by a fifth, for `stability` weighs all it is given
    anew by each move. A move changes a need by half at most, and what a place weighs among others by a fifteenth at
    most for its kind and for its visitors each: together by less than the root of three. Whoever has less than a third
    of the last of the top stays behind it.
    """
    numbered = [(score, score.number or 0.0) for score in rank(scores)]
    least = numbered[top - 1][1] / 3
    return [score for score, number in numbered if number >= least]


def _present(plan: ScoredFleetPlan, draw: np.random.Generator) -> Capacity | None:
    if draw.random() < plan.unknown_model_ratio:
        return None
    generation = str(draw.choice(list(plan.generations), p=list(plan.generations.values())))
    return Capacity(float(draw.choice(_RADIOS_BITS_PER_SECOND[generation])), 1e9)


def _evidence(plan: ScoredFleetPlan, load: float, draw: np.random.Generator) -> Evidence:
    def noisy(scale: float) -> float:
        return scale * load * float(np.exp(draw.normal(0, plan.quantity_noise)))

    own, foreign = min(noisy(1.0), 0.9), float(draw.beta(2, 8))
    flow, clients = noisy(350e6), noisy(90.0)
    is_silent, is_split = draw.random() < plan.silent_ratio, draw.random() >= plan.unsplit_ratio
    is_counted = draw.random() >= plan.uncounted_ratio
    radio = RadioEvidence(
        HOURS,
        busy_ratio=None if is_silent else min(own + foreign, 1.0),
        foreign_ratio=foreign if is_split and not is_silent else None,
        retry_ratio=None if is_silent else float(draw.beta(2, 14)),
        failure_ratio=None if is_silent else float(draw.beta(1, 60)),
        clients=clients * 0.7 if is_counted else None,
    )
    usage = UsageEvidence(
        hours=HOURS,
        reports=HOURS * 60,
        download_bits_per_second=flow * 0.85,
        upload_bits_per_second=flow * 0.15,
        clients=clients if is_counted else None,
        starts=int(draw.poisson(0.5)),
    )
    return Evidence(usage, {BAND_5: radio})
