"""The newest that is known of every access point and agent, in memory.

Written by the pipeline after a commit, read by the pages, the rules and the figures. `collector.state` keeps the
readings and unknown devices across restarts.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from agent.wire import AgentHealth, Device, Status
from collector.readings import Presence, Reading, probes_together, with_probes


@dataclass(frozen=True, slots=True)
class UnknownDevice:
    """A device that reports, and that the inventory has no place for. `key` is what it was recognised by."""

    key: str
    agent: str
    device: Device
    first_seen: datetime
    last_seen: datetime


MAX_UNKNOWN_DEVICES_PER_AGENT = 5_000
"""As many as the access points of a large controller. More are not remembered: a gateway that makes names up fills
neither the memory nor the place of others."""


class UnknownDevices:
    """Unknown devices, so many to an agent: where one more comes, that agent's least recently seen goes."""

    def __init__(self, devices: Iterable[UnknownDevice] = ()) -> None:
        self._by_key: dict[str, UnknownDevice] = {}
        self._keys_of: dict[str, OrderedDict[str, None]] = {}
        for device in sorted(devices, key=lambda device: device.last_seen):
            self.add(device)

    @property
    def by_key(self) -> Mapping[str, UnknownDevice]:
        """All of them by key, as they are at any time."""
        return MappingProxyType(self._by_key)

    def add(self, device: UnknownDevice) -> None:
        """Keep a device, as the one that its agent has just seen."""
        known = self._by_key.get(device.key)
        if known is not None and known.agent != device.agent:
            del self._keys_of[known.agent][device.key]
        keys = self._keys_of.setdefault(device.agent, OrderedDict())
        keys[device.key] = None
        keys.move_to_end(device.key)
        self._by_key[device.key] = device
        if len(keys) > MAX_UNKNOWN_DEVICES_PER_AGENT:
            forgotten, _ = keys.popitem(last=False)
            del self._by_key[forgotten]

    def remove(self, key: str) -> None:
        """Forget a device, if it is known."""
        device = self._by_key.pop(key, None)
        if device is not None:
            del self._keys_of[device.agent][key]


class HeardHealth(NamedTuple):
    """How an agent said that it fared, and when that was, by the collector's clock."""

    at: datetime
    health: AgentHealth


class Newest(NamedTuple):
    """All that a fleet knows at one moment, for whoever reads it in another thread."""

    readings: Mapping[str, Reading]
    statuses: Mapping[str, Status]
    unknown_devices: Mapping[str, UnknownDevice]
    healths: Mapping[str, HeardHealth] = MappingProxyType({})


class Fleet:
    """Newest readings by access point, unknown devices, and the agents' own status and health."""

    def __init__(self, readings: Iterable[tuple[str, Reading]] = (), unknown: Iterable[UnknownDevice] = ()) -> None:
        self._readings = dict(readings)
        self._unknown = UnknownDevices(unknown)
        self._statuses: dict[str, Status] = {}
        self._healths: dict[str, HeardHealth] = {}
        self.changes = 0
        """Grows with every reading that becomes the newest of its place."""
        self.has_departures = asyncio.Event()
        """Set when the broker tells of an agent's end; cleared by whoever waits for that."""

    @property
    def readings(self) -> Mapping[str, Reading]:
        """The newest reading by access point id."""
        return MappingProxyType(self._readings)

    @property
    def unknown_devices(self) -> Mapping[str, UnknownDevice]:
        """Unknown devices by key."""
        return self._unknown.by_key

    @property
    def statuses(self) -> Mapping[str, Status]:
        """The newest status by agent id."""
        return MappingProxyType(self._statuses)

    def newest(self) -> Newest:
        """All of it, as it is at this moment."""
        return Newest(dict(self._readings), dict(self._statuses), dict(self._unknown.by_key), dict(self._healths))

    def presence(self, access_point: str, now: datetime) -> Presence:
        """Whether this access point is heard of at `now`."""
        reading = self._readings.get(access_point)
        return reading.presence(now) if reading is not None else Presence.NEVER_SEEN

    def remember(self, access_point: str, reading: Reading) -> Reading | None:
        """Keep this reading if it is newer than what is known; what is known now, None where nothing has changed.

        A report of probes alone brings its probes to what is known and leaves the rest, its instant included; that it
        changes only where nothing but probes has ever told of the place.
        """
        known = self._readings.get(access_point)
        if known is None:
            merged = reading
        elif known.is_only_probes and reading.is_only_probes:
            merged = probes_together(known, reading)
        elif reading.is_only_probes:
            merged = with_probes(known, reading.probes)
        elif known.observed_at >= reading.observed_at and not known.is_only_probes:
            return None
        else:
            merged = with_probes(reading, known.probes) if known.probes else reading
        if merged == known:
            return None
        self._readings[access_point] = merged
        self.changes += 1
        return merged

    def settle(self, before: Mapping[str, Reading], after: Mapping[str, Reading]) -> None:
        """Put readings into the place of what they were before, where nothing newer has come meanwhile."""
        for access_point, reading in after.items():
            if self._readings.get(access_point) is before[access_point]:
                self._readings[access_point] = reading

    def remember_unknown(self, key: str, agent: str, device: Device, seen_at: datetime) -> UnknownDevice:
        """Keep what reports without having a place; the agent's least recently seen goes where it has too many."""
        known = self._unknown.by_key.get(key)
        first_seen = known.first_seen if known is not None else seen_at
        seen = UnknownDevice(key, agent, device, first_seen, seen_at)
        self._unknown.add(seen)
        return seen

    def follow_unknown(self, device: UnknownDevice) -> None:
        """Keep what another collector has seen of a device, where it is newer than what is known here."""
        known = self._unknown.by_key.get(device.key)
        if known is None:
            self._unknown.add(device)
        elif known.last_seen < device.last_seen:
            self._unknown.add(replace(device, first_seen=min(known.first_seen, device.first_seen)))

    def forget_unknown(self, keys: Iterable[str]) -> None:
        """These have a place by now."""
        for key in keys:
            self._unknown.remove(key)

    def remember_status(self, status: Status) -> None:
        """Keep an agent's newest word on itself."""
        self._statuses[status.agent] = status
        if not status.is_online:
            self.has_departures.set()

    def remember_health(self, agent: str, heard: HeardHealth) -> None:
        """Keep how an agent fares, if it is newer than what is known: the newest frame is sent first."""
        known = self._healths.get(agent)
        if known is None or known.at < heard.at:
            self._healths[agent] = heard
