"""One simulated access point: its character, the people on it now, and the report that its device would send.

Called by `agent.simulation.site`, which knows what all access points of a site share.
"""

import math
from dataclasses import dataclass
from datetime import datetime

from agent.simulation import reporting
from agent.simulation.device import Box, Habits, box_for, own_serial, system
from agent.simulation.faults import Fault, FaultKind, active_kinds, last_replacement, last_start
from agent.simulation.hardware import Generation
from agent.simulation.noise import Noise
from agent.simulation.radios import Air, Crowd, radio_states
from agent.simulation.surroundings import Surroundings
from agent.simulation.uplink import uplink_of
from agent.wire import Report

_MOOD_SECONDS = 3600.0
_STAY_SECONDS = 720.0
"""How long a client stays, and with it how fast counts change."""
_BURST_SECONDS = 90.0
_LEFT_WITHOUT_UPLINK = 0.2
"""Phones leave a network that leads nowhere; some do not notice."""


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """A place in the fleet and the device that hangs there at first. Without a serial it gets one of its own."""

    id: str
    generation: Generation
    serial: str | None = None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Conditions:
    """What all access points of a site share. `activity` is 1 at a fine weekday's busiest hour; `seconds`, since 1970,
    is the middle of the interval reported on, so that what is made of it is near the mean over the interval."""

    seconds: float
    activity: float
    ambient_celsius: float


class SimulatedAccessPoint:
    """An access point with its character worked out. Nothing in it changes with what it is asked."""

    def __init__(self, place: AccessPoint, *, seed: int, site: str, surroundings: Surroundings) -> None:
        names = (seed, site, place.id)
        self._place = place
        self._surroundings = surroundings
        self._box = box_for(place.generation, place.serial or own_serial(*names))
        self._replacements = {
            fault.begins_at: box_for("wifi6e", own_serial(*names, "replaced", fault.begins_at.timestamp()))
            for fault in place.faults
            if fault.kind == "replaced" and fault.begins_at is not None
        }
        self._habits = Habits(Noise(*names, "habits"))
        self._mood = Noise(*names, "mood")
        self._stay = Noise(*names, "stay")
        self._burst = Noise(*names, "burst")
        fame, thirst, caution, cable, *_ = Noise(*names, "character").normals()
        # Cut at two and a half deviations: beyond that somebody would have hung up a second access point.
        fame = min(max(fame, -2.5), 2.5)
        self._popular_clients = surroundings.median_clients * math.exp(surroundings.popularity_log_deviation * fame)
        self._thirst = surroundings.demand_bits_per_second * math.exp(0.25 * thirst)
        self._secure_share = min(max(0.3 + 0.08 * caution, 0.1), 0.6)
        self._is_full_duplex_when_slow = cable > 0

    def report_at(self, conditions: Conditions, instant: datetime, interval_seconds: float) -> Report | None:
        """What its device would report at `instant` on the interval before; None while it is silent."""
        faults = active_kinds(self._place.faults, instant)
        if "silent" in faults:
            return None
        box = self._box_at(instant)
        stay = self._stay.smooth(conditions.seconds, _STAY_SECONDS)
        burst, *_ = self._burst.smooth(conditions.seconds, _BURST_SECONDS)
        # Bursts even out over an interval that is longer than they are.
        burst *= math.sqrt(_BURST_SECONDS / (_BURST_SECONDS + interval_seconds))
        uplink = uplink_of(
            box.hardware,
            is_up="uplink_down" not in faults,
            is_slow="uplink_100m" in faults,
            is_full_duplex_when_slow=self._is_full_duplex_when_slow,
        )
        radios = radio_states(
            box,
            self._crowd(conditions, faults, stay[0], burst),
            Air(self._surroundings.neighbours, conditions.activity, stay[1:10]),
            uplink=uplink,
            faults=faults,
        )
        down = sum(radio.airtime.tx_bits_per_second for radio in radios)
        up = sum(radio.airtime.rx_bits_per_second for radio in radios)
        clients = sum(radio.clients for radio in radios)
        return Report(
            access_point=self._place.id,
            observed_at=instant,
            interval_seconds=interval_seconds,
            device=box.device,
            system=system(
                box.hardware,
                uptime_seconds=self._uptime_seconds(instant, faults),
                bits_per_second=down + up,
                clients=clients,
                surroundings_celsius=conditions.ambient_celsius,
                is_hot="hot" in faults,
                wobble=stay[10:13],
            ),
            clients=clients,
            radios=tuple(map(reporting.radio, radios)),
            ssids=reporting.ssids(radios),
            uplink=uplink.interface(down, up),
            probes=reporting.probes(
                latency_seconds=uplink.latency_seconds(down, up, wobble=stay[13]),
                is_portal_up="portal_failing" not in faults,
            ),
        )

    def _box_at(self, instant: datetime) -> Box:
        replaced_at = last_replacement(self._place.faults, instant)
        return self._box if replaced_at is None else self._replacements[replaced_at]

    def _crowd(self, conditions: Conditions, faults: frozenset[FaultKind], more: float, burst: float) -> Crowd:
        """The people on it; `more` and `burst` are standard normal (`burst` less where the interval is long)."""
        mood, *_ = self._mood.smooth(conditions.seconds, _MOOD_SECONDS)
        expected = self._popular_clients * conditions.activity * math.exp(0.2 * mood)
        if "uplink_down" in faults:
            expected *= _LEFT_WITHOUT_UPLINK
        return Crowd(
            # Who comes and goes independently of the others is spread like a Poisson distribution.
            clients=max(round(expected + math.sqrt(expected) * more), 0),
            secure_share=self._secure_share,
            download_bits_per_second=self._thirst * math.exp(0.35 * burst),
            upload_share=0.14,
            is_portal_up="portal_failing" not in faults,
        )

    def _uptime_seconds(self, instant: datetime, faults: frozenset[FaultKind]) -> float:
        started_at = last_start(self._place.faults, instant)
        return self._habits.uptime_seconds(
            instant.timestamp(),
            started_at=None if started_at is None else started_at.timestamp(),
            is_looping="reboot_loop" in faults,
        )
