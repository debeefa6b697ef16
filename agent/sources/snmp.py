"""A device that speaks SNMP: an access point, or a controller or cluster whose access points become a report each.

Opened by `agent.config`, read by the sampler. `agent.snmp` does the asking and knows the vendors.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from agent.clock import Clock
from agent.rates import Counters
from agent.settings import Contradiction, RelativePath
from agent.snmp.client import Client, DeviceError, Patience
from agent.snmp.credentials import Credentials
from agent.snmp.matching import Identity, choose, identify
from agent.snmp.moment import Moment
from agent.snmp.polling import Answers, Poller
from agent.snmp.profile import Profile
from agent.snmp.profiles import ProfileError, known_profiles, load_profile, read_profile
from agent.snmp.report import reporter_of
from agent.snmp.restarts import Restarts
from agent.sources import Source, SourceError, SourceSettings
from agent.wire import AccessPointId, Report

IDENTIFY_SECONDS = 600.0
"""How often a device is asked who it is: what hangs at an address can be replaced."""
MAX_PROBLEMS_TOLD = 3


def _must_be_a_profile(path: Path) -> Path:
    try:
        read_profile(path)
    except ProfileError as error:
        raise ValueError(str(error).replace("\n", "; ")) from error
    return path


ProfileFile = Annotated[RelativePath, AfterValidator(_must_be_a_profile)]
"""A profile of one's own: read when the settings are checked, and again for each device that is met."""


class Settings(Credentials, SourceSettings):
    """The keys of a `[[sources]]` table of kind "snmp"."""

    kind: Literal["snmp"]
    host: Annotated[str, Field(min_length=1, description="Address or name of the device")]
    port: Annotated[int, Field(ge=1, le=65535)] = 161
    access_point: AccessPointId | None = Field(default=None, description="The place at which this device is")
    profile: str | None = Field(default=None, description="A vendor profile; left out, the device's own words decide")
    profile_file: ProfileFile | None = Field(default=None, description="A vendor profile of one's own")
    timeout_seconds: Annotated[float, Field(gt=0, le=60, description="For one request")] = 2.0
    retries: Annotated[int, Field(ge=0, le=10)] = 2
    max_varbinds: Annotated[int, Field(ge=1, le=100, description="Values to a request")] = 60

    @property
    def reading_seconds(self) -> float:
        """A reading is many requests, each with its own time limit."""
        return max(self.interval_seconds, 10.0)

    @classmethod
    def contradictions(cls, document: object) -> Iterator[Contradiction]:
        """A profile that does not exist or cannot be read, or two of them."""
        yield from super().contradictions(document)
        if not isinstance(document, dict):
            return
        name = document.get("profile")
        if isinstance(name, str) and name not in known_profiles():
            yield ("profile",), f"unknown profile (there are: {', '.join(known_profiles())})"
        if name is not None and "profile_file" in document:
            yield ("profile",), "stands beside `profile_file`; keep one of them"


def open_source(settings: Settings, clock: Clock) -> Source:
    """The source for one `[[sources]]` table; asks nothing yet."""
    return SnmpSource(settings, clock)


class SnmpSource:
    """One device: who it is, what it has, and what it counted at the reading before."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        patience = Patience(settings.timeout_seconds, settings.retries, settings.max_varbinds)
        self._client = Client(settings.host, settings.port, settings, patience)
        self._device: _Device | None = None
        self._identified_at: float | None = None
        self._before_seconds: float | None = None

    async def read(self) -> Sequence[Report]:
        """A report for the device, or one for each access point behind it. Raises SourceError where the device does not
        answer; where it stops half-way, with the reports of what it said."""
        try:
            return await self._read()
        finally:
            self._client.rest()

    async def _read(self) -> Sequence[Report]:
        now = self._clock.monotonic()
        try:
            if self._identified_at is None or now - self._identified_at >= IDENTIFY_SECONDS:
                await self._identify()
                self._identified_at = now
        except (DeviceError, ProfileError, OSError) as error:
            raise SourceError(str(error)) from error
        device = self._device
        assert device is not None  # noqa: S101  # _identify has found one, or raised
        observed_at, at_seconds = self._clock.wall(), self._clock.monotonic()
        answers = await device.poller.poll()
        if answers.is_empty and answers.failure is not None:
            self._identified_at = None
            raise SourceError(str(answers.failure)) from answers.failure
        moment = device.moment(answers, at_seconds)
        reports = device.reporter.reports(
            moment,
            observed_at=observed_at,
            interval_seconds=None if self._before_seconds is None else at_seconds - self._before_seconds,
            access_point=self._settings.access_point,
        )
        self._before_seconds = at_seconds
        self._tell(answers, moment, reports, device)
        return reports

    async def close(self) -> None:
        """Let the socket go."""
        self._client.close()

    async def _identify(self) -> None:
        """Ask who the device is. One that has become another begins afresh."""
        identity = await identify(self._client)
        if self._device is not None and self._device.identity == identity:
            return
        settings = self._settings
        if settings.profile_file is not None:
            profile = read_profile(settings.profile_file)
        elif settings.profile is not None:
            profile = load_profile(settings.profile)
        else:
            profile = await choose(self._client, identity)
        self._device = _Device(identity, profile, Poller(self._client, profile, self._clock))
        self._before_seconds = None

    def _tell(self, answers: Answers, moment: Moment, reports: Sequence[Report], device: "_Device") -> None:
        """What is wrong with a reading that has reports all the same."""
        if answers.failure is not None:
            raise SourceError(f"{answers.failure}; the report lacks what did not come", reports) from answers.failure
        device.counters.forget_unseen()
        if not reports:
            raise SourceError(f"{self._settings.host}: the {device.profile.name} profile finds no access point on it")
        if moment.problems:
            told = sorted(set(moment.problems))
            more = f", and {len(told) - MAX_PROBLEMS_TOLD} more" if len(told) > MAX_PROBLEMS_TOLD else ""
            values = "; ".join(told[:MAX_PROBLEMS_TOLD])
            message = f"{self._settings.host}: values that the {device.profile.name} profile cannot use: {values}{more}"
            raise SourceError(message, reports)


class _Device:
    """What is remembered of a device for as long as it is the same one."""

    def __init__(self, identity: Identity, profile: Profile, poller: Poller) -> None:
        self.identity = identity
        self.profile = profile
        self.poller = poller
        self.reporter = reporter_of(profile)
        self.counters = Counters()
        self._restarts = Restarts()

    def moment(self, answers: Answers, at_seconds: float) -> Moment:
        """The reading, together with what was counted before it."""
        return Moment(answers.scalars, answers.tables, self.counters, self._restarts, at_seconds)
