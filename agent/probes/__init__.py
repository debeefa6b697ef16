"""Active checks of what a user of the network would feel, one file per kind; the file's name is its `kind`.

A check's module offers two names, and `agent.config` finds them by the kind:

- `Settings`, a `ProbeSettings` with the keys of its `[[probes]]` table;
- `open_check(settings, surroundings)`, which does no I/O yet and returns a `Check`.

A check only checks. `agent.probing.schedule` owns when it runs, its time limit and its isolation; what checks share
(HTTP, routes) is in `agent.probing` as well, so that no check imports another.
"""

import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Protocol

from pydantic import Field

from agent.clock import Clock
from agent.settings import SettingsModel
from agent.wire import AccessPointId, Probe, Report

CHECKING_RATIO = 0.9


class ProbeSettings(SettingsModel):
    """The keys that every `[[probes]]` table has."""

    speaks_for_its_agent: ClassVar[bool] = True

    kind: str
    access_point: AccessPointId | None = Field(
        default=None, description="The place whose users the check stands for; left out, it is the agent's id"
    )
    interval_seconds: Annotated[float, Field(gt=0, le=86400)] = 300.0
    jitter_ratio: Annotated[float, Field(ge=0, le=0.5)] = 0.1
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 10.0

    @property
    def checking_seconds(self) -> float:
        """What a check gives itself of the limit, so that its own result, which says more, comes before the limit."""
        return self.timeout_seconds * CHECKING_RATIO


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a check may know beside its settings.

    `newest_report` gives the newest report of an access point that this agent's sources read, None where there is
    none. `folder` is where a check may keep a file across restarts; nobody has made it yet. `is_asked_for` says that
    somebody waits for each run, as with `hangang-agent once`: a check that draws its moments then does not wait for
    one.
    """

    clock: Clock
    newest_report: Callable[[str], Report | None]
    folder: Path
    is_asked_for: bool = False


class Check(Protocol):
    """One active check, which is run again and again."""

    async def run(self) -> Sequence[Probe]:
        """Check once. That a check fails is a result, never an exception."""
        ...

    async def close(self) -> None:
        """Let go of sockets and files."""
        ...


def known_kinds() -> list[str]:
    """The kinds there are: the modules of this package."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))
