"""The figures of a report that rules judge a city by, in few bytes beside each reading: a report itself would have to
be read anew, which takes longer for 25,000 of them than all judging. Pure; made by `collector.readings`, read in
columns by `collector.alerts.looking.looking`.
"""

import struct
from collections.abc import Sequence
from math import nan
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agent.wire import Report

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
_OF_SYSTEM = itemgetter("uptime_seconds", "cpu_ratio", "memory_used_ratio", "temperature_celsius")
_OF_UPLINK = itemgetter("is_up", "speed_bits_per_second", "max_speed_bits_per_second", "is_full_duplex")
_OF_RADIO = itemgetter(
    "is_up", "band", "channel", "noise_dbm", "busy_ratio", "clients", "retry_ratio",
    "rx_ratio", "tx_ratio", "rx_bits_per_second", "tx_bits_per_second",
)  # fmt: skip
_ABSENT: tuple[float | None, ...] = (None,) * 4
_names: dict[tuple[str, ...], tuple[str, ...]] = {}
_NAMES_KNOWN_AT_MOST = 10_000


class VitalSigns(NamedTuple):
    """`figures` is a row of DEVICE and then one of RADIO for each of `radios`, which are their names."""

    radios: tuple[str, ...]
    figures: bytes


NOTHING = VitalSigns((), struct.pack(f"<{len(_DEVICE_FIELDS)}f", *(nan,) * len(_DEVICE_FIELDS)))


def vital_signs(report: Report) -> VitalSigns:
    """The figures of a report, read off the models' own dictionaries: on the path of every report."""
    radios = report.radios
    if not radios and report.system is None and report.uplink is None and report.access_points is None:
        return NOTHING
    rx_bits = tx_bits = None
    of_radios: list[float | None] = []
    for radio in radios:
        is_up, band, channel, noise, busy, clients, retries, rx_ratio, tx_ratio, rx, tx = _OF_RADIO(radio.__dict__)
        rx_bits, tx_bits = _sum(rx_bits, rx), _sum(tx_bits, tx)
        band = None if band is None else float(band)
        own_ratio, traffic = _sum(rx_ratio, tx_ratio), _sum(rx, tx)
        of_radios += (is_up, band, channel, noise, busy, own_ratio, clients, retries, traffic)
    figures = (
        *(_ABSENT if report.system is None else _OF_SYSTEM(report.system.__dict__)),
        *(_ABSENT if report.uplink is None else _OF_UPLINK(report.uplink.__dict__)),
        rx_bits,
        tx_bits,
        report.access_points is not None,
        *of_radios,
    )
    packed = struct.pack(f"<{len(figures)}f", *[nan if figure is None else figure for figure in figures])
    return VitalSigns(_same(tuple([radio.name for radio in radios])), packed)


def _sum(one: float | None, other: float | None) -> float | None:
    """Of what is known; None where nothing is."""
    if one is None:
        return other
    return one if other is None else one + other


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
