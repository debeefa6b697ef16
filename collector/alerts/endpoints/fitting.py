"""Makes a message fit its receiver: as many alerts as there is room for, and the number of the rest. Pure."""

from collections.abc import Callable
from typing import TypeVar

M = TypeVar("M")


def fitting(build: Callable[[int], M], count: int, fits: Callable[[M], bool]) -> M:
    """What `build` makes of the greatest number of things, at most `count`, that fits. Of one (or none, where there is
    none) it is made whether it fits or not. What does not fit must not fit with more things either."""
    made = build(count)
    if count <= 1 or fits(made):
        return made
    enough, too_many = 1, count
    made = build(enough)
    while too_many - enough > 1:
        middle = (enough + too_many) // 2
        tried = build(middle)
        if fits(tried):
            enough, made = middle, tried
        else:
            too_many = middle
    return made
