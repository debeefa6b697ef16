"""Ways to read access points, one file per kind; the file's name is its `kind` in the configuration.

A source's module offers two names, and `agent.config` finds them by the kind:

- `Settings`, a `SourceSettings` with the keys of its `[[sources]]` table;
- `open_source(settings, clock)`, which does no I/O yet and returns a `Source`.

A source only reads. The sampler owns its schedule, time limit, isolation and metrics.
"""

import pkgutil
from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Protocol

from pydantic import Field

from agent.settings import SettingsModel
from agent.wire import Report


class SourceError(Exception):
    """A reading failed. The message names the thing and, where one is known, the remedy.

    `reports` are what could be read all the same, where that much is true: a device that stopped half-way.
    """

    def __init__(self, message: str, reports: Sequence[Report] = ()) -> None:
        self.reports = tuple(reports)
        super().__init__(message)


class Source(Protocol):
    """One way to read one or more access points."""

    async def read(self) -> Sequence[Report]:
        """One Report for each access point, now. What could not be read is absent in it; raises SourceError where
        nothing could. The first reading has no rates: those need two."""
        ...

    async def close(self) -> None:
        """Let go of sockets and files."""
        ...


class SourceSettings(SettingsModel):
    """The keys that every `[[sources]]` table has."""

    speaks_for_its_agent: ClassVar[bool] = False
    """Whether an `access_point` that is left out is the agent's id: where the agent is on the access point."""

    kind: str
    interval_seconds: Annotated[float, Field(gt=0, le=3600)] = 60.0
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 10.0

    @property
    def reading_seconds(self) -> float:
        """After so long a reading is given up."""
        return self.timeout_seconds

    def places(self) -> Iterator[tuple[str, str]]:
        """The places that the table names, each with its key: no other source may report on them."""
        place = getattr(self, "access_point", None)
        if place is not None:
            yield "access_point", place


def known_kinds() -> list[str]:
    """The kinds there are: the modules of this package."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))
