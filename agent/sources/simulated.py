"""Access points that exist only as arithmetic: the source of kind `simulated`, for demos, tests and benchmarks.

Found by `agent.config` through its kind. What the fleet does is told in `agent.simulation`; here are its settings
and the schedule's entry. One `[[sources]]` table is one site:

    [[sources]]
    kind = "simulated"
    site = "yeouido"
    setting = "riverside"        # or "indoor"; indoors, a site named `…library…` is open in the evening
    access_points = [
        { id = "yeouido-001", generation = "wifi6" },
        { id = "yeouido-002", generation = "wifi4", serial = "SIM-0002" },
    ]
    faults = [
        { access_point = "yeouido-002", kind = "uplink_100m", begins_at = 2026-05-01T09:00:00+09:00 },
    ]

With `history_seconds`, the first readings also tell what came before, so that a demo's charts are not empty.
The kinds of faults are described at `agent.simulation.FaultKind`.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from agent import simulation
from agent.clock import Clock
from agent.settings import SettingsModel
from agent.simulation import FaultKind, Generation, Setting, Site
from agent.sources import Source, SourceSettings
from agent.threads import in_own_thread
from agent.wire import AccessPointId, Report
from agent.wire.identifiers import Name

Mistakes = list[InitErrorDetails]

HISTORY_STEP_SECONDS = 600
HISTORY_STEPS_A_READING = 6
"""A day of history comes in 24 readings: soon, and at a few times the load of the present, not at a hundred times."""


class AccessPoint(SettingsModel):
    """A place and what hangs there. Without a serial the device gets one that follows from seed, site and id."""

    id: AccessPointId
    generation: Generation
    serial: Name | None = None


class Fault(SettingsModel):
    """What is wrong with one access point, from `begins_at` (else always) until `ends_at` (else for good)."""

    access_point: AccessPointId
    kind: FaultKind
    begins_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _check_times(self) -> Self:
        mistakes: Mistakes = []
        if self.kind == "replaced":
            if self.begins_at is None:
                mistakes.append(_mistake("a replacement needs the time at which it happens; add it", "begins_at"))
            if self.ends_at is not None:
                mistakes.append(_mistake("a replacement does not end; remove it", "ends_at"))
        elif self.begins_at is not None and self.ends_at is not None and self.ends_at <= self.begins_at:
            mistakes.append(_mistake("not after begins_at; swap or correct them", "ends_at"))
        _refuse(type(self), mistakes)
        return self


class Settings(SourceSettings):
    """One simulated site. Sources with the same seed share the weather; `site` seeds what else its people share."""

    kind: Literal["simulated"]
    seed: int = 0
    site: Name
    setting: Setting
    access_points: tuple[AccessPoint, ...]
    faults: tuple[Fault, ...] = ()
    history_seconds: Annotated[float, Field(ge=0, le=7 * 86400)] = 0.0

    def places(self) -> Iterator[tuple[str, str]]:
        """Those of the site."""
        for position, place in enumerate(self.access_points):
            yield f"access_points[{position}].id", place.id

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        known = {place.id for place in self.access_points}
        mistakes = [
            *([] if self.access_points else [_mistake("empty; a site has at least one", "access_points")]),
            *_repeated("id", (place.id for place in self.access_points)),
            *_repeated("serial", (place.serial for place in self.access_points)),
            *(
                _mistake(
                    f"{fault.access_point} is none of this source's access_points", "faults", position, "access_point"
                )
                for position, fault in enumerate(self.faults)
                if fault.access_point not in known
            ),
        ]
        _refuse(type(self), mistakes)
        return self


class SimulatedSource:
    """Reads what the site's access points would report now, and a little of what they would have reported before,
    the newest first, until the asked-for history is told; the silent ones are left out."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._site = site_of(settings)
        self._interval_seconds = settings.interval_seconds
        self._clock = clock
        self._history = timedelta(seconds=settings.history_seconds)
        self._past: list[datetime] | None = None

    async def read(self) -> Sequence[Report]:
        """A report of each access point, all of the same instant, and the next few of the history."""
        now = self._clock.wall()
        if self._past is None:
            self._past = _steps_back(now, self._history)
        past = self._past[:HISTORY_STEPS_A_READING]
        # A site of hundreds takes tens of milliseconds, for which the loop does not wait.
        reports = await in_own_thread(lambda: self._reports(now, past), name="source simulated")
        self._past = self._past[HISTORY_STEPS_A_READING:]
        return reports

    def _reports(self, now: datetime, past: Iterable[datetime]) -> list[Report]:
        reports = self._site.reports_at(now, self._interval_seconds)
        for instant in past:
            reports += self._site.reports_at(instant, HISTORY_STEP_SECONDS)
        return reports

    async def close(self) -> None:
        """Nothing is open."""


def open_source(settings: Settings, clock: Clock) -> Source:
    """The source for these settings."""
    return SimulatedSource(settings, clock)


def site_of(settings: Settings) -> Site:
    """The site that these settings describe; its `report_at` knows the past as well as the present."""
    faults: dict[str, list[simulation.Fault]] = {}
    for fault in settings.faults:
        faults.setdefault(fault.access_point, []).append(
            simulation.Fault(fault.kind, begins_at=fault.begins_at, ends_at=fault.ends_at)
        )
    return Site(
        settings.site,
        settings.setting,
        [
            simulation.AccessPoint(place.id, place.generation, place.serial, tuple(faults.get(place.id, ())))
            for place in settings.access_points
        ],
        seed=settings.seed,
    )


def _steps_back(now: datetime, history: timedelta) -> list[datetime]:
    """The whole steps of time before now, the newest first, as far back as the history goes."""
    step = timedelta(seconds=HISTORY_STEP_SECONDS)
    steps_before = math.ceil(now.timestamp() / HISTORY_STEP_SECONDS) - 1
    newest = datetime.fromtimestamp(steps_before * HISTORY_STEP_SECONDS, now.tzinfo)
    return [newest - number * step for number in range(history // step)]


def _repeated(key: str, values: Iterable[str | None]) -> Mistakes:
    first: dict[str, int] = {}
    mistakes = []
    for position, value in enumerate(values):
        if value is None:
            continue
        if value in first:
            message = f"{value} is that of access_points[{first[value]}], too; each needs its own"
            mistakes.append(_mistake(message, "access_points", position, key))
        else:
            first[value] = position
    return mistakes


def _mistake(message: str, *place: str | int) -> InitErrorDetails:
    return InitErrorDetails(
        type=PydanticCustomError("simulated", "{message}", {"message": message}), loc=place, input=None
    )


def _refuse(model: type[SettingsModel], mistakes: Mistakes) -> None:
    """Raise all mistakes at once, each at its own key."""
    if mistakes:
        raise ValidationError.from_exception_data(model.__name__, mistakes)
