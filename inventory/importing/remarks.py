"""What is said of a row that is taken all the same."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Remark:
    """What was mended in a row, what whoever keeps the list should look at, or what no rule of the taxonomy knows."""

    kind: Literal["repaired", "noted", "to review"]
    what: str


def repaired(what: str) -> Remark:
    """A remark on what was mended."""
    return Remark("repaired", what)


def noted(what: str) -> Remark:
    """A remark on what is odd, and is left out or kept as it is."""
    return Remark("noted", what)
