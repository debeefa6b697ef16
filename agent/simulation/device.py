"""The box at a simulated access point: its identity, when it last started, and how it feels. Pure.

Called by `agent.simulation.access_point`; its boxes go on to `agent.simulation.radios`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from agent.simulation.hardware import HARDWARE, Generation, Hardware
from agent.simulation.noise import Noise, fingerprint
from agent.wire import Device, System

_DAY_SECONDS = 86_400.0
_HOT_CELSIUS = 38.0


@dataclass(frozen=True, slots=True)
class Box:
    """A device that hangs at a place, with its channel for each radio of its hardware."""

    hardware: Hardware
    device: Device
    channels: tuple[int, ...]


def own_serial(*names: object) -> str:
    """A serial that depends on the names alone."""
    return f"SIM-{fingerprint('serial', *names, size=5).hex().upper()}"


def box_for(generation: Generation, serial: str) -> Box:
    """The box with this serial; its MAC is locally administered, and like channels and firmware follows from it."""
    hardware = HARDWARE[generation]
    mac = ":".join(f"{byte:02x}" for byte in (0x02, *fingerprint("mac", serial, size=5)))
    choice, *choices = Noise("box", serial).uniforms()
    device = Device(
        vendor="Simulated",
        model=hardware.model,
        serial=serial,
        mac=mac,
        firmware=hardware.firmwares[int(choice * len(hardware.firmwares))],
    )
    channels = tuple(
        radio.channels[int(choice * len(radio.channels))]
        for radio, choice in zip(hardware.radios, choices, strict=False)
    )
    return Box(hardware, device, channels)


class Habits:
    """When a place's device starts: by itself every few weeks, or every few minutes where it is broken."""

    __slots__ = ("_loop_seconds", "_phase", "_upkeep_seconds")

    def __init__(self, noise: Noise) -> None:
        upkeep, loop, self._phase, *_ = noise.uniforms()
        self._upkeep_seconds = (20 + 70 * upkeep) * _DAY_SECONDS
        self._loop_seconds = 300 + 360 * loop

    def uptime_seconds(self, seconds: float, *, started_at: float | None, is_looping: bool) -> float:
        """Seconds since the last start; at the latest that was at `started_at` (seconds since 1970)."""
        period = self._loop_seconds if is_looping else self._upkeep_seconds
        uptime = (seconds / period + self._phase) % 1.0 * period
        return uptime if started_at is None else min(uptime, seconds - started_at)


def system(
    hardware: Hardware,
    *,
    uptime_seconds: float,
    bits_per_second: float,
    clients: int,
    surroundings_celsius: float,
    is_hot: bool,
    wobble: Sequence[float],
) -> System:
    """The box's health under its traffic in both directions; `wobble` is three standard normal numbers."""
    busier, fuller, warmer = wobble
    cpu = 0.05 + 0.75 * min(bits_per_second / hardware.cpu_bits_per_second, 1.0) + 0.0009 * clients + 0.015 * busier
    cpu = min(max(cpu, 0.01), 0.99)
    memory = hardware.idle_memory_ratio + 0.0008 * clients + 0.01 * fuller
    temperature = surroundings_celsius + hardware.self_heating_celsius + 14.0 * cpu + warmer
    if is_hot:
        temperature += _HOT_CELSIUS
    return System(
        uptime_seconds=math.floor(uptime_seconds),
        cpu_ratio=round(cpu, 4),
        memory_used_ratio=round(min(max(memory, 0.05), 0.97), 4),
        load_1m=round(cpu * hardware.cores * (1 + 0.1 * abs(busier)), 2),
        temperature_celsius=round(temperature, 1),
    )
