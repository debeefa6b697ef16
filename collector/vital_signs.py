"""The figures of a report that rules judge a city by, in few bytes beside each reading: a report itself would have to
be read anew, which takes longer for 25,000 of them than all judging. Pure; made by `collector.readings`, read in
columns by `collector.alerts.looking.looking`.
"""

import struct
from collections.abc import Iterable, Sequence
from math import nan
from operator import itemgetter
from typing import NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from agent.wire import Band, Report

_SYSTEM_FIELDS = ("uptime_seconds", "cpu_ratio", "memory_used_ratio", "temperature_celsius")
_UPLINK_FIELDS = ("is_up", "speed_bits_per_second", "max_speed_bits_per_second", "is_full_duplex")
_RADIO_FIELDS = (
    "is_up",
    "channel",
    "noise_dbm",
    "busy_ratio",
    "clients",
    "retry_ratio",
    "rx_ratio",
    "tx_ratio",
    "rx_bits_per_second",
    "tx_bits_per_second",
)
_DEVICE_FIGURES = (
    *_SYSTEM_FIELDS,
    "uplink_is_up",
    "uplink_bits_per_second",
    "uplink_max_bits_per_second",
    "uplink_is_full_duplex",
    "is_controller",
)
"""As they are kept: what a report says, in the order of its fields. Sums are made where many are read."""
_RADIO_FIGURES = (*_RADIO_FIELDS, "band")
_IN_USE = ("clients", "busy_ratio", "own_ratio", "traffic_bits_per_second")


def _floats(names: Iterable[str]) -> np.dtype[np.void]:
    return np.dtype([(name, "<f4") for name in names])


DEVICE = _floats((*_DEVICE_FIGURES, "radios_rx_bits_per_second", "radios_tx_bits_per_second"))
"""One row a report. What is absent is NaN, a claim is 1 or 0."""
RADIO = _floats((*_RADIO_FIGURES, "own_ratio", "traffic_bits_per_second"))
"""One row a radio, in the order of the report. `own_ratio` is the airtime in which the radio itself was at work."""

Figures = NDArray[np.void]
_OF_SYSTEM = itemgetter(*_SYSTEM_FIELDS)
_OF_UPLINK = itemgetter(*_UPLINK_FIELDS)
_OF_RADIO = itemgetter(*_RADIO_FIELDS)
_BANDS = {band: float(band) for band in get_args(Band)}
_ABSENT: tuple[float | None, ...] = (None,) * 4
_names: dict[tuple[str, ...], tuple[str, ...]] = {}
_NAMES_KNOWN_AT_MOST = 10_000


class VitalSigns(NamedTuple):
    """`figures` are those of the device and then those of each of `radios`, which are their names."""

    radios: tuple[str, ...]
    figures: bytes


NOTHING = VitalSigns((), struct.pack(f"<{len(_DEVICE_FIGURES)}f", *(nan,) * len(_DEVICE_FIGURES)))


def vital_signs(report: Report) -> VitalSigns:
    """The figures of a report, read off the models' own dictionaries: on the path of every report."""
    told = report.__dict__
    system, uplink, radios = told["system"], told["uplink"], told["radios"]
    is_controller = told["access_points"] is not None
    if not radios and system is None and uplink is None and not is_controller:
        return NOTHING
    names: list[str] = []
    figures: list[float | None] = [
        *(_ABSENT if system is None else _OF_SYSTEM(system.__dict__)),
        *(_ABSENT if uplink is None else _OF_UPLINK(uplink.__dict__)),
        is_controller,
    ]
    for radio in radios:
        of_radio = radio.__dict__
        names.append(of_radio["name"])
        figures += _OF_RADIO(of_radio)
        figures.append(_BANDS.get(of_radio["band"]))
    packed = struct.pack(f"<{len(figures)}f", *[nan if figure is None else figure for figure in figures])
    return VitalSigns(_same(tuple(names)), packed)


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
    sizes = len(_DEVICE_FIGURES) + counts * len(_RADIO_FIGURES)
    starts = np.cumsum(sizes) - sizes
    radio_starts = np.repeat(starts + len(_DEVICE_FIGURES), counts) + numbered(counts) * len(_RADIO_FIGURES)
    devices = _rows(floats, starts, _DEVICE_FIGURES, DEVICE)
    radios = _rows(floats, radio_starts, _RADIO_FIGURES, RADIO)
    whose = np.repeat(np.arange(len(counts)), counts)
    for direction in ("rx", "tx"):
        flowed = radios[f"{direction}_bits_per_second"]
        devices[f"radios_{direction}_bits_per_second"] = _sums(flowed, whose, len(counts))
    radios["own_ratio"] = _sum(radios["rx_ratio"], radios["tx_ratio"])
    radios["traffic_bits_per_second"] = _sum(radios["rx_bits_per_second"], radios["tx_bits_per_second"])
    return Unpacked(devices, radios, counts)


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


def _rows(
    floats: NDArray[np.float32], starts: NDArray[np.int64], names: Sequence[str], dtype: np.dtype[np.void]
) -> Figures:
    """Rows of a type whose first columns are these, which stand from each start on."""
    rows = np.full((len(starts), len(dtype.names or ())), nan, dtype="<f4")
    rows[:, : len(names)] = floats[starts[:, np.newaxis] + np.arange(len(names))]
    of_type: Figures = rows.reshape(-1).view(dtype)
    return of_type


def _sum(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of what is known; NaN where nothing is."""
    return np.where(np.isnan(one), other, np.where(np.isnan(other), one, one + other))


def _sums(values: NDArray[np.float32], whose: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """What is known of each, in sum; NaN where nothing is."""
    sums = np.bincount(whose, np.nan_to_num(values), count).astype(float)
    sums[np.bincount(whose[~np.isnan(values)], minlength=count) == 0] = nan
    return sums
