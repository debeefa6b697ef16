"""The figures of a report that rules judge a city by, in few bytes beside each reading: a report itself would have to
be read anew, which takes longer for 25,000 of them than all judging. Pure; made by `collector.readings`, read in
columns by `collector.alerts.looking.looking`.
"""

import struct
from collections.abc import Iterable, Sequence
from math import nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agent.wire import Interface, Radio, Report, System

_DEVICE_FIELDS = (
    "uptime_seconds",
    "cpu_ratio",
    "memory_used_ratio",
    "temperature_celsius",
    "uplink_is_up",
    "uplink_bits_per_second",
    "uplink_max_bits_per_second",
    "uplink_is_full_duplex",
    "radios_rx_bits_per_second",
    "radios_tx_bits_per_second",
    "is_controller",
)
_RADIO_FIELDS = (
    "is_up",
    "band",
    "channel",
    "noise_dbm",
    "busy_ratio",
    "own_ratio",
    "clients",
    "retry_ratio",
    "traffic_bits_per_second",
)
_IN_USE = ("clients", "busy_ratio", "own_ratio", "traffic_bits_per_second")
DEVICE = np.dtype([(name, "<f4") for name in _DEVICE_FIELDS])
"""One row a report. What is absent is NaN, a claim is 1 or 0."""
RADIO = np.dtype([(name, "<f4") for name in _RADIO_FIELDS])
"""One row a radio, in the order of the report. `own_ratio` is the airtime in which the radio itself was at work."""

Figures = NDArray[np.void]
_DEVICE = struct.Struct(f"<{len(_DEVICE_FIELDS)}f")
_RADIO = struct.Struct(f"<{len(_RADIO_FIELDS)}f")
_names: dict[tuple[str, ...], tuple[str, ...]] = {}
_NAMES_KNOWN_AT_MOST = 10_000


class VitalSigns(NamedTuple):
    """`figures` is a row of DEVICE and then one of RADIO for each of `radios`, which are their names."""

    radios: tuple[str, ...]
    figures: bytes


NOTHING = VitalSigns((), _DEVICE.pack(*(nan,) * len(_DEVICE_FIELDS)))


def vital_signs(report: Report) -> VitalSigns:
    """The figures of a report."""
    radios = report.radios
    if not radios and report.system is None and report.uplink is None and report.access_points is None:
        return NOTHING
    system, uplink = report.system or _NO_SYSTEM, report.uplink or _NO_UPLINK
    device = _DEVICE.pack(
        _number(system.uptime_seconds),
        _number(system.cpu_ratio),
        _number(system.memory_used_ratio),
        _number(system.temperature_celsius),
        _number(uplink.is_up),
        _number(uplink.speed_bits_per_second),
        _number(uplink.max_speed_bits_per_second),
        _number(uplink.is_full_duplex),
        _sum(radio.rx_bits_per_second for radio in radios),
        _sum(radio.tx_bits_per_second for radio in radios),
        report.access_points is not None,
    )
    return VitalSigns(_same(tuple(radio.name for radio in radios)), device + b"".join(map(_radio, radios)))


_NO_SYSTEM = System()
_NO_UPLINK = Interface(name="none")


def _radio(radio: Radio) -> bytes:
    return _RADIO.pack(
        _number(radio.is_up),
        nan if radio.band is None else float(radio.band),
        _number(radio.channel),
        _number(radio.noise_dbm),
        _number(radio.busy_ratio),
        _sum((radio.rx_ratio, radio.tx_ratio)),
        _number(radio.clients),
        _number(radio.retry_ratio),
        _sum((radio.rx_bits_per_second, radio.tx_bits_per_second)),
    )


def _number(value: float | None) -> float:
    return nan if value is None else value


def _sum(values: Iterable[float | None]) -> float:
    """Of what is known; NaN where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else nan


def _same(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names of a device's radios, once for all devices that call them so."""
    if len(_names) > _NAMES_KNOWN_AT_MOST:  # somebody makes names up
        _names.clear()
    return _names.setdefault(names, names)


class Unpacked(NamedTuple):
    """Figures in columns: rows of DEVICE, one each, and rows of RADIO, of which `counts` says how many each has."""

    devices: Figures
    radios: Figures
    counts: NDArray[np.int64]


def unpacked(signs: Sequence[VitalSigns]) -> Unpacked:
    """The figures of many reports, in columns."""
    floats = np.frombuffer(b"".join([each.figures for each in signs]), dtype="<f4")
    counts = np.array([len(each.radios) for each in signs], dtype=np.int64)
    sizes = len(_DEVICE_FIELDS) + counts * len(_RADIO_FIELDS)
    starts = np.cumsum(sizes) - sizes
    radio_starts = np.repeat(starts + len(_DEVICE_FIELDS), counts) + numbered(counts) * len(_RADIO_FIELDS)
    return Unpacked(_rows(floats, starts, DEVICE), _rows(floats, radio_starts, RADIO), counts)


def is_in_use(radios: Figures) -> NDArray[np.bool_]:
    """Which of these rows of RADIO show clients, airtime or traffic."""
    in_use: NDArray[np.bool_] = np.any([radios[field] > 0 for field in _IN_USE], axis=0)
    return in_use


def numbered(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, 2 ... anew for each count."""
    return np.arange(counts.sum(), dtype=np.int64) - np.repeat(np.cumsum(counts) - counts, counts)


def empty(dtype: np.dtype[np.void], count: int) -> Figures:
    """So many rows of which nothing is known."""
    return np.full(count * len(dtype.names or ()), np.nan, dtype="<f4").view(dtype)


def _rows(floats: NDArray[np.float32], starts: NDArray[np.int64], dtype: np.dtype[np.void]) -> Figures:
    rows: Figures = floats[starts[:, np.newaxis] + np.arange(len(dtype.names or ()))].reshape(-1).view(dtype)
    return rows
