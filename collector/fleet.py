"""The newest that is known of every access point and agent, in memory.

Written by the pipeline after a commit, read by the pages and the rules. `collector.state` keeps it across restarts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from agent.wire import Device, Report, Status
from collector.readings import Presence, Reading


@dataclass(frozen=True, slots=True)
class UnknownDevice:
    """A device that reports, and that the inventory has no place for. `key` is what it was recognised by."""

    key: str
    agent: str
    device: Device
    first_seen: datetime
    last_seen: datetime


MAX_UNKNOWN_DEVICES = 10_000
"""More are not remembered: a gateway that makes names up must not fill the memory."""


class Fleet:
    """Newest readings by access point, unknown devices, and the agents' own status."""

    def __init__(self, readings: Iterable[tuple[str, Reading]] = (), unknown: Iterable[UnknownDevice] = ()) -> None:
        self._readings = dict(readings)
        self._unknown = {device.key: device for device in unknown}
        self._statuses: dict[str, Status] = {}

    @property
    def readings(self) -> Mapping[str, Reading]:
        """The newest reading by access point id."""
        return MappingProxyType(self._readings)

    @property
    def unknown_devices(self) -> Mapping[str, UnknownDevice]:
        """Unknown devices by key."""
        return MappingProxyType(self._unknown)

    @property
    def statuses(self) -> Mapping[str, Status]:
        """The newest status by agent id."""
        return MappingProxyType(self._statuses)

    def presence(self, access_point: str, now: datetime) -> Presence:
        """Whether this access point is heard of at `now`."""
        reading = self._readings.get(access_point)
        return reading.presence(now) if reading is not None else Presence.NEVER_SEEN

    def remember(self, access_point: str, reading: Reading) -> bool:
        """Keep this reading if it is newer than what is known; whether it was."""
        known = self._readings.get(access_point)
        if known is not None and known.observed_at >= reading.observed_at:
            return False
        self._readings[access_point] = reading
        return True

    def remember_unknown(self, key: str, agent: str, report: Report, seen_at: datetime) -> UnknownDevice | None:
        """Keep what reports without having a place; None where there are too many already."""
        known = self._unknown.get(key)
        if known is None and len(self._unknown) >= MAX_UNKNOWN_DEVICES:
            return None
        first_seen = known.first_seen if known is not None else seen_at
        device = UnknownDevice(key, agent, report.device or Device(name=report.access_point), first_seen, seen_at)
        self._unknown[key] = device
        return device

    def remember_status(self, status: Status) -> None:
        """Keep an agent's newest word on itself."""
        self._statuses[status.agent] = status
