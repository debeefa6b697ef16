"""Looks at the city: from the newest readings to the snapshot that rules judge, with what must be remembered between
two looks. Pure; whoever evaluates the rules keeps one and looks every second.

A reading is taken once, when it is new. The rest of a look is NumPy's, over what has been taken.
"""

from collections.abc import Mapping
from datetime import datetime

import numpy as np

from agent.wire import Status
from collector.alerts.judging.snapshot import AgentWord, CollectorHealth, Layout, Places, Snapshot, UnknownThing
from collector.alerts.judging.verdicts import Flags, Floats
from collector.alerts.looking.agent_words import AgentColumns
from collector.alerts.looking.places import PlaceColumns
from collector.alerts.looking.probes import ProbeColumns
from collector.alerts.looking.radios import RadioColumns
from collector.alerts.looking.restarts import Restarts
from collector.alerts.looking.usual import UsualHour
from collector.fleet import UnknownDevice
from collector.readings import Reading
from collector.vital_signs import unpacked


class Looking:
    """Looks at one inventory. `ports` are the speeds of the fastest ports of the devices that hang there, by access
    point, in bits a second (`ports.ModelPorts`)."""

    def __init__(self, layout: Layout, ports: Mapping[str, float] | None = None) -> None:
        count = len(layout.ids)
        self._layout = layout
        self._taken: list[Reading | None] = [None] * count
        self._places = PlaceColumns(count)
        self._radios = RadioColumns(layout)
        self._probes = ProbeColumns(count)
        self._restarts = Restarts(count)
        self._agents = AgentColumns()
        self._was_heard: Flags = np.zeros(count, dtype=bool)
        self._ports: Floats = self._by_row(ports or {})
        self._usual: UsualHour | None = None

    def learn_ports(self, ports: Mapping[str, float]) -> None:
        """These are the fastest ports from now on."""
        self._ports = self._by_row(ports)

    def learn_usual(self, usual: UsualHour) -> None:
        """This is what places usually have in the hour that begins then; in another hour it says nothing."""
        self._usual = usual

    def recall(self, access_point: str, radio: str, worked_at: datetime) -> None:
        """An open alert tells of this radio: that it was there before this collector started, and worked last at about
        that time. Without it, nobody would know whether a radio that is not in the reports should be."""
        place = self._layout.rows.get(access_point)
        if place is not None:
            self._radios.recall(place, radio, worked_at.timestamp())

    def look(
        self,
        readings: Mapping[str, Reading],
        statuses: Mapping[str, Status],
        unknown: Mapping[str, UnknownDevice],
        *,
        agents: Mapping[str, AgentWord],
        collector: CollectorHealth,
        listening_since: datetime | None,
        now: datetime,
    ) -> Snapshot:
        """The city now. `statuses` and `agents` are by agent, the latter looked at where it is another mapping than
        before; `listening_since` is as `Snapshot` has it."""
        self._take(readings)
        self._agents.take(statuses, agents)
        now_seconds = now.timestamp()
        is_heard, is_silent = self._places.presence(
            now_seconds, None if listening_since is None else listening_since.timestamp()
        )
        is_gone = self._said_goodbye()
        is_heard = is_heard & ~is_gone
        if listening_since is None:  # it may have returned meanwhile, and is neither heard nor known to be silent
            is_gone = np.zeros_like(is_heard)
        returned = np.flatnonzero(is_heard & ~self._was_heard)
        self._radios.begin_anew(returned, self._places.observed_at_seconds[returned])
        self._was_heard = is_heard
        return Snapshot(
            now=now,
            listening_since=listening_since,
            layout=self._layout,
            places=self._place_columns(now, is_heard=is_heard, is_silent=is_silent | is_gone, is_gone=is_gone),
            radios=self._radios.columns(),
            probes=self._probes.columns(now_seconds),
            agents=self._agents.words(),
            unknown={key: _as_seen(device) for key, device in unknown.items()},
            collector=collector,
        )

    def _take(self, readings: Mapping[str, Reading]) -> None:
        """What is new since the last look."""
        taken = self._taken
        fresh: list[Reading] = []
        rows: list[int] = []
        for row, reading in enumerate(map(readings.get, self._layout.ids)):
            before = taken[row]
            if reading is None or reading is before:
                continue
            taken[row] = reading
            if before is None or not _says_the_same(before, reading):
                rows.append(row)
                fresh.append(reading)
        if not fresh:
            return
        at = np.array(rows, dtype=np.int64)
        signs = unpacked([reading.signs for reading in fresh])
        self._places.take(at, fresh, signs.devices)
        self._radios.take(at, fresh, signs)
        self._probes.take(at, fresh)
        uptime: Floats = signs.devices["uptime_seconds"].astype(np.float64)
        self._restarts.take(at, uptime, self._places.observed_at_seconds[at])

    def _said_goodbye(self) -> Flags:
        """Whose agent runs on the device itself, is the one that reported last, and is gone by the broker's word."""
        is_gone = np.zeros(len(self._taken), dtype=bool)
        for agent in self._agents.offline:
            row = self._layout.rows.get(agent)
            if row is not None:
                reading = self._taken[row]
                is_gone[row] = reading is None or reading.agent == agent
        return is_gone

    def _place_columns(self, now: datetime, *, is_heard: Flags, is_silent: Flags, is_gone: Flags) -> Places:
        seen = self._places
        device = seen.device.copy()
        best = np.fmin(np.fmin(device["uplink_max_bits_per_second"], self._ports), self._layout.port_bits_per_second)
        usual = self._usual.clients if self._usual is not None and self._usual.is_now(now) else {}
        return Places(
            is_heard=is_heard,
            is_silent=is_silent,
            has_said_goodbye=is_gone,
            is_checked_only=seen.is_checked_only.copy(),
            is_controller=device["is_controller"] == 1,
            observed_at_seconds=seen.observed_at_seconds.copy(),
            clients=seen.clients.copy(),
            uptime_seconds=device["uptime_seconds"],
            cpu_ratio=device["cpu_ratio"],
            memory_used_ratio=device["memory_used_ratio"],
            temperature_celsius=device["temperature_celsius"],
            uplink_is_up=device["uplink_is_up"],
            uplink_bits_per_second=device["uplink_bits_per_second"],
            uplink_is_full_duplex=device["uplink_is_full_duplex"],
            best_uplink_bits_per_second=best,
            download_bits_per_second=seen.download_bits_per_second.copy(),
            upload_bits_per_second=seen.upload_bits_per_second.copy(),
            usual_clients=self._by_row(usual),
            restarts=self._restarts.within_an_hour(now.timestamp()),
        )

    def _by_row(self, figures: Mapping[str, float]) -> Floats:
        if not figures:
            return np.full(len(self._taken), np.nan)
        return np.array([figures.get(name, np.nan) for name in self._layout.ids], dtype=np.float64)


def _says_the_same(before: Reading, reading: Reading) -> bool:
    """Whether one is the other, laid down in fewer bytes."""
    is_same_report = reading.signs is before.signs and reading.observed_at == before.observed_at
    return is_same_report and reading.probes is before.probes


def _as_seen(device: UnknownDevice) -> UnknownThing:
    return UnknownThing(device.key, device.agent, device.device, device.first_seen, device.last_seen)
