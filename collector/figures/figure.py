"""One row of the collector's own figures, on its way into the engine, and who brings such. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from collector.figures.measurements import Measurement


class Figure(NamedTuple):
    """Values of a measurement's fields at an instant. What is absent is not known, and is not written."""

    measurement: Measurement
    tags: Mapping[str, str]
    at: datetime
    values: Mapping[str, float | None]


Figures = Iterable[Figure]


class Source(Protocol):
    """Brings figures again and again. What it raises, the writer of figures tells, and asks it again the next time."""

    @property
    def every_seconds(self) -> int:
        """How often it is asked: at whole multiples of that since 1970."""
        ...

    @property
    def is_only_for_elected(self) -> bool:
        """Whether only the elected collector asks it, as the figures are of the city and not of this collector."""
        ...

    def figures(self, now: datetime) -> Figures:
        """What there is to write. `now` is a whole multiple of `every_seconds`, and the instant of figures that have no
        other, so that two collectors write the same point. May block: it is called in a thread, and all of what it
        returns is taken there."""
        ...
