"""How much of the ranking is a matter of how it is weighed: what stays at the top when the weights move. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from collector.legacy.score import Score, rank
from collector.legacy.score_settings import ScoreSettings

TOP = 50
MOVE = 0.2
JOINT_MOVES = 20
WEIGHTS = (
    "airtime_weight", "clients_weight", "ceiling_weight", "failures_weight", "inclusion_weight", "visitors_weight",
)  # fmt: skip
Factors = Mapping[str, float]
"""By weight, what it is multiplied by; those that are not named stay."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One move, and the share of the top that is at the top after it."""

    factors: Factors
    kept_ratio: float


def stability(
    scores: Sequence[Score], settings: ScoreSettings, *, top: int = TOP, joint_moves: int = JOINT_MOVES, seed: int = 0
) -> list[Moved]:
    """Each weight moved by itself, a fifth up and down, and all of them together, each by any part of it as the seed
    has it; the move that keeps least first. Of the order within the top nothing is asked. Empty where nothing has a
    number. The same scores and seed give the same answer."""
    before = _top(scores, settings, top)
    if not before:
        return []
    moves = [*_single_moves(), *_joint_moves(joint_moves, Random(seed))]  # noqa: S311  # nothing is kept secret
    kept = [
        Moved(factors, len(before & _top(scores, _moved(settings, factors), top)) / len(before)) for factors in moves
    ]
    return sorted(kept, key=lambda moved: moved.kept_ratio)


def _top(scores: Sequence[Score], settings: ScoreSettings, top: int) -> set[str]:
    return {score.access_point for score in rank(score.weighed_by(settings) for score in scores)[:top]}


def _moved(settings: ScoreSettings, factors: Factors) -> ScoreSettings:
    return settings.model_copy(update={name: getattr(settings, name) * factor for name, factor in factors.items()})


def _single_moves() -> list[Factors]:
    return [{name: factor} for name in WEIGHTS for factor in (1 - MOVE, 1 + MOVE)]


def _joint_moves(number: int, draw: Random) -> list[Factors]:
    return [{name: draw.uniform(1 - MOVE, 1 + MOVE) for name in WEIGHTS} for _ in range(number)]
